"""Datagrams as wholes: whatever is in one, received = accepted + the named reasons, line by line."""

import random
import re

import pytest

from harness import Installation
from processes import eventually


def difference(installation, datagram, lines=0):
    """What became of the lines of one datagram. `lines`: at least so many; counting many takes a while."""
    before = installation.lines("udp")
    installation.send_datagram(datagram)
    installation.await_received()
    return dict(eventually(lambda: (now := installation.lines("udp") - before)["received"] >= lines and (now,))[0])


def count_lines(datagram):
    """As the rule says: lines end in LF or CRLF, empty ones do not count."""
    return sum(1 for line in re.split(rb"\r?\n", datagram) if line)


def test_the_longest_datagram(shared):
    line = b"longest:1|c\n"
    datagram = line * (65507 // len(line))
    datagram += b"longest:1|c|e:%s" % (b"x" * (65507 - len(datagram) - 14)) if len(datagram) < 65507 - 14 else b""
    datagram = datagram.ljust(65507, b"\n")
    assert len(datagram) == 65507
    lines = count_lines(datagram)
    assert lines > 5000
    assert difference(shared, datagram, lines) == {"received": lines, "accepted": lines}
    shared.flush()
    assert shared.counter("longest") == lines


def test_one_line_as_long_as_a_datagram(shared):
    assert difference(shared, b"k" * 65507) == {"received": 1, "bad_type": 1}
    assert difference(shared, (b"k" * 65500) + b":1|c") == {"received": 1, "bad_key": 1}
    assert difference(shared, b"long.tail:1|c|#" + b"t" * 65000) == {"received": 1, "key_too_long": 1}
    assert difference(shared, b"long.tail:1|c|#t:" + b"t" * 65000 + b",t:1") == {"received": 1, "accepted": 1}
    assert difference(shared, b"long.tail:1|c|e:" + b"t" * 65000) == {"received": 1, "accepted": 1}
    assert difference(shared, b"long.packed:" + b"1:" * 30000 + b"1|c", 1) == {"received": 1, "accepted": 1}
    shared.flush()
    assert shared.counter("long.packed") == 30001


@pytest.mark.parametrize("datagram", [b"", b"\n", b"\n" * 5000, b"\r\n", b"\r\n" * 5000, b"\n\r\n\n"],
                         ids=["empty", "LF", "LFs", "CRLF", "CRLFs", "both"])
def test_nothing_in_it(shared, datagram):
    before = shared.metrics().value("kilometric_datagrams_received_total")
    assert difference(shared, datagram) == {}
    assert shared.metrics().value("kilometric_datagrams_received_total") == before + 1


@pytest.mark.parametrize("datagram", [
    b"ends:1|c", b"ends:1|c\n", b"ends:1|c\r\n", b"\nends:1|c\n\n", b"\r\nends:1|c\r\n\r\n", b"ends:1|c\r",
], ids=repr)
def test_line_ends(shared, datagram):
    assert difference(shared, datagram) == {"received": 1, "accepted": 1}
    assert difference(shared, datagram.strip() + b"\r\n" + datagram) == {"received": 2, "accepted": 2}


@pytest.mark.parametrize("datagram, reasons", [
    (b"\0", {"bad_type": 1}),
    (b"\0" * 1400, {"bad_type": 1}),
    (b"\0:1|c\na\0b:1|c", {"bad_key": 2}),
    (b"nul:1|c\0\nnul:1\0|c\nnul:\0001|c", {"bad_type": 1, "bad_value": 2}),
    (b"\0\n\0\n\0", {"bad_type": 3}),
], ids=["one", "many", "key", "value", "lines"])
def test_nuls(shared, datagram, reasons):
    assert difference(shared, datagram) == {"received": sum(reasons.values()), **reasons}


def test_a_bad_line_in_the_middle(shared):
    for bad, reason in ((b"nonsense", "bad_type"), (b"a:x|c", "bad_value"), (b"a:1|c|@9", "bad_rate"),
                        (b":1|c", "bad_key"), (b"a:1|z", "bad_type"), (b"\xff\xfe:1|c", "bad_key")):
        lines = [b"middle:1|c"] * 31
        lines[15] = bad
        assert difference(shared, b"\n".join(lines)) == {"received": 31, "accepted": 30, reason: 1}
    shared.flush()
    assert shared.counter("middle") == 6 * 30


def test_noise(shared):
    """Bytes without sense, some with the marks of StatsD in them; no line is lost from the account."""
    seed = 20201021
    noise = random.Random(seed)
    marks = b"abc:|@#.019-+ce\r\n\n\n\0\xff"
    for _ in range(400):
        length = noise.randrange(1, 1500)
        alphabet = marks if noise.random() < 0.7 else bytes(range(256))
        datagram = bytes(noise.choice(alphabet) for _ in range(length)).rstrip(b"\r")
        outcome = difference(shared, datagram, count_lines(datagram))
        assert outcome.get("received", 0) == count_lines(datagram), (seed, datagram)


def test_every_key_that_noise_made_is_well_formed(shared):
    shared.flush()
    for name in shared.redis.scan("kilometric.*"):
        key = name[len(b"kilometric."):].decode()
        assert 1 <= len(key.encode()) <= 255
        assert not re.search("[\x00-\x1f\x7f-\x9f]", key), repr(key)


def test_the_account_of_a_mixed_flood():
    """Many datagrams of good and bad lines from several sources over four workers: all accounted for."""
    with Installation(workers=4) as installation:
        good, bad = [b"flood.%d:1|c" % index for index in range(
            20)], [b"flood", b"flood:x|c", b"flood:1|z", b":1|c", b"f:1|c|@0"]
        datagram = b"\n".join(good + bad)
        installation.send_datagrams([datagram] * 2000)
        installation.flush()
        assert installation.lines("udp") == {
            "received": 50_000, "accepted": 40_000, "bad_type": 4000, "bad_value": 2000, "bad_key": 2000, "bad_rate": 2000}
        assert installation.sums() == {f"flood.{index}": 2000 for index in range(20)}
        metrics = installation.metrics()
        assert metrics.value("kilometric_datagrams_received_total") == 2000
        assert metrics.value("kilometric_udp_drops_total") == 0
