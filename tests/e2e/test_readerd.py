"""GET /read, alone with Redis: what the streams hold comes back, in the original's JSON."""

import contextlib
import json
import random
import time
import urllib.parse
from collections import Counter
from decimal import Decimal

import pytest

import wire
from harness import Installation
from processes import eventually

INSTANCE = 140737488355327

# Redis adds `ARGV[1]` entries itself, `ARGV[2]` ms apart: a million take a second or two.
FILL = """for i = 0, tonumber(ARGV[1]) - 1 do
  redis.call('XADD', KEYS[1], string.format('%d', 1603303544000 + i * ARGV[2]) .. '-0', 'count', i % 10)
end"""
FILL_START = 1603303544000


@pytest.fixture(scope="module")
def running():
    with Installation(ingestd=False) as installation:
        yield installation


@pytest.fixture
def reader(running):
    """One for the whole file; each test uses keys of its own."""
    yield running
    assert running.daemons["readerd"].running()


def add(reader, key, *entries):
    """Entries of (ID, count)."""
    reader.redis.pipeline([("XADD", f"kilometric.{key}", identity, "count", count)
                           for identity, count in entries])


def fill(reader, key, entries, apart_ms):
    reader.redis.command("EVAL", FILL, 1, f"kilometric.{key}", entries, apart_ms)


def get(reader, target, method="GET"):
    return wire.request(reader.reader_port, method, target)


# The requests of the original's documentation, byte for byte

@pytest.fixture
def documented(reader):
    if not reader.redis.command("EXISTS", "kilometric.my-metric"):
        add(reader, "my-metric", ("1603303544893-0", 4), ("1603303959600-0", 1), ("1603303963200-0", 3),
            ("1603303963200-1", 10), ("1603311711070-0", 60))
    return reader


@pytest.mark.parametrize("parameters, values", [
    ("type=counter", '{"from":1603303544893,"to":1603311711070,"value":78}'),
    ("type=counter&from=1603303544000&to=1603311712000", '{"from":1603303544893,"to":1603311711070,"value":78}'),
    ("type=counter&from=1603303959600&to=1603303963200", '{"from":1603303959600,"to":1603303963200,"value":14}'),
    ("type=points", '{"from":1603303500000,"value":4},{"from":1603303920000,"value":14},'
                    '{"from":1603311660000,"value":60}'),
    ("type=points&period=3600", '{"from":1603303200000,"value":18},{"from":1603310400000,"value":60}'),
    ("type=points&from=1603303963200&to=1603311712000", '{"from":1603303920000,"value":13},'
                                                        '{"from":1603311660000,"value":60}'),
    ("type=counter&from=1&to=2", ""),
    ("type=points&from=1&to=2", ""),
])
def test_the_requests_of_the_original(documented, parameters, values):
    answer = get(documented, "/read?key=my-metric&" + parameters)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.body.decode() == '{"name":"my-metric","values":[' + values + ']}'


@pytest.mark.parametrize("from_to, value", [
    ("", 78), ("from=-&to=%2B", 78), ("from=-&to=+", 78), ("to=now", 78), ("from=-9000w", 78),
    ("from=1603303963200-1", 70), ("from=1603303963200-0&to=1603303963200-0", 3), ("to=1603303963200", 18),
    ("from=1603303963200&to=1603303963200", 13), ("from=1603303963201", 60), ("from=-1min", None),
])
def test_moments(documented, from_to, value):
    answer = get(documented, "/read?key=my-metric&type=counter&" + from_to)
    assert answer.status == 200
    assert [row["value"] for row in answer.json()["values"]] == ([] if value is None else [value])


def test_relative_to_now(reader):
    now = int(time.time() * 1000)
    add(reader, "relative", (f"{now - 7200_000}-0", 1), (f"{now - 1800_000}-0", 2))
    assert reader.read_json("relative", **{"from": "-3h"})["values"][0]["value"] == 3
    assert reader.read_json("relative", **{"from": "-60min"})["values"][0]["value"] == 2
    assert reader.read_json("relative", **{"from": "-3h", "to": "-1h"})["values"][0]["value"] == 1


# What streams hold

def test_a_metric_without_a_stream(reader):
    for kind in ("counter", "points"):
        assert get(reader, f"/read?key=nothing&type={kind}").body == b'{"name":"nothing","values":[]}'


def test_entries_of_the_original_and_of_ours(reader):
    for count in (3, 4):
        reader.redis.command("XADD", "kilometric.mixed", "*", "count", count)
    last = int(reader.entries("mixed")[-1][0].split("-")[0])
    add(reader, "mixed", (f"{last + 1}-{INSTANCE}", 5))
    reader.redis.command("XADD", "kilometric.mixed", "*", "count", 6)
    first, *_, final = [int(identity.split("-")[0]) for identity, _ in reader.entries("mixed")]
    assert reader.read_json("mixed")["values"] == [{"from": first, "to": final, "value": 18}]
    points = reader.read_json("mixed", "points")["values"]
    assert sum(point["value"] for point in points) == 18
    assert all(point["from"] % 60_000 == 0 for point in points)


