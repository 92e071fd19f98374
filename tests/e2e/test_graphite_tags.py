"""Graphite's API over metrics with tags: seriesByTag(), paths with tags, the functions that look at tags, and the requests
of Grafana's editor for them. What is found is held against a plain model of Graphite's rules."""

import itertools
import random
import re
import urllib.parse

import pytest

import wire
from harness import Installation
from kind_entries import add, gauge, members, timer

STEP = 10
START = 1_603_303_200  # an hour's
LAST = START + 590
HITS = [f"web.hits;dc={dc};host={host}" for dc, host in itertools.product(("eu", "us"), ("web1", "web2", "db1"))]
COUNTERS = [*HITS, "web.hits", "web.hits;dc=eu", "web.hits.errors;dc=eu", "web-hits;dc=eu", "web.misses;dc=eu;host=web1", "db.reads;host=db1",
            "odd;not-a-tag", "odd;a1=x;a=y", "web.{a,b}*;dc=eu"]


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False) as installation:
        redis = installation.redis
        installation.add_instance(LAST * 1000 + 3750, STEP)
        for number, key in enumerate(COUNTERS, 1):
            redis.command("XADD", f"kilometric.{key}", f"{START * 1000 + 3750}-7", "count", number)
            redis.command("ZADD", "kilometric:keys", 0, key)
        for number, host in enumerate(("a", "b")):
            samples = range(100 * number + 1, 100 * number + 11)
            add(redis, "timer", f"page;dc=eu;host={host}", [(f"{START * 1000 + 3750}-7", timer(*samples))])
        add(redis, "gauge", "queue;dc=eu", [(f"{START * 1000 + 3750}-7", gauge(5, at=START * 1000))])
        add(redis, "set", "users;dc=eu", [(f"{START * 1000 + 3750}-7", members("x", "y"))])
        yield installation


def get(reader, path, *parameters):
    return wire.request(reader.reader_port, "GET", path + "?" + urllib.parse.urlencode(parameters))


def post(reader, path, body):
    return wire.request(reader.reader_port, "POST", path, body=body.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})


def answer(reader, target):
    """The series of a target: [(name, tags, first value)]"""
    response = get(reader, "/render", ("target", target), ("from", START - 1), ("until", START + 29), ("format", "json"))
    assert response.status == 200, response
    return [(series["target"], series["tags"], series["datapoints"][0][0]) for series in response.json()]


def names(reader, target):
    return [name for name, _, _ in answer(reader, target)]


def count_of(key):
    return COUNTERS.index(key) + 1


def tags_of(key):
    name, *tags = key.split(";")
    return {"name": name, **dict(tag.split("=", 1) for tag in tags)}


# Graphite's rules, once more

KEYS = sorted(set(COUNTERS) - {"odd;not-a-tag"} | {"page;dc=eu;host=a", "page;dc=eu;host=b", "queue;dc=eu", "users;dc=eu"})


def holds(expression, tags):
    tag, operator, wanted = re.fullmatch(r"([^;!=]+)(!?=~?)([^;]*)", expression).groups()
    value = tags.get(tag, "")
    found = re.match(wanted, value) is not None if operator.endswith("~") else value == wanted
    return found != operator.startswith("!")


def model(expressions):
    """None: it is an error."""
    if all(holds(expression, {}) for expression in expressions):
        return None
    return [key for key in KEYS if all(holds(expression, tags_of(key)) for expression in expressions)]


EXPRESSIONS = ["name=web.hits", "name=~web.*", "name!=web.hits", "name=~^web\\.hits$", "name=~web|db", "dc=eu", "dc!=eu", "dc=", "dc!=",
               "dc=~.", "dc=~e|u", "dc!=~e", "host=~web.*", "host=~eb", "host!=~web", "host=db1", "host!=~", "x=", "x!=", "x=~y*", "a=y",
               "name=~(?i)WEB", "name=page", "name=none", "name=~.*{a.*"]


@pytest.mark.parametrize("count", (1, 2, 3))
def test_series_are_those_of_graphites_rules(reader, count):
    choice = random.Random(count)
    sets = [choice.sample(EXPRESSIONS, count) for _ in range(60)] if count > 1 else [[each] for each in EXPRESSIONS]
    for expressions in sets:
        wanted = model(expressions)
        found = get(reader, "/tags/findSeries", *(("expr", each) for each in expressions))
        if wanted is None:
            assert found.status == 400 and "At least one tagspec must not match the empty string" in found.json()["error"], expressions
        else:
            assert found.json() == wanted, expressions
            quoted = ",".join(f'"{each}"' for each in expressions)
            assert names(reader, f"seriesByTag({quoted})") == wanted, expressions


