"""GET /keys, DELETE /keys and GET /live."""

import json
import time
import urllib.parse

import pytest

import wire
from harness import Installation
from processes import eventually
from test_readerd import add


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False, allow_delete="on") as installation:
        yield installation


def keys(reader, **parameters):
    answer = wire.request(reader.reader_port, "GET", "/keys?" + urllib.parse.urlencode(parameters))
    assert answer.status == 200, answer
    return answer.json()


def pages_of_keys(reader, **parameters):
    while True:
        page = keys(reader, **parameters)
        yield page["keys"]
        if "cursor" not in page:
            return
        parameters["cursor"] = page["cursor"]


def test_keys_page_by_page(reader):
    names = sorted(f"page.{index}" for index in range(100_000))
    for start in range(0, len(names), 10_000):
        reader.redis.pipeline([("ZADD", "kilometric:keys", 0, name) for name in names[start:start + 10_000]])
    assert sum(pages_of_keys(reader, limit=10_000), []) == names
    few = list(pages_of_keys(reader, match="page.*77", limit=300))
    assert sum(few, []) == [name for name in names if name.endswith("77")] and all(len(page) <= 300 for page in few)
    assert sum(pages_of_keys(reader, match="page.1234{5,7}"), []) == ["page.12345", "page.12347"]
    assert keys(reader, match="pages*") == {"keys": []}
    assert len(keys(reader)["keys"]) == 1000
    reader.redis.command("DEL", "kilometric:keys")
    assert keys(reader) == {"keys": []}


@pytest.mark.parametrize("query, error", [
    ("limit=0", "limit: "), ("limit=10001", "limit: "), ("limit=many", "limit: "), ("match=%00", "match: "),
    ("match={0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}{0,1}", "match: "), ("cursor=" + "x" * 1024, "cursor: "),
    ("match=%4", "badly encoded query")])
def test_bad_parameters(reader, query, error):
    answer = wire.request(reader.reader_port, "GET", "/keys?" + query)
    assert answer.status == 400 and answer.error().startswith(error), answer


def test_delete(reader):
    def delete(query):
        return wire.request(reader.reader_port, "DELETE", "/keys?" + query)
    add(reader, "old", ("1-0", 1))
    reader.redis.command("XADD", "kilometric:hour.old", "0-1", "count", 1)
    reader.redis.command("ZADD", "kilometric:keys", 0, "old", 0, "older")
    assert delete("key=old").status == 204
    assert keys(reader)["keys"] == ["older"]
    assert reader.redis.command("EXISTS", "kilometric.old", "kilometric:hour.old") == 0
    assert (delete("key=old").status, delete("key=").status, delete("").status) == (404, 400, 400)


def test_delete_removes_streams_alone(reader):
    reader.redis.command("SET", "kilometric.text", "somebody's")
    for query in ("key=text", "key=a&key=b"):
        answer = wire.request(reader.reader_port, "DELETE", "/keys?" + query)
        assert answer.status == 400 and answer.error(), answer
    assert reader.redis.command("GET", "kilometric.text") == b"somebody's"


def test_delete_from_a_page(reader):
    """The reader's own may; not one of another site, nor one whose name was made to lead to this machine."""
    add(reader, "paged", ("1-0", 1))
    own = f"127.0.0.1:{reader.reader_port}"
    for origin, host in (("https://evil.example", own), ("http://evil.example", "evil.example"), ("null", own)):
        answer = wire.request(reader.reader_port, "DELETE", "/keys?key=paged", headers={"Origin": origin, "Host": host})
        assert answer.status == 403 and "KILOMETRIC_CORS_ORIGIN" in answer.error(), answer
    assert reader.counter("paged") == 1
    answer = wire.request(reader.reader_port, "DELETE", "/keys?key=paged", headers={"Origin": f"http://{own}", "Host": own})
    assert answer.status == 204


def test_delete_is_off_unless_set():
    with Installation(ingestd=False) as reader:
        add(reader, "kept", ("1-0", 1))
        answer = wire.request(reader.reader_port, "DELETE", "/keys?key=kept")
        assert answer.status == 403 and "KILOMETRIC_ALLOW_DELETE" in answer.error()
        assert reader.counter("kept") == 1


