"""A primary behind sentinels is killed, hangs, is replaced while it is well, and sentinels die; again and again, under
a load of counters from one host and of all other kinds from another. What the new primary had not got in time is sent
again: in the end it has everything, once. There are as many faults as KILOMETRIC_FAILOVERS says, or one of each."""

import os
import time

import pytest

from harness import Installation
from kinds import KindsLoad, assert_kinds_exact
from load import Load
from processes import eventually
from proof import assert_exact
from proxy import Proxy
from redis_server import RedisServer
from sentinels import Group


def kill(group, old):
    old.kill()
    return took_over(group)


def hang(group, old):
    old.pause()
    try:
        return took_over(group)
    finally:
        old.kill()


def replace(group, old):
    """The old one goes on to take writes for a while, which nobody else gets; then it follows the new one."""
    group.fail_over()
    took = measure(group)
    eventually(lambda: b"role:slave" in old.command("INFO", "replication"), 60)
    return took


def kill_with_a_sentinel(group, old):
    """The one that is asked first."""
    group.sentinels[0].kill()
    try:
        return kill(group, old)
    finally:
        group.sentinels[0].start()


def hang_with_a_sentinel(group, old):
    """It is started again: one that finds its clock wrong does nothing for half a minute."""
    group.sentinels[0].pause()
    try:
        return hang(group, old)
    finally:
        group.sentinels[0].kill()
        group.sentinels[0].start()


FAULTS = [kill, hang, replace, kill_with_a_sentinel, hang_with_a_sentinel]
MANY = int(os.environ.get("KILOMETRIC_FAILOVERS") or len(FAULTS))


def took_over(group):
    group.await_another()
    return measure(group)


def measure(group):
    """How long the new primary waits for an entry."""
    risen, before = time.monotonic(), group.primary.calls("xadd")
    eventually(lambda: group.primary.calls("xadd") > before)
    return time.monotonic() - risen


@pytest.mark.minutes
def test_what_a_primary_took_that_nobody_followed():
    """It refuses writes soon, and another one takes its place after longer than batches are kept otherwise."""
    with Installation(ingestd=False, readerd=False) as owner:
        other = RedisServer(os.path.join(owner.folder, "other"))
        other.start("--replicaof", owner.redis.host, str(owner.redis.port))
        try:
            with Proxy(owner.redis.port) as name, \
                    Installation(redis=owner.redis, readerd=False, redis_url=name.url) as installation:
                installation.track("followed")
                installation.flush()
                eventually(lambda: other.command("EXISTS", "kilometric.followed"))
                other.command("REPLICAOF", "NO", "ONE")
                installation.track("alone")
                installation.flush()
                owner.redis.command("CONFIG", "SET", "min-replicas-to-write", "1")
                time.sleep(130)  # the time that batches are kept otherwise, of which this is the test
                installation.redis, name.target = other, other.port
                name.cut()
                installation.await_sums({"followed": 1, "alone": 1})
        finally:
            other.clean_up()


@pytest.mark.seconds(240 + 30 * MANY)
def test_failovers(seed, rng, tmp_path):
    with Group(str(tmp_path)) as group:
        settings = {"redis": group.primary, "redis_url": group.url, "flush_interval": 1}
        with Installation(**settings) as counts, Installation(**settings) as kinds:
            with Load(counts, seed, keys=300) as load, KindsLoad(kinds, seed) as kinds_load:
                faults = (FAULTS * (MANY // len(FAULTS) + 1))[:MANY]
                rng.shuffle(faults)
                for fault in faults:
                    calls, old = group.primary.calls("xadd"), group.primary
                    eventually(lambda: group.primary.calls("xadd") > calls + 500)
                    print(f"{fault.__name__}: the new primary waited for {fault(group, old):.2f} s")
                    if not old.running():
                        group.start_server(old)
                    group.await_sound()
            counts.redis = kinds.redis = group.primary
            assert_exact(counts, load)
            assert_kinds_exact(kinds, kinds_load)
            assert counts.log().count("Redis is another run") >= MANY
