"""Gauges, timers and sets under kills: per key, bin and member, what was accepted arrives exactly once.
KILOMETRIC_KILLS=200 kills each role so often; unset, the flusher less, as that takes minutes."""

import os
import signal
import time

from harness import Installation
from kinds import KindsLoad, assert_kinds_exact
from processes import send_signal
from test_processes import kill_again_and_again

KILLS = os.environ.get("KILOMETRIC_KILLS")


def test_workers_killed_every_few_milliseconds(seed, rng):
    with Installation() as installation:
        with KindsLoad(installation, seed) as load:
            kill_again_and_again(installation, "worker", int(KILLS or 200), 0.01, rng)
        assert_kinds_exact(installation, load)


def test_the_flusher_killed_at_random(seed, rng):
    with Installation(flush_interval=0.05) as installation:
        with KindsLoad(installation, seed) as load:
            kill_again_and_again(installation, "flusher", int(KILLS or 40), 0.1, rng)
        assert_kinds_exact(installation, load)


def test_everything_killed_at_once(seed, rng):
    with Installation() as installation:
        with KindsLoad(installation, seed) as load:
            for _ in range(3):
                time.sleep(0.5 + rng.random())
                family = installation.daemons["ingestd"].family()
                installation.redis.kill()
                for pid in rng.sample(family, len(family)):
                    send_signal(pid, signal.SIGKILL)
                installation.crash()
                installation.redis.start()
                installation.launch("ingestd")
                installation.await_ready("ingestd")
        assert_kinds_exact(installation, load, udp_lost=True)
