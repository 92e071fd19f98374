"""GET /metrics of both daemons, and the one log line an interval."""

import re
import signal
import time

import pytest

from harness import Installation
from processes import eventually, send_signal
from wire import HttpConnection, request

INGESTD = {
    "kilometric_lines_received_total": "counter",
    "kilometric_lines_accepted_total": "counter",
    "kilometric_lines_rejected_total": "counter",
    "kilometric_datagrams_received_total": "counter",
    "kilometric_udp_drops_total": "counter",
    "kilometric_keys": "gauge",
    "kilometric_http_requests_total": "counter",
    "kilometric_http_connections": "gauge",
    "kilometric_batches_pending": "gauge",
    "kilometric_spool_bytes": "gauge",
    "kilometric_last_flush_age_seconds": "gauge",
    "kilometric_last_flush_duration_seconds": "gauge",
    "kilometric_redis_up": "gauge",
    "kilometric_entries_sent_total": "counter",
    "kilometric_entries_sent_by_kind_total": "counter",
    "kilometric_events_sent_total": "counter",
    "kilometric_samples_counted_total": "counter",
    "kilometric_index_keys": "gauge",
    "kilometric_entries_set_aside_total": "counter",
    "kilometric_entries_doubtful_total": "counter",
    "kilometric_batches_doubtful": "gauge",
    "kilometric_tier_entries_written_total": "counter",
    "kilometric_hours_by_second_total": "counter",
    "kilometric_entries_trimmed_total": "counter",
    "kilometric_keys_walked_total": "counter",
    "kilometric_tier_passes_total": "counter",
    "kilometric_tier_failures_total": "counter",
    "kilometric_intervals_unsealed_total": "counter",
    "kilometric_worker_starts_total": "counter",
    "kilometric_workers": "gauge",
    "kilometric_log_lines_dropped_total": "counter",
    "kilometric_build_info": "gauge",
}

READERD = {
    "kilometric_http_requests_total": "counter",
    "kilometric_http_connections": "gauge",
    "kilometric_redis_up": "gauge",
    "kilometric_redis_pages_total": "counter",
    "kilometric_log_lines_dropped_total": "counter",
    "kilometric_build_info": "gauge",
}

REASONS = {"bad_key", "bad_value", "bad_rate", "bad_type", "unsupported", "truncated", "refused",
           "bad_tags", "too_many_tags", "key_too_long", "bad_event", "bad_check", "event_too_long", "too_many_events",
           "torn"}


