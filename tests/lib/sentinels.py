"""A primary, its replicas, and sentinels that watch them: real ones, on free ports, each in a folder of its own."""

import contextlib
import os
import signal

from processes import Process, eventually, free_port
from redis_server import RedisServer
from resp import RedisError, Resp

NAME = "main"


class Sentinel:
    """Watches `primary`, which `quorum` of them may call dead. `lines`: more of its configuration."""

    def __init__(self, folder, primary, quorum, lines=(), password=None, port=None):
        self.port, self.password = free_port(), password
        os.makedirs(folder, exist_ok=True)
        self._folder, self._path = folder, os.path.join(folder, "sentinel.conf")
        lines = [f"port {self.port}", "bind 127.0.0.1", f"dir {folder}",
                 f"sentinel monitor {NAME} 127.0.0.1 {port or primary.port} {quorum}",
                 f"sentinel down-after-milliseconds {NAME} 2000", f"sentinel failover-timeout {NAME} 2000",
                 *([f"requirepass {password}", f"sentinel sentinel-pass {password}"] if password else []),
                 *([f"sentinel auth-pass {NAME} {primary.password}"] if primary.password else []), *lines]
        with open(self._path, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        self._process = None

    def start(self):
        self._process = Process(["redis-server", self._path, "--sentinel"], os.path.join(self._folder, "log"))
        eventually(lambda: self.command("PING") == b"PONG", message="the sentinel does not answer")

    def kill(self):
        self.resume()
        self._process.signal(signal.SIGKILL)
        self._process.wait()

    def pause(self):
        self._process.signal(signal.SIGSTOP)

    def resume(self):
        self._process.signal(signal.SIGCONT)

    def command(self, *arguments):
        with Resp(("127.0.0.1", self.port), self.password) as client:
            return client.command(*arguments)

    def primary_port(self):
        return int(self.command("SENTINEL", "get-master-addr-by-name", NAME)[1])

    def facts(self):
        """What it knows of the primary."""
        fields = [field.decode() for field in self.command("SENTINEL", "MASTER", NAME)]
        return dict(zip(fields[::2], fields[1::2]))

    def clean_up(self):
        if self._process:
            self._process.kill_family()


class Group:
    """`primary`: the server that was it when last looked at, see await_another()."""

    def __init__(self, folder, replicas=1, sentinels=3, password=None, sentinel_password=None):
        self.servers = [RedisServer(os.path.join(folder, f"redis{index}"), password) for index in range(replicas + 1)]
        self.primary = self.servers[0]
        self.sentinels = [Sentinel(os.path.join(folder, f"sentinel{index}"), self.primary, sentinels // 2 + 1,
                                   password=sentinel_password) for index in range(sentinels)]

    @property
    def url(self):
        login = f":{self.primary.password}@" if self.primary.password else ""
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis-sentinel://{login}{hosts}/{NAME}"

    @property
    def replicas(self):
        return [server for server in self.servers if server is not self.primary]

    def __enter__(self):
        try:
            for server in self.servers:
                self.start_server(server)
            for sentinel in self.sentinels:
                sentinel.start()
            self.await_sound()
        except BaseException:
            self.clean_up()
            raise
        return self

    def __exit__(self, *_):
        self.clean_up()

    def clean_up(self):
        for process in [*self.servers, *self.sentinels]:
            process.clean_up()

    def start_server(self, server):
        """As the primary, or as a replica of it."""
        options = ["--repl-diskless-sync-delay", "0", "--min-replicas-max-lag", "2"]
        if server.password:
            options += ["--masterauth", server.password]
        if server is not self.primary:
            options += ["--replicaof", self.primary.host, str(self.primary.port)]
        server.start(*options)

    def await_sound(self):
        """Until all replicas are in step, and the sentinels know each other and could make one the primary."""
        for server in self.replicas:
            eventually(lambda: b"master_link_status:up" in server.command("INFO", "replication"), 60)
        for sentinel in self.sentinels:
            eventually(lambda: self._is_sound(sentinel.facts()), 60, "the sentinels do not find each other")

    def _is_sound(self, facts):
        return (facts["num-other-sentinels"] == str(len(self.sentinels) - 1)
                and facts["num-slaves"] == str(len(self.servers) - 1) and facts["flags"] == "master")

    def await_another(self, within=60):
        """Until another server than `primary` says that it is one; that is `primary` from now on."""
        self.primary = eventually(lambda: next((server for server in self.replicas if says_primary(server)), None),
                                  within, "no replica was made the primary")
        return self.primary

    def fail_over(self):
        """By the sentinels, with all of them well; they refuse while they are not done with the one before."""
        def accepted():
            with contextlib.suppress(RedisError):
                return self.sentinels[0].command("SENTINEL", "FAILOVER", NAME) == b"OK"
            return False
        eventually(accepted, 60, "the sentinels do not begin")
        return self.await_another()

    def demote(self, old):
        """What the sentinels would do in eight seconds."""
        old.command("REPLICAOF", self.primary.host, str(self.primary.port))


def says_primary(server):
    return server.running() and b"role:master" in server.command("INFO", "replication")
