"""Timers, from lines of every form to the entries in Redis, held against a plain model."""

import random

import pytest

from harness import Installation
from processes import eventually
from test_tiers import HOUR, redis_ms
from timer_model import Timer, timer_of


def stream(redis, key, tier=""):
    return redis.command("XRANGE", f"kilometric:timer{tier}.{key}", "-", "+")


def held(installation, key):
    """What all entries of a key say together."""
    return timer_of(stream(installation.redis, key))


@pytest.fixture(scope="module")
def shared():
    with Installation() as installation:
        yield installation


def test_an_entry_as_it_lies_in_redis(shared):
    shared.send_datagram(b"page:1|ms\npage:2|h\npage:2|d")
    shared.flush()
    [(_, fields)] = stream(shared.redis, "page")
    assert fields == [b"count", b"3", b"sum", b"5", b"min", b"1", b"max", b"2", b"sq", b"9",
                      b"bins", bytes.fromhex("05820f0250fe80")]
    assert shared.redis.command("ZSCORE", "kilometric:timer:keys", "page") == b"0"
    assert shared.redis.command("EXISTS", "kilometric.page") == 0
    assert shared.redis.command("ZSCORE", "kilometric:keys", "page") is None


FORMS = {  # lines of one key, and the samples they are: value, rate
    "one of each type": ("k:1|ms\nk:2|h\nk:3|d", [("1", "1"), ("2", "1"), ("3", "1")]),
    "fractions": ("k:0.1|ms\nk:12.345678901234|ms\nk:.5|h\nk:7.|d",
                  [("0.1", "1"), ("12.345678901234", "1"), ("0.5", "1"), ("7", "1")]),
    "signs": ("k:-3|ms\nk:+4|ms\nk:-0.25|d", [("-3", "1"), ("4", "1"), ("-0.25", "1")]),
    "exponents": ("k:1e3|ms\nk:25E-1|ms", [("1000", "1"), ("2.5", "1")]),
    "rates": ("k:8|ms|@0.1\nk:5|h|@0.5\nk:5|d|@1", [("8", "0.1"), ("5", "0.5"), ("5", "1")]),
    "a rate that is no whole weight": ("k:30|ms|@0.3\nk:7|ms|@0.7", [("30", "0.3"), ("7", "0.7")]),
    "packed": ("k:1:2:3.5|ms|@0.5", [("1", "0.5"), ("2", "0.5"), ("3.5", "0.5")]),
    "several samples": ("k:1|ms:2|ms|@0.1:3|h", [("1", "1"), ("2", "0.1"), ("3", "1")]),
    "sections": ("k:1|ms|#\nk:2|d|@0.5|T1656581400|c:x", [("1", "1"), ("2", "0.5")]),
    "zeros": ("k:0|ms\nk:-0|ms\nk:0.0|h\nk:1e-400|d", [("0", "1")] * 3 + [("0", "1")]),
    "tiny and large": ("k:9007199254740992|ms\nk:-9007199254740992|ms\nk:0.000000001|ms\nk:1e-9|h",
                       [("9007199254740992", "1"), ("-9007199254740992", "1"), ("1e-9", "1"), ("1e-9", "1")]),
}


@pytest.mark.parametrize("via", ["udp", "http"])
@pytest.mark.parametrize("form", FORMS)
def test_lines(shared, form, via):
    text, samples = FORMS[form]
    key = f"{via}.{form.replace(' ', '.')}"
    lines = "\n".join(key + line[1:] for line in text.split("\n")).encode()
    before = shared.lines(via)
    if via == "udp":
        shared.send_datagram(lines)
    else:
        assert shared.post_lines(lines).status == 204
    shared.flush()
    model = Timer()
    for value, rate in samples:
        model.add(value, rate)
    assert held(shared, key).says(model)
    count = lines.count(b"\n") + 1
    assert shared.lines(via) - before == {"received": count, "accepted": count}


@pytest.mark.parametrize("sample, reason", [
    ("NaN|ms", "bad_value"), ("nan|h", "bad_value"), ("inf|d", "bad_value"), ("-Infinity|ms", "bad_value"),
    ("1e308|ms", "bad_value"), ("1e999|ms", "bad_value"), ("9007199254740993|ms", "bad_value"), ("|ms", "bad_value"),
    ("+|ms", "bad_value"), ("1:x|ms", "bad_value"), ("1|ms:x|ms", "bad_value"), ("1|ms|@0", "bad_rate"),
    ("1|ms|@2", "bad_rate"), ("1|ms|@NaN", "bad_rate"), ("1|ms|@-1", "bad_rate"), ("1|mss", "bad_type")])
