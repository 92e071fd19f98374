"""A cluster: three primaries and as many replicas, real ones, on free ports, each in a folder of its own."""

import binascii
import os
import re
import subprocess
import time

from processes import eventually, free_port
from redis_server import RedisServer
from resp import RedisError

SLOTS = 16384
NODE_TIMEOUT = 1000  # ms, after which a node that does not answer is taken for dead


class Node(RedisServer):
    """`bus`: the port on which nodes talk with each other, by TLS if they have `tls`, signed by `authority`. `at`:
    the host where it runs, see network.py."""

    def __init__(self, folder, password=None, tls=None, authority=None, at=None):
        super().__init__(folder, password, at.address if at else "127.0.0.1", at.prefix if at else (), tls)
        self.at = at
        self.bus = free_port()
        self._tls_options = ["--tls-cluster", "yes", "--tls-ca-cert-file", authority] if tls else []

    def start(self, *more_arguments, within=30):
        options = ["--cluster-enabled", "yes", "--cluster-config-file", os.path.join(self.folder, "nodes.conf"),
                   "--cluster-port", str(self.bus), "--cluster-node-timeout", str(NODE_TIMEOUT),
                   "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0", *self._tls_options]
        if self.password:
            options += ["--masterauth", self.password]
        super().start(*options, *more_arguments, within=within)

    @property
    def name(self):
        return self.command("CLUSTER", "MYID").decode()

    def is_primary(self):
        return self.running() and b"role:master" in self.command("INFO", "replication")


