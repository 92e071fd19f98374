"""What Grafana asks for, of readerd and beside it of Debian's graphite-web, which has the same numbers in whisper files:
a day of counters with a point every ten seconds, in whole closed hours, and a year of one."""

import contextlib
import selectors
import statistics
import time
import urllib.parse

import wire
from figure import Figure
from graphite_web import GraphiteWeb
from harness import Installation
from processes import eventually
from reads import DAY, HOUR, INTERVAL_MS, await_tiers, fill, top

STEP = INTERVAL_MS // 1000
TEN = [f"web.{index}.hits" for index in range(10)]
TIERS = ("kilometric.", "kilometric:points.", "kilometric:hour.", "kilometric:day.")


def _entries(redis, key, first, last):
    """Each entry as graphite-web has it: when its ten seconds began, and its count."""
    entries = redis.command("XRANGE", "kilometric." + key, first, last)
    return [(int(identity.split(b"-")[0]) // INTERVAL_MS * STEP, int(fields[1])) for identity, fields in entries]


def _write_series(redis, web, count):
    """Ten that differ, and the others as copies of these, also in Redis."""
    for key in TEN:
        web.write(key, STEP, _entries(redis, key, "-", "+"))
    for index in range(10, count):
        key, copy = TEN[index % 10], f"web.{index}.hits"
        web.copy(key, copy)
        redis.pipeline([("COPY", tier + key, tier + copy) for tier in TIERS])
        redis.command("ZADD", "kilometric:keys", 0, copy)


def _write_year(web, start, entries):
    web.write("year", STEP, [((start + index * INTERVAL_MS) // INTERVAL_MS * STEP, index % 10) for index in range(entries)])


def _await_instance(installation):
    """Which says that it flushes every ten seconds, and that all was flushed."""
    eventually(lambda: installation.redis.command("ZCARD", "kilometric:instances") == 1, within=60)


def _render(targets, until, seconds=DAY // 1000, **more):
    query = {"target": targets, "from": until - seconds, "until": until, "format": "json", **more}
    return "/render?" + urllib.parse.urlencode(query, doseq=True)


def _answer(port, target):
    with wire.HttpConnection(port, timeout=300) as connection:
        answer = connection.request("GET", target)
    assert answer.status == 200, answer
    return answer


def _milliseconds(port, target, times):
    """The median, each on a connection of its own."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        _answer(port, target)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _assert_same(ours, theirs, target):
    """What they have in common is the same: each leaves out other points at the edges, or has them as null."""
    values = [{at: value for value, at in _answer(port, target).json()[0]["datapoints"] if value is not None}
              for port in (ours, theirs)]
    common = values[0].keys() & values[1].keys()
    assert len(common) > 0.9 * max(map(len, values)), [len(value) for value in values]
    assert all(values[0][at] == values[1][at] for at in common), target


def _failed(port, targets, times):
    """How many of these requests, all sent before an answer is read, are not answered with 200."""
    failed = 0
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for index in range(times):
            connection = stack.enter_context(wire.HttpConnection(port))
            connection.send(wire.format_request("GET", targets[index % len(targets)]))
            selector.register(connection.descriptor, selectors.EVENT_READ, connection)
        while selector.get_map():
            for key, _ in selector.select(60) or [(None, None)]:
                if key is None:
                    return failed + len(selector.get_map())
                selector.unregister(key.fd)
                failed += key.data.response().status != 200
    return failed


def _beside(what, ours, theirs, most):
    return [Figure(what, ours, "ms"), Figure("  graphite-web", theirs, "ms"),
            Figure("  readerd's / graphite-web's", ours / theirs, "x", most=most)]


def graphite(options):
    count, year, times = (20, 20_000, 1) if options.smoke else (1_000, 365 * DAY // INTERVAL_MS, 4 * options.rounds + 1)
    with Installation(ingestd=False, flush_interval=STEP) as installation, GraphiteWeb() as web:
        redis = installation.redis
        start = fill(installation, "year", year)
        for key in TEN:
            fill(installation, key, DAY // INTERVAL_MS + 2 * HOUR // INTERVAL_MS, below=10_000)
        installation.launch("ingestd")
        closed = await_tiers(installation, start)
        for key in TEN:
            eventually(lambda: top(installation, "kilometric:points." + key) >= closed - HOUR, within=300)
        _await_instance(installation)
        installation.stop("ingestd")
        _write_series(redis, web, count)
        _write_year(web, start, year)
        until = closed // 1000 - STEP
        ours, theirs = installation.reader_port, web.port
        _assert_same(ours, theirs, _render([TEN[3]], until))
        _assert_same(ours, theirs, _render(["sumSeries(web.*.hits)"], until, 3_600))
        redis.command("CONFIG", "SET", "slowlog-log-slower-than", 5_000)
        redis.command("SLOWLOG", "RESET")
        moving = [f"movingAverage(scale({key},0.1),10)" for key in TEN]
        figures = []
        for what, target, at_most, theirs_times in (
                ("ten counters of a day", _render(TEN, until, maxDataPoints=1_000), 0.05, times),
                ("ten of movingAverage(scale(...,0.1),10)", _render(moving, until, maxDataPoints=1_000), 0.05, times),
                (f"sumSeries over {count:,} of a day", _render(["sumSeries(web.*.hits)"], until, maxDataPoints=1_000), 0.1,
                 options.rounds),
                (f"/metrics/find of {count:,} names", "/metrics/find?query=web.*", 0.1, times)):
            figures += _beside(what, _milliseconds(ours, target, times), _milliseconds(theirs, target, theirs_times), at_most)
        a_year = _render(["year"], until, 365 * DAY // 1000, maxDataPoints=1_000)
        figures.append(Figure("a year of one counter", _milliseconds(ours, a_year, times), "ms", most=10))
        figures.append(Figure("  graphite-web", _milliseconds(theirs, a_year, options.rounds), "ms"))
        panels = [_render(targets, until, maxDataPoints=1_000) for targets in (TEN, moving, [f"sumSeries({{{','.join(TEN)}}})"])]
        figures.append(Figure("50 dashboards of 3 panels at once: failed", _failed(ours, panels, 150), "", most=0))
        figures.append(Figure("Redis commands longer than 5 ms", redis.command("SLOWLOG", "LEN"), "", most=0))
    return figures
