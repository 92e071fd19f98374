"""Gauges: set and added to, over workers, restarts, hosts and hours, as they are read back."""

import random
import signal
from decimal import Decimal

import pytest

from harness import Installation
from processes import eventually, send_signal
from redis_server import RedisServer
from test_tiers import BASE, DAY, HOUR, redis_ms, whole_pass

MINUTE = 60_000


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(str(tmp_path / "redis"))
    server.start()
    yield server
    server.clean_up()


def send(installation, *datagrams, source=0):
    """All from one port, so to one worker, and in order."""
    for datagram in datagrams:
        installation.send_datagram(datagram, source)
    installation.await_received()


def entries(redis, key, stream="kilometric:gauge."):
    """[(ms, {field: text})]"""
    return [(int(entry.split(b"-")[0]), {name.decode(): text.decode() for name, text in zip(fields[::2], fields[1::2])})
            for entry, fields in redis.command("XRANGE", stream + key, "-", "+")]


def values(installation, key, **parameters):
    """[(from, value)], exact."""
    found = installation.read_json(key, kind="gauge", **{"type": "points", **parameters})["values"]
    return [(value["from"], value["value"]) for value in found]


def last(installation, key, **parameters):
    """The last value, over all time unless told otherwise."""
    [value] = installation.read_json(key, "value", kind="gauge", **parameters)["values"]
    return Decimal(str(value["value"]))


# Counting

def test_set_and_added_to():
    with Installation() as installation:
        send(installation, b"g:10|g\ng:+5|g\ng:-2.5|g\n", b"g:+0.000000000001|g")
        installation.flush()
        assert last(installation, "g") == Decimal("12.500000000001")
        send(installation, b"g:+1|g", b"other:-7|g")
        installation.flush()
        assert last(installation, "g") == Decimal("13.500000000001")
        assert last(installation, "other") == -7, "without a value before it, it begins at 0"
        send(installation, b"g:3|g")
        installation.flush()
        assert last(installation, "g") == 3


def test_the_two_lines_of_a_negative_value():
    """As python3-statsd sends one: 0, and what is to be taken off it."""
    with Installation() as installation:
        send(installation, b"g:100|g", b"g:0|g\ng:-5|g")
        installation.flush()
        assert last(installation, "g") == -5
        assert installation.lines("udp") == {"received": 3, "accepted": 3}


def test_rates_say_nothing_of_a_gauge():
    with Installation() as installation:
        send(installation, b"set:7|g|@0.1", b"add:+3|g|@0.25")
        installation.flush()
        assert (last(installation, "set"), last(installation, "add")) == (7, 3)
        answer = installation.read("set", "rate", kind="gauge")
        assert answer.status == 400, answer


def test_signs_that_are_part_of_the_value():
    with Installation(gauge_sign="absolute") as installation:
        send(installation, b"g:10|g", b"g:-5|g")
        installation.flush()
        assert last(installation, "g") == -5
        send(installation, b"g:+4|g")
        installation.flush()
        assert last(installation, "g") == 4


def test_bad_values():
    with Installation() as installation:
        bad = [b"g:|g", b"g:+|g", b"g:nan|g", b"g:inf|g", b"g:1e308|g", b"g:9007199254740993|g", b"g:--1|g"]
        send(installation, *bad)
        assert installation.lines("udp") == {"received": len(bad), "bad_value": len(bad)}
        send(installation, b"g:-0|g", b"h:1e-12|g", b"h:9007199254740992|g")
        installation.flush()
        assert (last(installation, "g"), last(installation, "h")) == (0, 2 ** 53)