def test_series_have_all_their_tags_and_their_values(reader):
    found = answer(reader, "seriesByTag('name=web.hits', 'host!=')")
    assert found == [(key, tags_of(key), count_of(key)) for key in sorted(HITS)]


def test_names_of_statsd_have_tags_too(reader):
    assert answer(reader, "seriesByTag('name=stats.timers.page.upper_90', 'dc=eu')") == [
        (f"stats.timers.page.upper_90;dc=eu;host={host}", {"name": "stats.timers.page.upper_90", "dc": "eu", "host": host},
         pytest.approx(wanted, rel=0.011)) for host, wanted in (("a", 9), ("b", 109))]
    assert answer(reader, "stats.timers.page.count;host=a;dc=eu")[0][2] == 10
    assert answer(reader, "seriesByTag('name=stats.counters.web.hits.count','dc=us','host=db1')")[0][2] == count_of("web.hits;dc=us;host=db1")
    assert answer(reader, "seriesByTag('name=stats.gauges.queue')")[0][2] == 5
    assert answer(reader, "seriesByTag('name=stats.sets.users.count')")[0][2] == 2
    assert answer(reader, "seriesByTag('name=page','host=a')")[0][2] == pytest.approx(5.5)
    assert get(reader, "/tags/findSeries", ("expr", "name=stats.timers.page.upper")).json() == [
        "stats.timers.page.upper;dc=eu;host=a", "stats.timers.page.upper;dc=eu;host=b"]


def test_a_path_with_tags_is_one_series(reader):
    for path in ("web.hits;dc=eu;host=web1", "web.hits;host=web1;dc=eu", "web.hits;dc=us;host=web1;dc=eu"):
        assert answer(reader, path) == [("web.hits;dc=eu;host=web1", tags_of("web.hits;dc=eu;host=web1"), count_of("web.hits;dc=eu;host=web1"))]
    assert names(reader, "odd;a=y;a1=x") == ["odd;a1=x;a=y"]
    assert names(reader, "web.hits;dc=eu") == ["web.hits;dc=eu"]  # and none that has more tags
    assert names(reader, r"web.\{a\,b\}*;dc=eu") == ["web.{a,b}*;dc=eu"]
    for path in ("web.*;dc=eu", "web.hits;dc=*", "web.hits;host=web1", "none;dc=eu"):  # no pattern: it is looked up as it is
        assert names(reader, path) == [], path
    assert names(reader, "sumSeries(web.hits;dc=eu;host=web1,web.hits;dc=eu)") == ["sumSeries(web.hits;dc=eu;host=web1,web.hits;dc=eu)"]


def test_functions_over_tags(reader):
    each = "seriesByTag('name=web.hits','host!=')"
    assert names(reader, f"aliasByTags({each},'host','dc')") == ["db1.eu", "web1.eu", "web2.eu", "db1.us", "web1.us", "web2.us"]
    assert names(reader, f"aliasByNode({each},1,'dc')") == ["hits.eu"] * 3 + ["hits.us"] * 3
    eu, us = (sum(count_of(key) for key in HITS if dc in key) for dc in ("dc=eu", "dc=us"))
    grouped = answer(reader, f"groupByTags({each},'sum','dc')")
    assert [(name, value) for name, _, value in grouped] == [("web.hits;dc=eu", eu), ("web.hits;dc=us", us)]
    assert [tags["dc"] for _, tags, _ in grouped] == ["eu", "us"]
    assert [(name, value) for name, _, value in answer(reader, f"groupByNode({each},'dc','sum')")] == [("eu", eu), ("us", us)]
    assert answer(reader, f"sumSeries({each})")[0][::2] == (f"sumSeries({each})", eu + us)
    assert answer(reader, f"{each}|sumSeries()|alias('all')")[0][::2] == ("all", eu + us)


def test_one_count_of_a_series_in_two_targets(reader):
    response = get(reader, "/render", ("target", "seriesByTag('dc=eu','name=queue')"), ("target", "queue;dc=eu"), ("from", START - 1),
                   ("until", START + 9), ("format", "json"))
    assert [series["target"] for series in response.json()] == ["queue;dc=eu"] * 2


