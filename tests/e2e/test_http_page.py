"""docs/http.md: each of its examples, run with curl against both daemons; "..." stands for anything."""

import os
import re
import subprocess

import pytest

import kind_entries
from harness import ROOT, Installation
from kind_entries import members, timer
from processes import eventually

ENTRIES = {
    "my-metric": [("1603303544893-0", 4), ("1603303959600-0", 1), ("1603303963200-0", 3), ("1603303963200-1", 10),
                  ("1603311711070-0", 60)],
    "web.1.hits": [("1603303200000-0", 5), ("1603306800000-0", 7)],
    "web.2.hits": [("1603303200000-0", 1)],
}
TIMERS = {
    "web.1.ms": [("1603303200000-0", timer(12, 15, 31)), ("1603306800000-0", timer(230))],
    "web.2.ms": [("1603303200000-0", timer(40))],
    "lat;dc=eu;host=web1": [("1603303200000-0", timer(10, 20, 30))],
    "lat;dc=us;host=web1": [("1603303200000-0", timer(40))],
    "lat;canary=true;dc=eu;host=web2": [("1603303200000-0", timer(90))],
}
SET = [("1603303200000-0", members("ann", "bob")), ("1603306800000-0", members("bob", "cy"))]
GAUGES = {
    "queue": [("1603303544893-0", "last 42 at 1603303541000 min 42 max 42 sum 42 count 1"),
              ("1603303664893-0", "add 3 at 1603303661000")],
}


EVENTS = [("1603303544893-77", ["at", "1603303542000", "title", "Deploy", "text", "v2", "date", "1603303541",
                               "alert_type", "info", "tags", "env:prod,team:a"]),
          ("1603303545893-78", ["at", "1603303545000", "check", "redis.up", "status", "2", "host", "web1",
                               "tags", "env:prod", "message", "no answer"])]


def examples():
    with open(os.path.join(ROOT, "docs", "http.md"), encoding="utf-8") as file:
        return re.findall(r"```console\n\$ (.*?)\n(.*?)```", file.read(), re.DOTALL)


@pytest.fixture(scope="module")
def installation():
    """In the order of the page: its examples build on each other."""
    with Installation(allow_delete="on") as installation:
        for key, entries in ENTRIES.items():
            installation.redis.pipeline([("XADD", f"kilometric.{key}", identity, "count", count)
                                         for identity, count in entries])
            installation.redis.command("ZADD", "kilometric:keys", 0, key)
        for key, entries in TIMERS.items():
            kind_entries.add(installation.redis, "timer", key, entries)
        kind_entries.add(installation.redis, "set", "web.users", SET)
        for key, entries in GAUGES.items():
            installation.redis.pipeline([("XADD", f"kilometric:gauge.{key}", identity, *fields.split())
                                         for identity, fields in entries])
            installation.redis.command("ZADD", "kilometric:gauge:keys", 0, key)
        installation.redis.command("XADD", "kilometric.old-metric", "1603311711070-0", "count", 60)
        installation.redis.command("XADD", "kilometric:hour.old-metric", "1603303200000-0", "count", 18)
        for identity, fields in EVENTS:
            installation.redis.command("XADD", "kilometric:events", identity, *fields)
        eventually(lambda: installation.health("readerd") == 200)
        yield installation


def as_pattern(text):
    return re.escape(text).replace(re.escape("..."), ".*")


def run(installation, command):
    command = command.replace("localhost:3000", f"127.0.0.1:{installation.port}")
    command = command.replace("localhost:3001", f"127.0.0.1:{installation.reader_port}")
    return subprocess.Popen(["bash", "-c", command.replace("curl ", "exec curl -s --max-time 30 ")], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("command, answer", [example for example in examples() if " -N " not in example[0]])
def test_example(installation, command, answer):
    output = run(installation, command).communicate(timeout=30)[0].replace("\r", "")
    assert re.fullmatch(as_pattern(answer.strip()), output.strip(), re.DOTALL), output


@pytest.mark.parametrize("command, answer", [example for example in examples() if " -N " in example[0]])
def test_example_without_an_end(installation, command, answer):
    with run(installation, command) as curl:
        output = curl.stdout.readline()
        assert installation.post_lines(b"visits:1|c\npage:12.5:17|ms\n_e{6,2}:Deploy|v3|#env:prod").status == 204
        while not re.fullmatch(as_pattern(answer.strip()), output.strip(), re.DOTALL):
            line = curl.stdout.readline()
            assert line, output
            output += line
        curl.terminate()


def test_every_parameter_has_an_example():
    with open(os.path.join(ROOT, "docs", "http.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", file.read(), re.MULTILINE)
    commands = " ".join(command for command, _ in examples()).replace("Accept: ", "format=")
    for parameter in re.findall(r"`(\w+)`", " ".join(rows)):
        assert re.search(rf"[?& ]{parameter}=", commands), parameter
