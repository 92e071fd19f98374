"""A steady load on the unix datagram socket, from a process of its own: datagrams of many lines, each of which counts
one. A sender waits while the queue is full, and connects anew when the supervisor was another one's.

    with UnixLoad(installation, seed) as load:
        ...faults...
    load.sent       {key: lines of datagrams that the socket took}
"""

import collections
import functools
import random
import socket
import time

from forked_load import ForkedLoad, run_all

KEYS = 500
LINES = 30
POOL = 100


class UnixLoad(ForkedLoad):
    def __init__(self, installation, seed, datagrams_a_second=300, senders=2):
        self._path, self._seed = str(installation.settings["unix_datagram"]), seed
        self._interval, self._senders = senders / datagrams_a_second, senders
        self.sent = None

    def run(self, stop):
        sent = [collections.Counter() for _ in range(self._senders)]
        run_all([functools.partial(self._send, random.Random(f"{self._seed} {index}"), own)
                 for index, own in enumerate(sent)], stop)
        return sum(sent, collections.Counter())

    def take(self, result):
        self.sent = result

    def _send(self, rng, sent, stop):
        pool = [[f"unix.{rng.randrange(KEYS)}" for _ in range(LINES)] for _ in range(POOL)]
        sock = None
        while not stop.is_set():
            keys = rng.choice(pool)
            try:
                sock = sock or self._connected()
                sock.send("".join(f"{key}:1|c\n" for key in keys).encode())
                sent.update(keys)
            except TimeoutError:
                continue  # nobody takes anything right now, and the datagram is not sent
            except OSError:
                sock = sock and sock.close()
            time.sleep(rng.random() * 2 * self._interval)
        if sock:
            sock.close()

    def _connected(self):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sock.settimeout(5)
            sock.connect(self._path)
        except OSError:
            sock.close()
            raise
        return sock
