"""Redis as it is in life: absent, away, locked, full, killed; and what ingestd leaves in it."""

import os
import re
import time
import urllib.parse

import pytest

from harness import Installation
from processes import eventually

STREAM_ID = re.compile(r"(\d{13})-(\d+)")


def redis_ms(installation):
    seconds, micros = installation.redis.command("TIME")
    return int(seconds) * 1000 + int(micros) // 1000


def now_ms():
    return time.time_ns() // 1_000_000


def lies_between(entry, begun, ended, installation):
    """Whether an entry's ID lies in this time, an interval either side: it is the end of an interval, and a worker
    that wakes late still counts what came meanwhile into the one that has ended."""
    interval = installation.settings["flush_interval"] * 1000
    return begun - interval <= int(entry.split("-")[0]) <= ended + interval


def test_the_layout(installation):
    """One entry a metric and interval: `<ms>-<instance>`, field `count`; and the names beside it."""
    before = redis_ms(installation)
    installation.track("layout a", 2)
    installation.send_datagram(b"layout.b:-1.5|c\nlayout.c:2|c")
    installation.flush()
    after = redis_ms(installation)
    entries = {key: installation.entries(key) for key in ("layout a", "layout.b", "layout.c")}
    assert {key: [count for _, count in some] for key, some in entries.items()} == {
        "layout a": ["2"], "layout.b": ["-1.5"], "layout.c": ["2"]}
    instances = set()
    for [(entry, _)] in entries.values():
        _, instance = STREAM_ID.fullmatch(entry).groups()
        assert lies_between(entry, before, after, installation), (before, entry, after)
        assert 1 <= int(instance) < 2 ** 48
        instances.add(instance)
    [instance] = instances
    redis = installation.redis
    assert redis.command("ZRANGE", "kilometric:keys", 0, -1, "WITHSCORES") == [
        b"layout a", b"0", b"layout.b", b"0", b"layout.c", b"0"]
    [name, score] = redis.command("ZRANGE", "kilometric:instances", 0, -1, "WITHSCORES")
    assert before <= float(score) <= redis_ms(installation) + 1000
    fields = redis.command("HGETALL", b"kilometric:instance." + name)
    fields = dict(zip(fields[::2], fields[1::2]))
    assert {b"version", b"host", b"interval", b"pending", b"drops"} <= set(fields)
    assert float(fields[b"interval"]) == 0.1
    eventually(lambda: redis.scan("kilometric:*") == {
        b"kilometric:keys", b"kilometric:scanned", b"kilometric:instances", b"kilometric:instance." + name})


def test_an_instance_that_is_no_more(installation):
    """A host that is gone, as an earlier version has left it: nobody hears of it any more, and all goes on."""
    redis, now = installation.redis, redis_ms(installation)
    for instance, days in (("1", 8), ("2", 6)):
        redis.command("HSET", "kilometric:instance." + instance, "interval", "1", "shift", "0.5")
        redis.command("ZADD", "kilometric:instances", now - days * 86_400_000, instance)
    eventually(lambda: not redis.command("EXISTS", "kilometric:instance.1"))
    eventually(lambda: redis.command("ZSCORE", "kilometric:instances", "1") is None)
    assert redis.command("EXISTS", "kilometric:instance.2") == 1
    assert redis.command("ZCARD", "kilometric:instances") == 2
    [name] = set(redis.command("ZRANGE", "kilometric:instances", 0, -1)) - {b"2"}
    assert 0 < redis.command("TTL", b"kilometric:instance." + name) <= 7 * 86_400
    redis.pipeline([("DEL", b"kilometric:instance." + name), ("DEL", "kilometric:instances")])  # as if it had expired
    installation.track("alive")
    installation.flush()
    assert installation.counter("alive") == 1
    eventually(lambda: installation.health() == installation.health("readerd") == 200)


