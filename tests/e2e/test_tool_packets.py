"""The command's verbs that see packets, or read files of them: tail --lines, capture, replay."""

import contextlib
import json
import os
import socket
import struct
import subprocess
import time

import pytest

import pcap
from harness import TOOL, Installation
from processes import free_port
from tool import environment, refusal, run

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="packet sockets need root")


@contextlib.contextmanager
def running(*arguments):
    """The command, once it sees packets."""
    with subprocess.Popen([TOOL, *arguments], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        assert "Ctrl-C ends it" in process.stderr.readline()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


@contextlib.contextmanager
def sender(family, address):
    """A socket, and its address as it is told."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))
        host = f"[{address}]" if ":" in address else address
        yield sock, f"{host}:{sock.getsockname()[1]}"


@pytest.fixture
def target():
    """A port, and who takes what comes to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", free_port()))
        sock.settimeout(10)
        yield sock


def received(sock, count):
    return [sock.recv(70_000) for _ in range(count)]


def replayed(path, target, *options):
    return run(None, "replay", str(path), "--to", f"127.0.0.1:{target.getsockname()[1]}", "--speed", "max", *options)


@needs_root
def test_lines_with_their_senders():
    """Of both families, each once, though loopback shows a packet twice; no byte of theirs commands a terminal."""
    port = free_port()
    with sender(socket.AF_INET, "127.0.0.1") as (four, from_four), sender(socket.AF_INET6, "::1") as (six, from_six), \
            running("tail", "--lines", "--port", str(port), "--json", "-n", "6") as tail:
        four.sendto(b"web.1:3|c\nx:1|q\n\nweb.2:1:2|ms|#env:prod", ("127.0.0.1", port))
        assert [tail.stdout.readline() for _ in range(3)]
        six.sendto(b"load:4|g", ("::1", port))
        lines = [json.loads(tail.stdout.readline())]
        four.sendto(b"elsewhere:1|c", ("127.0.0.1", free_port()))
        four.sendto(b"\x1b[31m\xff\xc2\x9b:1|c\nlast:1|c\nmore:1|c", ("127.0.0.1", port))
        rest = tail.stdout.read()
        assert "\x1b" not in rest and "\x9b" not in rest
        lines += [json.loads(line) for line in rest.splitlines()]
        assert tail.wait() == 0
        assert tail.stderr.read() == "kilometric: 4 good, 2 bad, in 3 datagrams\n"
    assert [(line["from"], line["outcome"]) for line in lines] == [
        (from_six, "accepted"), (from_four, "bad_key"), (from_four, "accepted")]
    assert abs(lines[0]["time"] / 1000 - time.time()) < 60


@needs_root
def test_lines_of_some_keys_until_it_is_stopped():
    """The pattern is held against keys as they are stored, of a bad line against its name."""
    port = free_port()
    with sender(socket.AF_INET, "127.0.0.1") as (four, name), \
            running("tail", "--lines", "web.*", "--port", str(port)) as tail:
        four.sendto(b"web.1:1:2|ms|#b:2,a:1\ndb:1|c\nweb.x:1|c|@7\ndb:1|q", ("127.0.0.1", port))
        lines = [tail.stdout.readline() for _ in range(4)]
        tail.terminate()
        assert tail.wait() == 0 and tail.stdout.read() == ""
        assert tail.stderr.read() == "kilometric: 1 good, 1 bad, in 1 datagram\n"
    assert all(line[23:].startswith(f"  {name} ") for line in lines[:3])
    assert [line.rstrip().endswith(end) for line, end in
            zip(lines, ("timer   web.1;a=1;b=2  1", "timer   web.1;a=1;b=2  2", "bad  web.x:1|c|@7"))] == [True] * 3
    assert lines[3].startswith("     bad_rate: ")


@needs_root
def test_who_may_not_see_packets():
    done = subprocess.run(["setpriv", "--bounding-set=-all", "--inh-caps=-all", TOOL, "tail", "--lines"], env=environment(),
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and "takes root, or CAP_NET_RAW" in done.stderr and done.stderr.count("\n") == 1, done


@needs_root
def test_captured_and_replayed(tmp_path):
    """What was captured is counted as what came; the pauses between are kept."""
    port, path = free_port(), tmp_path / "some.pcap"
    payloads = [b"first:1|c", b"second:2|c\nthird:3|c", b"x" * 60_000]
    with sender(socket.AF_INET, "127.0.0.1") as (four, _), sender(socket.AF_INET6, "::1") as (six, _), \
            running("capture", str(path), "--port", str(port), "-n", "4") as capture:
        four.sendto(payloads[0], ("127.0.0.1", port))
        time.sleep(0.3)  # the pause that is to be kept
        six.sendto(payloads[1], ("::1", port))
        four.sendto(payloads[2], ("127.0.0.1", port))
        four.sendto(b"", ("127.0.0.1", port))
        assert capture.wait() == 0
        assert capture.stderr.read() == "kilometric: 4 datagrams\n"
    records = pcap.records_of(path.read_bytes())
    assert {packet[48 if packet[0] >> 4 == 6 else 28:] for _, packet in records[1:]} == {*payloads[1:], b""}
    assert records[0][1].endswith(payloads[0])
    assert os.stat(path).st_mode & 0o777 == 0o600, "what programs send is nobody else's business"
    assert refusal(None, "capture", str(path), status=2).endswith("is there already; remove it, or name another file")
    with Installation(readerd=False) as installation:
        began = time.monotonic()
        done = run(installation, "replay", str(path), "--port", str(port))
        assert done.returncode == 0, done
        assert time.monotonic() - began >= records[1][0] - records[0][0] >= 0.3
        assert done.stderr == f"kilometric: sent to 127.0.0.1:{installation.udp_port}: 4 datagrams\n"
        installation.await_sums({"first": 1, "second": 2, "third": 3})


@pytest.mark.parametrize("link", [pcap.ETHERNET, pcap.RAW, pcap.SLL, pcap.SLL2])
@pytest.mark.parametrize("order, nanoseconds", [("<", False), (">", False), (">", True)])
def test_files_of_others(tmp_path, target, link, order, nanoseconds):
    """Whoever wrote them; what is no whole datagram to the port is left out."""
    packets = [pcap.udp4(b"a:1|c", 8125), pcap.udp4(b"other:1|c", 8126), pcap.udp4(b"tcp", 8125, protocol=6),
               pcap.udp4(b"fragment", 8125, offset=9), pcap.udp4(b"first", 8125, offset=0x2000, short=5),
               pcap.udp6(b"b:1|c", 8125), pcap.udp4(b"c:1|c", 8125, options=bytes(8)) + b"padding", b"", b"\x45", b"\x60" * 39]
    records = [(1000 + index / 10, pcap.framed(link, packet) if packet else b"") for index, packet in enumerate(packets)]
    if link in (pcap.SLL, pcap.SLL2):
        records.append((2000, pcap.framed(link, packets[0], outgoing_on_loopback=True)))
    path = tmp_path / "others.pcap"
    path.write_bytes(pcap.file_of(records, link, order, nanoseconds))
    done = replayed(path, target)
    assert done.returncode == 0, done
    assert done.stderr.endswith(": 3 datagrams; 1 were captured in part, and left out\n"), done
    assert received(target, 3) == [b"a:1|c", b"b:1|c", b"c:1|c"]


def test_a_file_cut_off_anywhere(tmp_path, target):
    """What stands before is sent; one clear line says where it ends."""
    packets = [pcap.udp4(b"a:1|c", 8125), pcap.udp4(b"b:1|c", 8125)]
    whole = pcap.file_of(list(enumerate(packets)))
    path = tmp_path / "cut.pcap"
    ends = [24 + (16 + len(packets[0])) * count for count in range(3)]
    for size in [*range(0, 24, 5), *range(24, len(whole) + 1, 3), *ends]:
        path.write_bytes(whole[:size])
        done = replayed(path, target)
        sent = sum(size >= end for end in ends[1:])
        assert done.returncode == (0 if size in ends[1:] else 1), (size, done)
        assert f": {sent} datagram" in done.stderr or size < 24, (size, done)
        if size not in ends:
            assert ("cut off within" in done.stderr) == (size > 0), (size, done)
        assert received(target, sent) == [b"a:1|c", b"b:1|c"][:sent]


def test_what_is_no_such_file(tmp_path):
    good = pcap.file_of([(1, pcap.udp4(b"a:1|c", 8125))])
    record = struct.Struct("<IIII")
    cases = {
        b"a:1|c\n" * 9: "this is no pcap file",
        b"\x0a\x0d\x0d\x0a" + bytes(40): "this is pcapng; tcpdump -r FILE -w NEW makes pcap of it",
        pcap.file_of([], link=9): "its link type, 9, is none of those known",
        good[:24] + record.pack(1, 0, 262_145, 262_145) + bytes(100): "record 1 is damaged: 262145 bytes are more than",
        good[:24] + record.pack(1, 1_000_000, 4, 4) + bytes(4): "record 1 is damaged: its time is none",
        good[:24]: "no whole datagram to port 8125 is in it; --port says which to send",
    }
    path = tmp_path / "none.pcap"
    for data, words in cases.items():
        path.write_bytes(data)
        done = run(None, "replay", str(path), "--to", f"127.0.0.1:{free_port()}", "--speed", "max")
        assert done.returncode == 1 and words in done.stderr and "\x1b" not in done.stderr, (words, done)
    assert refusal(None, "replay", str(tmp_path), status=1).endswith("Is a directory")
    assert refusal(None, "replay", str(path), "--speed", "fast", status=2).startswith("--speed fast: it is max, or ")
    assert refusal(None, "replay", str(path), "--port", "0", status=2).startswith("--port: ")
    assert refusal(None, "capture", str(tmp_path / "new"), "--for", "soon", status=2) == \
        "--for soon: it is a span, as 90s or 1h30m"
    assert refusal(None, "tail", "--port", "1", status=2) == "tail: --port is for --lines"
