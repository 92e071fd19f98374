"""Running the benchmark's own programs, and the CPU time that the kernel accounts to a process."""

import json
import os
import subprocess
import time

from harness import BUILD


def cpu_seconds(pid):
    """User and system time of a process, all its threads, ended ones too; in nanoseconds' resolution
    and up to this moment. (What clock_getcpuclockid(3) returns, which Python does not offer:
    /proc/PID/stat counts in hundredths, /proc/PID/schedstat forgets threads that ended.)"""
    return time.clock_gettime((~pid << 3) | 2)


def program(arguments):
    return [os.path.join(BUILD, "tests", "bench", arguments[0]), *arguments[1:]]


def run_load(arguments, port, seconds):
    """Runs a load generator to its end; what it printed."""
    arguments = program(arguments) + ["--port", str(port), "--seconds", str(seconds)]
    return _json_of(arguments, seconds + 60)


def request_bytes(arguments):
    return _json_of(program(arguments) + ["--describe"], 10)["request_bytes"]


def _json_of(arguments, timeout):
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class FloorProgram:
    """A floor, running: a context; `port` is where it listens."""

    def __init__(self, arguments):
        self._popen = subprocess.Popen(program(arguments), stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.pid = self._popen.pid
        line = self._popen.stdout.readline()
        if not line:
            raise RuntimeError(f"{arguments[0]} did not start: exit status {self._popen.wait()}")
        self.port = json.loads(line)["port"]

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