# As Grafana asks

def test_grafana_s_panel_in_the_browser(reader):
    response = post(reader, "/render",
                    "target=aliasSub(sumSeries(seriesByTag('name%3Dweb.hits'%2C%20'dc%3Deu'%2C%20'host%3D~web.*'))%2C%20%22(%5E.*%24)%22%2C%20"
                    f"%22%5C1%20A%22)&from={START - 1}&until={START + 29}&format=json&maxDataPoints=1284")
    [series] = response.json()
    assert series["target"] == "sumSeries(seriesByTag('name=web.hits', 'dc=eu', 'host=~web.*')) A"
    assert series["datapoints"][0] == [count_of(HITS[0]) + count_of(HITS[1]), START]


def test_grafana_s_editor_completes_tags(reader):
    span = f"&from={START}&until={START + 600}"
    path = "/tags/autoComplete/tags?expr=dc%3Deu&expr=name%3Dweb.hits&tagPrefix=&limit=5000" + span
    assert wire.request(reader.reader_port, "GET", path).json() == ["host"]
    assert post(reader, "/tags/autoComplete/tags", "expr=name%3Dpage&limit=5000").json() == ["dc", "host"]
    assert get(reader, "/tags/autoComplete/tags", ("expr", "dc=eu"), ("tagPrefix", "h")).json() == ["host"]
    assert get(reader, "/tags/autoComplete/tags", ("expr", "dc=eu"), ("limit", 1)).json() == ["host"]
    assert get(reader, "/tags/autoComplete/tags", ("expr", "dc=none")).json() == []
    path = "/tags/autoComplete/values?expr=name%3Dweb.hits&expr=dc%3Deu&tag=host&valuePrefix=web&limit=10000" + span
    assert wire.request(reader.reader_port, "GET", path).json() == ["web1", "web2"]
    assert get(reader, "/graphite/tags/autoComplete/values/", ("expr[]", "host=a"), ("tag", "name")).json() == ["page"]
    assert get(reader, "/tags/autoComplete/values", ("expr", "dc="), ("tag", "host")).json() == ["db1"]  # tag!= is added


def test_find_series_by_post_and_its_limits(reader):
    assert post(reader, "/tags/findSeries", "expr=name%3Dqueue&expr=dc%3Deu").json() == ["queue;dc=eu"]
    assert get(reader, "/tags/findSeries/", ("expr[]", "name=queue")).json() == ["queue;dc=eu"]
    assert get(reader, "/tags/findSeries").status == 400


@pytest.mark.parametrize("expression, words", [
    ("host", "Invalid tagspec host"), ("=a", "Invalid tagspec"), ("a;b=c", "Invalid tagspec"), ("a=b;c", "Invalid tagspec"), ("a!b=c", "Invalid"),
    ("", "Invalid tagspec"), ("dc=~(", "at its byte"), ("dc=", "At least one tagspec"), ("dc=~(.+.+)+;", "Invalid tagspec"),
])
def test_bad_expressions_are_refused_with_words(reader, expression, words):
    for path, parameter in (("/tags/findSeries", ("expr", expression)), ("/tags/autoComplete/tags", ("expr", expression)),
                            ("/render", ("target", f"seriesByTag('{expression}')"))):
        response = get(reader, path, parameter)
        assert response.status == 400 and words in response.json()["error"], (path, response)


def test_a_regular_expression_that_explodes_is_refused_while_others_are_served(reader):
    long = "z" * 200
    reader.redis.command("XADD", f"kilometric.slow;x={long}", f"{START * 1000}-7", "count", 1)
    reader.redis.command("ZADD", "kilometric:keys", 0, f"slow;x={long}")
    with wire.HttpConnection(reader.reader_port) as slow:
        slow.send(wire.format_request("GET", "/tags/findSeries?" + urllib.parse.urlencode([("expr", "x=~(z+z+)+[wy]")])))
        assert get(reader, "/version").status == 200
        response = slow.response()
    assert response.status == 400 and "too many steps" in response.json()["error"], response


def test_arguments_that_are_no_strings_are_refused(reader):
    response = get(reader, "/render", ("target", "seriesByTag(web.hits)"))
    assert response.status == 400 and "seriesByTag: each argument is a string" in response.json()["error"]
    assert get(reader, "/render", ("target", "seriesByTag()")).status == 400
