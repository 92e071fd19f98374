"""Settings: the table, the flags, and the one line that a bad one is answered with."""

import os
import re
import socket

import pytest

from harness import INGESTD, READERD, ROOT, Installation
from processes import eventually, free_port
from short_run import run
from wire import request

EX_USAGE, EX_UNAVAILABLE, EX_CONFIG = 64, 69, 78

COMMON = ["redis-url", "redis-ca", "redis-cert", "redis-key", "reader-port", "bind", "log-level"]
OURS = {INGESTD: COMMON + ["flush-interval", "port", "udp-port", "tcp-port", "unix-datagram", "unix-stream", "socket-mode", "workers", "runtime-dir", "state-dir", "max-keys",
                           "spool-limit", "retention-raw", "retention-raw-timers", "retention-raw-sets", "retention-points", "retention-hour",
                           "retention-day", "tags", "tags-in-name", "events-max", "gauge-sign"],
        READERD: COMMON + ["gauge-stale", "max-points", "graphite-names", "cors-origin", "allow-delete"]}

BAD = {
    "redis_url": ["localhost:6379", "http://localhost:6379", "redis://localhost:port", "redis://localhost:6379/db",
                  "redis://localhost:65536", "redis://localhost:6379/-1", "unix://", "redis://%zz@localhost",
                  "redis-sentinel://localhost:26379", "redis-sentinel://localhost:26379,/main",
                  "redis-sentinel://localhost/main?password=x", "redis-cluster://localhost:7000,localhost:7001/1", "redis-cluster://,localhost"],
    "bind": ["localhost.example", "256.0.0.1", "1.2.3", "::g"],
    "reader_port": ["0", "65536", "-1", "http", "3001 "],
    "log_level": ["loud", "INFO "],
}

BAD_INGESTD = BAD | {
    "flush_interval": ["0", "0.049", "3601", "-1", "ten", "10s", "nan", "inf", "1,5", "0x10"],
    "port": ["0", "65536", "3000x", "+3000"],
    "udp_port": ["0", "99999999999999999999", "udp://10.96.0.12", "udp://10.96.0.12:0", "udp://kilometric:8125"],
    "tcp_port": ["0", "65536", "off"],
    "socket_mode": ["rw", "660x", "60", "1777", "-1"],
    "workers": ["0", "65", "two", "1.5"],
    "max_keys": ["0", "-1", "many", "99999999999999999999"],
    "spool_limit": ["0", "1048577", "1M"],
    "retention_raw": ["0", "30", "d", "1h", "0d", "-1d", "1.5d", "1m", "1 d", "keeps", "1001y", "99999999999999999999d"],
    "retention_raw_timers": ["rawest", "1h"],
    "retention_raw_sets": ["keeps", "0d"],
    "retention_points": ["raw", "23h"],
    "retention_hour": ["0d", "23h"],
    "retention_day": ["1D"],
    "tags": ["env,,host", ",", "env=prod", "env;host"],
    "tags_in_name": ["graphite", "InfluxDB"],
    "events_max": ["0", "-1", "10000001", "many"],
    "gauge_sign": ["signed", "Delta"],
}

BAD_READERD = BAD | {
    "graphite_names": ["graphite", "StatsD", "statsd,legacy"],
    "gauge_stale": ["-1", "5m", "31536001", "never"],
    "max_points": ["0", "1000000001", "all"],
    "cors_origin": ["example.com", "https://example.com/", "https://a b", "ftp://example.com"],
    "allow_delete": ["yes", "ON", "1"],
}


def names_the_setting(line, setting):
    return f"KILOMETRIC_{setting.upper()}" in line or "--" + setting.replace("_", "-") in line


@pytest.mark.parametrize("program, setting, value", [
    (program, setting, value) for program, table in ((INGESTD, BAD_INGESTD), (READERD, BAD_READERD))
    for setting, values in table.items() for value in values], ids=lambda value: os.path.basename(value))
def test_bad_setting(program, setting, value):
    """One line that names the setting, the value and what is allowed; by variable and by flag."""
    for ended in (run(program, **{setting: value}), run(program, f"--{setting.replace('_', '-')}={value}")):
        assert ended.status == EX_CONFIG, ended
        line = ended.one_line()
        assert names_the_setting(line, setting), line
        assert value in line or setting == "redis_url", line
        assert len(line) > len(setting) + len(value) + 20, f"does not say what is allowed: {line}"


def test_any_page_may_not_delete():
    ended = run(READERD, cors_origin="*", allow_delete="on")
    assert ended.status == EX_CONFIG, ended
    line = ended.one_line()
    assert "KILOMETRIC_CORS_ORIGIN=*" in line and "KILOMETRIC_ALLOW_DELETE=on" in line


@pytest.mark.parametrize("program", [INGESTD, READERD])
def test_a_bad_url_keeps_its_secret(program):
    ended = run(program, redis_url="redis://user:hunter2@localhost:port/0")
    assert ended.status == EX_CONFIG and "hunter2" not in ended.error, ended


