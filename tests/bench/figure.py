"""A figure that stands for itself, and what it is to be."""

from dataclasses import dataclass


@dataclass
class Figure:
    what: str
    value: float
    unit: str
    most: float = None  # what it is to be at most, or
    least: float = None  # at least

    def met(self):
        if self.most is not None:
            return self.value <= self.most
        return self.value >= self.least if self.least is not None else None

    def limit(self):
        return f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"
