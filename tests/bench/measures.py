"""What is no ratio to a floor under the same traffic: how long a flush takes and what it does to others,
memory, an idle installation, flat out, and how the cost of a line grows. Each measure is a function of the
options and gives Figures; with `--smoke` at a hundredth of the keys, and not judged."""

import multiprocessing
import os
import random
import socket
import statistics
import time
from dataclasses import replace

import wire
from figure import Figure
from grafana import graphite
from harness import Installation
from hosts import hosts
from processes import eventually
from programs import FloorProgram, cpu_seconds, resident_mib, role_of, run_load
from reads import read, read_timers
from redis_memory import redis_memory
from tags import tags
from tls import tls
from rows import WAITING, WOKEN_FOR_EACH, ROWS
from subjects import Floor, Ingestd


def _pids(installation):
    return installation.daemons["ingestd"].family()


def _load(keys, *more):
    return ["load-udp", "--lines", "30", "--keys", str(keys), *more]


def _last_flush(installation):
    """When the last flush began and ended, by time.monotonic()."""
    metrics, now = installation.metrics(), time.monotonic()
    end = now - metrics.value("kilometric_last_flush_age_seconds")
    return end - metrics.value("kilometric_last_flush_duration_seconds"), end


def _await_flush(installation, since):
    """Until a flush that began after `since` is over; see _last_flush()."""
    return eventually(lambda: next((flush for flush in [_last_flush(installation)] if flush[0] > since), None), 60)


class _Prober:
    """GET /track on one connection, a thousand times a second: a process, so that Python's own threads
    do not get into the way."""

    def __init__(self, port):
        context = multiprocessing.get_context("fork")
        self._end, theirs = context.Pipe()
        self._process = context.Process(target=self._probe, args=(port, theirs), daemon=True)
        self._process.start()

    @staticmethod
    def _probe(port, end):
        connection = wire.HttpConnection(port)
        request = wire.format_request("GET", "/track?key=probe")
        probes = []
        while not end.poll():
            start = time.monotonic()
            connection.send(request)
            connection.response()
            probes.append((start, time.monotonic() - start))
            time.sleep(0.001)
        end.send(probes)

    def stop(self):
        """[(when, seconds)] of every request."""
        self._end.send("stop")
        probes = self._end.recv()
        self._process.join()
        return probes


def _p99(values):
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else 0


def flush(options):
    keys, seconds = (1_000, 2) if options.smoke else (100_000, 6)
    durations, costs, during, outside = [], [], [], []
    with Installation(readerd=False, workers=1, flush_interval=seconds) as installation:
        rate = keys / 30 / (seconds / 3)  # every key changes in a third of an interval
        [flusher] = [pid for pid in _pids(installation) if role_of(pid) == "flusher"]
        load = _load(keys, "--rate", str(int(rate)))
        began = 0
        for _ in range(2):  # after which every key is known to Redis
            run_load(load, installation.udp_port, seconds / 2)
            began, _ = _await_flush(installation, max(began, time.monotonic()))
        # Three flushes a round: a p99 needs many probes, and a flush sees some 800 of them.
        for _ in range(1 if options.smoke else 3 * options.rounds):
            run_load(load, installation.udp_port, seconds / 2)
            sent, cpu = installation.metrics().value("kilometric_entries_sent_total"), cpu_seconds(flusher)
            prober = _Prober(installation.port)
            # Nothing else is asked meanwhile: a page of metrics would delay requests just as a flush might.
            time.sleep(max(0, began + seconds * 4 / 3 - time.monotonic()))
            probes = prober.stop()
            began, ended = _await_flush(installation, began + seconds / 2)
            sent = installation.metrics().value("kilometric_entries_sent_total") - sent
            durations.append(ended - began)
            costs.append((cpu_seconds(flusher) - cpu) / max(1, sent) * 1e6)
            during += [took for start, took in probes if began <= start <= ended]
            outside += [took for start, took in probes if not began <= start <= ended]
            assert sent >= keys, f"a flush of {sent:,} keys, not {keys:,}"
    ratio = _p99(during) / _p99(outside) if len(during) > 1 and len(outside) > 1 else 0
    return [Figure("from the harvest to the last answer", statistics.median(durations), "s", most=1),
            Figure("the flusher's CPU", statistics.median(costs), "us a key", most=3),
            Figure("p99 of GET /track outside a flush", _p99(outside) * 1e6, "us"),
            Figure("p99 of GET /track during a flush", _p99(during) * 1e6, "us"),
            Figure("p99 during / p99 outside", ratio, "x", most=1.2)]


