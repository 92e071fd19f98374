"""The harness itself: a test tool that accepts anything would prove nothing."""

import os
import socket
import subprocess
import sys

import pytest

from harness import ROOT
from processes import free_port, port_is_free
from prometheus import Metrics
from redis_server import RedisServer
from resp import RedisError

PAGE = '''# HELP a_total Lines.
# TYPE a_total counter
a_total{via="udp",reason="bad \\"key\\""} 3
a_total{via="http"} 4
# HELP b Seconds.
# TYPE b gauge
b 0.25
'''


def test_metrics_are_parsed():
    metrics = Metrics(PAGE)
    assert metrics.value("a_total") == 7
    assert metrics.value("a_total", via="udp") == 3
    assert metrics.value("b") == 0.25


@pytest.mark.parametrize("old, new", [
    ("b 0.25\n", "b 0.25"), ("b 0.25", "b"), ("b 0.25", "b zero"), ("b 0.25", "c 0.25"), ("b 0.25", "b 1\nb 2"),
    ("# TYPE b gauge\n", ""), ("# HELP b Seconds.\n", ""), ("TYPE b gauge", "TYPE b number"),
    ('{via="http"}', '{via=http}'), ('{via="http"}', '{via="http"'), ('{via="http"}', '{via="a",via="b"}'),
    ("} 4", "} -4"), ("b 0.25", "\nb 0.25"),
])
def test_bad_metrics_are_refused(old, new):
    assert old in PAGE
    with pytest.raises((AssertionError, TypeError)):
        Metrics(PAGE.replace(old, new, 1))


def test_redis_keeps_its_data(tmp_path):
    redis = RedisServer(str(tmp_path), password="secret")
    try:
        redis.start()
        for index in range(20):
            redis.command("XADD", f"kilometric.{index}", "*", "count", 1)
        redis.kill()
        redis.start()
        assert len(redis.scan("kilometric.*")) == 20
        with pytest.raises(RedisError, match="WRONGTYPE"):
            redis.command("GET", "kilometric.0")
        redis.stop()
    finally:
        redis.clean_up()
    assert port_is_free(redis.port)


def test_a_taken_port_is_not_free():
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert not port_is_free(port)
    assert port_is_free(port)


def test_no_other_process_has_these_ports():
    ports = {free_port() for _ in range(20)}
    script = "import processes; print(*{processes.free_port() for _ in range(250)})"
    other = subprocess.run([sys.executable, "-c", script], cwd=os.path.join(ROOT, "tests", "lib"), capture_output=True,
                           text=True, check=True)
    assert not ports & {int(port) for port in other.stdout.split()}
