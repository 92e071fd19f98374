"""Redis by TLS: what is counted arrives and is read, and each way in which TLS can fail says what to do."""

import os
import shutil
import subprocess

import pytest
import wire
from certificates import Certificates
from harness import INGESTD, READERD, Installation, clean_environment
from processes import eventually
from redis_server import RedisServer


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(str(tmp_path_factory.mktemp("certificates")))


@pytest.fixture(scope="module")
def redis(certificates, tmp_path_factory):
    server = RedisServer(str(tmp_path_factory.mktemp("redis")), tls=certificates.sign("redis"))
    server.start()
    yield server
    server.clean_up()


@pytest.fixture(autouse=True)
def empty(redis):
    yield
    redis.command("CONFIG", "SET", "tls-auth-clients", "no")
    redis.command("FLUSHALL")


def by_tls(redis, certificates, **settings):
    return Installation(redis=redis, **{"redis_url": redis.tls_url, "redis_ca": certificates.authority} | settings)


def test_every_kind_arrives_and_is_read(redis, certificates):
    """More than a record of TLS holds, both ways."""
    with by_tls(redis, certificates) as installation:
        for first in range(0, 20_000, 500):
            installation.post_lines(b"\n".join(b"count.%d:%d|c" % (key, key) for key in range(first + 1, first + 501)))
        installation.post_lines(b"time:1:2:3|ms\ngauge:7|g\nset:a|s\nset:b|s")
        installation.flush()
        sums = installation.sums()
        assert all(sums[f"count.{key}"] == key for key in range(1, 20_001)) and len(sums) == 20_000
        answer = wire.request(installation.reader_port, "GET", "/keys?limit=10000")
        assert answer.status == 200 and len(answer.json()["keys"]) == 10_000
        assert installation.read_json("time", "value", kind="timer", stat="max")["values"][0]["value"] == 3
        assert installation.read_json("set", "value", kind="set")["values"][0]["value"] == 2
        assert f"Redis answers at {redis.tls_url}" in installation.log("ingestd")


def test_a_connection_that_is_cut_is_made_again(redis, certificates):
    with by_tls(redis, certificates) as installation:
        for turn in range(1, 4):
            redis.command("CLIENT", "KILL", "SKIPME", "yes")
            installation.track("visits")
            installation.flush()
            assert installation.counter("visits") == turn
        assert installation.read_json("visits", "value")["values"][0]["value"] == 3


def reason(redis, **settings):
    """What a daemon says of why it does not reach Redis, or does not start."""
    with Installation(ingestd=False, redis=redis, **settings) as installation:
        eventually(lambda: "Redis does not answer" in installation.log("readerd"))
        line = next(line for line in installation.log("readerd").splitlines() if "does not answer" in line)
        return line.split("does not answer: ")[1].removesuffix("; trying again until it does")


def test_who_is_not_trusted(redis, certificates, tmp_path):
    other = Certificates(str(tmp_path))
    url = redis.tls_url
    words = reason(redis, redis_url=url)
    assert words.startswith("Redis' certificate is not trusted (") and words.endswith("KILOMETRIC_REDIS_CA says whom to trust")
    assert reason(redis, redis_url=url, redis_ca=other.authority).startswith("Redis' certificate is not trusted (")


@pytest.mark.parametrize("names, days, words", [
    ("DNS:elsewhere.example", 2, "Redis' certificate is not for localhost"),
    ("DNS:localhost", -1, "Redis' certificate will not do: certificate has expired")])
def test_a_certificate_that_will_not_do(certificates, tmp_path, names, days, words):
    server = RedisServer(str(tmp_path), tls=certificates.sign(f"bad{days}", names, days))
    server.start()
    try:
        assert reason(server, redis_url=server.tls_url, redis_ca=certificates.authority) == words
    finally:
        server.clean_up()


def test_a_certificate_that_was_revoked(certificates, redis, tmp_path):
    """Where the authorities' file has a list of these; who is not on it is trusted as ever."""
    revoked = certificates.sign("revoked")
    server = RedisServer(str(tmp_path), tls=revoked)
    server.start()
    try:
        authority = certificates.revoke(revoked[0])
        assert reason(server, redis_url=server.tls_url, redis_ca=authority) == \
            "Redis' certificate will not do: certificate revoked"
        with by_tls(redis, certificates, redis_ca=authority) as installation:
            installation.track("visits")
            installation.flush()
    finally:
        server.clean_up()