# Live

class Events:
    """The events of one GET /live."""

    def __init__(self, reader, key, last=None):
        self._connection = wire.HttpConnection(reader.reader_port)
        headers = {"Last-Event-ID": last} if last else {}
        self._connection.send(wire.format_request("GET", "/live?" + urllib.parse.urlencode({"key": key}, doseq=True), headers=headers))
        self._chunks = self._connection.chunks()
        self.headers = next(self._chunks)
        assert next(self._chunks).startswith(b":")

    def next(self):
        text = next(chunk for chunk in self._chunks if not chunk.startswith(b":")).decode()
        return [(event.split("\n")[0].removeprefix("id: "), json.loads(event.split("\n")[1].removeprefix("data: ")))
                for event in text.split("\n\n") if event]

    def rest(self):
        return list(self._chunks)

    def close(self):
        self._connection.close()


def streams(reader):
    return reader.metrics("readerd").value("kilometric_live_streams")


def test_live(reader):
    add(reader, "live \"1\"", ("5-0", 1))
    events = Events(reader, 'live "1"')
    assert events.headers["content-type"] == "text/event-stream"
    assert (events.headers["cache-control"], events.headers["x-accel-buffering"]) == ("no-store", "no")
    add(reader, 'live "1"', ("6-7", 2), ("8-0", "2.5"))
    got = events.next()
    while len(got) < 2:
        got += events.next()
    assert got == [("6-7", {"name": 'live "1"', "from": 6, "value": 2}), ("8-0", {"name": 'live "1"', "from": 8, "value": 2.5})]
    events.close()
    again = Events(reader, 'live "1"', last="6-7")
    assert again.next() == got[1:]
    again.close()
    add(reader, 'live "1"', ("9-0", 1))  # what is written to those who have gone tells that they have
    eventually(lambda: streams(reader) == 0)


def test_live_of_a_pattern(reader):
    """All keys that match, those that come later, too; what is read together comes in the order of the IDs."""
    now = int(time.time() * 1000)
    for key in ("pat.1", "pat.2", "other"):
        add(reader, key, (f"{now}-0", 1))
        reader.redis.command("ZADD", "kilometric:keys", 0, key)
    events = Events(reader, "pat.*")
    add(reader, "other", (f"{now + 1}-0", 9))
    for key, ms, count in (("pat.2", 2, 3), ("pat.1", 1, 2), ("pat.1", 2, 4)):
        add(reader, key, (f"{now + ms}-0", count))
    wanted = [(f"{now + ms}-0", {"name": key, "from": now + ms, "value": count})
              for key, ms, count in (("pat.1", 1, 2), ("pat.1", 2, 4), ("pat.2", 2, 3))]
    got = events.next()
    while len(got) < 3:
        got += events.next()
    assert sorted(got, key=lambda event: (event[0], event[1]["name"])) == wanted
    add(reader, "pat.new", (f"{now + 3}-0", 5))
    reader.redis.command("ZADD", "kilometric:keys", 0, "pat.new")
    new = (f"{now + 3}-0", {"name": "pat.new", "from": now + 3, "value": 5})
    assert events.next() == [new]
    events.close()
    again = Events(reader, "pat.*", last=f"{now + 2}-0")  # each key may have one of this ID
    assert again.next() == [*wanted[1:], new]
    again.close()
    for key in ("pat.1", "pat.2", "pat.new", "other"):
        add(reader, key, (f"{now + 4}-0", 1))
    eventually(lambda: streams(reader) == 0, within=30)


