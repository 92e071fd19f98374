"""Graphite's own evaluator (Debian's graphite-web), in a process of its own: no web server, no storage, no database.

    answers({"a.*": [(name, tags, values)]}, ["sumSeries(a.*)"], first, last)

Where it is changed, PATCHES says why: these are the differences that are known and wanted.
"""

import concurrent.futures
import inspect
import logging
import multiprocessing
import os
import sys
import tempfile
from datetime import datetime, timezone

STEP = 10

# (function, its words, the words instead): what the answer of Kilometric is to be.
PATCHES = [
    # Up to 1.1.9 a window ended one point too early; 1.1.10 has it so.
    ("movingWindow", "range(windowPoints, len(series))", "range(windowPoints + 1, len(series) + 1)"),
    # 1.1.8 fails where there is no value, when there is a bound; 1.1.10 has it so.
    ("_nonNegativeDelta", "if None in (prev, val):", "if prev is None or val is None:"),
    ("_nonNegativeDelta", "if maxValue is not None and val > maxValue:",
     "if val is None:\n    return None, None\n  if maxValue is not None and val > maxValue:"),
    # A line of three points cannot be combined with series of another step: it has the step of the request.
    ("constantLine", "step = int((end - start) / 2.0)", "step = 10; start = start - start % 10 + 10"),
    ("constantLine", "series = TimeSeries(str(value), start, end, step, [value, value, value],",
     "count = max(0, (end - start) // 10 + 1)\n"
     "  series = TimeSeries(str(value), start, start + 10 * count, step, [value] * count,"),
]


def start(folder):
    """Imports graphite-web, with its paths in this folder. It changes the process: use one that does nothing else."""
    os.environ.update(DJANGO_SETTINGS_MODULE="graphite.settings", GRAPHITE_SETTINGS_MODULE="oracle_settings", TZ="UTC")
    with open(os.path.join(folder, "oracle_settings.py"), "w", encoding="utf-8") as file:
        file.write(f"SECRET_KEY = 'x'\nLOG_DIR = STORAGE_DIR = {folder!r}\nSTORAGE_FINDERS = ()\nUTF8_METRICS = True\n"
                   "TIME_ZONE = 'UTC'\nUSE_TZ = True\n")
    sys.path.insert(0, folder)
    logging.disable(logging.CRITICAL)
    import django
    django.setup()
    from graphite.render import datalib, evaluator, functions

    for name, words, instead in PATCHES:
        text = sources.setdefault(name, inspect.getsource(getattr(functions, name)))
        assert words in text, (name, words)
        sources[name] = text.replace(words, instead)
    for name, text in sources.items():
        before = getattr(functions, name)
        exec(text, functions.__dict__)  # pylint: disable=exec-used
        after = getattr(functions, name)
        after.__dict__.update(before.__dict__)
        for key, function in functions.SeriesFunctions.items():
            if function is before:
                functions.SeriesFunctions[key] = after
    evaluator.fetchData = lambda context, path: fetch(datalib.TimeSeries, context, path)
    evaluator.prefetchData = lambda *_: None
    return evaluator


sources = {}


def fetch(make, context, path):
    first, last = (int(context[name].timestamp()) for name in ("startTime", "endTime"))
    found = []
    for name, tags, values in context["data"].get(path, []):
        begin = first - first % STEP + STEP
        cut = [values[at // STEP] if at // STEP < len(values) else None for at in range(begin, last + 1, STEP)]
        series = make(name, begin, begin + STEP * len(cut), STEP, cut, tags=dict(tags))
        series.pathExpression = path
        found.append(series)
    return found


def evaluate(evaluator, target, data, first, last):
    moment = {name: datetime.fromtimestamp(at, timezone.utc) for name, at in
              (("startTime", first), ("endTime", last), ("now", last))}
    return evaluator.evaluateTarget({**moment, "data": data, "localOnly": True, "targets": [target]}, target)


def answer(evaluator, target, data, first, last):
    try:
        found = evaluate(evaluator, target, data, first, last)
        return [(str(one.name), int(one.start), int(one.step), {tag: str(value) for tag, value in one.tags.items()}, list(one))
                for one in found]
    except Exception as error:  # whatever it throws becomes a 400 or a 500 there  # pylint: disable=broad-except
        return f"{type(error).__name__}: {error}"


def all_answers(data, targets, first, last):
    with tempfile.TemporaryDirectory(prefix="graphite") as folder:
        evaluator = start(folder)
        return [answer(evaluator, target, data, first, last) for target in targets]


def answers(data, targets, first, last):
    """For each target its series, as (name, start, step, tags, values), or the words of an error."""
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(all_answers, data, targets, first, last).result()
