"""What the command `kilometric` does beside reading: it checks and sends lines, follows, deletes, and looks into the
spool of an ingestd on this host."""

import json
import os
import re
import shutil

import pytest

import tool
from harness import Installation
from processes import eventually, free_port
from terminal import columns, without_escapes

LINES = """web.1:3|c
web.1:-2.5|c
q:+3|g
q:42|g
t:320|ms|@0.1|#env:prod,a:b
s:alice|s
a:1|c:2|c:5|ms

name;b=1;a=2:1|c
_e{5,2}:title|hi
"""
BAD = ("x:1|q", ":1|c", "x:1|c|@2", "x:nan|c", "a\x1bb:1|c", "k" * 256 + ":1|c", "_e{9,9}:a|b", "x;" + "t=v" * 400 + ":1|c")


@pytest.fixture(scope="module")
def installation():
    with Installation(flush_interval=0.2, allow_delete="on") as running:
        yield running


def test_lines_are_checked():
    good = tool.run(None, "check", input=LINES)
    assert good.returncode == 0 and good.stderr == "kilometric: 9 good, 0 bad\n", good
    assert [line.split(None, 1)[1] for line in good.stdout.splitlines()] == [
        "counter web.1  +3", "counter web.1  -2.5", "gauge   q  +3", "gauge   q  = 42",
        "timer   t;a=b;env=prod  320, 10 times", "set     s  one member", "counter a  +1", "counter a  +2", "timer   a  5",
        "counter name;a=2;b=1  +1", "event   _e{5,2}:title|hi  is kept"]
    dropped = tool.run(None, "check", input="t:320|ms|#env:prod\nq:+3|g\n",
                       extra={"KILOMETRIC_TAGS": "drop", "KILOMETRIC_GAUGE_SIGN": "absolute"})
    assert dropped.stdout == "ok   timer   t  320\nok   gauge   q  = 3\n"


def test_bad_lines_are_named_and_what_to_fix(tmp_path):
    (tmp_path / "lines").write_text("\n".join(BAD))
    done = tool.run(None, "check", str(tmp_path / "lines"))
    assert (done.returncode, done.stderr) == (1, f"kilometric: 0 good, {len(BAD)} bad\n"), done
    assert "lines:5: a\\x1Bb:1|c\n     bad_key: the key must be" in done.stdout and "\x1b" not in done.stdout
    answers = [json.loads(line) for line in tool.run(None, "check", "--json", "-q", str(tmp_path / "lines")).stdout.splitlines()]
    assert [answer["text"] for answer in answers] == list(BAD)
    assert all(answer["advice"] and answer["outcome"] != "accepted" for answer in answers)
    assert "No such file" in tool.refusal(None, "check", "/nowhere", status=2)
    assert tool.run(None, "check", input="x" * 200_000 + "\na:1|c\n").stderr == "kilometric: 1 good, 1 bad\n"


def test_checked_as_the_daemon_counts(installation):
    """Whatever check says of a line, ingestd does."""
    lines = [line for line in LINES.splitlines() if line] + list(BAD)
    answers = [json.loads(line) for line in tool.run(installation, "check", "--json", input="\n".join(lines)).stdout.splitlines()]
    before = installation.lines("http")
    installation.post_lines("\n".join(lines).encode())
    after = installation.lines("http")
    outcomes = [answer["outcome"] for answer in answers for _ in answer.get("samples", [None])]  # each is a line
    assert {name: after[name] - before[name] for name in after if name != "received" and after[name] > before[name]} == {
        name: outcomes.count(name) for name in set(outcomes)}
    installation.flush()
    assert installation.counter("web.1") == 0.5 and installation.counter("name;a=2;b=1") == 1


def test_lines_are_sent(installation):
    done = tool.run(installation, "send", "sent", "sent:4|c", "sent.ms:7|ms|#env:prod")
    assert done.returncode == 0 and "counter sent +1; counter sent +4; timer sent.ms;env=prod 7" in done.stderr
    eventually(lambda: installation.counter("sent") == 5)
    assert "the type, c, m, g, ms, h, d or s, must follow the value" in tool.refusal(installation, "send", "sent", "x:1|q", status=2)
    assert "Connection refused; is kilometric-ingestd running?" in tool.refusal(
        installation, "send", "sent", "--to", f"127.0.0.1:{free_port()}", status=69)
    for to in ("127.0.0.1", ":1", "a b:1"):
        assert tool.refusal(installation, "send", "sent", "--to", to, status=2 if to != "127.0.0.1" else 69)


