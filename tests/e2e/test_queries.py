"""GET /read beyond the original: patterns, sums, rates, filling, limits, zones, formats, tiers."""

import csv
import gzip
import io
import json
import random
import select
import time
import urllib.parse

import pytest

import wire
from harness import Installation, sanitized
from processes import eventually, resident_kib
from test_readerd import FILL_START, add, fill

HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False, cors_origin="https://example.com") as installation:
        for index, key in enumerate(["web.1.hits", "web.2.hits", "web.2.errors", "disk0", "disk1", "diskx", "[0-9]"], 1):
            add(installation, key, (f"{60_000 * index}-0", index), (f"{60_000 * index + 120_000}-0", 10 * index))
            installation.redis.command("ZADD", "kilometric:keys", 0, key)
        yield installation


def read(reader, query, headers=None, method="GET"):
    return wire.request(reader.reader_port, method, "/read?" + query, headers=headers)


def document(reader, **parameters):
    answer = read(reader, urllib.parse.urlencode(parameters, doseq=True))
    assert answer.status == 200, answer
    return answer.json()


# Several metrics

@pytest.mark.parametrize("keys, names", [
    (["web.*.hits"], ["web.1.hits", "web.2.hits"]),
    (["web.{1,2}.hits"], ["web.1.hits", "web.2.hits"]),
    (["disk[0-9]"], ["disk0", "disk1"]),
    (["web.2.hits", "web.1.hits"], ["web.2.hits", "web.1.hits"]),
    (["disk1", "disk*"], ["disk1", "disk0", "diskx"]),
    (["nothing*"], []),
    (["nothing", "disk0"], ["nothing", "disk0"]),
])
def test_patterns(reader, keys, names):
    metrics = document(reader, key=keys, type="counter")["metrics"]
    assert [metric["name"] for metric in metrics] == names
    for metric in metrics:
        assert metric["values"] == document(reader, key=metric["name"], type="counter")["values"]


def test_a_stream_of_the_very_name_is_no_pattern(reader):
    assert document(reader, key="[0-9]", type="counter")["name"] == "[0-9]"


def test_a_pattern_over_many_pages_of_the_index(reader):
    names = [f"many.{index:05}" for index in range(3500)]
    reader.redis.pipeline([("ZADD", "kilometric:keys", 0, name) for name in names])
    add(reader, "many.03210", ("5-0", 1))
    metrics = document(reader, key="many.*10", type="counter")["metrics"]
    assert [metric["name"] for metric in metrics] == [name for name in names if name.endswith("10")]
    assert [metric["values"] for metric in metrics if metric["values"]] == [[{"from": 5, "to": 5, "value": 1}]]
    reader.redis.pipeline([("ZREM", "kilometric:keys", name) for name in names])


def test_too_many_keys(reader):
    reader.redis.pipeline([("ZADD", "kilometric:keys", 0, f"many.{index}") for index in range(10_001)])
    answer = read(reader, "key=many.*&type=counter")
    assert (answer.status, answer.error()) == (400, "key: more than 10000 keys match; use a narrower pattern")
    reader.redis.pipeline([("ZREM", "kilometric:keys", f"many.{index}") for index in range(10_001)])


def test_sum(reader):
    assert document(reader, key="web.*.hits", type="counter", sum=1) == {
        "name": "web.*.hits", "values": [{"from": 60_000, "to": 240_000, "value": 33}]}
    assert document(reader, key="web.*.hits", type="points", sum=1)["values"] == [
        {"from": 60_000, "value": 1}, {"from": 120_000, "value": 2}, {"from": 180_000, "value": 10},
        {"from": 240_000, "value": 20}]
    assert document(reader, key="web.*.hits", type="points", sum=1, order="desc", limit=1)["values"] == [
        {"from": 240_000, "value": 20}]
    assert document(reader, key="nothing*", type="points", sum=1) == {"name": "nothing*", "values": []}


# Values

