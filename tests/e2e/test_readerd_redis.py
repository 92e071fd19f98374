"""readerd and a Redis that goes, hangs, refuses, comes back; and GET /health."""

import contextlib
import os
import socket
import struct

import pytest

import wire
from harness import Installation
from processes import eventually
from resp import RedisError


@pytest.fixture
def reader():
    with Installation(ingestd=False) as installation:
        installation.redis.command("XADD", "kilometric.k", "5-0", "count", 1)
        yield installation


def redis_up(reader):
    return reader.metrics("readerd").value("kilometric_redis_up")


def assert_unavailable(answer):
    assert answer.status == 503, answer
    assert answer.error().startswith("Redis does not answer: "), answer
    assert len(answer.error()) > len("Redis does not answer: "), answer
    assert answer.headers["retry-after"] == "1"


def assert_back(reader):
    eventually(lambda: reader.read("k").status == 200, message="readerd did not find Redis again")
    assert reader.counter("k") == 1
    assert redis_up(reader) == 1


def register(reader, instance="1", age_ms=0, interval="10"):
    seconds, microseconds = (int(part) for part in reader.redis.command("TIME"))
    at = seconds * 1000 + microseconds // 1000 - age_ms
    reader.redis.command("ZADD", "kilometric:instances", at, instance)
    if interval is not None:
        reader.redis.command("HSET", f"kilometric:instance.{instance}", "interval", interval)


def start_again(redis):
    """It may still be loading when this returns."""
    with contextlib.suppress(RedisError):
        redis.start()


# Redis away

@pytest.mark.parametrize("end", ["stop", "kill"])
def test_redis_ends_and_starts_again(reader, end):
    register(reader)
    assert reader.health("readerd") == 200
    getattr(reader.redis, end)()
    eventually(lambda: redis_up(reader) == 0)
    assert_unavailable(reader.read("k"))
    assert reader.health("readerd") == 422
    start_again(reader.redis)
    assert_back(reader)
    assert reader.health("readerd") == 200


def test_redis_is_absent_at_the_start():
    with Installation(ingestd=False, redis=False) as reader:
        assert_unavailable(reader.read("k"))
        assert reader.health("readerd") == 422
        reader.redis.start()
        reader.redis.command("XADD", "kilometric.k", "5-0", "count", 1)
        assert_back(reader)


def test_redis_hangs(reader):
    register(reader)
    reader.redis.pause()
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(wire.HttpConnection(reader.reader_port)) for _ in range(200)]
        for connection in connections:
            connection.send(wire.format_request("GET", "/read?key=k&type=counter"))
        assert reader.health("readerd") == 422
        for connection in connections:
            assert_unavailable(connection.response())
    reader.redis.resume()
    assert_back(reader)
    assert reader.health("readerd") == 200


def test_redis_ends_in_the_middle_of_a_read(reader):
    reader.redis.command("EVAL", "for i = 1, 500000 do redis.call('XADD', KEYS[1], i .. '-0', 'count', 1) end",
                         1, "kilometric.long")
    pages = reader.metrics("readerd").value("kilometric_redis_pages_total")
    with wire.HttpConnection(reader.reader_port) as connection:
        connection.send(wire.format_request("GET", "/read?key=long&type=counter"))
        eventually(lambda: reader.metrics("readerd").value("kilometric_redis_pages_total") > pages)
        reader.redis.kill()
        assert_unavailable(connection.response())
    start_again(reader.redis)
    assert_back(reader)


def test_a_short_pause_is_only_a_delay(reader):
    reader.redis.pause()
    with wire.HttpConnection(reader.reader_port) as connection:
        connection.send(wire.format_request("GET", "/read?key=k&type=counter"))
        eventually(lambda: reader.metrics("readerd").value("kilometric_http_connections") >= 2)
        reader.redis.resume()
        assert connection.response().status == 200


# Redis refuses

@pytest.mark.parametrize("password", ["a pass@word/", "wrong", None])
def test_a_password(password):
    redis_password = "a pass@word/"
    with Installation(ingestd=False, readerd=False, password=redis_password) as reader:
        login = {"a pass@word/": ":a%20pass%40word%2F@", "wrong": ":wrong@", None: ""}[password]
        reader.settings["redis_url"] = f"redis://{login}127.0.0.1:{reader.redis.port}/0"
        reader.redis.command("XADD", "kilometric.k", "5-0", "count", 1)
        reader.launch("readerd")
        reader.await_ready("readerd")
        if password == redis_password:
            return assert_back(reader)
        answer = reader.read("k")
        assert answer.status == 503
        assert {"wrong": "WRONGPASS", None: "NOAUTH"}[password] in answer.error()
        assert "pass@word" not in reader.log("readerd") and ":wrong@" not in reader.log("readerd")


