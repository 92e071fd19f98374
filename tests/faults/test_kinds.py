"""Gauges, timers, sets and events under kills: per key, bin, member and title, what was accepted arrives exactly once.
Each role is killed 200 times a run, or KILOMETRIC_KILLS times."""

import os
import signal
import time

from harness import Installation
from kinds import KindsLoad, assert_kinds_exact
from processes import eventually, send_signal
from test_processes import kill_again_and_again

MANY = int(os.environ.get("KILOMETRIC_KILLS") or 200)


def moment(rng):
    """Mostly short, at times long enough for what takes a while."""
    time.sleep(rng.expovariate(1 / 0.05))


def kill_supervisors(installation, rng, times=MANY):
    """At their start, or later; what they have started dies with them."""
    for _ in range(times):
        moment(rng)
        installation.crash()
        installation.launch("ingestd")
    installation.await_ready("ingestd")


def kill_redis(installation, rng, times=MANY):
    """Most come while it is asked for what it was sent before; each fiftieth when it has taken nearly all there is."""
    for kill in range(times):
        if kill % 50 == 49:
            eventually(lambda: installation.metrics().value("kilometric_batches_pending") < 2, 60)
        moment(rng)
        installation.redis.kill()
        installation.redis.start()


def test_workers_killed_every_few_milliseconds(seed, rng):
    with Installation() as installation:
        with KindsLoad(installation, seed) as load:
            kill_again_and_again(installation, "worker", MANY, 0.01, rng)
        assert_kinds_exact(installation, load)


def test_the_flusher_killed_at_random(seed, rng):
    with Installation(flush_interval=0.05) as installation:
        with KindsLoad(installation, seed) as load:
            kill_again_and_again(installation, "flusher", MANY, 0.1, rng)
        assert_kinds_exact(installation, load)


def test_the_supervisor_killed_at_random(seed, rng):
    with Installation() as installation:
        with KindsLoad(installation, seed) as load:
            kill_supervisors(installation, rng)
        assert_kinds_exact(installation, load, udp_lost=True)


def test_redis_killed_at_random(seed, rng):
    with Installation(flush_interval=0.5) as installation:
        with KindsLoad(installation, seed) as load:
            kill_redis(installation, rng)
        assert_kinds_exact(installation, load)
        assert installation.log().count("Redis is another run") >= MANY // 50


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
