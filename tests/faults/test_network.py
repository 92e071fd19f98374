"""Redis on another host, which is a network namespace of its own behind a virtual cable. On loopback a
refusal comes at once and inside connect(); here it comes later, and swallowed packets never answer."""

import os
import subprocess

import pytest

from harness import Installation
from load import Load
from processes import eventually
from proof import assert_exact
from redis_server import RedisServer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


@pytest.fixture
def other_host():
    """Its namespace's name and its address, at the end of the cable `km-<pid>`."""
    name, cable = f"km-test-{os.getpid()}", f"km{os.getpid() % 100_000}"
    ip("netns", "add", name)
    try:
        ip("link", "add", cable, "type", "veth", "peer", "name", "km-far", "netns", name)
        ip("addr", "add", "10.213.7.1/30", "dev", cable)
        ip("link", "set", cable, "up")
        for command in (("addr", "add", "10.213.7.2/30", "dev", "km-far"), ("link", "set", "km-far", "up"),
                        ("link", "set", "lo", "up")):
            ip("-n", name, *command)
        yield name, "10.213.7.2"
    finally:
        ip("netns", "delete", name)


def redis_up(installation):
    return installation.metrics().value("kilometric_redis_up") == 1


def assert_away(installation):
    """Within the deadline of five seconds, give or take the machine; and said to those who ask."""
    eventually(lambda: not redis_up(installation), within=20)
    eventually(lambda: installation.health("readerd") == 422, within=20)
    assert installation.read("any").status == 503


def test_refused_swallowed_and_back(other_host, tmp_path, seed):
    name, address = other_host
    redis = RedisServer(str(tmp_path / "redis"), password="far-away", host=address,
                        prefix=["ip", "netns", "exec", name])
    redis.start()
    try:
        with Installation(redis=redis) as installation:
            with Load(installation, seed) as load:
                eventually(lambda: redis.calls("xadd") > 1000)
                redis.kill()  # refused, by a host that is there
                assert_away(installation)
                redis.start()
                eventually(lambda: redis_up(installation))
                eventually(lambda: redis.calls("xadd") > 1000)
                redis._disconnect()
                ip("-n", name, "link", "set", "km-far", "down")  # swallowed
                assert_away(installation)
                ip("-n", name, "link", "set", "km-far", "up")
                eventually(lambda: redis_up(installation), within=60)
                eventually(lambda: installation.health("readerd") == 200, within=60)
            assert_exact(installation, load)
    finally:
        redis.clean_up()