def test_rate_fill_limit_order(reader):
    def values(**parameters):
        return [(value["from"], value["value"]) for value in document(reader, key="web.1.hits", **parameters)["values"]]
    assert values(type="rate") == [(60_000, 0.016667), (180_000, 0.166667)]
    assert values(type="points", fill="null") == [(60_000, 1), (120_000, None), (180_000, 10)]
    assert values(type="rate", fill=0, **{"from": 1}, to=240_000) == [
        (0, 0), (60_000, 0.016667), (120_000, 0), (180_000, 0.166667), (240_000, 0)]
    assert values(type="points", order="desc") == [(180_000, 10), (60_000, 1)]
    assert values(type="points", order="desc", limit=1) == [(180_000, 10)]
    assert values(type="points", limit=1) == [(60_000, 1)]
    assert values(type="counter", order="desc") == [(60_000, 11)]


def test_order_and_limit_over_pages(reader):
    fill(reader, "pages", 2500, 1000)
    whole = document(reader, key="pages", type="points", period=7)["values"]
    assert sum(value["value"] for value in whole) == 2500 // 10 * 45
    assert document(reader, key="pages", type="points", period=7, order="desc")["values"] == whole[::-1]
    assert document(reader, key="pages", type="points", period=7, order="desc", limit=3)["values"] == whole[:-4:-1]
    assert document(reader, key="pages", type="points", period=7, limit=3)["values"] == whole[:3]


def test_a_limit_asks_no_more_of_redis_than_it_needs(reader):
    fill(reader, "limited", 50_000, 1000)
    before = reader.metrics("readerd").value("kilometric_redis_pages_total")
    assert len(document(reader, key="limited", type="points", period=1, limit=10, order="desc")["values"]) == 10
    assert reader.metrics("readerd").value("kilometric_redis_pages_total") - before == 1


def test_days_of_a_zone(reader):
    """The day on which the clocks change has 23 hours; each entry is counted on its own day."""
    midnight = 1774738800000  # 2026-03-29T00:00+01:00
    add(reader, "zone", (f"{midnight - 1}-0", 1), (f"{midnight}-0", 2), (f"{midnight + 23 * HOUR - 1}-0", 4),
        (f"{midnight + 23 * HOUR}-0", 8))
    assert document(reader, key="zone", type="points", period=86_400, tz="Europe/Vienna")["values"] == [
        {"from": midnight - DAY, "value": 1}, {"from": midnight, "value": 6}, {"from": midnight + 23 * HOUR, "value": 8}]
    rates = document(reader, key="zone", type="rate", period=86_400, tz="Europe/Vienna")["values"]
    assert rates[1]["value"] == round(6 / (23 * 3600), 6)


def test_a_zone_that_skips_a_day(reader):
    """Samoa had no Friday 2011-12-30: of the two days that begin with it there is one."""
    saturday = 1325239200000
    entries = [(saturday + hours * HOUR, 1) for hours in range(-72, 72, 5)]
    add(reader, "samoa", *((f"{ms}-0", count) for ms, count in entries))
    for days in (1, 2, 3, 7):
        query = {"key": "samoa", "type": "points", "period": days * 86_400, "tz": "Pacific/Apia"}
        rows = document(reader, **query)["values"]
        assert document(reader, order="desc", **query)["values"] == rows[::-1]
        assert sum(row["value"] for row in rows) == len(entries)
        starts = [row["from"] for row in rows]
        assert starts == sorted(set(starts))
        for row, end in zip(rows, starts[1:] + [entries[-1][0] + 1]):
            assert row["value"] == sum(row["from"] <= ms < end for ms, _ in entries), (days, row)


