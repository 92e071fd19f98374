"""Redis by TLS dies, forgets, and its wire is cut in the midst of a record: all arrives exactly once all the same."""

import pytest
from certificates import Certificates
from harness import Installation
from load import Load
from processes import eventually
from proof import assert_exact
from proxy import Proxy
from redis_server import RedisServer


@pytest.fixture
def certificates(tmp_path):
    return Certificates(str(tmp_path / "certificates"))


@pytest.fixture
def redis(certificates, tmp_path):
    server = RedisServer(str(tmp_path / "redis"), tls=certificates.sign("redis"))
    server.start()
    yield server
    server.clean_up()


def test_redis_dies_again_and_again(redis, certificates, seed):
    with Installation(redis=redis, redis_url=redis.tls_url, redis_ca=certificates.authority) as installation:
        with Load(installation, seed) as load:
            for _ in range(5):
                calls = redis.calls("xadd")
                eventually(lambda: redis.calls("xadd") > calls + 1000)
                redis.kill()
                redis.start()
        assert_exact(installation, load)


def test_cut_in_the_midst_of_a_record(redis, certificates, seed, rng):
    with Proxy(redis.tls_port) as wire:
        url = wire.url.replace("redis://", "rediss://")
        with Installation(redis=redis, readerd=False, redis_url=url, redis_ca=certificates.authority) as installation:
            with Load(installation, seed) as load:
                wire.cut_replies(rng)
            assert_exact(installation, load)
