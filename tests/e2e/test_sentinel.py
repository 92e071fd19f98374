"""Redis behind sentinels: both daemons find the primary, follow it, and say what is wrong when they cannot."""

import pytest
from certificates import Certificates
from harness import Installation
from processes import eventually, free_port
from redis_server import RedisServer
from sentinels import NAME, Group, Sentinel


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    with Group(str(tmp_path_factory.mktemp("group"))) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(group):
    yield
    group.primary.command("FLUSHALL")


def test_what_is_counted_follows_the_primary(group):
    with Installation(redis=group.primary, redis_url=group.url) as installation:
        installation.track("moved")
        installation.flush()
        assert f"({group.primary.host}:{group.primary.port})" in installation.log("ingestd")
        old, installation.redis = group.primary, group.fail_over()
        installation.track("moved", 10)  # the old one may acknowledge it yet
        installation.await_sums({"moved": 11})
        eventually(lambda: installation.counter("moved") == 11)
        assert f"({group.primary.host}:{group.primary.port})" in installation.log("ingestd")
        group.demote(old)
        group.await_sound()


def test_a_primary_that_hangs_is_left_though_nothing_is_counted(group):
    """Its connections stay open, and nothing is answered there."""
    old = group.primary
    with Installation(redis=old, redis_url=group.url) as installation:
        installation.track("before", 3)
        installation.flush()
        old.pause()
        try:
            installation.redis = new = group.await_another()
            eventually(lambda: installation.metrics().value("kilometric_redis_up") == 1)
            [instance] = new.command("ZRANGE", "kilometric:instances", 0, -1)
            before = new.command("ZSCORE", "kilometric:instances", instance)
            eventually(lambda: new.command("ZSCORE", "kilometric:instances", instance) != before)
            eventually(lambda: installation.counter("before") == 3)
        finally:
            old.kill()
            group.start_server(old)
            group.await_sound()


def test_a_sentinel_dies_and_one_hangs(group):
    with Installation(redis=group.primary, redis_url=group.url) as installation:
        group.sentinels[0].kill()
        group.sentinels[1].pause()
        try:
            group.primary.command("CLIENT", "KILL", "TYPE", "normal")
            installation.track("visits", 2)
            installation.flush()
            assert installation.counter("visits") == 2
        finally:
            group.sentinels[1].kill()
            for sentinel in group.sentinels[:2]:
                sentinel.start()
            group.await_sound()


def test_what_no_replica_would_have_is_not_acknowledged(group):
    """With min-replicas-to-write a primary refuses what nobody else gets; it waits in the spool."""
    [replica] = group.replicas
    with Installation(redis=group.primary, redis_url=group.url) as installation:
        group.primary.command("CONFIG", "SET", "min-replicas-to-write", "1")
        try:
            installation.track("visits")
            installation.flush()
            replica.kill()
            eventually(lambda: b"min_slaves_good_slaves:0" in group.primary.command("INFO", "replication"))
            installation.track("visits")
            eventually(lambda: "sending pauses: XADD kilometric.visits: NOREPLICAS" in installation.log("ingestd"))
            eventually(lambda: installation.metrics().value("kilometric_batches_pending") > 0)
            group.start_server(replica)
            installation.flush()
            assert installation.sums() == {"visits": 2}
        finally:
            group.primary.command("CONFIG", "SET", "min-replicas-to-write", "0")
            if not replica.running():
                group.start_server(replica)
            group.await_sound()


def test_passwords_of_both(tmp_path):
    with Group(str(tmp_path), replicas=0, sentinels=1, password="ours", sentinel_password="theirs") as group:
        with Installation(redis=group.primary, redis_url=group.url + "?sentinel-password=theirs") as installation:
            installation.track("visits")
            installation.flush()
            assert installation.counter("visits") == 1
        [sentinel] = group.sentinels
        sentinel.command("ACL", "SETUSER", "kilometric", "on", ">its", "+ping", "+sentinel|get-master-addr-by-name")
        with Installation(redis=group.primary,
                          redis_url=group.url + "?sentinel-user=kilometric&sentinel-password=its") as installation:
            assert installation.counter("visits") == 1
            assert "theirs" not in installation.log("ingestd") + installation.log("readerd")


def test_by_tls(tmp_path):
    """With the sentinels and with what they name."""
    certificates, port = Certificates(str(tmp_path / "certificates")), free_port()
    redis = RedisServer(str(tmp_path / "redis"), tls=certificates.sign("redis"))
    certificate, key = redis.tls
    sentinel = Sentinel(str(tmp_path / "sentinel"), redis, 1, port=redis.tls_port, lines=[
        f"tls-port {port}", "tls-replication yes", "tls-auth-clients no", f"tls-cert-file {certificate}",
        f"tls-key-file {key}", f"tls-ca-cert-file {certificates.authority}"])
    try:
        redis.start()
        sentinel.start()
        with Installation(redis=redis, redis_url=f"rediss-sentinel://localhost:{port}/{NAME}",
                          redis_ca=certificates.authority) as installation:
            installation.track("visits")
            installation.flush()
            assert installation.counter("visits") == 1
            assert f"(127.0.0.1:{redis.tls_port})" in installation.log("ingestd")
    finally:
        redis.clean_up()
        sentinel.clean_up()


def reason(redis, url):
    """What readerd says of why it does not reach Redis."""
    with Installation(ingestd=False, redis=redis, redis_url=url) as installation:
        eventually(lambda: "Redis does not answer" in installation.log("readerd"))
        line = next(line for line in installation.log("readerd").splitlines() if "does not answer" in line)
        return line.split("does not answer: ")[1].removesuffix("; trying again until it does")


def test_why_there_is_no_primary(group, tmp_path):
    redis, port = group.primary, free_port()
    nobody = f"redis-sentinel://127.0.0.1:{port},127.0.0.1:{redis.port}/{NAME}"
    assert reason(redis, nobody) == ("no sentinel knows the primary: "
                                     f"127.0.0.1:{port}: connection refused; 127.0.0.1:{redis.port}: it is no sentinel")
    assert reason(redis, group.url.replace(NAME, "other")).endswith("it knows no primary named other")
    dead = RedisServer(str(tmp_path / "dead"))
    lonely = Sentinel(str(tmp_path / "sentinel"), dead, 1)
    lonely.start()
    try:
        assert reason(dead, f"redis-sentinel://127.0.0.1:{lonely.port}/{NAME}") == \
            f"127.0.0.1:{dead.port}, the primary by the sentinels: connection refused"
    finally:
        lonely.clean_up()