def test_times_as_people_write_them(reader):
    add(reader, "times", ("1603303544893-0", 4), ("1603303959600-0", 1))
    for start in ("2020-10-21T18:10:00Z", "2020-10-21T20:10:00+02:00", "1603303800000", "1603303800000-0", "1603303800",
                  "1603303800.5"):
        assert document(reader, key="times", type="counter", **{"from": start})["values"][0]["value"] == 1, start
    for day, value in (("2020-10-20", None), ("2020-10-21", 5), ("2020-10-22", None)):
        values = document(reader, key="times", type="counter", to=day, **{"from": day})["values"]
        assert [each["value"] for each in values] == ([value] if value else []), day
    now = int(time.time() * 1000)
    add(reader, "times.lately", (f"{now - 5_000_000}-0", 2))  # an hour and 23 minutes ago
    for start, there in (("-1h30m", True), ("now-1h30m", True), ("now-1h", False), ("-1h", False)):
        values = document(reader, key="times.lately", type="counter", to="now+1h", **{"from": start})["values"]
        assert bool(values) == there, start
    for what in ("yesterday", "2020-10-21T18:05:44", "1h", "-1h30"):
        answer = read(reader, f"key=times&type=counter&from={what}")
        assert answer.status == 400, what
        for form in ("1603303544893", "1603303544,", "2020-10-21)", "2020-10-21T18:05:44Z", "-1h30m", "now-1h"):
            assert form in answer.error().replace("1603303544)", "1603303544,"), what


# Formats