def _proportional_mib(installation):
    return sum(resident_mib(pid) for daemon in installation.daemons.values() for pid in daemon.family())


def memory(options):
    """With shared pages divided among the processes, after the flush of every key. A key takes that much
    of each worker that counts it."""
    with Installation(workers=os.cpu_count(), flush_interval=2) as installation:
        installation.flush()
        figures = [Figure("idle, no keys, both daemons, a worker a core", _proportional_mib(installation), "MiB",
                          most=12)]
    figures.append(_tagged_memory(options))
    for keys, most in ((100_000, 25), (1_000_000, 200)):
        keys //= 100 if options.smoke else 1
        with Installation(readerd=False, workers=1, flush_interval=0.5 if options.smoke else 2) as installation:
            run_load(_load(keys, "--key-bytes", "40", "--rate", "10000"), installation.udp_port,
                     max(0.2, 1.2 * keys / 300_000))
            # Of as many keys as a worker may know it takes up to one in a hundred for one that it knew.
            eventually(lambda: installation.metrics().value("kilometric_keys") >= 0.98 * keys)
            installation.flush(60)
            figures.append(Figure(f"{keys:,} keys of 40 bytes, ingestd, 1 worker", _proportional_mib(installation), "MiB", most=most))
    return figures


class _Peak:
    """The most that all processes of an installation took together, while the block ran: looked at a hundred
    times a second, by a process of its own."""

    def __init__(self, installation):
        context = multiprocessing.get_context("fork")
        self._end, theirs = context.Pipe()
        self._process = context.Process(target=self._watch, args=(installation, theirs), daemon=True)

    @staticmethod
    def _watch(installation, end):
        most = 0
        while not end.poll(0.01):
            most = max(most, _proportional_mib(installation))
        end.send(most)

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._end.send("stop")
        self.mib = self._end.recv()
        self._process.join()


def _tagged_memory(options):
    """Name and tags have 60 bytes; all counted again while the interval before is harvested."""
    keys = 10_000 if options.smoke else 1_000_000
    with Installation(readerd=False, workers=1, flush_interval=0.5 if options.smoke else 5) as installation:
        with _Peak(installation) as peak:
            run_load(_load(keys, "--tags", "3", "--rate", "10000"), installation.udp_port, max(0.5, 4 * keys / 300_000))
            eventually(lambda: installation.metrics().value("kilometric_keys") >= 0.98 * keys)
            installation.flush(60)
    return Figure(f"{keys:,} keys with tags, of 60 bytes, ingestd, 1 worker, at most", peak.mib, "MiB",
                  most=400_000_000 / 2**20)


def _timers(samples):
    """Values over three decades, alike in their logarithms, up to a hundred a line."""
    values = random.Random(1)
    return [(":" + ":".join(f"{10 ** values.uniform(0, 3):.2f}" for _ in range(samples)) + "|ms").encode()
            for _ in range(2_000)]


def _gauges():
    return [f":{value}|g".encode() for value in range(1_000)]


