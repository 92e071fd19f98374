"""GET /read, /keys and /live, and DELETE /keys, with kind= and stat=: of counters, timers and gauges, whose entries
are written into Redis here."""

import json
import random
import urllib.parse

import pytest

import kind_entries
import wire
from harness import Installation
from kind_entries import gauge, gauge_adds, members, timer
from test_readerd import add

MINUTE = 60_000


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False, allow_delete="on") as installation:
        redis = installation.redis
        add(installation, "visits", ("60000-0", 5), ("120000-0", 7))
        redis.command("ZADD", "kilometric:keys", 0, "visits")
        kind_entries.add(redis, "timer", "page", [("60000-0", timer(10, 20, 30, 40)), ("125000-0", timer(50))])
        kind_entries.add(redis, "timer", "web.1.ms", [("60000-0", timer(*range(1, 91)))])
        kind_entries.add(redis, "timer", "web.2.ms", [("61000-0", timer(*[1000] * 10))])
        yield installation


def read(reader, headers=None, **parameters):
    return wire.request(reader.reader_port, "GET", "/read?" + urllib.parse.urlencode(parameters, doseq=True),
                        headers=headers)


def values(reader, **parameters):
    answer = read(reader, **parameters)
    assert answer.status == 200, answer
    return answer.json()["values"]


def error(reader, **parameters):
    answer = read(reader, **parameters)
    assert answer.status == 400, answer
    return answer.error()


@pytest.mark.parametrize("in_octave", [1, 2, 4, 8, 16, 32])
def test_bins_hold_what_was_sent(reader, in_octave):
    """Against a plain model: each sample lies in the bin that holds it, of two metrics as of one."""
    numbers = random.Random(in_octave)
    key = f"spread.{in_octave}"
    samples = {number: [numbers.choice([1, 1, 1, -1]) * round(numbers.lognormvariate(2, 2), 3) for _ in range(300)] + [0, 8, 16]
               for number in (1, 2)}
    for number, of_key in samples.items():
        kind_entries.add(reader.redis, "timer", f"{key}.{number}", [("60000-0", timer(*of_key)), ("121000-0", timer(5))])
    for wanted, parameters in ((samples[1], {"key": f"{key}.1"}), (samples[1] + samples[2], {"key": f"{key}.*", "sum": 1})):
        stat = "bins" if in_octave == 32 else f"bins{in_octave}"
        rows = values(reader, type="points", kind="timer", stat=stat, to=119_999, **parameters)
        assert all(row["from"] == 60_000 and row["low"] < row["high"] for row in rows)
        assert [row["low"] for row in rows] == sorted({row["low"] for row in rows})
        for row in rows:
            low, high = row["low"], row["high"]
            inside = [value for value in wanted if (low <= value < high if high <= 0 else low < value <= high)]
            assert len(inside) == row["count"] > 0, row
            if low > 0:
                assert high / low == pytest.approx(2 ** (1 / in_octave), rel=1e-12)
        assert sum(row["count"] for row in rows) == len(wanted)
        whole = values(reader, type="value", kind="timer", stat=stat, **parameters)
        assert sum(row["count"] for row in whole) == len(wanted) + len(wanted) // 300
        assert {row["to"] for row in whole} == {121_000}
    limited = values(reader, type="points", kind="timer", stat=f"bins{in_octave}" if in_octave < 32 else "bins", key=f"{key}.1",
                     order="desc", limit=1)
    assert [row["from"] for row in limited] == [120_000]


def test_what_bins_are_not_had_of(reader):
    for parameters in ({"stat": "bins,p50"}, {"stat": "bins3"}, {"stat": "bins64"}, {"stat": "bins08"}, {"stat": "bins32"}):
        assert error(reader, key="page", type="points", **parameters).startswith("stat: a timer has")
    assert error(reader, key="visits", type="points", stat="bins") == "stat: a counter has sum and rate; kind= asks for another kind"
    assert error(reader, key="page", type="points", stat="bins", fill="0").startswith("fill: bins")
    answer = wire.request(reader.reader_port, "GET", "/live?key=page&kind=timer&stat=bins")
    assert answer.status == 400 and answer.error().startswith("stat: bins")


def near(number):
    return pytest.approx(number, rel=0.011)


# One metric

