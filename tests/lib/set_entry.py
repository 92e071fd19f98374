"""The field `set` of an entry, read and written in plain Python after docs/formats/redis.md: what the daemons
write is held against it.

A set is a frozenset of tokens, as long as there are at most 256, or a tuple of 4,096 ranks.
"""

import math

RANK_BITS = 6
PLACES = 2 ** 26
REGISTERS = 4096


class Reader:
    def __init__(self, data):
        self.text = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def bits(self, count):
        piece = self.text[self.at:self.at + count]
        assert len(piece) == count, "cut"
        self.at += count
        return int(piece, 2) if count else 0

    def golomb(self, k):
        zeros = self.text.index("1", self.at) - self.at
        self.at += zeros
        return (self.bits(zeros + 1) - 1 << k) + self.bits(k)

    def end(self):
        rest = self.text[self.at:]
        assert len(rest) < 8 and "1" not in rest, "more than a set"


class Writer:
    def __init__(self):
        self.text = ""

    def bits(self, value, count):
        if count:
            self.text += f"{value:0{count}b}"

    def golomb(self, value, k):
        digits = f"{(value >> k) + 1:b}"
        self.text += "0" * (len(digits) - 1) + digits
        self.bits(value % 2 ** k, k)

    def take(self):
        self.text += "0" * (-len(self.text) % 8)
        return bytes(int(self.text[at:at + 8], 2) for at in range(0, len(self.text), 8))


def read(data):
    reader = Reader(data)
    form = reader.bits(8)
    result = {0: tokens, 1: few_registers, 2: registers}[form](reader)
    reader.end()
    return result


def tokens(reader):
    count = reader.bits(9)
    assert count <= 256
    found, place = [], 0
    for _ in range(count):
        place += reader.golomb(26 - count.bit_length())
        found.append(place << RANK_BITS | reader.golomb(0) + 1)
    assert found == sorted(set(found)) and place < PLACES
    return frozenset(found)


def few_registers(reader):
    count = reader.bits(12)
    ranks, place = [0] * REGISTERS, -1
    for _ in range(count):
        place += 1 + reader.golomb(max(0, 12 - count.bit_length()))
        ranks[place] = reader.golomb(0) + 1
    return tuple(ranks)


def registers(reader):
    base, ranks = reader.bits(6), []
    for _ in range(REGISTERS):
        number = reader.bits(2)
        if number >= 2:
            number = number * 2 + reader.bits(1) - 2
        if number == 5:
            number += reader.golomb(0)
        down = number > 0 and number % 3 == 0
        ranks.append(base - number // 3 if down else base + number - number // 3)
    return tuple(ranks)


def write(members):
    """`members`: tokens, at most 256."""
    writer = Writer()
    writer.bits(0, 8)
    writer.bits(len(members), 9)
    place = 0
    for token in sorted(members):
        writer.golomb((token >> RANK_BITS) - place, 26 - len(members).bit_length())
        writer.golomb(token % 2 ** RANK_BITS - 1, 0)
        place = token >> RANK_BITS
    return writer.take()


def as_registers(members):
    if isinstance(members, tuple):
        return members
    ranks = [0] * REGISTERS
    for token in members:
        rest = token >> RANK_BITS & 2 ** 14 - 1
        rank = 15 - rest.bit_length() if rest else 14 + token % 2 ** RANK_BITS
        ranks[token >> 20] = max(ranks[token >> 20], rank)
    return tuple(ranks)


def united(sets):
    exact = frozenset().union(*(one for one in sets if isinstance(one, frozenset)))
    if len(exact) <= 256 and all(isinstance(one, frozenset) for one in sets):
        return exact
    return tuple(map(max, zip(*map(as_registers, sets))))


def about(members):
    """How many there are; of registers the plain estimate by empty ones and the harmonic mean, right to some percent."""
    if isinstance(members, frozenset):
        return len(members)
    empty = members.count(0)
    mean = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS ** 2 / sum(2.0 ** -rank for rank in members)
    return REGISTERS * math.log(REGISTERS / empty) if mean < 2.5 * REGISTERS and empty else mean