def test_only_commands_of_single_keys(installation):
    """No MULTI, no scripts, no key-less surprises: it runs on a cluster as it is."""
    installation.redis.command("CONFIG", "RESETSTAT")
    for _ in range(3):
        installation.send_datagram(b"commands:1|c\ncommands.two:1|c")
        installation.flush()
    stats = installation.redis.command("INFO", "commandstats").decode()
    used = set(re.findall(r"cmdstat_([a-z|]+):", stats))
    assert "xadd" in used
    forbidden = {"multi", "exec", "eval", "evalsha", "fcall", "script", "keys", "mset", "wait", "flushall"}
    assert not used & forbidden


def test_absent_at_start():
    """Counting begins at once; each batch arrives under the time it was harvested at."""
    with Installation(redis=False) as installation:
        eventually(lambda: installation.metrics().value("kilometric_redis_up") == 0)
        windows = []
        for turn in range(1, 5):
            begun = now_ms()
            installation.track("absent", turn)
            eventually(lambda: installation.metrics().value("kilometric_batches_pending") == turn)
            windows.append((begun, now_ms()))
        eventually(lambda: installation.health() == 422)
        assert installation.health("readerd") == 422
        assert installation.read("absent").status == 503
        installation.redis.start()
        installation.flush()
        entries = installation.entries("absent")
        assert [count for _, count in entries] == ["1", "2", "3", "4"]
        for (entry, _), (begun, ended) in zip(entries, windows):
            assert lies_between(entry, begun, ended, installation), (begun, entry, ended)
        eventually(lambda: installation.health() == installation.health("readerd") == 200)
        assert installation.counter("absent") == 10
        metrics = installation.metrics()
        assert metrics.value("kilometric_redis_up") == 1 and metrics.value("kilometric_batches_pending") == 0


def test_away_and_back(installation):
    """Stopped, started, killed, started, amid traffic: exact."""
    sent = 0

    def emit():
        nonlocal sent
        for _ in range(20):
            installation.send_datagram(b"away.a:1|c\naway.b:2|c")
            sent += 1
        installation.await_received()
    for end in (installation.redis.stop, installation.redis.kill) * 2:
        emit()
        end()
        eventually(lambda: installation.metrics().value("kilometric_redis_up") == 0)
        emit()
        eventually(lambda: installation.metrics().value("kilometric_batches_pending") > 0)
        emit()
        installation.redis.start()
        emit()
    installation.flush()
    assert installation.sums() == {"away.a": sent, "away.b": 2 * sent}
    eventually(lambda: installation.counter("away.b") == 2 * sent)


def test_idle_connections_are_closed():
    """Redis' `timeout`: who was idle connects again, goes on where it was, and has nothing to tell."""
    with Installation(flush_interval=3) as installation:
        redis, keys = installation.redis, [f"idle.{index}" for index in range(250)]
        installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
        installation.flush()
        before = redis.calls("zrangebylex")
        installation.restart()
        pages = 3 + 3  # of 100 keys, and of the three indexes that are empty
        eventually(lambda: redis.calls("zrangebylex") >= before + pages, within=10, message="no pass took place")
        walked = redis.calls("zrangebylex")
        logs = {name: installation.log(name) for name in ("ingestd", "readerd")}
        before = connections(redis)
        redis.command("CONFIG", "SET", "timeout", 1)
        eventually(lambda: connections(redis) > before + 9, within=15, message="nothing was closed")
        assert redis.calls("zrangebylex") == walked
        assert installation.metrics().value("kilometric_redis_up") == 1
        for name, log in logs.items():
            assert installation.log(name) == log
        assert installation.health() == installation.health("readerd") == 200
        installation.track(keys[0], 2)
        installation.stop("ingestd")
        assert installation.counter(keys[0]) == 3, "the last flush waited for the connection"


def connections(redis):
    """How many Redis has taken since its start."""
    return int(re.search(r"total_connections_received:(\d+)", redis.command("INFO", "stats").decode())[1])