def test_an_entry_as_redis_shows_it():
    with Installation(flush_interval=3600, workers=1) as installation:
        before = redis_ms(installation.redis) - 1000  # the clocks are as near as an answer takes
        send(installation, b"g:42|g\ng:44.5|g\ng:-3|g", b"only:-2|g\nonly:+1|g")
        after = redis_ms(installation.redis) + 1000
        installation.stop()
        [(ms, fields)] = entries(installation.redis, "g")
        assert before <= int(fields.pop("at")) <= after and before - 3_600_000 <= ms
        assert list(fields.items()) == [("last", "41.5"), ("min", "42"), ("max", "44.5"), ("sum", "86.5"), ("count", "2"),
                                        ("add", "-3")]
        [(_, fields)] = entries(installation.redis, "only")
        assert before <= int(fields.pop("at")) <= after
        assert fields == {"add": "-1"}
        assert installation.redis.command("ZRANGE", "kilometric:gauge:keys", 0, -1) == [b"g", b"only"]


def test_statistics():
    with Installation() as installation:
        send(installation, b"g:1|g\ng:5|g\ng:3|g")
        installation.flush()
        [value] = installation.read_json("g", "value", kind="gauge", stat="last,min,max,mean")["values"]
        assert {name: value[name] for name in ("last", "min", "max", "mean")} == {"last": 3, "min": 1, "max": 5, "mean": 3}


def test_what_an_entry_takes_of_redis():
    """What an entry takes among many, as a stream has memory of its own. Of each, ten bytes are `at`."""
    with Installation(readerd=False, workers=1, flush_interval=3600) as installation:
        send(installation, b"set:42|g", b"sets:42.5|g\nsets:40|g\nsets:39.25|g", b"added:+3|g",
             b"long:1234567.25|g\nlong:+12.5|g\nlong:1234580|g")
        installation.stop("ingestd")
        for key, limit in ("set", 45), ("sets", 63), ("added", 35), ("long", 70):
            assert installation.redis.memory_of_an_entry(f"kilometric:gauge.{key}") <= limit, key


# Workers, hosts, restarts

def test_what_two_workers_add():
    with Installation(workers=2) as installation:
        send(installation, b"g:1000|g")
        installation.flush()
        for index in range(200):
            installation.send_datagram(b"g:+1|g" if index % 4 else b"g:-2|g", index)
        installation.flush()
        assert last(installation, "g") == 1000 + 150 - 100
        assert len({pid for pid in installation.workers()}) == 2


def test_an_add_after_a_restart_adds_to_what_was():
    with Installation() as installation:
        send(installation, b"g:10|g\ng:+1|g")
        installation.restart()
        send(installation, b"g:+1|g")
        for end in (installation.kill_worker, installation.kill_flusher):
            end()
            send(installation, b"g:+1|g")
        installation.crash()
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        send(installation, b"g:+1|g")
        installation.flush()
        assert last(installation, "g") == 15


def test_two_hosts(redis):
    with Installation(redis=redis) as one, Installation(redis=redis, readerd=False) as other:
        send(one, b"g:10|g")
        one.flush()
        send(other, b"g:+5|g")
        other.flush()
        assert last(one, "g") == 15
        send(other, b"g:100|g")
        other.flush()
        send(one, b"g:-1|g")
        one.flush()
        assert last(one, "g") == 99


def test_a_host_that_comes_back_late_sets_nothing_that_was_set_since(redis):
    with Installation(redis=redis) as one, Installation(redis=redis, readerd=False) as other:
        one.flush()
        send(other, b"g:5|g")
        other.flush()
        flusher = other.flusher()
        send_signal(flusher, signal.SIGSTOP)
        send(other, b"g:7|g\ng:+1|g")
        eventually(lambda: other.metrics().value("kilometric_lines_accepted_total", via="udp") >= 3)
        one.flush()  # what is set next is later by more than the two hosts' clocks may differ
        send(one, b"g:50|g")
        one.flush()
        send_signal(flusher, signal.SIGCONT)
        other.flush()
        assert last(one, "g") == 51, "what was added counts, what was set is older"
        [value] = one.read_json("g", "value", kind="gauge", stat="min,max")["values"]
        assert (value["min"], value["max"]) == (5, 51)


