"""GET /read and /keys by tags: tag=, by=. Keys lie in Redis as `name;tag=value;tag2=value2`; what is put together is held
against a plain model of the samples."""

import math
import random
import urllib.parse

import pytest

import kind_entries
import wire
from harness import Installation
from kind_entries import gauge, members, timer

MINUTE = 60_000
HOSTS = ("web1", "web2", "db1")
# (dc, host) -> samples; a series without a host; one of another name, which begins alike
SERIES = {("eu", "web1"): 1, ("eu", "web2"): 2, ("us", "web1"): 3, ("us", "db1"): 4, ("us", None): 5}


def key_of(name, dc, host):
    return f"{name};dc={dc}" + (f";host={host}" if host else "")


def samples(dc, host):
    return [round(random.Random(f"{dc}{host}").lognormvariate(3, 1), 3) for _ in range(200)]


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False) as installation:
        redis = installation.redis
        for (dc, host), number in SERIES.items():
            key = key_of("hits", dc, host)
            redis.command("XADD", f"kilometric.{key}", f"{MINUTE}-0", "count", number)
            redis.command("XADD", f"kilometric.{key}", f"{2 * MINUTE}-0", "count", 10 * number)
            redis.command("ZADD", "kilometric:keys", 0, key)
            kind_entries.add(redis, "timer", key_of("ms", dc, host), [(f"{MINUTE}-0", timer(*samples(dc, host)))])
            kind_entries.add(redis, "gauge", key_of("load", dc, host), [(f"{MINUTE}-0", gauge(number, at=MINUTE))])
            kind_entries.add(redis, "set", key_of("users", dc, host), [(f"{MINUTE}-0", members("all", f"{dc}1", f"{host}2"))])
        for key in ("hits", "hits.x;dc=eu;host=web1", "hits:", "hits0", "other;canary=true;dc=eu"):
            redis.command("XADD", f"kilometric.{key}", f"{MINUTE}-0", "count", 1000)
            redis.command("ZADD", "kilometric:keys", 0, key)
        yield installation


def get(reader, path, **parameters):
    return wire.request(reader.reader_port, "GET", path + "?" + urllib.parse.urlencode(parameters, doseq=True))


def read(reader, **parameters):
    """{name: its only value}"""
    answer = get(reader, "/read", **{"type": "value", **parameters})
    assert answer.status == 200, answer
    answer = answer.json()
    names = [metric["name"] for metric in answer.get("metrics", [answer])]
    assert names == sorted(set(names))
    return {metric["name"]: metric["values"][0]["value"] for metric in answer.get("metrics", [answer]) if metric["values"]}


def model(merge, by=("dc", "host"), wanted=lambda dc, host: True):
    """What `merge` makes of the (dc, host) of each group, by the end of the group's name."""
    groups = {}
    for dc, host in SERIES:
        if wanted(dc, host):
            parts = [f";{tag}={value}" for tag, value in (("dc", dc), ("host", host)) if tag in by and value]
            groups.setdefault("".join(parts), []).append((dc, host))
    return {group: merge(series) for group, series in groups.items()}


def hits(series):
    return sum(11 * SERIES[each] for each in series)


def named(name, groups):
    return {name + group: value for group, value in groups.items()}


# Which series

def test_a_key_without_tags_is_what_it_was(reader):
    for key, count in (("hits", 1000), ("hits;dc=eu;host=web1", 11), ("hits;dc=eu", None)):
        answer = get(reader, "/read", key=key, type="value")
        assert [value["value"] for value in answer.json()["values"]] == ([count] if count else [])
        assert answer.json()["name"] == key


def test_all_tag_sets_of_a_name(reader):
    assert read(reader, key="hits", tag="*") == {"hits": 1000, **named("hits", model(hits))}
    assert read(reader, key="hits", tag="*", sum=1) == {"hits": 1000 + 15 * 11}
    assert read(reader, key="nothing", tag="*") == {}
    assert get(reader, "/read", key="nothing", tag="*", type="value").json() == {"metrics": []}
    assert get(reader, "/read", key="nothing", tag="*", type="value", sum=1).json() == {"name": "nothing", "values": []}


