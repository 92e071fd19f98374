"""Events and service checks: the bytes of DogStatsD's clients, from every way in to the stream, /events and /live."""

import json
import time
import urllib.parse

import pytest

import wire
from harness import Installation
from processes import eventually

# As datadog-go, datadogpy, java-dogstatsd and hot-shots document theirs.
SENT = [
    "_e{21,36}:An exception occurred|Cannot parse CSV file from 10.0.0.17|t:warning|#err_type:bad_file",
    "_e{12,8}:Deploy \u00e9t\u00e9|v2\\ndone|d:1603303541|h:web1|k:deploys|p:low|s:ci|t:success|#env:prod,team:a,bare|c:in-5",
    "_sc|Redis connection|2|d:1603303541|h:web1|#env:dev,redis_instance:10.0.0.16:6379|m:Redis timed out\\nafter m\\:10s",
    "_sc|plain|0",
]


def events(installation, **parameters):
    query = urllib.parse.urlencode(parameters, doseq=True)
    answer = wire.request(installation.reader_port, "GET", "/events?" + query, host=installation.host)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json"), answer
    return answer.json()


def titles(installation, **parameters):
    return [event.get("title", event.get("check")) for event in events(installation, **parameters)["events"]]


def stream(redis):
    return [(entry.decode(), dict(zip(fields[::2], fields[1::2])))
            for entry, fields in redis.command("XRANGE", "kilometric:events", "-", "+")]


def event(title, text="", more=""):
    return f"_e{{{len(title.encode())},{len(text.encode())}}}:{title}|{text}{more}"


@pytest.fixture(scope="module")
def shared():
    with Installation() as installation:
        yield installation


def test_what_clients_send(shared):
    before = int(time.time() * 1000)
    for line in SENT:
        shared.send_datagram(line.encode() + b"\n", source=0)
    shared.flush()
    found = stream(shared.redis)
    assert [fields.get(b"title", fields.get(b"check")).decode() for _, fields in found] == [
        "An exception occurred", "Deploy \u00e9t\u00e9", "Redis connection", "plain"], "in their order"
    fields = found[1][1]
    assert before - 1000 <= int(fields.pop(b"at")) <= int(time.time() * 1000) + 1000
    assert fields == {b"title": "Deploy \u00e9t\u00e9".encode(), b"text": b"v2\ndone", b"date": b"1603303541", b"host": b"web1",
                      b"aggregation_key": b"deploys", b"priority": b"low", b"source": b"ci", b"alert_type": b"success",
                      b"tags": b"env:prod,team:a,bare"}
    [plain, check, deploy, exception] = events(shared)["events"]
    assert deploy == {"id": found[1][0], "time": 1603303541000, "title": "Deploy \u00e9t\u00e9", "text": "v2\ndone",
                      "host": "web1", "aggregation_key": "deploys", "source": "ci", "alert_type": "success",
                      "priority": "low", "tags": ["env:prod", "team:a", "bare"]}
    assert check == {"id": found[2][0], "time": 1603303541000, "check": "Redis connection", "status": 2, "host": "web1",
                     "message": "Redis timed out\nafter m:10s", "tags": ["env:dev", "redis_instance:10.0.0.16:6379"]}
    assert exception["alert_type"] == "warning" and abs(exception["time"] - int(exception["id"].split("-")[0])) < 1000
    assert plain.keys() == {"id", "time", "check", "status"}
    assert shared.redis.command("KEYS", "kilometric*") == [b"kilometric:events"] or \
        b"kilometric.plain" not in shared.redis.command("KEYS", "*"), "an event is no metric"
    assert shared.metrics().value("kilometric_events_sent_total") >= 4


def test_by_tags_and_time(shared):
    lines = [event("a", more="|#svc:x,env:prod"), event("b", more="|#svc:x,env:dev"), event("c", more="|#svc:x,bare"),
             event("d", more="|#svc:x,env:dev,env:prod"), "_sc|e|1|#svc:x,env:prod;x"]
    assert shared.post_lines("\n".join(lines).encode()).status == 204
    shared.flush()
    of = lambda *tags, **more: titles(shared, tag=["svc:x", *tags], **more)  # noqa: E731
    assert of() == ["e", "d", "c", "b", "a"], "the newest first"
    assert of("env:prod") == ["d", "a"] and of("!env:prod") == ["e", "c", "b"]
    assert of("env:*") == ["e", "d", "b", "a"] and of("bare") == of("bare:true") == ["c"] and of("!env") == ["c"]
    [last, *_] = events(shared, tag="svc:x")["events"]
    ms = int(last["id"].split("-")[0])
    assert of(to=ms - 1) == [] and of(**{"from": ms + 1}) == [] and len(of(**{"from": ms, "to": ms})) > 0
    pages, cursor = [], {}
    while True:
        page = events(shared, tag="svc:x", limit=2, **cursor)
        pages.append([each.get("title", each.get("check")) for each in page["events"]])
        if "cursor" not in page:
            break
        cursor = {"cursor": page["cursor"]}
    assert sum(pages, []) == ["e", "d", "c", "b", "a"] and all(len(page) <= 2 for page in pages)


@pytest.mark.parametrize("query, error", [
    ("limit=0", "limit: "), ("limit=x", "limit: "), ("from=soon", "from: "), ("to=x", "to: "), ("from=2&to=1", "from: "),
    ("tag=", "tag: "), ("tag=a=b", "tag: "), ("cursor=x", "cursor: "), ("cursor=0-0", "cursor: "), ("limit=%4", "badly ")])
def test_bad_parameters(shared, query, error):
    answer = wire.request(shared.reader_port, "GET", "/events?" + query)
    assert answer.status == 400 and answer.error().startswith(error), answer


