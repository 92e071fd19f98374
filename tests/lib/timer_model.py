"""What a timer's entries are to say, made in a plain way out of its samples; and what entries say, read from their
bytes as docs/formats/redis.md has them.

    model = Timer()
    model.add("12.5", "0.1")
    assert timer_of(entries).says(model)
"""

import collections
import math
from fractions import Fraction

PLACES = 10 ** 12
PARTS = 1024


def rounded(number, unit):
    """The nearest multiple of 1 / unit, half away from zero, times unit."""
    whole = math.floor(abs(number) * unit + Fraction(1, 2))
    return whole if number > 0 else -whole


def bin_of(value):
    """By exact arithmetic: the least i for which |value| <= 2^(i/32), moved so that bin 1 ends at 2^-30."""
    size = abs(Fraction(value))
    if size < Fraction(1, 2 ** 30):
        return 0
    power = size ** 32
    upper = power.numerator.bit_length() - power.denominator.bit_length() - 1
    while Fraction(2) ** upper < power:
        upper += 1
    return int(math.copysign(upper + 961, value))


class Timer:
    """count in millionths, total in 10^-12, bins in 1/1,024ths."""

    def __init__(self):
        self.count = self.total = 0
        self.squares = 0.0
        self.least, self.most = math.inf, -math.inf
        self.bins = collections.Counter()

    def add(self, value, rate="1"):
        weight = 1 / Fraction(rate)
        number = float(value)
        self.count += rounded(weight, 10 ** 6)
        self.total += rounded(Fraction(value) * weight, PLACES)
        self.squares += number * number * float(weight)
        self.least, self.most = min(self.least, number), max(self.most, number)
        self.bins[bin_of(number)] += rounded(weight, PARTS)

    def merge(self, other):
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.bins += other.bins

    def says(self, other):
        """Whether both say the same; squares are doubles, and their weights are rounded to millionths."""
        exact = [(timer.count, timer.total, timer.least, timer.most, timer.bins) for timer in (self, other)]
        assert exact[0] == exact[1], f"{exact[0]} is not {exact[1]}"
        assert math.isclose(self.squares, other.squares, rel_tol=1e-6), f"{self.squares} is not {other.squares}"
        return True


def timer_of(entries):
    """What the entries of a stream, as XRANGE gives them, say together."""
    timer = Timer()
    for _, fields in entries:
        timer.merge(parse(fields))
    return timer


def parse(fields):
    names = [b"count", b"sum", b"min", b"max", b"sq", b"bins"]
    assert fields[::2] == names, fields
    texts = dict(zip(names, fields[1::2]))
    timer = Timer()
    timer.count = int(Fraction(texts[b"count"].decode()) * 10 ** 6)
    timer.total = int(Fraction(texts[b"sum"].decode()) * PLACES)
    timer.squares = float(texts[b"sq"])
    timer.least, timer.most = float(texts[b"min"]), float(texts[b"max"])
    timer.bins = decode(texts[b"bins"])
    return timer


def decode(code):
    """The bins of an entry, as 1/1,024ths."""
    flags, code = code[0], code[1:]
    assert flags & 15 == 5 and flags < 64, flags
    first, code = _varint(code)
    bins, code = _varint(code)
    counts, gaps = code[0] & 15, code[0] >> 4
    bits = _Bits(code[1:])
    found, number, before = collections.Counter(), _signed(first), [0, 0]
    for index in range(bins):
        if flags & 16:  # dense
            count = _signed(bits.code(counts + max(before).bit_length() // 2)) + sum(before) // 2
            before = [before[1], count]
            number += index > 0
        else:
            number += bits.code(gaps) + 1 if index else 0
            count = bits.code(counts) + 1
        if count:
            found[number] = count if flags & 32 else count * PARTS
    assert bits.ended()
    return found


class _Bits:
    def __init__(self, code):
        self.bits = "".join(f"{byte:08b}" for byte in code)

    def code(self, parameter):
        zeros = self.bits.index("1")
        end = 2 * zeros + 1
        number = ((int(self.bits[zeros:end], 2) - 1) << parameter) + int("0" + self.bits[end:end + parameter], 2)
        self.bits = self.bits[end + parameter:]
        return number

    def ended(self):
        return len(self.bits) < 8 and "1" not in self.bits


def _varint(code):
    number = 0
    for index, byte in enumerate(code):
        number |= (byte & 127) << 7 * index
        if byte < 128:
            return number, code[index + 1:]
    raise ValueError("a varint is cut")


def _signed(place):
    return place >> 1 if place % 2 == 0 else -(place + 1 >> 1)
