"""The benchmark runs: every row gives a figure. What the figures are is not for a test to judge."""

import json
import os
import subprocess
import sys

import pytest

from harness import ROOT

# There are two dozen rows, each with processes of its own; on a busy machine they take minutes.
pytestmark = [pytest.mark.quiet, pytest.mark.seconds(400)]


def test_every_row_and_measure_gives_figures():
    program = os.path.join(ROOT, "tests", "bench", "bench.py")
    done = subprocess.run([sys.executable, program, "--smoke", "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    rows = report["rows"]
    assert len(rows) >= 6
    for row in rows:
        assert row["problems"] == [], row
        assert row["figures"].keys() >= {"ingestd", row["floor"]}, row
        for figure in row["figures"].values():
            assert figure["us"]["median"] > 0 and figure["ratio"]["median"] > 0, row
            assert all(sample["work"] > 0 and sample["counts"] for sample in figure["samples"]), row
    assert len(report["measures"]) >= 6
    for name, figures in report["measures"].items():
        assert figures and all(figure["value"] == figure["value"] for figure in figures), (name, figures)
