"""Running the benchmark's own programs, and the CPU time that the kernel accounts to a process."""

import json
import os
import subprocess
import time

from harness import BUILD
from processes import command_line


def cpu_seconds(pid):
    """User and system time of a process, all its threads, ended ones too; in nanoseconds' resolution
    and up to this moment. (What clock_getcpuclockid(3) returns, which Python does not offer:
    /proc/PID/stat counts in hundredths, /proc/PID/schedstat forgets threads that ended.)"""
    return time.clock_gettime((~pid << 3) | 2)


def role_of(pid):
    """Of a process of ingestd."""
    arguments = command_line(pid)
    return arguments[arguments.index("--role") + 1] if "--role" in arguments else "supervisor"


def resident_mib(pid):
    """Of what it shares with others, its part."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def pin(tasks):
    """Each to a core of its own, as far as there are enough."""
    cores = sorted(os.sched_getaffinity(0))
    for at, task in enumerate(tasks):
        os.sched_setaffinity(task, {cores[at % len(cores)]})


def program(arguments):
    return [os.path.join(BUILD, "tests", "bench", arguments[0]), *arguments[1:]]


def run_load(arguments, port, seconds, pinned=False):
    """Runs a load generator to its end; what it printed. `port`: or the path of a unix socket. `pinned`: to the last
    core."""
    arguments = program(arguments) + ["--unix" if isinstance(port, str) else "--port", str(port), "--seconds", str(seconds)]
    return _json_of(arguments, seconds + 60, _to_last_core if pinned else None)


def _to_last_core():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def request_bytes(arguments):
    return _json_of(program(arguments) + ["--describe"], 10)["request_bytes"]


def _json_of(arguments, timeout, before=None):
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout, preexec_fn=before)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class FloorProgram:
    """A floor, running: a context; `port` is where it listens; a path, when it was given one."""

    def __init__(self, arguments):
        self._popen = subprocess.Popen(program(arguments), stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.pid = self._popen.pid
        line = self._popen.stdout.readline()
        if not line:
            raise RuntimeError(f"{arguments[0]} did not start: exit status {self._popen.wait()}")
        self.port = json.loads(line)["port"]

    def threads(self):
        """Those that serve, in the order of their sockets; the first of all only waits for the end."""
        return sorted(int(task) for task in os.listdir(f"/proc/{self.pid}/task"))[1:]

    def stop(self):
        """Ends it; what it counted."""
        self._popen.terminate()
        output, _ = self._popen.communicate(timeout=10)
        return json.loads(output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()
        self._popen.stdout.close()
