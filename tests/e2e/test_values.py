"""Values: by HTTP an unsigned integer up to 2^53; by UDP any decimal of that magnitude, and a rate."""

import urllib.parse
from decimal import Decimal

import pytest

BAD_HTTP = ["9007199254740993", "-1", "1e3", "", "NaN", "Infinity", "inf", "+5", " 5", "5 ", "\t5", "5\n", "0x10",
            "1.0", "1,000", "5.", "٣", "18446744073709551616", "9" * 400, "5\0", "true", "1_000", "--1", "1-"]

GOOD_UDP = {
    "1|c": "1", "-3|c": "-3", "+4|c": "4", "2.5|c": "2.5", "-0.25|c": "-0.25", "1e3|c": "1000", "12E-1|c": "1.2",
    "0.000001|c": "0.000001", "007|c": "7", "9007199254740992|c": "9007199254740992",
    "-9007199254740992|c": "-9007199254740992", "900719925474099.5|c": "900719925474099.5",
    "1|c|@0.1": "10", "1|c|@1": "1", "1|c|@1.0": "1", "1|c|@1e-1": "10", "3|c|@0.5": "6", "1|c|@0.3": "3.333333",
    "-1|c|@0.25": "-4", "2.5|c|@0.1": "25",
    # several samples a line: etsy's, packed
    "1|c:2|c": "3", "1|c:2|c|@0.1": "21", "1|c|@0.1:2|c": "12", "1:2|c": "3", "1:2:3.5:-4|c": "2.5",
    "1:2|c|@0.5": "6",
    # sections that say nothing of a counter; tags of which none is left
    "1|c|T1656581400": "1", "1|c|c:container-1": "1", "1|c|e:it-false,cn-x": "1", "1|c|card:low": "1",
    "2|c|@0.5|c:x|T1": "4", "2|c|T1|@0.5": "4", "1|c|": "1", "1|c||": "1", "1|c|unknown": "1", "1|c|#": "1",
    "1|c|#|c:x": "1", "1|c|#,:,t:": "1", "1|c|#dd.internal.entity_id:x": "1",
}

BAD_UDP = {
    "bad_value": ["|c", "a|c", "NaN|c", "nan|c", "Infinity|c", "-inf|c", " 1|c", "1 |c", "0x10|c", "1e|c", "1e999|c",
                  "--1|c", "+|c", ".|c", "1,5|c", "1.2.3|c", "9007199254740993|c", "-9007199254740993|c",
                  "9007199254740992.5|c", "9007199254740992|c|@0.5", "1|c|@1e-300", "1:|c", ":1|c", "1:x|c",
                  "1|c:x|c", "x|c:1|c", "1" * 500 + "|c", "\u0661|c"],
    "bad_rate": ["1|c|@Infinity", "1|c|@0", "1|c|@0.0", "1|c|@2", "1|c|@1.0001", "1|c|@-0.1", "1|c|@", "1|c|@NaN",
                 "1|c|@x", "1|c|@0.1x", "1|c|@ 0.1", "1|c|@1e", "1|c|@-0", "1|c|@1e9999", "1|c|@0e9999",
                 "1|c|@0.1|@0", "1|c:2|c|@3"],
    "bad_type": ["1", "", "1|", "1|z", "1|C", "1|cc", "1|c ", "1| c", "1|@0.1", "1|c:", "1|c:2", "1|ct", "1|gg"],
}


@pytest.mark.parametrize("value", ["1", "10", "9007199254740992", "9007199254740991"])
def test_good_values_by_http(shared, value):
    shared.track("http.good." + value, value)
    shared.track("http.good." + value, value, method="POST")
    shared.track("http.good." + value, value, method="HEAD")
    shared.flush()
    assert shared.counter("http.good." + value) == 3 * int(value)


@pytest.mark.parametrize("value", BAD_HTTP)
def test_bad_values_by_http(shared, value):
    before = shared.lines("http").get("bad_value", 0)
    query = urllib.parse.urlencode({"key": "http.bad", "value": value})
    for answer in (shared.request("GET", "/track?" + query),
                   shared.request("POST", "/track", query.encode(),
                                  {"Content-Type": "application/x-www-form-urlencoded"})):
        assert answer.status == 400 and "value" in answer.error(), answer
    assert shared.lines("http")["bad_value"] == before + 2


