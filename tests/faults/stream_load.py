"""A steady load of connections, by TCP and by the unix stream socket, from a process of its own, each of which sends lines with a number and its own name, in
pieces that end anywhere. A sender that loses its connection goes on with another, under another name.

    with StreamLoad(installation, seed) as load:
        ...faults...
    load.sent                        {connection: lines that it gave to the kernel}
    load.counted(installation.sums()) {connection: its lines that were counted}, each a first part, without a gap

Line n of a connection adds 1 to the key `<connection>.<n>`.
"""

import collections
import functools
import random
import socket
import struct
import time

from forked_load import ForkedLoad, run_all

WAYS = "tcp", "unix_stream"
LINES = 40  # about as many in a piece


class StreamLoad(ForkedLoad):
    def __init__(self, installation, seed, pieces_a_second=200, senders=4):
        self._tcp = installation.host, installation.settings["tcp_port"]
        self._path, self._seed = str(installation.settings["unix_stream"]), seed
        self._interval, self._senders = senders / pieces_a_second, senders
        self.sent = None

    def run(self, stop):
        sent = [{} for _ in range(self._senders)]
        run_all([functools.partial(self._send, f"{WAYS[index % 2]}.{index}", random.Random(f"{self._seed} {index}"), own)
                 for index, own in enumerate(sent)], stop)
        return {name: lines for own in sent for name, lines in own.items()}

    def take(self, result):
        self.sent = result

    def counted(self, sums):
        of = collections.defaultdict(set)
        for key, total in sums.items():
            name, number = key.rsplit(".", 1)
            assert total == 1, f"{key} was counted {total} times"
            of[name].add(int(number))
        for name, numbers in of.items():
            assert name in self.sent and numbers == set(range(len(numbers))), f"a gap in {name}: {sorted(numbers)}"
            assert len(numbers) <= self.sent[name]
        return {name: len(of[name]) for name in self.sent}

    def _send(self, name, rng, sent, stop):
        connection = 0
        while not stop.is_set():
            own = f"{name}.{connection}"
            try:
                with self._connected(name) as sock:
                    sent[own] = 0
                    connection += 1
                    self._send_lines(sock, own, rng, sent, stop)
            except OSError:
                time.sleep(0.002)

    def _connected(self, name):
        if name.startswith("tcp"):
            return socket.create_connection(self._tcp, 10)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(10)
            sock.connect(self._path)
        except OSError:
            sock.close()
            raise
        return sock

    def _send_lines(self, sock, own, rng, sent, stop):
        text = b""
        while not stop.is_set():
            begin = sent[own]
            end = begin + rng.randrange(1, 2 * LINES)
            lines = b"".join(f"{own}.{number}:1|c\n".encode() for number in range(begin, end))
            text += lines if own.startswith("tcp") else struct.pack("<I", len(lines)) + lines
            cut = rng.randrange(len(text)) if rng.random() < 0.7 else len(text)
            sent[own] = end  # or some of them, should the connection be lost now
            sock.sendall(text[:cut])
            text = text[cut:]
            time.sleep(rng.random() * 2 * self._interval)
        sock.sendall(text)
