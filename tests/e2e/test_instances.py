"""GET /instances of readerd: how each ingestd fares, as it tells Redis with its flushes."""

import time

import pytest

import wire
from harness import Installation
from processes import eventually


def answer(installation):
    got = wire.request(installation.reader_port, "GET", "/instances")
    assert got.status == 200 and got.headers["content-type"] == "application/json", got
    return got.json()


def only(installation):
    instances = answer(installation)["instances"]
    assert len(instances) == 1, instances
    return instances[0]


def test_what_an_ingestd_tells():
    with Installation() as installation:
        assert installation.post_lines(b"visits:9|c\nvisits:4|c\nhits:2|c\nvisits:1|x").status == 200
        installation.send_datagram(b"a\x80b:1|c")
        eventually(lambda: "rejected" in only(installation) and len(only(installation)["rejected"]) == 2)
        installation.flush()
        eventually(lambda: only(installation)["lines"].get("bad_key") == 1)
        instance = only(installation)
        now = answer(installation)["now"]
        assert abs(now / 1000 - time.time()) < 60
        assert instance["healthy"] is True and instance["interval"] == 0.1 and instance["version"] == "0.1.0"
        assert now - 60_000 < instance["started"] <= instance["told"] <= answer(installation)["now"]
        assert instance["lines"] == {"accepted": 3, "bad_type": 1, "bad_key": 1}
        assert (instance["pending"], instance["spool"], instance["drops"]) == (0, 0, 0)
        assert instance["busiest"] == "visits" and instance["append_only"] is True
        lines = {line["reason"]: line for line in instance["rejected"]}
        assert lines["bad_type"]["line"] == "visits:1|x" and lines["bad_type"]["via"] == "http"
        assert lines["bad_key"]["line"] == "a\\x80b:1|c" and lines["bad_key"]["bytes"] == 7
        assert lines["bad_key"]["advice"].startswith("the key must be")
        assert all(abs(line["time"] - now) < 60_000 for line in lines.values())
        shown = wire.request(installation.port, "GET", "/rejected").json()["rejected"]
        assert [line["line"] for line in shown] == [line["line"] for line in instance["rejected"]]
        before = instance["lines"]["accepted"]
        installation.stop()
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        installation.track("visits")
        installation.flush()
        eventually(lambda: only(installation)["lines"]["accepted"] == before + 1)
        assert len(only(installation)["rejected"]) == 2


def test_the_memory_of_bad_lines_is_bounded():
    with Installation() as installation:
        bad = [b"\x01" * 300, b"x:\x02" + b"\x03" * 300 + b"|c", b"x:1|\x04" + b"\x05" * 300, b"x:1|c|@\x06" + b"\x07" * 300]

        def kept():
            installation.post_lines(b"\n".join(bad))  # of each reason one is kept each tenth of a second
            return len(wire.request(installation.port, "GET", "/rejected").json()["rejected"])

        eventually(lambda: kept() >= 16)
        eventually(lambda: len(only(installation)["rejected"]) > 5)
        assert len(only(installation)["rejected"]) < 12
        assert all(300 <= len(line["line"]) <= 800 for line in only(installation)["rejected"])


def test_of_an_earlier_version_what_it_tells():
    with Installation(ingestd=False) as installation:
        assert answer(installation)["instances"] == []
        now = answer(installation)["now"]
        installation.add_instance(now, "2.5")
        assert only(installation) == {"id": "7", "flushed": now, "interval": 2.5, "healthy": True}
        installation.add_instance(now - 26_000, "2.5")
        assert only(installation)["healthy"] is False


@pytest.mark.parametrize("field, text", [
    ("lines", "accepted"), ("lines", "accepted x"), ("lines", '"}:{ 1'), ("lines", "a 1 " * 100), ("rejected", "1\t2\n"),
    ("rejected", "x\tr\ta\tv\ts\t5\tl\n"), ("rejected", "x" * 70_000), ("interval", "nan"), ("interval", "-1"),
    ("told", "1e9"), ("pending", "-1"), ("host", "x" * 2000), ("busiest", "")])
def test_what_cannot_be_is_left_out(field, text):
    with_a_field = test_what_cannot_be_is_left_out.installation
    with_a_field.redis.command("DEL", "kilometric:instance.7")
    with_a_field.redis.command("ZADD", "kilometric:instances", 5, 7)
    with_a_field.redis.command("HSET", "kilometric:instance.7", field, text)
    assert only(with_a_field) == {"id": "7", "flushed": 5}


@pytest.fixture(scope="module", autouse=True)
def store():
    with Installation(ingestd=False) as installation:
        test_what_cannot_be_is_left_out.installation = installation
        yield installation


def test_strange_bytes_are_json(store):
    store.redis.command("DEL", "kilometric:instance.7")
    store.redis.command("ZADD", "kilometric:instances", 5, 7)
    store.redis.command("HSET", "kilometric:instance.7", "host", b'a"\xff\n<b>', "rejected",
                        b"1\tr\xfe\ta\tv\ts\t5\tl\xff\"\x00\n")
    instance = only(store)
    assert instance["host"] == 'a"\ufffd\n<b>'
    assert instance["rejected"] == [{"time": 1, "reason": "r\ufffd", "advice": "a", "via": "v", "sender": "s", "bytes": 5,
                                     "line": 'l\ufffd"\x00'}]


def test_a_hash_that_is_none(store):
    store.redis.command("DEL", "kilometric:instance.7")
    store.redis.command("ZADD", "kilometric:instances", 5, 7)
    store.redis.command("SET", "kilometric:instance.7", "text")
    got = wire.request(store.reader_port, "GET", "/instances")
    assert got.status == 400 and "WRONGTYPE" in got.json()["error"]
