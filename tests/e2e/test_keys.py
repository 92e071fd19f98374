"""Keys without tags: 1 to 255 bytes of valid UTF-8 without control characters, stored as sent; in a line without what
stands around them."""

import urllib.parse

import pytest

import wire
from harness import Installation

ODD = [
    "with space", " outer ", "a/b/c", "../../etc/passwd", "a:b:c", ":", 'say "hi"', "it's", "back\\slash",
    "\\u0041", "{}", "[1,2]", "<b>&amp</b>", "100%", "%41", "a+b", "a&b=c", "?query#fragment", "|c|@0.1", "*?[a-z]",
    "%s%n%b", "ключ", "キー", "😀", "👩‍👩‍👧", "e\u0301", "\u00e9", "\u2028", "\ufeffbom", "\U0010ffff",
    "null", "0", "-1", "-", "+",
    "kilometric.keys", "hour.a", "x" * 255, "é" * 127 + "x", "😀" * 63 + "abc",
]

BAD = {
    "empty": b"", "256 bytes": b"x" * 256, "257 bytes of emoji": "😀".encode() * 64 + b"x",
    "lone continuation": b"a\x80", "no byte of UTF-8": b"\xff", "cut short": b"a\xe2\x82",
    "overlong slash": b"\xc0\xaf", "overlong NUL": b"\xe0\x80\x80", "surrogate": b"\xed\xa0\x80",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80", "five bytes": b"\xf8\x88\x80\x80\x80", "Latin-1": b"caf\xe9",
    "NUL": b"a\x00b", "tab": b"a\tb", "escape": b"\x1b[0m", "US": b"a\x1f",
    "DEL": b"a\x7f", "C1": b"a\xc2\x80", "NEL": b"\xc2\x85", "last of C1": b"\xc2\x9f",
}


def track_target(key, more=""):
    return "/track?key=" + urllib.parse.quote_from_bytes(key, safe="") + more


def test_odd_keys_by_http(shared):
    """Read back by name: JSON escapes what it must, and the name comes back as it was sent."""
    for index, key in enumerate(ODD, 1):
        shared.track(key, index)
    shared.flush()
    for index, key in enumerate(ODD, 1):
        document = shared.read_json(key)
        assert document["name"] == key
        assert document["values"][0]["value"] == index, key
        assert shared.entries(key), key


def test_odd_keys_by_udp(shared):
    """The same streams, where no colon is in the key and nothing around it."""
    keys = ["~" + key + "~" for key in ODD if ":" not in key and len(key.encode()) < 254]
    assert len(keys) > 30
    shared.send_datagram(b"\n".join(key.encode() + b":3|c" for key in keys))
    shared.flush()
    for key in keys:
        shared.track(key, 4)
    shared.flush()
    assert {key: shared.counter(key) for key in keys} == dict.fromkeys(keys, 7)


def test_what_stands_around_a_key_in_a_line(shared):
    """Blanks and a byte order mark are invisible: with them the same text would be another metric."""
    lines = "\ufeffbare:1|c\n bare:2|c\nbare :4|c\n\t bare \t:8|c|@0.5\n\ufeff bare:1.5|c\r\nbare:0.5|c".encode()
    shared.send_datagram(lines)
    assert shared.post_lines(lines).status == 204
    shared.flush()
    assert shared.counter("bare") == 2 * 25
    assert shared.redis.scan("kilometric.*bare*") == {b"kilometric.bare"}


def test_a_key_on_udp_ends_at_the_first_colon(shared):
    shared.send_datagram(b"first:1:2|c")
    shared.flush()
    assert shared.counter("first") == 3 and shared.counter("first:1") == 0


