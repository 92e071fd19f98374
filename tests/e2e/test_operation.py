"""Stopping, killing and restarting: what was accepted reaches the streams exactly once."""

import os
import signal
import threading
import time

import pytest

from harness import Installation
from processes import alive, eventually, send_signal
from wire import HttpConnection, format_request

# Long enough that nothing is flushed before the stop asks for it.
LONG_INTERVAL = 300


def test_healthy_from_the_start():
    """Before the first interval has passed, too: nothing has gone wrong yet."""
    with Installation(flush_interval=LONG_INTERVAL) as installation:
        eventually(lambda: installation.health() == installation.health("readerd") == 200, within=10)


def test_stop_and_start_again(installation):
    for run in range(3):
        installation.send_datagram(b"again:1|c")
        installation.track("again", 2)
        installation.await_received()
        installation.restart()
    installation.flush()
    assert installation.sums() == {"again": 9}
    # Its lower 48 bits: those above tell a second ID, such as for what was harvested before Redis told its time.
    identities = {int(entry.split("-")[1]) % 2**48 for entry, _ in installation.entries("again")}
    assert len(identities) == 1, "an instance keeps its identity"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_last_counts_are_flushed(number):
    with Installation(flush_interval=LONG_INTERVAL) as installation:
        for _ in range(100):
            installation.send_datagram(b"last:1|c")
            installation.track("last", 2)
        installation.await_received()
        assert installation.sums() == {}
        installation.stop(number=number)
        assert installation.sums() == {"last": 300}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_the_sockets_hold_is_drained(number):
    """Datagrams in the kernel's queue and connections in the backlog when the stop comes."""
    with Installation(flush_interval=LONG_INTERVAL) as installation:
        connections = []
        with installation.paused_workers():
            for _ in range(500):
                installation.send_datagram(b"drained:1|c\ndrained:1|c")
            for _ in range(40):
                connection = HttpConnection(installation.port)
                connection.send(format_request("GET", "/track?key=drained&value=10"))
                connections.append(connection)
            installation.daemons["ingestd"].signal(number)
        for connection in connections:
            assert connection.response().status == 204
            connection.close()
        installation.stop(number=number)
        assert installation.sums() == {"drained": 1000 + 400}


def test_stop_right_after_sending():
    with Installation(flush_interval=LONG_INTERVAL) as installation:
        for _ in range(300):
            installation.send_datagram(b"right.before:1|c")
        installation.stop()
        assert installation.sums() == {"right.before": 300}


def test_stop_amid_traffic():
    """Every request that was answered 204 counts, and none that was not."""
    with Installation(flush_interval=LONG_INTERVAL) as installation:
        answered, surplus = [], []

        def client():
            try:
                with HttpConnection(installation.port) as connection:
                    while True:
                        surplus.append(1)
                        assert connection.request("GET", "/track?key=amid").status == 204
                        answered.append(surplus.pop())
            except ConnectionError:
                pass
        clients = [threading.Thread(target=client) for _ in range(8)]
        for thread in clients:
            thread.start()
        eventually(lambda: len(answered) > 500)
        installation.stop()
        for thread in clients:
            thread.join()
        assert len(answered) <= installation.sums()["amid"] <= len(answered) + len(surplus)


def test_a_request_half_sent_does_not_hold_up_the_stop(installation):
    with HttpConnection(installation.port) as half, HttpConnection(installation.port) as idle, \
            HttpConnection(installation.reader_port) as reader:
        half.send(b"GET /track?key=half HTTP/1.1\r\nHo")
        assert idle.request("GET", "/metrics").status == 200
        reader.send(b"GET /re")
        for name in ("ingestd", "readerd"):
            installation.stop(name, within=20)
        assert idle.closed()


def test_ctrl_c_reaches_the_whole_group():
    """A terminal sends SIGINT to children too; the order of the stop is still the supervisor's."""
    with Installation(flush_interval=LONG_INTERVAL) as installation:
        for _ in range(50):
            installation.send_datagram(b"ctrl.c:1|c")
            installation.track("ctrl.c")
        os.killpg(installation.daemons["ingestd"].pid, signal.SIGINT)
        installation.stop(number=signal.SIGINT)
        assert installation.sums() == {"ctrl.c": 100}


