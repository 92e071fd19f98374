"""A cluster of three primaries and three replicas, whose primaries are killed, hang, are replaced, come back without
what they wrote last, and give slots away; again and again, under a load of counters from one host and of all other
kinds from another, while old entries get their tiers. In the end the cluster has everything, once, and no tier says
more than the entries. There are as many faults as KILOMETRIC_CLUSTER_FAULTS says, or one of each."""

import os
import time

import pytest
from cluster import Cluster
from harness import Installation
from kinds import KindsLoad, assert_kinds_exact
from load import Load
from processes import eventually
from proof import assert_exact


def kill(cluster, rng):
    old = rng.choice(cluster.primaries)
    heir = cluster.replica_of(old)
    old.kill()
    cluster.await_heir(old, heir)


def hang(cluster, rng):
    """Its connections stay open, and nothing is answered there."""
    old = rng.choice(cluster.primaries)
    heir = cluster.replica_of(old)
    old.pause()
    cluster.await_heir(old, heir)
    old.kill()


def replace(cluster, rng):
    cluster.fail_over(rng.choice(cluster.primaries))


def move(cluster, rng):
    source, target = rng.sample(cluster.primaries, 2)
    cluster.move_slots(source, target, 50)


def forget(cluster, rng):
    """It comes back before anybody has taken its place, and lacks what it wrote last."""
    old = rng.choice(cluster.primaries)
    old.kill()
    cut_append_only(old)
    old.start()


FAULTS = [kill, hang, replace, forget, move]
HOUR, OLD = 3_600_000, 1_000
MANY = int(os.environ.get("KILOMETRIC_CLUSTER_FAULTS") or len(FAULTS))


def in_rounds(rng):
    """Each fault once a round, in any order, but slots move at its end: now and then Redis forgets who has a slot, when a
    node is lost soon after it moved, which would end the test."""
    faults = []
    while len(faults) < MANY:
        faults += [*rng.sample(FAULTS[:-1], len(FAULTS) - 1), FAULTS[-1]]
    return faults[:MANY]


def cut_append_only(node):
    folder = os.path.join(node.folder, "appendonlydir")
    path = max((os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".incr.aof")),
               key=os.path.getmtime)
    size = os.path.getsize(path)
    os.truncate(path, size - min(size // 2, 20_000))


def add_old_entries(cluster):
    """Of three hours, of which two are over, for keys that nobody counts."""
    now = int(time.time() * 1000)
    cluster.pipeline([("XADD", f"kilometric.old{index}", f"{now - hours * HOUR}-1", "count", index + hours)
                      for index in range(OLD) for hours in (3, 2, 0)])


def assert_tiers(cluster):
    """What a node has forgotten of entries it has forgotten of their sums. Sums that it forgot, and no entries, are made
    again in the hour's pass."""
    names = sorted(cluster.scan("kilometric:hour.{*}old*"))
    assert len(names) > OLD / 2
    raw = cluster.pipeline([("XRANGE", b"kilometric." + name.partition(b"}")[2], "-", "+") for name in names])
    hours = cluster.pipeline([("XRANGE", name, "-", "+") for name in names])
    for name, sums, entries in zip(names, hours, raw):
        expected = [(int(entry.split(b"-")[0]) // HOUR * HOUR, fields[1]) for entry, fields in entries[:-1]]
        found = [(int(entry.split(b"-")[0]), fields[1]) for entry, fields in sums]
        assert found == expected[:len(found)], name


def measure(cluster):
    """How long the cluster waits for some entries."""
    began, before = time.monotonic(), cluster.calls("xadd")
    eventually(lambda: cluster.calls("xadd") > before + 50, 60)
    return time.monotonic() - began


def runs(installation):
    return installation.log().count("Redis is another run")


@pytest.mark.seconds(240 + 40 * MANY)
def test_faults_of_a_cluster(seed, rng, tmp_path):
    with Cluster(str(tmp_path)) as cluster:
        add_old_entries(cluster)
        settings = {"redis": cluster, "redis_url": cluster.url, "flush_interval": 1}
        with Installation(**settings) as counts, Installation(**settings) as kinds:
            with Load(counts, seed, keys=300) as load, KindsLoad(kinds, seed) as kinds_load:
                for fault in in_rounds(rng):
                    measure(cluster)
                    noticed = runs(counts)
                    fault(cluster, rng)
                    print(f"{fault.__name__}: the cluster waited for {measure(cluster):.2f} s")
                    for node in cluster.nodes:
                        if not node.running():
                            node.start()
                    cluster.await_sound()
                    eventually(lambda: runs(counts) > noticed, message="nobody looked up what may be gone")
            assert_exact(counts, load)
            assert_kinds_exact(kinds, kinds_load)
            assert_tiers(cluster)