@pytest.mark.parametrize("tags, wanted", [
    ("dc:eu", lambda dc, host: dc == "eu"),
    ("host:web*", lambda dc, host: host and host.startswith("web")),
    ("host:{web2,db1}", lambda dc, host: host in ("web2", "db1")),
    ("host", lambda dc, host: host),
    ("host:*", lambda dc, host: host),
    (["dc:us", "host:web1"], lambda dc, host: (dc, host) == ("us", "web1")),
    (["dc", "!host:web*"], lambda dc, host: not host or not host.startswith("web")),
    (["dc", "!host"], lambda dc, host: not host),
    (["dc", "!canary:*"], lambda dc, host: True),
    ("dc:e", lambda dc, host: False),
])
def test_filters(reader, tags, wanted):
    assert read(reader, key="hits", tag=tags) == named("hits", model(hits, wanted=wanted))


def test_a_series_without_tags_lacks_each_of_them(reader):
    assert read(reader, key="hits", tag="!dc") == {"hits": 1000}


def test_names_may_be_patterns(reader):
    assert read(reader, key="hits*", tag="host:web1") == {
        "hits;dc=eu;host=web1": 11, "hits;dc=us;host=web1": 33, "hits.x;dc=eu;host=web1": 1000}
    assert read(reader, key=["hits", "other"], tag="dc:eu", sum=1) == {"hits,other": 1033}


def test_a_name_is_asked_for_alone(reader):
    """What Redis is asked about the index lies at the name itself, or between `name;` and `name<`."""
    redis = reader.redis
    redis.pipeline([("CONFIG", "SET", "slowlog-log-slower-than", 0), ("SLOWLOG", "RESET")])  # it keeps every command
    read(reader, key="hits", tag="host:web1", kind="counter")
    commands = [entry[3] for entry in reversed(redis.command("SLOWLOG", "GET", 100))]
    redis.command("CONFIG", "SET", "slowlog-log-slower-than", -1)
    assert [command[1:4] for command in commands if command[0] == b"ZRANGEBYLEX"] == [
        [b"kilometric:keys", b"[hits", b"[hits"], [b"kilometric:keys", b"[hits;", b"(hits<"]]


# By

def test_groups(reader):
    no_host = {"hits": 1000}
    for by in ("host", "dc", "dc,host", ["host", "dc"], "canary"):
        tags = by if isinstance(by, list) else by.split(",")
        groups = named("hits", model(hits, by=tags, wanted=lambda dc, host: True))
        groups["hits"] = groups.get("hits", 0) + no_host["hits"]
        assert read(reader, key="hits", by=by) == groups, by
    assert read(reader, key="hits", tag="host:web*", by="host") == {"hits;host=web1": 44, "hits;host=web2": 22}


def test_groups_of_several_names(reader):
    assert read(reader, key="hits*", tag="host:web1", by="host") == {"hits;host=web1": 44, "hits.x;host=web1": 1000}
    assert read(reader, key="hits*", tag="host:web1", by="host", sum=1) == {"hits*;host=web1": 1044}


def test_points_of_groups(reader):
    answer = get(reader, "/read", key="hits", tag="dc:us", by="host", type="points", order="desc", limit=1, format="csv")
    assert answer.body.decode() == ("name,from,value\r\nhits,120000,50\r\nhits;host=db1,120000,40\r\n"
                                    "hits;host=web1,120000,30\r\n")
    answer = get(reader, "/read", key="hits", tag="host:web1", by="host", type="points", fill="0",
                 **{"from": MINUTE, "to": 3 * MINUTE}).json()
    assert answer == {"metrics": [{"name": "hits;host=web1", "values": [
        {"from": MINUTE, "value": 4}, {"from": 2 * MINUTE, "value": 40}, {"from": 3 * MINUTE, "value": 0}]}]}


def quantile(series, q):
    values = sorted(value for each in series for value in samples(*each))
    return values[max(1, math.floor(q * len(values) + 0.5)) - 1]


@pytest.mark.parametrize("by", [("host",), ("dc",), ("dc", "host"), ()])
@pytest.mark.parametrize("q", [0.5, 0.9, 0.99])
def test_quantiles_are_those_of_the_samples(reader, by, q):
    parameters = {"by": ",".join(by)} if by else {"tag": "*", "sum": 1}
    got = read(reader, key="ms", stat=f"p{q * 100:g}", **parameters)
    assert got == named("ms", model(lambda series: pytest.approx(quantile(series, q), rel=0.011), by=by))
    counts = read(reader, key="ms", stat="count", **parameters)
    assert counts == named("ms", model(lambda series: 200 * len(series), by=by))


