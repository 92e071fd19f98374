"""The unix datagram socket: off unless set, its file, and what it takes."""

import os
import shutil
import socket
import stat
import time

import pytest

from harness import INGESTD, SETTINGS, Installation
from processes import eventually, free_port
from short_run import run


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sockets")


@pytest.fixture
def path(folder):
    return str(folder / "statsd")


@pytest.fixture
def installation(path):
    with Installation(unix_datagram=path, workers=3) as fresh:
        yield fresh


def refused(path, tmp_path, **settings):
    """The one line of a start that fails."""
    ended = run(INGESTD, unix_datagram=path, port=free_port(), udp_port=free_port(), runtime_dir=str(tmp_path / "run"),
                state_dir=str(tmp_path / "state"), **settings)
    assert ended.status == 69, ended
    line = ended.one_line()
    assert line.startswith(f"kilometric-ingestd: KILOMETRIC_UNIX_DATAGRAM={path}: "), line
    return line


def test_lines_of_every_kind_and_outcome(installation):
    sock = installation.connect_unix()
    sock.send(b"a:1|c\nb:x|c\na:2|c|#env:prod\ng:7|g\nt:5|ms\ns:me|s\n:1|c\nnonsense")
    eventually(lambda: installation.lines("unix_datagram") == {"received": 8, "accepted": 5, "bad_value": 1, "bad_key": 1,
                                                               "bad_type": 1})
    assert installation.metrics().value("kilometric_unix_datagrams_received_total") == 1
    assert installation.metrics().value("kilometric_datagrams_received_total") == 0
    rejected = {line["reason"]: line for line in installation.request("GET", "/rejected").json()["rejected"]}
    assert rejected["bad_type"]["via"] == "unix_datagram" and rejected["bad_type"]["sender"] == "unknown"
    installation.flush()
    assert installation.counter("a") == 1 and installation.counter("a;env=prod") == 2


def test_a_long_datagram_is_cut_and_its_last_line_torn(installation):
    sock = installation.connect_unix()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    line = b"long:1|c\n"
    whole = 65_536 // len(line)
    sock.send(line * (whole + 100))
    eventually(lambda: installation.lines("unix_datagram") == {"received": whole + 1, "accepted": whole, "truncated": 1})


def test_nothing_is_lost_when_the_queue_is_full(installation):
    """Senders wait; no worker has to be idle for that."""
    sock, lines = installation.connect_unix(), 20_000
    with installation.paused_workers():
        sock.setblocking(False)
        queued = 0
        with pytest.raises(BlockingIOError):
            while True:
                sock.send(b"queued:1|c")
                queued += 1
        sock.setblocking(True)
    for _ in range(lines):
        sock.send(b"flood:1|c")
    eventually(lambda: installation.lines("unix_datagram").get("accepted") == queued + lines)
    installation.flush()
    assert (installation.counter("queued"), installation.counter("flood")) == (queued, lines)


def test_a_flood_is_taken_faster_than_a_short_queue_a_millisecond(installation):
    """With room for 10 datagrams and a pause of a millisecond after each read it would take two seconds and more."""
    sock, begin = installation.connect_unix(), time.monotonic()
    for _ in range(20_000):
        sock.send(b"fast:1|c")
    eventually(lambda: installation.lines("unix_datagram").get("accepted") == 20_000)
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("mode", ["600", "660", "666"])
def test_the_mode_of_the_file(path, mode):
    with Installation(unix_datagram=path, socket_mode=mode, readerd=False):
        assert stat.S_IMODE(os.stat(path).st_mode) == int(mode, 8)


def test_by_itself_there_is_none_and_a_set_one_is_for_owner_and_group(path, shared):
    assert "unix" not in shared.log()
    with Installation(unix_datagram=path, readerd=False) as installation:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
        assert f"unix datagram socket {path}, mode 660" in installation.log()


def test_a_dead_supervisor_s_socket_is_replaced_and_a_living_one_s_is_not(path, tmp_path):
    with Installation(unix_datagram=path, readerd=False) as installation:
        installation.crash()
        assert os.path.exists(path)
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        installation.connect_unix().send(b"again:1|c")
        eventually(lambda: installation.lines("unix_datagram").get("accepted") == 1)
        assert "already in use" in refused(path, tmp_path)
        installation.connect_unix().send(b"still:1|c")
        eventually(lambda: installation.lines("unix_datagram").get("accepted") == 2)


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed")
def test_a_socket_that_systemd_made(path):
    """As by kilometric-ingestd.socket: what came before the start waits in it, and its file is left as it is."""
    settings = [f"--setenv=KILOMETRIC_{name.upper()}" for name in SETTINGS]
    command = ["systemd-socket-activate", "--datagram", f"--listen={path}", "--fdname=unix_datagram-0", *settings, INGESTD]
    with Installation(unix_datagram=path, ingestd=False, readerd=False, commands={"ingestd": command}) as installation:
        installation.launch("ingestd")
        eventually(lambda: os.path.exists(path))
        made = os.stat(path).st_ino
        sock = installation.connect_unix()
        sock.send(b"early:1|c")
        installation.await_ready("ingestd")
        sock.send(b"late:1|c")
        installation.connect_unix().send(b"late:1|c")
        eventually(lambda: installation.lines("unix_datagram").get("accepted") == 3)
        assert os.stat(path).st_ino == made


def test_a_path_that_is_a_file(path, tmp_path):
    with open(path, "w", encoding="ascii") as file:
        file.write("precious")
    assert "no socket; move it away" in refused(path, tmp_path)
    with open(path, encoding="ascii") as file:
        assert file.read() == "precious"


def test_a_path_that_is_too_long(folder):
    ended = run(INGESTD, unix_datagram=str(folder / ("a" * 100)))
    assert ended.status == 78 and "KILOMETRIC_UNIX_DATAGRAM" in ended.one_line(), ended
    assert "too long for the path of a socket; allowed: none, or a path of at most 107 bytes" in ended.one_line()


def test_a_folder_that_is_not_there(folder, tmp_path):
    assert "No such file or directory" in refused(str(folder / "none" / "statsd"), tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(folder, path, tmp_path):
    folder.chmod(0o500)
    assert "Permission denied" in refused(path, tmp_path)


def test_a_killed_worker_loses_nothing_of_the_queue(installation):
    sock = installation.connect_unix()
    with installation.paused_workers():
        for _ in range(5):
            sock.send(b"kept:1|c")
        for pid in installation.workers():
            os.kill(pid, 9)
    eventually(lambda: installation.lines("unix_datagram").get("accepted") == 5)
