"""All faults, mixed at random, for as long as asked: KILOMETRIC_SOAK_SECONDS, 20 if unset. Prints a table
at the end; with the same seed the same faults come in the same order."""

import collections
import os
import random
import signal
import time

from harness import Installation
from load import Load
from processes import eventually, send_signal
from proof import accepted, assert_exact


class Faults:
    """Each method is a fault that has taken place, and been got over or not, when it returns."""

    def __init__(self, installation, rng):
        self._installation, self._rng = installation, rng

    def worker_killed(self):
        send_signal(self._rng.choice(self._installation.workers()), signal.SIGKILL)

    def flusher_killed(self):
        self._installation.kill_flusher()

    def supervisor_killed(self):
        self._installation.crash()
        self._start()

    def restarted(self):
        self._installation.stop()
        self._start()

    def redis_killed(self):
        self._installation.redis.kill()
        time.sleep(self._rng.random())
        self._installation.redis.start()

    def redis_forgot(self):
        """Its last second, or less."""
        folder = os.path.join(self._installation.redis.folder, "appendonlydir")
        [name] = [name for name in os.listdir(folder) if name.endswith(".incr.aof")]
        path = os.path.join(folder, name)
        size = os.path.getsize(path)
        time.sleep(self._rng.random())
        self._installation.redis.kill()
        os.truncate(path, self._rng.randrange(size, os.path.getsize(path) + 1))
        self._installation.redis.start()

    def redis_paused(self):
        self._installation.redis.pause()
        time.sleep(self._rng.choice([0.2, 1, 7]))
        self._installation.redis.resume()

    def redis_read_only(self):
        self._installation.redis.command("REPLICAOF", "127.0.0.1", "1")
        time.sleep(self._rng.random())
        self._installation.redis.command("REPLICAOF", "NO", "ONE")

    def redis_full(self):
        self._installation.redis.command("CONFIG", "SET", "maxmemory", "1")
        time.sleep(self._rng.random())
        self._installation.redis.command("CONFIG", "SET", "maxmemory", "0")

    def everything_killed(self):
        self._installation.redis.kill()
        self._installation.crash()
        self._installation.redis.start()
        self._start()

    def _start(self):
        self._installation.launch("ingestd")
        self._installation.await_ready("ingestd")


def test_all_faults_at_random(seed, capsys):
    seconds = float(os.environ.get("KILOMETRIC_SOAK_SECONDS", 20))
    rng, injected = random.Random(seed), collections.Counter()
    kinds = [name for name in vars(Faults) if not name.startswith("_")]
    signal.alarm(int(seconds * 2 + 300))
    with Installation(readerd=False) as installation:
        faults = Faults(installation, rng)
        with Load(installation, seed, lines_a_second=10_000) as load:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                kind = rng.choice(kinds)
                eventually(lambda: len(installation.workers()) == installation.settings["workers"])
                getattr(faults, kind)()
                injected[kind] += 1
                time.sleep(rng.random() * 0.5)
        total = assert_exact(installation, load, udp_lost=True, within=120)
        taken = accepted(installation, "udp") + accepted(installation, "http")
    with capsys.disabled():
        print(f"\n\n  seed {seed}, {seconds:g} s\n")
        for kind, times in sorted(injected.items()):
            print(f"  {kind.replace('_', ' '):<20}{times:>10}")
        print(f"  {'events accepted':<20}{int(taken):>10,}\n  {'events in Redis':<20}{total:>10,}")
        print(f"  {'lost':<20}{int(max(taken - total, 0)):>10,}\n  {'doubled':<20}{int(max(total - taken, 0)):>10,}")
