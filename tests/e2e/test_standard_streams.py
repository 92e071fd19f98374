"""Daemons whose standard streams are closed, full, or read by nobody: they count, flush and stop as ever."""

import contextlib
import fcntl
import os
import subprocess
import termios

import pytest

from harness import INGESTD, READERD, Installation, clean_environment
from processes import eventually
from short_run import run


def redirected(redirection):
    """Commands for both daemons, started by a shell that does this to their streams first."""
    return {name: ["sh", "-c", f'exec "$0" {redirection}', program]
            for name, program in (("ingestd", INGESTD), ("readerd", READERD))}


def assert_serves_and_stops(installation):
    for index in range(20):
        installation.send_datagram(b"streams:1|c\nstreams:bad|c")
        installation.track("streams")
    installation.flush()
    assert installation.counter("streams") == 40
    installation.track("streams")
    installation.stop("ingestd")
    assert installation.counter("streams") == 41
    installation.stop("readerd")


def family(installation):
    return [pid for daemon in installation.daemons.values() for pid in daemon.family()]


@pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed(redirection):
    with Installation(commands=redirected(redirection)) as installation:
        for pid in family(installation):
            for number in (0, 1, 2):
                leads_to = os.readlink(f"/proc/{pid}/fd/{number}")
                assert leads_to == "/dev/null" or leads_to.endswith("d.log"), (pid, number, leads_to)
        assert_serves_and_stops(installation)


def test_a_full_disk():
    with Installation(commands=redirected("2>/dev/full")) as installation:
        for name in ("ingestd", "readerd"):
            assert installation.metrics(name).value("kilometric_log_lines_dropped_total") > 0
        before = installation.metrics().value("kilometric_log_lines_dropped_total")
        installation.send_datagram(b"no line")
        # The flusher logs it, and a worker tells.
        eventually(lambda: installation.metrics().value("kilometric_log_lines_dropped_total") > before)
        assert_serves_and_stops(installation)


class Fifo:
    """A pipe with a name, which is full, as nobody has read it."""

    def __init__(self, path):
        os.mkfifo(path)
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, 4096)
        self.fill()

    def fill(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self._fd, b"-")

    def read(self):
        return os.read(self._fd, 1 << 20).decode()

    def close(self):
        os.close(self._fd)


@contextlib.contextmanager
def never_read(folder):
    fifo = Fifo(os.path.join(folder, "fifo"))
    try:
        with Installation(commands=redirected(f"2<>{folder}/fifo"), workers=1) as installation:
            yield fifo, installation
    finally:
        fifo.close()


def test_a_pipe_that_nobody_reads(tmp_path):
    with never_read(tmp_path) as (_, installation):
        for name in ("ingestd", "readerd"):
            assert installation.metrics(name).value("kilometric_log_lines_dropped_total") > 0
        assert_serves_and_stops(installation)


def test_a_pipe_that_is_read_again(tmp_path):
    with never_read(tmp_path) as (fifo, installation):
        fifo.read()
        read = []

        def told():
            installation.send_datagram(b"no line")  # the flusher says so once an interval
            with contextlib.suppress(BlockingIOError):
                read.append(fifo.read())
            return "".join(read)
        installation.kill_worker()
        eventually(lambda: " lines of this process are missing here" in told())
        lines = [line for line in told().splitlines() if line]
        assert all(line[:2] == "20" for line in lines), lines  # each begins with its time
        dropped = installation.metrics().value("kilometric_log_lines_dropped_total")
        told()
        assert installation.metrics().value("kilometric_log_lines_dropped_total") == dropped
        assert_serves_and_stops(installation)


def test_a_terminal():
    """It gets each line at once, as before."""
    controller, terminal = os.openpty()
    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.OPOST  # no carriage returns
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    with Installation(commands=redirected(f"2>{os.ttyname(terminal)}"), ingestd=False) as installation:
        text = b""
        while b"Redis answers\n" not in text:
            text += os.read(controller, 4096)
        assert b" info readerd: kilometric-readerd " in text
        installation.stop("readerd")
        while b"stopped" not in text:
            text += os.read(controller, 4096)
    os.close(controller)
    os.close(terminal)


@pytest.mark.parametrize("program", [INGESTD, READERD])
def test_a_start_that_fails_does_not_wait_either(program, tmp_path):
    fifo = Fifo(tmp_path / "fifo")
    with subprocess.Popen(["sh", "-c", f'exec "$0" 2<>{tmp_path}/fifo', program], stdin=subprocess.DEVNULL,
                          env=clean_environment(reader_port="none")) as daemon:
        assert daemon.wait(30) == 78
    fifo.close()


@pytest.mark.parametrize("program", [INGESTD, READERD])
def test_help_that_cannot_be_printed(program):
    with open("/dev/full", "w", encoding="ascii") as full:
        assert subprocess.run([program, "--help"], stdout=full, env=clean_environment(), check=False).returncode == 74
    assert run(program, "--help").status == 0
