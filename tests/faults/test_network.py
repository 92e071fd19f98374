"""Redis on another host, which is a network namespace of its own behind a virtual cable. On loopback a
refusal comes at once and inside connect(); here it comes later, and swallowed packets never answer."""

import os

import pytest

from harness import Installation
from load import Load
from network import Network
from processes import eventually
from proof import assert_exact
from redis_server import RedisServer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def redis_up(installation):
    return installation.metrics().value("kilometric_redis_up") == 1


def assert_away(installation):
    """Within the deadline of five seconds, give or take the machine; and said to those who ask."""
    eventually(lambda: not redis_up(installation), within=20)
    eventually(lambda: installation.health("readerd") == 422, within=20)
    assert installation.read("any").status == 503


def test_refused_swallowed_and_back(tmp_path, seed):
    with Network(1) as network:
        [host] = network.hosts
        redis = RedisServer(str(tmp_path / "redis"), password="far-away", host=host.address, prefix=host.prefix)
        redis.start()
        try:
            refuse_swallow_and_be_back(host, redis, seed)
        finally:
            redis.clean_up()


def refuse_swallow_and_be_back(host, redis, seed):
    with Installation(redis=redis) as installation:
        with Load(installation, seed) as load:
            eventually(lambda: redis.calls("xadd") > 1000)
            redis.kill()  # refused, by a host that is there
            assert_away(installation)
            redis.start()
            eventually(lambda: redis_up(installation))
            eventually(lambda: redis.calls("xadd") > 1000)
            redis._disconnect()
            host.cut_off()
            assert_away(installation)
            host.join()
            eventually(lambda: redis_up(installation), within=60)
            eventually(lambda: installation.health("readerd") == 200, within=60)
        assert_exact(installation, load)