def test_what_is_no_sample(shared, sample, reason):
    for via, send in (("udp", shared.send_datagram), ("http", shared.post_lines)):
        before = shared.lines(via)
        send(f"bad.sample:{sample}".encode())
        shared.await_received()
        assert shared.lines(via) - before == {"received": 1, reason: 1}
    shared.track("bad.end")
    shared.flush()
    assert shared.redis.command("EXISTS", "kilometric:timer.bad.sample") == 0


def test_a_denormal_is_as_sent(shared):
    shared.send_datagram(b"denormal:5e-324|ms\ndenormal:1e-310|ms")
    shared.flush()
    found = held(shared, "denormal")
    assert (found.least, found.most, found.total) == (5e-324, 1e-310, 0)
    assert found.bins == {0: 2048}


def test_one_name_of_two_kinds_is_two_metrics(shared):
    shared.send_datagram(b"both:3|c\nboth:7|ms\nboth:4|c\nboth:8|ms")
    shared.flush()
    assert shared.sums()["both"] == 7
    model = Timer()
    model.add("7")
    model.add("8")
    assert held(shared, "both").says(model)


def send(installation, rng, keys, samples):
    """Random samples by both ways, over whatever workers and intervals there are. Returns the models."""
    models = {key: Timer() for key in keys}
    lines = []
    for _ in range(samples):
        key = rng.choice(keys)
        value = f"{rng.lognormvariate(3, 1.5) * rng.choice([1, 1, 1, -1]):.3f}"
        rate = rng.choice(["1"] * 20 + ["0.1", "0.5", "0.3"])
        models[key].add(value, rate)
        lines.append(f"{key}:{value}|ms" + ("" if rate == "1" else f"|@{rate}"))
    for start in range(0, len(lines), 50):
        some = "\n".join(lines[start:start + 50]).encode()
        if start % 500 == 0:
            assert installation.post_lines(some).status == 204
        else:
            installation.send_datagram(some, source=start % 7)
        if start % 1000 == 0:
            installation.await_received()
    return models


def test_workers_and_intervals_add_up():
    rng = random.Random(1)
    with Installation(readerd=False, workers=2) as installation:
        models = send(installation, rng, [f"many.{index}" for index in range(7)], 10_000)
        models |= send(installation, rng, ["one"], 5_000)
        installation.flush()
        for key, model in models.items():
            assert held(installation, key).says(model), key


def test_killed_workers_count_each_sample_once():
    rng = random.Random(2)
    with Installation(readerd=False, workers=2) as installation:
        total = {}
        for round_ in range(6):
            for key, model in send(installation, rng, [f"killed.{index}" for index in range(3)], 1_000).items():
                total.setdefault(key, Timer()).merge(model)
            installation.kill_worker(round_ % 2)
        installation.flush()
        for key, model in total.items():
            assert eventually(lambda: held(installation, key).says(model))


def test_tiers_hold_what_raw_entries_add_up_to():
    with Installation(readerd=False, workers=1) as installation:
        installation.send_datagram(b"sample:1|ms\nsample:20|ms|@0.1")
        installation.send_datagram(b"other:-3.25|h\nother:4000|h")
        installation.flush()
        entries = [stream(installation.redis, key)[0][1] for key in ("sample", "other")]
        redis, now = installation.redis, redis_ms(installation.redis)
        first = now - now % HOUR - 3 * HOUR
        redis.pipeline([("XADD", "kilometric:timer.past", f"{first + hour * HOUR + index * 1000}-7", *entries[index % 2])
                        for hour in range(3) for index in range(500)] + [("XADD", "kilometric:timer.past", f"{now}-7", *entries[0])])
        redis.command("ZADD", "kilometric:timer:keys", 0, "past")
        installation.restart()
        eventually(lambda: len(stream(redis, "past", ":hour")) == 3, within=60)
        for hour, (entry, fields) in enumerate(stream(redis, "past", ":hour")):
            assert entry == f"{first + hour * HOUR}-0".encode()
            raw = redis.command("XRANGE", "kilometric:timer.past", first + hour * HOUR, first + (hour + 1) * HOUR - 1)
            assert len(raw) == 500
            assert timer_of([(entry, fields)]).says(timer_of(raw))


def test_what_an_entry_takes_of_redis():
    """Of samples over three decades; what an entry takes among many, as a stream has memory of its own."""
    rng = random.Random(3)
    most = {10: 75, 100: 115, 1_000: 250, 10_000: 360}
    with Installation(readerd=False, workers=1, flush_interval=3600) as installation:
        for samples in most:
            lines = [f"size.{samples}:{rng.lognormvariate(7, 1.151):.0f}|ms" for _ in range(samples)]
            installation.send_datagrams(["\n".join(lines[at:at + 50]).encode() for at in range(0, samples, 50)])
        installation.await_received()
        installation.stop("ingestd")
        for samples, limit in most.items():
            assert installation.redis.memory_of_an_entry(f"kilometric:timer.size.{samples}") < limit, samples