class Cluster(RedisServer):
    """Is used as one RedisServer, by what tests ask of an installation's Redis: each command goes to the primary that
    has its key."""

    def __init__(self, folder, replicas=True, password=None, tls=None, authority=None, primaries=3, hosts=()):  # pylint: disable=super-init-not-called
        self.folder, self.password = folder, password
        self.nodes = [Node(os.path.join(folder, f"node{index}"), password, tls, authority, *hosts[index:index + 1])
                      for index in range(primaries * (2 if replicas else 1))]
        self._replicas, self._authority = replicas, authority

    @property
    def url(self):
        return self._url("redis-cluster", [f"{node.host}:{node.port}" for node in self.nodes[:3]])

    @property
    def tls_url(self):
        return self._url("rediss-cluster", [self._address(node) for node in self.nodes[:3]])

    def _url(self, scheme, addresses):
        login = f":{self.password}@" if self.password else ""
        return f"{scheme}://{login}" + ",".join(addresses)

    def __enter__(self):
        try:
            for node in self.nodes:
                node.start()
            self.cli("--cluster", "create", *(self._address(node) for node in self.nodes),
                     "--cluster-replicas", "1" if self._replicas else "0", "--cluster-yes")
            self.await_sound()
        except BaseException:
            self.clean_up()
            raise
        return self

    def __exit__(self, *_):
        self.clean_up()

    def clean_up(self):
        for node in self.nodes:
            node.clean_up()

    def cli(self, *arguments):
        done = self._redis_cli(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _redis_cli(self, *arguments):
        login = ["-a", self.password, "--no-auth-warning"] if self.password else []
        tls = ["--tls", "--cacert", self._authority] if self._authority else []
        return subprocess.run(["redis-cli", *login, *tls, *arguments], check=False, capture_output=True, text=True, timeout=90)

    @staticmethod
    def _address(node):
        """Where nodes with TLS move keys to, too."""
        return f"{node.host}:{node.tls_port or node.port}"

    @property
    def primaries(self):
        return [node for node in self.nodes if node.is_primary() and self._slots(node)]

    def owner(self, key):
        """The primary that has it."""
        port = self._owners()[slot_of(key)]
        return next(node for node in self.nodes if node.port == port)

    def replica_of(self, primary):
        return next(node for node in self.nodes if node.running() and not node.is_primary()
                    and node.command("ROLE")[2] == primary.port)

    def await_sound(self, within=60):
        """Until all nodes run, agree, and replicas are in step."""
        def sound():
            for node in self.nodes:
                info, view = node.command("CLUSTER", "INFO"), node.command("CLUSTER", "NODES").decode()
                assert b"cluster_state:ok" in info and f"cluster_known_nodes:{len(self.nodes)}".encode() in info, view
                assert not any("fail" in line.split(" ")[2] for line in view.splitlines()), view
                assert node.is_primary() or b"master_link_status:up" in node.command("INFO", "replication"), view
            views = {tuple(sorted((*entry[:2], entry[2][1]) for entry in node.command("CLUSTER", "SLOTS")))
                     for node in self.nodes}
            assert len(views) == 1, views
            assert len(self.primaries) == len(self.nodes) // (2 if self._replicas else 1), view
            return True
        deadline = time.monotonic() + within
        while True:
            try:
                return eventually(sound, 15, "the cluster does not become sound")
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            self._end_moves()  # a slot that moved right before a failover may belong to nobody; its manual tells to
            self._redis_cli("--cluster", "fix", self._address(self.primaries[0]), "--cluster-yes")

    def fail_over(self, primary):
        """To its replica, in good order; asked for again when it gives up after five seconds, as for want of votes."""
        heir = self.replica_of(primary)

        def over():
            assert self.leads(heir) or heir.command("CLUSTER", "FAILOVER") == b"OK"
            return eventually(lambda: self.leads(heir), 6)
        eventually(over, 60, "the replica does not take over")
        return heir

    def leads(self, node):
        return node.is_primary() and bool(self._slots(node))

    def await_heir(self, primary, replica):
        """Until the replica has the slots of a primary that was killed or hangs."""
        eventually(lambda: self.leads(replica), 60, f"nobody takes over from {primary.port}")

    def move_slots(self, source, target, count):
        """Again when nodes do not agree yet; more may have moved then."""
        def move():
            self._end_moves()
            return self.cli("--cluster", "reshard", self._address(source), "--cluster-from", source.name,
                            "--cluster-to", target.name, "--cluster-slots", str(count), "--cluster-yes", "--cluster-replace")
        eventually(move, 60, None)

    def _end_moves(self):
        """A node that has forgotten that it gave keys away has them again, in slots that it takes for half moved: the
        owner's are the true ones."""
        for node in self.nodes:
            for mark in re.findall(rb"\[(\d+)-[<>]-", node.command("CLUSTER", "NODES")):
                node.command("CLUSTER", "SETSLOT", mark, "STABLE")

    # As a RedisServer

    def command(self, *arguments):
        return self.pipeline([arguments])[0]

    def pipeline(self, commands):
        """Again and again while the cluster changes; so only what may be done twice."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self._pipeline(commands)
            except (RedisError, OSError, KeyError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _pipeline(self, commands):
        owners = self._owners()
        by_port = {}
        for index, command in enumerate(commands):
            by_port.setdefault(owners[slot_of(_key_of(command))], []).append(index)
        replies = [None] * len(commands)
        for port, indexes in by_port.items():
            node = next(node for node in self.nodes if node.port == port)
            for index, reply in zip(indexes, node.pipeline([commands[index] for index in indexes])):
                replies[index] = reply
        return replies

    def _owners(self):
        """Of each slot the port of who has it, as somebody sees it who sees the cluster well."""
        for node in self.nodes:
            if node.running() and b"cluster_state:ok" in node.command("CLUSTER", "INFO"):
                return {slot: primary[1] for first, last, primary, *_ in node.command("CLUSTER", "SLOTS")
                        for slot in range(first, last + 1)}
        raise KeyError("no node sees the cluster well")

    def scan(self, pattern="*"):
        return set().union(*(node.scan(pattern) for node in self.primaries))

    def calls(self, command):
        """By primaries and replicas, so that it does not fall when one takes the place of another."""
        return sum(node.calls(command) for node in self.nodes if node.running())

    def running(self):
        return all(node.running() for node in self.nodes)

    @staticmethod
    def _slots(node):
        for line in node.command("CLUSTER", "NODES").decode().splitlines():
            fields = line.split(" ")
            if "myself" in fields[2]:
                spans = [field.partition("-") for field in fields[8:] if not field.startswith("[")]
                return {slot for first, _, last in spans for slot in range(int(first), int(last or first) + 1)}
        return set()


def _key_of(command):
    return command[2] if command[0] in ("XINFO", "MEMORY") else command[1]


def slot_of(key):
    key = key if isinstance(key, bytes) else key.encode()
    tag = re.search(rb"\{([^}]*)\}", key, re.DOTALL)
    return binascii.crc_hqx(tag[1] if tag and tag[1] else key, 0) % SLOTS
