"""A steady load on an installation, from a process of its own: UDP datagrams of many lines, HTTP
requests on kept connections. Every line counts one, so the streams' sum is a number of lines.

    with Load(installation, seed) as load:
        ...faults...
    load.sent                   {key: lines that were sent over UDP}
    load.answered, load.asked   {key: lines answered 204 over HTTP}, and those that were asked for

Bounded in rate, and in time by the test that uses it.
"""

import collections
import random
import socket
import time
import urllib.parse

from forked_load import ForkedLoad, run_all
from wire import HttpConnection, format_request

LINES = 40  # a datagram or a body; so many that tens of thousands a second cost Python little
POOL = 300  # different datagrams


def key_of(via, number):
    """A third of them has tags."""
    return f"{via}.{number}" + (";a=1;b=2" if number % 3 == 0 else "")


def line_of(key):
    name, _, tags = key.partition(";")
    return f"{name}:1|c|#b:2,a:1\n" if tags else f"{name}:1|c\n"


class Load(ForkedLoad):
    """`lines_a_second` over UDP; HTTP as fast as `clients` connections of `requests_a_second` each go.
    `may_refuse`: an answer other than 204 is no failure; its lines may count or not."""

    def __init__(self, installation, seed, keys=2000, lines_a_second=20_000, clients=4, requests_a_second=50,
                 may_refuse=False):
        self._target = installation.host, installation.udp_port, installation.port
        self._seed, self._keys = seed, keys
        self._rates = lines_a_second / LINES, clients, requests_a_second
        self._may_refuse = may_refuse
        self.sent = self.answered = self.asked = None

    def run(self, stop):
        rate, clients, requests = self._rates
        udp = _Datagrams(self._target, random.Random(self._seed), self._keys, rate)
        http = [_Requests(self._target, random.Random(f"{self._seed} {index}"), self._keys, requests)
                for index in range(clients)]
        run_all([emitter.run for emitter in [udp, *http]], stop)
        answered, asked, refused = (sum((getattr(emitter, name) for emitter in http), collections.Counter())
                                    for name in ("answered", "asked", "refused"))
        return udp.sums(), answered, asked, sum(udp.times), refused

    def take(self, result):
        self.sent, self.answered, self.asked, self.datagrams, refused = result
        assert self._may_refuse or not refused, f"answers that are no 204: {refused}"


class _Datagrams:
    def __init__(self, target, rng, keys, rate):
        host, port, _ = target
        self._address, self._interval, self._rng = (host, port), 1 / rate, rng
        self._pool = [[key_of("udp", rng.randrange(keys)) for _ in range(LINES)] for _ in range(POOL)]
        self._bytes = ["".join(map(line_of, some)).encode() for some in self._pool]
        self.times = [0] * POOL

    def run(self, stop):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
        due = time.monotonic()
        while not stop.is_set():
            which = self._rng.randrange(POOL)
            sockets[which % 8].sendto(self._bytes[which], self._address)
            self.times[which] += 1
            due = max(due + self._interval, time.monotonic() - 0.02)  # no bursts to make up for a pause
            if due > time.monotonic() + 0.001:
                time.sleep(due - time.monotonic())
        for sock in sockets:
            sock.close()

    def sums(self):
        sums = collections.Counter()
        for keys, times in zip(self._pool, self.times):
            for key in keys:
                sums[key] += times
        return sums


class _Requests:
    """Single counts, and every tenth request a body of lines. A request without an answer may or may
    not have been counted."""

    def __init__(self, target, rng, keys, rate):
        self._host, _, self._port = target
        self._rng, self._keys, self._interval = rng, keys, 1 / rate
        self.answered, self.asked, self.refused = (collections.Counter() for _ in range(3))

    def run(self, stop):
        connection = None
        while not stop.is_set():
            keys, request = self._next()
            try:
                connection = connection or HttpConnection(self._port, self._host)
                self.asked.update(keys)
                connection.send(request)
                status = connection.response().status
                if status == 204:
                    self.answered.update(keys)
                else:
                    self.refused[status] += 1
            except OSError:
                connection = connection and connection.close()
            stop.wait(self._interval)
        if connection:
            connection.close()

    def _next(self):
        if self._rng.random() < 0.1:
            keys = [key_of("http", self._rng.randrange(self._keys)) for _ in range(LINES)]
            body = "".join(map(line_of, keys)).encode()
            return keys, format_request("POST", "/track", body, {"Content-Type": "text/plain"})
        key = key_of("http", self._rng.randrange(self._keys))
        sent = key.replace(";a=1;b=2", ";b=2;a=1")
        return [key], format_request("GET", "/track?" + urllib.parse.urlencode({"key": sent}))
