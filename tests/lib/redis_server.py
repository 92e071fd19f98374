"""A real redis-server on a free port and a unix socket, in a folder of its own."""

import glob
import os
import re
import signal

from processes import Process, eventually, free_port
from resp import RedisError, Resp


class RedisServer:
    """Its data lies in an append-only file: stopped or killed, and started again, it has it all.
    `prefix`: the command that puts it elsewhere, where `host` is its address. `tls`: (certificate, key), paths
    with which it also speaks TLS, at `tls_port`."""

    def __init__(self, folder, password=None, host="127.0.0.1", prefix=(), tls=None):
        self.port = free_port()
        self.host, self._prefix = host, list(prefix)
        self.password = password
        self.folder = folder
        self.tls, self.tls_port = tls, tls and free_port()
        self.socket_path = os.path.join(folder, "redis.sock")
        self._process = None
        self._client = None
        os.makedirs(folder, exist_ok=True)

    @property
    def url(self):
        login = f":{self.password}@" if self.password else ""
        return f"redis://{login}{self.host}:{self.port}/0"

    @property
    def tls_url(self):
        return f"rediss://localhost:{self.tls_port}/0"

    def start(self, *more_arguments, within=30):
        arguments = [*self._prefix, "redis-server", "--port", str(self.port), "--bind", self.host, "--save", "",
                     "--appendonly", "yes", "--appendfsync", "no", "--dir", self.folder,
                     "--unixsocket", self.socket_path]
        if self.password:
            arguments += ["--requirepass", self.password]
        if self.tls:
            certificate, key = self.tls
            arguments += ["--tls-port", str(self.tls_port), "--tls-cert-file", certificate, "--tls-key-file", key,
                          "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"]
        arguments += more_arguments
        self._process = Process(arguments, os.path.join(self.folder, "redis.log"))
        eventually(lambda: self._ready(), within, "redis-server does not answer")

    def stop(self):
        """As its init script would: everything is on disk afterwards."""
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def pause(self):
        """Connections stay, nothing is answered."""
        self._process.signal(signal.SIGSTOP)

    def resume(self):
        self._process.signal(signal.SIGCONT)

    def running(self):
        return self._process is not None and self._process.running()

    @property
    def pid(self):
        return self._process.pid

    def log(self):
        return self._process.log() if self._process else ""

    def command(self, *arguments):
        return self.pipeline([arguments])[0]

    def pipeline(self, commands):
        if self._client is None:
            self._client = Resp((self.host, self.port), self.password)
        try:
            return self._client.pipeline(commands)
        except OSError:
            self._disconnect()
            raise

    def scan(self, pattern="*"):
        """All names that match, as bytes."""
        cursor, found = b"0", set()
        while True:
            cursor, names = self.command("SCAN", cursor, "MATCH", pattern, "COUNT", 5000)
            found.update(names)
            if cursor == b"0":
                return found

    def memory_of_an_entry(self, stream):
        """Bytes of the stream's only entry, as one of many: 2,000 copies are beside it from now on."""
        [(_, fields)] = self.command("XRANGE", stream, "-", "+")
        copies, count = f"copies.{stream}", 2_000
        self.pipeline([("XADD", copies, f"{1_700_000_000_000 + index * 10_000}-140737488355327", *fields)
                       for index in range(count)])
        return self.command("MEMORY", "USAGE", copies, "SAMPLES", 0) / count

    def calls(self, command):
        """How many times Redis has executed a command since its start."""
        found = re.search(rf"cmdstat_{command}:calls=(\d+)", self.command("INFO", "commandstats").decode())
        return int(found[1]) if found else 0

    def written(self, text):
        """How often `text` occurs in the append-only file; also when Redis does not run."""
        files = glob.glob(os.path.join(self.folder, "appendonlydir", "*.aof"))
        return sum(open(path, "rb").read().count(text) for path in files)

    def clean_up(self):
        self._disconnect()
        if self._process:
            self._process.kill_family()

    def _ready(self):
        assert self._process.running(), self.log()
        try:
            with Resp((self.host, self.port), self.password) as client:
                return client.command("PING") == b"PONG"
        except RedisError:  # LOADING
            return False

    def _end(self, number):
        self._disconnect()
        self._process.signal(signal.SIGCONT)
        self._process.signal(number)
        self._process.wait()

    def _disconnect(self):
        if self._client:
            self._client.close()
            self._client = None
