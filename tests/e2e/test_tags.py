"""GET /tags and /tags/<tag>: which tags the series have, in Graphite's form."""

import random
import urllib.parse
from collections import Counter

import pytest

import wire
from harness import Installation
from processes import eventually

KINDS = {"counter": "kilometric:keys", "timer": "kilometric:timer:keys", "gauge": "kilometric:gauge:keys",
         "set": "kilometric:set:keys"}


def add(reader, *keys, kind="counter"):
    for start in range(0, len(keys), 10_000):
        reader.redis.pipeline([("ZADD", KINDS[kind], 0, key) for key in keys[start:start + 10_000]])


def ask(reader, path="/tags", **parameters):
    query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
    return wire.request(reader.reader_port, "GET", path + query)


def values(reader, tag, **parameters):
    answer = ask(reader, "/tags/" + urllib.parse.quote(tag, safe=""), **parameters)
    assert answer.status == 200, answer
    assert answer.json()["tag"] == tag
    return {value["value"]: value["count"] for value in answer.json()["values"]}


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False) as installation:
        add(installation, "hits;dc=eu;host=web1", "hits;dc=us;host=web2", "hits",
            'a+b/c;dc=eu;odd tag/+="x" ü')
        add(installation, "ms;dc=eu;host=web1", kind="timer")
        add(installation, "load;dc=eu", kind="gauge")
        add(installation, "users;dc=at", kind="set")
        yield installation


def test_tags(reader):
    answer = ask(reader)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body.decode() == '[{"tag":"dc"},{"tag":"host"},{"tag":"name"},{"tag":"odd tag/+"}]'
    assert ask(reader, "/tags/").body == answer.body
    assert ask(reader, prefix="h").json() == [{"tag": "host"}]
    assert ask(reader, prefix="x").json() == []
    assert wire.request(reader.reader_port, "HEAD", "/tags").status == 200


def test_values_with_counts_over_all_kinds(reader):
    answer = ask(reader, "/tags/dc")
    assert answer.body.decode() == ('{"tag":"dc","values":[{"count":1,"value":"at"},{"count":4,"value":"eu"},'
                                    '{"count":1,"value":"us"}]}')
    assert values(reader, "host") == {"web1": 2, "web2": 1}
    assert values(reader, "name") == {"a+b/c": 1, "hits": 2, "load": 1, "ms": 1, "users": 1}
    assert values(reader, "nowhere") == {}
    assert values(reader, "odd tag/+") == {'"x" ü': 1}
    assert values(reader, "host", prefix="web2") == {"web2": 1}


def test_values_page_by_page(reader):
    first = ask(reader, "/tags/dc", limit=2).json()
    assert ([value["value"] for value in first["values"]], first["cursor"]) == (["at", "eu"], "eu")
    assert ask(reader, "/tags/dc", limit=2, cursor="eu").json() == {"tag": "dc", "values": [{"count": 1, "value": "us"}]}


@pytest.mark.parametrize("target, status, words", [
    ("/tags/a/b", 404, "no such route; there are /tags"), ("/tags/%4", 400, "badly encoded path"),
    ("/tags/%ff", 400, "tag: it is no valid UTF-8"), ("/tags/dc?limit=0", 400, "limit: must be"),
    ("/tags/dc?limit=10001", 400, "limit: must be"), ("/tags?filter=e.*", 400, "filter: there are no regular"),
    ("/tags?prefix=%4", 400, "badly encoded query"), ("/tagsx", 404, "no such route")])
def test_bad_requests(reader, target, status, words):
    answer = wire.request(reader.reader_port, "GET", target)
    assert answer.status == status and answer.error().startswith(words), answer


def test_other_methods(reader):
    answer = wire.request(reader.reader_port, "DELETE", "/tags/dc")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_metrics(reader):
    values(reader, "dc")
    metrics = reader.metrics("readerd")
    assert metrics.value("kilometric_tag_walks_total") >= 1
    assert 1000 < metrics.value("kilometric_tag_index_bytes") < 100_000
    assert metrics.value("kilometric_tags_left_out") == 0
    assert metrics.value("kilometric_http_requests_total", route="/tags", status="200") >= 1


def test_many_series_and_what_becomes_of_them():
    """They are as a plain count of them has it; what comes and goes is followed."""
    source = random.Random(1)
    keys = {f"m{source.randrange(50)};dc=d{source.randrange(7)};host=h{source.randrange(4000)};id={number}"
            for number in range(20_000)}

    def counted(tag):
        return Counter(dict(part.split("=") for part in key.split(";")[1:])[tag] for key in keys)
    with Installation(ingestd=False) as reader:
        add(reader, *keys)
        assert values(reader, "dc") == counted("dc")
        assert values(reader, "host") == counted("host")
        assert len(values(reader, "id")) == 10_000
        gone = set(source.sample(sorted(keys), 5_000))
        reader.redis.command("ZREM", "kilometric:keys", *gone)
        add(reader, "new;dc=far;host=h1;id=x")
        keys = keys - gone | {"new;dc=far;host=h1;id=x"}
        eventually(lambda: "far" in values(reader, "dc"), within=60)
        assert values(reader, "dc") == counted("dc")
        assert values(reader, "host") == counted("host")


def test_redis_is_away():
    with Installation(ingestd=False) as reader:
        reader.redis.stop()
        eventually(lambda: reader.metrics("readerd").value("kilometric_redis_up") == 0)
        answer = ask(reader)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        reader.redis.start()
        eventually(lambda: reader.metrics("readerd").value("kilometric_redis_up") == 1)
        assert ask(reader).json() == []