def test_a_value_of_everything(reader):
    ends = {"from": 60_000, "to": 125_000}
    assert values(reader, key="page", kind="timer", type="value") == [{**ends, "value": 30}]
    assert values(reader, key="page", kind="timer", type="value", stat="count,sum,min,max,mean") == [
        {**ends, "count": 5, "sum": 150, "min": 10, "max": 50, "mean": 30}]
    [value] = values(reader, key="page", kind="timer", type="value", stat=["median", "p0,p90,p99.9", "stddev"])
    assert value == {**ends, "median": near(30), "p0": 10, "p90": near(50), "p99.9": near(50), "stddev": near(14.1421)}


def test_value_is_what_counter_is(reader):
    bodies = {read(reader, key="visits", type=name, **more).body for name in ("counter", "value")
              for more in ({}, {"kind": "counter"}, {"stat": "sum"})}
    assert bodies == {b'{"name":"visits","values":[{"from":60000,"to":120000,"value":12}]}'}


def test_points(reader):
    assert values(reader, key="page", kind="timer", type="points", stat="max,count") == [
        {"from": 60_000, "max": 40, "count": 4}, {"from": 120_000, "max": 50, "count": 1}]
    assert values(reader, key="visits", type="points", stat="sum,rate") == [
        {"from": 60_000, "sum": 5, "rate": 0.083333}, {"from": 120_000, "sum": 7, "rate": 0.116667}]


def test_a_rate_is_of_what_is_counted(reader):
    assert values(reader, key="page", kind="timer", type="rate") == [
        {"from": 60_000, "value": 0.066667}, {"from": 120_000, "value": 0.016667}]
    assert error(reader, key="page", type="value", stat="rate").startswith("stat: a rate is of periods")


def test_an_empty_period_is_filled_in_field_by_field(reader):
    def filled(fill):
        return values(reader, key="page", kind="timer", type="points", stat="max,count", fill=fill,
                      **{"from": 60_000, "to": 180_000})[2]
    assert filled("null") == {"from": 180_000, "max": None, "count": None}
    assert filled("0") == {"from": 180_000, "max": 0, "count": 0}


def test_formats(reader):
    def body(name):
        return read(reader, key="page", kind="timer", type="points", stat="max,count", format=name).body.decode()
    assert body("csv") == "name,from,max,count\r\npage,60000,40,4\r\npage,120000,50,1\r\n"
    assert body("ndjson") == ('{"name":"page","from":60000,"max":40,"count":4}\n'
                              '{"name":"page","from":120000,"max":50,"count":1}\n')


@pytest.mark.parametrize("kind, stat, words", [
    ("counter", "p99", "stat: a counter has sum and rate"),
    ("gauge", "sum", "stat: a gauge has last, min, max and mean"),
    ("set", "count", "stat: a set has unique"),
    ("timer", "p100.1", "stat: a timer has count, sum, mean, min, max, stddev, median, p0 to p100"),
])
def test_a_statistic_that_a_kind_does_not_have(reader, kind, stat, words):
    assert error(reader, key="k", kind=kind, type="value", stat=stat).startswith(words)


# Several metrics

def test_the_quantile_of_several_is_that_of_all_samples(reader):
    """90 samples from 1 to 90 and ten of 1,000: a mean of the two p90s would be 540."""
    def of_both(stat, **more):
        [value] = values(reader, key="web.*.ms", kind="timer", type="value", sum=1, stat=stat, **more)
        return value["value"]
    assert of_both("p90") == near(90)
    assert of_both("p91") == near(1000)
    assert of_both("count") == 100
    assert values(reader, key="web.*.ms", kind="timer", type="points", sum=1, stat="p50,max") == [
        {"from": 60_000, "p50": near(50), "max": 1000}]


def test_gauges_add_up(reader):
    kind_entries.add(reader.redis, "gauge", "node.1.load", [("60000-0", gauge(1, 3, at=60_000))])
    kind_entries.add(reader.redis, "gauge", "node.2.load", [("61000-0", gauge(10, at=61_000))])
    assert values(reader, key="node.*.load", type="points", sum=1, stat="last,mean") == [
        {"from": 60_000, "last": 13, "mean": 12}]
    for stat in ("min", "max"):
        assert error(reader, key="node.*.load", type="value", sum=1, stat=stat).startswith("sum: the least or most")
    assert error(reader, key="node.1.load", type="rate").startswith("type: rate is of what is counted")
    assert error(reader, key="node.1.load", kind="gauge", type="rate").startswith("type: rate is of what is counted")


