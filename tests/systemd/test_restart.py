"""Restarted under load, in order or by force: the sockets stay, and so does what waits in them."""

import os
import signal

import pytest

from load import Load
from processes import eventually, send_signal
from wire import request


@pytest.fixture
def lossless(services):
    """Every datagram of the test is given to a program in the end."""
    before = services.lost()
    yield services
    assert services.lost() == before, "datagrams lost to (full queues, no socket)"
    assert sum(dropped for _, dropped in services.udp_sockets().values()) == 0
    assert services.metrics().value("kilometric_udp_drops_total") == 0


def test_restart(lossless):
    sockets = lossless.kept_sockets()
    assert len(sockets) == 4
    with Load(lossless, "restart", lossless.rate_for(5)) as load:
        for _ in range(5):
            before, sent = lossless.main_pid("ingestd"), load.sent
            lossless.systemctl("restart", "ingestd")
            assert lossless.main_pid("ingestd") != before
            assert load.sent > sent, "nothing was sent meanwhile"
            assert lossless.kept_sockets() == sockets
    lossless.assert_counted("restart", load.sent)
    assert lossless.journal("ingestd").count("sockets kept over the restart") >= 5


def test_no_connection_is_refused_over_a_restart(lossless):
    """They wait in the backlog. Those that the stop met before their request came are closed, and may
    be tried again; every other one is answered and counts."""
    answered = closed = 0
    for _ in range(3):
        restarting = lossless.machine.start("systemctl", "restart", "kilometric-ingestd.service")
        while restarting.poll() is None:
            try:
                assert request(lossless.port, "GET", "/track?key=requests").status == 204
                answered += 1
            except ConnectionRefusedError:
                raise
            except ConnectionError:
                closed += 1
        assert restarting.wait() == 0
    lossless.flush()
    assert closed < 10 < answered
    assert answered <= lossless.counter("requests") <= answered + closed


def test_killed_supervisor(lossless):
    sockets = lossless.kept_sockets()
    with Load(lossless, "killed", lossless.rate_for(10)) as load:
        for restart in range(1, 4):
            main = lossless.main_pid("ingestd")
            send_signal(main, signal.SIGKILL)
            eventually(lambda: lossless.queued() > 0 and not os.path.exists(f"/proc/{main}"),
                       message="nothing waited in the queues while nobody was there")
            lossless.await_successor("ingestd", main)
            assert lossless.kept_sockets() == sockets
            assert lossless.show("ingestd", "NRestarts") == str(restart)
    lossless.assert_counted("killed", load.sent)


def test_watchdog_replaces_a_hanging_supervisor(lossless):
    for name in ("ingestd", "readerd"):
        lossless.set_unit(name, WatchdogSec=2)
        lossless.systemctl("restart", name)
    sockets = lossless.kept_sockets()
    with Load(lossless, "hang", lossless.rate_for(10)) as load:
        for name in ("readerd", "ingestd"):
            main = lossless.main_pid(name)
            send_signal(main, signal.SIGSTOP)
            lossless.await_successor(name, main)
            assert "Watchdog timeout (limit 2s)" in lossless.journal(name)
    assert lossless.kept_sockets() == sockets
    lossless.assert_counted("hang", load.sent)


def test_supervisor_replaces_hanging_children(lossless):
    """It gives them 20 s; this is the longest that a queue has to hold."""
    sockets = lossless.kept_sockets()
    main, (healthy, hanging), flusher = lossless.main_pid("ingestd"), lossless.workers(), lossless.flusher()
    with Load(lossless, "children", lossless.rate_for(40)) as load:
        send_signal(hanging, signal.SIGSTOP)
        send_signal(flusher, signal.SIGSTOP)
        eventually(lambda: lossless.queued() > 0)
        eventually(lambda: lossless.flusher() != flusher and len(lossless.workers()) == 2
                   and lossless.workers()[1] != hanging, 40, "not both were replaced")
    journal = lossless.journal("ingestd")
    for name in ("worker 1", "flusher"):
        assert f"{name} has shown no sign of life" in journal
    assert lossless.workers()[0] == healthy and lossless.main_pid("ingestd") == main
    assert lossless.kept_sockets() == sockets
    lossless.assert_counted("children", load.sent)


def test_another_number_of_workers_after_a_stop(services):
    """No socket of a worker that is no more may swallow its share: a stop ends them all."""
    total = 0
    for workers in (4, 1, 3):
        services.systemctl("stop", "ingestd")
        assert services.udp_sockets() == {}
        services.set(workers=workers)
        services.systemctl("start", "ingestd")
        assert len(services.workers()) == len(services.udp_sockets()) == workers
        assert len(services.kept_sockets()) == 2 * workers
        with Load(services, "other.workers", 1000) as load:
            eventually(lambda: load.sent > 300)
        total += load.sent
        services.assert_counted("other.workers", total)


def test_another_number_of_workers_by_restart(lossless):
    """Here the sockets are kept: what waits in those that go has to be counted too."""
    with Load(lossless, "other.number", lossless.rate_for(10)) as load:
        for workers in (4, 1, 3, 2) * 2:
            lossless.set(workers=workers)
            lossless.systemctl("restart", "ingestd")
            assert len(lossless.workers()) == len(lossless.udp_sockets()) == workers
            assert len(lossless.kept_sockets()) == 2 * workers
    lossless.assert_counted("other.number", load.sent)
