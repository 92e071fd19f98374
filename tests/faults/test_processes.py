"""Processes killed and stopped under load. What was accepted arrives exactly once, and nothing that
reached a socket is lost as long as the supervisor lives."""

import os
import signal
import time

import pytest

from harness import BUILD, Installation
from load import Load
from processes import alive, command_line, eventually, send_signal
from proof import assert_exact

CRASHING = os.path.join(BUILD, "tests", "faults", "kilometric-ingestd-crash")


def kill_again_and_again(installation, role, kills, pause, rng):
    """SIGKILLs a process of this role, whichever comes first, `kills` times, a moment after it was
    started."""
    supervisor, killed = installation.daemons["ingestd"], set()
    while len(killed) < kills:
        candidates = [pid for pid in supervisor.children() if pid not in killed and role in command_line(pid)]
        for pid in rng.sample(candidates, min(1, len(candidates))):
            time.sleep(rng.random() * pause)
            send_signal(pid, signal.SIGKILL)
            killed.add(pid)
    eventually(lambda: not any(alive(pid) for pid in killed))


def test_workers_killed_every_few_milliseconds(seed, rng):
    kills = int(os.environ.get("KILOMETRIC_KILLS", 2000))
    with Installation(readerd=False) as installation:
        with Load(installation, seed) as load:
            kill_again_and_again(installation, "worker", kills, 0.01, rng)
        assert_exact(installation, load)
        # Some die before they have said that they started.
        assert installation.metrics().value("kilometric_worker_starts_total") > kills / 2


def test_the_flusher_killed_at_random(seed, rng):
    with Installation(readerd=False, flush_interval=0.05) as installation:
        with Load(installation, seed) as load:
            kill_again_and_again(installation, "flusher", 200, 0.2, rng)
        assert_exact(installation, load)


def crash_at_each_point(tmp_path, role, scenario, step=1, **settings):
    """Runs `scenario(installation)` with a crash at point 1, 1 + step, ... until none takes place, and
    asserts each time that it returns what Redis then holds. Returns how many crashes there were."""
    at = 1
    while True:
        mark = tmp_path / f"crashed-at-{at}"
        crash = {"CRASH_AT": str(at), "CRASH_ROLE": role, "CRASH_MARK": str(mark)}
        with Installation(readerd=False, workers=1, environment=crash, commands={"ingestd": [CRASHING]},
                          **settings) as installation:
            expected = scenario(installation)
            installation.flush()
            assert installation.sums() == expected, f"after a crash at point {at}"
            if not mark.exists():
                return at // step
        at += step


def test_the_flusher_killed_at_each_point(tmp_path):
    """Between harvest, spool, send and acknowledge; with a segment that ends, and one key that Redis
    has an entry of in the future, so that IDs are changed."""
    def scenario(installation):
        installation.redis.command("XADD", "kilometric.late", "9999999999999-0", "count", "1000")
        installation.post_lines(b"a:1|c\nb:2|c\nlate:3|c")
        eventually(lambda: "a" in installation.sums())
        installation.kill_worker()  # so that a segment is sealed, harvested a last time and unlinked
        installation.post_lines(b"a:10|c\nlate:30|c")
        return {"a": 11, "b": 2, "late": 1033}
    assert crash_at_each_point(tmp_path, "flusher", scenario) > 40


def test_a_worker_killed_at_each_point(tmp_path):
    """Between receiving, each store of a line, and the end of the batch; and while it grows."""
    def scenario(installation):
        with installation.paused_workers():  # so that all of them are one batch
            installation.send_datagram(b"a:1|c\nb:2.5|c\nbad\na:4|c", source=0)
            installation.send_datagram(b"a:8|c\n\nc:1|z\nb:16|c", source=0)
        installation.await_received()
        eventually(lambda: installation.lines("udp") == {"received": 7, "accepted": 5, "bad_type": 2})
        return {"a": 13, "b": 18.5}
    assert crash_at_each_point(tmp_path, "worker", scenario) > 40


def test_a_growing_worker_killed_here_and_there(tmp_path, rng):
    keys = 800  # above three quarters of the first segment's 1024

    def scenario(installation):
        lines = [b"grow.%d:1|c" % key for key in range(keys)]
        with installation.paused_workers():
            for start in range(0, keys, 100):
                installation.send_datagram(b"\n".join(lines[start:start + 100]), source=0)
        eventually(lambda: installation.lines("udp") == {"received": keys, "accepted": keys})
        return {f"grow.{key}": 1 for key in range(keys)}
    assert crash_at_each_point(tmp_path, "worker", scenario, step=rng.randrange(150, 250)) > 10


@pytest.mark.parametrize("times", [3])
def test_everything_killed_at_once(seed, rng, times):
    with Installation(readerd=False) as installation:
        with Load(installation, seed) as load:
            for _ in range(times):
                time.sleep(0.5 + rng.random())
                family = installation.daemons["ingestd"].family()
                installation.redis._process.signal(signal.SIGKILL)
                for pid in rng.sample(family, len(family)):
                    send_signal(pid, signal.SIGKILL)
                installation.crash()
                installation.redis.kill()
                installation.redis.start()
                installation.launch("ingestd")
                installation.await_ready("ingestd")
        assert_exact(installation, load, udp_lost=True)


def test_the_supervisor_killed(seed, rng):
    """No orphan is left, the ports are free at once, and the next start finds what was counted."""
    with Installation(readerd=False) as installation:
        with Load(installation, seed) as load:
            for _ in range(5):
                time.sleep(0.3 + rng.random())
                installation.crash()
                installation.launch("ingestd")
                installation.await_ready("ingestd")
        assert_exact(installation, load, udp_lost=True)


def test_stopped_and_started_under_load_by_another_binary(seed):
    """A restart without a service manager: whoever listened last has counted all it took."""
    with Installation(readerd=False) as installation:
        with Load(installation, seed) as load:
            for program in (CRASHING, None, CRASHING, None):
                time.sleep(0.5)
                installation.stop()
                before = installation.commands["ingestd"]
                installation.commands["ingestd"] = [program] if program else before
                installation.launch("ingestd")
                installation.await_ready("ingestd")
                installation.commands["ingestd"] = before
        assert_exact(installation, load, udp_lost=True)


def test_processes_that_hang_are_replaced(seed):
    """SIGSTOP of a worker and of the flusher: the supervisor notices, the queue waits. It must hold what
    comes until then, so the load is a small one. Who has not said that it serves is given five minutes."""
    with Installation(readerd=False) as installation:
        eventually(lambda: "ready: StatsD" in installation.log())
        with Load(installation, seed, lines_a_second=2_000, requests_a_second=10) as load:
            victims = [installation.workers()[0], installation.flusher()]
            for pid in victims:
                send_signal(pid, signal.SIGSTOP)
            eventually(lambda: not any(alive(pid) for pid in victims), within=120)
        assert_exact(installation, load)
