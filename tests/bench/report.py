"""Results, as a table of at most 100 columns and as JSON."""

import os
import platform
import statistics
from dataclasses import dataclass

from rows import FLOORS


VERDICTS = {True: "met", False: "MISSED", None: "not measured"}


@dataclass
class Spread:
    """Median, minimum and maximum over the rounds that count."""
    median: float
    least: float
    most: float

    @staticmethod
    def of(values):
        return Spread(statistics.median(values), min(values), max(values)) if values else None


class Result:
    """All rounds of one row: `rounds` is a list of {subject's name: Sample}. `judged`: whether they
    are long enough to be held against the target."""

    def __init__(self, row, load, rounds, judged, others=()):
        """`others`: results of rows before."""
        self.row, self.load, self.rounds = row, load, rounds
        self._judged, self._others = judged, {result.row.name: result for result in others}
        self.names = list(rounds[0])
        self.floor = f"floor {row.floor}"

    def us(self, name):
        return Spread.of([samples[name].us for samples in self._good(name)])

    def us_of(self, name, role):
        return Spread.of([samples[name].us_of(role) for samples in self._good(name)])

    def entries(self):
        """That ingestd sent in a round; None when it sent none."""
        return Spread.of([samples["ingestd"].entries for samples in self._good("ingestd")
                          if samples["ingestd"].entries])

    def us_an_entry(self):
        return Spread.of([samples["ingestd"].us_an_entry for samples in self._good("ingestd")
                          if samples["ingestd"].entries])

    def ratio(self, name):
        """To the floor of the same round; None when no round counts."""
        return Spread.of([samples[name].us / samples[self.floor].us for samples in self._good(name, self.floor)])

    def more(self):
        """What a unit costs beyond the floor of the same round, in us."""
        return Spread.of([samples["ingestd"].us - samples[self.floor].us
                          for samples in self._good("ingestd", self.floor)])

    def met(self):
        """Whether the target was; None when that was not measured."""
        target, us = self.row.target, self.us("ingestd")
        if not self._judged or not us or not self.ratio("ingestd"):
            return None
        if target.part_of:
            name, part = target.part_of
            whole = self._others[name].us("ingestd") if name in self._others else None
            return us.median <= whole.median * part if whole else None
        if target.ns:
            return us.median * 1000 <= target.ns
        if target.more_ns:
            return self.more().median * 1000 <= target.more_ns
        return self.ratio("ingestd").median <= target.ratio

    def problems(self):
        return [f"round {number}, {name}: {problem}" for number, samples in enumerate(self.rounds, 1)
                for name, sample in samples.items() for problem in sample.problems]

    def notes(self):
        return [f"round {number}, {name}: {note}" for number, samples in enumerate(self.rounds, 1)
                for name, sample in samples.items() for note in sample.notes]

    def complete(self):
        return all(self.ratio(name) for name in self.names)

    def _good(self, *names):
        return [samples for samples in self.rounds if not any(samples[name].problems for name in names)]


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return {"cpu": models[0] if models else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release()}


def stolen_seconds():
    """What the hypervisor gave to others, over all cores: the noise of this machine."""
    with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def table(result, roles):
    row = result.row
    lines = [row.title, "  " + " ".join(result.load),
             f"  {'':<18}{'us a ' + row.unit:>14}  {'(min - max)':<20}{'x ' + result.floor:>10}  (min - max)"]
    for name in result.names:
        lines.append(f"  {name:<18}{_figure(result.us(name), 14, 3)}{_figure(result.ratio(name), 10, 2)}".rstrip())
        if name == "ingestd" and result.more():
            parts = ", ".join(f"{role} {result.us_of(name, role).median:.3f}" for role in roles)
            lines.append(f"    of which {parts}; above the floor {1000 * result.more().median:.0f} ns")
            lines += _flushes(result)
    if row.peers:
        peers = ", ".join(f"{name} {ratio:.1f}" for name, ratio in row.peers.items())
        lines.append(f"  earlier*          {peers}  (x {result.floor})")
    lines.append(f"  target            at most {row.target}: {VERDICTS[result.met()]}")
    lines += [f"  {note}" for note in result.notes()]
    lines += [f"  counts for nothing: {problem}" for problem in result.problems()]
    return "\n".join(lines)


def _flushes(result):
    """One flush or more: rounds of as many entries can be compared, others cannot."""
    entries, us = result.entries(), result.us_an_entry()
    if not entries or result.row.unit != "line":
        return []
    return [f"    flushed {entries.median:,.0f} entries a round ({entries.least:,.0f} - {entries.most:,.0f}), the "
            f"flusher {us.median:.2f} us each ({us.least:.2f} - {us.most:.2f})"]


def _figure(spread, width, digits):
    if not spread:
        return f"{'none':>{width}}  {'':<20}"
    bounds = f"({spread.least:.{digits}f} - {spread.most:.{digits}f})"
    return f"{spread.median:>{width}.{digits}f}  {bounds:<20}"


def figures_table(name, title, figures, judged):
    lines = [f"{title} ({name})"]
    for figure in figures:
        verdict = f"  {figure.limit()}: {VERDICTS[figure.met() if judged else None]}" if figure.met() is not None else ""
        lines.append(f"  {figure.what:<44}{figure.value:>14,.{_decimals(figure.value)}f} {figure.unit}{verdict}")
    return "\n".join(lines)


def _decimals(value):
    return 0 if abs(value) >= 100 else 3 if abs(value) < 10 else 1


def figures_json(figures, judged):
    return [{"what": figure.what, "value": figure.value, "unit": figure.unit,
             "met": figure.met() if judged else None} for figure in figures]


def footer():
    floors = "\n".join(f"floor {letter}: {text}" for letter, text in FLOORS.items())
    return f"{floors}\n* measured earlier on the same kind of machine, as ratio to the same floor"


def as_json(result):
    row = result.row
    return {
        "name": row.name, "title": row.title, "unit": row.unit, "load": result.load,
        "rounds": len(result.rounds), "floor": result.floor,
        "figures": {name: _figure_json(result, name) for name in result.names},
        "peers_measured_earlier": row.peers, "target": str(row.target), "met": result.met(),
        "notes": result.notes(), "problems": result.problems()}


def _figure_json(result, name):
    us, ratio = result.us(name), result.ratio(name)
    samples = [samples[name] for samples in result.rounds]
    return {"us": vars(us) if us else None, "ratio": vars(ratio) if ratio else None,
            "samples": [{"cpu_seconds": sample.cpu, "work": sample.work, "entries": sample.entries,
                         "counts": not sample.problems}
                        for sample in samples]}
