"""The unix stream socket: off unless set, its file, its messages and their lengths."""

import os
import shutil
import stat
import struct

import pytest

from harness import INGESTD, SETTINGS, Installation
from processes import eventually, free_port
from short_run import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sockets")


@pytest.fixture(scope="module")
def installation(folder):
    with Installation(unix_stream=folder / "shared", workers=2, readerd=False) as fresh:
        yield fresh


@pytest.fixture
def lines(installation):
    """What has become of lines since the test began."""
    before = installation.lines("unix_stream")
    return lambda: dict(installation.lines("unix_stream") - before)


def message(text, length=None):
    return struct.pack("<I", len(text) if length is None else length) + text


def closed(sock):
    """Whether ingestd has closed it, with a reset where it left something unread."""
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def refused(path, tmp_path):
    """The one line of a start that fails."""
    ended = run(INGESTD, unix_stream=path, port=free_port(), udp_port=free_port(), runtime_dir=str(tmp_path / "run"),
                state_dir=str(tmp_path / "state"))
    assert ended.status == 69, ended
    line = ended.one_line()
    assert line.startswith(f"kilometric-ingestd: KILOMETRIC_UNIX_STREAM={path}: "), line
    return line


def test_lines_of_messages(installation, lines):
    sock = installation.connect_unix_stream()
    sock.sendall(message(b"a:1|c\nb:x|c\na:2|c") + message(b"") + message(b"a:4|c\n") + message(b"nonsense"))
    eventually(lambda: lines() == {"received": 5, "accepted": 3, "bad_value": 1, "bad_type": 1})
    rejected = {line["reason"]: line for line in installation.request("GET", "/rejected").json()["rejected"]}
    assert rejected["bad_type"]["via"] == "unix_stream" and rejected["bad_type"]["line"] == "nonsense"
    installation.flush()
    assert installation.sums()["a"] == 7


def test_a_message_in_pieces(installation, lines):
    sock = installation.connect_unix_stream()
    for byte in message(b"piece:1|c\npiece:2|c") + message(b"piece:4|c"):
        sock.sendall(bytes([byte]))
    eventually(lambda: lines() == {"received": 3, "accepted": 3})
    installation.flush()
    assert installation.sums()["piece"] == 7


def test_many_messages(installation, lines):
    sock, many = installation.connect_unix_stream(), 3_000
    sock.sendall(b"".join(message(b"many:1|c\n" * (number % 300)) for number in range(many)))
    expected = sum(number % 300 for number in range(many))
    eventually(lambda: lines() == {"received": expected, "accepted": expected})


@pytest.mark.parametrize("length", [65_537, 2_000_000_000, 0xFFFF_FFFF])
def test_a_length_that_is_more_than_is_taken(installation, lines, length):
    sock = installation.connect_unix_stream()
    sock.sendall(message(b"before:1|c") + message(b"behind:1|c", length) + message(b"behind:1|c"))
    eventually(lambda: lines() == {"received": 2, "accepted": 1, "truncated": 1})
    assert closed(sock)
    shown = [line for line in installation.request("GET", "/rejected").json()["rejected"] if line["reason"] == "truncated"]
    assert shown[0]["via"] == "unix_stream" and "or message is longer than 65,536 bytes" in shown[0]["advice"]


def test_the_longest_message(installation, lines):
    sock = installation.connect_unix_stream()
    sock.sendall(message(b"k:1|c\n" * 10_000 + b"x" * 5_536) + message(b"k:1|c"))
    eventually(lambda: lines() == {"received": 10_002, "accepted": 10_001, "bad_type": 1})


def test_a_message_that_is_never_whole(installation, lines):
    with installation.connect_unix_stream() as sock:
        sock.sendall(message(b"torn:1|c\ntorn:2|c", 1000))
        eventually(lambda: lines().get("accepted") == 1)
    eventually(lambda: lines() == {"received": 2, "accepted": 1, "torn": 1})


def test_statsd_without_lengths_is_found_out(installation, lines):
    """Who takes it for a plain stream sends `abcd`, a length of 1.7 GB."""
    sock = installation.connect_unix_stream()
    sock.sendall(b"abcd:1|c\n")
    assert closed(sock)
    assert lines() == {"received": 1, "truncated": 1}


def test_a_killed_worker_s_successor_takes_the_connections_that_wait(installation, lines):
    with installation.paused_workers() as workers:
        for _ in range(5):
            with installation.connect_unix_stream() as sock:
                sock.sendall(message(b"waits:1|c"))
        for worker in workers:
            os.kill(worker, 9)
    eventually(lambda: lines() == {"received": 5, "accepted": 5})


def test_the_mode_of_the_file(folder):
    path = str(folder / "mode")
    with Installation(unix_stream=path, socket_mode="666", readerd=False) as installation:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o666
        assert f"unix stream socket {path}, mode 666" in installation.log()


def test_by_itself_there_is_none(shared):
    assert "unix stream" not in shared.log()


def test_a_dead_supervisor_s_socket_is_replaced_and_a_living_one_s_is_not(folder, tmp_path):
    path = str(folder / "dead")
    with Installation(unix_stream=path, readerd=False) as installation:
        installation.crash()
        assert os.path.exists(path)
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        assert "already in use" in refused(path, tmp_path)
        installation.connect_unix_stream().sendall(message(b"still:1|c"))
        eventually(lambda: installation.lines("unix_stream").get("accepted") == 1)


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed")
def test_a_socket_that_systemd_made(folder):
    """As by kilometric-ingestd-stream.socket: who came before the start waits in it."""
    path = str(folder / "systemd")
    settings = [f"--setenv=KILOMETRIC_{name.upper()}" for name in SETTINGS]
    command = ["systemd-socket-activate", f"--listen={path}", "--fdname=unix_stream-0", *settings, INGESTD]
    with Installation(unix_stream=path, ingestd=False, readerd=False, commands={"ingestd": command}) as installation:
        installation.launch("ingestd")
        eventually(lambda: os.path.exists(path))
        made = os.stat(path).st_ino
        installation.connect_unix_stream().sendall(message(b"early:1|c"))
        installation.await_ready("ingestd")
        installation.connect_unix_stream().sendall(message(b"late:1|c"))
        eventually(lambda: installation.lines("unix_stream").get("accepted") == 2)
        assert os.stat(path).st_ino == made


def test_a_path_that_is_a_file(folder, tmp_path):
    path = folder / "file"
    path.write_text("precious")
    assert "no socket; move it away" in refused(str(path), tmp_path)
    assert path.read_text() == "precious"


def test_a_path_that_is_the_datagram_socket_s(folder, tmp_path):
    path = str(folder / "both")
    ended = run(INGESTD, unix_stream=path, unix_datagram=path, port=free_port(), udp_port=free_port(),
                runtime_dir=str(tmp_path / "run"), state_dir=str(tmp_path / "state"))
    assert ended.status == 69 and "already in use" in ended.one_line()


def test_a_folder_that_is_not_there(folder, tmp_path):
    assert "No such file or directory" in refused(str(folder / "none" / "statsd"), tmp_path)
