"""`kilometric read` and `kilometric keys`, against both daemons."""

import json
import os
import re
import socket
import threading

import pytest

import kind_entries
import tool
from harness import ROOT, TOOL, Installation
from kind_entries import members, timer
from processes import free_port
from terminal import columns, without_escapes

HOUR = 1603303200000  # 2020-10-21T18:00:00Z
RANGE = ("--from", "1603303200", "--to", "1603306800")


@pytest.fixture(scope="module")
def installation():
    with Installation(flush_interval=0.2) as running:
        for key, step, counts in (("visits", 600_000, (5, 10, 20, 40, 20, 1)), ("web.1.hits", 1_200_000, (1000000, 2, 3)),
                                  ("web.2.hits", 1_800_000, (7, 8)), ("web.3.hits;dc=eu;host=a", 600_000, (1,)),
                                  ("web.3.hits;dc=eu;host=b", 600_000, (2,))):
            running.redis.pipeline([("XADD", f"kilometric.{key}", f"{HOUR + i * step}-0", "count", count)
                                    for i, count in enumerate(counts)])
            running.redis.command("ZADD", "kilometric:keys", 0, key)
        kind_entries.add(running.redis, "timer", "page.load", [(f"{HOUR + i * 60_000}-0", timer(10, 20, 30 + i))
                                                               for i in range(0, 60, 2)])
        kind_entries.add(running.redis, "set", "users", [(f"{HOUR}-0", members("ann", "bob")),
                                                         (f"{HOUR + 60_000}-0", members("bob", "cy"))])
        for minute, value in ((0, 42), (10, 45), (20, 43)):
            running.redis.command("XADD", "kilometric:gauge.queue", f"{HOUR + minute * 60_000}-0", "last", value, "at",
                                  HOUR + minute * 60_000, "min", value, "max", value, "sum", value, "count", 1)
        running.redis.command("ZADD", "kilometric:gauge:keys", 0, "queue")
        yield running


def test_values(installation):
    assert tool.output(installation, "read", "visits", "--value", *RANGE) == "96\n"
    assert tool.output(installation, "read", "page.load", "--stat", "count,max", "--value", *RANGE) == "90\t88\n"
    assert tool.output(installation, "read", "users", "--kind", "set", "--value", "--from", "-") == "3\n"
    assert tool.output(installation, "read", "web.{1,2}.hits", "--value", *RANGE) == "web.1.hits\t1000005\nweb.2.hits\t15\n"
    assert tool.output(installation, "read", "web.*", "--value", "--sum", *RANGE) == "1000023\n"
    assert tool.output(installation, "read", "web.3.hits", "--by", "host", "--value", *RANGE) == (
        "web.3.hits;host=a\t1\nweb.3.hits;host=b\t2\n")


def test_a_plot(installation):
    text = tool.output(installation, "read", "visits", "--period", "10min", *RANGE)
    lines = text.splitlines()
    assert lines[0] == "visits  counter, sum by 10 min"
    assert lines[1].startswith("    40 ┤") and lines[5].startswith("    20 ┤") and lines[9].startswith("     0 ┤⣿")
    assert lines[11].split() == ["18:00", "18:11", "18:23", "18:35", "18:46", "18:58"]
    assert lines[12].split() == ["sum", "96", "a", "second", "0.027"]
    # Forty stands for the fourth period of seven, alone at the top.
    assert re.fullmatch(r"    40 ┤ +⡇?[⣿⢸⡇]+", lines[1]) and 29 <= lines[1].index("⣿") - 8 <= 32


@pytest.mark.parametrize("width", [40, 80, 133])
def test_as_wide_as_the_terminal(installation, width):
    for arguments in (("read", "page.load", *RANGE), ("read", "web.*", "--tag", "*", *RANGE), ("read", "queue", *RANGE),
                      ("read", "visits", "--compare", "1d", *RANGE), ("keys", "--tree"),
                      ("read", "web.*", "--compare", "1d", *RANGE)):
        text = tool.seen(installation, *arguments, columns=width)
        widths = [columns(line) for line in without_escapes(text).splitlines()]
        assert max(widths) <= width, text
        assert arguments[0] == "keys" or arguments[-1] != "page.load" or max(widths) == width
        assert "\x1b[36m" in text or arguments[0] == "keys"


