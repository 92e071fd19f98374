"""Programs that strangers emit with, as they are: python3-statsd, python3-aiodogstatsd, ruby-statsd and
libnet-statsd-perl from Debian; hot-shots, node-statsd, statsd-client and lynx from npm; nc."""

import asyncio
import datetime
import json
import os
import subprocess

import aiodogstatsd
import pytest
import statsd

import wire
from harness import Installation
from processes import eventually, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = os.path.join(HERE, "node")


@pytest.fixture(scope="module")
def module_installation(tmp_path_factory):
    """With all ways in that the clients know."""
    with Installation(unix_datagram=str(tmp_path_factory.mktemp("sockets") / "statsd"), tcp_port=free_port()) as running:
        yield running


@pytest.fixture
def client(shared):
    with_client = statsd.StatsClient("127.0.0.1", shared.udp_port, prefix="python")
    yield with_client
    with_client.close()


def test_python_statsd(shared, client):
    for _ in range(10):
        client.incr("requests")
    client.incr("requests", 5)
    client.decr("requests")
    client.decr("requests", 3)
    client.incr("only.down", -7)
    eventually(lambda: shared.counter("python.requests") == 11 and shared.counter("python.only.down") == -7)


def test_python_statsd_sampled(shared, client):
    """Each tenth event is sent, and stands for ten."""
    before = shared.lines("udp").get("accepted", 0)
    for _ in range(2000):
        client.incr("sampled", rate=0.1)
    client.incr("sampled.end")
    eventually(lambda: shared.counter("python.sampled.end") == 1)
    sent = shared.lines("udp")["accepted"] - before - 1
    assert 0 < sent < 2000
    eventually(lambda: shared.counter("python.sampled") == 10 * sent)


def test_python_statsd_pipeline(shared, client):
    before = shared.metrics().value("kilometric_datagrams_received_total")
    with client.pipeline() as batch:
        for index in range(300):
            batch.incr(f"batched.{index % 3}", index)
        batch.decr("batched.0", 1000)
        batch.incr("batched.end")
    eventually(lambda: shared.counter("python.batched.end") == 1)
    assert shared.counter("python.batched.0") == sum(range(0, 300, 3)) - 1000
    assert shared.counter("python.batched.1") == sum(range(1, 300, 3))
    assert shared.counter("python.batched.2") == sum(range(2, 300, 3))
    assert 1 < shared.metrics().value("kilometric_datagrams_received_total") - before < 50


def value_of(installation, key, kind, *stats):
    """One value over all time: that statistic, or a tuple of several; None when there is nothing."""
    values = installation.read_json(key, "value", kind=kind, stat=",".join(stats))["values"]
    if not values:
        return None
    return values[0]["value"] if len(stats) == 1 else tuple(values[0][stat] for stat in stats)


def test_python_statsd_timers(shared, client):
    """In milliseconds; `timer` measures, and a rate weighs."""
    for value in (12.5, 320, datetime.timedelta(seconds=1.5)):
        client.timing("latency", value)
    with client.timer("measured"):
        pass
    client.incr("timed.begin")
    eventually(lambda: shared.counter("python.timed.begin") == 1)
    before = shared.lines("udp").get("accepted", 0)
    for _ in range(500):
        client.timing("latency.sampled", 8, rate=0.25)
    client.incr("timed.end")
    eventually(lambda: shared.counter("python.timed.end") == 1)
    sent = shared.lines("udp")["accepted"] - before - 1
    assert 0 < sent < 500
    eventually(lambda: value_of(shared, "python.latency", "timer", "count", "sum", "min", "max") ==
               (3, 1832.5, 12.5, 1500))
    eventually(lambda: value_of(shared, "python.latency.sampled", "timer", "count", "sum") == (4 * sent, 32 * sent))
    count, longest = value_of(shared, "python.measured", "timer", "count", "max")
    assert count == 1 and 0 <= longest < 30_000
    assert abs(value_of(shared, "python.latency", "timer", "median") - 320) < 3.6


def test_python_statsd_gauges(shared, client):
    """It sends a negative value as 0 and what is to be taken off it, in one datagram."""
    with client.pipeline() as batch:
        batch.gauge("depth", 3)
        batch.gauge("depth", 2.5, delta=True)
        batch.gauge("depth", -1, delta=True)
    client.gauge("below", 10)
    client.gauge("below", -7.5)
    eventually(lambda: value_of(shared, "python.depth", "gauge", "last") == 4.5)
    eventually(lambda: value_of(shared, "python.below", "gauge", "last") == -7.5)


def test_python_statsd_pipeline_of_several_kinds(shared, client):
    with client.pipeline() as batch:
        for index in range(300):
            batch.timing("all", index)
            batch.set("all", index % 100)
            batch.incr("all")
    eventually(lambda: value_of(shared, "python.all", "set", "unique") == 100)
    eventually(lambda: value_of(shared, "python.all", "timer", "count", "sum") == (300, 44_850))
    eventually(lambda: value_of(shared, "python.all", "counter", "sum") == 300)


CLIENTS = {"ruby": ["ruby", "clients/kinds.rb"], "perl": ["perl", "clients/kinds.pl"],
           **{name: ["node", "node/kinds.js", name] for name in ("node-statsd", "statsd-client", "lynx")}}


