"""A steady load of timers and sets over UDP and HTTP, from a process of its own; a plain model of what it comes to, and
what Redis has to hold then.

    with KindsLoad(installation, seed) as load:
        ...faults...
    load.sent                   what was sent over UDP: a Model
    load.answered, load.asked   over HTTP, what was answered 204, and what was asked for
"""

import collections
import multiprocessing
import random
import socket
import threading
import time

import set_entry
from processes import eventually
from proof import accepted, drops
from timer_model import Timer, timer_of
from wire import HttpConnection, format_request

LINES = 30  # a datagram or a body
KEYS = 20
MEMBERS = 200  # no more than a set holds exactly
VALUES = ["0", "0.25", "1", "3", "3.5", "17", "250", "1e3", "12345.678", "-4", "1e-3"]


class Model:
    """Timers as how often each value came, sets as their members."""

    def __init__(self):
        self.timers = collections.defaultdict(collections.Counter)
        self.sets = collections.defaultdict(set)
        self.lines = 0

    def take(self, line):
        key, _, rest = line.partition(":")
        value, kind = rest.split("|")
        self.lines += 1
        if kind == "ms":
            self.timers[key][value] += 1
        else:
            self.sets[key].add(value)

    def timer(self, key):
        """As its entries have to say it."""
        timer = Timer()
        for value, times in self.timers[key].items():
            one = Timer()
            one.add(value)
            one.count, one.total, one.squares = one.count * times, one.total * times, one.squares * times
            one.bins = collections.Counter({number: parts * times for number, parts in one.bins.items()})
            timer.merge(one)
        return timer


def random_line(rng, via):
    key = rng.randrange(KEYS)
    if rng.random() < 0.7:
        return f"{via}.timer.{key}:{rng.choice(VALUES)}|ms"
    return f"{via}.set.{key}:member-{rng.randrange(MEMBERS)}|s"


class KindsLoad:
    """`lines_a_second` over UDP; `clients` connections post `posts_a_second` bodies each."""

    def __init__(self, installation, seed, lines_a_second=6_000, clients=2, posts_a_second=10):
        self._target = installation.host, installation.udp_port, installation.port
        self._seed, self._rates = seed, (lines_a_second / LINES, clients, posts_a_second)
        self.sent = self.answered = self.asked = None

    def __enter__(self):
        context = multiprocessing.get_context("fork")
        self._end, theirs = context.Pipe()
        self._process = context.Process(target=self._run, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(self, *_):
        """Ends the load; everything that was sent has been sent now."""
        self._end.send("stop")
        self.sent, self.answered, self.asked = self._end.recv()
        self._process.join()

    def _run(self, end):
        rate, clients, posts_a_second = self._rates
        stop = threading.Event()
        udp = _Datagrams(self._target, random.Random(self._seed), rate)
        http = [_Posts(self._target, random.Random(f"{self._seed} {index}"), posts_a_second)
                for index in range(clients)]
        threads = [threading.Thread(target=emitter.run, args=(stop,)) for emitter in [udp, *http]]
        for thread in threads:
            thread.start()
        end.recv()
        stop.set()
        for thread in threads:
            thread.join()
        answered, asked = Model(), Model()
        for client in http:
            for model, lines in ((answered, client.answered), (asked, client.asked)):
                for line in lines:
                    model.take(line)
        end.send((udp.sent, answered, asked))


class _Datagrams:
    def __init__(self, target, rng, rate):
        host, port, _ = target
        self._address, self._interval, self._rng = (host, port), 1 / rate, rng
        self.sent = Model()

    def run(self, stop):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
        due = time.monotonic()
        while not stop.is_set():
            lines = [random_line(self._rng, "udp") for _ in range(LINES)]
            self._rng.choice(sockets).sendto("\n".join(lines).encode(), self._address)
            for line in lines:
                self.sent.take(line)
            due = max(due + self._interval, time.monotonic() - 0.02)  # no bursts to make up for a pause
            if due > time.monotonic() + 0.001:
                time.sleep(due - time.monotonic())
        for sock in sockets:
            sock.close()


class _Posts:
    """The lines of a body without an answer may or may not have been counted."""

    def __init__(self, target, rng, rate):
        self._host, _, self._port = target
        self._rng, self._interval = rng, 1 / rate
        self.answered, self.asked = [], []

    def run(self, stop):
        connection = None
        while not stop.is_set():
            lines = [random_line(self._rng, "http") for _ in range(LINES)]
            body = "\n".join(lines).encode()
            try:
                connection = connection or HttpConnection(self._port, self._host)
                self.asked += lines
                connection.send(format_request("POST", "/track", body, {"Content-Type": "text/plain"}))
                if connection.response().status == 204:
                    self.answered += lines
            except OSError:
                connection = connection and connection.close()
            stop.wait(self._interval)
        if connection:
            connection.close()


def assert_kinds_exact(installation, load, udp_lost=False, within=60):
    """`udp_lost`: nobody listened for a while, so less may have been accepted than was sent."""
    if not udp_lost:
        assert drops(installation) == 0, "the load was too much for the sockets' queues"
        eventually(lambda: accepted(installation, "udp") == load.sent.lines, within, "not all lines were accepted")
    installation.flush(within)
    for least, most in ((Model() if udp_lost else load.sent, load.sent), (load.answered, load.asked)):
        _assert_timers(installation, least, most)
        _assert_sets(installation, least, most)
    assert load.sent.timers and load.answered.timers, "there was no load"


def _assert_timers(installation, least, most):
    for key in most.timers:
        found = timer_of(installation.redis.command("XRANGE", f"kilometric:timer.{key}", "-", "+"))
        lower, upper = least.timer(key), most.timer(key)
        if lower.count == upper.count:
            assert found.says(upper), key
        lost, doubled = lower.bins - found.bins, found.bins - upper.bins
        assert not lost and not doubled and lower.count <= found.count <= upper.count, f"{key}: {lost} {doubled}"


def _assert_sets(installation, least, most):
    """Each member has a token of its own, so that a count says whether the union is right."""
    for key in most.sets:
        entries = installation.redis.command("XRANGE", f"kilometric:set.{key}", "-", "+")
        unique = set_entry.about(set_entry.united([set_entry.read(fields[3]) for _, fields in entries]))
        assert len(least.sets[key]) <= unique <= len(most.sets[key]), key