def test_bad_values_by_http_left_nothing(shared):
    shared.track("http.bad.end")
    shared.flush()
    assert shared.entries("http.bad") == [] and shared.entries("http.bad.end") != []


def test_a_raw_plus_is_a_space_and_bad(shared):
    answer = shared.request("GET", "/track?key=plus&value=+5")
    assert answer.status == 400 and "value" in answer.error(), answer


def test_good_values_by_udp(shared):
    """One line a case, each with a key of its own, so that every sum can be told."""
    cases = {f"good.{index}": (rest, Decimal(total)) for index, (rest, total) in enumerate(GOOD_UDP.items())}
    before = shared.lines("udp")
    shared.send_datagram("\n".join(f"{key}:{rest}" for key, (rest, _) in cases.items()).encode())
    shared.flush()
    assert shared.lines("udp") - before == {"received": len(cases), "accepted": len(cases)}
    sums = shared.sums()
    wrong = {rest: sums.get(key) for key, (rest, total) in cases.items() if sums.get(key) != total}
    assert not wrong
    shown = {rest: value for key, (rest, total) in cases.items()
             if Decimal(str(value := shared.counter(key))) != total}
    assert not shown


@pytest.mark.parametrize("reason", BAD_UDP)
def test_bad_values_by_udp(shared, reason):
    """Nothing of a bad line counts; its neighbours do."""
    for rest in BAD_UDP[reason]:
        before = shared.lines("udp")
        shared.send_datagram(f"fine:1|c\nbad.{reason}:{rest}\nfine:1|c".encode())
        shared.await_received()
        assert shared.lines("udp") - before == {"received": 3, "accepted": 2, reason: 1}, rest
    shared.flush()
    assert f"bad.{reason}" not in shared.sums()


@pytest.mark.parametrize("reason", BAD_UDP)
def test_the_same_lines_by_http(shared, reason):
    for rest in BAD_UDP[reason]:
        before = shared.lines("http")
        answer = shared.post_lines(f"posted.{reason}:{rest}\n".encode())
        document = answer.json()
        assert (answer.status, document["accepted"], document["rejected"]) == (400, 0, 1), rest
        assert document["error"].startswith("line 1: "), rest
        assert shared.lines("http") - before == {"received": 1, reason: 1}, rest


def test_zero_writes_no_entry(shared):
    """By HTTP and by UDP; and a sum that comes out as nothing writes none either."""
    shared.track("zero.http", 0)
    shared.send_datagram(b"zero.udp:0|c\nzero.udp:-0|c\nzero.udp:0.0|c|@0.1\nzero.tiny:0.0000001|c\nzero.end:1|c")
    shared.flush()
    sums = shared.sums()
    assert "zero.end" in sums
    assert not {"zero.http", "zero.udp", "zero.tiny"} & set(sums)


def test_integers_are_exact_up_to_2_63(shared):
    line = b"big:9007199254740992|c\n"
    shared.send_datagram(line * 1023)
    shared.send_datagram(b"big:9007199254740991|c")
    shared.flush()
    total = 1023 * 2 ** 53 + 2 ** 53 - 1
    assert total == 2 ** 63 - 1
    assert f'"value":{total}' in shared.read("big").body.decode()
    shared.send_datagram(b"small:-9007199254740992|c\n" * 1024)
    shared.flush()
    assert f'"value":-{2 ** 63}' in shared.read("small").body.decode()


def test_fractions_are_exact_to_six_decimals(shared):
    shared.send_datagram(b"tenths:0.1|c\n" * 10 + b"tenths:0.000001|c\n" * 3 + b"whole:0.25|c\n" * 4
                         + b"below:-1.5|c\nbelow:0.25|c\n")
    shared.flush()
    assert '"value":1.000003}' in shared.read("tenths").body.decode()
    assert '"value":1}' in shared.read("whole").body.decode()
    assert '"value":-1.25}' in shared.read("below").body.decode()