def test_killed_amid_a_batch():
    """A Redis that dies with half a batch written: that half is not sent again, the other is."""
    with Installation(readerd=False, flush_interval=0.05) as installation:
        keys = [b"amid.%d:1|c" % key for key in range(10_000)]
        redis, torn, rounds = installation.redis, 0, 0
        while torn < 2:
            rounds += 1
            assert rounds <= 12, "no batch was ever torn; the test proves nothing"
            begun = redis.calls("xadd")
            installation.send_datagrams([b"\n".join(keys[start:start + 50]) for start in range(0, len(keys), 50)])
            eventually(lambda: redis.calls("xadd") > begun + 100)
            redis.pause()
            torn += redis.written(b"XADD") % len(keys) != 0
            redis.kill()
            redis.start()
        installation.flush(within=60)
        assert installation.sums() == {f"amid.{key}": rounds for key in range(len(keys))}


def test_silent(installation):
    """Redis hangs with commands in its hands, and executes them when it wakes: nothing counts twice."""
    installation.track("silent")
    installation.flush()
    installation.redis.pause()
    installation.track("silent", 10)
    eventually(lambda: installation.metrics().value("kilometric_redis_up") == 0, within=40)
    installation.track("silent", 100)
    installation.redis.resume()
    eventually(lambda: installation.metrics().value("kilometric_redis_up") == 1)
    installation.flush()
    assert installation.sums() == {"silent": 111}


def test_away_at_the_stop():
    """Exit 0 all the same; the batches wait in the spool for the next start."""
    with Installation() as installation:
        installation.track("kept")
        installation.flush()
        installation.redis.stop()
        eventually(lambda: installation.metrics().value("kilometric_redis_up") == 0)
        installation.track("kept", 10)
        installation.send_datagram(b"kept:100|c")
        installation.await_received()
        log = installation.stop("ingestd", within=30)
        assert "1 batch" in log or "spool" in log, log
        installation.redis.start()
        assert installation.sums() == {"kept": 1}
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        installation.await_sums({"kept": 111})


def test_silent_at_the_stop():
    with Installation(readerd=False) as installation:
        installation.track("mute")
        installation.flush()
        installation.redis.pause()
        installation.track("mute", 10)
        installation.stop("ingestd", within=30)
        installation.redis.resume()
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        installation.flush()
        assert installation.sums() == {"mute": 11}


def test_absent_from_start_to_stop():
    with Installation(redis=False, readerd=False) as installation:
        for turn in (1, 10):
            installation.track("never", turn)
            installation.stop("ingestd")
            installation.launch("ingestd")
            installation.await_ready("ingestd")
        installation.redis.start()
        installation.await_sums({"never": 11})


def with_password(password, login):
    """A Redis that wants `password`, and the URL of one who offers `login`."""
    locked = Installation(ingestd=False, readerd=False, password=password)
    return locked, f"redis://{login}127.0.0.1:{locked.redis.port}/0"


def test_the_right_password():
    password = "s3cret/@:%"
    locked, url = with_password(password, f":{urllib.parse.quote(password, safe='')}@")
    with locked, Installation(redis=locked.redis, redis_url=url) as installation:
        installation.track("secret", 3)
        installation.flush()
        assert installation.counter("secret") == 3
        assert "s3cret" not in installation.log("ingestd") + installation.log("readerd")


def test_user_and_password():
    open_door, url = with_password(None, "counter:hunter2@")
    with open_door:
        open_door.redis.command("ACL", "SETUSER", "counter", "on", ">hunter2", "~*", "+@all")
        with Installation(redis=open_door.redis, redis_url=url) as installation:
            installation.track("by.user", 3)
            installation.flush()
            assert installation.counter("by.user") == 3
            clients = open_door.redis.command("CLIENT", "LIST").decode()
            assert clients.count("user=counter") >= 2, clients