def test_colours_are_for_terminals_that_want_them(installation):
    assert "\x1b" not in tool.seen(installation, "read", "visits", *RANGE, extra={"NO_COLOR": "1"})
    assert "\x1b" not in tool.output(installation, "read", "visits", *RANGE)


def test_several_are_a_line_each(installation):
    lines = tool.output(installation, "read", "web.*.hits", *RANGE).splitlines()
    assert lines[0].split() == ["metric", "counter,", "from", "18:00", "by", "2", "min", "sum"]
    assert re.fullmatch(r"web\.1\.hits  █[ ▁]+1\.00?M|web\.1\.hits  █[ ▁]+1M", lines[1]), lines
    assert re.fullmatch(r"web\.2\.hits  [▁-█ ]+15", lines[2]) and len(lines) == 3


def test_a_table(installation):
    lines = tool.output(installation, "read", "page.load", "--table", "--period", "30min", "--stat", "count,p50,max",
                        *RANGE).splitlines()
    assert lines[1].split() == ["time", "count", "p50", "max"]
    assert lines[2].split()[:3] == ["2020-10-21", "18:00:00", "45"] and lines[2].split()[-1] == "58"
    assert len(lines) == 4


def test_raw_data(installation):
    document = json.loads(tool.output(installation, "read", "visits", "--json", "--period", "1h", *RANGE))
    assert document == {"name": "visits", "values": [{"from": HOUR, "value": 96}]}
    assert tool.output(installation, "read", "visits", "--csv", "--period", "30min", *RANGE) == (
        f"name,from,value\nvisits,{HOUR},35\nvisits,{HOUR + 1_800_000},61\n")
    done = tool.run(installation, "read", "visits", "--json", "-v", *RANGE)
    assert re.fullmatch(r"curl -g 'http://127\.0\.0\.1:\d+/read\?key=visits&type=points&[^']*'\n", done.stderr)


def test_compared(installation):
    text = tool.output(installation, "read", "visits", "--from", "1603305000", "--to", "1603306799", "--compare", "30min")
    assert "30 min before 35   change +74.3 %" in text.splitlines()[-1]
    assert "visits  counter, sum by" in text and ", 30 min before\n" in text


def test_what_comes_is_drawn_anew(installation):
    with tool.at_terminal(installation, "read", "watched", "--watch", "--from", "-5min", columns=60) as nothing:
        installation.track("watched", 3)
        nothing.await_text("nothing of watched|sum")
    installation.flush()
    with tool.at_terminal(installation, "read", "watched", "--watch", "--from", "-5min", columns=60) as terminal:
        terminal.await_text(r"sum\S* \S*3\b")
        installation.track("watched", 4)
        terminal.await_text(r"\x1b\[\d+F\x1b\[J[^\x1b]*(?s:.)*sum\S* \S*7\b")
        terminal.process.terminate()
        assert terminal.await_end() == -15
    assert tool.refusal(installation, "read", "watched", "--watch", status=2).startswith("read: --watch draws on a terminal")


def test_keys(installation):
    assert tool.output(installation, "keys", "web.*") == "".join(
        f"counter web.{rest}\n" for rest in ("1.hits", "2.hits", "3.hits;dc=eu;host=a", "3.hits;dc=eu;host=b"))
    assert "timer   page.load\n" in tool.output(installation, "keys")
    assert tool.output(installation, "keys", "--kind", "set") == "set     users\n"
    lines = [json.loads(line) for line in tool.output(installation, "keys", "--json", "web.[12]*").splitlines()]
    assert lines == [{"kind": "counter", "key": "web.1.hits"}, {"kind": "counter", "key": "web.2.hits"}]
    done = tool.run(installation, "keys", "nothing.*")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "kilometric: there is no such metric\n")


def test_the_tree(installation):
    lines = tool.output(installation, "keys", "web.*", "--tree").splitlines()
    assert [line.split() for line in lines[:3]] == [["all", "4"], ["└─", "web", "4"], ["├─", "3", "2"]]
    assert lines[3].split() == ["│", "└─", "hits", "2", "counter", "by", "dc", "1,", "host", "2"]
    shallow = tool.output(installation, "keys", "web.*", "--tree", "--depth", "1").splitlines()
    assert [line.split() for line in shallow] == [["all", "4"], ["└─", "web.*", "4"]]
    tree = json.loads(tool.output(installation, "keys", "web.3*", "--tree", "--json"))
    assert tree["count"] == 2 and tree["below"][0]["below"][0]["below"][0]["tags"] == {"dc": 1, "host": 2}


