"""TCP and the unix stream socket under kills. A sender cannot know what was read, but every line has a number: of each
connection the lines that are counted are its first ones, without a gap, each once; and whatever was read, whole or torn,
is in the statistics."""

import os
import struct

import pytest

from harness import Installation
from processes import eventually, free_port
from stream_load import WAYS, StreamLoad
from test_kinds import kill_redis, kill_supervisors
from test_processes import crash_at_each_point, kill_again_and_again

KILLS = int(os.environ.get("KILOMETRIC_KILLS") or 15)


@pytest.fixture
def settings(tmp_path_factory):
    return {"tcp_port": free_port(), "unix_stream": tmp_path_factory.mktemp("sockets") / "statsd", "readerd": False}


def assert_exact(installation, load, whole=False):
    """`whole`: no connection was lost, so that all that was sent is counted. Returns how many lines were torn."""
    def left():
        return sum(value for _, value in installation.metrics().labels("kilometric_stream_connections"))
    eventually(lambda: left() == 0, 60, "connections are left")
    installation.flush(60)
    counted, torn = load.counted(installation.sums()), 0
    for way in WAYS:
        of_way = {name: lines for name, lines in counted.items() if name.startswith(way)}
        lines = installation.lines(way)
        assert sum(of_way.values()) > 500, "there was no load"
        assert lines["accepted"] == sum(of_way.values())
        assert set(lines) <= {"received", "accepted", "torn"} and lines["torn"] <= len(of_way), lines
        torn += lines["torn"]
    assert not whole or (counted == load.sent and torn == 0)
    return torn


def test_workers_killed_every_few_milliseconds(settings, seed, rng):
    with Installation(**settings) as installation:
        with StreamLoad(installation, seed) as load:
            kill_again_and_again(installation, "worker", 8 * KILLS, 0.02, rng)
        assert assert_exact(installation, load) > 0, "no worker was killed within a line"


def test_the_flusher_killed_at_random(settings, seed, rng):
    with Installation(**settings, flush_interval=0.05) as installation:
        with StreamLoad(installation, seed) as load:
            kill_again_and_again(installation, "flusher", KILLS, 0.2, rng)
        assert_exact(installation, load, whole=True)


def test_the_supervisor_killed_at_random(settings, seed, rng):
    with Installation(**settings) as installation:
        with StreamLoad(installation, seed) as load:
            kill_supervisors(installation, rng, KILLS)
            accepted = lambda: [installation.lines(way)["accepted"] for way in WAYS]  # noqa: E731
            before = accepted()
            # the senders have connected anew
            eventually(lambda: all(now > then + 100 for now, then in zip(accepted(), before)))
        assert_exact(installation, load)


def test_redis_killed_at_random(settings, seed, rng):
    with Installation(**settings, flush_interval=0.5) as installation:
        with StreamLoad(installation, seed) as load:
            kill_redis(installation, rng, KILLS)
        assert_exact(installation, load, whole=True)


def test_a_worker_killed_here_and_there(settings, tmp_path, rng):
    """Between reading and counting, and while its successor finishes that. What waited unread goes with the connection."""
    read = []

    def scenario(installation):
        def starts():
            return installation.metrics().value("kilometric_worker_starts_total")
        way, before = WAYS[len(read) % 2], starts()
        with installation.paused_workers():
            if way == "tcp":
                sock, text = installation.connect_tcp(), b"a:1|c\nb:2.5|c\nbad\na:4|c\n\nc:1|z\nb:16|c\nto"
            else:
                sock, text = installation.connect_unix_stream(), b""
                for lines, more in (b"a:1|c\nb:2.5|c", 0), (b"bad\na:4|c\n\nc:1|z", 0), (b"b:16|c\nto", 90):
                    text += struct.pack("<I", len(lines) + more) + lines
            sock.sendall(text)
        eventually(lambda: installation.lines(way)["received"] >= 6 or starts() > before)
        installation.kill_worker()
        lines = eventually(lambda: [installation.lines(way)])[0]
        read.append(bool(lines))
        sums = {0: {}, 2: {"a": 1, "b": 2.5}, 3: {"a": 5, "b": 2.5}, 4: {"a": 5, "b": 18.5}}[lines["accepted"]]
        assert lines["accepted"] in (0, 4) or way == "unix_stream"  # of which a message is read at a time
        assert lines["received"] == lines["accepted"] + lines["bad_type"] + lines["torn"]
        assert lines["accepted"] < 4 or (lines["bad_type"], lines["torn"]) == (2, 1)
        assert lines["accepted"] == 4 or lines["torn"] == 0, "what was read whole is torn"
        return sums
    crashes = crash_at_each_point(tmp_path, "worker", scenario, step=rng.randrange(7, 12),
                                  **{name: value for name, value in settings.items() if name != "readerd"})
    assert crashes > 8 and sum(read) > crashes / 2