@pytest.mark.parametrize("counts, text", [
    (["2.5", "0.25"], "2.75"), (["0.1"] * 10, "1"), (["-7"], "-7"), (["5", "-7.5"], "-2.5"), (["1", "-1"], "0"),
    (["0.000001"], "0.000001"), (["9007199254740992", "1"], "9007199254740993"),
    (["9223372036854775807"], "9223372036854775807"), (["-0.5", "0.25"], "-0.25"), (["0"], "0"),
])
def test_sums_are_exact(reader, counts, text):
    key = "sum " + " ".join(counts)
    add(reader, key, *((f"{index + 1}-{INSTANCE}", count) for index, count in enumerate(counts)))
    quoted = urllib.parse.quote(key)
    expected = '{"name":"%s","values":[{"from":1,"to":%d,"value":%s}]}' % (key, len(counts), text)
    assert get(reader, f"/read?key={quoted}&type=counter").body.decode() == expected


@pytest.mark.parametrize("key", ["with space", "a/b", "a:b", '"quoted"', "back\\slash", "grüße 🚀", "k" * 255,
                                 "{tag}", "%d %s", "*"])
def test_keys(reader, key):
    add(reader, key, ("5-0", 1))
    answer = reader.read_json(key)
    assert answer == {"name": key, "values": [{"from": 5, "to": 5, "value": 1}]}


def test_entries_of_somebody_else_are_skipped(reader):
    before = reader.metrics("readerd").value("kilometric_entries_skipped_total")
    for fields in (["count", "1"], ["other", "5"], ["count", "many"], ["host", "a", "count", "2"], ["count", ""]):
        reader.redis.command("XADD", "kilometric.foreign", "*", *fields)
    assert reader.counter("foreign") == 3
    assert reader.metrics("readerd").value("kilometric_entries_skipped_total") == before + 3


def test_a_key_that_is_no_stream(reader):
    reader.redis.command("SET", "kilometric.text", "x")
    answer = reader.read("text")
    assert answer.status == 400
    assert answer.error() == "kilometric.text holds no stream in Redis (WRONGTYPE)"


# Long streams

