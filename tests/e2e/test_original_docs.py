"""Every curl of the original's documentation, run as a user of the original would run it."""

import json
import subprocess
import time

import pytest

from harness import Installation
from processes import eventually

# The documentation's own example: (ms, count), 78 in all, first and last entry as it shows them.
STORE = [(1603303544893, 10), (1603304960760, 2), (1603305134340, 4), (1603305139380, 4), (1603305167700, 6),
         (1603305172680, 4), (1603308711070, 40), (1603311711070, 8)]


@pytest.fixture(scope="module")
def module_installation():
    with Installation() as running:
        running.redis.pipeline([("XADD", "kilometric.my-metric", f"{ms}-0", "count", count)
                                for ms, count in STORE])
        yield running


class Curl:
    """One run of the real curl: status line, headers and body of the last answer."""

    def __init__(self, *arguments):
        done = subprocess.run(["curl", "-sS", "-i", "--max-time", "30", *arguments], capture_output=True)
        assert done.returncode == 0, done.stderr
        *self.earlier, head, body = (b"\r\n" + done.stdout).split(b"\r\n\r\n")
        self.body = body.decode()
        status_line, *lines = head.decode().strip().split("\r\n")
        self.status_line = status_line
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


def reader(installation, target):
    return Curl(f"http://localhost:{installation.reader_port}{target}")


def ingest(installation, target, *arguments):
    return Curl(f"http://localhost:{installation.port}{target}", *arguments)


def points(answer):
    document = json.loads(answer.body)
    assert document["name"] == "my-metric"
    return [(point["from"], point["value"]) for point in document["values"]]


def buckets(period_ms, entries=STORE):
    sums = {}
    for ms, count in entries:
        bucket = ms - ms % period_ms
        sums[bucket] = sums.get(bucket, 0) + count
    return sorted(sums.items())


def test_track(shared):
    for _ in range(3):
        answer = ingest(shared, "/track?key=tracked")
        assert answer.status_line == "HTTP/1.1 204 No Content" and answer.body == ""
    shared.flush()
    assert shared.counter("tracked") == 3


def test_track_with_a_value(shared):
    answer = ingest(shared, "/track?key=tracked-with-value&value=10")
    assert answer.status_line == "HTTP/1.1 204 No Content" and answer.body == ""
    shared.flush()
    assert shared.counter("tracked-with-value") == 10


def test_counter(shared):
    answer = reader(shared, "/read?key=my-metric&type=counter")
    assert answer.status_line == "HTTP/1.1 200 OK"
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == ('{"name":"my-metric","values":'
                           '[{"from":1603303544893,"to":1603311711070,"value":78}]}')


def test_counter_of_a_period(shared):
    answer = reader(shared, "/read?key=my-metric&type=counter&from=1603303544000&to=1603311712000")
    assert answer.body == ('{"name":"my-metric","values":'
                           '[{"from":1603303544893,"to":1603311711070,"value":78}]}')
    answer = reader(shared, "/read?key=my-metric&type=counter&from=1603303544894&to=1603311711069")
    assert answer.body == ('{"name":"my-metric","values":'
                           '[{"from":1603304960760,"to":1603308711070,"value":60}]}')


def test_counter_of_nothing(shared):
    assert reader(shared, "/read?key=no-such&type=counter").body == '{"name":"no-such","values":[]}'
    assert reader(shared, "/read?key=no-such&type=points").body == '{"name":"no-such","values":[]}'


def test_points(shared):
    answer = reader(shared, "/read?key=my-metric&type=points")
    assert answer.status_line == "HTTP/1.1 200 OK"
    assert answer.headers["content-type"] == "application/json"
    assert answer.body.startswith('{"name":"my-metric","values":[{"from":1603303500000,"value":10},{"from":')
    assert points(answer) == buckets(60_000)


def test_points_of_seconds(shared):
    answer = reader(shared, "/read?key=my-metric&type=points&period=3600")
    assert points(answer) == buckets(3_600_000) == [(1603303200000, 30), (1603306800000, 40), (1603310400000, 8)]


def test_points_of_a_period(shared):
    answer = reader(shared, "/read?key=my-metric&type=points&from=1603303544000&to=1603311712000")
    assert points(answer) == buckets(60_000)
    answer = reader(shared, "/read?key=my-metric&type=points&from=1603304960760&to=1603305139380")
    assert points(answer) == buckets(60_000, STORE[1:4])


@pytest.mark.parametrize("ask", [ingest, reader])
def test_health(shared, ask):
    answer = eventually(lambda: (answer := ask(shared, "/health")).status_line == "HTTP/1.1 200 OK" and answer)
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == '{"status":"ok"}'


def test_health_when_something_went_wrong():
    with Installation() as installation:
        installation.redis.stop()
        for ask in (ingest, reader):
            answer = eventually(lambda: "422" in (answer := ask(installation, "/health")).status_line and answer)
            assert answer.headers["content-type"] == "application/json"
            assert answer.body == '{"status":"error"}'


def test_the_status_line_of_an_error():
    with Installation(redis=False, readerd=False, flush_interval=300) as installation:
        assert ingest(installation, "/health").status_line == "HTTP/1.1 422 Unprocessable Entity"


def test_read_at_the_port_of_the_original(shared):
    target = "/read?key=my-metric&type=counter"
    answer = ingest(shared, target)
    assert answer.status_line == "HTTP/1.1 307 Temporary Redirect"
    assert answer.headers["location"] == f"http://localhost:{shared.reader_port}{target}"
    assert ingest(shared, target, "-L").body == reader(shared, target).body
    assert ingest(shared, target, "-L", "-H", "Host:").body == reader(shared, target).body


def test_read_keeps_its_encoding_through_the_redirect(shared):
    shared.track("a b/ü+&")
    shared.flush()
    answer = ingest(shared, "/read?key=a%20b%2F%C3%BC%2B%26&type=counter", "-L")
    assert json.loads(answer.body)["name"] == "a b/ü+&"
    assert json.loads(answer.body)["values"][0]["value"] == 1


def test_streams_of_the_original_mix_with_ours(shared):
    """What the original wrote (XADD * count N), before and after ours, in one stream."""
    before = shared.redis.command("XADD", "kilometric.mixed", "*", "count", 5).decode()
    shared.track("mixed", 2)
    shared.flush()
    shared.redis.command("XADD", "kilometric.mixed", "*", "count", 2 ** 32 - 1)
    shared.track("mixed", 1)
    shared.flush()
    [value] = shared.read_json("mixed")["values"]
    last = shared.entries("mixed")[-1][0]
    assert value == {"from": int(before.split("-")[0]), "to": int(last.split("-")[0]), "value": 2 ** 32 + 7}
    assert sum(point["value"] for point in shared.read_json("mixed", "points")["values"]) == 2 ** 32 + 7


def test_one_write_an_interval(shared):
    """The original's promise: however many events, one small entry per metric and interval."""
    started = time.monotonic()
    for _ in range(200):
        shared.track("folded")
    shared.flush()
    intervals = (time.monotonic() - started) / 0.1 + 1
    entries = shared.entries("folded")
    assert sum(int(count) for _, count in entries) == 200
    assert len(entries) <= intervals