def test_live_of_several(reader):
    """Names and patterns in one stream, one that has nothing yet among them."""
    now = int(time.time() * 1000)
    for key in ("several.a", "several.b.1"):
        add(reader, key, (f"{now}-0", 1))
        reader.redis.command("ZADD", "kilometric:keys", 0, key)
    events = Events(reader, ["several.a", "several.b.*", "several.none"])
    for at, key in enumerate(("several.a", "several.b.1"), 1):
        add(reader, key, (f"{now + at}-0", at))
    got = events.next()
    while len(got) < 2:
        got += events.next()
    assert got == [(f"{now + at}-0", {"name": key, "from": now + at, "value": at})
                   for at, key in enumerate(("several.a", "several.b.1"), 1)]
    events.close()
    add(reader, "several.a", (f"{now + 3}-0", 1))
    eventually(lambda: streams(reader) == 0, within=30)


def test_live_of_a_pattern_that_nothing_matches_yet(reader):
    events = Events(reader, "later.{a,b}")
    now = int(time.time() * 1000)
    add(reader, "later.b", (f"{now - 3_600_000}-0", 1), (f"{now}-0", 2))
    reader.redis.command("ZADD", "kilometric:keys", 0, "later.b")
    assert events.next() == [(f"{now}-0", {"name": "later.b", "from": now, "value": 2})]
    events.close()
    add(reader, "later.b", (f"{now + 1}-0", 1))
    eventually(lambda: streams(reader) == 0)


def test_live_of_too_many_keys(reader):
    names = [f"crowded.{index}" for index in range(101)]
    reader.redis.pipeline([("ZADD", "kilometric:keys", 0, name) for name in names])
    get = lambda key: wire.request(reader.reader_port, "GET", "/live?" + urllib.parse.urlencode({"key": key}))  # noqa: E731
    answer = get("crowded.*")
    assert (answer.status, answer.error()) == (400, "key: more than 100 keys match; use a narrower pattern")
    assert get("{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}{0,1}").status == 400
    reader.redis.pipeline([("ZREM", "kilometric:keys", name) for name in names])


def test_live_from_the_daemon_that_counts():
    with Installation() as installation:
        events = Events(installation, "fresh")
        installation.track("fresh", 3)
        [(_, event)] = events.next()
        assert (event["name"], event["value"]) == ("fresh", 3)
        installation.stop("readerd")
        assert events.rest() == [], "the stop ends it in order"
        events.close()


def test_head_of_live_holds_nothing(reader):
    assert wire.request(reader.reader_port, "HEAD", "/live?key=k").status == 200
    assert streams(reader) == 0


def test_live_passes_over_entries_without_a_count(reader):
    reader.redis.pipeline([("XADD", "kilometric.odd", f"{ms}-0", "other", 1) for ms in range(1, 1002)])
    events = Events(reader, "odd")
    reader.redis.pipeline([("XADD", "kilometric.odd", f"{ms}-0", "other", 1) for ms in range(1002, 2010)])
    add(reader, "odd", ("3000-0", 77))
    assert events.next() == [("3000-0", {"name": "odd", "from": 3000, "value": 77})]
    events.close()


def test_live_outlasts_redis(reader):
    with Installation(ingestd=False) as reader:
        events = Events(reader, "outlasting")
        reader.redis.stop()
        eventually(lambda: reader.metrics("readerd").value("kilometric_redis_up") == 0)
        assert wire.request(reader.reader_port, "GET", "/live?key=k").status == 503
        reader.redis.start()
        eventually(lambda: reader.metrics("readerd").value("kilometric_redis_up") == 1)
        add(reader, "outlasting", ("5-0", 1))
        assert events.next() == [("5-0", {"name": "outlasting", "from": 5, "value": 1})]
        events.close()


def test_more_live_streams_than_there_may_be(reader):
    connections = [wire.HttpConnection(reader.reader_port) for _ in range(1000)]
    for connection in connections:
        connection.send(wire.format_request("GET", "/live?key=crowd"))
    eventually(lambda: streams(reader) == 1000)
    answer = wire.request(reader.reader_port, "GET", "/live?key=crowd")
    assert answer.status == 503 and "close some" in answer.error()
    for connection in connections:
        connection.close()
    add(reader, "crowd", ("1-0", 1))
    eventually(lambda: streams(reader) == 0)
    assert wire.request(reader.reader_port, "GET", "/live?key=").status == 400
