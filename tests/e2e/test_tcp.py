"""TCP: lines by connections, off unless set; what ends them, and what they cost others."""

import os
import resource
import socket
import struct
import time

import pytest

from harness import INGESTD, Installation
from processes import eventually, free_port
from short_run import run

CONNECTIONS = 5_000
MOST_LINE = 8_192


@pytest.fixture(scope="module")
def installation():
    with Installation(tcp_port=free_port(), workers=1) as fresh:
        yield fresh


@pytest.fixture
def lines(installation):
    """What has become of lines since the test began."""
    before = installation.lines("tcp")
    return lambda: dict(installation.lines("tcp") - before)


def connections(installation):
    return installation.metrics().value("kilometric_stream_connections", via="tcp")


def reset(sock):
    """Closes it so that the other end sees an error."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def refused(**settings):
    """The one line of a start that fails, and its status."""
    ended = run(INGESTD, udp_port=free_port(), **settings)
    return ended.status, ended.one_line()


def test_lines_of_every_kind_and_outcome(installation, lines):
    sock = installation.connect_tcp()
    sock.sendall(b"a:1|c\nb:x|c\r\na:2|c|@1\r\n\ng:7|g\nt:5|ms\ns:me|s\n:1|c\nnonsense\n")
    eventually(lambda: lines() == {"received": 8, "accepted": 5, "bad_value": 1, "bad_key": 1, "bad_type": 1})
    rejected = {line["reason"]: line for line in installation.request("GET", "/rejected").json()["rejected"]}
    assert rejected["bad_type"]["via"] == "tcp" and rejected["bad_type"]["line"] == "nonsense"
    assert rejected["bad_type"]["sender"] == "{}:{}".format(*sock.getsockname())
    installation.flush()
    assert installation.counter("a") == 3


def test_a_line_in_pieces(installation, lines):
    sock = installation.connect_tcp()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for number, byte in enumerate(b"piece:1|c\npiece:2|c\npi"):
        sock.sendall(bytes([byte]))
        if number % 5 == 0:
            time.sleep(0.002)
    eventually(lambda: lines().get("accepted") == 2)
    sock.sendall(b"ece:4|c\n")
    eventually(lambda: lines() == {"received": 3, "accepted": 3})
    installation.flush()
    assert installation.counter("piece") == 7


def test_more_lines_than_a_read_takes(installation, lines):
    sock, many = installation.connect_tcp(), 20_000
    sock.sendall(b"many.of.them:1|c\n" * many)
    eventually(lambda: lines() == {"received": many, "accepted": many})


def test_a_last_line_without_a_line_end_counts(installation, lines):
    """As echo -n into nc sends it."""
    with installation.connect_tcp() as sock:
        sock.sendall(b"last:1|c\nlast:2|c")
        eventually(lambda: lines().get("accepted") == 1)
    eventually(lambda: lines() == {"received": 2, "accepted": 2})


def test_a_last_line_is_torn_when_the_connection_is_reset(installation, lines):
    sock = installation.connect_tcp()
    sock.sendall(b"torn:1|c\ntorn:2")
    eventually(lambda: lines().get("accepted") == 1)
    reset(sock)
    eventually(lambda: lines() == {"received": 2, "accepted": 1, "torn": 1})
    shown = [line for line in installation.request("GET", "/rejected").json()["rejected"] if line["reason"] == "torn"]
    assert shown[0]["line"] == "torn:2" and "is not counted" in shown[0]["advice"]


def test_a_line_that_is_too_long(installation, lines):
    sock = installation.connect_tcp()
    for size in (MOST_LINE, MOST_LINE + 1):
        line = b"k:" + b"x" * (size - len(b"k:|s")) + b"|s\n"
        sock.sendall(line[:5_000])
        time.sleep(0.01)
        sock.sendall(line[5_000:])
    sock.sendall(b"after:1|c\n")
    # A set's member may not be that long either.
    eventually(lambda: lines() == {"received": 3, "accepted": 1, "bad_value": 1, "truncated": 1})


def test_a_line_without_end(installation, lines):
    """It is counted once, and costs no memory."""
    sock = installation.connect_tcp()
    for _ in range(50):
        sock.sendall(b"endless" * 10_000)
    eventually(lambda: lines() == {"received": 1, "truncated": 1})
    sock.sendall(b"end\nafter:1|c\n")
    eventually(lambda: lines() == {"received": 2, "accepted": 1, "truncated": 1})


def test_bytes_that_are_no_text(installation, lines):
    sock = installation.connect_tcp()
    sock.sendall(bytes(range(256)) * 40 + b"\nfine:1|c\n")
    eventually(lambda: lines().get("accepted") == 1)


def test_connections_are_counted(installation):
    before, open_before = installation.metrics(), connections(installation)
    for _ in range(3):
        with installation.connect_tcp() as sock:
            sock.sendall(b"counted:1|c\n")
            eventually(lambda: connections(installation) == open_before + 1)
        eventually(lambda: connections(installation) == open_before)
    accepted = "kilometric_stream_connections_accepted_total"
    assert installation.metrics().value(accepted, via="tcp") == before.value(accepted, via="tcp") + 3


def test_thousands_that_never_end_their_line_harm_nobody(installation, lines):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CONNECTIONS + 500:
        pytest.skip(f"no more than {hard} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, CONNECTIONS + 500), hard))
    socks = []
    try:
        before = connections(installation)
        for _ in range(CONNECTIONS):
            sock = socket.create_connection((installation.host, installation.settings["tcp_port"]), 10)
            sock.sendall(b"never.ends")
            socks.append(sock)
        eventually(lambda: connections(installation) == before + CONNECTIONS)
        with installation.connect_tcp() as sock:
            sock.sendall(b"other:1|c\n")
            eventually(lambda: lines().get("accepted") == 1)
        installation.send_datagram(b"by.udp:1|c")
        installation.await_received()
        installation.kill_worker()
        eventually(lambda: lines() == {"received": CONNECTIONS + 1, "accepted": 1, "torn": CONNECTIONS})
    finally:
        for sock in socks:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_killed_worker_s_successor_takes_the_connections_that_wait(installation, lines):
    with installation.paused_workers() as [worker]:
        socks = [installation.connect_tcp() for _ in range(5)]
        for sock in socks:
            sock.sendall(b"waits:1|c\n")
            sock.shutdown(socket.SHUT_WR)
        os.kill(worker, 9)
    eventually(lambda: lines().get("accepted") == 5)


def test_a_stop_takes_what_has_arrived():
    with Installation(tcp_port=free_port(), workers=2) as installation:
        with installation.paused_workers():
            for _ in range(10):
                installation.connect_tcp().sendall(b"stop:1|c\n" * 1000 + b"sto")
        eventually(lambda: connections(installation) == 10)
        installation.restart()
        assert installation.lines("tcp") == {"received": 10_010, "accepted": 10_000, "torn": 10}
        installation.flush()
        assert installation.counter("stop") == 10_000
        assert connections(installation) == 0


def test_by_itself_there_is_none(shared):
    assert "TCP port" not in shared.log()


def test_every_address_takes_lines(tmp_path):
    with Installation(tcp_port=free_port(), bind="127.0.0.1,127.0.0.2", readerd=False) as installation:
        assert "for lines" in installation.log()
        for host in ("127.0.0.1", "127.0.0.2"):
            with socket.create_connection((host, installation.settings["tcp_port"]), 10) as sock:
                sock.sendall(b"everywhere:1|c\n")
        eventually(lambda: installation.lines("tcp").get("accepted") == 2)


def test_a_port_in_use(installation, tmp_path):
    folders = {"runtime_dir": str(tmp_path / "run"), "state_dir": str(tmp_path / "state")}
    port = installation.settings["tcp_port"]
    status, line = refused(port=free_port(), tcp_port=port, **folders)
    assert status == 69 and f"KILOMETRIC_TCP_PORT={port}: 127.0.0.1:{port} is already in use" in line


def test_a_port_that_is_http_s():
    status, line = refused(port=4000, tcp_port=4000)
    assert status == 78 and "KILOMETRIC_TCP_PORT=4000: the port of HTTP; allowed: none, or 1 to 65535, not" in line, line
