"""Graphite's API as Grafana's data source asks it, byte for byte in both its modes, and what it answers of every kind
of metric."""

import itertools
import json
import select
import time
import urllib.parse

import pytest

import kind_entries
import wire
from harness import Installation
from kind_entries import gauge, members, timer

STEP = 10
START = 1_603_303_200  # an hour's
COUNTS = {at: at // STEP % 7 for at in range(START, START + 3600, STEP) if at % 70}  # seconds -> count; some are away
LAST = START + 3590


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False) as installation:
        redis = installation.redis
        installation.add_instance(LAST * 1000 + 3750, STEP)
        for host in (1, 2):
            for at, count in COUNTS.items():
                redis.command("XADD", f"kilometric.web.{host}.hits", f"{at * 1000 + 3750}-7", "count", count * host)
            redis.command("ZADD", "kilometric:keys", 0, f"web.{host}.hits")
        for key in ("web", "web.1.hits.errors", "web.all", "web-2", "queue", "web.1.hits;dc=eu"):
            redis.command("XADD", f"kilometric.{key}", f"{START * 1000}-7", "count", 1)
            redis.command("ZADD", "kilometric:keys", 0, key)
        kind_entries.add(redis, "gauge", "queue.length", [(f"{(START + at) * 1000 + 3750}-7", gauge(at, at=(START + at) * 1000))
                                                          for at in (20, 40)])
        kind_entries.add(redis, "timer", "page", [(f"{(START + at) * 1000 + 3750}-7", timer(*range(at, at + 10)))
                                                  for at in (100, 110, 130)])
        for at, fields in ((10, ("title", "Deploy", "text", "v2", "tags", "env:prod,team:a")), (20, ("check", "redis.up", "status", "2")),
                           (5000, ("title", "Late", "text", ""))):
            redis.command("XADD", "kilometric:events", f"{(START + at) * 1000}-7", "at", (START + at) * 1000, *fields)
        kind_entries.add(redis, "set", "users", [(f"{START * 1000 + 3750}-7", members("a", "b"))])
        yield installation


def get(reader, path, **parameters):
    return wire.request(reader.reader_port, "GET", path + "?" + urllib.parse.urlencode(parameters, doseq=True))


def post(reader, path, body, **headers):
    return wire.request(reader.reader_port, "POST", path, body=body.encode(),
                        headers={"Content-Type": "application/x-www-form-urlencoded", **headers})


def render(reader, *targets, start=START, until=START + 3600, **parameters):
    """{target: datapoints}"""
    answer = get(reader, "/render", target=targets, until=until, format="json", **{"from": start, **parameters})
    assert answer.status == 200, answer
    return {series["target"]: series["datapoints"] for series in answer.json()}


def total(points):
    return sum(value for value, _ in points if value is not None)


def test_save_and_test_in_the_browser(reader):
    answer = post(reader, "/render", "target=aliasSub(constantLine(100)%2C%20%22(%5E.*%24)%22%2C%20%22%5C1%20A%22)"
                                     "&format=json&maxDataPoints=300")
    assert answer.status == 200
    [series] = answer.json()
    assert series["target"] in ("100 A", "100.0 A") and {value for value, _ in series["datapoints"]} == {100}


def test_save_and_test_in_the_backend(reader):
    answer = post(reader, "/render", f"target=constantLine(100)&from={START}&until={START + 3600}&format=json&maxDataPoints=100")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert [float(series["target"]) for series in answer.json()] == [100]


def test_a_panel_s_query(reader):
    answer = post(reader, "/render/",
                  "target=aliasSub(sumSeries(web.*.hits)%2C%20%22(%5E.*%24)%22%2C%20%22%5C1%20A%22)"
                  f"&target=aliasSub(web.1.hits%2C%20%22(%5E.*%24)%22%2C%20%22%5C1%20B%22)"
                  f"&from={START - 1}&until={START + 3599}&format=json&maxDataPoints=1284")
    series = answer.json()
    assert [each["target"] for each in series] == ["sumSeries(web.*.hits) A", "web.1.hits B"]
    assert [value for value, _ in series[1]["datapoints"]] == [COUNTS.get(at, 0) for at in range(START, START + 3600, STEP)]
    assert [at for _, at in series[1]["datapoints"]] == list(range(START, START + 3600, STEP))
    assert total(series[0]["datapoints"]) == 3 * sum(COUNTS.values())


def test_the_total_of_a_count_is_the_same_at_every_width(reader):
    for most in (1, 2, 7, 33, 100, 359, 360, 1000):
        points = render(reader, "web.1.hits", start=START - 1, until=START + 3599, maxDataPoints=most)["web.1.hits"]
        assert total(points) == sum(COUNTS.values()), most
        greedy = render(reader, "transformNull(web.1.hits,0)", start=START - 1, until=START + 3599, maxDataPoints=most)
        assert total(greedy["transformNull(web.1.hits,0)"]) == sum(COUNTS.values()), most
        assert len(points) <= most + 2