def test_two_hundred_thousand_entries(reader):
    entries = 200_000
    fill(reader, "long", entries, 10_000)
    pages = reader.metrics("readerd").value("kilometric_redis_pages_total")
    last = FILL_START + (entries - 1) * 10_000
    assert reader.read_json("long")["values"] == [{"from": FILL_START, "to": last, "value": entries // 10 * 45}]
    assert reader.metrics("readerd").value("kilometric_redis_pages_total") - pages in (200, 201)
    hours = Counter()
    for index in range(entries):
        ms = FILL_START + index * 10_000
        hours[ms - ms % 3_600_000] += index % 10
    points = reader.read_json("long", "points", period=3600)["values"]
    assert points == [{"from": start, "value": value} for start, value in hours.items()]


@pytest.mark.parametrize("entries", [999, 1000, 1001, 2000])
def test_the_edges_of_a_page(reader, entries):
    key = f"page {entries}"
    fill(reader, key, entries, 1)
    values = reader.read_json(key, "points", period=1)["values"]
    assert sum(value["value"] for value in values) == sum(index % 10 for index in range(entries))
    assert reader.read_json(key)["values"][0]["to"] == FILL_START + entries - 1


def test_pages_within_one_millisecond(reader):
    add(reader, "burst", *((f"7-{sequence}", 1) for sequence in range(1, 2501)))
    assert reader.counter("burst") == 2500
    assert reader.read_json("burst", **{"from": 7, "to": 7})["values"] == [{"from": 7, "to": 7, "value": 2500}]


def test_too_many_points():
    with Installation(ingestd=False, max_points=1000) as reader:
        fill(reader, "many", 1001, 1000)
        answer = reader.read("many", "points", period=1)
        assert answer.status == 400
        assert answer.error() == "more than 1000 points: use a longer period, a shorter range or a limit"
        last = FILL_START + 997 * 1000
        assert len(reader.read_json("many", "points", period=1, to=last)["values"]) == 998
        assert len(reader.read_json("many", "points", period=1, limit=1000)["values"]) == 1000
        assert len(reader.read_json("many", "points", period=2)["values"]) == 501


# Many at once

def test_five_hundred_readers_at_the_same_time(reader):
    fill(reader, "crowd", 5000, 1000)
    expected = 5000 // 10 * 45
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(wire.HttpConnection(reader.reader_port)) for _ in range(500)]
        for connection in connections:
            connection.send(wire.format_request("GET", "/read?key=crowd&type=counter"))
        for connection in connections:
            answer = connection.response()
            assert answer.status == 200
            assert answer.json()["values"][0]["value"] == expected


def test_a_pipeline_is_answered_in_order(reader):
    rng = random.Random(5)
    keys = [f"pipe {rng.randrange(10)}" for _ in range(200)]
    for index in range(10):
        add(reader, f"pipe {index}", ("5-0", index))
    with wire.HttpConnection(reader.reader_port) as connection:
        connection.send(b"".join(
            wire.format_request("GET", f"/read?key={urllib.parse.quote(key)}&type=counter") for key in keys))
        for key in keys:
            answer = connection.response().json()
            assert (answer["name"], answer["values"][0]["value"]) == (key, int(key.split()[1]))


def test_random_streams_against_a_plain_sum(reader):
    seed = 20201021
    print(f"seed {seed}")
    rng = random.Random(seed)
    for round_ in range(20):
        key, ms, entries = f"random {round_}", FILL_START, []
        for _ in range(rng.randrange(1, 3000)):
            ms += rng.randrange(1, 20_000)
            entries.append((ms, Decimal(rng.randrange(-10**9, 10**9)) / 10**rng.randrange(7)))
        add(reader, key, *((f"{at}-{INSTANCE}", str(count)) for at, count in entries))
        low, high = sorted(rng.randrange(FILL_START, ms + 1) for _ in range(2))
        period = rng.choice([1, 7, 60, 3600, 86_400])
        expected = {}
        for at, count in entries:
            if low <= at <= high:
                start = at - at % (period * 1000)
                expected[start] = expected.get(start, 0) + count
        answer = reader.read(key, "points", period=period, **{"from": low, "to": high})
        found = parse_exactly(answer.body)
        assert [(point["from"], point["value"]) for point in found] == list(expected.items())


def parse_exactly(body):
    return json.loads(body, parse_float=Decimal, parse_int=Decimal)["values"]


# Bad requests

@pytest.mark.parametrize("query, names", [
    ("", "key"), ("type=counter", "key"), ("key=&type=counter", "key"), ("key=%FF&type=counter", "key"),
    ("key=" + "k" * 256 + "&type=counter", "key"), ("key=k", "type"), ("key=k&type=gauge", "type"),
    ("key=k&type=counter&from=yesterday", "from"), ("key=k&type=counter&to=", "to"),
    ("key=k&type=counter&from=2&to=1", "from"), ("key=k&type=points&period=0", "period"),
    ("key=k&type=points&period=1.5", "period"), ("key=k&type=points&period=31536001", "period"),
    ("key=%zz&type=counter", "badly encoded query"),
])
def test_bad_parameters(reader, query, names):
    answer = get(reader, "/read?" + query)
    assert answer.status == 400
    assert answer.error().startswith(names), answer.error()


def test_unknown_parameters_are_ignored(reader):
    assert get(reader, "/read?key=nothing&type=counter&colour=blue").status == 200


@pytest.mark.parametrize("route", ["/read", "/health", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods(reader, route, method):
    answer = get(reader, route, method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.error()


def test_unknown_routes(reader):
    for target in ("/pages", "/reads", "/read/", "/READ?key=k&type=counter"):
        answer = get(reader, target)
        assert answer.status == 404
        assert all(route in answer.error() for route in ("/read", "/health", "/metrics"))
    answer = get(reader, "/track?key=k")
    assert answer.status == 404
    assert "kilometric-ingestd" in answer.error() and "KILOMETRIC_PORT" in answer.error()


def test_head_is_a_get_without_the_body(reader):
    add(reader, "head", ("5-0", 1))
    for target in ("/read?key=head&type=counter", "/health", "/read?key=head", "/nowhere"):
        head, full = get(reader, target, "HEAD"), get(reader, target)
        assert (head.status, head.body) == (full.status, b"")
        assert head.headers["content-length"] == str(len(full.body))
    assert get(reader, "/metrics", "HEAD").status == 200


# Metrics

def test_requests_are_counted_by_route_and_status(reader):
    def count(**labels):
        return reader.metrics("readerd").value("kilometric_http_requests_total", **labels)
    before = [count(route="/read", status="400"), count(route="other", status="404")]
    for target in ("/read", "/read", "/nowhere", "/elsewhere?key=k"):
        get(reader, target)
    assert [count(route="/read", status="400"), count(route="other", status="404")] == [before[0] + 2, before[1] + 2]
    with wire.HttpConnection(reader.reader_port):
        eventually(lambda: reader.metrics("readerd").value("kilometric_http_connections") == 2)
    metrics = reader.metrics("readerd")
    assert metrics.value("kilometric_redis_up") == 1
    assert metrics.value("kilometric_build_info") == 1
    assert {labels["route"] for labels, _ in metrics.labels("kilometric_http_requests_total")} <= {
        "/read", "/health", "/metrics", "other"}