@pytest.mark.parametrize("login, code", [(":hunter2@", "WRONGPASS"), ("", "NOAUTH")], ids=["wrong", "none"])
def test_a_password_that_does_not_fit(login, code):
    """Counts stay, the log says it once, health says 422; when Redis lets us in, all counts arrive."""
    locked, url = with_password("right", login)
    with locked, Installation(redis=locked.redis, redis_url=url) as installation:
        redis = locked.redis
        installation.track("locked", 5)
        eventually(lambda: errors(redis, code) >= 8, message=f"Redis was not tried often enough: {errors(redis, code)}")
        eventually(lambda: installation.health() == installation.health("readerd") == 422)
        eventually(lambda: installation.metrics().value("kilometric_batches_pending") >= 1)
        assert installation.metrics().value("kilometric_redis_up") == 0
        assert installation.read("locked").status == 503
        for name in ("ingestd", "readerd"):
            assert installation.log(name).count(code) == 1, installation.log(name)
            assert "hunter2" not in installation.log(name)
        redis.command("CONFIG", "SET", "requirepass", "hunter2" if login else "")
        redis.password = "hunter2" if login else None
        installation.await_sums({"locked": 5})
        eventually(lambda: installation.health() == installation.health("readerd") == 200)


def errors(redis, code):
    found = re.search(rf"errorstat_{code}:count=(\d+)", redis.command("INFO", "errorstats").decode())
    return int(found[1]) if found else 0


def test_a_key_that_is_no_stream(installation):
    """Set aside and counted; the others pass."""
    installation.redis.command("SET", "kilometric.taken", "something else")
    for _ in range(3):
        installation.send_datagram(b"taken:1|c\nfree:1|c")
        installation.flush()
    assert [count for _, count in installation.entries("free")] == ["1", "1", "1"]
    metrics = installation.metrics()
    assert metrics.value("kilometric_entries_set_aside_total") == 3
    assert metrics.value("kilometric_batches_pending") == 0
    assert installation.log().count("kilometric.taken is no stream") == 1, installation.log()
    assert installation.redis.command("GET", "kilometric.taken") == b"something else"
    answer = installation.read("taken")
    assert 400 <= answer.status < 600 and answer.error(), answer
    assert installation.counter("free") == 3


POISON = ["18446744073709551615-18446744073709551615", "18446744073709551615-1", "253402300800000-0"]


@pytest.mark.parametrize("top", POISON)
def test_a_stream_that_is_full(installation, top):
    """Its last ID leaves none that is a time: what is counted for it is set aside, by name; the others pass."""
    installation.redis.command("XADD", "kilometric.full", top, "count", 1)
    for _ in range(3):
        installation.send_datagram(b"full:1|c\nfree:1|c")
        installation.flush()
    assert [count for _, count in installation.entries("free")] == ["1", "1", "1"]
    assert installation.entries("full") == [(top, "1")]
    metrics = installation.metrics()
    assert metrics.value("kilometric_entries_set_aside_total") == 3
    assert metrics.value("kilometric_batches_pending") == 0
    assert installation.log().count("kilometric.full is full") == 1, installation.log()
    assert installation.counter("free") == 3


def test_an_entry_that_arrived_before_its_stream_was_full(installation):
    """What Redis is asked about again, as it is another run, is found there, and not set aside."""
    installation.track("full")
    installation.flush()
    installation.redis.command("XADD", "kilometric.full", POISON[0], "count", 1)
    runs = installation.log().count("Redis is another run")
    installation.redis.kill()
    installation.redis.start()
    eventually(lambda: installation.log().count("Redis is another run") > runs)
    installation.track("free")
    installation.flush()
    assert installation.metrics().value("kilometric_entries_set_aside_total") == 0
    assert len(installation.entries("full")) == 2


