"""A host whose `localhost` is ::1 first, as that of an ordinary Debian: unless told otherwise, the daemons listen at
both loopback addresses, as far as there are both."""

import os
import re
import socket
import subprocess

import pytest

from harness import INGESTD, ROOT, Installation, clean_environment
from processes import Process, eventually, free_port
from short_run import run
from wire import request

HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"


@pytest.fixture(scope="module")
def localhost():
    with Installation(workers=2) as installation:
        yield installation


def send_from_many_ports(installation, host, data, count):
    """So that each worker gets some."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(count):
        with socket.socket(family, socket.SOCK_DGRAM) as emitter:
            emitter.sendto(data, (host, installation.udp_port))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_loopback_addresses(localhost, host):
    key = host.replace(":", "-")
    send_from_many_ports(localhost, host, f"{key}:1|c".encode(), 50)
    for _ in range(50):  # each connection is of one of the workers
        assert request(localhost.port, "GET", f"/track?key={key}&value=10", host=host).status == 204
    eventually(lambda: localhost.sums().get(key) == 550)
    answer = request(localhost.reader_port, "GET", f"/read?key={key}&type=counter", host=host)
    assert answer.json()["values"][0]["value"] == 550


def test_no_other_address(localhost):
    for port in (localhost.port, localhost.reader_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.2", port)) != 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as emitter:
        emitter.connect(("127.0.0.2", localhost.udp_port))
        emitter.send(b"elsewhere:1|c")
        with pytest.raises(ConnectionRefusedError):
            emitter.recv(1)


def readme_examples():
    """The commands of "Try it" in README.md."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().partition("\n## Try it\n")[2].partition("\n## ")[0]
    return re.findall(r"^    \$ (.*?)(?: +#.*)?$", section, re.MULTILINE)


def test_readme_on_such_a_host(localhost, tmp_path):
    (tmp_path / "hosts").write_text(HOSTS)

    def shell(command):
        for usual, port in (("8125", localhost.udp_port), ("3000", localhost.port), ("3001", localhost.reader_port)):
            command = re.sub(rf"\b(localhost[: ]){usual}\b", rf"\g<1>{port}", command)
        inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                  'mount --bind "$0" /etc/hosts && exec sh -c "$1"', tmp_path / "hosts", command]
        return subprocess.run(inside, capture_output=True, text=True, check=True, timeout=30).stdout

    assert shell("getent ahosts localhost").startswith("::1 "), "this is no such host"
    send, track, read, points, send_timer, percentile, send_tagged, by_host = readme_examples()
    shell(send)
    shell(track)
    eventually(lambda: localhost.sums().get("my-metric") == 7)
    assert re.search(r'"value":7\}\]\}$', shell(read.replace("curl ", "curl -sS ")).strip())
    assert '"value":7' in shell(points.replace("curl ", "curl -sS "))
    shell(send_timer)
    eventually(lambda: '"count":1,"p99":320}' in shell(percentile.replace("curl ", "curl -sS ")))
    shell(send_tagged)
    eventually(lambda: re.fullmatch(r'{"metrics":\[{"name":"page.load;host=a","values":\[{.*"value":40}\]}\]}',
                                    shell(by_host.replace("curl ", "curl -sS ")).strip()))


def test_several_addresses():
    with Installation(bind="127.0.0.1,127.0.0.3,::1") as installation:
        for host in ("127.0.0.1", "127.0.0.3", "::1"):
            send_from_many_ports(installation, host, b"several:1|c", 10)
            assert request(installation.port, "GET", "/track?key=several&value=10", host=host).status == 204
            assert request(installation.reader_port, "GET", "/metrics", host=host).status == 200
        installation.await_sums({"several": 60})
        with installation.paused_workers():  # what waits at each when the stop comes
            for host in ("127.0.0.1", "127.0.0.3", "::1"):
                send_from_many_ports(installation, host, b"several:1|c", 10)
            installation.daemons["ingestd"].signal(15)
        installation.stop()
        assert installation.sums() == {"several": 90}


def test_another_program_at_one_of_the_addresses():
    """Half of what is sent to localhost would go to it: the start says so."""
    port = free_port()
    with socket.socket(socket.AF_INET6) as holder:
        holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections may be in TIME_WAIT
        holder.bind(("::1", port))
        holder.listen()
        ended = run(INGESTD, port=port, udp_port=free_port())
        assert ended.status == 69 and f"[::1]:{port} is already in use" in ended.one_line(), ended


def test_a_host_without_ipv6(tmp_path):
    """There the default is 127.0.0.1 alone."""
    settings = {"runtime_dir": tmp_path / "run", "state_dir": tmp_path / "state", "port": free_port(),
                "udp_port": free_port(), "redis_url": "redis://127.0.0.1:1/0"}
    for folder in ("run", "state"):
        (tmp_path / folder).mkdir()
    script = 'ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6 && exec "$0"'
    daemon = Process(["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script, INGESTD],
                     str(tmp_path / "log"), clean_environment(**settings))
    try:
        eventually(lambda: " ready: " in daemon.log())
        assert f"HTTP on port {settings['port']} at 127.0.0.1, flushing" in daemon.log()
        daemon.signal(15)
        assert daemon.wait() == 0
    finally:
        daemon.kill_family()
