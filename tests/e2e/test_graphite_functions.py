"""The functions of targets, held against Graphite's own evaluator: random expressions over the same numbers.

More of them, and others: KILOMETRIC_EXPRESSIONS=5000 KILOMETRIC_SEED=7 ./kilometric test e2e -k random_targets
"""

import math
import os
import random
import re
import subprocess

import graphite_oracle
from graphite_targets import Targets, series
from harness import BUILD

EXPRESSIONS = int(os.environ.get("KILOMETRIC_EXPRESSIONS", "500"))
SEED = int(os.environ.get("KILOMETRIC_SEED", "1"))
RANGE = (603, 1203)  # of 2,000 seconds, so that windows and shifts have something before it


OTHER_STEPS = r"(summarize|smartSummarize|hitcount|timeFunction)\("

# What may come out otherwise, and why: docs/graphite.md has it for users.
KNOWN = [
    ("a tag that a series does not have is empty, not an error", lambda target, others: "may not be empty" in others),
    ("an empty name has no nodes, and is not an error", lambda target, others: "string index out of range" in others),
    ("a window of time is rounded up to whole steps",
     lambda target, others: re.search(r"(moving|exponential)\w+\(.*[\"']", target) and re.search(OTHER_STEPS, target)),
    ("the xFilesFactor of aggregate is its own; Graphite's holds for what is made of its series, too",
     lambda target, others: re.search(r"aggregate\(.*,(0\.[35]|1)\)", target)),
    ("a name that cannot be parsed has the nodes of its text; Graphite parses as much as it can",
     lambda target, others: "a b" in target and re.search(r"(aliasBy|groupBy)\w+\(|asPercent", target)),
    ("what is stacked begins anew at each call; Graphite's goes on from the one before",
     lambda target, others: "stacked(" in target),
    ("what is combined with series of another step has the common step, as its values have",
     lambda target, others: re.search(r"(asPercent|pct)\(", target) and re.search(OTHER_STEPS, target)),
]


def is_known(target, others):
    return any(applies(target, others if isinstance(others, str) else "") for _, applies in KNOWN)


def ours(data, targets):
    lines = ["\t".join(("series", path, name, ";".join(f"{key}={value}" for key, value in tags.items()),
                        " ".join(map(str, values)))) for path, found in data.items() for name, tags, values in found]
    lines += [f"target\t{RANGE[0]}\t{RANGE[1]}\t{target}" for target in targets]
    done = subprocess.run([os.path.join(BUILD, "tests", "evaluate-targets")], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=True)
    assert not done.stderr
    answers = iter(done.stdout.splitlines())
    for line in answers:
        status, rest = line.split("\t", 1)
        yield [parsed(next(answers)) for _ in range(int(rest))] if status == "ok" else rest


def parsed(line):
    name, start, step, tags, values = line.split("\t")
    tags = dict(tag.split("=", 1) for tag in tags.split("\1") if tag)
    return name, int(start), int(step), tags, [None if value == "None" else float(value) for value in values.split()]


def same_values(mine, others):
    """To 1e-9, and to 1e-12 of the largest: sums in another order are rounded otherwise."""
    largest = max((abs(value) for value in others if value is not None), default=0)
    return len(mine) == len(others) and all(
        a == b if a is None or b is None else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9 + 1e-12 * largest)
        for a, b in zip(mine, others))


def same(mine, others):
    if isinstance(mine, str) or isinstance(others, str):
        return isinstance(mine, str) and isinstance(others, str)
    return len(mine) == len(others) and all(a[:4] == b[:4] and same_values(a[4], b[4]) for a, b in zip(mine, others))


def test_random_targets_come_out_as_graphites():
    print("seed", SEED)
    numbers = random.Random(SEED)
    data, targets = series(numbers), [Targets(numbers).target() for _ in range(EXPRESSIONS)]
    compared = list(zip(targets, ours(data, targets), graphite_oracle.answers(data, targets, *RANGE), strict=True))
    different = [row for row in compared if not same(*row[1:]) and not is_known(row[0], row[2])]
    assert sum(not isinstance(others, str) for _, _, others in compared) > 0.8 * EXPRESSIONS
    assert not different, "\n\n".join(f"{target}\n  ours   {str(mine)[:700]}\n  theirs {str(others)[:700]}"
                                      for target, mine, others in different[:20])
