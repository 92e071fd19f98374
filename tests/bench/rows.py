"""What is measured: one row for each kind of traffic, with its floors, its peers and its target."""

import os
from dataclasses import dataclass, field, replace

# Measured earlier on the same kind of machine, each beside the floor of its row: CPU microseconds
# for one unit of work.
ONE_LINE = {"netdata": 1.8, "statsite": 3.3, "brubeck": 3.7, "statsd": 10.6}
ONE_LINE_FLOOR = 1.2
THIRTY_LINES = {"brubeck": 0.26, "netdata": 0.45, "statsite": 0.47, "statsd": 3.1}
THIRTY_LINES_100K = {"brubeck": 0.38, "netdata": 0.81, "statsite": 0.94, "statsd": 3.2}
THIRTY_LINES_FLOOR = 1.8 / 30
REQUEST = {"nginx": 12.5, "the original": 24}
REQUEST_FLOOR = 10


@dataclass(frozen=True)
class Target:
    """The most that a unit of work may cost, in one of four ways."""
    ratio: float = 0  # times the floor
    more_ns: float = 0  # than the floor
    ns: float = 0  # at all
    part_of: tuple = ()  # (the name of another row, the part of what its unit costs)

    def __str__(self):
        if self.part_of:
            return f"1/{1 / self.part_of[1]:.0f} of row {self.part_of[0]}"
        if self.ns:
            return f"{self.ns:g} ns"
        return f"{self.ratio:g} x the floor" if self.ratio else f"the floor + {self.more_ns:g} ns"


@dataclass(frozen=True)
class Row:
    """`floors`: letter -> arguments of the floor program; the first is the one that ratios refer to."""
    name: str
    title: str
    unit: str
    floors: dict
    target: Target
    peers: dict = field(default_factory=dict)  # name -> ratio to the first floor
    workers: int = 0  # 0: as many as the bench is told
    amid_a_pass: bool = False  # of the flusher over the index

    @property
    def floor(self):
        return next(iter(self.floors))


