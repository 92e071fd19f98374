"""Hosts of a test's own: network namespaces, each behind a virtual cable at a bridge that has an address here."""

import os
import subprocess

OURS = "10.213.7.1"


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


class Host:
    """`prefix`: before a command that is to run there."""

    def __init__(self, number, bridge):
        self.address = f"10.213.7.{number + 2}"
        self._name, self._cable = f"km-test-{os.getpid()}-{number}", f"km{os.getpid() % 100_000}n{number}"
        self._bridge = bridge
        self.prefix = ["ip", "netns", "exec", self._name]

    def make(self):
        _ip("netns", "add", self._name)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "far", "netns", self._name)
        _ip("link", "set", self._cable, "master", self._bridge, "up")
        for command in (("addr", "add", f"{self.address}/24", "dev", "far"), ("link", "set", "far", "up"),
                        ("link", "set", "lo", "up")):
            _ip("-n", self._name, *command)

    def delete(self):
        subprocess.run(["ip", "netns", "delete", self._name], check=False, stderr=subprocess.DEVNULL)

    def cut_off(self):
        """Whatever is sent to it, or by it, is swallowed."""
        _ip("-n", self._name, "link", "set", "far", "down")

    def join(self):
        _ip("-n", self._name, "link", "set", "far", "up")

    def part_from(self, others):
        """What it sends to these hosts is swallowed; we still reach it."""
        for other in others:
            _ip("-n", self._name, "route", "add", "blackhole", f"{other.address}/32")

    def meet(self, others):
        for other in others:
            _ip("-n", self._name, "route", "del", "blackhole", f"{other.address}/32")


class Network:
    """Needs root."""

    def __init__(self, count):
        self._bridge = f"km{os.getpid() % 100_000}br"
        self.hosts = [Host(number, self._bridge) for number in range(count)]

    def __enter__(self):
        _ip("link", "add", self._bridge, "type", "bridge")
        try:
            _ip("addr", "add", f"{OURS}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            for host in self.hosts:
                host.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            host.delete()
        _ip("link", "delete", self._bridge)