@pytest.mark.parametrize("program", [INGESTD, READERD])
@pytest.mark.parametrize("flags", [["--no-such"], ["--no-such=1"], ["-x"], ["stray"], ["--port"], ["--reader-port"]],
                         ids=lambda flags: " ".join(flags))
def test_bad_usage(program, flags):
    ended = run(program, *flags)
    assert ended.status == EX_USAGE, ended
    assert flags[0].split("=")[0] in ended.one_line() or flags == ["stray"], ended


def test_an_impossible_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for setting in ("runtime_dir", "state_dir"):
        ended = run(INGESTD, **{setting: str(tmp_path / "file" / "below")})
        assert ended.status in (EX_CONFIG, 70) and str(tmp_path) in ended.last_line(), ended


@pytest.mark.parametrize("program", [INGESTD, READERD])
def test_help(program):
    """Every setting with its variable; and only those of this program."""
    ended = run(program, "--help")
    assert ended.status == 0 and ended.error == "", ended
    assert set(help_table(program)) == {"KILOMETRIC_" + flag.upper().replace("-", "_") for flag in OURS[program]}
    assert all(f"--{flag} " in ended.output for flag in [*OURS[program], "help", "version"])


@pytest.mark.parametrize("program", [INGESTD, READERD])
def test_version(program):
    ended = run(program, "--version")
    assert ended.status == 0 and ended.error == "", ended
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as file:
        version = re.search(r"version: '([^']+)'", file.read())[1]
    assert version in ended.output and ended.output.count("\n") == 1


def readme_table():
    """The rows of README.md's table of settings: {variable: default}."""
    path = os.path.join(ROOT, "README.md")
    assert os.path.exists(path), "README.md is missing"
    with open(path, encoding="utf-8") as file:
        rows = re.findall(r"^\|\s*`?(KILOMETRIC_[A-Z_]+)`?\s*\|\s*`?([^|`]+?)`?\s*\|", file.read(), re.MULTILINE)
    assert rows, "README.md has no table of settings"
    assert len(dict(rows)) == len(rows), "README.md names a setting twice"
    return dict(rows)


def help_table(program):
    """What --help says: {variable: default}."""
    return dict(re.findall(r"^  (KILOMETRIC_[A-Z_]+) +--[a-z-]+ +default (\S+)$", run(program, "--help").output,
                           re.MULTILINE))


def test_readme_lists_the_settings():
    assert readme_table() == help_table(READERD) | help_table(INGESTD)


def test_a_flag_wins_over_the_environment():
    port = free_port()
    with Installation(readerd=False, redis=False) as installation:
        ended = run(INGESTD, f"--port={installation.port}", port=port,
                    udp_port=free_port(), redis_url=installation.redis.url)
        assert ended.status == EX_UNAVAILABLE and str(installation.port) in ended.last_line(), ended


def test_an_empty_variable_counts_as_unset():
    with Installation(redis=False, bind="", log_level="", max_keys="") as installation:
        installation.track("unset")


def test_services_of_kubernetes_set_no_port():
    """What it sets for a Service of our name is no setting: one warning, and the default, or the flag."""
    services = {"KILOMETRIC_PORT": "tcp://10.96.0.12:3000", "KILOMETRIC_UDP_PORT": "udp://10.96.0.12:8125",
                "KILOMETRIC_READER_PORT": "tcp://10.96.0.12:3001", "KILOMETRIC_SERVICE_HOST": "10.96.0.12",
                "KILOMETRIC_SERVICE_PORT": "3000", "KILOMETRIC_PORT_3000_TCP": "tcp://10.96.0.12:3000",
                "KILOMETRIC_PORT_3000_TCP_PROTO": "tcp"}
    ports = {name: free_port() for name in ("port", "udp_port", "reader_port")}
    flags = {name: f"--{name.replace('_', '-')}={port}" for name, port in ports.items()}
    commands = {"ingestd": [INGESTD, *flags.values()], "readerd": [READERD, flags["reader_port"]]}
    with Installation(environment=services, commands=commands, **ports) as installation:
        installation.track("pods")
        installation.send_datagram(b"pods:2|c")
        installation.flush()
        assert installation.counter("pods") == 3
        for name in ("ingestd", "readerd"):
            [line] = [line for line in installation.log(name).splitlines() if "warning" in line and "KILOMETRIC" in line]
            assert "KILOMETRIC_READER_PORT=tcp://10.96.0.12:3001" in line and "Kubernetes" in line, line


def test_credentials_win_over_the_environment(tmp_path):
    (tmp_path / "redis-url").write_text("")
    with Installation(ingestd=False, readerd=False) as redis_only:
        (tmp_path / "redis-url").write_text(redis_only.redis.url + "\n")
        with Installation(redis=redis_only.redis, redis_url="redis://127.0.0.1:1/0",
                          environment={"CREDENTIALS_DIRECTORY": str(tmp_path)}) as installation:
            installation.track("credentials")
            installation.flush()
            assert installation.counter("credentials") == 1


