"""A strict parser for Prometheus' text format 0.0.4: what it does not know is an error."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (\S+)")
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf|NaN)")


class Metrics:
    """The samples of one page: {(name, ((label, value), ...)): number}."""

    def __init__(self, text):
        self.samples = {}
        self.types = {}
        self._parse(text)

    def value(self, name, **labels):
        """The sum of `name` over every sample that bears these labels; the name must be there."""
        assert name in self.types, f"{name} is missing; there are {sorted(self.types)}"
        return sum(value for (sample, pairs), value in self.samples.items()
                   if sample == name and labels.items() <= dict(pairs).items())

    def labels(self, name):
        """The label sets of `name`, each a dict, with their values."""
        return [(dict(pairs), value) for (sample, pairs), value in self.samples.items() if sample == name]

    def _parse(self, text):
        assert text.endswith("\n"), "the page must end in a line feed"
        helped, current = set(), None
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP "):
                name = re.fullmatch(rf"# HELP ({NAME}) .+", line)[1]
                assert name not in helped, f"two HELP lines for {name}"
                helped.add(name)
            elif line.startswith("# TYPE "):
                match = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line)
                assert match, line
                current = match[1]
                assert current not in self.types, f"{current} comes twice"
                assert current in helped, f"{current} has no HELP line before its TYPE"
                self.types[current] = match[2]
            else:
                self._parse_sample(line, current)

    def _parse_sample(self, line, current):
        match = SAMPLE.fullmatch(line)
        assert match, f"not a sample: {line!r}"
        assert match[1] == current, f"{line!r} stands under {current}"
        number = match[match.lastindex]
        assert NUMBER.fullmatch(number), f"not a number: {line!r}"
        pairs = tuple(sorted((label, value) for label, value in re.findall(LABEL, match[2] or "")))
        assert len(dict(pairs)) == len(pairs), f"a label twice: {line!r}"
        assert (current, pairs) not in self.samples, f"a sample twice: {line!r}"
        value = float(number)
        self.samples[current, pairs] = int(value) if value.is_integer() else value
        if self.types[current] == "counter":
            assert value >= 0 and current.endswith("_total"), line
