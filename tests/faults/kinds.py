"""A steady load of gauges, timers, sets and events over UDP and HTTP, from a process of its own; a plain model of what it comes
to, and what Redis has to hold then.

    with KindsLoad(installation, seed) as load:
        ...faults...
    load.sent                   what was sent over UDP: a Model
    load.answered, load.asked   over HTTP, what was answered 204, and what was asked for

Gauges are of three sorts, as sets and adds of one interval have no order: those that are only set, each by one socket
and so by one worker; those that are only added to, by everybody; and those that were set before, and are added to.
No two events are alike.
"""

import collections
import itertools
import random
import re
import socket
import time
from fractions import Fraction

import set_entry
from forked_load import ForkedLoad, run_all
from processes import eventually
from proof import accepted, drops
from timer_model import Timer, timer_of
from wire import HttpConnection, format_request

LINES = 30  # a datagram or a body
SOCKETS = 8
KEYS = 20
VALUES = ["0", "0.25", "1", "3", "3.5", "17", "250", "1e3", "12345.678", "-4", "1e-3"]
MEMBERS = 200  # no more than a set holds exactly
BASE = 1000


class Model:
    """Gauges as their values, timers as how often each value came, sets as their members, events as their titles."""

    def __init__(self):
        self.gauges = collections.defaultdict(Fraction)
        self.timers = collections.defaultdict(collections.Counter)
        self.sets = collections.defaultdict(set)
        self.events = []
        self.lines = 0

    def take(self, line):
        if line.startswith("_"):
            self.lines += 1
            self.events.append(re.split("[:|]", line)[1])
            return
        key, _, rest = line.partition(":")
        value, kind, *tags = rest.split("|")
        key += ";a=1;b=2" if tags else ""
        self.lines += 1
        if kind == "ms":
            self.timers[key][value] += 1
        elif kind == "s":
            self.sets[key].add(value)
        elif value[0] in "+-":
            self.gauges[key] += Fraction(value)
        else:
            self.gauges[key] = Fraction(value)

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


def tagged(line, number):
    """Every other number's line, in one of two spellings."""
    return line + ("", "|#b:2,a:1", "", "|#a:1,b:2")[number % 4]


def random_line(rng, via, own):
    """`own`: which socket it is for, which alone sets gauges of that name; None: they are only added to."""
    key, what = rng.randrange(KEYS), rng.random()
    return tagged(_line(rng, via, own, key, what), key)


def _line(rng, via, own, key, what):
    if what < 0.4:
        return f"{via}.timer.{key}:{rng.choice(VALUES)}|ms"
    if what < 0.6:
        return f"{via}.set.{key}:member-{rng.randrange(MEMBERS)}|s"
    if own is not None and what < 0.8:
        return f"{via}.set-by-{own}.{key}:{rng.randrange(2000)}|g"
    adds = ["+1", "+0.25"] if own is None else ["+1", "+0.25", "-0.5"]  # so that what is unanswered is only more
    return f"{via}.{rng.choice(['added', 'based'])}.{key}:{rng.choice(adds)}|g"


def put_event(lines, numbers, via):
    """An event and a service check in turn, in each fifth datagram or body: fewer than their stream keeps."""
    number = next(numbers)
    if number % 5:
        return
    title = f"{via}.{number}"
    lines[3] = f"_sc|{title}|1|#env:prod" if number % 2 else f"_e{{{len(title)},3}}:{title}|a:b"


class KindsLoad(ForkedLoad):
    """`lines_a_second` over UDP; `clients` connections post `posts_a_second` bodies each."""

    def __init__(self, installation, seed, lines_a_second=6_000, clients=2, posts_a_second=10):
        self._installation = installation
        self._target = installation.host, installation.udp_port, installation.port
        self._seed, self._rates = seed, (lines_a_second / LINES, clients, posts_a_second)
        self.sent = self.answered = self.asked = None

    def __enter__(self):
        based = "\n".join(tagged(f"{via}.based.{key}:{BASE}|g", key) for via in ("udp", "http") for key in range(KEYS))
        assert self._installation.post_lines(based.encode()).status == 204
        self._installation.flush()
        return super().__enter__()

    def run(self, stop):
        rate, clients, posts_a_second = self._rates
        udp = _Datagrams(self._target, random.Random(self._seed), rate)
        http = [_Posts(self._target, random.Random(f"{self._seed} {index}"), posts_a_second)
                for index in range(clients)]
        run_all([emitter.run for emitter in [udp, *http]], stop)
        answered, asked = Model(), Model()
        for client in http:
            for model, lines in ((answered, client.answered), (asked, client.asked)):
                for line in lines:
                    model.take(line)
        return udp.sent, answered, asked

    def take(self, result):
        self.sent, self.answered, self.asked = result


class _Datagrams:
    def __init__(self, target, rng, rate):
        host, port, _ = target
        self._address, self._interval, self._rng = (host, port), 1 / rate, rng
        self.sent = Model()
        self._numbers = itertools.count()

    def run(self, stop):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SOCKETS)]
        due = time.monotonic()
        while not stop.is_set():
            which = self._rng.randrange(SOCKETS)
            lines = [random_line(self._rng, "udp", which) for _ in range(LINES)]
            if which == 0:
                put_event(lines, self._numbers, "udp")
            sockets[which].sendto("\n".join(lines).encode(), self._address)
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
        self._name, self._numbers = f"http.{id(self)}", itertools.count()

    def run(self, stop):
        connection = None
        while not stop.is_set():
            lines = [random_line(self._rng, "http", None) for _ in range(LINES)]
            put_event(lines, self._numbers, self._name)
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
    """Requires a reader. `udp_lost`: nobody listened for a while, so less may have been accepted than was sent."""
    if not udp_lost:
        assert drops(installation) == 0, "the load was too much for the sockets' queues"
        eventually(lambda: accepted(installation, "udp") == load.sent.lines, within, "not all lines were accepted")
    installation.flush(within)
    nothing = Model()
    _assert_timers(installation, nothing if udp_lost else load.sent, load.sent)
    _assert_timers(installation, load.answered, load.asked)
    _assert_sets(installation, nothing if udp_lost else load.sent, load.sent)
    _assert_sets(installation, load.answered, load.asked)
    if not udp_lost:
        _assert_gauges(installation, load.sent, load.sent)
    _assert_gauges(installation, load.answered, load.asked)
    _assert_events(installation, [] if udp_lost else load.sent.events, load.sent.events, "udp.")
    _assert_events(installation, load.answered.events, load.asked.events, "http.")
    assert load.sent.timers and load.answered.timers and load.sent.events, "there was no load"


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



def _assert_events(installation, least, most, via):
    titles = collections.Counter()
    for _, fields in installation.redis.command("XRANGE", "kilometric:events", "-", "+"):
        fields = dict(zip(fields[::2], fields[1::2]))
        titles[fields.get(b"title", fields.get(b"check")).decode()] += 1
    found = collections.Counter({title: times for title, times in titles.items() if title.startswith(via)})
    lost, more = collections.Counter(least) - found, found - collections.Counter(most)
    assert not lost and not more, f"{lost} are lost, {more} are there too often"


def _assert_gauges(installation, least, most):
    for key in most.gauges:
        value = _value(installation, key, "gauge", "last") - (BASE if ".based." in key else 0)
        assert least.gauges[key] <= value <= most.gauges[key], key


def _value(installation, key, kind, stat):
    values = installation.read_json(key, "value", kind=kind, stat=stat)["values"]
    return Fraction(str(values[0]["value"])) if values else 0
