"""GET /rejected: an operator sees what bad lines are and who sends them. And in the log, one of each reason."""

import collections
import datetime
import os
import re
import socket
import time

import pytest

from harness import Installation
from processes import eventually
from wire import HttpConnection

ADVICE = {"bad_type": "the type, c, m, g, ms, h, d or s, must follow the value, as in key:1|c"}


def rejected(installation):
    """As /rejected says; the newest first."""
    answer = installation.request("GET", "/rejected")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    lines = answer.json()["rejected"]
    times = [line["time"] for line in lines]
    assert times == sorted(times, reverse=True)
    return lines


def shown_line(installation, text, again):
    """The newest that reads `text` and has a sender. `again()` sends it: of a reason, a worker keeps one each tenth of
    a second; and it asks for senders only when there was a bad line before."""
    def found():
        again()
        return [line for line in rejected(installation) if line["line"] == text and line["sender"] != "unknown"]
    return eventually(found, message=f"{text} is not shown")[0]


class Emitter:
    """A UDP socket of its own; `name`: as whose its datagrams are shown."""

    def __init__(self, installation, host="127.0.0.1"):
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((host, installation.udp_port))
        port = self._socket.getsockname()[1]
        self.name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def send(self, data):
        self._socket.send(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def test_the_sender_of_a_datagram():
    """Both families come in turn, into one receive batch; each is shown as what it is."""
    with Installation(readerd=False, redis=False, workers=1) as installation, \
            Emitter(installation) as v4, Emitter(installation, "::1") as v6:
        def received():
            return installation.metrics().value("kilometric_datagrams_received_total")

        def send_behind(other, emitter, bad):
            before = received()
            other.send(b"fine:1|c")
            eventually(lambda: received() == before + 1)
            emitter.send(f"fine:1|c\n{bad}\r\nfine:1|c".encode())
            eventually(lambda: received() == before + 2)
        for turn, (other, emitter) in enumerate([(v4, v4), (v4, v6), (v6, v4), (v4, v6)]):
            bad = f"line {turn}"
            line = shown_line(installation, bad, lambda: send_behind(other, emitter, bad))
            shown = datetime.datetime.strptime(line.pop("time"), "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
            assert abs(shown - time.time()) < 60
            assert line == {"reason": "bad_type", "advice": ADVICE["bad_type"], "via": "udp",
                            "sender": emitter.name, "bytes": len(bad), "line": bad}


def test_the_sender_of_the_first_is_unknown():
    """As long as no line is bad, nobody asks the kernel who sends."""
    with Installation(readerd=False, redis=False, workers=1) as installation, Emitter(installation) as emitter:
        emitter.send(b"first")
        [first] = eventually(lambda: rejected(installation))
        assert (first["line"], first["sender"]) == ("first", "unknown")
        assert shown_line(installation, "second", lambda: emitter.send(b"second"))["sender"] == emitter.name


def test_at_all_addresses():
    """One socket takes both families; an address of IPv4 is shown as that."""
    with Installation(readerd=False, bind="::", redis=False) as installation:
        for host in ("127.0.0.1", "::1"):
            with Emitter(installation, host) as emitter:
                assert shown_line(installation, host, lambda: emitter.send(host.encode()))["sender"] == emitter.name


@pytest.mark.parametrize("request_of, reason, shown", [
    (("POST", "/track", b"good:1|c\nbad:1|c|@7\ngood:1|c", {"Content-Type": "text/plain"}), "bad_rate", "bad:1|c|@7"),
    (("POST", "/track", b"bad\x01:1|c", {"Content-Type": "text/plain"}), "bad_key", r"bad\x01:1|c"),
    (("GET", "/track?key=bad&value=seven"), "bad_value", "key=bad&value=seven"),
    (("GET", "/track?key=bad%0A"), "bad_key", "key=bad%0A"),
    (("POST", "/track", b"value=3", {"Content-Type": "application/x-www-form-urlencoded"}), "bad_key", "&value=3"),
], ids=["line", "key of a line", "value", "key", "form"])
def test_the_client_of_a_request(shared, request_of, reason, shown):
    with HttpConnection(shared.port) as connection:
        line = shown_line(shared, shown, lambda: connection.request(*request_of))
        assert (line["reason"], line["via"], line["sender"]) == (reason, "http", f"127.0.0.1:{connection.own_port}")


def test_what_a_stranger_sends_does_no_harm(shared):
    """Neither to JSON, nor to a terminal, nor to the log: it is shown in printable ASCII, and cut."""
    bad = b'"\x1b[2J\xff\x07\\\xc2\x9b' + b"</script>{}%s" * 1000
    shown = r'"\x1B[2J\xFF\x07\x5C\xC2\x9B' + "</script>{}%s" * 14 + "</script"
    with Emitter(shared) as emitter:
        line = shown_line(shared, shown, lambda: emitter.send(bad))
    assert line["bytes"] == len(bad)
    assert not re.search(rb"[^ -~]", shared.request("GET", "/rejected").body)
    eventually(lambda: 'for example "\\"\\\\x1B[2J' in shared.log())
    assert "\x1b" not in shared.log()


def test_only_get(shared):
    assert shared.request("HEAD", "/rejected").status == 200
    answer = shared.request("POST", "/rejected", b"")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_flood_stays_bounded():
    """However many are bad: the last few of each reason, at most one each tenth of a second, and a rare reason stays."""
    with Installation(workers=2) as installation:
        with Emitter(installation) as emitter:
            shown_line(installation, "rare:1|c|@7", lambda: emitter.send(b"rare:1|c|@7"))
        rare, size = len(rejected(installation)), folder_size(installation)
        started = time.monotonic()
        installation.send_datagrams([b"\n".join([b"flood", b"flood:x|c", b":1|c", b"good:1|c"] * 20)] * 3000)
        installation.post_lines(b"flood:y|c\n" * 50_000)
        lines, seconds = rejected(installation), time.monotonic() - started
        assert installation.lines("udp")["bad_value"] == 60_000
        assert installation.lines("http")["bad_value"] == 50_000
        counts = collections.Counter(line["reason"] for line in lines)
        assert counts["bad_rate"] == rare
        for reason in ("bad_type", "bad_value", "bad_key"):
            assert 1 <= counts[reason] <= 2 * min(8, seconds / 0.09 + 1), counts
        assert folder_size(installation) == size
        installation.flush()
        assert installation.sums() == {"good": 60_000}


def folder_size(installation):
    """Of the files that keep rejected lines."""
    folder = installation.settings["runtime_dir"]
    return sum(os.path.getsize(os.path.join(folder, name)) for name in kept_files(folder))


def kept_files(folder):
    return [name for name in os.listdir(folder) if name.startswith("rejected-")]


def test_a_killed_worker_leaves_its_lines():
    """Its successor adds to them, also over a restart of all."""
    with Installation(readerd=False, workers=1) as installation, Emitter(installation) as emitter:
        def send(text):
            return shown_line(installation, text, lambda: emitter.send(text.encode()))["sender"]
        assert send("before") == emitter.name
        installation.kill_worker()
        assert send("after") == emitter.name
        installation.restart()
        assert {line["line"] for line in rejected(installation)} == {"before", "after"}


def test_workers_that_are_no_more(tmp_path):
    """Their files go with them."""
    folder = str(tmp_path / "run")
    with Installation(readerd=False, workers=4, runtime_dir=folder) as installation:
        installation.stop()
        assert len(kept_files(folder)) == 4
        installation.settings["workers"] = 2
        installation.launch("ingestd")
        installation.await_ready("ingestd")
        eventually(lambda: len(kept_files(folder)) == 2)


def test_the_log_has_an_example_of_each_reason():
    with Installation(readerd=False, flush_interval=0.5) as installation, Emitter(installation) as emitter:
        shown_line(installation, "bad:1|c|@7", lambda: emitter.send(b"bad:1|c|@7"))  # so that senders are known
        emitter.send(b"bad:x|c\nnonsense\ngood:1|c")
        eventually(lambda: "bad_value" in installation.log())
        line = next(line for line in installation.log().splitlines() if "bad_value" in line)
        assert f': bad_value 1, for example "bad:x|c" from {emitter.name}; ' in line
        assert line.endswith(f'; bad_type 1, for example "nonsense" from {emitter.name}')
