"""Redis Cluster: both daemons find the nodes, follow slots as they move, and say what is wrong when they cannot."""

import os
import re
import time
import urllib.parse

import pytest
import wire
from certificates import Certificates
from cluster import Cluster, Node, slot_of
from harness import Installation
from processes import eventually, free_port
from redis_server import RedisServer
from resp import RedisError
from test_acl import ROOT, denied, rules, user
from test_keys_and_live import Events

HOUR = 3_600_000


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(str(tmp_path_factory.mktemp("cluster")), replicas=False) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(cluster):
    yield
    for node in cluster.primaries:
        node.command("FLUSHALL")


def test_every_kind_in_every_slot(cluster):
    with Installation(redis=cluster, redis_url=cluster.url, allow_delete="on", tags="keep") as installation:
        keys = [f"key{index}" for index in range(60)] + ["{a", "}b{", "{}c", "x{key1}y"]
        installation.post_lines("\n".join(f"{key}:2|c" for key in keys).encode())
        installation.post_lines(b"load:3.5|g\nload:+1|g\ntime:12|ms\nwho:me|s\n_e{5,4}:title|text\nhits:4|c|#host:web")
        installation.flush()
        assert installation.sums() == {**{key: 2 for key in keys}, "hits;host=web": 4}
        assert all(node.command("DBSIZE") > 10 for node in cluster.primaries)
        assert [installation.counter(key) for key in keys] == [2] * len(keys)
        assert installation.read_json("load", "value")["values"][0]["value"] == 4.5
        assert cluster.command("XLEN", "kilometric:events") == 1
        assert installation.health("readerd") == 200
        assert cluster.command("ZCARD", "kilometric:keys") == len(keys) + 1
        answer = wire.request(installation.reader_port, "DELETE", "/keys?key=key7")
        assert answer.status in (200, 204), answer
        assert installation.counter("key7") == 0 and not cluster.command("EXISTS", "kilometric.key7")


def test_tiers_lie_beside_their_streams(cluster):
    """Old entries, and those of a store that was searched on all nodes."""
    now = int(time.time() * 1000)
    keys = ["a", "b", "c", "}d", "{}e", "f{g}"]
    for key in keys:
        for hours, count in ((5, 10), (4, 20), (0, 40)):
            cluster.command("XADD", f"kilometric.{key}", f"{now - hours * HOUR}-1", "count", count)
    with Installation(redis=cluster, redis_url=cluster.url) as installation:
        eventually(lambda: len(cluster.scan("kilometric:hour.*")) == len(keys))
        for name in cluster.scan("kilometric:hour.*"):
            key = name.partition(b"}")[2]
            assert cluster.owner(name) is cluster.owner(b"kilometric." + key)
            eventually(lambda: len(cluster.command("XRANGE", name, "-", "+")) == 2)
        assert sorted(cluster.command("ZRANGE", "kilometric:keys", 0, -1)) == sorted(key.encode() for key in keys)
        assert {installation.counter(key) for key in keys} == {70}


def test_what_is_idle_for_a_week_gives_back_its_room(cluster):
    idle = int(time.time() * 1000) - 7 * 24 * HOUR - 2 * HOUR
    keys = ["a", "b", "}d", "f{g}"]
    for key in keys:
        for hours in (5, 0):
            cluster.command("XADD", f"kilometric.{key}", f"{idle - hours * HOUR}-1", "count", 1)
    with Installation(redis=cluster, redis_url=cluster.url, readerd=False):
        eventually(lambda: len(cluster.scan("kilometric:hour.*")) == len(keys))
        for name in [*cluster.scan("kilometric:hour.*"), *(f"kilometric.{key}" for key in keys)]:
            eventually(lambda: cluster.command("MEMORY", "USAGE", name) < 1000)


def test_slots_move_under_load(cluster):
    first, second, _ = cluster.primaries
    with Installation(redis=cluster, redis_url=cluster.url) as installation:
        keys = [f"moving{index}" for index in range(200)]
        rounds = 0
        for _ in range(2):
            installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
            rounds += 1
        cluster.move_slots(first, second, 300)
        for _ in range(2):
            installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
            rounds += 1
        installation.await_sums({key: rounds for key in keys})
        assert {installation.counter(key) for key in keys} == {rounds}
        assert "is away" not in installation.log("ingestd") and "does not answer" not in installation.log("readerd")
        cluster.move_slots(second, first, 300)
        cluster.await_sound()