@pytest.mark.parametrize("key", BAD.values(), ids=BAD.keys())
def test_bad_keys_by_http(shared, key):
    before = shared.redis.scan("kilometric.*"), shared.lines("http")
    answer = shared.request("GET", track_target(key))
    assert answer.status == 400 and "key" in answer.error(), answer
    assert shared.lines("http")["bad_key"] == before[1].get("bad_key", 0) + 1
    answer = shared.request("POST", "/track", b"key=" + urllib.parse.quote_from_bytes(key).encode(),
                            {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 400 and "key" in answer.error(), answer
    answer = shared.request("POST", "/track", key.replace(b"\n", b"") + b":1|c", {"Content-Type": "text/plain"})
    assert answer.status == 400 and answer.json()["rejected"] == 1, answer
    assert shared.redis.scan("kilometric.*") - before[0] == set()


def test_bad_keys_by_udp(shared):
    before = shared.lines("udp")
    good = b"".join(b"%s\ngood.neighbour:1|c\n" % (key + b":1|c") for key in BAD.values())
    shared.send_datagram(good)
    shared.flush()
    after = shared.lines("udp")
    assert after["bad_key"] - before.get("bad_key", 0) == len(BAD)
    assert after["accepted"] - before.get("accepted", 0) == len(BAD) == shared.counter("good.neighbour")
    assert after["received"] - before.get("received", 0) == 2 * len(BAD)


@pytest.mark.parametrize("query", ["", "?", "?value=1", "?key", "?key=", "?Key=a", "?&&&", "?=a"])
def test_no_key(shared, query):
    answer = shared.request("GET", "/track" + query)
    assert answer.status == 400 and "key" in answer.error(), answer


@pytest.mark.parametrize("query", ["?key=%", "?key=a%4", "?key=%zz", "?key=a&value=%", "?key=a&other=%f"])
def test_bad_percent_encoding(shared, query):
    answer = shared.request("GET", "/track" + query)
    assert answer.status == 400 and "%" in answer.error(), answer


def test_plus_and_percent_mean_a_space(shared):
    for target in ("/track?key=two+words", "/track?key=two%20words", "/tr%61ck?key=never"):
        assert shared.request("GET", target).status == (204 if "never" not in target else 404)
    shared.flush()
    assert shared.counter("two words") == 2


def test_the_reader_refuses_bad_keys(shared):
    for key in BAD.values():
        target = "/read?type=counter&key=" + urllib.parse.quote_from_bytes(key, safe="")

        answer = wire.request(shared.reader_port, "GET", target)
        assert answer.status == 400 and "key" in answer.error(), answer


def test_a_hundred_thousand_keys():
    """Each twice, so that every slot is both made and found, across several segments."""
    with Installation() as installation:
        lines = [b"many.keys.of.a.stranger.%d:%d|c" % (index, index % 7 + 1) for index in range(100_000)]
        datagrams = [b"\n".join(lines[start:start + 40]) for start in range(0, len(lines), 40)]
        installation.send_datagrams(datagrams)
        installation.send_datagrams(datagrams[::-1])
        installation.flush(within=60)
        sums = installation.sums()
        wrong = [(key, total) for key, total in sums.items() if total != 2 * (int(key.rsplit(".", 1)[1]) % 7 + 1)]
        assert len(sums) == 100_000 and not wrong, wrong[:10]
        assert installation.redis.command("ZCARD", "kilometric:keys") == 100_000
        assert installation.counter("many.keys.of.a.stranger.99999") == 2 * (99_999 % 7 + 1)


def test_no_room_for_a_new_key():
    """Above KILOMETRIC_MAX_KEYS new keys are refused and counted; those that are in go on."""
    with Installation(workers=1, max_keys=1000) as installation:
        send_rooms(installation, 3000)
        send_rooms(installation, 3000)
        installation.flush()
        counts = installation.lines("udp")
        sums = installation.sums()
        assert counts["received"] == 6000 == counts["accepted"] + counts["refused"]
        assert sum(sums.values()) == counts["accepted"]
        # What is known is a filter, which takes one new key in a hundred for a known one, at most.
        assert 1000 <= sum(1 for total in sums.values() if total == 2) <= 1000 + 20
        tries = [installation.request("GET", f"/track?key=one.more.{number}") for number in range(5)]
        answer = next(answer for answer in tries if answer.status != 204)
        assert answer.status == 503 and "KILOMETRIC_MAX_KEYS" in answer.error(), answer
        assert installation.lines("http")["refused"] >= 1
        known = next(key for key, total in sums.items() if total == 2)
        installation.track(known)
        installation.flush()
        assert installation.counter(known) == 3


def test_known_keys_go_on():
    with Installation(workers=1, max_keys=1000, readerd=False) as installation:
        send_rooms(installation, 3000)
        send_rooms(installation, 3000)
        installation.flush()
        assert set(installation.sums().values()) == {2}


def test_live_keys_are_shown():
    with Installation(workers=1, readerd=False) as installation:
        send_rooms(installation, 5000)
        assert installation.metrics().value("kilometric_keys") == 5000


def send_rooms(installation, count):
    lines = [b"room.%d:1|c" % index for index in range(count)]
    installation.send_datagrams([b"\n".join(lines[start:start + 50]) for start in range(0, count, 50)])
