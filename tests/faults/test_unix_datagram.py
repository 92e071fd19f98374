"""The unix datagram socket under kills: what the socket took arrives exactly once, per key, as long as the supervisor
lives; and never twice."""

import os

import pytest

from harness import Installation
from processes import eventually
from test_kinds import kill_redis, kill_supervisors
from test_processes import crash_at_each_point, kill_again_and_again
from unix_load import UnixLoad

KILLS = int(os.environ.get("KILOMETRIC_KILLS") or 30)


@pytest.fixture
def path(tmp_path_factory):
    return str(tmp_path_factory.mktemp("sockets") / "statsd")


def assert_exact(installation, load, lost=False):
    """`lost`: a supervisor was killed, and what its socket held went with it."""
    def accepted():
        return installation.metrics().value("kilometric_lines_accepted_total", via="unix_datagram")
    if not lost:
        eventually(lambda: accepted() == load.sent.total(), 60, "not all lines were accepted")
    installation.flush(60)
    sums = {key: int(total) for key, total in installation.sums().items()}
    assert load.sent.total() > 1000, "there was no load"
    assert set(sums) <= set(load.sent)
    assert all(sums[key] <= load.sent[key] for key in sums), "doubled"
    assert accepted() == sum(sums.values())
    if lost:
        assert sum(sums.values()) > load.sent.total() / 2
    else:
        assert sums == load.sent


def test_workers_killed_every_few_milliseconds(path, seed, rng):
    with Installation(unix_datagram=path, readerd=False) as installation:
        with UnixLoad(installation, seed) as load:
            kill_again_and_again(installation, "worker", 5 * KILLS, 0.01, rng)
        assert_exact(installation, load)


def test_the_flusher_killed_at_random(path, seed, rng):
    with Installation(unix_datagram=path, readerd=False, flush_interval=0.05) as installation:
        with UnixLoad(installation, seed) as load:
            kill_again_and_again(installation, "flusher", KILLS, 0.3, rng)
        assert_exact(installation, load)


def test_the_supervisor_killed_at_random(path, seed, rng):
    with Installation(unix_datagram=path, readerd=False) as installation:
        with UnixLoad(installation, seed) as load:
            kill_supervisors(installation, rng, KILLS)
            received = lambda: installation.metrics().value("kilometric_unix_datagrams_received_total")  # noqa: E731
            before = received()
            eventually(lambda: received() > before + 100)  # the senders have connected anew
        assert_exact(installation, load, lost=True)


def test_redis_killed_at_random(path, seed, rng):
    with Installation(unix_datagram=path, readerd=False, flush_interval=0.5) as installation:
        with UnixLoad(installation, seed) as load:
            kill_redis(installation, rng, KILLS)
        assert_exact(installation, load)


def test_a_worker_killed_here_and_there(path, tmp_path, rng):
    """A batch by UDP and one by the unix socket: what is in hand keeps its way."""
    def scenario(installation):
        sock = installation.connect_unix()
        with installation.paused_workers():
            sock.send(b"a:1|c\nb:2.5|c\nbad\na:4|c")
            sock.send(b"a:8|c\n\nc:1|z\nb:16|c")
        eventually(lambda: installation.lines("unix_datagram") == {"received": 7, "accepted": 5, "bad_type": 2})
        installation.send_datagram(b"a:32|c\nworse", source=0)
        eventually(lambda: installation.lines("udp") == {"received": 2, "accepted": 1, "bad_type": 1})
        return {"a": 45, "b": 18.5}
    assert crash_at_each_point(tmp_path, "worker", scenario, step=rng.randrange(7, 12), unix_datagram=path) > 8