def test_a_slot_half_moved(cluster):
    """A key that is not at its slot's owner any more is asked for at the node that takes it, and written there."""
    slot, source = slot_of("kilometric.half"), cluster.owner("kilometric.half")
    target = next(node for node in cluster.primaries if node is not source)
    source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", target.name)
    target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", source.name)
    with Installation(redis=cluster, redis_url=cluster.url) as installation:
        for value in (1, 2):
            installation.track("half", value)
            installation.flush()
            assert installation.counter("half") == (value == 2) * 2 + 1
        with pytest.raises(RedisError, match="ASK"):
            source.command("EXISTS", "kilometric.half")
        assert target.pipeline([("ASKING",), ("XLEN", "kilometric.half")]) == [b"OK", 2]
        for node in (target, source, *cluster.primaries):
            node.command("CLUSTER", "SETSLOT", slot, "NODE", target.name)
        installation.track("half", 4)
        installation.flush()
        assert installation.counter("half") == 7
        assert "is away" not in installation.log("ingestd") and "does not answer" not in installation.log("readerd")


def test_what_one_node_may_lack(cluster):
    """It is another run, and is looked up alone; what it still has is not written again, and what it lacks is."""
    with Installation(redis=cluster, redis_url=cluster.url, readerd=False) as installation:
        keys = [f"key{index}" for index in range(300)]
        for _ in range(3):
            installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
            installation.flush()
        installation.await_sums({key: 3 for key in keys})
        node, *others = cluster.primaries
        before = [other.calls("xadd") for other in others]
        there = [key for key in keys if cluster.owner(f"kilometric.{key}") is node]
        node.command("DEL", f"kilometric.{there[0]}")
        node.kill()
        node.start()
        eventually(lambda: node.calls("xadd") >= 3 * len(there))
        slots = sum(last - first + 1 for first, last, (_, port, *_), *_ in node.command("CLUSTER", "SLOTS") if port == node.port)
        assert f"Redis is another run in {slots} of 16384 slots" in installation.log("ingestd")
        installation.flush()
        assert installation.sums() == {key: 3 for key in keys}
        assert [other.calls("xadd") for other in others] == before
        assert node.calls("xadd") == 3 * len(there)


def test_what_is_read_of_all_nodes(cluster):
    """Lists, tags, Graphite and a live stream ask for keys that lie on each of them."""
    with Installation(redis=cluster, redis_url=cluster.url) as installation:
        events = Events(installation, [f"web.{index}" for index in range(12)])
        installation.post_lines("\n".join(f"web.{index}:{index + 1}|c|#host:h{index % 3}" for index in range(12)).encode())
        installation.post_lines("\n".join(f"web.{index}:1|c" for index in range(12)).encode())
        seen = set()
        while len(seen) < 12:
            seen |= {data["name"] for _, data in events.next()}
        assert seen == {f"web.{index}" for index in range(12)}
        events.close()

        def ask(target):
            answer = wire.request(installation.reader_port, "GET", target)
            assert answer.status == 200, answer
            return answer.json()
        installation.flush()
        assert len(ask("/keys?limit=100")["keys"]) == 24
        assert {value["value"]: value["count"] for value in ask("/tags/host")["values"]} == {f"h{index}": 4 for index in range(3)}
        assert sorted(node["text"] for node in ask("/metrics/find?query=web.*")) == sorted(str(index) for index in range(12))
        target = urllib.parse.quote("sumSeries(seriesByTag('name=~web\\..*','host=h1'))")
        [series] = ask(f"/render?format=json&from=-1h&target={target}")
        assert sum(value or 0 for value, _ in series["datapoints"]) == 2 + 5 + 8 + 11


