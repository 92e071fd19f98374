"""Clocks that are wrong or jump, and several instances on one Redis. The clock is set by faketime, from
outside; the processes are the real ones."""

import contextlib
import glob
import time

from harness import Installation
from load import Load
from processes import eventually
from proof import assert_exact
from proxy import Proxy

[FAKETIME] = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")


def fake_clock(path):
    """The environment of a process whose wall clock is off by what stands in the file."""
    return {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(path), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def entries_grow(installation, key):
    identities = [tuple(map(int, identity.split("-"))) for identity, _ in installation.entries(key)]
    assert identities == sorted(set(identities)) and identities


def test_redis_own_clock_jumps(seed):
    """By an hour, back and forth: IDs still grow, and everything arrives."""
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        with Installation(redis=owner.redis, readerd=False, redis_url=wire.url) as installation:
            with Load(installation, seed) as load:
                for offset in (3600, 0, -3600, 7200, 0):
                    sent, times = owner.redis.calls("xadd"), wire.times
                    wire.clock_off = offset
                    eventually(lambda: wire.times > times + 3 or not offset)
                    eventually(lambda: owner.redis.calls("xadd") > sent + 1000)
            assert_exact(installation, load)
            entries_grow(installation, "udp.1")


def test_redis_own_clock_is_followed_while_batches_wait(seed):
    """Each batch takes as long as several intervals, so that there is no moment at which nothing waits."""
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        with Installation(redis=owner.redis, readerd=False, redis_url=wire.url, flush_interval=0.05) as installation:
            waiting = lambda: installation.metrics().value("kilometric_batches_pending")  # noqa: E731
            with Load(installation, seed) as load:
                wire.delay = 0.3
                eventually(lambda: waiting() > 20)
                wire.clock_off = 3600
                eventually(lambda: wire.times > 3)
                assert waiting() > 20
                wire.delay = 0
            assert_exact(installation, load)
            entries_grow(installation, "udp.1")


def test_a_host_that_was_away_for_days_does_not_count_again_what_was_trimmed_meanwhile():
    """Its spool still keeps the batches of its last two minutes. They are older than what ends first, so they are no
    longer looked up."""
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        with Installation(redis=owner.redis, readerd=False, redis_url=wire.url, retention_raw_sets="1d") as installation:
            installation.track("away", 7)
            installation.flush()
            [(identity, _)] = installation.entries("away")
            installation.stop()
            kept = lambda: set(glob.glob(f"{installation.settings['state_dir']}/spool/kept/*"))  # noqa: E731
            before = kept()
            assert before
            ms = int(identity.split("-")[0])
            owner.redis.command("XADD", "kilometric.away", f"{ms + 1}-1", "count", 1)  # by another host
            owner.redis.command("XTRIM", "kilometric.away", "MINID", ms + 1)
            wire.clock_off = 2 * 86_400
            installation.launch("ingestd")
            installation.await_ready("ingestd")
            eventually(lambda: not before & kept())
            installation.track("away", 2)
            installation.flush()
            assert installation.sums()["away"] == 3


def test_what_came_late_is_not_trimmed_as_long_as_it_may_be_looked_up():
    """Counted two days ago, and sent only now: it is past its retention at once. When Redis then comes back
    as another run, it must still be there to be found, or it would count twice."""
    day_ms = 86_400_000
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        with Installation(redis=owner.redis, redis_url=wire.url, retention_raw="1d") as installation:
            def passes(count):
                """So many more walks over the index: one an hour, which is noticed with a new connection."""
                done = installation.metrics().value("kilometric_tier_passes_total")
                for more in range(1, count + 1):
                    wire.clock_off += 3_600
                    wire.cut()
                    eventually(lambda: installation.metrics().value("kilometric_tier_passes_total") >= done + more)

            owner.redis.pipeline([("XADD", "kilometric.late", f"{1 + at}-0", "count", 0) for at in range(1001)])
            installation.flush()  # the clock of Redis is known
            owner.redis.pause()
            installation.track("late", 7)
            eventually(lambda: installation.metrics().value("kilometric_batches_pending") > 0)
            wire.clock_off = 2 * 86_400
            owner.redis.resume()
            wire.cut()
            installation.flush()
            installation.track("late", 2)
            installation.flush()
            [(late, _), (now, _)] = installation.entries("late")[-2:]
            assert int(now.split("-")[0]) - int(late.split("-")[0]) > day_ms
            passes(3)
            assert [owner.redis.command("XLEN", f"kilometric:{tier}.late") for tier in ("hour", "points")] == [2, 2]
            owner.redis.stop()
            owner.redis.start()
            eventually(lambda: "Redis is another run" in installation.log())
            passes(2)
            installation.flush()
            assert installation.counter("late") == 9


def test_an_hour_begins_by_redis_own_clock():
    """The hour before is closed, and soon in its tier, though nobody starts or reconnects. The pass comes two intervals
    after the hour, of a second each: by then there is an entry in it, on a busy machine, too."""
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        hour, hour_ms = 3600, 3_600_000
        begin = time.time() // hour * hour
        wire.clock_off = begin + hour / 2 - time.time()
        with Installation(redis=owner.redis, readerd=False, redis_url=wire.url, flush_interval=1) as installation:
            def tier():
                installation.track("hours")
                return [entry for entry, _ in owner.redis.command("XRANGE", "kilometric:hour.hours", "-", "+")]

            installation.track("hours")
            installation.flush()
            first = int(installation.entries("hours")[0][0].split("-")[0]) // hour_ms * hour_ms
            wire.clock_off = begin + hour - 2 - time.time()
            assert eventually(tier) == [b"%d-0" % first]
            eventually(lambda: installation.metrics().value("kilometric_tier_passes_total") == 2)
            wire.clock_off = -5 * hour
            eventually(lambda: installation.metrics().value("kilometric_tier_passes_total") == 3)


def test_the_host_s_clock_jumps(tmp_path, seed):
    """ingestd's own clock names no entry as long as Redis answers."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    with Installation(readerd=False, environment=fake_clock(clock)) as installation:
        with Load(installation, seed) as load:
            for offset in ("+3600", "-3600", "+0"):
                sent = installation.redis.calls("xadd")
                clock.write_text(offset)
                time.sleep(1.5)
                eventually(lambda: installation.redis.calls("xadd") > sent + 1000)
        assert_exact(installation, load)
        for identity, _ in installation.entries("udp.1"):
            assert abs(int(identity.split("-")[0]) / 1000 - time.time()) < 120


def test_three_instances_with_the_same_keys_one_of_them_off_by_ten_minutes(tmp_path, seed, rng):
    clock = tmp_path / "clock"
    clock.write_text("-600")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(Installation(readerd=False))
        others = [stack.enter_context(Installation(readerd=False, redis=first.redis, environment=some))
                  for some in ({}, fake_clock(clock))]
        with contextlib.ExitStack() as loads_stack:
            loads = [loads_stack.enter_context(Load(installation, seed + number))
                     for number, installation in enumerate([first, *others])]
            for _ in range(4):
                time.sleep(rng.random())
                rng.choice([first, *others]).kill_flusher()
                first.redis.kill()
                first.redis.start()
        for installation in (first, *others):
            eventually(lambda: installation.metrics().value("kilometric_batches_pending") == 0)
            installation.flush()
        assert_exact(first, *loads, workers_remembered=False)
        entries_grow(first, "udp.1")


def test_a_day_that_passes_is_closed():
    """By the pass behind the hour that closes it, without a new connection; a key of which nothing was closed
    costs that pass two commands. And by the first pass of an ingestd that was down at the day's end."""
    day, hour = 86_400_000, 3_600_000
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        redis = owner.redis
        midnight = int(redis.command("TIME")[0]) * 1000 // day * day + 2 * day

        def add(key, *times):
            redis.pipeline([("XADD", f"kilometric.{key}", f"{midnight + ms}-0", "count", 1) for ms in times])
            redis.command("ZADD", "kilometric:keys", 0, key)

        def days(key):
            return [int(entry.split(b"-")[0]) for entry, _ in redis.command("XRANGE", f"kilometric:day.{key}", "-", "+")]

        def set_clock(ms):
            wire.clock_off = (midnight + ms) // 1000 - int(redis.command("TIME")[0])

        add("passes", -hour, 4 * hour)
        add("still", 3 * hour, 4 * hour)
        set_clock(5 * hour - 15_000)
        with Installation(redis=redis, readerd=False, redis_url=wire.url) as installation:
            def passes():
                return installation.metrics().value("kilometric_tier_passes_total")
            eventually(lambda: passes() == 1)
            assert days("passes") == [] and redis.command("XLEN", "kilometric:hour.passes") == 1
            add("passes", 5 * hour)  # by another host; it closes 04:00, and with it the day
            redis.command("CONFIG", "RESETSTAT")
            eventually(lambda: passes() == 2, 60)
            assert days("passes") == [midnight - day]
            assert redis.calls("xrevrange") == 2 + 4, "the last hour, the last entry, and of one key the last packed hour and day"
            assert redis.calls("xlen") == 1
        add("passes", day + hour, day + 2 * hour)
        set_clock(day + 3 * hour)
        with Installation(redis=redis, readerd=False, redis_url=wire.url):
            eventually(lambda: days("passes") == [midnight - day, midnight])
