"""What bears the load: ingestd, a floor, nginx. Each is a context of a row, and measures one round
at a time: `measure(seconds)` gives a Sample.

What serves is pinned, its first process or thread to the first core and so on, and the load to the last.
Where the scheduler puts a client and its server changes what a request costs by up to a half, and it decides
anew for every process: it would be compared, not they."""

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field

from harness import Installation
from processes import Process, eventually, free_port, port_is_free
from programs import FloorProgram, cpu_seconds, pin, request_bytes, role_of, run_load
from rows import UdpRow

SETTLE_SECONDS = 0.2  # a hundred times what a receiver waits; it has taken everything by then


@dataclass
class Sample:
    """One round: CPU seconds by role, and the units of work that the subject itself has counted.
    With problems it counts for nothing."""
    cpu: dict
    work: int
    problems: list = field(default_factory=list)
    notes: list = field(default_factory=list)  # what else is worth telling of it
    entries: int = 0  # that ingestd's flusher sent meanwhile: of one flush or more

    @property
    def us(self):
        """CPU microseconds for a unit of work."""
        return sum(self.cpu.values()) / self.work * 1e6 if self.work else 0.0

    def us_of(self, role):
        return self.cpu[role] / self.work * 1e6 if self.work else 0.0

    @property
    def us_an_entry(self):
        """CPU microseconds of the flusher, all that it did, for an entry."""
        return self.cpu.get("flusher", 0) / self.entries * 1e6 if self.entries else 0.0


def _units_sent(row, sent, seconds):
    """How many lines or requests a load generator reports; and what went wrong by its account."""
    if isinstance(row, UdpRow):
        late = sent["seconds"] > 1.05 * seconds + 0.5
        return sent["lines"], [f"the load took {sent['seconds']:.2f} s instead of {seconds:g}"] if late else []
    problems = [f"{count} answers of status {status}"
                for status, count in sent["statuses"].items() if status != "204"]
    return sent["requests"] * max(1, row.lines), problems


def _compare(sent, counted, problems):
    if counted != sent:
        problems.append(f"sent {sent:,}, counted {counted:,}")
    return problems