@pytest.mark.parametrize("name", CLIENTS)
def test_every_kind(shared, npm, name):
    """clients/ and node/kinds.js have the same calls for each. All of them send a gauge's value as it is told: so one
    that is negative is taken off what was set, and so is what is meant so."""
    done = subprocess.run([*CLIENTS[name], str(shared.udp_port)], cwd=HERE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    expected = {("hits", "counter", "sum"): 14, ("latency", "timer", "count", "sum", "min", "max"): (3, 339, 7, 320),
                ("depth", "gauge", "last", "min", "max"): (3.5, 3.5, 10), ("balance", "gauge", "last"): 6,
                ("level", "gauge", "last"): 2}
    if name != "perl":  # it has no sets
        expected["users", "set", "unique"] = 3

    def as_sent():
        values = {asked: value_of(shared, f"{name}.{asked[0]}", *asked[1:]) for asked in expected}
        assert values == expected
        return True
    eventually(as_sent, message=None)


@pytest.fixture(scope="module")
def npm():
    """What tests/e2e/node/package-lock.json names is installed."""
    if not os.path.isdir(os.path.join(NODE, "node_modules", "unix-dgram", "build")):
        for arguments in (["ci", "--ignore-scripts"], ["rebuild", "unix-dgram", "--nodedir=/usr"]):
            done = subprocess.run(["npm", *arguments, "--no-audit", "--no-fund"], cwd=NODE, capture_output=True, text=True,
                                  timeout=100)
            assert done.returncode == 0, f"npm could not install the clients:\n{done.stderr}"


@pytest.fixture(scope="module")
def hot_shots(npm):
    def emit(port, mode):
        done = subprocess.run(["node", "emit.js", str(port), mode], cwd=NODE, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return emit


@pytest.mark.parametrize("mode", ["single", "batched", "dogstatsd"])
def test_hot_shots(shared, hot_shots, mode):
    """The script says what it emitted; the sampled lines it sent are what was accepted besides."""
    before = shared.lines("udp").get("accepted", 0)
    emitted = hot_shots(shared.udp_port, mode)
    eventually(lambda: shared.counter(f"{mode}.end{emitted['tags']}") == 1)
    assert {key: shared.counter(key) for key in emitted["sums"]} == emitted["sums"]
    sampled = shared.lines("udp")["accepted"] - before - emitted["lines"]
    assert 0 < sampled < emitted["sampled_calls"]
    assert shared.counter(f"{mode}.sampled{emitted['tags']}") == 4 * sampled


def await_values(installation, expected):
    """`expected`: (key, kind, statistics...) -> what is read in the end."""
    def as_sent():
        assert {asked: value_of(installation, *asked) for asked in expected} == expected
        return True
    eventually(as_sent, message=None)


@pytest.mark.parametrize("name", ["udp", "aggregation", "uds", "tcp"])
def test_hot_shots_as_dogstatsd(shared, npm, name):
    """All that DogStatsD has, by each way that it knows; `aggregation`: it adds up what it counts, and sends that."""
    where = {"uds": shared.settings["unix_datagram"], "tcp": shared.settings["tcp_port"]}.get(name, shared.udp_port)
    done = subprocess.run(["node", "dogstatsd.js", name, str(where)], cwd=NODE, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    expected = {("hits", "counter", "sum"): 187, ("latency", "timer", "count", "sum", "min", "max"): (3, 339, 7, 320),
                ("bytes", "timer", "count", "sum"): (2, 300), ("score", "timer", "count", "min", "max"): (2, -2.5, 1.5),
                ("depth", "gauge", "last", "max"): (3.5, 3.5 if name == "aggregation" else 10),
                ("users", "set", "unique"): 3, ("late", "gauge", "last", "min"): (9, 7)}

    tags = ";env=test;host=web-1;path=/a:b"
    await_values(shared, {(f"{name}.{asked[0]}{tags}", *asked[1:]): values for asked, values in expected.items()})
    assert shared.counter(f"{name}.bare;env=test") == 1

    def told():
        events = wire.request(shared.reader_port, "GET", "/events?tag=host:web-1&tag=path:/a:b").json()["events"]
        found = {event.get("title") or event["check"]: event for event in events}
        deployed, up = found[f"{name}.deployed"], found[f"{name}.db.up"]
        assert (deployed["text"], deployed["alert_type"], deployed["priority"]) == ("version 2\nof all", "success", "low")
        assert (up["status"], up["message"], up["host"]) == (1, "slow", "web-1")
        return True
    eventually(told, message=None)


def test_aiodogstatsd(shared):
    async def emit():
        async with aiodogstatsd.Client(host="127.0.0.1", port=shared.udp_port, namespace="aio",
                                       constant_tags={"env": "test"}) as client:
            for _ in range(10):
                client.increment("hits", value=2, tags={"region": "eu"})
            client.decrement("hits", value=3, tags={"region": "eu"})
            for value in (12, 320, 7):
                client.timing("latency", value=value)
            for value in (1, 2.5):
                client.histogram("sizes", value=value, tags={"a": "url:http://x"})
                client.distribution("spread", value=value)
            for value in (10, 3.5):
                client.gauge("depth", value=value, tags={"region": "eu"})
    asyncio.run(emit())
    await_values(shared, {
        ("aio.hits;env=test;region=eu", "counter", "sum"): 17,
        ("aio.latency;env=test", "timer", "count", "sum", "min", "max"): (3, 339, 7, 320),
        ("aio.sizes;a=url:http://x;env=test", "timer", "count", "sum"): (2, 3.5),
        ("aio.spread;env=test", "timer", "count", "sum"): (2, 3.5),
        ("aio.depth;env=test;region=eu", "gauge", "last"): 3.5})


@pytest.mark.parametrize("text, total", [("nc.one:1|c\n", 1), ("nc.two:1|c", 1),
                                         ("nc.three:1|c\r\nnc.three:2|c\r\n", 3)])
def test_nc(shared, text, total):
    subprocess.run(["nc", "-u", "-q0", "127.0.0.1", str(shared.udp_port)], input=text.encode(), check=True,
                   timeout=30)
    eventually(lambda: shared.counter(text.split(":")[0]) == total)