@pytest.mark.parametrize("program, setting, kind, reuse", [
    (INGESTD, "port", socket.SOCK_STREAM, False), (INGESTD, "port", socket.SOCK_STREAM, True),
    (INGESTD, "udp_port", socket.SOCK_DGRAM, False), (INGESTD, "udp_port", socket.SOCK_DGRAM, True),
    (READERD, "reader_port", socket.SOCK_STREAM, False)])
def test_a_port_in_use(program, setting, kind, reuse):
    """For ingestd also when its holder would share it: two must not split the traffic in silence."""
    ports = {name: free_port() for name in ("port", "udp_port", "reader_port")}
    with socket.socket(socket.AF_INET, kind) as holder:
        if reuse:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if kind == socket.SOCK_STREAM:  # connections of an earlier test may be in TIME_WAIT
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", ports[setting]))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        ended = run(program, **ports)
    assert ended.status == EX_UNAVAILABLE, ended
    line = ended.last_line()
    assert names_the_setting(line, setting) and str(ports[setting]) in line, line


def test_a_start_that_fails_says_one_line():
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        run(INGESTD, port=port, udp_port=free_port()).one_line()


def test_an_address_that_is_not_ours():
    ended = run(READERD, bind="192.0.2.1", reader_port=free_port())
    assert ended.status in (EX_UNAVAILABLE, EX_CONFIG), ended
    assert "192.0.2.1" in ended.last_line(), ended


def test_two_ingestd_on_one_state_folder():
    """The second ends with one line; the first does not notice."""
    with Installation(readerd=False) as first:
        ended = run(INGESTD, state_dir=first.settings["state_dir"], port=free_port(), udp_port=free_port(),
                    redis_url=first.redis.url)
        assert ended.status == EX_UNAVAILABLE, ended
        assert first.settings["state_dir"] in ended.last_line(), ended
        first.track("first")
        first.flush()
        assert first.sums() == {"first": 1}


def test_two_ingestd_on_one_runtime_folder():
    """Their segments would get mixed up: refused as well, or kept apart."""
    with Installation(readerd=False) as first:
        first.track("first")
        ended = None
        shared = first.settings["runtime_dir"]
        with Installation(readerd=False, redis=False, ingestd=False, runtime_dir=shared) as second:
            second.launch("ingestd")
            daemon = second.daemons["ingestd"]
            eventually(lambda: not daemon.running() or second.health() in (200, 422))
            if not daemon.running():
                ended = daemon.wait()
                del second.daemons["ingestd"]
        assert ended in (None, EX_UNAVAILABLE)
        first.flush()
        assert first.sums() == {"first": 1}


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers(workers):
    with Installation(workers=workers) as installation:
        assert len(installation.workers()) == workers
        assert installation.metrics().value("kilometric_workers") == workers
        for index in range(64):
            installation.send_datagram(b"workers:1|c")
            installation.track("workers", 2)
        installation.flush()
        assert installation.counter("workers") == 64 * 3


@pytest.mark.parametrize("bind, hosts", [("::", ["::1", "127.0.0.1"]), ("0.0.0.0", ["127.0.0.1", "127.0.0.2"]),
                                         ("::1", ["::1"])])
def test_bind(bind, hosts):
    with Installation(bind=bind) as installation:
        for host in hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as emitter:
                emitter.sendto(b"bound:1|c", (host, installation.udp_port))

            assert request(installation.port, "GET", "/track?key=bound&value=10", host=host).status == 204
            assert request(installation.reader_port, "GET", "/metrics", host=host).status == 200
        installation.await_sums({"bound": 11 * len(hosts)})
        answer = installation.request("GET", "/read?key=bound&type=counter", headers={"Host": "[::1]:1"})
        assert answer.headers["location"].startswith(f"http://[::1]:{installation.reader_port}/read")


def test_redis_by_unix_socket():
    with Installation(ingestd=False, readerd=False) as redis_only:
        url = f"unix://{redis_only.redis.socket_path}?db=3"
        with Installation(redis=redis_only.redis, redis_url=url) as installation:
            installation.track("by.unix.socket", 4)
            installation.flush()
            assert installation.counter("by.unix.socket") == 4
            assert redis_only.redis.command("DBSIZE") == 0
            redis_only.redis.command("SELECT", 3)
            assert installation.sums() == {"by.unix.socket": 4}


def test_redis_database_of_the_url():
    with Installation(ingestd=False, readerd=False) as redis_only:
        with Installation(redis=redis_only.redis, redis_url=redis_only.redis.url[:-1] + "5") as installation:
            installation.track("five")
            installation.flush()
            redis_only.redis.command("SELECT", 5)
            assert installation.sums() == {"five": 1}