def test_a_stranger_cannot_command_the_terminal(installation):
    """ingestd refuses control characters in keys; the original did not, and others may write to Redis, too."""
    name = "evil\u009b31m\u202egnp\x1b]0;"
    installation.redis.command("XADD", b"kilometric." + name.encode(), "*", "count", 1)
    installation.redis.command("ZADD", "kilometric:keys", 0, name.encode())
    for arguments in (("keys", "evil*"), ("keys", "--tree"), ("read", "evil*"), ("read", "evil*", "--table"),
                      ("keys", "evil*", "--json"), ("read", "evil*", "--json"), ("read", "evil*", "--csv")):
        text = tool.seen(installation, *arguments)
        assert not set("\u009b\u202e") & set(text) and "\x1b]" not in text, arguments
        assert "evil" in text
    assert json.loads(tool.output(installation, "keys", "evil*", "--json"))["key"] == name


def test_bad_command_lines(installation):
    for arguments, words in ((("read",), "KEY... is missing"), (("read", "a", "--nonsense"), "--nonsense"),
                             (("nonsense",), "nonsense is no verb"), (("keys", "a", "b"), "too many arguments"),
                             (("keys", "--tree", "--depth", "0"), "--depth 0"), (("read", "a", "--kind", "x"), "--kind x"),
                             (("read", "a", "--period", "0"), "--period 0"), (("read", "a", "--compare", "x"), "--compare x"),
                             (("read", "a", "--plot", "--table"), "one of them"), (("read", "a", "--from", "soon"), "from:"),
                             (("read", "visits", "--stat", "p99"), "a counter has sum and rate"),
                             (("keys", "--reader", "localhost:3001"), "write it as http://host:port")):
        assert words in tool.refusal(installation, *arguments, status=2), arguments
    for arguments in (("help",), (), ("help", "read"), ("read", "--help"), ("--version",), ("keys", "-h")):
        assert all(len(line) <= 104 for line in tool.output(installation, *arguments).splitlines())


def test_nothing_found(installation):
    done = tool.run(installation, "read", "visits")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("kilometric: nothing of visits since -1h (--from - looks through all)")
    assert tool.run(installation, "read", "visits", "--value").returncode == 1
    assert tool.run(installation, "read", "visits", "--json").returncode == 1


def serve(answer):
    """Somebody else at a port: sends these bytes to whoever comes, and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def run():
        client, _ = server.accept()
        client.recv(65536)
        client.sendall(answer)
        client.close()
        server.close()
    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_reader_that_is_none(installation):
    words = tool.refusal(installation, "keys", "--reader", f"http://127.0.0.1:{free_port()}", status=69)
    assert "is not reachable: Connection refused; is kilometric-readerd running?" in words
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
    for answer, wanted in ((b"220 mail\r\n", "no HTTP"), (b"", "ended before"), (ok % (9, b"{}"), "ended before"),
                           (ok % (2, b"{}"), "none of kilometric-readerd's /keys"), (ok % (3, b"<p>"), "is no JSON"),
                           (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404")):
        assert wanted in tool.refusal(installation, "keys", "--reader", serve(answer), status=69), answer
    words = tool.refusal(installation, "read", "a", "--reader", serve(ok % (13, b'{"metrics":1}')), status=69)
    assert "none of kilometric-readerd's /read" in words


def test_redis_is_away():
    with Installation(redis=False, ingestd=False) as alone:
        assert "Redis" in tool.refusal(alone, "read", "visits", status=69)


def test_the_script_hands_over(installation):
    script = os.path.join(ROOT, "kilometric")
    extra = {"KILOMETRIC_BUILD": os.path.dirname(os.path.dirname(TOOL))}
    done = tool.subprocess.run([script, "read", "visits", "--value", *RANGE], env=tool.environment(installation) | extra,
                               capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "96\n"), done
    listed = tool.subprocess.run([script, "help"], env=tool.environment(installation) | extra, capture_output=True, text=True,
                                 timeout=60, check=True).stdout
    assert "  up       start both daemons" in listed and "  read KEY..." in listed
