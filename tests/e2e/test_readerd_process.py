"""readerd as a process: start, ports, stop, and what systemd hears."""

import contextlib
import os
import signal
import socket
import subprocess

import pytest

import wire
from harness import READERD, Installation, clean_environment
from processes import Process, eventually, free_port


def run(*arguments, **settings):
    """A start that must end by itself."""
    return subprocess.run([READERD, *arguments], env=clean_environment(**settings), capture_output=True, text=True,
                          timeout=30, check=False)


def assert_one_line(result, status, *words):
    assert result.returncode == status, result
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result
    assert all(word in result.stderr for word in words), result


def test_help_and_version():
    assert "KILOMETRIC_READER_PORT" in run("--help").stdout
    assert run("--version").returncode == 0


def test_bad_settings():
    assert_one_line(run(reader_port="http"), 78, "KILOMETRIC_READER_PORT", "http")
    assert_one_line(run("--no-such-flag"), 64, "no-such-flag")


def test_a_port_in_use():
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert_one_line(run(reader_port=port), 69, str(port), "KILOMETRIC_READER_PORT")


def test_two_readers_share_a_port():
    with Installation(ingestd=False) as reader:
        reader.redis.command("XADD", "kilometric.k", "5-0", "count", 1)
        environment = clean_environment(**reader.settings)
        other = Process([READERD], os.path.join(reader.folder, "other.log"), environment)
        try:
            eventually(lambda: "Redis answers" in other.log())
            for _ in range(50):
                assert reader.counter("k") == 1
            other.signal(signal.SIGTERM)
            assert other.wait() == 0
            requests = int(other.log().split(" requests served")[0].rpartition(" ")[2])
            assert 0 < requests < 50, other.log()  # both had a part of them
        finally:
            other.kill_family()
        for _ in range(50):
            assert reader.counter("k") == 1


def test_a_low_limit_of_descriptors_is_raised():
    with Installation(ingestd=False, readerd=False) as reader:
        shell = ["sh", "-c", 'ulimit -Sn 64 && exec "$0"', READERD]
        daemon = Process(shell, os.path.join(reader.folder, "readerd.log"), clean_environment(**reader.settings))
        reader.daemons["readerd"] = daemon
        reader.await_ready("readerd")
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(wire.HttpConnection(reader.reader_port))
            assert reader.metrics("readerd").value("kilometric_http_connections") == 201


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_what_was_asked(number):
    with Installation(ingestd=False) as reader:
        reader.redis.command("XADD", "kilometric.k", "5-0", "count", 1)
        reader.redis.pause()
        with wire.HttpConnection(reader.reader_port) as connection, wire.HttpConnection(reader.reader_port) as idle:
            connection.send(wire.format_request("GET", "/read?key=k&type=counter"))
            eventually(lambda: reader.metrics("readerd").value("kilometric_http_connections") == 3)
            reader.daemons["readerd"].signal(number)
            assert idle.closed()
            reader.redis.resume()
            answer = connection.response()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert connection.closed()
        assert "stopped" in reader.stop("readerd")


def test_a_stop_while_redis_hangs():
    with Installation(ingestd=False) as reader:
        reader.redis.pause()
        with wire.HttpConnection(reader.reader_port) as connection:
            connection.send(wire.format_request("GET", "/read?key=k&type=counter"))
            eventually(lambda: reader.metrics("readerd").value("kilometric_http_connections") == 2)
            reader.stop("readerd", within=20)


@contextlib.contextmanager
def systemd(**installation):
    """A reader started as systemd would, and a function that gives its next message."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(30)
        name = f"kilometric-test-{os.getpid()}-{free_port()}"
        receiver.bind("\0" + name)
        environment = {"NOTIFY_SOCKET": "@" + name, "WATCHDOG_USEC": "200000"}
        with Installation(ingestd=False, environment=environment, **installation) as reader:
            yield reader, lambda: receiver.recv(4096).decode()


def test_what_systemd_hears():
    with systemd() as (reader, hear):
        assert hear() == "READY=1"
        assert hear() == "STATUS=0 requests served; Redis answers"
        assert hear() == "WATCHDOG=1"
        assert hear() == "WATCHDOG=1"
        reader.stop("readerd")
        eventually(lambda: hear() == "STOPPING=1")


def test_ready_when_redis_is_away():
    with systemd(redis=False) as (_, hear):
        assert hear() == "READY=1"
        assert hear() == "STATUS=0 requests served; Redis does not answer"