def test_what_is_written_is_followed(installation):
    installation.track("followed")
    installation.flush()
    with tool.at_terminal(installation, "tail", "followed*", "-n", "2", columns=100) as terminal:
        terminal.await_text("written from now on")
        installation.track("followed", 7)
        terminal.await_text("counter  followed")
        installation.post_lines(b"followed.ms:12|ms")
        assert terminal.await_end() == 0
        text = without_escapes(terminal.text)
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3})?  counter  followed  7\n", text)
    assert re.search(r"  timer    followed.ms  count 1  mean 12  p50 12  p99 12  max 12\n", text)
    with tool.at_terminal(installation, "tail", "--events", "--json", "-n", "1") as terminal:
        terminal.await_text("written from now on")
        installation.post_lines(b"_e{6,4}:Deploy|\\nv2\xc2\x9b|#env:prod")
        installation.post_lines(b"_e{6,2}:Deploy|v2|#env:prod")
        assert terminal.await_end() == 0
        assert '{"kind":"event","entry":{"id":' in terminal.text and "\u009b" not in terminal.text
    assert "--tag is of events" in tool.refusal(installation, "tail", "--tag", "a:b", status=2)
    assert "--count 0" in tool.refusal(installation, "tail", "-n", "0", status=2)


def test_metrics_are_deleted(installation):
    for key in ("gone.1", "gone.2", "gone.[3]", "stays"):
        installation.track(key)
    installation.flush()
    listed = tool.run(installation, "delete", "gone.*", "--dry-run")
    assert listed.stdout == "counter gone.1\ncounter gone.2\ncounter gone.[3]\n"
    assert listed.stderr == "kilometric: 3 would be deleted\n"
    assert "--yes goes on without" in tool.run(installation, "delete", "gone.*").stderr
    assert tool.run(installation, "delete", "gone.*", "--idle", "1h", "--yes").returncode == 1, "they are not idle"
    with tool.at_terminal(installation, "delete", "gone.*") as terminal:
        terminal.await_text(r"delete 3 metrics, with all that is stored of them\? \[y/N\]")
        terminal.type("n\n")
        assert terminal.await_end() == 1
    assert installation.counter("gone.1") == 1
    with tool.at_terminal(installation, "delete", "gone.*") as terminal:
        terminal.await_text(r"\[y/N\]")
        terminal.type("y\n")
        assert terminal.await_end() == 0
    assert installation.counter("gone.1") == 0 and installation.counter("stays") == 1
    installation.redis.command("XADD", "kilometric.long-ago", "1603303200000-0", "count", 1)
    installation.redis.command("ZADD", "kilometric:keys", 0, "long-ago")
    assert tool.run(installation, "delete", "{long-ago,stays}", "--idle", "30d", "--yes").stderr == "kilometric: 1 deleted\n"
    assert installation.counter("stays") == 1
    assert "--idle soon" in tool.refusal(installation, "delete", "stays", "--idle", "soon", status=2)


def test_deleting_that_is_not_allowed():
    with Installation(flush_interval=0.2) as running:
        running.track("stays")
        running.flush()
        assert "KILOMETRIC_ALLOW_DELETE=on" in tool.refusal(running, "delete", "stays", "--yes", status=1)
        assert running.counter("stays") == 1