@pytest.mark.parametrize("name, required", [("ingestd", INGESTD), ("readerd", READERD)])
def test_the_page(shared, name, required):
    port = {"ingestd": shared.port, "readerd": shared.reader_port}[name]
    answer = request(port, "GET", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    metrics = shared.metrics(name)
    assert {metric: metrics.types.get(metric) for metric in required} == required
    [(labels, value)] = metrics.labels("kilometric_build_info")
    assert value == 1 and re.fullmatch(r"\d+\.\d+\.\d+", labels["version"])


def test_every_reason_is_there_from_the_start(shared):
    """A rate over a counter that appears with its first event misses that event."""
    rejected = shared.metrics().labels("kilometric_lines_rejected_total")
    series = {(labels["via"], labels["reason"]) for labels, _ in rejected}
    assert {("udp", reason) for reason in REASONS} <= series
    assert {via for via, _ in series} == {"udp", "http", "unix_datagram", "tcp", "unix_stream"}


def test_lines_by_outcome(shared):
    before = {via: shared.lines(via) for via in ("udp", "http")}
    lines = b"m.a:1|c\nm.b:1|c\nm.a:x|c\nm.a:1|c|@2\n:1|c\nm.a\nm.a:1|x\n\n"
    expected = {"received": 7, "accepted": 2, "bad_value": 1, "bad_rate": 1, "bad_key": 1, "bad_type": 2}
    shared.send_datagram(lines)
    shared.await_received()
    assert shared.lines("udp") - before["udp"] == expected
    assert shared.lines("http") == before["http"]
    shared.post_lines(lines)
    shared.track("m.a")
    shared.request("GET", "/track?key=m.a&value=x")
    shared.request("GET", "/track?value=1")
    assert shared.lines("http") - before["http"] == {
        **expected, "received": 10, "accepted": 3, "bad_value": 2, "bad_key": 2}


def test_requests_by_route_and_status(shared):
    def requests(name):
        return {(labels["route"], int(labels["status"])): value
                for labels, value in shared.metrics(name).labels("kilometric_http_requests_total")}

    def increase(name, *asked):
        port = {"ingestd": shared.port, "readerd": shared.reader_port}[name]
        before = requests(name)
        for method, target in asked:
            request(port, method, target)
        after = requests(name)
        return {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}

    [own] = increase("ingestd").items()
    assert own == (("/metrics", 200), 1)
    asked = [("GET", "/track?key=m.r"), ("HEAD", "/track?key=m.r"), ("GET", "/track"), ("PUT", "/track"),
             ("GET", "/read?key=m.r")]
    assert increase("ingestd", *asked) == {("/metrics", 200): 1, ("/track", 204): 2, ("/track", 400): 1,
                                           ("/track", 405): 1, ("/read", 307): 1}
    assert increase("readerd", ("GET", "/read?key=m.r&type=counter"), ("GET", "/read?key=m.r")) == {
        ("/metrics", 200): 1, ("/read", 200): 1, ("/read", 400): 1}


def test_both_daemons_name_their_routes_alike(shared):
    def routes(name):
        return {labels["route"] for labels, _ in shared.metrics(name).labels("kilometric_http_requests_total")}
    assert shared.metrics().value("kilometric_http_requests_total") > 0
    assert routes("ingestd") & routes("readerd")


@pytest.mark.parametrize("name", ["ingestd", "readerd"])
def test_strangers_make_no_series(shared, name):
    """A route is one we know; a thousand odd paths must not become a thousand series."""
    port = {"ingestd": shared.port, "readerd": shared.reader_port}[name]
    for index in range(50):
        assert request(port, "GET", f"/stranger/{index}").status == 404
    with HttpConnection(port) as connection:
        connection.send(b"nonsense\r\n\r\n")
        assert connection.response().status == 400
    routes = {labels["route"] for labels, _ in shared.metrics(name).labels("kilometric_http_requests_total")}
    assert len(routes) <= 8 and not any("stranger" in route for route in routes)
    metrics = shared.metrics(name)
    assert metrics.value("kilometric_http_requests_total", status="404") >= 50
    assert metrics.value("kilometric_http_requests_total", status="400") >= 1


def test_connections(shared):
    before = shared.metrics().value("kilometric_http_connections")
    connections = [HttpConnection(shared.port) for _ in range(30)]
    for connection in connections:
        assert connection.request("GET", "/health").status == 200
    eventually(lambda: shared.metrics().value("kilometric_http_connections") == before + 30)
    for connection in connections:
        connection.close()
    eventually(lambda: shared.metrics().value("kilometric_http_connections") == before)


def test_every_worker_gives_the_whole_page():
    """Whichever worker answers, the numbers are those of the installation."""
    with Installation(workers=4, readerd=False) as installation:
        for index in range(64):
            installation.send_datagram(b"whole.%d:1|c" % index)
        installation.await_received()
        for _ in range(40):
            assert installation.lines("udp") == {"received": 64, "accepted": 64}
            assert installation.metrics().value("kilometric_workers") == 4
        assert installation.metrics().value("kilometric_keys") >= 64


def test_entries_sent(installation):
    for _ in range(3):
        installation.send_datagram(b"e.a:1|c\ne.b:1|c")
        installation.flush()
    metrics = installation.metrics()
    assert metrics.value("kilometric_entries_sent_total") == 6
    assert metrics.value("kilometric_redis_up") == 1


def by_kind(installation, metric):
    return {labels["kind"]: value for labels, value in installation.metrics().labels(metric)}


def test_figures_by_kind(installation):
    nothing = {"counter": 0, "gauge": 0, "timer": 0, "set": 0}
    for metric in "kilometric_samples_counted_total", "kilometric_entries_sent_by_kind_total":
        assert by_kind(installation, metric) == nothing, "a rate over a counter that begins with an event misses it"
    installation.send_datagram(b"k:1|c\nk:1:2:3|c\nk:+4|g\nk:1.5:7|ms|@0.5\nk:8|h\nk:a|s\nk:a|s\nk:x|ms\nother:1|m")
    installation.flush()
    assert by_kind(installation, "kilometric_samples_counted_total") == {"counter": 3, "gauge": 1, "timer": 3, "set": 2}
    assert by_kind(installation, "kilometric_entries_sent_by_kind_total") == {
        "counter": 2, "gauge": 1, "timer": 1, "set": 1}
    assert installation.metrics().value("kilometric_entries_sent_total") == 5
    in_redis = {"counter": 2, "gauge": 1, "timer": 1, "set": 1}
    eventually(lambda: by_kind(installation, "kilometric_index_keys") == in_redis, within=30)


def test_pages_read(installation):
    installation.redis.pipeline([("XADD", "kilometric.pages", f"{1 + index}-0", "count", 1) for index in range(30_000)])
    before = installation.metrics("readerd").value("kilometric_redis_pages_total")
    assert installation.counter("pages") == 30_000
    pages = installation.metrics("readerd").value("kilometric_redis_pages_total") - before
    assert 3 <= pages <= 3000, "a long stream is read in pages, so that no command keeps Redis busy for long"


def test_last_flush_duration():
    """A flush that Redis holds up for a second is as long as that."""
    with Installation(readerd=False, flush_interval=2) as installation:
        installation.flush()
        assert installation.metrics().value("kilometric_last_flush_duration_seconds") > 0
        installation.redis.pause()
        eventually(lambda: installation.metrics().value("kilometric_last_flush_age_seconds") > 3)
        installation.redis.resume()
        eventually(lambda: installation.metrics().value("kilometric_last_flush_duration_seconds") > 0.9)


def test_last_flush_age_grows_while_redis_is_away(installation):
    installation.flush()
    installation.redis.stop()
    age = eventually(lambda: (age := installation.metrics().value("kilometric_last_flush_age_seconds")) > 0.5 and age)
    eventually(lambda: installation.metrics().value("kilometric_last_flush_age_seconds") > age)
    installation.redis.start()
    eventually(lambda: installation.metrics().value("kilometric_last_flush_age_seconds") < age)


def test_intervals_that_are_not_sealed():
    """While the flusher sleeps 64 segments wait; then the ends of intervals pass, and no count is lost."""
    with Installation(workers=1, readerd=False) as installation:
        installation.flush()
        assert installation.metrics().value("kilometric_intervals_unsealed_total") == 0
        tracked = 0

        def passed():
            nonlocal tracked
            installation.track("on")
            tracked += 1
            return installation.metrics().value("kilometric_intervals_unsealed_total") >= 3
        flusher = installation.flusher()
        send_signal(flusher, signal.SIGSTOP)
        try:
            eventually(passed)
        finally:
            send_signal(flusher, signal.SIGCONT)
        installation.flush()
        assert installation.sums() == {"on": tracked}
        assert len(installation.entries("on")) >= 64


def test_kernel_drops():
    """The queue overflows while the worker sleeps: what was sent is received or shown as dropped."""
    with Installation(workers=1, readerd=False) as installation:
        installation.flush()
        datagram = b"flood:1|c".ljust(8000, b"\n")
        total = 8000
        with installation.paused_workers():
            for _ in range(total):
                installation.send_datagram(datagram, source=0)

        def accounted():
            metrics = installation.metrics()
            received = metrics.value("kilometric_datagrams_received_total")
            drops = metrics.value("kilometric_udp_drops_total")
            assert received + drops == total, f"{received} received, {drops} dropped, {total} sent"
            return received, drops
        received, drops = eventually(accounted)
        assert drops > 0 and received > 100
        installation.flush()
        assert installation.sums() == {"flood": received}
        reported = re.findall(r"kernel_drops (\d+)", installation.log())
        assert sum(map(int, reported)) == drops, installation.log()


def test_the_first_interval_is_logged_too():
    with Installation(readerd=False, flush_interval=1) as installation:
        installation.send_datagram(b"nonsense")
        installation.flush()
        eventually(lambda: "bad_type 1" in installation.log())


def test_one_log_line_an_interval_when_something_was_bad():
    with Installation(readerd=False, flush_interval=0.5) as installation:
        installation.track("quiet")
        installation.flush()
        lines = installation.log().count("\n")
        started = time.monotonic()
        installation.send_datagrams([b"nonsense\nbad:x|c\nbad:1|g\ngood:1|c"] * 2000)
        for _ in range(20):
            installation.request("GET", "/track?key=&value=x")
            installation.request("GET", "/nowhere")
            installation.post_lines(b"nonsense")
        installation.flush()
        eventually(lambda: "bad_value" in installation.log())
        intervals = (time.monotonic() - started) / 0.5 + 2
        new = installation.log().count("\n") - lines
        assert 1 <= new <= intervals, installation.log()
        reported = re.findall(r"bad_value (\d+)", installation.log())
        assert sum(map(int, reported)) == 2000, installation.log()
        lines = installation.log().count("\n")
        installation.track("quiet")
        installation.flush()
        assert installation.log().count("\n") == lines, "nothing was bad, and yet there is a line"