def test_a_command_that_redis_refuses(reader):
    reader.redis.command("ACL", "SETUSER", "default", "-xrange")
    answer = reader.read("k")
    assert answer.status == 503
    assert answer.error().startswith("Redis refuses: NOPERM")
    assert answer.headers["retry-after"] == "1"
    reader.redis.command("ACL", "SETUSER", "default", "+xrange")
    assert_back(reader)


def test_another_database_and_a_unix_socket():
    with Installation(ingestd=False, readerd=False) as reader:
        reader.settings["redis_url"] = f"unix://{reader.redis.socket_path}?db=3"
        reader.redis.pipeline([("SELECT", 3), ("XADD", "kilometric.k", "5-0", "count", 1)])
        reader.launch("readerd")
        reader.await_ready("readerd")
        assert_back(reader)


# A client that goes away

def reset(connection):
    """As when its process is killed with data unread. (A mere close looks like one that still listens.)"""
    with socket.socket(fileno=os.dup(connection.descriptor)) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_nobody_reads_for_a_client_that_has_gone(reader):
    reader.redis.command("EVAL", "for i = 1, 100000 do redis.call('XADD', KEYS[1], i .. '-0', 'count', 1) end",
                         1, "kilometric.long")
    pages = lambda: reader.metrics("readerd").value("kilometric_redis_pages_total")
    connections = lambda: reader.metrics("readerd").value("kilometric_http_connections")
    before = pages()
    reader.redis.pause()
    with wire.HttpConnection(reader.reader_port) as connection:
        connection.send(wire.format_request("GET", "/read?key=long&type=counter"))
        eventually(lambda: connections() == 2)
        reset(connection)
    eventually(lambda: connections() == 1)
    reader.redis.resume()
    assert reader.counter("k") == 1  # the pages of the other would come first: there is one connection
    assert pages() - before == 1
    assert reader.counter("long") == 100_000


# Health

@pytest.mark.parametrize("age_ms, interval, status", [
    (0, "10", 200), (95_000, "10", 200), (101_000, "10", 422), (0, "0.05", 200), (5_000, "0.05", 422),
    (3_000_000, "3600", 200), (0, None, 422), (0, "soon", 422), (0, "nan", 422), (-101_000, "10", 422),
])
def test_health_by_age_and_interval(shared_reader, age_ms, interval, status):
    shared_reader.redis.command("DEL", "kilometric:instances", "kilometric:instance.1")
    register(shared_reader, "1", age_ms, interval)
    if interval == "0.05" and status == 200:  # half a second may be over before the question is asked
        eventually(lambda: (register(shared_reader), shared_reader.health("readerd"))[1] == 200)
    else:
        assert shared_reader.health("readerd") == status


@pytest.fixture(scope="module")
def shared_reader():
    with Installation(ingestd=False) as installation:
        yield installation


def test_health_answers_as_the_original(shared_reader):
    shared_reader.redis.command("DEL", "kilometric:instances")
    answer = wire.request(shared_reader.reader_port, "GET", "/health")
    assert (answer.status, answer.body) == (422, b'{"status":"error"}')
    register(shared_reader)
    answer = wire.request(shared_reader.reader_port, "GET", "/health")
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    assert answer.headers["content-type"] == "application/json"


def test_a_slow_instance_is_well_though_a_quick_one_has_died(shared_reader):
    shared_reader.redis.command("DEL", "kilometric:instances")
    register(shared_reader, "quick", 20_000, "1")
    assert shared_reader.health("readerd") == 422
    register(shared_reader, "slow", 60_000, "60")
    assert shared_reader.health("readerd") == 200


def test_health_when_the_register_is_no_register(shared_reader):
    shared_reader.redis.pipeline([("DEL", "kilometric:instances"), ("SET", "kilometric:instances", "x")])
    assert shared_reader.health("readerd") == 422


def test_one_log_line_for_each_change(reader):
    for _ in range(3):
        reader.redis.kill()
        eventually(lambda: redis_up(reader) == 0)
        for _ in range(20):
            reader.read("k")
        start_again(reader.redis)
        assert_back(reader)
    log = reader.stop("readerd")
    assert log.count("Redis does not answer") == 3, log
    assert log.count("Redis answers") == 4, log
    assert len(log.splitlines()) == 9, log
