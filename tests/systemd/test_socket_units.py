"""The units that offer unix sockets: systemd makes them, and ingestd takes lines from them, over restarts too."""

import os
import socket
import stat
import struct

import pytest

from processes import eventually

LINE = b"ways:1|c"
SOCKET_UNITS = ["kilometric-ingestd.socket", "kilometric-ingestd-stream.socket"]
DATAGRAM, STREAM = "/run/kilometric-statsd.socket", "/run/kilometric-statsd-stream.socket"
TCP_PORT = 8126


@pytest.fixture
def offered(stopped):
    stopped.set(unix_datagram=DATAGRAM, unix_stream=STREAM, tcp_port=TCP_PORT)
    stopped.machine.run("systemctl", "start", *SOCKET_UNITS)
    stopped.systemctl("start", "ingestd", "readerd")
    yield stopped
    stopped.systemctl("stop", "ingestd")
    stopped.machine.run("systemctl", "stop", *SOCKET_UNITS)


def send_datagram(machine):
    """Waits while the socket's queue is full, as it is while nobody reads."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect(machine.path(DATAGRAM))
        sock.send(LINE)


def send_by_streams(machine):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(machine.path(STREAM))
        sock.sendall(struct.pack("<I", len(LINE)) + LINE)
    with socket.create_connection(("127.0.0.1", TCP_PORT)) as sock:
        sock.sendall(LINE + b"\n")


def test_every_way_over_restarts(offered):
    files = {path: os.stat(offered.machine.path(path)) for path in (DATAGRAM, STREAM)}
    kilometric = int(offered.machine.run("id", "-g", "kilometric"))
    for file in files.values():
        assert stat.S_ISSOCK(file.st_mode) and stat.S_IMODE(file.st_mode) == 0o660 and file.st_gid == kilometric
    sent = 0
    for _ in range(3):
        restarting = offered.machine.start("systemctl", "restart", "kilometric-ingestd.service")
        while restarting.poll() is None:
            send_datagram(offered.machine)  # a stop closes connections, with what comes by them after that
            sent += 1
        assert restarting.returncode == 0
        send_by_streams(offered.machine)
        sent += 2
        eventually(lambda: offered.counter("ways") == sent, message=None)
    assert sent > 9
    assert {path: os.stat(offered.machine.path(path)).st_ino for path in files} == \
        {path: file.st_ino for path, file in files.items()}, "a socket was made anew"
