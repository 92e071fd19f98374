"""Redis dies, forgets, hangs, refuses; the wire to it is slow or cut. What was accepted is in it exactly
once in the end, and the backlog drains by itself."""

import contextlib
import glob
import os
import shutil
import time

import pytest

from harness import Installation
from load import Load
from processes import eventually
from proof import assert_exact
from proxy import Proxy
from redis_server import RedisServer



@pytest.fixture
def installation():
    with Installation(flush_interval=0.1) as running:
        yield running


def flushes(installation, number):
    """Awaits that so many entries more are in Redis: the load is being delivered."""
    before = installation.redis.calls("xadd")
    eventually(lambda: installation.redis.calls("xadd") > before + number)


def incremental_files(redis):
    return glob.glob(os.path.join(redis.folder, "appendonlydir", "*.incr.aof"))


def incremental_file(redis):
    [path] = incremental_files(redis)
    return path


def cut_tail(redis, size):
    """Leaves `size` bytes of the append-only file, as a machine would that lost what was not synced."""
    path = incremental_file(redis)
    assert os.path.getsize(path) > size, "nothing was written meanwhile"
    os.truncate(path, size)


def test_the_last_second_of_the_file_is_gone(installation, seed, rng):
    """Killed, and what it had not synced lost; again and again, twice in a row, too."""
    with Load(installation, seed) as load:
        for turn in range(6):
            flushes(installation, 2000)
            size = os.path.getsize(incremental_file(installation.redis))
            time.sleep(rng.random())
            flushes(installation, 100)
            installation.redis.kill()
            cut_tail(installation.redis, size - rng.randrange(0, 200))  # in the middle of a command
            installation.redis.start()
            if turn % 2:
                eventually(lambda: installation.metrics().value("kilometric_redis_up") == 1)
                installation.redis.kill()
                installation.redis.start()
    assert_exact(installation, load)
    assert installation.log().count("Redis is another run") >= 6


def test_the_last_minute_is_gone_and_half_of_the_keys_are_idle(installation, seed):
    """An older copy of the data, while keys that are in none of the later batches were counted since."""
    installation.post_lines(b"\n".join(b"udp.idle.%d:1|c" % key for key in range(500)))
    installation.flush()
    folder, copy = (os.path.join(installation.redis.folder, name) for name in ("appendonlydir", "copy"))
    shutil.copytree(folder, copy)
    installation.post_lines(b"\n".join(b"http.idle.%d:1|c" % key for key in range(500)))
    with Load(installation, seed) as load:
        flushes(installation, 5000)
        time.sleep(5)
        installation.redis.kill()
        shutil.rmtree(folder)
        os.rename(copy, folder)
        installation.redis.start()
        flushes(installation, 1000)
    load.answered.update(f"http.idle.{key}" for key in range(500))
    load.asked.update(f"http.idle.{key}" for key in range(500))
    load.sent.update(f"udp.idle.{key}" for key in range(500))
    eventually(lambda: installation.metrics().value("kilometric_batches_pending") == 0)
    assert_exact(installation, load, workers_remembered=False)


@pytest.mark.minutes
def test_away_for_longer_than_batches_are_kept():
    """What was acknowledged just before the end is looked up however long Redis was away."""
    with Installation() as installation:
        installation.track("kept")
        installation.flush()
        size = os.path.getsize(incremental_file(installation.redis))
        installation.track("forgotten")
        installation.flush()
        installation.redis.kill()
        cut_tail(installation.redis, size)
        time.sleep(125)  # the time that batches are kept, of which this is the test
        installation.redis.start()
        installation.flush()
        assert installation.sums() == {"kept": 1, "forgotten": 1}


@pytest.mark.minutes
def test_what_no_snapshot_has_is_sent_again():
    """As Debian configures it, Redis keeps snapshots alone, and the last may be older than what is kept otherwise."""
    with Installation(ingestd=False, readerd=False, redis=False) as owner:
        redis = RedisServer(os.path.join(owner.folder, "snapshots"))
        redis.start("--appendonly", "no")
        try:
            with Installation(redis=redis) as installation:
                installation.track("in.it")
                installation.flush()
                redis.command("SAVE")
                installation.track("behind.it")
                installation.flush()
                assert installation.metrics().value("kilometric_redis_append_only") == 0
                assert installation.log().count("appendonly no") == 1
                time.sleep(125)  # the time that batches are kept otherwise, of which this is the test
                installation.track("last")
                installation.flush()
                installation.restart()
                redis.kill()
                redis.start("--appendonly", "no")
                eventually(lambda: installation.sums() == {"in.it": 1, "behind.it": 1, "last": 1})
                installation.flush()
                assert installation.sums() == {"in.it": 1, "behind.it": 1, "last": 1}
        finally:
            redis.clean_up()