def test_points_lie_behind_from_and_up_to_until(reader):
    points = render(reader, "web.1.hits", start=START, until=START + 30)["web.1.hits"]
    assert [at for _, at in points] == [START + 10, START + 20, START + 30]


def test_what_is_absent_is_zero_from_the_first_entry_to_the_last_flush(reader):
    points = render(reader, "web.1.hits", start=START - 100, until=START + 3700)["web.1.hits"]
    values = dict((at, value) for value, at in points)
    assert values[START - 10] is None and values[START] == COUNTS.get(START, 0)
    assert values[LAST // STEP * STEP] is not None and values[START + 3600] is None
    assert None not in [values[at] for at in range(START, START + 3600, STEP)]


def test_names_of_statsd_and_datadog(reader):
    hour = {"start": START - 1, "until": START + 3599, "maxDataPoints": 1}
    counted = sum(COUNTS.values())
    assert render(reader, "stats.counters.web.1.hits.count", **hour) == {"stats.counters.web.1.hits.count": [[counted, START]]}
    assert total(render(reader, "stats_counts.web.*.hits", **hour)["stats_counts.web.2.hits"]) == 2 * counted
    rate = render(reader, "stats.counters.web.1.hits.rate", start=START - 1, until=START + 3599)
    assert total(rate["stats.counters.web.1.hits.rate"]) * STEP == pytest.approx(counted)
    assert render(reader, "stats.web.1.hits", start=START, until=START + 10)["stats.web.1.hits"] == [[COUNTS[START + 10] / STEP, START + 10]]
    page = {"start": START + 99, "until": START + 130}
    for name in ("stats.timers.page.upper", "page.max"):
        assert render(reader, name, **page)[name] == [[109, START + 100], [119, START + 110], [None, START + 120], [139, START + 130]]
    assert render(reader, "stats.timers.page.count", **page)["stats.timers.page.count"] == [
        [10, START + 100], [10, START + 110], [0, START + 120], [10, START + 130]]
    [[upper, _]] = render(reader, "stats.timers.page.upper_90", maxDataPoints=1, **page)["stats.timers.page.upper_90"]
    assert upper == pytest.approx(136, rel=0.011)  # of all thirty samples, not a mean of three
    assert set(render(reader, "stats.timers.page.*", **page)) == {
        "stats.timers.page." + name
        for name in ("count", "count_90", "count_ps", "lower", "mean", "mean_90", "median", "std", "sum", "sum_90", "sum_squares",
                     "sum_squares_90", "upper", "upper_90")}
    samples = sorted(value for at in (100, 110, 130) for value in range(at, at + 10))
    for name, value in (("count_90", 27), ("sum_squares", sum(value ** 2 for value in samples)), ("mean_90", sum(samples[:27]) / 27),
                        ("sum_90", sum(samples[:27])), ("sum_squares_90", sum(value ** 2 for value in samples[:27])),
                        ("lower_top10", samples[27]), ("mean_top10", sum(samples[27:]) / 3), ("upper_99_9", 139)):
        [[given, _]] = render(reader, f"stats.timers.page.{name}", maxDataPoints=1, **page)[f"stats.timers.page.{name}"]
        assert given == pytest.approx(value, rel=0 if name in ("count_90", "sum_squares") else 0.022), name
    assert render(reader, "stats.gauges.queue.length", start=START + 9, until=START + 60)["stats.gauges.queue.length"] == [
        [None, START + 10], [20, START + 20], [20, START + 30], [40, START + 40], [40, START + 50], [40, START + 60]]
    assert render(reader, "stats.sets.users.count", start=START - 1, until=START + 10)["stats.sets.users.count"] == [[2, START], [0, START + 10]]
    assert render(reader, "nothing.of.the.kind") == {}


def find(reader, query, path="/metrics/find", **parameters):
    return [(node["text"], node["id"], node["expandable"], node["leaf"]) for node in get(reader, path, query=query, **parameters).json()]


def test_find_shows_a_level(reader):
    assert {node[0]: node[2:] for node in find(reader, "*")} == {
        "page": (0, 1), "queue": (1, 1), "users": (0, 1), "web": (1, 1), "web-2": (0, 1)}
    assert find(reader, "*")[0][2] == 1 and find(reader, "*")[-1][2] == 0  # branches first
    assert find(reader, "web.*") == [("1", "web.1", 1, 0), ("2", "web.2", 1, 0), ("all", "web.all", 0, 1)]
    assert find(reader, "web.1.*") == [("hits", "web.1.hits", 1, 1)]
    assert find(reader, "web.[12].hits") == [("hits", "web.1.hits", 1, 1), ("hits", "web.2.hits", 0, 1)]
    assert find(reader, "web.{1,all}") == [("1", "web.1", 1, 0), ("all", "web.all", 0, 1)]
    assert find(reader, "web") == [("web", "web", 1, 1)]
    assert find(reader, "no.*") == []
    assert find(reader, "web.*", path="/graphite/metrics/find/") == find(reader, "web.*")


def test_find_as_grafana_s_editor_posts_it(reader):
    answer = post(reader, f"/metrics/find?from={START}&until={START + 3600}", "query=web.*")
    assert [node["text"] for node in answer.json()] == ["1", "2", "all"]
    assert [node["text"] for node in post(reader, "/metrics/find", "query=web.{1,all}").json()] == ["1", "all"]
    assert [node["text"] for node in post(reader, "/metrics/find?query=web.*", "").json()] == ["1", "2", "all"]


def test_expand_gives_names_of_branches_too(reader):
    assert get(reader, "/metrics/expand", query=["web.*", "pa*"]).json() == {"results": ["page", "web.1", "web.2", "web.all"]}


def test_events_are_annotations(reader):
    hour = {"from": START, "until": START + 3600}
    deploy = {"when": START + 10, "what": "Deploy", "tags": ["env:prod", "team:a"], "data": "v2"}
    assert get(reader, "/events/get_data", **hour).json() == [
        deploy, {"when": START + 20, "what": "redis.up", "tags": [], "data": ""}]
    assert get(reader, "/events/get_data", tags="team:a env:prod", **hour).json() == [deploy]
    assert get(reader, "/events/get_data", tags="env:test", **hour).json() == []
    assert get(reader, "/events/get_data", **{"from": "-6h", "until": "now"}).json() == []


def test_tags_are_completed(reader):
    assert get(reader, "/tags/autoComplete/tags", limit=5000, tagPrefix="").json() == ["dc", "name"]
    assert get(reader, "/tags/autoComplete/tags", tagPrefix="d").json() == ["dc"]
    assert get(reader, "/tags/autoComplete/values", tag="dc", limit=10000).json() == ["eu"]
    assert get(reader, "/tags/autoComplete/values", tag="no").json() == []
    assert get(reader, "/tags/autoComplete/values").status == 400


def test_functions_and_version(reader):
    functions = json.loads(get(reader, "/functions").body.replace(b'"default": Infinity', b'"default": 1e9999'))
    assert functions["alias"]["params"][0]["type"] == "seriesList"
    for name, function in functions.items():
        assert function["name"] == name and function["function"].startswith(name + "(") and function["description"], name
    assert get(reader, "/version").body == b"1.1.10\n"


def test_formats(reader):
    parameters = {"target": "web.1.hits", "from": START, "until": START + 20}
    assert get(reader, "/render", format="raw", **parameters).body == f"web.1.hits,{START + 10},{START + 30},10|{COUNTS[START + 10]},{COUNTS[START + 20]}\n".encode()
    assert get(reader, "/render", format="csv", **parameters).body.splitlines()[0] == f"web.1.hits,2020-10-21 18:00:10,{COUNTS[START + 10]}".encode()
    answer = get(reader, "/render", format="png", **parameters)
    assert answer.status == 400 and "no images" in answer.json()["error"]


@pytest.mark.parametrize("parameters, words", [
    ({"target": "alias(web.1.hits"}, "target"),
    ({"target": "noSuchFunction(web.1.hits)"}, "noSuchFunction"),
    ({"target": "(" * 10_000}, "target"),
    ({"target": "web.1.hits", "from": "soon"}, "from: is no time"),
    ({"target": "web.1.hits", "from": "now", "until": "-1h"}, "from: is not before until"),
    ({"target": ["web.1.hits"] * 101}, "more than 100"),
    ({"target": "a." * 200 + "a"}, "nodes"),
], ids=lambda value: "" if isinstance(value, dict) else value)
def test_what_is_wrong_is_refused_with_words(reader, parameters, words):
    answer = post(reader, "/render", urllib.parse.urlencode(parameters, doseq=True))
    assert answer.status == 400, answer
    assert words in answer.json()["error"] or words == "target", answer.json()


def test_other_methods_are_refused(reader):
    answer = wire.request(reader.reader_port, "PUT", "/render")
    assert answer.status == 405 and "POST" in answer.headers["allow"]


def test_others_are_served_while_millions_of_points_are_evaluated(reader):
    heavy = urllib.parse.urlencode({"target": ["movingMedian(randomWalk('a'),2000)"] * 60, "from": START, "until": START + 199_990,
                                    "maxDataPoints": 10}, doseq=True)
    with wire.HttpConnection(reader.reader_port) as busy:
        busy.send(wire.format_request("POST", "/render", heavy.encode(), {"Content-Type": "application/x-www-form-urlencoded"}))
        answered = [time.monotonic()]
        while not select.select([busy.descriptor], [], [], 0)[0]:
            assert get(reader, "/version").status == 200
            answered.append(time.monotonic())
        pauses = [later - earlier for earlier, later in itertools.pairwise(answered)]
        assert max(pauses) < 0.9 * (answered[-1] - answered[0]), pauses
        answer = busy.response()
        assert answer.status == 200 and len(answer.json()) == 60, answer