def test_an_address_has_to_be_in_the_certificate(certificates, tmp_path):
    server = RedisServer(str(tmp_path), tls=certificates.sign("named", "DNS:localhost"))
    server.start()
    try:
        url = server.tls_url.replace("localhost", "127.0.0.1")
        assert reason(server, redis_url=url, redis_ca=certificates.authority) == "Redis' certificate is not for 127.0.0.1"
    finally:
        server.clean_up()


def test_one_speaks_tls_and_the_other_does_not(redis, certificates):
    plain = redis.tls_url.replace("rediss:", "redis:")
    assert reason(redis, redis_url=plain).endswith("before any answer: a port for TLS takes rediss://")
    secret = redis.url.replace("redis://", "rediss://")
    assert reason(redis, redis_url=secret, redis_ca=certificates.authority) == \
        "no answer for 5 s: does it speak TLS? If not, it is redis://"


def test_redis_asks_for_our_certificate(redis, certificates, tmp_path):
    redis.command("CONFIG", "SET", "tls-ca-cert-file", certificates.authority)
    redis.command("CONFIG", "SET", "tls-auth-clients", "yes")
    ca = {"redis_url": redis.tls_url, "redis_ca": certificates.authority}
    assert reason(redis, **ca) == "Redis wants a certificate: set KILOMETRIC_REDIS_CERT and KILOMETRIC_REDIS_KEY"
    certificate, key = Certificates(str(tmp_path)).sign("stranger")
    assert reason(redis, **ca, redis_cert=certificate, redis_key=key).startswith("Redis does not take our certificate (")
    certificate, key = certificates.sign("ours")
    with by_tls(redis, certificates, redis_cert=certificate, redis_key=key) as installation:
        installation.track("visits")
        installation.flush()
        assert installation.counter("visits") == 1


def test_certificates_are_renewed_while_all_runs(certificates, tmp_path):
    """By another authority even: the files are read again for each connection."""
    server = RedisServer(str(tmp_path / "redis"), tls=certificates.sign("before"))
    trusted = str(tmp_path / "authority.crt")
    shutil.copy(certificates.authority, trusted)
    server.start()
    try:
        with by_tls(server, certificates, redis_ca=trusted) as installation:
            installation.track("visits")
            installation.flush()
            server.stop()
            later = Certificates(str(tmp_path / "later"))
            server.tls = later.sign("after")
            server.start()
            installation.track("visits")
            eventually(lambda: "is not trusted" in installation.log("ingestd"))
            shutil.copy(later.authority, trusted + ".new")
            os.replace(trusted + ".new", trusted)
            installation.flush()
            eventually(lambda: installation.counter("visits") == 2)  # the reader's next try may be seconds away
            assert installation.read_json("visits", "value")["values"][0]["value"] == 2
    finally:
        server.clean_up()


@pytest.mark.parametrize("program", [INGESTD, READERD])
def test_settings_that_stop_the_start(program, redis, certificates, tmp_path):
    certificate, key = certificates.sign("mine")
    _, other_key = certificates.sign("not.mine")
    nowhere = str(tmp_path / "nowhere")
    tls = {"redis_url": redis.tls_url}
    begin = "KILOMETRIC_REDIS_CA, _CERT and _KEY"
    for settings, words in [
            (tls | {"redis_cert": certificate}, "KILOMETRIC_REDIS_CERT and KILOMETRIC_REDIS_KEY: one without the other"),
            (tls | {"redis_key": key}, "KILOMETRIC_REDIS_CERT and KILOMETRIC_REDIS_KEY: one without the other"),
            (tls | {"redis_ca": nowhere}, f"{begin}: the authorities' file {nowhere} cannot be used: No such file or directory"),
            (tls | {"redis_ca": key}, f"{begin}: the authorities' file {key} cannot be used: "),
            (tls | {"redis_cert": certificate, "redis_key": nowhere}, f"{begin}: the key {nowhere} cannot be used: No such file"),
            (tls | {"redis_cert": certificate, "redis_key": other_key}, f"{begin}: the key {other_key} cannot be used: key values mismatch"),
            ({"redis_url": redis.url, "redis_ca": certificates.authority}, f"{begin} are for TLS, and the Redis URL does not begin with rediss://")]:
        done = subprocess.run([program], env=clean_environment(**settings), capture_output=True, text=True, timeout=30)
        assert done.returncode == 78 and done.stderr.count("\n") == 1 and words in done.stderr, done.stderr