def test_gauges_add_up_by_tags(reader):
    assert read(reader, key="load", by="dc") == named("load", model(lambda all: sum(map(SERIES.get, all)), by=("dc",)))
    answer = get(reader, "/read", key="load", by="dc", type="value", stat="max")
    assert answer.status == 400 and answer.error().startswith("by: the least or most of several gauges")
    filled = get(reader, "/read", key="load", by="dc", type="points", fill="prev",
                 **{"from": MINUTE, "to": 2 * MINUTE}).json()["metrics"]
    assert [(metric["name"], [value["value"] for value in metric["values"]]) for metric in filled] == [
        ("load;dc=eu", [3, 3]), ("load;dc=us", [12, 12])]


def test_sets_unite_by_tags(reader):
    def unite(series):
        return len({name for dc, host in series for name in ("all", f"{dc}1", f"{host}2")})
    for by in (("dc",), ("host",), ("dc", "host")):
        assert read(reader, key="users", by=",".join(by)) == named("users", model(unite, by=by))


def test_the_kind_is_found_by_tags(reader):
    answer = get(reader, "/read", key="ms", by="host", type="value", stat="max")
    assert (answer.status, answer.headers["kilometric-kind"]) == (200, "timer")


# Limits

@pytest.mark.parametrize("query, words", [
    ("tag=", "tag: it is empty"), ("tag=env%3Dprod", "tag: a colon"), ("tag=*:a", "tag: a pattern"), ("by=", "by: it is empty"),
    ("tag=a:%ff", "tag: it is no valid UTF-8"), ("tag=a:", "tag: the value is missing"), ("by=a&by=a", "by: a tag is named twice"),
    ("&".join(["tag=a:b"] * 33), "tag: more than 32"), ("key=hits%3Ba=b&tag=*", "key: with tag= or by= it is the name alone")])
def test_bad_tags(reader, query, words):
    answer = wire.request(reader.reader_port, "GET", "/read?key=hits&type=value&" + query)
    assert answer.status == 400 and answer.error().startswith(words), answer


def test_too_many_series(reader):
    names = [f"wide;id={number:05}" for number in range(10_001)]
    reader.redis.pipeline([("ZADD", "kilometric:keys", 0, name) for name in names])
    answer = get(reader, "/read", key="wide", tag="*", type="value")
    assert (answer.status, answer.error()) == (400, "key: more than 10000 keys match; use a narrower pattern")
    assert get(reader, "/read", key="wide", tag="id:0777*", type="value").json() == {
        "metrics": [{"name": f"wide;id=0777{digit}", "values": []} for digit in range(10)]}
    reader.redis.pipeline([("ZREM", "kilometric:keys", name) for name in names])


# Keys

def test_keys_by_tags(reader):
    def keys(**parameters):
        return get(reader, "/keys", **parameters).json()["keys"]
    hits_on_web1 = ["hits;dc=eu;host=web1", "hits;dc=us;host=web1"]
    assert keys(tag="host:web1") == ["hits.x;dc=eu;host=web1", *hits_on_web1]
    assert keys(tag="host:web1", match="hits") == hits_on_web1
    assert keys(tag="host:web1", match="hits", limit=1, cursor=hits_on_web1[0]) == hits_on_web1[1:]
    assert keys(tag="!dc", match="hits*") == ["hits", "hits0", "hits:"]
    assert keys(tag="canary:true") == ["other;canary=true;dc=eu"]
    assert keys(match="hits") == ["hits"]
    assert keys(tag=["dc:eu", "host:web*"], kind="timer") == ["ms;dc=eu;host=web1", "ms;dc=eu;host=web2"]
    assert get(reader, "/keys", tag="").error().startswith("tag: it is empty")


def test_keys_by_tags_page_by_page(reader):
    names = ["paged"] + [f"paged;id={number:05}" for number in range(2500)]
    reader.redis.pipeline([("ZADD", "kilometric:keys", 0, name) for name in [*names, "paged.x"]])
    found, cursor = [], {}
    while True:
        page = get(reader, "/keys", match="paged", tag="*", limit=700, **cursor).json()
        assert len(page["keys"]) <= 700
        found += page["keys"]
        if "cursor" not in page:
            break
        cursor = {"cursor": page["cursor"]}
    assert found == names
