"""`./kilometric up`, with the built programs, in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess

import pytest

import wire
from harness import BUILD, ROOT, clean_environment
from processes import Process, alive, command_line, eventually, free_port, port_is_free, send_signal
from redis_server import RedisServer
from resp import Resp


class Up:
    def __init__(self, folder, **settings):
        self.folder = str(folder)
        self.ports = {name: free_port() for name in ("port", "udp_port", "reader_port")}
        # So long an interval that only a stop writes anything.
        self.settings = {"workers": 2, "flush_interval": 600, **self.ports, **settings}
        self.script = shutil.copy(os.path.join(ROOT, "kilometric"), self.folder)
        shutil.copytree(os.path.join(ROOT, "tests", "run"), os.path.join(self.folder, "tests", "run"))
        self.runs = []

    def start(self):
        # Ignored signals are inherited, and bash cannot trap them: a test run in the background of a
        # script would never see Ctrl-C work.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        environment = clean_environment(**self.settings) | {"KILOMETRIC_BUILD": BUILD}
        self.runs.append(Process([self.script, "up"], os.path.join(self.folder, "up.log"), environment))
        return self.runs[-1]

    def start_and_await(self):
        run = self.start()
        eventually(lambda: "Ctrl-C" in run.log() or not run.running())
        assert run.running(), run.log()
        return run

    def lines_to_try(self):
        return [line.strip() for line in self.runs[-1].log().splitlines() if line.startswith("  ")]

    def socket_path(self):
        return os.path.join(self.folder, "var", "redis", "redis.sock")

    def redis_file(self):
        """What the private Redis has written to disk."""
        folder = os.path.join(self.folder, "var", "redis", "appendonlydir")
        return b"".join(open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder))

    def redis_pid(self):
        with Resp(self.socket_path()) as redis:
            text = redis.command("INFO", "server").decode()
        return int(text.split("process_id:")[1].split()[0])

    def clean_up(self):
        for run in self.runs:
            for pid in family(run):
                send_signal(pid, signal.SIGKILL)
            run.kill_family()
        if os.path.exists(self.socket_path()):
            try:
                send_signal(self.redis_pid(), signal.SIGKILL)
            except OSError:
                pass  # it is gone


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def family(run):
    """The script's children, and theirs: each child is in a session of its own."""
    return [pid for child in children(run.pid) for pid in [child, *children(child)]]


def shell(line):
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30).stdout


@pytest.fixture
def up(tmp_path):
    running = Up(tmp_path)
    yield running
    running.clean_up()


@pytest.fixture
def private(up):
    """One that finds no Redis: nobody may answer on the default port of this machine."""
    with socket.socket() as probe:
        if probe.connect_ex(("localhost", 6379)) == 0:
            pytest.skip("a Redis runs on this machine, and `up` would use it")
    return up


@pytest.fixture
def shared(tmp_path):
    """One that is told of a Redis."""
    redis = RedisServer(str(tmp_path / "given"))
    redis.start()
    (tmp_path / "up").mkdir()
    running = Up(tmp_path / "up", redis_url=redis.url)
    running.redis = redis
    yield running
    running.clean_up()
    redis.clean_up()


def stop(run, number):
    """Signals as the terminal does it: the whole foreground group gets it."""
    started = family(run)
    assert len(started) >= 5, "ingestd with its three children, and readerd"
    os.killpg(run.pid, number)
    assert run.wait() == 0, run.log()
    assert [pid for pid in started if alive(pid)] == [], "something is left behind"
    return run.log()


def assert_unused(up):
    assert all(port_is_free(port) for port in up.ports.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_was_counted_is_there_after_a_stop(private, number):
    run = private.start_and_await()
    udp, track, read = private.lines_to_try()
    assert shell(track) == "" and shell(udp) == ""
    metrics = f"curl -s localhost:{private.ports['port']}/metrics | grep ^kilometric_lines_accepted"
    eventually(lambda: shell(metrics).count(" 1\n") == 2)
    log = stop(run, number)
    assert log.index("stopping") < log.index("stopped") and "killing" not in log
    assert_unused(private)
    assert b"kilometric.visits" in private.redis_file(), "the last counts did not reach the private Redis"
    again = private.start_and_await()
    eventually(lambda: '"value":3' in shell(read), message="the counts of the first run are gone")
    stop(again, signal.SIGINT)


def test_a_second_one_harms_nothing(shared):
    run = shared.start_and_await()
    before = family(run)
    second = shared.start()
    assert second.wait() == 1
    assert f"already up in this folder, as process {run.pid}" in second.log()
    assert run.running() and family(run) == before
    stop(run, signal.SIGINT)


def test_the_next_one_clears_up_after_a_killed_one(private):
    run = private.start_and_await()
    wire.request(private.ports["port"], "GET", "/track?key=visits&value=3")
    started, stale = family(run), private.redis_pid()
    run.signal(signal.SIGKILL)
    run.wait()
    again = private.start_and_await()
    assert f"process {stale}" in again.log()
    assert [pid for pid in started if alive(pid)] == []
    assert private.redis_pid() != stale
    eventually(lambda: '"value":3' in shell(private.lines_to_try()[2]), message="counts are gone")
    stop(again, signal.SIGTERM)


def test_the_given_redis_is_used_and_stays(shared):
    run = shared.start_and_await()
    wire.request(shared.ports["port"], "GET", "/track?key=visits&value=3")
    stop(run, signal.SIGINT)
    assert len(shared.redis.command("XRANGE", "kilometric.visits", "-", "+")) == 1
    assert not os.path.exists(shared.socket_path())


def test_a_daemon_that_cannot_start_stops_all(shared):
    with socket.create_server(("127.0.0.1", shared.ports["reader_port"])):
        run = shared.start()
        assert run.wait() == 69, run.log()
    assert "KILOMETRIC_READER_PORT" in run.log() and "readerd ended with status 69" in run.log()
    assert_unused(shared)


@pytest.mark.parametrize("victim", ["kilometric-ingestd", "kilometric-readerd"])
def test_a_daemon_that_dies_stops_all(shared, victim):
    run = shared.start_and_await()
    started = family(run)
    pid, = eventually(lambda: [pid for pid in children(run.pid) if "".join(command_line(pid)[:1]).endswith(victim)])
    send_signal(pid, signal.SIGKILL)
    assert run.wait() not in (0, None)
    assert "was killed by signal 9" in run.log()
    eventually(lambda: not any(alive(pid) for pid in started))
    assert_unused(shared)


def test_a_bad_setting_is_named(shared):
    shared.settings["workers"] = 65
    run = shared.start()
    assert run.wait() == 78
    assert "KILOMETRIC_WORKERS=65" in run.log()