# Tiers

def add(redis, key, samples):
    """Raw entries: [(ms, "set" or "add", value)]."""
    commands = []
    for ms, what, value in samples:
        fields = ("add", value, "at", ms)
        if what == "set":
            fields = ("last", value, "at", ms, "min", value, "max", value, "sum", value, "count", 1)
        commands.append(("XADD", "kilometric:gauge." + key, f"{ms}-7", *fields))
    redis.pipeline(commands)
    redis.command("ZADD", "kilometric:gauge:keys", 0, key)


def plain(samples):
    """[(ms, value)]"""
    found, value = [], Decimal(0)
    for ms, what, number in samples:
        value = Decimal(number) + (value if what == "add" else 0)
        found.append((ms, value))
    return found


def plain_hours(samples, step=HOUR):
    """{start: (last, min, max, sum, count)} of closed ones."""
    hours = {}
    for ms, value in plain(samples):
        hours.setdefault(ms // step * step, []).append(value)
    hours.pop(max(hours))
    return {start: (values[-1], min(values), max(values), sum(values), len(values)) for start, values in hours.items()}


def tier(redis, key, name):
    return {ms: (*(Decimal(fields[field]) for field in ("last", "min", "max", "sum")), int(fields["count"]))
            for ms, fields in entries(redis, key, f"kilometric:gauge:{name}.")}


def walk(seed, begin, count, gap):
    """Random samples, `gap` ms apart on average."""
    rng = random.Random(seed)
    ms, samples = begin, []
    for index in range(count):
        ms += rng.randrange(1, 2 * gap)
        samples.append((ms, "add" if index and rng.random() < 0.9 else "set", rng.randrange(-50, 51)))
    return samples


def test_tiers_say_what_the_value_was(redis):
    keys = {f"walk.{seed}": walk(seed, BASE, 400, 20 * MINUTE) for seed in range(5)}
    for key, samples in keys.items():
        add(redis, key, samples[:200])
    with Installation(redis=redis, workers=1) as installation:
        def filled():
            for key, samples in keys.items():
                assert tier(redis, key, "hour") == plain_hours(samples), key
            return True
        keys_before, keys = keys, {key: samples[:200] for key, samples in keys.items()}
        eventually(filled, 30, None)
        keys = keys_before
        for key, samples in keys.items():
            add(redis, key, samples[200:])  # they build on the tier's last entry
        whole_pass(installation)
        eventually(filled, 30, None)
        for key, samples in keys.items():
            days = tier(redis, key, "day")
            hours = plain_hours(samples)
            for start, (value, least, most, total, count) in days.items():
                within = [hour for ms, hour in hours.items() if start <= ms < start + DAY]
                assert (value, count) == (within[-1][0], sum(hour[4] for hour in within))
                assert (least, most, total) == (min(hour[1] for hour in within), max(hour[2] for hour in within),
                                                sum(hour[3] for hour in within))
        for key, samples in keys.items():
            found = values(installation, key, period=3600)
            assert {ms: Decimal(str(value)) for ms, value in found[:-1]} == \
                {ms: hour[0] for ms, hour in plain_hours(samples).items()}
            assert values(installation, key, period=3600, order="desc") == found[::-1]


def test_what_is_added_builds_on_a_value_that_is_past_all_retentions(redis):
    now = redis_ms(redis)
    old = [(now - 20 * DAY, "set", 1000), (now - 20 * DAY + 1, "add", 5)]
    new = [(now - 2 * DAY + at * 2 * MINUTE, "add", 1) for at in range(1200)]  # so many are packed, and trimmed
    add(redis, "old", old + new)
    add(redis, "ended", old)
    with Installation(redis=redis, workers=1, retention_raw="1d", retention_hour="2d", retention_day="3d") as installation:
        for _ in range(4):
            whole_pass(installation)
        assert entries(redis, "old")[0][0] > now - 26 * HOUR, "nothing is trimmed; the test proves nothing"
        assert redis.command("XLEN", "kilometric:gauge:points.old") >= 39
        assert last(installation, "old") == 2205
        send(installation, b"old:+1|g")
        installation.flush()
        assert last(installation, "old") == 2206
        eventually(lambda: redis.command("ZSCORE", "kilometric:gauge:keys", "ended") is None)
        assert entries(redis, "ended") == []


# Reading

def test_ranges_and_orders(redis):
    samples = walk(1, BASE, 3000, 10 * MINUTE // 3)
    add(redis, "g", samples)
    found = plain(samples)
    with Installation(redis=redis, workers=1) as installation:
        eventually(lambda: tier(redis, "g", "hour") == plain_hours(samples), 30, None)
        rng = random.Random(2)
        for _ in range(40):
            begin, end = sorted(rng.sample(range(BASE, samples[-1][0]), 2))
            period = rng.choice([10, 60, 3600, 86400])
            expected = {}
            for ms, value in found:
                if begin <= ms <= end:
                    expected[ms // (period * 1000) * period * 1000] = value
            for order in ("asc", "desc"):
                read = values(installation, "g", period=period, order=order, **{"from": begin, "to": end})
                assert {ms: Decimal(str(value)) for ms, value in read} == expected
                assert [ms for ms, _ in read] == sorted(expected, reverse=order == "desc")


def test_fill_prev(redis):
    begin = BASE + HOUR
    add(redis, "g", [(begin - MINUTE - 5, "set", 3), (begin + 2 * MINUTE + 10, "add", 2), (begin + 20 * MINUTE, "set", 9)])
    with Installation(redis=redis, ingestd=False) as installation:
        def filled(**parameters):
            return [((ms - begin) // MINUTE, value) for ms, value in values(installation, "g", fill="prev", **parameters)]
        in_order = [(0, 3), (1, 3), (2, 5), (3, 5), (4, 5), (5, 5), (6, 5), (7, 5), (8, None), (9, None)]
        limits = {"from": begin, "to": begin + 10 * MINUTE - 1}
        assert filled(**limits) == in_order
        assert filled(**limits, order="desc") == in_order[::-1]
        assert filled(**limits, order="desc", limit=3) == [(9, None), (8, None), (7, 5)]
        assert filled(**{"from": begin + 3 * MINUTE, "to": begin + 4 * MINUTE - 1}) == [(3, 5)]
        answer = installation.read("g", "points", kind="counter", fill="prev")
        assert answer.status == 400 and "fill" in answer.json()["error"], answer
    with Installation(redis=redis, ingestd=False, gauge_stale=0) as installation:
        read = values(installation, "g", fill="prev", **{"from": begin, "to": begin + 21 * MINUTE - 1})
        assert [value for _, value in read] == [3, 3] + [5] * 18 + [9]
    with Installation(redis=redis, ingestd=False, gauge_stale=60) as installation:
        read = values(installation, "g", fill="prev", **{"from": begin, "to": begin + 6 * MINUTE - 1})
        assert [value for _, value in read] == [None, None, 5, 5, None, None]


def test_the_sum_of_gauges(redis):
    add(redis, "host.a", [(BASE + 1000, "set", 10), (BASE + 2 * MINUTE, "set", 20)])
    add(redis, "host.b", [(BASE + 2000, "set", 1), (BASE + MINUTE, "add", 1), (BASE + 2 * MINUTE + 1, "add", 1)])
    with Installation(redis=redis, ingestd=False) as installation:
        def summed(**parameters):
            return [value for _, value in values(installation, "host.*", sum=1, **parameters)]
        assert summed() == [11, 2, 23]
        assert summed(fill="prev") == [11, 12, 23]
        assert installation.read("host.*", "points", kind="gauge", sum=1, stat="max").status == 400