def test_sets_unite(reader):
    kind_entries.add(reader.redis, "set", "shop.1.users", [("60000-0", members("ann", "bob")), ("125000-0", members("bob", "cy"))])
    kind_entries.add(reader.redis, "set", "shop.2.users", [("61000-0", members("bob", "dee"))])
    assert values(reader, key="shop.1.users", type="value") == [{"from": 60_000, "to": 125_000, "value": 3}]
    assert values(reader, key="shop.*.users", kind="set", type="points", sum=1) == [
        {"from": 60_000, "value": 3}, {"from": 120_000, "value": 2}]
    assert kind_of(reader, key="shop.*.users") == "set"
    assert error(reader, key="shop.1.users", type="rate").startswith("type: rate is of what is counted")


def test_a_list_of_metrics(reader):
    answer = read(reader, key="web.*.ms", kind="timer", type="value", stat="max").json()
    assert [(metric["name"], metric["values"][0]["value"]) for metric in answer["metrics"]] == [
        ("web.1.ms", 90), ("web.2.ms", 1000)]


# Which kind

def kind_of(reader, **parameters):
    answer = read(reader, type="value", **parameters)
    assert answer.status == 200, answer
    return answer.headers.get("kilometric-kind")


def test_the_kind_that_there_is(reader):
    assert kind_of(reader, key="visits") is None
    assert kind_of(reader, key="not-there") is None
    assert kind_of(reader, key="page") == "timer"
    assert kind_of(reader, key="page", kind="timer") is None  # who asks for it knows
    assert values(reader, key="page", type="value", stat="max")[0]["value"] == 50
    assert kind_of(reader, key="web.*") == "timer"
    assert kind_of(reader, key="nothing.*") is None
    assert kind_of(reader, key=["not-there", "page"]) == "timer"


def test_a_key_of_several_kinds(reader):
    add(reader, "both", ("60000-0", 5))
    reader.redis.command("ZADD", "kilometric:keys", 0, "both")
    kind_entries.add(reader.redis, "gauge", "both", [("60000-0", gauge(1, at=1))])
    kind_entries.add(reader.redis, "timer", "both", [("60000-0", timer(1))])
    assert kind_of(reader, key="both") == "counter; also gauge, timer"
    assert kind_of(reader, key="bot*") is None
    assert values(reader, key="both", type="value")[0]["value"] == 5
    assert values(reader, key="both", type="value", kind="timer")[0]["value"] == 1
    assert error(reader, key="both", type="value", stat="p99") == "stat: a counter has sum and rate; kind= asks for another kind"


def test_tags_tell_kinds_and_statistics_apart(reader):
    def tag(**parameters):
        answer = read(reader, key="both", type="points", to=MINUTE, **parameters)
        return answer.headers["etag"], answer.headers.get("kilometric-kind")
    kind_entries.add(reader.redis, "timer", "both", [("120000-0", timer(2))])
    add(reader, "both", ("120000-0", 1))
    plain = tag()
    assert plain == (tag(kind="counter")[0], "counter; also gauge, timer")
    others = [tag(kind="timer"), tag(kind="timer", stat="p99"), tag(kind="timer", stat="p99,max")]
    assert len({plain[0], *(etag for etag, _ in others)}) == 4
    again = read(reader, key="both", type="points", to=MINUTE, kind="timer", stat="p99",
                 headers={"If-None-Match": others[1][0]})
    assert (again.status, again.body) == (304, b"")


# Keys

def request(reader, method, target):
    return wire.request(reader.reader_port, method, target)


def test_keys_of_a_kind(reader):
    def keys(query):
        return request(reader, "GET", "/keys?" + query).json()["keys"]
    assert keys("kind=timer&match=web.*") == ["web.1.ms", "web.2.ms"]
    assert keys("match=web.*") == []
    assert request(reader, "GET", "/keys?kind=meter").error().startswith("kind: must be counter or ")


