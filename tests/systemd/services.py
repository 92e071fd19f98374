"""Kilometric as an installation has it: files from `meson install`, services that systemd runs.

What the end-to-end harness knows (track, metrics, counter, flush, sums, ...) works here too; what
concerns processes is asked of systemd. The verbs take short names: "ingestd", "readerd", "redis".
"""

import os
import re
import signal
import subprocess

from harness import BUILD, Installation
from processes import command_line, eventually, process_stat, send_signal

UNITS = {"ingestd": "kilometric-ingestd.service", "readerd": "kilometric-readerd.service",
         "redis": "redis-server.service"}
CREDENTIAL = "/etc/credstore/kilometric.redis-url"
SMALL_DATAGRAM_BYTES = 1280  # what one occupies in a queue; 768 are usual


class Services(Installation):
    def __init__(self, machine, folder):
        super().__init__(ingestd=False, readerd=False, redis=False, folder=folder, port=3000, udp_port=8125,
                         reader_port=3001)
        self.machine = machine
        self.redis.port = 6379

    # Installing and settings

    def install(self):
        """As the README says, but that nothing is started yet."""
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], check=True,
                       stdin=subprocess.DEVNULL, env=os.environ | {"DESTDIR": self.machine.path("")})
        self.machine.run("systemd-sysusers")
        self.machine.run("systemctl", "daemon-reload")
        self.systemctl("enable", "ingestd", "readerd")

    def set(self, **settings):
        """Writes the environment file: these settings, and a short interval. They count from the next start."""
        settings = {"flush_interval": 0.2, **settings}
        self.machine.write(self.environment_file(),
                           "".join(f"KILOMETRIC_{name.upper()}={value}\n" for name, value in settings.items()))

    def environment_file(self):
        return self.show("ingestd", "EnvironmentFiles").split(" ")[0]

    def set_unit(self, name, **properties):
        """A drop-in, as `systemctl edit --runtime` writes it."""
        text = "[Service]\n" + "".join(f"{key}={value}\n" for key, value in properties.items())
        self.machine.write(f"/run/systemd/system/{UNITS[name]}.d/test.conf", text)
        self.machine.run("systemctl", "daemon-reload")

    def clean_up(self):
        """Whatever a test has left: all is stopped, and as it was installed."""
        for pid in self.machine.processes().values():
            send_signal(pid, signal.SIGCONT)
        self.machine.run("systemctl", "stop", *UNITS.values())
        self.machine.run("rm", "-rf", CREDENTIAL, *(f"/run/systemd/system/{unit}.d" for unit in UNITS.values()))
        self.machine.run("systemctl", "daemon-reload")
        self.redis.password = None
        self.redis.clean_up()  # its connection

    # systemd

    def systemctl(self, verb, *names):
        return self.machine.run("systemctl", verb, *(UNITS[name] for name in names))

    def show(self, name, unit_property):
        return self.machine.run("systemctl", "show", "--value", "--property", unit_property, UNITS[name]).strip()

    def status_text(self, name):
        """What `systemctl status` shows of the daemon's own words."""
        found = re.search(r'^ +Status: "(.*)"$', self.systemctl("status", name), re.MULTILINE)
        assert found, "systemctl shows no status text"
        return found[1]

    def journal(self, *names):
        """What this machine has logged about these services, by them and by systemd."""
        units = [argument for name in names or UNITS for argument in ("--unit", UNITS[name])]
        return self.machine.run("journalctl", "--no-pager", "--output=short-precise", *units)

    # Processes

    def main_pid(self, name):
        """As a process of ours; 0 when there is none."""
        pid = int(self.show(name, "MainPID"))
        return self.machine.processes().get(pid, 0) if pid else 0

    def programs(self):
        """The names of Kilometric's processes, all told."""
        names = [name_of(pid) for pid in self.machine.processes().values()]
        return [name for name in names if "kilometric" in name]

    def segments(self):
        """The files of counters that were not yet harvested to the end."""
        return [name for name in os.listdir(self.machine.path("/run/kilometric")) if name.startswith("segment-")]

    def await_successor(self, name, pid, within=30):
        """Until another process than `pid` is the main one of an active service."""
        def succeeded():
            return self.show(name, "ActiveState") == "active" and self.main_pid(name) not in (0, pid)
        eventually(succeeded, within, f"{name} was not started again")

    def _role(self, role):
        main = self.main_pid("ingestd")
        children = [pid for pid in self.machine.processes().values()
                    if (stat := process_stat(pid)) and stat["parent"] == main]
        return [pid for pid in children if self._option(pid, "--role") == role]

    # Sockets

    def udp_sockets(self):
        """{inode: (bytes queued, datagrams dropped)} of all that are bound to the port."""
        return {int(row[9]): (int(row[4].partition(":")[2], 16), int(row[12]))
                for row in self._socket_table("udp") if _port(row[1]) == self.udp_port}

    def listeners(self, port):
        """The inodes of what listens on a TCP port."""
        return {int(row[9]) for row in self._socket_table("tcp") if _port(row[1]) == port and row[3] == "0A"}

    def kept_sockets(self):
        """The inodes of UDP sockets and listeners, all of which the supervisor must hold."""
        inodes = set(self.udp_sockets()) | self.listeners(self.port)
        folder = f"/proc/{self.main_pid('ingestd')}/fd"
        held = {os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)}
        strays = [inode for inode in inodes if f"socket:[{inode}]" not in held]
        assert not strays, f"{len(strays)} of {len(inodes)} sockets are bound, but the supervisor does not hold them"
        return inodes

    def queued(self):
        return sum(queued for queued, _ in self.udp_sockets().values())

    def lost(self):
        """Datagrams that no program was given: (for a full queue, for want of a socket)."""
        names, values = (line.split() for line in self._network_file("snmp") if line.startswith("Udp:"))
        counts = dict(zip(names, values))
        return int(counts["RcvbufErrors"]), int(counts["NoPorts"])

    def rate_for(self, seconds):
        """Datagrams a second that one socket's queue can hold for so long, twice; at most 2,000."""
        granted = re.findall(r"receive buffer (\d+) KiB each", self.journal("ingestd"))
        return min(2000, int(granted[-1]) * 1024 * 2 / SMALL_DATAGRAM_BYTES / seconds / 2)

    # Counts

    def assert_counted(self, key, expected):
        """Once all queues are empty and all is flushed, the reader tells this sum."""
        eventually(lambda: self.queued() == 0, message="datagrams are still in the queue")
        self.flush()
        eventually(lambda: self.health("readerd") == 200, message="the reader does not answer")
        counted = self.counter(key)
        assert counted == expected, f"{counted} counted, not {expected}"

    def _socket_table(self, protocol):
        return [line.split() for line in self._network_file(protocol)[1:]]

    def _network_file(self, name):
        with open(f"/proc/{self.machine.leader}/net/{name}", encoding="ascii") as file:
            return file.readlines()


def name_of(pid):
    return " ".join(command_line(pid)) or "a process that has ended"


def _port(address):
    return int(address.partition(":")[2], 16)