def test_a_restart_looks_nothing_up_that_the_same_run_has():
    with Installation(workers=1) as installation:
        for key in range(20):
            installation.track(f"a{key}")
        installation.flush()
        eventually(lambda: os.path.exists(os.path.join(installation.settings["state_dir"], "spool", "run")))
        calls = installation.redis.calls("xadd")
        installation.restart()
        eventually(lambda: installation.metrics().value("kilometric_last_flush_age_seconds") < 60)
        assert installation.redis.calls("xadd") == calls
        installation.redis.kill()
        installation.redis.start()
        eventually(lambda: installation.redis.calls("xadd") >= 20)  # it may lack them
        installation.flush()
        assert sum(installation.sums().values()) == 20


def test_paused_for_longer_than_every_deadline(installation, seed):
    with Load(installation, seed) as load:
        flushes(installation, 1000)
        installation.redis.pause()
        eventually(lambda: installation.metrics().value("kilometric_redis_up") == 0, within=40)
        time.sleep(6)  # another whole deadline
        installation.redis.resume()
        flushes(installation, 1000)
    assert_exact(installation, load)


@pytest.mark.parametrize("delay", [0.05, 1.0])
def test_slow_replies(seed, delay):
    redis_folder_owner = Installation(ingestd=False, readerd=False)
    with redis_folder_owner, Proxy(redis_folder_owner.redis.port) as wire:
        wire.delay = delay
        with Installation(redis=redis_folder_owner.redis, readerd=False, redis_url=wire.url) as installation:
            with Load(installation, seed) as load:
                flushes(installation, 2000)
            wire.delay = 0
            assert_exact(installation, load)


def test_cut_in_the_middle_of_replies(seed, rng):
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        with Installation(redis=owner.redis, readerd=False, redis_url=wire.url) as installation:
            with Load(installation, seed) as load:
                wire.cut_replies(rng)
            assert_exact(installation, load)


def test_commands_of_a_dead_connection_that_arrive_after_the_resend(seed):
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        with Installation(redis=owner.redis, readerd=False, redis_url=wire.url) as installation:
            released = 0
            with Load(installation, seed) as load:
                for _ in range(5):
                    flushes(installation, 500)
                    wire.hold = True
                    time.sleep(0.3)  # some batches' commands are on the wire now
                    wire.cut()
                    wire.hold = False
                    flushes(installation, 2000)
                    eventually(lambda: wire.held)
                    released += wire.release()
            assert released > 1000
            assert_exact(installation, load)


def test_loading(installation, seed):
    with Load(installation, seed) as load:
        flushes(installation, 2000)
        installation.redis.command("CONFIG", "SET", "aof-use-rdb-preamble", "yes")
        installation.redis.command("BGREWRITEAOF")
        eventually(lambda: b"aof_rewrite_in_progress:0" in installation.redis.command("INFO", "persistence"))
        installation.redis.kill()
        start_slowly(installation.redis)
        flushes(installation, 1000)
    assert_exact(installation, load)


@contextlib.contextmanager
def unable_to_save(redis):
    """It cannot save, and so takes no writes: a folder stands where its dump should be."""
    dump = os.path.join(redis.folder, "dump.rdb")
    os.makedirs(os.path.join(dump, "full"), exist_ok=True)
    redis.command("CONFIG", "SET", "save", "1 1")
    yield
    redis.command("CONFIG", "SET", "save", "")


@contextlib.contextmanager
def refusing(redis, word):
    begin, end = REFUSALS[word]
    for command in begin:
        redis.command(*command)
    yield
    for command in end:
        redis.command(*command)


def start_slowly(redis):
    """Answers -LOADING for a while, some seconds, however much there is to load."""
    commands = sum(map(os.path.getsize, incremental_files(redis))) / 100
    delay = max(1, min(300, int(10e6 / max(1, commands))))  # microseconds for each
    redis.start("--key-load-delay", str(delay), "--loading-process-events-interval-bytes", "1024", within=120)