def test_delete_one_kind_or_all(reader):
    names = {}
    for kind, fields in {"gauge": gauge(1, at=1), "timer": timer(1)}.items():
        kind_entries.add(reader.redis, kind, "old", [("1-0", fields)])
        names[kind] = [f"kilometric:{kind}.old", f"kilometric:{kind}:hour.old", f"kilometric:{kind}:day.old"]
        for tier in names[kind][1:]:
            reader.redis.command("XADD", tier, "0-1", *fields)
    add(reader, "old", ("1-0", 1))

    def left():
        return [kind for kind, streams in names.items() if reader.redis.command("EXISTS", *streams)] + [
            f"{kind}:keys" for kind in names
            if reader.redis.command("ZSCORE", f"kilometric:{kind}:keys", "old") is not None]
    assert request(reader, "DELETE", "/keys?key=old&kind=counter").status == 204
    assert left() == ["gauge", "timer", "gauge:keys", "timer:keys"] and reader.redis.command("EXISTS", "kilometric.old") == 0
    assert request(reader, "DELETE", "/keys?key=old&kind=counter").status == 404
    add(reader, "old", ("1-0", 1))
    assert request(reader, "DELETE", "/keys?key=old").status == 204
    assert left() == [] and reader.redis.command("EXISTS", "kilometric.old") == 0
    assert request(reader, "DELETE", "/keys?key=old").status == 404


def test_delete_stops_at_what_is_no_stream_of_any_kind(reader):
    reader.redis.command("SET", "kilometric:timer.taken", "somebody's")
    add(reader, "taken", ("1-0", 1))
    assert request(reader, "DELETE", "/keys?key=taken").status == 400
    assert reader.redis.command("EXISTS", "kilometric.taken", "kilometric:timer.taken") == 2


# Live

class Events:
    def __init__(self, reader, **parameters):
        self._connection = wire.HttpConnection(reader.reader_port)
        self._connection.send(wire.format_request("GET", "/live?" + urllib.parse.urlencode(parameters)))
        self._chunks = self._connection.chunks()
        self.headers = next(self._chunks)
        assert next(self._chunks).startswith(b":")

    def next(self):
        text = next(chunk for chunk in self._chunks if not chunk.startswith(b":")).decode()
        return [json.loads(line.removeprefix("data: ")) for line in text.split("\n") if line.startswith("data: ")]

    def close(self):
        self._connection.close()


@pytest.mark.parametrize("kind, stat, fields, told", [
    ("timer", "max,count", timer(10, 20), {"max": 20, "count": 2}),
    ("timer", None, timer(10, 20), {"value": 15}),
    ("gauge", "last,max", gauge(9, 4, at=99), {"last": 4, "max": 9}),
    ("set", None, members("a", "b"), {"value": 2}),
])
def test_live(reader, kind, stat, fields, told):
    key = f"live.{kind}.{stat}"
    kind_entries.add(reader.redis, kind, key, [("5-0", fields)])
    events = Events(reader, key=key, **({"stat": stat} if stat else {"kind": kind}))
    assert events.headers.get("kilometric-kind") == (kind if stat else None)
    kind_entries.add(reader.redis, kind, key, [("99-0", fields)])
    assert events.next() == [{"name": key, "from": 99, **told}]
    events.close()


def test_live_tells_what_a_gauge_is_after_something_was_added(reader):
    kind_entries.add(reader.redis, "gauge", "live.depth", [("5-0", gauge(10, at=5))])
    events = Events(reader, key="live.depth", kind="gauge")
    kind_entries.add(reader.redis, "gauge", "live.depth", [("99-0", gauge_adds(3, 99))])
    assert events.next() == [{"name": "live.depth", "from": 99, "value": 13}]
    kind_entries.add(reader.redis, "gauge", "live.depth", [("199-0", gauge_adds(-4, 199))])
    assert events.next() == [{"name": "live.depth", "from": 199, "value": 9}]
    events.close()


def test_live_refuses_a_rate(reader):
    answer = request(reader, "GET", "/live?key=page&stat=rate")
    assert (answer.status, answer.error()) == (400, "stat: a rate is of periods, which an event has not")


# From the daemon that counts

def test_what_was_sent_is_read():
    with Installation() as installation:
        installation.send_datagram(b"page:12|ms\npage:20|ms|@0.5\npage:1.5|h")
        installation.flush()
        [value] = values(installation, key="page", type="value", stat="count,sum,min,max,median")
        assert (value["count"], value["sum"], value["min"], value["max"], value["median"]) == (4, 53.5, 1.5, 20, near(12))
        assert kind_of(installation, key="page") == "timer"
        assert request(installation, "GET", "/keys?kind=timer").json() == {"keys": ["page"]}
