"""Entries of gauges, timers and sets, as the daemon writes them into streams: made here from what their formats say
(common/metric/gauge.h, bins_code.h, set_code.h), so that readers are tested without a writer."""

import math
import zlib
from decimal import Decimal


def add(redis, kind, key, entries):
    """Entries of (ID, fields), and the key's place in the index of its kind."""
    redis.pipeline([("XADD", f"kilometric:{kind}.{key}", identity, *fields) for identity, fields in entries])
    redis.command("ZADD", f"kilometric:{kind}:keys", 0, key)


# Gauges

def gauge(*values, at, add=None):
    """Values that were set, the last one at `at`, and what was added after it."""
    last = sum(values[-1:]) + (add or 0)
    fields = ["last", last, "at", at, "min", min(values), "max", max(values), "sum", sum(values), "count", len(values)]
    return fields + (["add", add] if add else [])


def gauge_adds(value, at):
    """Something was added, nothing set."""
    return ["add", value, "at", at]


# Timers

def timer(*values):
    total = sum(Decimal(str(value)) for value in values)
    squares = sum(float(value) ** 2 for value in values)
    return ["count", len(values), "sum", total, "min", min(values), "max", max(values), "sq", squares,
            "bins", _bins(values)]


def bin_of(value):
    """Exact for small whole numbers, and for what is far from a boundary."""
    if abs(value) < 2 ** -30:
        return 0
    number = math.ceil(math.log2(abs(value)) * 32) - 1 + 962
    return number if value > 0 else -number


def _bins(values):
    numbers = [bin_of(value) for value in values]
    bins = sorted(set(numbers))
    bits = ""
    for before, number in zip([None] + bins, bins):
        bits += ("" if before is None else _golomb(number - before - 1, 0)) + _golomb(numbers.count(number) - 1, 0)
    return bytes([5]) + _varint(_zigzag(bins[0])) + _varint(len(bins)) + bytes([0]) + _packed(bits)


# Sets

def members(*names):
    """Each name stands for a member; that no two of them have the same place is up to chance."""
    places = sorted({zlib.crc32(name.encode()) >> 6 for name in names})
    bits, least, k = _bits(0, 8) + _bits(len(places), 9), 0, 26 - len(places).bit_length()
    for place in places:
        bits += _golomb(place - least, k) + _golomb(0, 0)
        least = place
    return ["count", len(places), "set", _packed(bits)]


# Bits

def _bits(value, count):
    return f"{value:0{count}b}" if count else ""


def _golomb(value, k):
    high = (value >> k) + 1
    return "0" * (high.bit_length() - 1) + f"{high:b}" + _bits(value & ((1 << k) - 1), k)


def _packed(bits):
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at:at + 8], 2) for at in range(0, len(bits), 8))


def _varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _zigzag(value):
    return value * 2 if value >= 0 else -value * 2 - 1