@dataclass(frozen=True)
class UdpRow(Row):
    rate: int = 0  # datagrams a second
    lines: int = 1  # in each
    keys: int = 1000
    type: str = "c"
    tags: int = 0  # of each line
    via: str = "udp"  # or "tcp", "unix_datagram"

    def load(self, slowed):
        return ["load-udp", *(["--tcp"] if self.via == "tcp" else []), "--rate", str(self.rate // slowed),
                "--lines", str(self.lines), "--keys", str(self.keys), "--type", self.type, "--tags", str(self.tags)]

    def seconds_for_every_key(self, slowed):
        return self.keys / (self.rate // slowed * self.lines)


@dataclass(frozen=True)
class HttpRow(Row):
    depth: int = 1
    lines: int = 0  # in a body; 0: GET
    keys: int = 1000
    beside_nginx: bool = False

    def load(self, slowed):
        load = ["load-http", "--connections", "100", "--depth", str(self.depth)]
        return load + (["--lines", str(self.lines), "--keys", str(self.keys)] if self.lines else [])

    def seconds_for_every_key(self, slowed):
        return 0


def _ratios(peers, floor):
    return {name: us / floor for name, us in peers.items()}


WOKEN_FOR_EACH = ["floor-udp", "--wait-us", "0"]
WAITING = ["floor-udp", "--wait-us", "1000"]
BY_TCP = ["floor-tcp"]
FIXED_204 = ["floor-http"]

ROWS = [
    UdpRow("udp-1", "UDP, 1 line a datagram, 50,000 lines/s, 1,000 keys", "line",
           {"b": WAITING, "a": WOKEN_FOR_EACH}, Target(ratio=1.25),
           _ratios(ONE_LINE, ONE_LINE_FLOOR), rate=50_000),
    UdpRow("udp-30", "UDP, 30 lines a datagram, 300,000 lines/s, 1,000 keys", "line",
           {"b": WAITING}, Target(more_ns=45), _ratios(THIRTY_LINES, THIRTY_LINES_FLOOR), rate=10_000, lines=30),
    UdpRow("udp-30-100k", "UDP, 30 lines a datagram, 300,000 lines/s, 100,000 keys", "line",
           {"b": WAITING}, Target(more_ns=90), _ratios(THIRTY_LINES_100K, THIRTY_LINES_FLOOR),
           rate=10_000, lines=30, keys=100_000),
    UdpRow("udp-30-tags", "UDP, 30 lines a datagram with 3 tags each, 300,000 lines/s, 1,000 keys", "line",
           {"b": WAITING}, Target(more_ns=45 + 60), rate=10_000, lines=30, tags=3),
    UdpRow("udp-30-1m", "UDP, 30 lines a datagram, 300,000 lines/s, 1,000,000 keys", "line",
           {"b": WAITING}, Target(more_ns=130), rate=10_000, lines=30, keys=1_000_000),
    UdpRow("udp-30-1m-pass", "the same, while the flusher sums up the hour before", "line",
           {"b": WAITING}, Target(more_ns=180), rate=10_000, lines=30, keys=1_000_000, amid_a_pass=True),
    UdpRow("unix-1", "unix datagrams, 1 line each, 50,000 lines/s, 1,000 keys", "line",
           {"a": WOKEN_FOR_EACH}, Target(ratio=1.1), rate=50_000, via="unix_datagram"),  # its queue holds ten
    UdpRow("tcp-30", "TCP, 30 lines at a time, 300,000 lines/s, 1,000 keys", "line",
           {"d": BY_TCP}, Target(more_ns=45), rate=10_000, lines=30, via="tcp"),
    HttpRow("http", "HTTP GET /track, 100 keep-alive connections", "request",
            {"c": FIXED_204}, Target(ratio=1.15), _ratios(REQUEST, REQUEST_FLOOR), beside_nginx=True),
    HttpRow("http-16", "HTTP GET /track, 100 keep-alive connections, 16 requests pipelined", "request",
            {"c": FIXED_204}, Target(part_of=("http", 1 / 6)), depth=16, beside_nginx=True),
    HttpRow("post-1000", "HTTP POST /track, 1,000 lines a body, 100 keep-alive connections", "line",
            {"c": FIXED_204}, Target(ns=80), lines=1000),
]

@dataclass(frozen=True)
class KindRows:
    """Of a kind other than counter: targets and peers, each as ratio to the floor, of three rows: one line a
    datagram; thirty; thirty, with 100,000 keys."""
    type: str
    ratio: float
    more_ns: tuple
    peers: tuple

    def rows(self, kind):
        title = kind + "s by UDP, {} a datagram, {} lines/s, {} keys"
        yield UdpRow(f"{kind}-1", title.format("1 line", "50,000", "1,000"), "line", {"b": WAITING},
                     Target(ratio=self.ratio), self.peers[0], rate=50_000, type=self.type)
        for name, keys, more_ns, peers in (("30", 1_000, self.more_ns[0], self.peers[1]),
                                           ("30-100k", 100_000, self.more_ns[1], self.peers[2])):
            yield UdpRow(f"{kind}-{name}", title.format("30 lines", "300,000", f"{keys:,}"), "line", {"b": WAITING},
                         Target(more_ns=more_ns), peers, rate=10_000, lines=30, keys=keys, type=self.type)


KINDS = {
    "timer": KindRows("ms", 1.35, (75, 200), (
        {"netdata": 1.65, "brubeck": 3.2, "statsite": 4.5, "statsd": 12.4},
        {"brubeck": 5.2, "netdata": 6.2, "statsite": 13, "statsd": 31}, {"brubeck": 11, "netdata": 19})),
    "gauge": KindRows("g", 1.3, (50, 110), (
        {"netdata": 1.55, "statsite": 1.85, "brubeck": 2, "statsd": 7.5},
        {"brubeck": 2.4, "netdata": 4.2, "statsite": 5, "statsd": 24}, {"brubeck": 5.4, "netdata": 6.7, "statsite": 9.6})),
    "set": KindRows("s", 1.35, (100, 250), (
        {"statsite": 2.8, "netdata": 4.6, "statsd": 12},
        {"statsite": 7, "statsd": 36, "netdata": 41}, {"statsite": 17, "netdata": 32, "statsd": 79})),
}
ROWS += [row for kind, rows in KINDS.items() for row in rows.rows(kind)]

# As it runs by default, with a worker a core.
ROWS += [replace(row, name=row.name + "-cores", title=row.title + ", a worker a core", workers=os.cpu_count())
         for row in ROWS if row.name in ("udp-1", "udp-30", "http")]

FLOORS = {
    "a": "recvmmsg and drop, woken for each",
    "b": "recvmmsg and drop, waiting 1 ms after a short read",
    "c": "epoll, read, write a fixed 204",
    "d": "epoll, read 64 KiB and drop",
}
