#!/usr/bin/python3
"""What a line and a request cost ingestd, as ratios to floors measured in the same run.

A figure is the CPU time of all of ingestd's processes, user and system, by the kernel's accounting,
divided by the work that ingestd counted, and checked against what was sent. Floors and ingestd bear
the same traffic in turn, round by round; a ratio is taken within a round, and the table shows the
median over all rounds with the least and the greatest. A round in which anything was dropped,
rejected or answered with an error says so and counts for nothing."""

import argparse
import contextlib
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lib"))

import report  # noqa: E402
from harness import BUILD, INGESTD  # noqa: E402
from measures import MEASURES  # noqa: E402
from rows import ROWS  # noqa: E402
from subjects import Ingestd, flush_interval, subjects_of  # noqa: E402


NAMES = [row.name for row in ROWS] + list(MEASURES)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./kilometric bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=9,
                        help="of load a round; each has one flush, and the interval is one second more")
    parser.add_argument("--workers", type=int, default=1,
                        help="of ingestd, and sockets of the floors; one, as the peers were measured, by default")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="does it run? one short round at a fifth of the rates")
    parser.add_argument("row", nargs="*", help="of: " + ", ".join(NAMES) + "; default: all")
    options = parser.parse_args()
    if options.smoke:
        options.rounds, options.seconds = 1, 0.3
    options.slowed = 5 if options.smoke else 1
    if options.rounds < 1 or not 0.1 <= options.seconds <= 600 or not 1 <= options.workers <= 64:
        parser.error("--rounds: at least 1; --seconds: 0.1 to 600; --workers: 1 to 64")
    unknown = set(options.row) - set(NAMES)
    if unknown:
        parser.error("no such row: " + ", ".join(sorted(unknown)))
    return options


def measure_row(row, options, others):
    with contextlib.ExitStack() as stack:
        subjects = [stack.enter_context(subject) for subject in subjects_of(row, options)]
        rounds = []
        for number in range(1, options.rounds + 1):
            samples = {subject.name: subject.measure(options.seconds) for subject in subjects}
            rounds.append(samples)
            figures = ", ".join(f"{name} {sample.us:.3f}" + (" (void)" if sample.problems else "") +
                                (f" ({sample.entries:,} entries at {sample.us_an_entry:.2f})" if sample.entries else "")
                                for name, sample in samples.items())
            print(f"{row.name} {number}/{options.rounds}: {figures}", file=sys.stderr, flush=True)
    load = row.load(options.slowed) + ["--seconds", f"{options.seconds:g}"]
    return report.Result(row, load, rounds, not options.smoke, others)


def command(options):
    words = ["./kilometric bench", f"--rounds {options.rounds} --seconds {options.seconds:g}",
             f"--workers {options.workers}"]
    return " ".join(["./kilometric bench --smoke"] if options.smoke else words + options.row)


def build_type():
    with open(os.path.join(BUILD, "meson-info", "intro-buildoptions.json"), encoding="utf-8") as file:
        values = {option["name"]: option["value"] for option in json.load(file)}
    return f"{values['buildtype']}, sanitizers {values['b_sanitize']}"


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything started is ended
    options = parse_arguments()
    if not os.path.exists(INGESTD):
        sys.exit(f"{INGESTD} is missing: ./kilometric build makes it")
    rows = [row for row in ROWS if not options.row or row.name in options.row]
    about = {"command": command(options), **report.machine(), "build": build_type(),
             "ingestd": f"workers {options.workers}, flush interval "
                        f"{flush_interval(options):g} s (longer with very many keys), other settings as by "
                        "default"}
    start, stolen = time.monotonic(), report.stolen_seconds()
    if not options.json:
        print("\n".join(f"{name + ':':<9} {value}" for name, value in about.items()) + "\n", flush=True)
    results = []
    for row in rows:
        results.append(measure_row(row, options, results))
        if not options.json:
            print(report.table(results[-1], Ingestd.roles) + "\n", flush=True)
    measures = {}
    for name, (title, measure) in MEASURES.items():
        if not options.row or name in options.row:
            measures[name] = measure(options)
            if not options.json:
                print(report.figures_table(name, title, measures[name], not options.smoke) + "\n", flush=True)
    elapsed = time.monotonic() - start
    about["stolen"] = (report.stolen_seconds() - stolen) / elapsed / os.cpu_count()
    if options.json:
        print(json.dumps({**about, "rows": [report.as_json(result) for result in results],
                          "measures": {name: report.figures_json(figures, not options.smoke)
                                       for name, figures in measures.items()}}, indent=1))
    else:
        print(report.footer())
        print(f"took {elapsed:.0f} s; the hypervisor gave {about['stolen']:.0%} of the CPU to others meanwhile")
    return 0 if all(result.complete() for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
