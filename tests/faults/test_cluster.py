"""A cluster of three primaries and three replicas, whose primaries are killed, hang, are replaced, come back without
what they wrote last, and give slots away; again and again, under a load of counters from one host and of all other
kinds from another, while old entries get their tiers. In the end the cluster has everything, once, and no tier says
more than the entries. There are as many faults as KILOMETRIC_CLUSTER_FAULTS says, or one of each. And a cluster whose
nodes are hosts of their own, which are cut off, from each other or from us, too."""

import os
import time

import pytest
from cluster import Cluster
from harness import Installation
from kinds import KindsLoad, assert_kinds_exact
from load import Load
from network import Network
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
    """And its replica has them, too: what a node took that dies with it is of any age, which is a cluster's limit."""
    source, target = rng.sample(cluster.primaries, 2)
    cluster.move_slots(source, target, 50)
    offset, replica = offset_of(target), cluster.replica_of(target)
    eventually(lambda: offset_of(replica) >= offset)


def forget(cluster, rng):
    """It comes back before anybody has taken its place, and lacks half of what it wrote last."""
    old = rng.choice(cluster.primaries)
    path, before = append_only(old)
    eventually(lambda: append_only(old)[1] > before + 10_000 or append_only(old)[0] != path)
    old.kill()
    path_now, size = append_only(old)
    os.truncate(path_now, size - (size - (before if path_now == path else 0)) // 2)
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


def cut_off(cluster, rng):
    old = rng.choice(cluster.primaries)
    heir = cluster.replica_of(old)
    old.at.cut_off()
    try:
        cluster.await_heir(old, heir)
    finally:
        old.at.join()


def part(cluster, rng):
    """From the other nodes alone: for a while it takes from us what nobody else gets."""
    old = rng.choice(cluster.primaries)
    heir = cluster.replica_of(old)
    others = [node.at for node in cluster.nodes if node is not old]
    old.at.part_from(others)
    try:
        cluster.await_heir(old, heir)
    finally:
        old.at.meet(others)


def offset_of(node):
    """Of what it has written, or got from its primary."""
    fields = dict(line.split(b":") for line in node.command("INFO", "replication").split() if b":" in line)
    return int(fields[b"master_repl_offset"])


def append_only(node):
    """Its newest part, and how long that is."""
    folder = os.path.join(node.folder, "appendonlydir")
    path = max((os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".incr.aof")),
               key=os.path.getmtime)
    return path, os.path.getsize(path)


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


def endure(cluster, faults, seed, rng):
    add_old_entries(cluster)
    settings = {"redis": cluster, "redis_url": cluster.url, "flush_interval": 1}
    with Installation(**settings) as counts, Installation(**settings) as kinds:
        with Load(counts, seed, keys=300) as load, KindsLoad(kinds, seed) as kinds_load:
            for fault in faults:
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


@pytest.mark.seconds(240 + 40 * MANY)
def test_faults_of_a_cluster(seed, rng, tmp_path):
    with Cluster(str(tmp_path)) as cluster:
        endure(cluster, in_rounds(rng), seed, rng)


@pytest.mark.seconds(240 + 40 * MANY)
@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_nodes_that_are_cut_off(seed, rng, tmp_path):
    faults = [cut_off, part] * -(-MANY // len(FAULTS))
    with Network(6) as network, Cluster(str(tmp_path), password="far-away", hosts=network.hosts) as cluster:
        endure(cluster, faults, seed, rng)
