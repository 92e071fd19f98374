"""TCP under kills. A sender cannot know what was read, but every line has a number: of each connection the lines that
are counted are its first ones, without a gap, each once; and whatever was read, whole or torn, is in the statistics."""

import os

import pytest

from harness import Installation
from processes import eventually, free_port
from stream_load import StreamLoad
from test_kinds import kill_redis, kill_supervisors
from test_processes import crash_at_each_point, kill_again_and_again

KILLS = int(os.environ.get("KILOMETRIC_KILLS") or 15)


def assert_exact(installation, load, whole=False):
    """`whole`: no connection was lost, so that all that was sent is counted."""
    def left():
        return installation.metrics().value("kilometric_stream_connections", via="tcp")
    eventually(lambda: left() == 0, 60, "connections are left")
    installation.flush(60)
    counted = load.counted(installation.sums())
    lines = installation.lines("tcp")
    assert sum(counted.values()) > 1000, "there was no load"
    assert lines["accepted"] == sum(counted.values())
    assert set(lines) <= {"received", "accepted", "torn"}, lines
    assert lines["torn"] <= len(load.sent)
    if whole:
        assert counted == load.sent and lines["torn"] == 0
    return lines


def test_workers_killed_every_few_milliseconds(seed, rng):
    with Installation(tcp_port=free_port(), readerd=False) as installation:
        with StreamLoad(installation, seed) as load:
            kill_again_and_again(installation, "worker", 8 * KILLS, 0.02, rng)
        lines = assert_exact(installation, load)
        assert lines["torn"] > 0, "no worker was killed within a line"


def test_the_flusher_killed_at_random(seed, rng):
    with Installation(tcp_port=free_port(), readerd=False, flush_interval=0.05) as installation:
        with StreamLoad(installation, seed) as load:
            kill_again_and_again(installation, "flusher", KILLS, 0.2, rng)
        assert_exact(installation, load, whole=True)


def test_the_supervisor_killed_at_random(seed, rng):
    with Installation(tcp_port=free_port(), readerd=False) as installation:
        with StreamLoad(installation, seed) as load:
            kill_supervisors(installation, rng, KILLS)
            received = lambda: installation.metrics().value("kilometric_lines_accepted_total", via="tcp")  # noqa: E731
            before = received()
            eventually(lambda: received() > before + 100)  # the senders have connected anew
        assert_exact(installation, load)


def test_redis_killed_at_random(seed, rng):
    with Installation(tcp_port=free_port(), readerd=False, flush_interval=0.5) as installation:
        with StreamLoad(installation, seed) as load:
            kill_redis(installation, rng, KILLS)
        assert_exact(installation, load, whole=True)


def test_a_worker_killed_here_and_there(tmp_path, rng):
    """Between reading and counting, and while its successor finishes that. What waited unread goes with the connection."""
    read = []

    def scenario(installation):
        def starts():
            return installation.metrics().value("kilometric_worker_starts_total")
        before = starts()
        with installation.paused_workers():
            sock = installation.connect_tcp()
            sock.sendall(b"a:1|c\nb:2.5|c\nbad\na:4|c\n\nc:1|z\nb:16|c\nto")
        eventually(lambda: installation.lines("tcp").get("received") or starts() > before)
        installation.kill_worker()
        lines = eventually(lambda: [installation.lines("tcp")])[0]
        read.append(bool(lines))
        assert lines in ({}, {"received": 7, "accepted": 4, "bad_type": 2, "torn": 1})
        return {"a": 5, "b": 18.5} if lines else {}
    crashes = crash_at_each_point(tmp_path, "worker", scenario, step=rng.randrange(7, 12), tcp_port=free_port())
    assert crashes > 8 and sum(read) > crashes / 2
