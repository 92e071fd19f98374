"""An installation of Kilometric under test: both daemons, a real Redis, folders and ports of its own.

    with Installation(workers=2) as installation:
        installation.send_datagram(b"visits:1|c")
        installation.track("visits", 2)
        installation.flush()
        assert installation.counter("visits") == 3

Leaving the block stops everything and asserts that it stopped well: exit status 0, no process left,
ports free, no sanitizer report. A setting is a keyword: `flush_interval=1`; None leaves it unset.
"""

import collections
import contextlib
import json
import os
import shutil
import signal
import socket
import tempfile
import time
import urllib.parse
from decimal import Decimal

import wire
from processes import (Process, alive, command_line, eventually, free_port, port_is_free, send_signal)
from prometheus import Metrics
from redis_server import RedisServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("KILOMETRIC_BUILD") or os.path.join(ROOT, "build"))
INGESTD = os.path.join(BUILD, "ingestd", "kilometric-ingestd")
READERD = os.path.join(BUILD, "readerd", "kilometric-readerd")
TOOL = os.path.join(BUILD, "tool", "kilometric")

SETTINGS = ("redis_url", "redis_ca", "redis_cert", "redis_key", "flush_interval", "port", "udp_port", "tcp_port", "unix_datagram", "unix_stream", "socket_mode", "reader_port", "bind", "workers",
            "runtime_dir", "state_dir", "max_keys", "spool_limit", "retention_raw", "retention_raw_timers",
            "retention_raw_sets", "retention_points", "retention_hour", "retention_day", "tags", "tags_in_name", "events_max", "gauge_sign", "graphite_names",
            "gauge_stale", "max_points", "cors_origin", "allow_delete", "log_level")


def sanitized():
    """Whether the build under test is one with sanitizers, which take time and memory of their own."""
    with open(os.path.join(BUILD, "meson-info", "intro-buildoptions.json"), encoding="utf-8") as file:
        return next(option["value"] for option in json.load(file) if option["name"] == "b_sanitize") != "none"


open_installations = []  # so that conftest can show the logs of a failed test


def clean_environment(**settings):
    """Our own environment without any setting of Kilometric's or systemd's, plus `settings`."""
    drop = ("KILOMETRIC_", "NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_", "CREDENTIALS_DIRECTORY", "INVOCATION_ID",
            "JOURNAL_STREAM")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    for name, value in settings.items():
        assert name in SETTINGS, name
        if value is not None:
            environment["KILOMETRIC_" + name.upper()] = str(value)
    return environment


def memory_folder():
    """A new folder in memory, where a service has its runtime folder, too; None where little fits in."""
    shared = "/dev/shm"
    if not os.access(shared, os.W_OK) or shutil.disk_usage(shared).free < 2 << 30:
        return None
    return tempfile.mkdtemp(prefix="kilometric-e2e-", dir=shared)


