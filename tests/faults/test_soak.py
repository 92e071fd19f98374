"""All faults, mixed at random, for as long as asked: KILOMETRIC_SOAK_SECONDS, 20 if unset. Prints a table
at the end; with the same seed the same faults come in the same order.

Not among them, and why: another number of workers takes the statistics of those removed with it, which
the table needs; a torn segment or batch, and a power cut, do lose counts; another host's and a promoted
replica's faults are, to a client, a paused Redis and one that forgot; what takes minutes has tests of
its own."""

import collections
import contextlib
import os
import pathlib
import random
import signal
import socket
import time

import pytest

from harness import Installation
from kinds import KindsLoad, assert_kinds_exact
from load import Load
from processes import eventually, send_signal
from proof import accepted, assert_exact
from proxy import Proxy
from test_clocks import fake_clock
from test_disk import failures, full, gone, read_only, small_disk
from test_redis import REFUSALS, cut_tail, incremental_file, refusing, start_slowly, unable_to_save
from wire import format_request


SOAK = float(os.environ.get("KILOMETRIC_SOAK_SECONDS") or 0)
LOOK_UPS = 240  # seconds: two minutes of batches are looked up when Redis is another run, before anything is new


class Faults:
    """Each method is a fault that has taken place, and been got over or not, when it returns."""

    def __init__(self, installation, wire, disks, clock, rng):
        self._installation, self._wire, self._clock, self._rng = installation, wire, clock, rng
        self._state_disk, self._runtime_disk = disks
        self.counted_elsewhere, self.flooded, self.tracked = (collections.Counter() for _ in range(3))

    # Processes

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

    # Redis

    def redis_killed(self):
        self._installation.redis.kill()
        self._moment()
        self._installation.redis.start()

    def redis_killed_and_slow_to_load(self):
        self._installation.redis.kill()
        start_slowly(self._installation.redis)

    def redis_forgot(self):
        """Its last second, or less."""
        redis = self._installation.redis
        redis.command("CONFIG", "SET", "auto-aof-rewrite-percentage", 0)  # one that goes on has a file beside it
        eventually(lambda: b"aof_rewrite_in_progress:0" in redis.command("INFO", "persistence"), within=60)
        size = os.path.getsize(incremental_file(redis))
        eventually(lambda: os.path.getsize(incremental_file(redis)) > size, within=LOOK_UPS)
        self._moment()
        redis.kill()
        cut_tail(redis, size)
        redis.start()

    def redis_paused(self):
        self._installation.redis.pause()
        time.sleep(self._rng.choice([0.2, 1, 7]))
        self._installation.redis.resume()

    def redis_refuses(self):
        word = self._rng.choice(sorted(REFUSALS))
        self._complains(refusing(self._installation.redis, word), word)

    def redis_cannot_save(self):
        self._complains(unable_to_save(self._installation.redis), "MISCONF")

    def everything_killed(self):
        self._installation.redis.kill()
        self._installation.crash()
        self._installation.redis.start()
        self._start()

    # The wire to it

    def replies_late(self):
        self._wire.delay = self._rng.random()
        self._moment()
        self._wire.delay = 0

    def reply_cut(self):
        cuts = self._wire.cuts
        self._wire.cut_reply_after = self._rng.randrange(1, 40_000)
        eventually(lambda: self._wire.cuts > cuts, within=LOOK_UPS)

    def commands_arrive_after_the_resend(self):
        self._wire.hold = True
        self._moment()
        self._wire.cut()
        self._wire.hold = False
        self._delivered()
        self._wire.release()

    def redis_clock_jumps(self):
        times = self._wire.times
        self._wire.clock_off = self._rng.choice([-3600, 3600])
        eventually(lambda: self._wire.times > times, within=LOOK_UPS)
        self._wire.clock_off = 0

    # The host

    def host_clock_jumps(self):
        self._clock.write_text(self._rng.choice(["-3600", "+0", "+3600"]))

    def state_folder_full(self):
        with full(self._state_disk):
            self._refused()

    def state_folder_read_only(self):
        with read_only(self._state_disk):
            self._refused()

    def state_folder_gone(self):
        with gone(self._installation.settings["state_dir"]):
            self._refused()

    def runtime_folder_full(self):
        with full(self._runtime_disk):
            self._installation.kill_flusher()
            self._moment()

    def files_of_noise(self):
        """Among the batches, found at the next start, and among the segments, found at once."""
        folders = (pathlib.Path(self._installation.settings[name]) for name in ("runtime_dir", "state_dir"))
        number = self._rng.randrange(10**9, 10**12)
        segment = self._rng.choice((f"segment-{number}", f"segment-0-{number}"))  # of version 1, and of today's
        for folder, name in zip(folders, (segment, f"spool/pending/{number}")):
            (folder / name).write_bytes(self._rng.randbytes(self._rng.randrange(10_000)))

    # Clients

    def clients_cut_off(self):
        request = format_request("GET", "/track?key=http.half")
        for _ in range(100):
            with socket.create_connection((self._installation.host, self._installation.port)) as half:
                half.send(request[:self._rng.randrange(1, len(request) - 2)])

    def flood_of_keys(self):
        """Three times as many as there is room for; whatever is accepted is exact."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        flood = self._rng.randrange(10**9)
        for start in range(0, 3 * self._installation.settings["max_keys"], 30):
            keys = [f"udp.flood.{flood}.{start + line}" for line in range(30)]
            sock.sendto("\n".join(f"{key}:1|c" for key in keys).encode(),
                        (self._installation.host, self._installation.udp_port))
            self.flooded.update(keys)
        sock.close()

    def another_instance(self):
        """Counts the same keys into the same Redis."""
        keys = [f"http.{self._rng.randrange(2000)}" for _ in range(100)]
        with Installation(readerd=False, redis=self._installation.redis) as other:
            assert other.post_lines("\n".join(f"{key}:1|c" for key in keys).encode()).status == 204
            other.flush(within=LOOK_UPS)
        self.counted_elsewhere.update(keys)

    def key_of_the_wrong_type(self):
        key = f"http.wrong.{self._rng.randrange(10**9)}"
        self._installation.redis.command("SET", f"kilometric.{key}", "no stream")

        def aside():
            return self._installation.metrics().value("kilometric_entries_set_aside_total")

        before = aside()
        if self._installation.request("GET", f"/track?key={key}").status == 204:
            self.tracked[key] += 1
            eventually(lambda: aside() > before, within=LOOK_UPS)
        self._installation.redis.command("DEL", f"kilometric.{key}")

    def _moment(self):
        time.sleep(self._rng.random())

    def _delivered(self):
        sent = self._installation.redis.calls("xadd")
        eventually(lambda: self._installation.redis.calls("xadd") > sent, within=LOOK_UPS)

    def _complains(self, fault, word):
        said = self._installation.log().count(word)
        with fault:
            eventually(lambda: self._installation.log().count(word) > said or self._away(), within=LOOK_UPS)

    def _away(self):
        """The log does not say again why, while it is for the same reason."""
        return self._installation.metrics().value("kilometric_redis_up") == 0

    def _refused(self):
        """No harvest is possible, or no start of a flusher that was killed just before. A new one counts from 0."""
        before, said = failures(self._installation), self._installation.log().count("cannot be written (")
        eventually(lambda: failures(self._installation) not in (0, before) or
                   self._installation.log().count("cannot be written (") > said)

    def _start(self):
        self._installation.launch("ingestd")
        self._installation.await_ready("ingestd")


KINDS = [name for name in vars(Faults) if not name.startswith("_")]


@contextlib.contextmanager
def exposed(folder, rng):
    """An installation with each of its parts within a fault's reach."""
    with contextlib.ExitStack() as stack:
        owner = stack.enter_context(Installation(ingestd=False, readerd=False))
        wire = stack.enter_context(Proxy(owner.redis.port))
        disks = [stack.enter_context(small_disk(folder / name, mebibytes))
                 for name, mebibytes in (("state", 1024), ("runtime", 128))]
        clock = folder / "clock"
        clock.write_text("+0")
        installation = stack.enter_context(Installation(
            readerd=False, redis=owner.redis, redis_url=wire.url, environment=fake_clock(clock), max_keys=10_000,
            state_dir=disks[0] / "kilometric", runtime_dir=disks[1] / "kilometric"))
        yield installation, Faults(installation, wire, disks, clock, rng)


