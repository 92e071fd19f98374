"""An installation of the earlier version under traffic, and the ways in which it is killed."""

import collections
import os
import random
import signal
import tempfile
import time
from decimal import Decimal

from files import last_number
from harness import BUILD, Installation
from processes import alive, eventually, process_stat, send_signal

CRASHING = os.path.join(BUILD, "tests", "faults", "kilometric-ingestd-crash")

KEYS = ["hits", "sales.eu", "load average", "клики", "medium." + "m" * 60, "long." + "l" * 250,
        *(f"key.{number}" for number in range(12))]
VALUES = ["1", "1", "1", "2", "40", "-3", "0.5", "-0.25", "12.345678", "-7.000001", "9007199254740992"]


class Book:
    """What was accepted, or lies in Redis from elsewhere, by key."""

    def __init__(self):
        self.sums = collections.defaultdict(Decimal)
        self.random = random.Random(7)

    def line(self, key=None, value=None):
        key, value = key or self.random.choice(KEYS), value or self.random.choice(VALUES)
        rate = self.random.choice(["", "", "", "|@0.5"]) if abs(Decimal(value)) < 1000 else ""
        self.sums[key] += Decimal(value) * (2 if rate else 1)
        return f"{key}:{value}|c{rate}".encode()

    def lines(self, count, keys=KEYS):
        """Every key among the first of them."""
        return [self.line(key) for key in [*keys, *self.random.choices(keys, k=count)][:count]]


def in_datagrams(lines, each):
    return [b"\n".join(lines[start:start + each]) for start in range(0, len(lines), each)]


def traffic(installation, book):
    """A bit of everything, bad lines too."""
    installation.send_datagrams(in_datagrams([*book.lines(60), b"bad", b"gauge:1|g"], 7))
    for key in KEYS[:4]:
        installation.track(key, 5)
        book.sums[key] += 5
    assert installation.post_lines(b"\n".join(book.lines(20))).status == 204


class Made(Installation):
    """The earlier version; whoever has `role` dies at crash point `at` once `let_die()` was called."""

    def __init__(self, role="", at=0, **settings):
        self.scratch = tempfile.TemporaryDirectory(prefix="kilometric-upgrade-")
        self.mark = os.path.join(self.scratch.name, "crashed")
        with open(self.mark, "w", encoding="ascii"):
            pass  # nobody dies as long as it is there
        super().__init__(readerd=False, commands={"ingestd": [CRASHING]},
                         environment={"CRASH_AT": str(at), "CRASH_ROLE": role, "CRASH_MARK": self.mark}, **settings)

    def let_die(self):
        os.unlink(self.mark)

    def no_successors(self):
        """From now on nobody is started again."""
        send_signal(self.daemons["ingestd"].pid, signal.SIGSTOP)

    def no_harvest(self):
        flusher = self.flusher()
        send_signal(flusher, signal.SIGSTOP)
        eventually(lambda: process_stat(flusher)["state"] == "T")
        return flusher

    def harvested(self, more=2):
        """Until so many intervals have passed without a batch. Nothing tells of a harvest of nothing, so this
        is a matter of time; each case looks at what came of it."""
        number, since = last_number(self), time.monotonic()
        while time.monotonic() - since < 0.1 * (more + 1):
            if last_number(self) != number:
                number, since = last_number(self), time.monotonic()
            time.sleep(0.01)

    def fresh_workers(self):
        """Killed and started again: their crash points are counted from here, with no gain left over."""
        starts = self.metrics().value("kilometric_worker_starts_total")
        workers = len(self.workers())
        for index in range(workers):
            self.kill_worker(index)
        eventually(lambda: self.metrics().value("kilometric_worker_starts_total") == starts + workers)
        self.harvested()

    def fresh_flusher(self):
        self.harvested()
        self.kill_flusher()
        self.await_ready("ingestd")
        self.harvested(5)

    def worker_dies(self, emit):
        """All of `emit` lies in the sockets' queues before a worker sees it, and is taken in one call."""
        workers = self.workers()
        self.no_successors()
        with self.paused_workers():
            self.let_die()
            emit()
        eventually(lambda: not all(alive(pid) for pid in workers))

    def flusher_dies(self, emit):
        """All of `emit` is counted before the flusher sees it."""
        flusher = self.no_harvest()
        emit()
        self.await_received()
        self.let_die()
        self.no_successors()
        send_signal(flusher, signal.SIGCONT)
        eventually(lambda: not alive(flusher), 3, "the crash point is too early or too late: nobody died")

    def kill_all(self):
        self.no_successors()
        for pid in self.daemons["ingestd"].children():
            send_signal(pid, signal.SIGKILL)
        self.crash()