def test_formats(reader):
    answer = read(reader, "key=web.*.hits&type=points&format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(answer.body.decode()))) == [
        ["name", "from", "value"], ["web.1.hits", "60000", "1"], ["web.1.hits", "180000", "10"],
        ["web.2.hits", "120000", "2"], ["web.2.hits", "240000", "20"]]
    assert read(reader, "key=web.*.hits&type=points", {"Accept": "text/csv"}).body == answer.body
    answer = read(reader, "key=web.1.hits&type=counter", {"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.body.splitlines()] == [
        {"name": "web.1.hits", "from": 60_000, "to": 180_000, "value": 11}]


def test_gzip(reader):
    fill(reader, "zipped", 5000, 1000)
    plain = read(reader, "key=zipped&type=points&period=1")
    assert plain.headers["transfer-encoding"] == "chunked" and "content-encoding" not in plain.headers
    zipped = read(reader, "key=zipped&type=points&period=1", {"Accept-Encoding": "gzip, deflate"})
    assert zipped.headers["content-encoding"] == "gzip" and len(zipped.body) * 5 < len(plain.body)
    assert gzip.decompress(zipped.body) == plain.body
    short = read(reader, "key=zipped&type=points&period=60", {"Accept-Encoding": "gzip"})
    assert gzip.decompress(short.body) == read(reader, "key=zipped&type=points&period=60").body
    assert "content-encoding" not in read(reader, "key=zipped&type=counter", {"Accept-Encoding": "gzip"}).headers
    for refused in ("gzip;q=0", "GZIP; Q=0.000", "*;q=0, identity", "gzip;q=0.5, identity"):
        assert "content-encoding" not in read(reader, "key=zipped&type=points", {"Accept-Encoding": refused}).headers
    for wanted in ("GZip", "x-gzip", "*", "identity;q=0, gzip", "br, gzip;q=0.1"):
        answer = read(reader, "key=zipped&type=points", {"Accept-Encoding": wanted})
        assert answer.headers["content-encoding"] == "gzip" and gzip.decompress(answer.body), wanted
    tiny = read(reader, "key=zipped&type=counter", {"Accept-Encoding": "gzip, identity;q=0"})
    assert gzip.decompress(tiny.body) == read(reader, "key=zipped&type=counter").body
    for nothing in ("identity;q=0", "*;q=0"):
        answer = read(reader, "key=zipped&type=counter", {"Accept-Encoding": nothing})
        assert answer.status == 406 and answer.error(), nothing


def test_accept_weighs(reader):
    kind = lambda accept: read(reader, "key=web.1.hits&type=counter", {"Accept": accept}).headers["content-type"]  # noqa: E731
    assert kind("text/csv;q=0.5, application/json") == "application/json"
    assert kind("application/json;q=0, text/CSV") == "text/csv; charset=utf-8; header=present"
    answer = read(reader, "key=web.1.hits&type=counter", {"Accept": "application/json;q=0"})
    assert answer.status == 406 and "text/csv" in answer.error()
    request = b"GET /read?key=web.1.hits&type=counter HTTP/1.1\r\nHost: a\r\nAccept: application/json;q=0\r\nAccept: text/csv\r\n\r\n"
    assert wire.exchange(reader.reader_port, request).headers["content-type"].startswith("text/csv")


def test_conditional_get_of_a_closed_range(reader):
    add(reader, "closed", ("1000-0", 1), ("2000-0", 2), ("3000-0", 4))
    query = "key=closed&type=counter&from=0&to=2500"
    answer = read(reader, query)
    tag = answer.headers["etag"]
    again = read(reader, query, {"If-None-Match": f'"other", {tag}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert answer.headers["cache-control"] == again.headers["cache-control"] == "no-cache"  # asks again, and may keep it
    assert read(reader, query, {"If-None-Match": '"other"'}).body == answer.body
    assert read(reader, "key=closed&type=points&from=0&to=2500").headers["etag"] != tag
    assert read(reader, "key=closed&type=counter&from=0&to=2400").headers["etag"] != tag
    for still_open in ("key=closed&type=counter", "key=closed&type=counter&to=3000", "key=closed&type=counter&to=now"):
        assert "etag" not in read(reader, still_open).headers, still_open
    reader.redis.command("XTRIM", "kilometric.closed", "MAXLEN", 2)
    trimmed = read(reader, query, {"If-None-Match": tag})
    assert (trimmed.status, trimmed.json()["values"][0]["value"]) == (200, 2)


def test_browsers(reader):
    answer = read(reader, "key=web.1.hits&type=counter")
    assert answer.headers["access-control-allow-origin"] == "https://example.com"
    assert answer.headers["access-control-expose-headers"] == "ETag, Kilometric-Kind, Retry-After"
    assert read(reader, "key=").headers["access-control-allow-origin"] == "https://example.com"
    preflight = read(reader, "key=web.1.hits", {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"},
                     "OPTIONS")
    assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (204, "GET, HEAD, OPTIONS")
    with Installation(ingestd=False) as without:
        assert "access-control-allow-origin" not in read(without, "key=k&type=counter").headers


def test_head(reader):
    whole = read(reader, "key=web.1.hits&type=counter")
    head = read(reader, "key=web.1.hits&type=counter", method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(whole.body)))


# Long answers

def assert_grew_little(pid, before_kib):
    """Eight MiB at most. A sanitizer keeps what was freed."""
    assert sanitized() or resident_kib(pid) - before_kib < 8 * 1024


def test_a_long_answer_leaves_in_pieces_and_takes_no_memory(reader):
    """300,000 points: some 12 MB of JSON."""
    fill(reader, "stretch", 300_000, 1000)
    pid = reader.daemons["readerd"].pid
    before = resident_kib(pid)
    values = document(reader, key="stretch", type="points", period=1)["values"]
    assert len(values) == 300_000 and values[-1] == {"from": FILL_START + 299_999_000, "value": 9}
    assert_grew_little(pid, before)


def test_a_client_that_takes_its_time_costs_little_and_holds_nothing_up(reader):
    """Redis is asked for no more than the client takes and the sockets hold."""
    fill(reader, "patience", 1_000_000, 1000)  # some 40 MB of JSON
    pid = reader.daemons["readerd"].pid
    pages = lambda: reader.metrics("readerd").value("kilometric_redis_pages_total")  # noqa: E731
    before, before_kib = pages(), resident_kib(pid)

    def paused():
        read_so_far = pages()
        return read_so_far > before and all(pages() == read_so_far for _ in range(20))
    with wire.HttpConnection(reader.reader_port) as slow:
        slow.send(wire.format_request("GET", "/read?key=patience&type=points&period=1"))
        eventually(paused)
        assert pages() - before < 900
        assert_grew_little(pid, before_kib)
        assert document(reader, key="web.1.hits", type="counter")["values"][0]["value"] == 11
        assert len(slow.response().json()["values"]) == 1_000_000
    reader.redis.command("DEL", "kilometric.patience")


def test_redis_lost_amid_an_answer_cuts_it():
    with Installation(ingestd=False) as reader:
        fill(reader, "cut", 300_000, 1000)
        with wire.HttpConnection(reader.reader_port) as connection:
            connection.send(wire.format_request("GET", "/read?key=cut&type=points&period=1"))
            pages = lambda: reader.metrics("readerd").value("kilometric_redis_pages_total")  # noqa: E731
            eventually(lambda: pages() > 2)  # it has begun, and its client takes nothing yet
            reader.redis.stop()
            with pytest.raises(ConnectionError):
                connection.response()
        reader.redis.start()
        eventually(lambda: reader.read("cut").status == 200)


# Tiers

def with_tiers(reader, key, rng):
    """Random entries over 80 days, and the tiers that ingestd would have made of them."""
    start = 1_600_000_000_000 // DAY * DAY + 5 * HOUR
    entries = sorted({start + rng.randrange(80 * DAY): rng.randrange(1, 100) for _ in range(1500)}.items())
    add(reader, key, *((f"{ms}-0", count) for ms, count in entries))
    for unit, name in ((HOUR, "hour"), (DAY, "day")):
        sums = {}
        for ms, count in entries:
            sums[ms // unit * unit] = sums.get(ms // unit * unit, 0) + count
        closed = sorted(sums.items())[:-1]
        reader.redis.pipeline([("XADD", f"kilometric:{name}.{key}", f"{ms}-0", "count", count) for ms, count in closed])
    return entries


def expected(entries, start, end, period_ms):
    sums = {}
    for ms, count in entries:
        if start <= ms <= end:
            sums[ms // period_ms * period_ms] = sums.get(ms // period_ms * period_ms, 0) + count
    return [{"from": ms, "value": count} for ms, count in sorted(sums.items())]


def test_tiers_say_what_the_raw_stream_says(reader, seed):
    rng = random.Random(seed)
    entries = with_tiers(reader, "tiered", rng)
    first, last = entries[0][0], entries[-1][0]
    assert document(reader, key="tiered", type="counter")["values"] == [
        {"from": first, "to": last, "value": sum(count for _, count in entries)}]
    for _ in range(60):
        start, end = sorted(rng.choice([rng.randrange(first - DAY, last + DAY), rng.randrange(first, last) // HOUR * HOUR,
                                        rng.choice(entries)[0]]) for _ in range(2))
        wanted = [(ms, count) for ms, count in entries if start <= ms <= end]
        values = document(reader, key="tiered", type="counter", **{"from": start}, to=end)["values"]
        assert values == ([{"from": wanted[0][0], "to": wanted[-1][0], "value": sum(count for _, count in wanted)}]
                          if wanted else []), (start, end)
        period = rng.choice([60, 3600, 5400, 7200, 86_400, 7 * 86_400])
        points = document(reader, key="tiered", type="points", period=period, **{"from": start}, to=end)["values"]
        assert points == expected(entries, start, end, period * 1000), (start, end, period)
        backwards = document(reader, key="tiered", type="points", period=period, order="desc", **{"from": start}, to=end)
        assert backwards["values"] == points[::-1], (start, end, period)


def test_tiers_are_used(reader, seed):
    with_tiers(reader, "quick", random.Random(seed))
    before = reader.metrics("readerd").value("kilometric_redis_pages_total")
    document(reader, key="quick", type="counter")
    assert reader.metrics("readerd").value("kilometric_redis_pages_total") - before <= 4


def test_tiers_outlive_the_raw_stream(reader, seed):
    entries = with_tiers(reader, "trimmed", random.Random(seed))
    boundary = entries[-1][0] // DAY * DAY - 10 * DAY
    for stream in ("kilometric.trimmed", "kilometric:hour.trimmed"):
        reader.redis.command("XTRIM", stream, "MINID", boundary)
    total = document(reader, key="trimmed", type="counter")["values"][0]
    assert total == {"from": entries[0][0] // DAY * DAY, "to": entries[-1][0], "value": sum(count for _, count in entries)}
    days = document(reader, key="trimmed", type="points", period=86_400)["values"]
    assert days == expected(entries, 0, entries[-1][0], DAY)
    hours = document(reader, key="trimmed", type="points", period=3600)["values"]
    assert hours == expected(entries, boundary, entries[-1][0], HOUR)


def test_a_tier_that_is_no_stream_is_done_without(reader):
    add(reader, "untiered", (f"{DAY}-0", 1), (f"{9 * DAY}-0", 2))
    reader.redis.command("SET", "kilometric:hour.untiered", "text")
    reader.redis.command("SET", "kilometric:day.untiered", "text")
    assert document(reader, key="untiered", type="counter")["values"][0]["value"] == 3


def test_the_ends_of_a_total_of_which_raw_entries_are_trimmed(reader):
    """They are as exact as what is left: the hour, also when the day is in its tier meanwhile."""
    hours = [9 * DAY + 5 * HOUR, 9 * DAY + 22 * HOUR]
    add(reader, "ends", (f"{11 * DAY}-0", 1))
    for ms in hours:
        reader.redis.command("XADD", "kilometric:hour.ends", f"{ms}-0", "count", 7)
    query = {"key": "ends", "type": "counter", "to": 10 * DAY}
    assert document(reader, **query)["values"] == [{"from": hours[0], "to": hours[1], "value": 14}]
    reader.redis.command("XADD", "kilometric:day.ends", f"{9 * DAY}-0", "count", 14)
    assert document(reader, **query)["values"] == [{"from": hours[0], "to": hours[1], "value": 14}]
    add(reader, "within", (f"{9 * DAY + 10 * HOUR + 5}-0", 3), (f"{11 * DAY}-0", 1))
    for ms, count in ((9 * DAY + 2 * HOUR, 5), (9 * DAY + 10 * HOUR, 7)):
        reader.redis.command("XADD", "kilometric:hour.within", f"{ms}-0", "count", count)
    assert document(reader, key="within", type="counter", to=10 * DAY)["values"] == [
        {"from": 9 * DAY + 2 * HOUR, "to": 9 * DAY + 10 * HOUR + 5, "value": 12}]


def test_many_filled_periods_take_no_memory(reader):
    """100,000 of them, on which a long name stands each time: some 50 MB, that the client does not take."""
    pid = reader.daemons["readerd"].pid
    before = resident_kib(pid)
    key = '"' * 255
    target = "/read?" + urllib.parse.urlencode({"key": key, "type": "points", "fill": 0, "period": 1, "from": 1,
                                                "to": 99_990_000, "format": "ndjson"})
    with wire.HttpConnection(reader.reader_port) as slow:
        slow.send(wire.format_request("GET", target))
        eventually(lambda: reader.metrics("readerd").value("kilometric_http_connections") == 2)
        assert document(reader, key="web.1.hits", type="counter")["values"]
        assert_grew_little(pid, before)
        assert slow.response().body.count(b"\n") == 99_991


def test_a_hostile_pattern_holds_nobody_up(reader):
    """It is matched in slices, between which others are answered."""
    reader.redis.pipeline([("ZADD", "kilometric:keys", 0, "a" * 250 + f"{index:04}") for index in range(1000)])
    pattern = "*" + "a" * 100 + "{b,c,d,e,f,g,h,i,j,k}{b,c,d,e,f,g,h,i,j,k}"
    with wire.HttpConnection(reader.reader_port) as hostile, wire.HttpConnection(reader.reader_port) as other:
        hostile.send(wire.format_request("GET", "/keys?" + urllib.parse.urlencode({"match": pattern})))
        answers = 0
        while not select.select([hostile.descriptor], [], [], 0)[0]:
            assert other.request("GET", "/metrics").status == 200
            answers += 1
        assert hostile.response().json() == {"keys": []}
    assert answers > 50  # some 800 slices
    reader.redis.pipeline([("ZREM", "kilometric:keys", "a" * 250 + f"{index:04}") for index in range(1000)])