def _send_each(installation, keys, times, ends, seconds):
    """A line of every key, again and again, evenly over so many seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        begin, sent = time.monotonic(), 0
        for turn in range(times):
            for key in range(keys):
                sender.sendto(b"shop.web.page.render.%06d" % key + ends[(key * 7 + turn * 13) % len(ends)],
                              ("127.0.0.1", installation.udp_port))
                sent += 1
                if sent % 50 == 0:
                    time.sleep(max(0, begin + sent / (keys * times) * seconds - time.monotonic()))


def memory_kinds(options):
    """At the worst moment of a harvest: of an interval whose segments grow, as all keys are new, and of the next."""
    figures = []
    loads = [("10,000 timers of 3,000 samples", 10_000, 30, _timers(100), 80),
             ("100,000 timers of 30 samples", 100_000, 1, _timers(30), 150),
             ("100,000 gauges", 100_000, 1, _gauges(), 65)]
    for what, keys, times, ends, most in loads[:1] if options.smoke else loads:
        keys, seconds = (keys // 100, 0.3) if options.smoke else (keys, 30)
        with Installation(readerd=False, workers=1, flush_interval=1.5 * seconds) as installation:
            for which in ("first", "second"):
                began, _ = _await_flush(installation, time.monotonic())
                with _Peak(installation) as peak:
                    _send_each(installation, keys, times, ends, seconds)
                    _await_flush(installation, began + seconds)
                figures.append(Figure(f"{what}, {which} interval", peak.mib, "MiB", most=most))
            drops = installation.metrics().value("kilometric_udp_drops_total")
            assert drops == 0 or options.smoke, f"{drops:,} datagrams were dropped"
    return figures


def idle(options):
    """Both daemons with their default interval of ten seconds."""
    seconds = 1 if options.smoke else 30
    with Installation(workers=os.cpu_count(), flush_interval=10) as installation:
        time.sleep(0 if options.smoke else 2)
        pids = sum((daemon.family() for daemon in installation.daemons.values()), [])
        cpu, woken = sum(map(cpu_seconds, pids)), sum(map(_wake_ups, pids))
        time.sleep(seconds)
        return [Figure("CPU", (sum(map(cpu_seconds, pids)) - cpu) / seconds * 100, "%", most=0.1),
                Figure("wake-ups, all processes", (sum(map(_wake_ups, pids)) - woken) / seconds, "a second")]


def _wake_ups(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))


def flat_out(options):
    """The rate rises by a tenth until datagrams are dropped; the highest without a drop counts."""
    seconds, workers = (0.2, 1) if options.smoke else (1, os.cpu_count())
    best = {"floor a": 0, "ingestd": 0}

    def rise(name, attempt):
        rate = 2_000 if options.smoke else 20_000
        while attempt(int(rate)):
            best[name] = rate * 30
            rate *= 1.1
            if options.smoke:
                return

    def floor(rate):
        with FloorProgram(WOKEN_FOR_EACH + ["--sockets", str(workers)]) as program:
            sent = run_load(_load(1_000, "--rate", str(rate)), program.port, seconds)
            time.sleep(0.2)
            return sent["seconds"] < seconds * 1.05 and program.stop()["datagrams"] == sent["datagrams"]

    def ingestd(rate):
        with Installation(readerd=False, workers=workers, flush_interval=10) as installation:
            sent = run_load(_load(1_000, "--rate", str(rate)), installation.udp_port, seconds)
            time.sleep(0.2)
            accepted = installation.metrics().value("kilometric_lines_accepted_total", via="udp")
            return sent["seconds"] < seconds * 1.05 and accepted == sent["lines"]

    rise("floor a", floor)
    rise("ingestd", ingestd)
    return [Figure("floor a", best["floor a"], "lines a second"), Figure("ingestd", best["ingestd"], "lines a second"),
            Figure("ingestd / floor a", best["ingestd"] / max(1, best["floor a"]), "x", least=0.8)]


def growth(options):
    """What a line costs beyond floor b, 30 lines a datagram, 300,000 lines a second."""
    [plain] = [row for row in ROWS if row.name == "udp-30"]
    figures = []
    for workers in (1, 2):
        for keys in (1_000, 10_000) if options.smoke else (1_000, 10_000, 100_000, 1_000_000):
            its_options = type(options)(**{**vars(options), "workers": workers})
            row = replace(plain, keys=keys)
            worker, flusher = [], []
            with Ingestd(row, its_options) as ingestd:
                for _ in range(min(3, options.rounds)):
                    sample, below = ingestd.measure(options.seconds), Floor(row, "b", its_options).measure(options.seconds)
                    if not sample.problems and not below.problems:
                        worker.append((sample.us_of("worker") - below.us) * 1000)
                        flusher.append(sample.us_of("flusher") * 1000)
            name = f"{workers} worker{'s' if workers > 1 else ''}, {keys:,} keys"
            for role, values in (("workers, above the floor", worker), ("flusher", flusher)):
                figures.append(Figure(f"{name}: {role}", statistics.median(values or [float("nan")]), "ns a line"))
    return figures


MEASURES = {
    "flush": ("One flush of 100,000 changed keys to a local Redis, 1 worker", flush),
    "tls": ("The flusher's CPU with Redis by TLS, 100,000 keys, 1 worker", tls),
    "memory": ("Resident memory (proportional set size)", memory),
    "memory-kinds": ("The same at the worst moment of a harvest, ingestd, 1 worker", memory_kinds),
    "idle": ("Both daemons without traffic, a flush every 10 s", idle),
    "hosts": ("Several hosts that write the same metrics to one Redis", hosts),
    "redis-memory": ("Redis' memory for a stream, and for a metric of each kind", redis_memory),
    "flat-out": ("UDP, 30 lines a datagram, as fast as nothing is dropped, all cores", flat_out),
    "read": ("Reading a year of one metric, an entry every 10 s, from a local Redis", read),
    "read-timers": ("Reading percentiles of timers, from a local Redis", read_timers),
    "tags": ("Listing the tags of a million series, from a local Redis", tags),
    "graphite": ("Grafana's requests beside graphite-web, a day at 10 s and a year, from a local Redis", graphite),
    "growth": ("How the cost of a line grows", growth),
}