def test_users_with_the_rules_of_the_documentation(cluster):
    """They are enough, also while slots move."""
    with open(os.path.join(ROOT, "docs/operations.md"), encoding="utf-8") as file:
        [more] = re.findall(r"In a cluster both also need `(.*?)`", file.read())

    def url_of(daemon):
        for node in cluster.primaries:
            user(node, daemon, f"{rules(daemon)} {more}")
        return cluster.url.replace("://", f"://kilometric-{daemon}:a-password@")

    first, second, _ = cluster.primaries
    keys = [f"key{index}" for index in range(100)]
    with Installation(redis=cluster, redis_url=url_of("ingestd"), readerd=False) as installation, \
            Installation(redis=cluster, redis_url=url_of("readerd"), ingestd=False, allow_delete="on") as reader:
        for source, target in ((first, second), (second, first)):
            installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
            cluster.move_slots(source, target, 200)
        installation.await_sums({key: 2 for key in keys})
        assert {reader.counter(key) for key in keys} == {2}
        assert wire.request(reader.reader_port, "DELETE", "/keys?key=key1").status in (200, 204)
        assert "NOPERM" not in installation.log() + reader.log("readerd")
    assert [denied(node) for node in cluster.primaries] == [[]] * 3
    for node in cluster.primaries:
        node.command("ACL", "DELUSER", "kilometric-ingestd", "kilometric-readerd")
    cluster.await_sound()


def test_by_tls(tmp_path):
    """Nodes tell of each other's ports for TLS to who asks by TLS, also when they send a command on."""
    certificates = Certificates(str(tmp_path / "certificates"))
    with Cluster(str(tmp_path), replicas=False, password="ours", tls=certificates.sign("node"),
                 authority=certificates.authority) as cluster:
        first, second, _ = cluster.primaries
        keys = [f"key{index}" for index in range(200)]
        settings = {"redis": cluster, "redis_url": cluster.tls_url, "redis_ca": certificates.authority}
        with Installation(**settings) as installation:
            installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
            cluster.move_slots(first, second, 200)
            installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
            installation.await_sums({key: 2 for key in keys})
            assert {installation.counter(key) for key in keys} == {2}
            second.kill()
            second.start()
            installation.track("key0")
            installation.flush()
            assert installation.counter("key0") == 3
        other = Certificates(str(tmp_path / "other"))
        assert "is not trusted" in reason(cluster, cluster.tls_url, redis_ca=other.authority)
        for node in cluster.nodes:
            node.command("CONFIG", "SET", "tls-cluster", "no")
        eventually(lambda: "where they have tls-cluster yes" in reason(cluster, cluster.tls_url, redis_ca=certificates.authority))


def reason(redis, url, **settings):
    """What readerd says of why it does not reach Redis."""
    with Installation(ingestd=False, redis=redis, redis_url=url, **settings) as installation:
        eventually(lambda: "Redis does not answer" in installation.log("readerd"))
        line = next(line for line in installation.log("readerd").splitlines() if "does not answer" in line)
        return line.split("does not answer: ")[1].removesuffix("; trying again until it does")


def test_why_there_is_no_cluster(cluster, tmp_path):
    port, alone = free_port(), RedisServer(str(tmp_path / "alone"))
    lonely = Node(str(tmp_path / "lonely"), "ours")
    try:
        alone.start()
        lonely.start()
        assert reason(cluster, f"redis-cluster://127.0.0.1:{port},127.0.0.1:{alone.port}") == (
            f"no node knows the cluster: 127.0.0.1:{port}: connection refused; "
            f"127.0.0.1:{alone.port}: it is no node of a cluster")
        assert reason(cluster, f"redis-cluster://127.0.0.1:{lonely.port}").endswith(
            "Redis wants a password (NOAUTH): set it in KILOMETRIC_REDIS_URL")
        url = f"redis-cluster://:ours@127.0.0.1:{lonely.port}"
        assert reason(cluster, url).endswith("the cluster is down, as it sees it")
        lonely.command("CONFIG", "SET", "cluster-require-full-coverage", "no")
        lonely.command("CLUSTER", "ADDSLOTSRANGE", 0, 99)
        eventually(lambda: b"cluster_state:ok" in lonely.command("CLUSTER", "INFO"))
        assert reason(cluster, url).endswith("no node has the slots 100-16383")
        lonely.command("CLUSTER", "ADDSLOTSRANGE", 100, 16383)
        eventually(lambda: b"cluster_state:ok" in lonely.command("CLUSTER", "INFO"))
        with Installation(redis=lonely, redis_url=url) as installation:
            installation.track("visits")
            installation.flush()
            assert installation.counter("visits") == 1
    finally:
        alone.clean_up()
        lonely.clean_up()