class Floor:
    """A new process each round."""

    def __init__(self, row, letter, options):
        self.name = f"floor {letter}"
        self.roles = ("floor",)
        self._row, self._load = row, row.load(options.slowed)
        self._arguments = list(row.floors[letter])
        self._by_path = via_of(row) == "unix_datagram"
        workers = str(row.workers or options.workers)
        if isinstance(row, UdpRow):
            self._arguments += ["--sockets", workers]
        else:
            self._arguments += ["--threads", workers, "--request-bytes", str(request_bytes(self._load))]

    def measure(self, seconds):
        with tempfile.TemporaryDirectory() as folder, FloorProgram(self._arguments_in(folder)) as floor:
            pin(floor.threads())
            before = cpu_seconds(floor.pid)
            report = run_load(self._load, floor.port, seconds, pinned=True)
            time.sleep(SETTLE_SECONDS)
            cpu = cpu_seconds(floor.pid) - before
            counts = floor.stop()
        sent, problems = _units_sent(self._row, report, seconds)
        counted = counts.get("datagrams", counts.get("requests", 0)) * max(1, self._row.lines)
        if "datagrams" not in counts and "bytes" in counts:  # of a stream, in which all datagrams are of one length
            counted = counts["bytes"] * report["lines"] // report["bytes"]
        if counts.get("drops"):
            problems.append(f"the kernel dropped {counts['drops']:,} datagrams")
        return Sample({"floor": cpu}, counted, _compare(sent, counted, problems))

    def _arguments_in(self, folder):
        return self._arguments + (["--unix", os.path.join(folder, "statsd")] if self._by_path else [])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Nginx:
    """`return 204`, the least that nginx can do."""

    CONFIGURATION = """
        worker_processes {workers}; daemon off; pid {folder}/pid; error_log stderr;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
            server {{ listen 127.0.0.1:{port} reuseport; location / {{ return 204; }} }}
        }}"""

    @staticmethod
    def binary():
        return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")

    def __init__(self, row, options):
        self.name = "nginx return 204"
        self.roles = ("nginx",)
        self._row, self._load, self._workers = row, row.load(options.slowed), row.workers or options.workers

    def __enter__(self):
        self._folder = tempfile.mkdtemp(prefix="kilometric-bench-")
        self._port = free_port()
        path = os.path.join(self._folder, "nginx.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.CONFIGURATION.format(workers=self._workers, folder=self._folder, port=self._port))
        self._process = Process([self.binary(), "-p", self._folder, "-c", path],
                                os.path.join(self._folder, "log"))
        eventually(lambda: not port_is_free(self._port), message="nginx does not listen")
        pin(sorted(eventually(lambda: len(pids := self._process.children()) == self._workers and pids)))
        return self

    def __exit__(self, *_):
        self._process.kill_family()
        shutil.rmtree(self._folder)

    def measure(self, seconds):
        pids = self._process.family()
        before = {pid: cpu_seconds(pid) for pid in pids}
        report = run_load(self._load, self._port, seconds, pinned=True)
        cpu = sum(cpu_seconds(pid) - before[pid] for pid in pids)
        sent, problems = _units_sent(self._row, report, seconds)
        return Sample({"nginx": cpu}, sent, problems)


# The setting that says where a way in is.
WHERE = {"udp": "udp_port", "tcp": "tcp_port", "unix_datagram": "unix_datagram", "http": "port"}


def via_of(row):
    return row.via if isinstance(row, UdpRow) else "http"


def flush_interval(options, row=None):
    """With time for a flush to end, and for the load to start and stop. A flush of many keys takes longer."""
    if options.smoke:
        return options.seconds + 0.3
    return options.seconds + 1 + round(3 * getattr(row, "keys", 0) / 1_000_000, 1)


class Ingestd:
    """One installation for all rounds of a row, with a Redis of its own, in its steady state: every
    key has been seen.

    Its flushes belong to its cost, so a round holds exactly one: it begins right after a flush, the
    load ends before the next, and the round ends with that one. The flush interval is a second longer
    than the load for that reason, and more with very many keys; with loads of nine seconds it is the default of
    ten. How many entries a round sent tells whether it was one flush indeed."""

    name = "ingestd"
    roles = ("worker", "flusher", "supervisor")

    def __init__(self, row, options):
        self._row, self._load = row, row.load(options.slowed)
        self._warm_ups = 1 if options.smoke else 2
        self._warm_up_seconds = max(0.3, (0.1 if options.smoke else 1.2) * row.seconds_for_every_key(options.slowed))
        self._stack = contextlib.ExitStack()
        self._smoke = options.smoke
        self._installation = Installation(ingestd=False, readerd=False, workers=row.workers or options.workers,
                                          flush_interval=flush_interval(options, row), **self._way(via_of(row)))
        self._port = self._installation.settings[WHERE[via_of(row)]]

    def _way(self, via):
        """The setting of a way in that is off unless set."""
        if via == "unix_datagram":
            return {"unix_datagram": os.path.join(self._stack.enter_context(tempfile.TemporaryDirectory()), "statsd")}
        return {"tcp_port": free_port()} if via == "tcp" else {}

    def __enter__(self):
        with self._stack.pop_all() as stack:  # which ends what has begun, when the rest does not begin
            stack.enter_context(self._installation)
            self._warm_up()
            self._stack = stack.pop_all()
        return self

    def _warm_up(self):
        if self._row.amid_a_pass:
            fill_hour_before(self._installation.redis, self._row.keys // (50 if self._smoke else 1))
        self._installation.launch("ingestd")
        self._installation.await_ready("ingestd")
        pin(self._installation.workers())
        # Redis makes a stream, and makes room in it: flushes that are no part of a round. Each load is within one
        # interval, so that the next one's segment has room for all keys.
        for _ in range(self._warm_ups):
            self._await_flush()
            run_load(self._load, self._port, self._warm_up_seconds, pinned=True)
            self._await_flush()

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def measure(self, seconds):
        self._await_flush()
        metrics = self._installation.metrics()
        before = self._cpu()
        report = run_load(self._load, self._port, seconds, pinned=True)
        self._await_flush()
        after = self._cpu()
        metrics_after = self._installation.metrics()
        sent, problems = _units_sent(self._row, report, seconds)
        counted, more = self._work(metrics, metrics_after)
        if before.keys() != after.keys():
            return Sample(dict.fromkeys(self.roles, 0), counted, ["a process of ingestd was replaced"])
        cpu = {role: sum(after[key] - before[key] for key in after if key[1] == role) for role in self.roles}
        notes = []
        if self._row.amid_a_pass:
            walked = [page.value("kilometric_keys_walked_total") for page in (metrics, metrics_after)]
            written = [page.value("kilometric_tier_entries_written_total") for page in (metrics, metrics_after)]
            notes.append("keys walked {:,.0f} to {:,.0f}, ".format(*walked) +
                         "entries of tiers written {:,.0f} to {:,.0f}".format(*written))
            passes = [page.value("kilometric_tier_passes_total") for page in (metrics, metrics_after)]
            if walked[0] == walked[1] or passes[0] != passes[1]:
                more.append("it was not amid a pass over the index")
        entries = [int(page.value("kilometric_entries_sent_total")) for page in (metrics, metrics_after)]
        return Sample(cpu, counted, _compare(sent, counted, problems + more), notes, entries[1] - entries[0])

    def _await_flush(self):
        """Until the next flush is over. Redis is asked, which costs ingestd nothing."""
        last = self._last_flush()
        eventually(lambda: self._last_flush() != last, 3 * self._installation.settings["flush_interval"] + 30,
                   "ingestd does not flush")
        time.sleep(SETTLE_SECONDS)

    def _last_flush(self):
        return self._installation.redis.command("ZRANGE", "kilometric:instances", 0, -1, "WITHSCORES")

    def _cpu(self):
        return {(pid, role_of(pid)): cpu_seconds(pid) for pid in self._installation.daemons["ingestd"].family()}

    def _work(self, before, after):
        """Units of work between two pages of metrics, and what the daemon says went wrong."""
        def gained(name, **labels):
            return after.value(name, **labels) - before.value(name, **labels)
        problems = [f"{gained(name):,} {what}" for name, what in (
            ("kilometric_udp_drops_total", "datagrams dropped by the kernel"),
            ("kilometric_lines_rejected_total", "lines rejected")) if gained(name)]
        if self._row.unit == "request":
            return gained("kilometric_http_requests_total", status="204"), problems  # /track alone answers so
        return gained("kilometric_lines_accepted_total", via=via_of(self._row)), problems


FILL = """for number = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  local key = string.format('shop.web.requests.%07d', number)
  redis.call('XADD', 'kilometric.' .. key, ARGV[3], 'count', 1)
  redis.call('ZADD', 'kilometric:keys', 0, key)
end"""


def fill_hour_before(redis, keys):
    """An entry of the hour before for each key of the load. The pass over the index that ingestd makes at its
    start then finds of each key what it finds after every hour: one that is closed, to be summed up."""
    hour_ms = 3_600_000
    entry = f"{int(time.time() * 1000) // hour_ms * hour_ms - hour_ms // 2}-0"
    for first in range(0, keys, 5_000):
        redis.command("EVAL", FILL, 0, first, min(first + 5_000, keys), entry)
    redis.command("SET", "kilometric:scanned", 1)  # there are no streams that the index lacks


def subjects_of(row, options):
    """Whatever is measured in a row, ingestd first."""
    subjects = [Ingestd(row, options)] + [Floor(row, letter, options) for letter in row.floors]
    if getattr(row, "beside_nginx", False) and Nginx.binary():
        subjects.append(Nginx(row, options))
    return subjects
