"""Which names /metrics/find and /metrics/expand list: metrics' own, StatsD's or those of its legacy namespace, as
KILOMETRIC_GRAPHITE_NAMES says. All of them are understood, whatever is listed."""

import urllib.parse

import pytest

import kind_entries
import wire
from harness import Installation
from kind_entries import gauge, members, timer

START = 1_603_303_200
TIMER = ["count", "count_90", "count_ps", "lower", "mean", "mean_90", "median", "std", "sum", "sum_90", "sum_squares",
         "sum_squares_90", "upper", "upper_90"]


@pytest.fixture(scope="module", params=["plain", "statsd", "legacy"])
def reader(request):
    with Installation(ingestd=False, graphite_names=request.param) as installation:
        redis = installation.redis
        installation.add_instance(START * 1000 + 9000, 10)
        for key in ("web.1.hits", "web.2.hits", "web", "logins", "web.1.hits;dc=eu"):
            redis.command("XADD", f"kilometric.{key}", f"{START * 1000}-7", "count", 20)
            redis.command("ZADD", "kilometric:keys", 0, key)
        kind_entries.add(redis, "gauge", "queue.length", [(f"{START * 1000}-7", gauge(3, at=START * 1000))])
        kind_entries.add(redis, "timer", "page", [(f"{START * 1000}-7", timer(1, 2, 3))])
        kind_entries.add(redis, "set", "users", [(f"{START * 1000}-7", members("a", "b"))])
        installation.names = request.param
        yield installation


def get(reader, path, **parameters):
    answer = wire.request(reader.reader_port, "GET", path + "?" + urllib.parse.urlencode(parameters, doseq=True))
    assert answer.status == 200, answer
    return answer.json()


def find(reader, query):
    """{id: "branch", "leaf" or "both"}"""
    nodes = get(reader, "/metrics/find", query=query)
    assert all(node["id"].endswith(node["text"]) for node in nodes)
    return {node["id"]: {(1, 0): "branch", (0, 1): "leaf", (1, 1): "both"}[node["expandable"], node["leaf"]] for node in nodes}


def expand(reader, query):
    return get(reader, "/metrics/expand", query=query)["results"]


def draws(reader, *targets):
    series = get(reader, "/render", target=targets, **{"from": START - 1, "until": START + 5})
    return {each["target"]: each["datapoints"][0][0] for each in series}


def test_browsing_begins_with_what_is_listed(reader):
    assert find(reader, "*") == {
        "plain": {"logins": "leaf", "page": "leaf", "queue": "branch", "users": "leaf", "web": "both"},
        "statsd": {"stats": "branch"},
        "legacy": {"stats": "branch", "stats_counts": "branch"}}[reader.names]


def test_browsing_goes_on_to_the_statistics(reader):
    if reader.names == "legacy":
        assert find(reader, "stats.*") == {"stats.logins": "leaf", "stats.web": "both", "stats.timers": "branch",
                                           "stats.gauges": "branch", "stats.sets": "branch"}
        assert find(reader, "stats_counts.*") == {"stats_counts.logins": "leaf", "stats_counts.web": "both"}
        assert find(reader, "stats_counts.web.*.hits") == {"stats_counts.web.1.hits": "leaf", "stats_counts.web.2.hits": "leaf"}
    else:
        assert find(reader, "stats.*") == {f"stats.{kind}": "branch" for kind in ("counters", "timers", "gauges", "sets")}
        assert find(reader, "stats.counters.*") == {"stats.counters.logins": "branch", "stats.counters.web": "branch"}
        assert find(reader, "stats.counters.web.*") == {
            "stats.counters.web.1": "branch", "stats.counters.web.2": "branch",
            "stats.counters.web.count": "leaf", "stats.counters.web.rate": "leaf"}
        assert find(reader, "stats.counters.web.1.hits.*") == {f"stats.counters.web.1.hits.{end}": "leaf" for end in ("count", "rate")}
    assert find(reader, "stats.timers.*") == {"stats.timers.page": "branch"}
    assert sorted(find(reader, "stats.timers.page.*")) == [f"stats.timers.page.{end}" for end in TIMER]
    assert find(reader, "stats.gauges.*") == {"stats.gauges.queue": "branch"}
    assert find(reader, "stats.gauges.queue.*") == {"stats.gauges.queue.length": "leaf"}
    assert find(reader, "stats.sets.users.*") == {"stats.sets.users.count": "leaf"}


def test_a_prefix_and_a_name_are_found(reader):
    assert find(reader, "stats") == {"stats": "branch"}
    assert find(reader, "stats.timers.page") == {"stats.timers.page": "branch"}
    assert find(reader, "stats.timers.page.upper_99_9") == {"stats.timers.page.upper_99_9": "leaf"}
    assert find(reader, "stats.timers.page.nothing") == find(reader, "stats.nothing.of.it") == find(reader, "nothing") == {}


def test_variables_by_a_pattern(reader):
    assert expand(reader, "stats.timers.*.upper*") == ["stats.timers.page.upper", "stats.timers.page.upper_90"]
    if reader.names != "legacy":
        assert expand(reader, "stats.counters.*.count") == ["stats.counters.logins.count", "stats.counters.web.count"]
        assert expand(reader, "stats.{counters,sets}.*.count") == [
            "stats.counters.logins.count", "stats.counters.web.count", "stats.sets.users.count"]
    assert expand(reader, "web.*.hits") == ["web.1.hits", "web.2.hits"]
    assert expand(reader, "stats_counts.web.*.hits") == ["stats_counts.web.1.hits", "stats_counts.web.2.hits"]


def test_a_pattern_in_the_first_node_means_what_is_listed(reader):
    assert set(draws(reader, "*.counters.web.*.hits.count")) == (
        {f"stats.counters.web.{host}.hits.count" for host in (1, 2)} if reader.names == "statsd" else set())
    assert set(draws(reader, "*.web.*.hits")) == {"plain": set(),
        "statsd": set(),
        "legacy": {f"stats{tree}.web.{host}.hits" for tree in ("", "_counts") for host in (1, 2)}}[reader.names]
    assert set(draws(reader, "*.1.hits")) == {"web.1.hits"}


def test_every_name_is_understood_whatever_is_listed(reader):
    assert draws(reader, "stats.counters.web.1.hits.count", "stats.counters.web.1.hits.rate", "stats_counts.logins", "stats.logins",
                 "web.1.hits", "stats.gauges.queue.length", "stats.sets.users.count", "stats.timers.page.mean_90", "page.max") == {
        "stats.counters.web.1.hits.count": 20, "stats.counters.web.1.hits.rate": 2, "stats_counts.logins": 20, "stats.logins": 2,
        "web.1.hits": 20, "stats.gauges.queue.length": 3, "stats.sets.users.count": 2, "stats.timers.page.mean_90": 2, "page.max": 3}


def test_all_that_is_listed_draws(reader):
    leaves = []
    branches = ["*"]
    while branches:
        for name, end in find(reader, branches.pop()).items():
            if end != "branch":
                leaves.append(name)
            if end != "leaf":
                branches.append(name + ".*")
    assert len(leaves) > 6
    drawn = draws(reader, *leaves)
    assert set(drawn) == set(leaves) and None not in drawn.values()
