"""Folders that are full, read-only or gone: counts stay where they are, the log says it once, and it
recovers by itself. Each folder is a small tmpfs of its own; that needs root."""

import contextlib
import os
import signal
import subprocess

import pytest

from harness import Installation
from load import Load
from processes import eventually, send_signal
from proof import assert_exact

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 64) as path:
        yield path


@contextlib.contextmanager
def small_disk(path, mebibytes):
    """A tmpfs for one folder."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@contextlib.contextmanager
def full(disk):
    with open(disk / "ballast", "wb", buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(bytes(4096))
    yield
    os.remove(disk / "ballast")


@contextlib.contextmanager
def read_only(disk):
    """Files of the running process are open for writing, so only a forced one is possible."""
    subprocess.run(["mount", "-o", "bind", disk, disk], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", disk], check=True)  # who is inside may leave later


@contextlib.contextmanager
def gone(folder):
    os.rename(folder, f"{folder}-elsewhere")
    yield
    os.rename(f"{folder}-elsewhere", folder)


def pending(installation):
    return installation.metrics().value("kilometric_batches_pending")


def failures(installation):
    return installation.metrics().value("kilometric_harvest_failures_total")


def entries_sent(installation):
    return installation.metrics().value("kilometric_entries_sent_total")


def await_more(value, by=1):
    before = value()
    eventually(lambda: value() >= before + by)


def test_the_state_folder_is_full(disk, seed):
    with Installation(readerd=False, state_dir=disk) as installation:
        with Load(installation, seed) as load:
            for turn in range(1, 4):
                await_more(lambda: entries_sent(installation), 1000)
                with full(disk):
                    await_more(lambda: failures(installation), 3)
                await_more(lambda: entries_sent(installation), 1000)
                assert installation.log().count("the spool cannot be written") == turn
                assert installation.log().count("the spool can be written again") == turn
        assert_exact(installation, load)


def test_the_state_folder_is_read_only(disk, seed):
    with Installation(readerd=False, state_dir=disk) as installation:
        with Load(installation, seed) as load:
            await_more(lambda: entries_sent(installation), 1000)
            with read_only(disk):
                await_more(lambda: failures(installation), 3)
            await_more(lambda: entries_sent(installation), 1000)
        assert_exact(installation, load)


def test_the_state_folder_is_gone_for_a_while(tmp_path, seed):
    state = tmp_path / "state"
    with Installation(readerd=False, state_dir=state) as installation:
        with Load(installation, seed) as load:
            await_more(lambda: entries_sent(installation), 1000)
            with gone(state):
                await_more(lambda: failures(installation), 3)
            await_more(lambda: entries_sent(installation), 1000)
        assert_exact(installation, load)


def test_a_flusher_that_starts_while_the_state_folder_is_gone(tmp_path, seed):
    """It makes no other folder, with another instance's number, and comes back with the folder."""
    state = tmp_path / "state"
    with Installation(readerd=False, state_dir=state) as installation:
        with Load(installation, seed) as load:
            await_more(lambda: entries_sent(installation), 1000)
            with gone(state):
                send_signal(installation.flusher(), signal.SIGKILL)
                eventually(lambda: "cannot be written (No such file" in installation.log())
                assert not state.exists()
            eventually(lambda: entries_sent(installation) > 1000)
        assert_exact(installation, load)


def test_the_runtime_folder_is_full(disk, seed):
    """Known keys go on and are delivered, new ones are refused and counted, a killed worker and flusher come back;
    with room there is room again."""
    new = [f"http.new.{index}" for index in range(10_000)]
    keys = 100
    known = {"http.known": 41, "http.later": 1} | {f"http.{key}": 40 for key in range(keys)}
    with Installation(readerd=False, runtime_dir=disk) as installation:
        for _ in range(40):  # each by another connection, so that both workers know all keys of HTTP
            lines = "".join(f"{key}:1|c\n" for key in known if key != "http.later")
            assert installation.post_lines(lines.encode()).status == 204
        with Load(installation, seed, keys=keys) as load:
            await_more(lambda: entries_sent(installation), 10_000)  # and those of UDP, whose sockets stay
            with full(disk):
                answer = installation.post_lines("".join(f"{key}:1|c\n" for key in new).encode())
                assert answer.status in (200, 400) and answer.json()["rejected"] > 0, "there was room after all"
                installation.track("http.known")
                installation.kill_flusher()
                await_more(lambda: entries_sent(installation), 1000)
                installation.kill_worker()
                await_more(lambda: entries_sent(installation), 1000)
            eventually(lambda: installation.request("GET", "/track?key=http.later").status == 204)
        for key, times in known.items():
            load.answered[key] += times
            load.asked[key] += times
        load.asked.update(new)
        assert_exact(installation, load)