def test_children_ignore_a_stray_stop(installation):
    installation.await_children()
    before = installation.workers(), installation.flusher()
    for pid in [*before[0], before[1]]:
        send_signal(pid, signal.SIGTERM)
        send_signal(pid, signal.SIGINT)
    installation.track("stray")
    installation.flush()
    assert installation.sums() == {"stray": 1}
    assert (installation.workers(), installation.flusher()) == before


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_a_hangup_under_load(installation, number):
    """Sent to every process, again and again, as who turns logs over would: all go on, and the sums are exact."""
    installation.await_children()
    daemons = list(installation.daemons.values())
    before = sorted(pid for daemon in daemons for pid in daemon.family())
    ended = threading.Event()

    def hang_up():
        while not ended.wait(0.005):
            for pid in before:
                send_signal(pid, number)
    thread = threading.Thread(target=hang_up)
    thread.start()
    try:
        datagrams, requests = 3000, 300
        for index in range(requests):
            installation.track("hangup", 10)
            installation.send_datagrams([b"hangup:1|c"] * (datagrams // requests))
            if index % 20 == 0:
                assert installation.read("hangup").status == 200
        installation.flush()
        assert installation.counter("hangup") == datagrams + 10 * requests
    finally:
        ended.set()
        thread.join()
    assert sorted(pid for daemon in daemons for pid in daemon.family()) == before
    assert installation.metrics().value("kilometric_worker_starts_total") == 2
    assert ("SIGHUP: going on" in installation.log()) == (number == signal.SIGHUP)
    assert ("SIGHUP: going on" in installation.log("readerd")) == (number == signal.SIGHUP)


def test_a_hangup_while_it_stops():
    with Installation(flush_interval=LONG_INTERVAL) as installation:
        for _ in range(100):
            installation.send_datagram(b"last:1|c")
        installation.await_received()
        daemon = installation.daemons["ingestd"]
        daemon.signal(signal.SIGTERM)
        while daemon.running():
            daemon.signal(signal.SIGHUP)
        installation.stop()
        assert installation.sums() == {"last": 100}


def test_a_killed_worker_is_replaced(installation):
    """Killed while idle: exact. Its sockets, and what comes to them meanwhile, are kept."""
    expected = 0
    for turn in range(4):
        for _ in range(64):
            installation.send_datagram(b"killed:1|c")
            installation.track("killed")
        installation.await_received()
        before = installation.metrics()
        installation.kill_worker(turn % 2)
        expected += 128
        eventually(lambda: installation.metrics().value("kilometric_worker_starts_total")
                   == before.value("kilometric_worker_starts_total") + 1)
        after = installation.metrics()
        assert after.value("kilometric_lines_accepted_total") >= before.value("kilometric_lines_accepted_total")
    installation.flush()
    assert installation.sums() == {"killed": expected}
    assert installation.counter("killed") == expected
    assert "worker" in installation.log()


def test_the_queue_of_a_killed_worker_is_kept():
    """Datagrams and connections that wait when a worker dies go to its successor."""
    with Installation(workers=1) as installation:
        worker = installation.workers()[0]
        with installation.paused_workers():
            for _ in range(200):
                installation.send_datagram(b"queued:1|c")
            connections = [HttpConnection(installation.port) for _ in range(20)]
            for connection in connections:
                connection.send(format_request("GET", "/track?key=queued"))
            send_signal(worker, signal.SIGKILL)
        eventually(lambda: not alive(worker) and installation.workers())
        for connection in connections:
            assert connection.response().status == 204
            connection.close()
        installation.flush()
        assert installation.sums() == {"queued": 220}


def test_a_killed_flusher_is_replaced(installation):
    """Killed amid its work, again and again, while counts keep coming: exact."""
    sent = 0
    for _ in range(8):
        for index in range(40):
            installation.send_datagram(b"\n".join(b"flushed.%d:1|c" % key for key in range(500)))
            sent += 1
        installation.kill_flusher()
    installation.flush()
    assert installation.sums() == {f"flushed.{key}": sent for key in range(500)}


def test_a_worker_that_dies_over_and_over_is_started_with_patience(installation):
    """Each time at once or after a moment; the rest goes on meanwhile."""
    for _ in range(10):
        installation.kill_worker(0)
    eventually(lambda: installation.health() == 200)
    for _ in range(32):
        installation.send_datagram(b"patience:1|c")
        installation.track("patience")
    installation.flush()
    assert installation.sums() == {"patience": 64}


def test_a_killed_supervisor_leaves_no_orphan(installation):
    """Its children die with it; the next start finds what they had counted."""
    for _ in range(64):
        installation.send_datagram(b"orphan:1|c")
        installation.track("orphan")
    installation.await_received()
    daemon = installation.daemons["ingestd"]
    family = daemon.family()
    assert len(family) == 4
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    eventually(lambda: not any(alive(pid) for pid in family), within=10, message="orphans are left")
    installation.launch("ingestd")
    installation.await_ready("ingestd")
    installation.track("orphan", 1000)
    installation.flush()
    assert installation.sums() == {"orphan": 1128}


def test_everything_killed_at_once(installation):
    for _ in range(64):
        installation.send_datagram(b"\n".join(b"at.once.%d:1|c" % key for key in range(100)))
    installation.await_received()
    family = installation.daemons["ingestd"].family()
    for pid in family:
        send_signal(pid, signal.SIGKILL)
    eventually(lambda: not any(alive(pid) for pid in family))
    installation.launch("ingestd")
    installation.await_ready("ingestd")
    installation.flush()
    assert installation.sums() == {f"at.once.{key}": 64 for key in range(100)}


def test_a_killed_readerd_holds_nothing(installation):
    installation.track("stateless", 5)
    installation.flush()
    installation.daemons["readerd"].signal(signal.SIGKILL)
    installation.daemons["readerd"].wait()
    installation.launch("readerd")
    installation.await_ready("readerd")
    assert installation.counter("stateless") == 5


def test_ingest_goes_on_without_a_reader_and_the_other_way_round(installation):
    installation.track("alone")
    installation.flush()
    installation.stop("ingestd")
    assert installation.counter("alone") == 1
    eventually(lambda: installation.health("readerd") == 422, message="no instance flushes, and health is ok")
    installation.launch("ingestd")
    installation.await_ready("ingestd")
    eventually(lambda: installation.health("readerd") == 200)


def test_two_instances_on_one_redis():
    """Two hosts, one store: the streams add up, and each instance bears its own name."""
    with Installation() as first, Installation(redis=first.redis, readerd=False) as second:
        for index in range(20):
            for installation in (first, second):
                installation.track("both")
                installation.send_datagram(b"both:1|c")
            time.sleep(0.02)  # over several intervals, so that the entries of the two mix
        first.flush()
        second.flush()
        assert first.sums() == {"both": 80} and first.counter("both") == 80
        assert len({entry.split("-")[1] for entry, _ in first.entries("both")}) >= 2
        assert first.redis.command("ZCARD", "kilometric:instances") == 2


def test_a_segment_that_grows_keeps_its_interval():
    """What comes before the growth and after it has the same entry ID: that of the interval's end."""
    with Installation(readerd=False, workers=1, flush_interval=2) as installation:
        installation.track("begun")
        eventually(lambda: "begun" in installation.sums())  # an interval has just ended
        keys = [f"grow.{key}" for key in range(1000)]  # more than the 768 of a first segment
        installation.post_lines("\n".join(f"{key}:1|c" for key in keys).encode())
        eventually(lambda: keys[0] in installation.sums() and keys[-1] in installation.sums())
        first, last = ([entry[0] for entry in installation.redis.command("XRANGE", f"kilometric.{key}", "-", "+")]
                       for key in (keys[0], keys[-1]))
        assert first == last and len(first) == 1