def inject(installation, faults, rng, seconds):
    """Faults at random for so long; returns how many of each there were."""
    injected = collections.Counter()
    kinds = [kind for kind in KINDS if seconds >= 300 or kind != "key_of_the_wrong_type"]  # that one takes minutes
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        kind = rng.choice(kinds)
        eventually(lambda: len(installation.workers()) == installation.settings["workers"])
        getattr(faults, kind)()
        injected[kind] += 1
        time.sleep(rng.random() * 0.5)
    return injected


@pytest.mark.seconds(SOAK * 2 + 600)
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_all_faults_at_random(seed, tmp_path, capsys):
    seconds = SOAK or 20
    rng = random.Random(seed)
    with exposed(tmp_path, rng) as (installation, faults):
        with Load(installation, seed, may_refuse=True) as load:
            injected = inject(installation, faults, rng, seconds)
        load.sent.update(faults.flooded)
        load.asked.update(faults.tracked)
        load.answered.update(faults.tracked)
        eventually(lambda: installation.metrics().value("kilometric_batches_set_aside") == 0, within=300)
        total = assert_exact(installation, load, udp_lost=True, within=120, elsewhere=faults.counted_elsewhere)
        taken = accepted(installation, "udp") + accepted(installation, "http")
    with capsys.disabled():
        print(f"\n\n  seed {seed}, {seconds:g} s\n")
        for kind in KINDS:
            print(f"  {kind.replace('_', ' '):<34}{injected[kind]:>10}")
        print(f"  {'events accepted':<34}{int(taken):>10,}\n  {'events in Redis':<34}{total:>10,}")
        print(f"  {'lost':<34}{int(max(taken - total, 0)):>10,}\n  {'doubled':<34}{int(max(total - taken, 0)):>10,}")


@pytest.mark.seconds(SOAK * 2 + 600)
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_all_faults_at_random_with_every_kind(seed, tmp_path):
    """Gauges, timers and sets; over UDP nothing may be doubled, over HTTP what was answered is there."""
    seconds = SOAK or 10
    rng = random.Random(seed)
    with exposed(tmp_path, rng) as (installation, faults):
        with KindsLoad(installation, seed) as load:
            inject(installation, faults, rng, seconds)
        installation.launch("readerd")
        installation.await_ready("readerd")
        eventually(lambda: installation.metrics().value("kilometric_batches_set_aside") == 0, within=300)
        # Redis was never the same for two minutes, so all batches of the run may have to be looked up.
        assert_kinds_exact(installation, load, udp_lost=True, within=max(120, int(seconds)))
