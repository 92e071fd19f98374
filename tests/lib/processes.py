"""Processes, ports and patience: what the harness needs of the operating system."""

import itertools
import os
import random
import signal
import socket
import subprocess
import time


def eventually(condition, within=30, message=None):
    """Polls until `condition()` is true and returns its value; what it raises counts as not yet."""
    deadline = time.monotonic() + within
    pause = 0.005
    while True:
        failure, value = None, None
        try:
            value = condition()
        except (AssertionError, OSError, KeyError) as error:
            failure = error
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{message or 'not'} within {within} s; last seen: {failure or value!r}") from failure
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


# Below the range that the kernel gives to outgoing connections (32768 and up), or one of these could
# take a port between our check and the daemon's bind.
FIRST_PORT, BLOCK, BLOCKS = 12000, 250, 80


def _claim_ports():
    """A block of ports for this process alone, or two processes could find the same port free. A socket with
    the block's name holds it; the kernel lets go of it when this process ends, however it does."""
    for block in random.sample(range(BLOCKS), BLOCKS):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0kilometric-test-ports-{block}")
        except OSError:
            claim.close()
            continue
        return claim, itertools.cycle(range(FIRST_PORT + block * BLOCK, FIRST_PORT + (block + 1) * BLOCK))
    raise AssertionError("every block of ports is taken by another process")


_claim, _candidates = _claim_ports()


def free_port():
    """A port that nobody has, for TCP and for UDP; never the same twice in a row."""
    return next(port for port in _candidates if port_is_free(port))


def port_is_free(port):
    for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(family, kind) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                if kind == socket.SOCK_STREAM:  # connections in TIME_WAIT do not count
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError:
                    return False
    return True


class Process:
    """A program in a session of its own, so that whatever it starts can be found. Its stderr and
    stdout go to `log_path`, appended."""

    def __init__(self, arguments, log_path, environment=None):
        self.name = os.path.basename(arguments[0])
        self._log_path = log_path
        self._log_start = os.path.getsize(log_path) if os.path.exists(log_path) else 0
        with open(log_path, "ab") as log:
            self._popen = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=environment, start_new_session=True)
        self.pid = self._popen.pid

    def running(self):
        return self._popen.poll() is None

    def log(self):
        """What this run has written so far."""
        with open(self._log_path, "rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", "replace")

    def signal(self, number):
        if self.running():
            os.kill(self.pid, number)

    def wait(self, within=30):
        """Awaits the end and returns the exit status (negative: the signal)."""
        try:
            return self._popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {within} s") from None

    def family(self):
        """Every living process of this one's session, itself included, wherever it was reparented."""
        return [pid for pid, stat in _processes()
                if self.pid in (stat["session"], stat["parent"]) and stat["state"] != "Z"]

    def children(self):
        return [pid for pid, stat in _processes() if stat["parent"] == self.pid and stat["state"] != "Z"]

    def kill_family(self):
        """For cleaning up after a failure."""
        for pid in self.family():
            send_signal(pid, signal.SIGKILL)
        if self.running():
            self._popen.kill()
        self._popen.wait()


def _processes():
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := process_stat(int(entry))):
            yield int(entry), stat


def process_stat(pid):
    """State, parent and session of a process; None when there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return {"state": fields[0].decode(), "parent": int(fields[1]), "session": int(fields[3])}


def alive(pid):
    stat = process_stat(pid)
    return stat is not None and stat["state"] != "Z"


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode("utf-8", "replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def resident_kib(pid):
    """What the process has in memory."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def send_signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
