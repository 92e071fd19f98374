"""A failover: another Redis takes over, and the name leads to it; the old one may still hold connections."""

import contextlib
import os
import subprocess

import pytest

import harness
from harness import Installation
from processes import eventually
from proxy import Proxy
from redis_server import RedisServer


@pytest.fixture
def pair(tmp_path):
    """A master and its replica, in step."""
    with contextlib.ExitStack() as stack:
        servers = [RedisServer(str(tmp_path / name)) for name in ("one", "two")]
        for server in servers:
            stack.callback(server.clean_up)
            server.start()
        follow(servers[1], servers[0])
        yield servers


def follow(replica, master):
    replica.command("REPLICAOF", master.host, master.port)
    eventually(lambda: b"master_link_status:up" in replica.command("INFO", "replication"))


def promote(replica, master):
    """They change places; the last writes may not have got to the replica."""
    master.command("REPLICAOF", "127.0.0.1", "1")
    replica.command("REPLICAOF", "NO", "ONE")


def test_the_name_moves_and_old_connections_stay(pair):
    """New connections reach the new master, the old ones stay open at what is a replica now."""
    old, new = pair
    with Proxy(old.port) as name, Installation(redis=old, redis_url=name.url) as installation:
        installation.track("moved")
        installation.flush()
        eventually(lambda: installation.counter("moved") == 1)
        name.target = new.port
        promote(new, old)
        installation.track("moved", 10)
        installation.redis = new
        installation.flush()
        assert installation.sums() == {"moved": 11}
        eventually(lambda: installation.health() == 200)
        assert "Redis is a replica that takes no writes (READONLY)" in installation.log()


def test_a_demoted_redis_is_noticed_though_nothing_is_counted(pair):
    old, new = pair
    with Proxy(old.port) as name, Installation(redis=old, readerd=False, redis_url=name.url) as installation:
        installation.flush()
        name.target = new.port
        promote(new, old)
        installation.redis = new
        [instance] = new.command("ZRANGE", "kilometric:instances", 0, -1)
        before = new.command("ZSCORE", "kilometric:instances", instance)
        eventually(lambda: new.command("ZSCORE", "kilometric:instances", instance) != before)


def test_the_reader_leaves_a_replica_that_lost_its_master(pair):
    old, new = pair
    old.command("CONFIG", "SET", "replica-serve-stale-data", "no")
    with Proxy(old.port) as name, Installation(redis=old, redis_url=name.url) as installation:
        installation.track("moved", 7)
        installation.flush()
        assert installation.counter("moved") == 7
        name.target = new.port
        promote(new, old)
        eventually(lambda: installation.counter("moved") == 7)
        eventually(lambda: installation.health("readerd") == 200)
        installation.redis = new


@contextlib.contextmanager
def two_addresses(pair, tmp_path):
    """An ingestd for which redis.test is 127.0.0.1 and 127.0.0.2, each with one of the pair."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 redis.test localhost\n127.0.0.2 redis.test\n", encoding="ascii")
    inside = ["unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$0" "$@"']
    if subprocess.run([*inside, "true"], capture_output=True).returncode != 0:
        pytest.skip("needs root, to have a hosts file of its own")
    url = f"redis://redis.test:{pair[0].port}"
    with Installation(redis=pair[0], readerd=False, redis_url=url,
                      commands={"ingestd": [*inside, harness.INGESTD]}) as installation:
        yield installation


def test_all_addresses_of_a_name_are_tried(tmp_path):
    """Whichever of them is the master, the first or the last."""
    with contextlib.ExitStack() as stack:
        pair = [RedisServer(str(tmp_path / host), host=host) for host in ("127.0.0.1", "127.0.0.2")]
        pair[1].port = pair[0].port
        for server in pair:
            stack.callback(server.clean_up)
            server.start()
        follow(pair[1], pair[0])
        installation = stack.enter_context(two_addresses(pair, tmp_path))
        total = 0
        for master, replica in (pair, pair[::-1], pair):
            installation.redis = master
            installation.track("tried")
            total += 1
            installation.flush()
            assert installation.sums() == {"tried": total}
            promote(replica, master)
            follow(master, replica)
        installation.redis = pair[1]
        installation.flush()
