"""Files of the runtime and state folders that are torn, cut, empty, of no version or noise, found at
a start: what can be read is delivered, what cannot is put aside, counted and logged; the start goes on."""

import os
import pathlib
import shutil

import pytest

from harness import Installation
from load import Load
from processes import eventually
from proof import assert_exact


def torn(data, rng):
    """The end reads as zeros, at least one of which was something else before."""
    at = rng.randrange(1, len(data.rstrip(b"\0")))
    return data[:at] + bytes(len(data) - at)


DAMAGE = {
    "cut": lambda data, rng: data[:rng.randrange(1, len(data))],
    "empty": lambda data, rng: b"",
    "noise": lambda data, rng: rng.randbytes(len(data)),
    "torn": torn,
    "of no version": lambda data, rng: data[:8] + bytes(4) + data[12:],  # a newer one stops the start
    "short noise": lambda data, rng: rng.randbytes(17),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_batches(how, rng):
    """Redis is away, so they are all there; one in three is damaged."""
    with Installation(readerd=False, flush_interval=0.05) as installation:
        installation.redis.stop()
        for batch in range(9):
            installation.track("whole" if batch % 3 else "damaged")
            eventually(lambda: installation.metrics().value("kilometric_batches_pending") == batch + 1)
        installation.stop()
        folder = pathlib.Path(installation.settings["state_dir"]) / "spool" / "pending"
        for number, path in enumerate(sorted(folder.iterdir(), key=lambda path: int(path.name))):
            if number % 3 == 0:
                path.write_bytes(DAMAGE[how](path.read_bytes(), rng))
        installation.redis.start()
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        installation.track("later")
        installation.flush()
        assert installation.sums() == {"whole": 6, "later": 1}
        assert installation.metrics().value("kilometric_files_unreadable_total") == 3
        assert installation.log().count("cannot be read") == 3
        assert len([path for path in folder.iterdir() if path.name.startswith("bad-")]) == 3


@pytest.mark.parametrize("how", DAMAGE)
def test_files_of_the_runtime_folder(how, rng):
    """Everything was killed, and then every file but one segment damaged. (Counters in a torn segment
    cannot be told from good ones, so that one is not damaged in that way.)"""
    with Installation(readerd=False, workers=2, flush_interval=300) as installation:
        runtime = pathlib.Path(installation.settings["runtime_dir"])
        installation.track("counted")
        installation.crash()
        for path in runtime.iterdir():
            if path.name.startswith("worker-") or path.name == "flusher":
                path.write_bytes(DAMAGE[how](path.read_bytes(), rng))
        if how != "torn":
            damaged = DAMAGE[how](next(runtime.glob("segment-*")).read_bytes(), rng)
            for name in ("segment-77", "segment-0-77"):  # the first as version 1 was named
                (runtime / name).write_bytes(damaged)
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        installation.track("counted", 10)
        installation.send_datagram(b"counted:100|c")
        eventually(lambda: installation.lines("udp")["accepted"] >= 1)
        installation.stop()
        assert installation.sums() == {"counted": 111}


def test_the_number_of_workers_changes(seed, rng):
    with Installation(readerd=False, workers=4) as installation:
        loads = []
        for workers in (1, 3, 2):
            with Load(installation, seed) as load:
                eventually(lambda: installation.metrics().value("kilometric_lines_accepted_total", via="udp") > 2000)
                if rng.random() < 0.5:
                    installation.stop()
                else:
                    installation.crash()
                installation.settings["workers"] = workers
                installation.launch("ingestd")
                installation.await_ready("ingestd")
            loads.append(load)
        assert_exact(installation, *loads, udp_lost=True, workers_remembered=False)


def test_a_power_cut(rng, tmp_path):
    """Modelled: the runtime folder (a tmpfs) is gone, and of what was done in the state folder without a
    sync any part may be undone. Nothing counts twice, and nothing is lost that was harvested."""
    for turn in range(6):
        with Installation(readerd=False, flush_interval=0.2) as installation:
            pending = lambda: installation.metrics().value("kilometric_batches_pending")  # noqa: E731
            spool = pathlib.Path(installation.settings["state_dir"]) / "spool"
            count(installation, 20)
            installation.flush()
            older = tmp_path / str(turn)
            shutil.copytree(spool, older)
            if turn % 2:
                installation.redis.stop()
            count(installation, 100)
            if turn % 2:
                for _ in range(2):  # the first may hold a part of the hundred only
                    before = pending()
                    count(installation, 1)
                    eventually(lambda: pending() > before)
            else:
                installation.flush()
            count(installation, 50)
            installation.crash()
            # The file `last` is never synced, a rename or unlink only with its folder.
            if rng.random() < 0.7:
                shutil.copy(older / "last", spool / "last")
            undo_renames(older, spool, rng)
            shutil.rmtree(installation.settings["runtime_dir"])
            if turn % 2:
                installation.redis.start()
            installation.launch("ingestd")
            installation.await_ready("ingestd")
            installation.track("power", 1000)
            installation.flush()
            assert 120 <= installation.sums()["power"] - 1000 <= 172


def count(installation, times):
    for _ in range(times):
        installation.track("power")


def undo_renames(older, spool, rng):
    """From pending to kept, and out of kept."""
    for path in (older / "kept").iterdir():
        if rng.random() < 0.5:
            shutil.copy(path, spool / "kept" / path.name)
    for path in list((spool / "kept").iterdir()):
        if rng.random() < 0.5:
            os.rename(path, spool / "pending" / path.name)