def test_a_writer_that_is_always_ahead(installation):
    """Each ID comes too late: new ones are chosen with pauses that grow, and when it ends the count arrives."""
    redis, ahead = installation.redis, redis_ms(installation)

    def run_ahead(seconds):
        nonlocal ahead
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ahead += 60_000
            redis.command("XADD", "kilometric.race", f"{ahead}-0", "count", 0)
    run_ahead(0.1)
    installation.track("race")
    begun = time.monotonic()
    while redis.calls("xinfo.stream") <= 1:  # without a pause, in which an ID would not come too late
        assert time.monotonic() - begun < 30, "no ID came too late again"
        run_ahead(0.5)
    before = redis.calls("xinfo.stream")
    run_ahead(3)
    assert redis.calls("xinfo.stream") - before < 20
    installation.flush()
    assert installation.sums() == {"race": 1}


def test_a_refusal_names_what_was_refused(installation):
    """The command and the key."""
    redis = installation.redis
    redis.command("ACL", "SETUSER", "default", "resetkeys", "~kilometric.open", "~kilometric:*")
    installation.send_datagram(b"open:1|c\nshut:1|c")
    eventually(lambda: "sending pauses: XADD kilometric.shut: NOPERM" in installation.log())
    redis.command("ACL", "SETUSER", "default", "allkeys")
    installation.flush()
    assert installation.sums() == {"open": 1, "shut": 1}


def test_out_of_memory(installation):
    """Redis answers, but refuses writes: counts stay, and arrive when there is room."""
    installation.redis.command("CONFIG", "SET", "maxmemory", 1)
    installation.send_datagram(b"oom:1|c")
    eventually(lambda: installation.metrics().value("kilometric_batches_pending") >= 1)
    installation.send_datagram(b"oom:10|c")
    installation.await_received()
    installation.redis.command("CONFIG", "SET", "maxmemory", 0)
    installation.flush()
    assert installation.sums() == {"oom": 11}


def test_a_replica_that_refuses_writes(installation):
    """READONLY, as after a failover to the wrong side."""
    installation.track("failover")
    installation.flush()
    installation.redis.command("REPLICAOF", "127.0.0.1", "1")
    installation.track("failover", 10)
    eventually(lambda: installation.metrics().value("kilometric_batches_pending") >= 1)
    installation.redis.command("REPLICAOF", "NO", "ONE")
    installation.flush()
    assert installation.sums() == {"failover": 11}


def test_another_host_wrote_a_later_entry(installation):
    """An ID that is refused and not there gets a new one: nothing is lost, nothing counts twice."""
    installation.track("ahead")
    installation.flush()
    future = redis_ms(installation) + 3000
    installation.redis.command("XADD", "kilometric.ahead", f"{future}-7", "count", 100)
    installation.send_datagram(b"ahead:10|c\nbeside:1|c")
    installation.flush(within=60)
    installation.await_sums({"ahead": 111, "beside": 1})


def test_the_spool_is_bounded():
    """Past its limit batches are merged: resolution is lost, counts are not."""
    with Installation(redis=False, readerd=False, flush_interval=0.05, spool_limit=1) as installation:
        keys = [f"{'s' * 240}.{index:03d}" for index in range(1000)]
        lines = [f"{key}:1|c".encode() for key in keys]
        rounds = 12  # a quarter of a MiB each
        for _ in range(rounds):
            before = files(installation.settings["state_dir"])
            installation.send_datagrams([b"\n".join(lines[start:start + 100]) for start in range(0, 1000, 100)])
            eventually(lambda: files(installation.settings["state_dir"]) != before)
        assert 0 < installation.metrics().value("kilometric_spool_bytes") <= 2 * 2 ** 20
        installation.redis.start()
        installation.await_sums(dict.fromkeys(keys, rounds))
        entries = installation.entries(keys[0])
        assert len(entries) < rounds, "nothing was merged; the test proves nothing"


def files(folder):
    """The names of all files below a folder, with their sizes."""
    found = set()
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                found.add((path, name, os.path.getsize(os.path.join(path, name))))
            except FileNotFoundError:
                pass  # it has just been sent, or merged
    return found