REFUSALS = {
    "READONLY": ([("REPLICAOF", "127.0.0.1", "1"), ], [("REPLICAOF", "NO", "ONE")]),
    "OOM": ([("CONFIG", "SET", "maxmemory", "1"), ], [("CONFIG", "SET", "maxmemory", "0")]),
    "NOAUTH": ([("CONFIG", "SET", "requirepass", "x"), ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")],
               [("CONFIG", "SET", "requirepass", "")]),
}


@pytest.mark.parametrize("word", REFUSALS)
def test_refusals(installation, seed, word):
    with Load(installation, seed) as load:
        for turn in range(2):
            flushes(installation, 1000)
            with refusing(installation.redis, word):
                eventually(lambda: installation.log().count(word) > turn)
                eventually(lambda: installation.metrics().value("kilometric_batches_pending") > 5)
            flushes(installation, 1000)
    assert_exact(installation, load)


def test_misconf(installation, seed):
    with Load(installation, seed) as load:
        flushes(installation, 1000)
        with unable_to_save(installation.redis):
            eventually(lambda: "MISCONF" in installation.log())
            eventually(lambda: installation.metrics().value("kilometric_batches_pending") > 5)
        flushes(installation, 1000)
    assert_exact(installation, load)


@pytest.mark.minutes
def test_a_key_of_the_wrong_type():
    """Its counts wait, the others pass; when the key is free they follow."""
    with Installation() as installation:
        installation.redis.command("SET", "kilometric.http.wrong", "no stream")
        with Load(installation, seed=1) as load:
            for _ in range(20):
                installation.track("http.wrong")
                flushes(installation, 200)
            eventually(lambda: installation.metrics().value("kilometric_entries_set_aside_total") >= 1)
        installation.redis.command("DEL", "kilometric.http.wrong")
        load.answered["http.wrong"] = load.asked["http.wrong"] = 20
        eventually(lambda: installation.sums().get("http.wrong") == 20, within=260)
        assert_exact(installation, load)


def test_a_replica_that_lacks_the_last_writes_takes_over(seed):
    """Promoted while the first still took writes; then the wire goes to it."""
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        replica = RedisServer(os.path.join(owner.folder, "replica"))
        replica.start()
        try:
            replica.command("REPLICAOF", "127.0.0.1", owner.redis.port)
            eventually(lambda: b"master_link_status:up" in replica.command("INFO", "replication"))
            with Installation(redis=owner.redis, readerd=False, redis_url=wire.url) as installation:
                with Load(installation, seed) as load:
                    flushes(installation, 3000)
                    replica.command("REPLICAOF", "NO", "ONE")
                    flushes(installation, 3000)
                    wire.target = replica.port
                    wire.cut()
                    installation.redis = replica
                    flushes(installation, 1000)
                assert_exact(installation, load)
        finally:
            replica.clean_up()


def test_a_server_that_changes_behind_a_connection_that_stays(installation, seed):
    """It becomes the replica of one that lacks the last writes, and then a master again. Clients'
    connections outlive that."""
    other = RedisServer(os.path.join(installation.folder, "other"))
    other.start()
    try:
        with Load(installation, seed) as load:
            flushes(installation, 1000)
            other.command("REPLICAOF", "127.0.0.1", installation.redis.port)
            eventually(lambda: b"master_link_status:up" in other.command("INFO", "replication"))
            other.command("REPLICAOF", "NO", "ONE")
            flushes(installation, 2000)
            installation.redis.command("REPLICAOF", "127.0.0.1", other.port)
            eventually(lambda: b"master_link_status:up" in installation.redis.command("INFO", "replication"))
            installation.redis.command("REPLICAOF", "NO", "ONE")
            flushes(installation, 2000)
        eventually(lambda: "Redis is another run" in installation.log())
        assert_exact(installation, load)
    finally:
        other.clean_up()


def test_idle_while_redis_is_away(installation):
    """No busy loop: under 2 % of a core over all processes."""
    installation.redis.stop()
    eventually(lambda: installation.metrics().value("kilometric_redis_up") == 0)
    before, begun = cpu_seconds(installation), time.monotonic()
    time.sleep(8)
    used = (cpu_seconds(installation) - before) / (time.monotonic() - begun)
    assert used < 0.02, f"{used:.1%} of a core"


def cpu_seconds(installation):
    total = 0
    for daemon in installation.daemons.values():
        for pid in daemon.family():
            with open(f"/proc/{pid}/stat", "rb") as file:
                fields = file.read().rpartition(b") ")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")
