"""Started and stopped by systemctl: when systemd says active it is, and a stop leaves nothing behind."""

import re
import signal

import pytest

from load import Load
from processes import eventually, send_signal
from services import UNITS


def test_what_is_installed_is_found(stopped):
    """By systemd, below the prefix that the build has."""
    for name in ("ingestd", "readerd"):
        assert stopped.show(name, "LoadState") == "loaded"
        assert stopped.show(name, "UnitFileState") == "enabled"
        assert stopped.show(name, "NeedDaemonReload") == "no"
    assert "kilometric:" in stopped.machine.read("/etc/passwd")
    assert "net.core.rmem_max = 8388608" in stopped.machine.run("/lib/systemd/systemd-sysctl", "--cat-config")


@pytest.fixture
def frozen_redis(stopped):
    """It takes connections and answers nothing."""
    pid = stopped.main_pid("redis")
    send_signal(pid, signal.SIGSTOP)
    yield pid
    send_signal(pid, signal.SIGCONT)


@pytest.mark.parametrize("name", ["ingestd", "readerd"])
def test_active_means_ready(stopped, frozen_redis, name):
    """Ready is who has bound its sockets and tried Redis; here the latter does not come to an end."""
    starting = stopped.machine.start("systemctl", "start", UNITS[name])
    port = {"ingestd": stopped.port, "readerd": stopped.reader_port}[name]
    eventually(lambda: stopped.main_pid(name) and stopped.listeners(port), message="nobody listens")
    assert stopped.show(name, "ActiveState") == "activating"
    assert starting.poll() is None, "systemctl did not wait"
    send_signal(frozen_redis, signal.SIGCONT)
    assert starting.wait(30) == 0, starting.communicate()
    assert stopped.show(name, "ActiveState") == "active"
    if name == "ingestd":
        assert "Redis answers" in stopped.journal(name), "it was ready for another reason"


def test_status_shows_the_last_flush(services):
    def flushes():
        found = re.fullmatch(r"Redis up, 0 batches pending, (\d+) entries sent, at (\d\d:\d\d:\d\d)",
                             services.status_text("ingestd"))
        return found and (int(found[1]), found[2])

    def settled():
        """What was sent lately is looked up, as Redis may be another run, and counts as sent once more."""
        first = flushes()
        services.flush()
        return first and (flushes() or [None])[0] == first[0] and first
    before = eventually(settled)
    services.track("status")
    services.flush()
    eventually(lambda: flushes() and flushes()[0] == before[0] + 1)
    eventually(lambda: (flushes() or before)[1] > before[1], message="the time of the last flush does not change")
    assert re.fullmatch(r"\d+ requests served; Redis answers", services.status_text("readerd"))


def test_a_stop_leaves_nothing_behind(services):
    with Load(services, "stop", services.rate_for(5)) as load:
        eventually(lambda: load.sent > 100)
        services.track("stop", 1000)
    eventually(lambda: services.queued() == 0)
    instance = services.machine.read("/var/lib/kilometric/instance")

    services.systemctl("stop", "ingestd", "readerd")
    for name in ("ingestd", "readerd"):
        outcome = [services.show(name, what) for what in ("ActiveState", "Result", "ExecMainCode", "ExecMainStatus")]
        assert outcome == ["inactive", "success", "1", "0"], outcome
    assert services.programs() == []
    assert services.udp_sockets() == {}
    assert services.listeners(services.port) == services.listeners(services.reader_port) == set()
    assert services.show("ingestd", "NFileDescriptorStore") == "0"
    assert services.segments() == []
    assert services.sums()["stop"] == load.sent + 1000, "the stop has flushed"

    services.systemctl("start", "ingestd", "readerd")
    services.track("stop", 1)
    services.assert_counted("stop", load.sent + 1001)
    assert services.machine.read("/var/lib/kilometric/instance") == instance
    assert len({identity.split("-")[1] for identity, _ in services.entries("stop")}) == 1


def test_redis_comes_and_goes(services):
    services.systemctl("stop", "redis")
    eventually(lambda: services.metrics().value("kilometric_redis_up") == 0)
    with Load(services, "redis.away", services.rate_for(5)) as load:
        eventually(lambda: services.metrics().value("kilometric_batches_pending") > 2)
        assert services.show("ingestd", "ActiveState") == "active"
        services.systemctl("start", "redis")
        eventually(lambda: services.metrics().value("kilometric_redis_up") == 1)
        services.systemctl("restart", "redis")
    services.assert_counted("redis.away", load.sent)
    assert len(services.entries("redis.away")) > 2, "each interval has an entry of its own"
