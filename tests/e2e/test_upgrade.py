"""Today's build on what an earlier one left behind when it was killed: each count arrives once.

The cases were made by tests/upgrade/make.py, which says what each of them is. Redis' clock is set back to
when that was, as for a start right after the kill."""

import collections
import glob
import json
import os
import sys
import tarfile
import time
import uuid
from decimal import Decimal

import pytest

from harness import INGESTD, ROOT, Installation
from processes import eventually, free_port
from short_run import run

sys.path.insert(0, os.path.join(ROOT, "tests", "faults"))

from proxy import Proxy  # noqa: E402

DATA = os.path.join(ROOT, "tests", "upgrade", "data")
CASES = sorted(glob.glob(os.path.join(DATA, "*", "*.tar.xz")))
MORE = ["hits", "sales.eu", "key.1", "of today"]


def unpack(case, folder):
    """As if the machine had run on ever since: what an earlier boot left in the runtime folder is removed."""
    with tarfile.open(case) as tar:
        tar.extractall(folder)
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = uuid.UUID(file.read().strip()).hex
    with open(os.path.join(folder, "run", "boot"), "w", encoding="ascii") as file:
        file.write(boot + "\n")


def emit(installation, sums):
    """A count for keys old and new, by each way in."""
    for key in MORE:
        installation.track(key, 3)
        sums[key] += 3
    for source in range(8):
        installation.send_datagram("\n".join(f"{key}:0.5|c" for key in MORE).encode(), source)
    installation.await_received()
    for key in MORE:
        sums[key] += 4


def other_than_zero(sums):
    return {key: total for key, total in sums.items() if total}


def assert_exact(installation, sums):
    """Also that no file was found to be none of ours."""
    installation.flush()
    assert other_than_zero(installation.sums()) == other_than_zero(sums)
    settings = installation.settings
    assert not glob.glob(f"{settings['runtime_dir']}/**/bad-*", recursive=True)
    assert not glob.glob(f"{settings['state_dir']}/**/bad-*", recursive=True)


def test_there_are_cases():
    assert len(CASES) > 10


@pytest.mark.parametrize("case", CASES, ids=[os.path.relpath(case, DATA) for case in CASES])
def test_every_count_of_an_earlier_build_arrives_once(case, tmp_path):
    unpack(case, tmp_path)
    made = json.loads((tmp_path / "case.json").read_text(encoding="utf-8"))
    sums = collections.Counter({key: Decimal(total) for key, total in made["sums"].items()})
    owner = Installation(ingestd=False, readerd=False)
    with owner, Proxy(owner.redis.port) as wire:
        wire.clock_off = made["made_ms"] // 1000 + 1 - int(time.time())
        owner.redis.pipeline([("PING",), *made["redis"]])
        with Installation(redis=owner.redis, readerd=False, redis_url=wire.url, runtime_dir=tmp_path / "run",
                          state_dir=tmp_path / "state") as installation:
            emit(installation, sums)
            installation.crash()
            installation.launch("ingestd")
            installation.await_ready("ingestd")
            emit(installation, sums)
            assert_exact(installation, sums)
            emit(installation, sums)
            installation.restart()
            assert_exact(installation, sums)
            owner.redis.stop()
            owner.redis.start()
            eventually(lambda: "Redis is another run" in installation.log())
            emit(installation, sums)
            assert_exact(installation, sums)
            assert installation.log().count("set KILOMETRIC_TAGS=drop") == 1


@pytest.mark.parametrize("name", ["run/segment-0-1", "run/worker-0", "state/spool/pending/3", "state/spool/kept/3"])
def test_a_file_of_a_newer_build_stops_the_start(name, tmp_path):
    """With one line that says which and what to do; all files stay as they are."""
    magic = b"KMSEGMNT" if "segment" in name else b"KMWORKER" if "worker" in name else b"KMBATCH1"
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    for folder in ("run", "state"):
        (tmp_path / folder).mkdir(exist_ok=True)
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        (tmp_path / "run" / "boot").write_text(uuid.UUID(file.read().strip()).hex + "\n")
    content = magic + (99).to_bytes(4, sys.byteorder) + bytes(100)
    path.write_bytes(content)
    ended = run(INGESTD, port=free_port(), udp_port=free_port(), runtime_dir=str(tmp_path / "run"),
                state_dir=str(tmp_path / "state"))
    assert ended.status == 78, ended
    assert ended.one_line().startswith(f"kilometric-ingestd: {path} is of version 99"), ended
    assert path.read_bytes() == content