@pytest.mark.parametrize("width", [40, 80])
def test_the_busiest(installation, width):
    installation.post_lines(b"busy:900|c\nrare:1|c\nbusy.ms:1|ms:2|ms\nbad:1|x\nstrange\xe2\x80\xae:5|c")
    with tool.at_terminal(installation, "top", columns=width) as terminal:
        terminal.await_text("lines/s")
        eventually(lambda: (installation.post_lines(b"busy:900|c\nrare:1|c\nstrange\xe2\x80\xae:5|c"), terminal.await_text("busy", 1)))
        terminal.await_text("rejected: ")
        terminal.process.terminate()
        terminal.await_end()
        text = without_escapes(terminal.text)
        assert max(columns(line) for line in text.splitlines()) <= width
        assert "\u202e" not in text
    installation.post_lines(b"busy:900|c\nrare:1|c\nbusy.ms:1|ms:2|ms")
    installation.flush()

    def busiest():
        found = json.loads(tool.output(installation, "top", "--once", "--json"))
        assert found["instances"][0]["healthy"] is True and found["instances"][0]["lines_per_second"] > 0
        return found["busiest"]
    eventually(lambda: installation.post_lines(b"busy:900|c\nrare:1|c") and [one["key"] for one in busiest()][:2] == ["busy", "rare"])


def test_a_folder_that_is_no_spool(installation, tmp_path):
    for verb in (("top", "--once"), ("aside", "list")):
        assert "there is no such folder" in tool.refusal(installation, *verb, "--state", str(tmp_path / "none"), status=1)
        assert "this is no state folder" in tool.refusal(installation, *verb, "--state", str(tmp_path), status=1)
    assert "no metrics: " in tool.output(installation, "top", "--once", extra={"KILOMETRIC_STATE_DIR": str(tmp_path)})


def test_a_damaged_batch(installation, tmp_path):
    installation.track("damaged")
    installation.flush()
    kept = os.path.join(installation.settings["state_dir"], "spool", "kept")
    (tmp_path / "spool").mkdir()
    shutil.copytree(kept, tmp_path / "spool" / "kept", ignore_dangling_symlinks=True)
    newest = tmp_path / "spool" / "kept" / max(os.listdir(tmp_path / "spool" / "kept"), key=int)
    whole = newest.read_bytes()
    for damage in (whole[:-1], whole[:20], b"", whole[:-3] + b"\xff" + whole[-2:], b"x" * len(whole)):
        newest.write_bytes(damage)
        words = tool.refusal(installation, "top", "--once", "--state", str(tmp_path), status=1)
        assert f"{newest}: no whole batch: " in words
        assert newest.read_bytes() == damage, "it is left as it is"


def test_what_was_set_aside():
    with Installation(flush_interval=0.2) as running:
        state = running.settings["state_dir"]
        assert tool.run(running, "aside", "list").returncode == 1
        running.redis.command("SET", "kilometric.taken", "by somebody")
        running.track("taken", 5)
        eventually(lambda: running.metrics().value("kilometric_batches_set_aside") == 1)
        line = tool.output(running, "aside", "list")
        assert re.fullmatch(r"aside +\d+  20.*  counter taken  5\n", line), line
        entry = json.loads(tool.output(running, "aside", "list", "--json"))
        assert (entry["folder"], entry["kind"], entry["key"], entry["value"]) == ("aside", "counter", "taken", 5)
        assert "stop it first" in tool.refusal(running, "aside", "drop", "--yes", status=1)
        running.stop()
        number = str(entry["batch"])
        os.makedirs(os.path.join(state, "spool", "doubtful"), exist_ok=True)
        os.rename(os.path.join(state, "spool", "aside", number), os.path.join(state, "spool", "doubtful", number))
        assert "no number of a batch" in tool.refusal(running, "aside", "retry", "x", status=2)
        assert tool.run(running, "aside", "retry", "999999", "--yes").returncode == 1
        assert "--yes goes on without" in tool.run(running, "aside", "retry").stderr
        assert tool.run(running, "aside", "retry", number, "--yes").returncode == 0
        assert os.listdir(os.path.join(state, "spool", "aside")) == [number]
        kept = os.path.join(state, "spool", "kept", number)
        assert os.path.exists(kept) and "would be sent with what is dropped" in tool.refusal(running, "aside", "drop", "--yes", status=1)
        os.unlink(kept)
        assert tool.run(running, "aside", "drop", "--yes").stderr.endswith("kilometric: 1 removed\n")
        assert tool.run(running, "aside", "list").returncode == 1
