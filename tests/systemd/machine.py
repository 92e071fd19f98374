"""A Debian that systemd has booted, in a container: processes, mounts and a network of its own.

    with Machine(folder) as machine:
        machine.run("systemctl", "start", "redis-server")
        with open(machine.path("/etc/hostname")) as file: ...

`folder` holds the installed system and stays as it is: what is written goes to memory, and is gone
with the machine. Commands get in by nsenter; no host's systemd and no machinectl is involved. Its
network has nothing but a loopback; inside network() sockets are opened there.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile

from processes import Process, alive, eventually, process_stat

CLONE_NEWNET = 0x40000000


class Machine:
    def __init__(self, folder):
        self._folder = folder
        self._log_folder = tempfile.mkdtemp(prefix="kilometric-machine-")
        self._nspawn = None
        self.leader = None  # its PID 1, as a process of ours

    def boot(self):
        log = os.path.join(self._log_folder, "console.log")
        # A killed test run takes the machine with it.
        self._nspawn = Process(
            ["setpriv", "--pdeathsig", "TERM", "--", "systemd-nspawn", "--quiet", "--boot", "--register=no",
             "--keep-unit", "--private-network", "--settings=no", "--volatile=overlay", "--console=read-only",
             f"--machine=kilometric-{os.getpid()}", "--directory", self._folder], log)
        eventually(self._booting, 30, None)
        eventually(self._booted, 60, None)
        self.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")  # an installer's work, not debootstrap's
        return self

    def power_off(self):
        """As a power button would; by force when that does not help."""
        if self._nspawn is None:
            return
        try:
            self._nspawn.signal(signal.SIGTERM)
            status = self._nspawn.wait(30)
            assert status == 0, f"the machine ended with {status}:\n{self._nspawn.log()}"
            assert not alive(self.leader)
        finally:
            self._nspawn.kill_family()
            shutil.rmtree(self._log_folder)

    def __enter__(self):
        try:
            return self.boot()
        except BaseException:
            with contextlib.suppress(AssertionError):
                self.power_off()
            raise

    def __exit__(self, *_):
        self.power_off()

    def running(self):
        return self.leader is not None and alive(self.leader)

    def run(self, *command, check=True):
        """Runs a command in there, as root; its standard output."""
        done = self.start(*command)
        output, errors = done.communicate(timeout=90)
        assert not check or done.returncode == 0, f"{command} ended with {done.returncode}: {errors or output}"
        return output

    def start(self, *command):
        """Starts a command in there without awaiting it."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0",
                       "SYSTEMD_PAGER": ""}
        return subprocess.Popen(["nsenter", "--target", str(self.leader), "--all", "--", *command], text=True,
                                errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment)

    def path(self, inside):
        """Where a file of its lies for us."""
        return f"/proc/{self.leader}/root{inside}"

    def read(self, inside):
        with open(self.path(inside), encoding="utf-8") as file:
            return file.read()

    def write(self, inside, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        with open(os.open(self.path(inside), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def processes(self):
        """{process id in there: process id out here}"""
        namespace = os.readlink(f"/proc/{self.leader}/ns/pid")
        found = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):  # it has ended, or is none of ours to look at
                if os.readlink(f"/proc/{entry}/ns/pid") == namespace and alive(int(entry)):
                    found[_innermost_pid(entry)] = int(entry)
        return found

    @contextlib.contextmanager
    def network(self):
        """A context in which this thread, and those that it starts, open their sockets in there."""
        with open("/proc/thread-self/ns/net", "rb") as ours, open(f"/proc/{self.leader}/ns/net", "rb") as inside:
            _set_network(inside)
            try:
                yield
            finally:
                _set_network(ours)

    def _booting(self):
        assert self._nspawn.running(), self._nspawn.log()
        # nspawn itself, what sets up the container, and in that the first process.
        for pid in self._nspawn.family():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if pid != self._nspawn.pid and _innermost_pid(pid) == 1:
                    self.leader = pid
                    return True
        raise AssertionError("no machine was started:\n" + self._nspawn.log())

    def _booted(self):
        assert self._nspawn.running() and process_stat(self.leader), self._nspawn.log()
        state = self.run("systemctl", "is-system-running", check=False).strip()
        assert state in ("running", "degraded"), f"the machine is {state}:\n{self._nspawn.log()}"
        return True


def _innermost_pid(pid):
    """A process's number in its own namespace."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"^NSpid:.*?(\d+)$", file.read(), re.MULTILINE)[1])


def _set_network(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:  # os.setns comes with Python 3.12
        raise OSError(ctypes.get_errno(), "setns", namespace.name)