@pytest.mark.parametrize("line, reason", [
    (b"_e{6,4}:title|text", "bad_event"), (b"_e{5,400}:title|text", "bad_event"), (b"_e{0,4}:|text", "bad_event"),
    (b"_e{5,4}:title|te\xff\xff", "bad_event"), (b"_e{5,4}:title|\x01\x02\x03\x04", "bad_event"),
    (b"_e{18446744073709551615,1}:t|x", "bad_event"), (b"_e{", "bad_event"),
    (b"_sc|name|4", "bad_check"), (b"_sc|name", "bad_check"), (b"_sc|na\x00me|1", "bad_check"),
    (b"_e{1,8181}:t|" + b"x" * 8181, "event_too_long"), (b"_sc|" + b"x" * 60_000 + b"|0", "event_too_long")])
def test_bad_lines(shared, line, reason):
    before = shared.lines("http")
    answer = shared.post_lines(line)
    assert answer.status == 400 and answer.json()["error"].startswith("line 1: a"), answer
    assert dict(shared.lines("http") - before) == {"received": 1, reason: 1}


def test_a_flood_ends_at_the_limit_and_metrics_go_on():
    with Installation(workers=1, readerd=False, flush_interval=3600) as installation:
        lines = [event(f"flood {index}", "x" * 200) for index in range(1000)]
        for at in range(0, 1000, 100):
            installation.send_datagram("\n".join(lines[at:at + 100]).encode() + b"\ncounted:1|c")
        installation.await_received()
        eventually(lambda: installation.lines("udp").get("received") == 1010)
        assert installation.lines("udp") == {"received": 1010, "accepted": 266, "too_many_events": 744}
        answer = installation.request("GET", "/rejected").json()["rejected"]
        assert "256 events" in json.dumps(answer) and "flood 2" in json.dumps(answer)


def test_the_stream_is_bounded_and_a_restart_brings_nothing_twice():
    """The flusher looks up what it had sent before: what was dropped since is not sent again."""
    with Installation(events_max=100, readerd=False) as installation:
        sent = []
        for batch in range(4):
            lines = [event(f"{batch} {index}") for index in range(120)]
            sent += [f"{batch} {index}" for index in range(120)]
            installation.send_datagram("\n".join(lines).encode(), source=0)
            installation.flush()
        seen = [fields[b"title"].decode() for _, fields in stream(installation.redis)]
        assert seen == sent[-len(seen):] and 100 <= len(seen) < 300
        installation.crash()
        installation.redis.stop()
        installation.redis.start()  # another run: all that is kept is looked up
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        installation.flush()
        assert [fields[b"title"].decode() for _, fields in stream(installation.redis)] == seen


class Live:
    def __init__(self, installation, query, last=None):
        self._connection = wire.HttpConnection(installation.reader_port)
        headers = {"Last-Event-ID": last} if last else {}
        self._connection.send(wire.format_request("GET", "/live?" + query, headers=headers))
        self._chunks = self._connection.chunks()
        next(self._chunks)
        assert next(self._chunks).startswith(b":")

    def next(self, count):
        """[(event's name, id, data)]"""
        found = []
        while len(found) < count:
            for text in next(self._chunks).decode().split("\n\n"):
                if text and not text.startswith(":"):
                    fields = dict(line.split(": ", 1) for line in text.split("\n"))
                    found.append((fields.get("event"), fields["id"], json.loads(fields["data"])))
        return found

    def close(self):
        self._connection.close()


def test_live(shared):
    alone = Live(shared, "events=on&tag=live:1")
    mixed = Live(shared, "key=live.counter&events=on")
    plain = Live(shared, "key=live.counter")
    lines = [event("one", "a\\nb", "|#live:1"), event("two"), "_sc|three|0|#live:1", "live.counter:5|c"]
    shared.send_datagram("\n".join(lines).encode())
    got = alone.next(2)
    assert [(name, data.get("title", data.get("check"))) for name, _, data in got] == [("event", "one"), ("event", "three")]
    assert got[0][2]["text"] == "a\nb" and all(identity == data["id"] for _, identity, data in got)
    assert [each[0] for each in plain.next(1)] == [None]
    names = [name for name, _, _ in mixed.next(4)]
    assert sorted(map(str, names)) == ["None", "event", "event", "event"]
    again = Live(shared, "events=on&tag=live:1", last=got[0][1])
    assert again.next(1)[0][2] == got[1][2]
    for each in (alone, mixed, plain, again):
        each.close()
    for query, error in (("events=maybe", "events: "), ("events=on&tag=", "tag: "), ("events=off", "key is missing")):
        answer = wire.request(shared.reader_port, "GET", "/live?" + query)
        assert answer.status == 400 and answer.error().startswith(error), answer


def test_what_others_wrote_into_the_stream_is_shown_as_it_can_be(shared):
    redis = shared.redis
    redis.command("XADD", "kilometric:events", "*", "title", b"\xff\x00\"", "tags", b"own:1,\xff,,:x", "status", "x")
    [found] = events(shared, tag="own:1")["events"]
    assert found["title"] == "\ufffd\x00\"" and found["tags"] == ["own:1", "\ufffd", ":x"]


def test_a_name_that_is_no_stream():
    with Installation() as installation:
        installation.redis.command("SET", "kilometric:events", "text")
        installation.send_datagram(event("kept").encode() + b"\nm:1|c")
        installation.await_sums({"m": 1})
        answer = wire.request(installation.reader_port, "GET", "/events")
        assert answer.status == 400 and "WRONGTYPE" in answer.error()
        eventually(lambda: installation.metrics().value("kilometric_entries_set_aside_total") == 1)
        assert "kilometric:events is no stream" in installation.log()