class Installation:
    """`ingestd`, `readerd`, `redis`: whether start() starts them. `redis` may also be a RedisServer
    that belongs to somebody else, who then ends it. `commands`: other ones for daemons, by name."""

    def __init__(self, ingestd=True, readerd=True, redis=True, password=None, folder=None, environment=None,
                 commands=None, **settings):
        self._own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="kilometric-e2e-")
        self._own_memory = self._own_folder and "runtime_dir" not in settings and memory_folder()
        self._wanted = {"ingestd": ingestd, "readerd": readerd}
        self._start_redis = redis is True
        self._own_redis = not isinstance(redis, RedisServer)
        self.redis = RedisServer(os.path.join(self.folder, "redis"), password) if self._own_redis else redis
        self.settings = {
            "redis_url": self.redis.url, "flush_interval": 0.1, "workers": 2, "port": free_port(),
            "udp_port": free_port(), "reader_port": free_port(),
            "runtime_dir": os.path.join(self._own_memory or self.folder, "run"),
            "state_dir": os.path.join(self.folder, "state"), **settings}
        self.environment = environment or {}
        self.commands = {"ingestd": [INGESTD], "readerd": [READERD], **(commands or {})}
        self.daemons = {}
        self._sockets = []
        self._sockets_to_close = []
        self._datagrams = 0  # sent, as ingestd should count them

    # Starting and stopping

    def start(self):
        open_installations.append(self)
        if self._start_redis:
            self.redis.start()
        for name, wanted in self._wanted.items():
            if wanted:
                self.launch(name)
        for name in list(self.daemons):
            self.await_ready(name)
        return self

    def launch(self, name):
        """Starts one daemon without awaiting anything."""
        for folder in ("runtime_dir", "state_dir"):
            if self.settings[folder]:
                os.makedirs(self.settings[folder], exist_ok=True)
        environment = clean_environment(**self.settings) | self.environment
        self.daemons[name] = Process(self.commands[name], os.path.join(self.folder, name + ".log"), environment)
        return self.daemons[name]

    def await_ready(self, name, within=30):
        port = {"ingestd": self.port, "readerd": self.reader_port}[name]

        def answers():
            if not self.daemons[name].running():
                return True
            return wire.request(port, "GET", "/health", host=self.host).status in (200, 422)

        eventually(answers, within, f"{name} does not answer on its port")
        assert self.daemons[name].running(), f"{name} ended at once:\n{self.log(name)}"
        if name == "ingestd":
            eventually(lambda: self.metrics().value("kilometric_redis_up") in (0, 1), message="no flusher started")
            self._datagrams = self._taken()  # its counters may outlive a restart

    def await_children(self):
        """Until the last child has begun: before that, it still ends by signals which it will ignore."""
        eventually(lambda: "supervisor: ready: " in self.daemons["ingestd"].log(), message="ingestd is not ready")

    def stop(self, name="ingestd", number=signal.SIGTERM, within=30):
        """Ends one daemon in order and returns its log; all that it must leave behind is asserted."""
        daemon = self.daemons.pop(name)
        family = daemon.family()
        daemon.signal(number)
        status = daemon.wait(within)
        log = daemon.log()
        assert status == 0, f"{name} ended with {status}:\n{log}"
        self._assert_gone(name, daemon, family)
        assert "Sanitizer" not in log and "runtime error:" not in log, log
        return log

    def restart(self, name="ingestd"):
        log = self.stop(name)
        self.launch(name)
        self.await_ready(name)
        return log

    def crash(self, name="ingestd"):
        """SIGKILL of the daemon's first process; awaits that all of them are gone."""
        daemon = self.daemons.pop(name)
        family = daemon.family()
        daemon.signal(signal.SIGKILL)
        daemon.wait()
        # It may just have started another one, which ends as its supervisor has.
        eventually(lambda: not daemon.family() and not any(alive(pid) for pid in family),
                   message="orphans are left")
        self._assert_gone(name, daemon, family)

    def stop_all(self):
        for name in ("readerd", "ingestd"):
            if name in self.daemons:
                self.stop(name)

    def close(self, failed):
        """The end: in order after success, by force after a failure."""
        try:
            for pid in sum((daemon.family() for daemon in self.daemons.values()), []):
                send_signal(pid, signal.SIGCONT)
            if not failed:
                self.stop_all()
        finally:
            for daemon in self.daemons.values():
                daemon.kill_family()
            if self._own_redis:
                self.redis.clean_up()
            for sock in self._sockets + self._sockets_to_close:
                sock.close()
            open_installations.remove(self)
            for folder in filter(None, (self._own_folder and self.folder, self._own_memory)):
                shutil.rmtree(folder)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close(failed=True)
            raise

    def __exit__(self, kind, *_):
        self.close(failed=kind is not None)

    # Emitting

    def send_datagram(self, data, source=None):
        """From one of eight local ports in turn, so that every worker gets some; or from `source`."""
        if not self._sockets:
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            self._sockets = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(8)]
        sock = self._sockets[(self._datagrams if source is None else source) % 8]
        sock.sendto(data, (self.host, self.udp_port))
        self._datagrams += 1

    def send_datagrams(self, datagrams):
        """Many, and no faster than they are taken: none is dropped by the kernel."""
        for index, data in enumerate(datagrams, 1):
            self.send_datagram(data)
            if index % 50 == 0:
                self.await_received()

    def connect_unix(self):
        """A socket that sends to ingestd's unix datagram socket, and waits while that is full."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sockets_to_close.append(sock)
        sock.connect(str(self.settings["unix_datagram"]))
        return sock

    def connect_tcp(self):
        """A connection to ingestd's TCP port for lines."""
        sock = socket.create_connection((self.host, self.settings["tcp_port"]), 10)
        self._sockets_to_close.append(sock)
        return sock

    def connect_unix_stream(self):
        """A connection to ingestd's unix stream socket, where each message has its length before it."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sockets_to_close.append(sock)
        sock.settimeout(10)
        sock.connect(str(self.settings["unix_stream"]))
        return sock

    def await_received(self):
        """Until every datagram that this harness sent has left the kernel's queue: received, or dropped."""
        eventually(lambda: self._taken() >= self._datagrams, message="ingestd has not taken all datagrams")

    def _taken(self):
        metrics = self.metrics()
        return metrics.value("kilometric_datagrams_received_total") + metrics.value("kilometric_udp_drops_total")

    def track(self, key, value=None, method="GET"):
        query = {"key": key} if value is None else {"key": key, "value": value}
        answer = self.request(method, "/track?" + urllib.parse.urlencode(query))
        assert answer.status == 204 and answer.body == b"", answer

    def post_lines(self, lines):
        """POST /track with StatsD lines (bytes); returns the answer."""
        return self.request("POST", "/track", lines, {"Content-Type": "text/plain"})

    def request(self, method, target, body=None, headers=None):
        """To ingestd."""
        return wire.request(self.port, method, target, body, headers, self.host)

    def flush(self, within=30):
        """Until everything emitted so far is in Redis: three flushes have passed since all was taken (the first
        may have harvested before that, the second before a worker that was late), and no batch is on its way."""
        self.await_received()
        for _ in range(3):
            now = time.monotonic()
            eventually(lambda: self._flushed_after(now), within, "no flush took place")
        eventually(lambda: self.metrics().value("kilometric_batches_pending") == 0, within,
                   "batches are still pending")

    def _flushed_after(self, moment):
        asked = time.monotonic()
        age = self.metrics().value("kilometric_last_flush_age_seconds") + 0.001  # it is cut to milliseconds
        return asked - age > moment

    # Reading

    def read(self, key, type="counter", **parameters):
        """GET /read at the reader; the answer."""
        query = urllib.parse.urlencode({"key": key, "type": type, **parameters})
        return wire.request(self.reader_port, "GET", "/read?" + query, host=self.host)

    def read_json(self, key, type="counter", **parameters):
        answer = self.read(key, type, **parameters)
        assert answer.status == 200, answer
        assert answer.headers["content-type"] == "application/json", answer
        return answer.json()

    def counter(self, key):
        """What the reader says a key adds up to; 0 when it holds nothing."""
        values = self.read_json(key)["values"]
        return values[0]["value"] if values else 0

    def add_instance(self, flushed_ms, interval):
        """One that has flushed then, and does every `interval` seconds, for a reader without ingestd."""
        self.redis.command("ZADD", "kilometric:instances", flushed_ms, 7)
        self.redis.command("HSET", "kilometric:instance.7", "interval", interval)

    def health(self, name="ingestd"):
        """The status of GET /health."""
        port = {"ingestd": self.port, "readerd": self.reader_port}[name]
        return wire.request(port, "GET", "/health", host=self.host).status

    def metrics(self, name="ingestd"):
        port = {"ingestd": self.port, "readerd": self.reader_port}[name]
        answer = wire.request(port, "GET", "/metrics", host=self.host)
        assert answer.status == 200, answer
        return Metrics(answer.body.decode())

    def lines(self, via):
        """What became of the lines that came by "udp" or "http": {"received": n, "accepted": n,
        "bad_key": n, ...}, without zeros. On every page received = accepted + the reasons."""
        metrics = self.metrics()
        received = metrics.value("kilometric_lines_received_total", via=via)
        counts = collections.Counter(accepted=metrics.value("kilometric_lines_accepted_total", via=via))
        for labels, value in metrics.labels("kilometric_lines_rejected_total"):
            if labels["via"] == via:
                counts[labels["reason"]] += value
        assert received == sum(counts.values()), f"{received} received, but {counts}"
        return +(counts + collections.Counter(received=received))

    def entries(self, key):
        """A stream as Redis holds it: [(id, count)], both text."""
        name = b"kilometric." + (key if isinstance(key, bytes) else key.encode())
        return [_entry(entry) for entry in self.redis.command("XRANGE", name, "-", "+")]

    def sums(self):
        """{key: sum} over all raw streams in Redis; exact."""
        names = sorted(self.redis.scan("kilometric.*"))
        totals = collections.defaultdict(Decimal)
        for start in range(0, len(names), 1000):
            some = names[start:start + 1000]
            for name, entries in zip(some, self.redis.pipeline([("XRANGE", name, "-", "+") for name in some])):
                for entry in entries:
                    totals[name[len(b"kilometric."):]] += Decimal(_entry(entry)[1])
        return {_text(key): total for key, total in totals.items()}

    def await_sums(self, expected, within=30):
        """Until Redis holds exactly these sums."""
        def equal():
            sums = self.sums()
            assert sums == expected, f"Redis holds {_shorten(sums)}, not {_shorten(expected)}"
            return True
        eventually(equal, within, None)

    # Processes

    def workers(self):
        """Process ids of the workers, by index."""
        return [pid for _, pid in sorted((self._option(pid, "--worker"), pid) for pid in self._role("worker"))]

    def flusher(self):
        pids = self._role("flusher")
        assert len(pids) == 1, f"{len(pids)} flushers"
        return pids[0]

    def kill_worker(self, index=0, number=signal.SIGKILL):
        """Kills a worker and awaits its successor."""
        count = len(self.workers())
        return self._kill(lambda: self.workers()[index] if len(self.workers()) == count else None, number)

    def kill_flusher(self, number=signal.SIGKILL):
        return self._kill(self.flusher, number)

    def paused_workers(self):
        """A context in which all workers are stopped (SIGSTOP): the kernel's queues keep what comes."""
        return _paused(self.workers())

    def log(self, name="ingestd"):
        """What all runs of a daemon have logged."""
        path = os.path.join(self.folder, name + ".log")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def _role(self, role):
        pids = self.daemons["ingestd"].children()
        return [pid for pid in pids if self._option(pid, "--role") == role]

    @staticmethod
    def _option(pid, option):
        arguments = command_line(pid)
        return arguments[arguments.index(option) + 1] if option in arguments else None

    @staticmethod
    def _kill(find, number):
        victim = find()
        send_signal(victim, number)
        eventually(lambda: not alive(victim), message="the process did not die")
        return eventually(lambda: (pid := find()) and pid != victim and pid, message="no successor was started")

    def _assert_gone(self, name, daemon, family):
        left = daemon.family() + [pid for pid in family if alive(pid)]
        described = [f"{pid} {' '.join(command_line(pid))}" for pid in left]
        assert not left, f"{name} left processes behind: {described}"
        ports = {"ingestd": ("port", "udp_port"), "readerd": ("reader_port",)}[name]
        for port in ports:
            assert port_is_free(self.settings[port]), f"{port} is still taken after {name} ended"

    @property
    def port(self):
        return self.settings["port"]

    @property
    def udp_port(self):
        return self.settings["udp_port"]

    @property
    def reader_port(self):
        return self.settings["reader_port"]

    @property
    def host(self):
        """Where to reach what listens on the bind address."""
        bind = (self.settings.get("bind") or "localhost").partition(",")[0]
        return {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)


@contextlib.contextmanager
def _paused(pids):
    for pid in pids:
        send_signal(pid, signal.SIGSTOP)
    try:
        for pid in pids:
            eventually(lambda: _stopped(pid), message="the process did not stop")
        yield pids
    finally:
        for pid in pids:
            send_signal(pid, signal.SIGCONT)


def _stopped(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b") ")[2][:1] == b"T"


def _entry(entry):
    identity, fields = entry
    assert len(fields) == 2 and fields[0] == b"count", entry
    return identity.decode(), fields[1].decode()


def _text(key):
    try:
        return key.decode()
    except UnicodeDecodeError:
        return key


def _shorten(sums):
    text = str({key: str(value) for key, value in list(sums.items())[:20]})
    return text if len(sums) <= 20 else f"{text} and {len(sums) - 20} more"
