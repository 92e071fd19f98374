"""HTTP as strangers speak it, at both ports. What is malformed gets its status and a closed
connection; meanwhile a good client beside it is served without a hitch."""

import contextlib
import email.utils
import gzip
import resource
import select
import subprocess
import threading
import time
import zlib

import pytest

from harness import Installation
from processes import eventually
from wire import HttpConnection, exchange, format_request, request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}

HEAD = b"GET /track?key=smuggled HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /track HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
BODY = b"smuggled:1|c\n"
NEXT = b"GET /track?key=smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


class Bystander(threading.Thread):
    """A good client that tracks all the time, on one connection, and wants a 204 each time."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self._port = port
        self.served, self.fault, self._end = 0, None, threading.Event()
        self.start()

    def run(self):
        try:
            with HttpConnection(self._port) as connection:
                while not self._end.wait(0.005):
                    answer = connection.request("GET", "/track?key=bystander")
                    assert answer.status == 204, answer
                    self.served += 1
        except Exception as fault:  # told to the test that asks
            self.fault = fault

    def finish(self):
        self._end.set()
        self.join()
        assert self.fault is None, self.fault


class Patience:
    """Clients that begin a request and then fall silent, or dawdle, while the other tests run."""

    BEGINNINGS = {
        "half a request line": b"GET /track?ke",
        "half a head": b"GET /track?key=silent HTTP/1.1\r\nHost: a\r\n",
        "half a body": POST + b"Content-Length: 30\r\n\r\nsilent:1|c\n",
        "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nff\r\nsilent:1|c\n",
        "no body at all": POST + b"Content-Length: 30\r\nExpect: 100-continue\r\n\r\n",
    }

    def __init__(self, ports):
        self.connections = {}
        for port in ports:
            for name, beginning in self.BEGINNINGS.items():
                connection = self.connections[port, name] = HttpConnection(port, timeout=60)
                connection.send(beginning)
        self.dawdler = HttpConnection(ports[0], timeout=60)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._dawdle, daemon=True)
        self._thread.start()

    def _dawdle(self):
        """A byte now and then must not buy more time."""
        try:
            for byte in b"GET /track?key=silent HTTP/1.1\r\nX-Long: " + b"x" * 1000:
                self.dawdler.send(bytes([byte]))
                if self._end.wait(0.5):
                    return
        except OSError:
            return

    def close(self):
        self._end.set()
        self._thread.join()
        for connection in [*self.connections.values(), self.dawdler]:
            connection.close()


@pytest.fixture(scope="module")
def patience(module_installation):
    clients = Patience((module_installation.port, module_installation.reader_port))
    yield clients
    clients.close()


@pytest.fixture(autouse=True)
def bystander(shared, patience):
    good = Bystander(shared.port)
    eventually(lambda: good.served > 0 or good.fault)
    yield good
    served = good.served
    eventually(lambda: good.served > served or good.fault, within=10, message="the good client is not served")
    good.finish()


@pytest.fixture(params=["ingestd", "readerd"])
def port(request, shared):
    return shared.port if request.param == "ingestd" else shared.reader_port


MALFORMED = {
    "both lengths": POST + b"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "both lengths, other order": POST + (b"Transfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\nd\r\n" + BODY
                                         + b"\r\n0\r\n\r\n"),
    "a length twice": POST + b"Content-Length: 13\r\nContent-Length: 13\r\n\r\n" + BODY,
    "two lengths": POST + b"Content-Length: 13\r\nContent-Length: 5\r\n\r\n" + BODY,
    "a list of lengths": POST + b"Content-Length: 13, 13\r\n\r\n" + BODY,
    "length +13": POST + b"Content-Length: +13\r\n\r\n" + BODY,
    "length -13": POST + b"Content-Length: -13\r\n\r\n" + BODY,
    "empty length": POST + b"Content-Length: \r\n\r\n" + BODY,
    "hexadecimal length": POST + b"Content-Length: 0xd\r\n\r\n" + BODY,
    "length with a blank in it": POST + b"Content-Length: 1 3\r\n\r\n" + BODY,
    "length of words": POST + b"Content-Length: many\r\n\r\n" + BODY,
    "length 2^64": POST + b"Content-Length: 18446744073709551616\r\n\r\n" + BODY,
    "length 2^64 + 13": POST + b"Content-Length: 18446744073709551629\r\n\r\n" + BODY,
    "length of 400 digits": POST + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n" + BODY,
    "unknown transfer coding": POST + b"Transfer-Encoding: gzip\r\n\r\n" + BODY,
    "chunked not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunk size of words": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY + b"\r\n0\r\n\r\n",
    "negative chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-d\r\n" + BODY + b"\r\n0\r\n\r\n",
    "empty chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\n\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunk of 2^64 + 13": POST + b"Transfer-Encoding: chunked\r\n\r\n1000000000000000d\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\nc\r\n" + BODY + b"\r\n0\r\n\r\n",
    "bare LF": HEAD.replace(b"\r\n", b"\n") + b"\n",
    "bare LF in the head": HEAD + b"X-A: b\nX-C: d\r\n\r\n",
    "bare CR in the head": HEAD + b"X-A: b\rX-C: d\r\n\r\n",
    "NUL in a value": HEAD + b"X-A: b\0c\r\n\r\n",
    "NUL in a name": HEAD + b"X\0A: b\r\n\r\n",
    "NUL in the target": b"GET /track?key=smug\0gled HTTP/1.1\r\nHost: a\r\n\r\n",
    "only NULs": b"\0" * 100,
    "space before the colon": HEAD + b"X-A : b\r\n\r\n",
    "space before the length's colon": POST + b"Content-Length : 13\r\n\r\n" + BODY,
    "no colon": HEAD + b"X-A\r\n\r\n",
    "no name": HEAD + b": b\r\n\r\n",
    "a folded line": HEAD + b"X-A: b\r\n c\r\n\r\n",
    "no version": b"GET /track?key=smuggled\r\n\r\n",
    "an unknown version": b"GET /track?key=smuggled HTTP/7.3\r\nHost: a\r\n\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown method": b"FROB /track?key=smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method in lower case": b"get /track?key=smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "a blank in the target": b"GET /track?key=smug gled HTTP/1.1\r\nHost: a\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 60,
    "StatsD": b"smuggled:1|c\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(port, data):
    """400, the connection closed, and what stands behind it never looked at."""
    with HttpConnection(port) as connection:
        connection.send(data + NEXT)
        answer = connection.response()
        assert answer.status == 400 and answer.error(), answer
        assert answer.headers.get("connection", "").lower() == "close", answer
        assert connection.closed()


def test_nothing_was_smuggled(shared):
    shared.track("not.smuggled")
    shared.flush()
    assert shared.entries("not.smuggled") and not shared.entries("smuggled")


TOO_LONG = {
    "request line": b"GET /track?key=" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "request line without end": b"GET /track?key=" + b"x" * 100_000,
    "header": HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
    "header's name": HEAD + b"X" * 100_000 + b": a\r\n\r\n",
    "many headers": HEAD + b"X-A: b\r\n" * 20_000 + b"\r\n",
    "trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
}


@pytest.mark.parametrize("data", TOO_LONG.values(), ids=TOO_LONG.keys())
def test_too_long_a_head(port, data):
    answer = exchange(port, data)
    assert answer.status == 431 and answer.error(), answer


def test_a_long_head_within_the_limit(port):
    assert request(port, "GET", "/metrics", headers={"X-Long": "x" * 15_000}).status == 200


def test_a_gigabyte_announced(port):
    """Refused on the announcement, before a byte of it is sent."""
    for more in (b"", b"Expect: 100-continue\r\n"):
        with HttpConnection(port) as connection:
            connection.send(POST + more + b"Content-Length: 1000000000\r\n\r\n")
            answer = connection.response()
            assert answer.status == 413 and answer.error(), answer
            assert connection.closed()


def test_a_body_of_the_limit(shared):
    line = b"limit.body:1|c\n"
    body = (line * (2 ** 20 // len(line))).ljust(2 ** 20, b"\n")
    assert len(body) == 2 ** 20
    assert shared.post_lines(body).status == 204
    answer = exchange(shared.port, format_request("POST", "/track", body + b"\n", TEXT))
    assert answer.status == 413 and answer.error(), answer
    shared.flush()
    assert shared.counter("limit.body") == 2 ** 20 // len(line)


def test_chunks_beyond_the_limit(shared):
    """No length is announced; the chunks are added up."""
    chunk = b"chunks.beyond:1|c\n" * 3000
    data = POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"%x\r\n%s\r\n" % (len(chunk), chunk)) * 30 + b"0\r\n\r\n"
    assert exchange(shared.port, data).status == 413
    shared.track("chunks.end")
    shared.flush()
    assert not shared.entries("chunks.beyond") and shared.entries("chunks.end")


def test_chunked(shared):
    """Chunks cut lines and cross reads anywhere; extensions and trailers are passed over."""
    data = (POST + b"Transfer-Encoding: chunked\r\n\r\n"
            b"4\r\nchun\r\n5;name=value\r\nked:2\r\n0000A\r\n|c\nchunked\r\n5\r\n:3|c\n\r\n0\r\nX-Trailer: a\r\n\r\n")
    with HttpConnection(shared.port) as connection:
        for start in range(0, len(data), 7):
            connection.send(data[start:start + 7])
        assert connection.response().status == 204
        assert connection.request("GET", "/track?key=chunked").status == 204
    shared.flush()
    assert shared.counter("chunked") == 6


def test_a_request_in_single_bytes(shared):
    with HttpConnection(shared.port) as connection:
        for byte in format_request("POST", "/track", b"value=4&key=b%79tes", FORM):
            connection.send(bytes([byte]))
        assert connection.response().status == 204
    shared.flush()
    assert shared.counter("bytes") == 4


def test_expect_100_continue(shared):
    """The interim answer comes before the body is sent; curl waits for it."""
    with HttpConnection(shared.port) as connection:
        connection.send(POST + b"Expect: 100-continue\r\nContent-Length: 12\r\n\r\n")
        assert connection._one_response("POST").status == 100
        connection.send(b"expect:1|c\r\n")
        assert connection.response().status == 204
    done = subprocess.run(["curl", "-sS", "-v", "--max-time", "20", "-H", "Expect: 100-continue", "-H",
                           "Content-Type: text/plain", "--expect100-timeout", "15", "--data-binary",
                           "expect:2|c\n" * 1000,
                           f"http://127.0.0.1:{shared.port}/track"], capture_output=True, text=True)
    assert "< HTTP/1.1 100 Continue" in done.stderr and "< HTTP/1.1 204 No Content" in done.stderr, done.stderr
    shared.flush()
    assert shared.counter("expect") == 2001


def test_ten_thousand_requests_in_one_pipeline(shared):
    """Sent by one who reads only later; every answer comes, and in order."""
    special = {7: ("/track", 400), 42: ("/nowhere", 404), 77: ("/track?key=pipeline&value=-1", 400)}
    total = 10_000
    data = b"".join(format_request("GET", special.get(index % 100, ("/track?key=pipeline", 204))[0])
                    for index in range(total))
    with HttpConnection(shared.port, timeout=60) as connection:
        sender = threading.Thread(target=connection.send, args=(data,))
        sender.start()
        for index in range(total):
            answer = connection.response()
            assert answer.status == special.get(index % 100, ("", 204))[1], (index, answer)
        sender.join()
    shared.flush()
    assert shared.counter("pipeline") == total * 97 // 100


def test_http_1_0_without_host(shared):
    with HttpConnection(shared.port) as connection:
        connection.send(b"GET /track?key=old HTTP/1.0\r\n\r\n")
        assert connection.response().status == 204
        assert connection.closed()
    with HttpConnection(shared.port) as connection:
        connection.send(b"GET /track?key=old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert connection.response().status == 204
    with HttpConnection(shared.reader_port) as connection:
        connection.send(b"GET /read?key=old&type=counter HTTP/1.0\r\n\r\n")
        assert connection.response().status == 200
        assert connection.closed()
    shared.flush()
    assert shared.counter("old") == 2


def test_connection_close_is_honoured(port):
    with HttpConnection(port) as connection:
        connection.send(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" * 2)
        answer = connection.response()
        assert answer.status == 200 and answer.headers["connection"].lower() == "close"
        assert connection.closed()


def test_the_client_ends_its_sending(shared):
    """Half-closed connections still get their answers."""
    with HttpConnection(shared.port) as connection:
        connection.send(format_request("GET", "/track?key=half.closed") * 50)
        connection.end_of_sending()
        assert [connection.response().status for _ in range(50)] == [204] * 50
        assert connection.closed()


def test_clients_that_vanish(shared, port):
    """Gone before, amid and after their request: nobody minds."""
    for data in (b"", b"GET /met", format_request("GET", "/metrics"), format_request("GET", "/metrics") * 100):
        for _ in range(20):
            connection = HttpConnection(port)
            connection.send(data)
            connection.close()
    name = "ingestd" if port == shared.port else "readerd"
    eventually(lambda: shared.metrics(name).value("kilometric_http_connections") <= 1 + len(Patience.BEGINNINGS) + 2)


def test_head(shared, port):
    with HttpConnection(port) as connection:
        for target in ("/health", "/metrics", "/nowhere"):
            get, head = connection.request("GET", target), connection.request("HEAD", target)
            assert (head.status, head.headers["content-type"]) == (get.status, get.headers["content-type"])
            assert int(head.headers["content-length"]) > 0
        assert connection.request("GET", "/health").status == 200
    if port == shared.port:
        assert shared.request("HEAD", "/track?key=head&value=3").status == 204
        shared.flush()
        assert shared.counter("head") == 3


@pytest.mark.parametrize("target, method, allowed", [
    ("/track?key=a", "PUT", {"GET", "HEAD", "POST"}), ("/track?key=a", "DELETE", {"GET", "HEAD", "POST"}),
    ("/health", "POST", {"GET", "HEAD", "OPTIONS"}), ("/metrics", "PATCH", {"GET", "HEAD"}),
    ("/read?key=a", "POST", {"GET", "HEAD"}),
    ("/track", "OPTIONS", {"GET", "HEAD", "POST"}),
])
def test_method_not_allowed(shared, target, method, allowed):
    answer = shared.request(method, target)
    assert answer.status == 405 and answer.error(), answer
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == allowed


def test_method_not_allowed_at_the_reader(shared):
    for target in ("/read?key=a&type=counter", "/health", "/metrics"):
        answer = request(shared.reader_port, "POST", target, b"")
        assert answer.status == 405 and answer.error(), answer
        assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "OPTIONS"}


def test_haproxy_asks_for_the_health_by_options():
    with Installation() as installation:
        ports = (installation.port, installation.reader_port)
        ask = lambda: {(answer.status, answer.body) for port in ports  # noqa: E731
                       for answer in [exchange(port, b"OPTIONS /health HTTP/1.0\r\n\r\n")]}
        eventually(lambda: ask() == {(200, b'{"status":"ok"}')})
        installation.redis.stop()
        eventually(lambda: ask() == {(422, b'{"status":"error"}')})
        browser = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}
        answer = request(installation.reader_port, "OPTIONS", "/health", headers=browser)
        assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_unknown_routes_name_the_known(shared, port):
    known = ["/track", "/health", "/metrics"] if port == shared.port else ["/read", "/keys", "/live", "/health", "/metrics"]
    for target in ("/index.html" if port == shared.reader_port else "/", "/nowhere", "/track/", "/Track?key=a", "//track", "/read/x", "/health.txt"):
        answer = request(port, "GET", target)
        assert answer.status == 404, (target, answer)
        assert all(route in answer.error() for route in known), answer


def test_posted_lines(shared):
    assert shared.post_lines(b"posted:1|c").status == 204
    assert shared.post_lines(b"posted:1|c\r\n\nposted:2|c|@0.5\n").status == 204
    answer = shared.request("POST", "/track", b"posted:1|c", {"content-type": "Text/Plain; charset=UTF-8"})
    assert answer.status == 204, answer
    answer = shared.post_lines(b"posted:1|c\nposted:x|c\nposted:2|c\nnonsense\n")
    document = answer.json()
    assert answer.status == 200 and answer.headers["content-type"] == "application/json", answer
    assert list(document) == ["accepted", "rejected", "error"]
    assert (document["accepted"], document["rejected"]) == (2, 2)
    assert document["error"].startswith("line 2: ") and "value" in document["error"]
    answer = shared.post_lines(b"nonsense\nposted:x|c\n")
    document = answer.json()
    assert answer.status == 400
    assert (document["accepted"], document["rejected"]) == (0, 2) and document["error"].startswith("line 1: ")
    shared.flush()
    assert shared.counter("posted") == 10


def test_posted_lines_are_numbered_as_an_editor_does(shared):
    document = shared.post_lines(b"\n\r\nnumbered:1|c\n\nnumbered:x|c\n").json()
    assert document["error"].startswith("line 5: "), document


def test_coded_bodies(shared):
    lines, form = b"coded:2|c\n" * 10, b"key=coded&value=7"
    raw = zlib.compressobj(wbits=-15)
    codings = [("gzip", gzip.compress), ("X-GZip", gzip.compress), ("deflate", zlib.compress), ("IDENTITY", bytes),
               ("deflate", lambda body: raw.compress(body) + raw.flush())]
    for coding, code in codings[:4]:
        assert shared.request("POST", "/track", code(form), {**FORM, "Content-Encoding": coding}).status == 204, coding
    for coding, code in codings:
        assert shared.request("POST", "/track", code(lines), {**TEXT, "Content-Encoding": coding}).status == 204, coding
    shared.flush()
    assert shared.counter("coded") == 4 * 7 + 5 * 20


@pytest.mark.parametrize("coding, body, status", [
    ("br", b"uncoded:1|c\n", 415), ("gzip, gzip", gzip.compress(gzip.compress(b"uncoded:1|c\n")), 415),
    ("gzip", b"uncoded:1|c\n", 400), ("gzip", gzip.compress(b"uncoded:1|c\n")[:-1], 400),
    ("gzip", gzip.compress(b"uncoded:1|c\n" * 100_000), 413),
], ids=["another coding", "two codings", "not coded", "cut", "too long"])
def test_bodies_that_cannot_be_decoded(shared, coding, body, status):
    answer = shared.request("POST", "/track", body, {**TEXT, "Content-Encoding": coding})
    assert answer.status == status and answer.error(), answer
    assert answer.headers.get("accept-encoding") == ("gzip, deflate" if status == 415 else None)
    shared.flush()
    assert not shared.entries("uncoded")


def test_an_empty_body_of_lines(shared):
    for body in (b"", b"\n\r\n\n"):
        answer = shared.post_lines(body)
        assert answer.status == 400 and answer.json()["error"], answer


def test_forms(shared):
    assert shared.request("POST", "/track", b"key=form&value=3", FORM).status == 204
    assert shared.request("POST", "/track", b"key=form", FORM).status == 204
    more = {"Content-Type": "application/X-WWW-Form-URLencoded; charset=UTF-8"}
    assert shared.request("POST", "/track", b"value=2&key=f%6Frm", more).status == 204
    assert shared.request("POST", "/track?key=form", b"value=10", FORM).status == 204
    assert shared.request("POST", "/track?key=form").status == 204
    for body in (b"", b"value=1", b"key=form&value=x", b"key=%zz", b"key="):
        answer = shared.request("POST", "/track", body, FORM)
        assert answer.status == 400 and answer.error(), answer
    done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-d", "key=form", "-d", "value=5",
                           f"http://127.0.0.1:{shared.port}/track"], capture_output=True, text=True, timeout=30)
    assert done.stdout == "204", done
    shared.flush()
    assert shared.counter("form") == 3 + 1 + 2 + 10 + 1 + 5


def test_a_form_and_the_url_are_read_together(shared):
    for target, body in (("/track?key=mixed", b"value=5"), ("/track?value=5", b"key=mixed"),
                         ("/track?key=m%69xed&other=1", b"value=%35"), ("/track?key=mixed&value=5", b"")):
        assert shared.request("POST", target, body, FORM).status == 204, (target, body)
    done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-d", "value=5",
                           f"http://127.0.0.1:{shared.port}/track?key=mixed"], capture_output=True, text=True, timeout=30)
    assert done.stdout == "204", done
    assert shared.request("GET", "/track?key=mixed", b"value=5", FORM).status == 204
    shared.flush()
    assert shared.counter("mixed") == 6 * 5


@pytest.mark.parametrize("target, body, kind", [
    ("/track?key=dropped", b"key=dropped", FORM), ("/track?key=dropped&value=1", b"value=5", FORM),
    ("/track?key=dropped&value=10", b"key=other&value=1", FORM), ("/track", b"key=dropped&key=other", FORM),
    ("/track", b"key=dropped&value=1&value=2", FORM), ("/track?key=dropped", b"dropped:1|c\n", FORM),
    ("/track", b"key=dropped&valeu=5", FORM), ("/track?key=dropped&key=other", b"", {}),
    ("/track?key=dropped&value=1&value=2", b"", {}), ("/track?key=dropped&k%65y=other", b"", {}),
    ("/track?key=dropped", b"dropped:1|c\n", TEXT), ("/track?value=5", b"dropped:1|c\n", TEXT),
    ("/track?k%65y=dropped", b"dropped:1|c\n", TEXT),
])
def test_nothing_that_was_sent_is_dropped(shared, target, body, kind):
    for method in ("POST", "GET"):
        answer = shared.request(method, target, body, kind)
        assert answer.status == 400 and answer.error(), answer
    shared.flush()
    assert not shared.entries("dropped") and not shared.entries("other")


def test_a_body_of_another_type_beside_a_key(shared):
    answer = shared.request("POST", "/track?key=dropped", b'{"value":5}', {"Content-Type": "application/json"})
    assert answer.status == 415 and answer.error(), answer
    assert shared.request("POST", "/track?key=no.body", b"", TEXT).status == 204


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/html",
                                          "text/plainish", "x"])
def test_unsupported_content_type(shared, content_type):
    answer = shared.request("POST", "/track", b'{"key":"a"}', {"Content-Type": content_type})
    assert answer.status == 415 and "text/plain" in answer.error(), answer


def test_answers_are_dated_and_not_for_caches(shared):
    """What a proxy answers in our place is not counted, or is old."""
    targets = [(shared.port, target) for target in ("/track?key=uncached", "/track", "/health", "/metrics", "/nowhere",
                                                    "/read?key=a&type=counter")]
    targets += [(shared.reader_port, target) for target in ("/read?key=uncached&type=counter", "/read", "/keys", "/health",
                                                            "/metrics", "/nowhere", "/track")]
    for port, target in targets:
        headers = request(port, "GET", target).headers
        assert headers["cache-control"] == "no-store", target
        said = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
        assert abs(said - time.time()) < 30, target
    for port in (shared.port, shared.reader_port):
        answer = exchange(port, b"nonsense\r\n\r\n")
        assert answer.headers["date"] and answer.headers["cache-control"] == "no-store"


def test_what_the_answers_bear(shared, port):
    """A 204 has no body and no length; errors are JSON with a length."""
    answer = request(port, "GET", "/nowhere")
    assert int(answer.headers["content-length"]) == len(answer.body)
    if port == shared.port:
        headers = shared.request("GET", "/track?key=bare").headers
        assert "content-type" not in headers and headers.get("content-length", "0") == "0"


def test_too_many_connections():
    """The one too many gets 503; those that are there are served, and when one goes there is room."""
    limit = 10_000
    with Installation(workers=1) as installation, many_descriptors(limit + 500):
        for port in (installation.port, installation.reader_port):
            connections = [HttpConnection(port) for _ in range(limit)]
            try:
                assert connections[0].request("GET", "/metrics").status == 200
                assert connections[-1].request("GET", "/metrics").status == 200
                answer = exchange(port, format_request("GET", "/metrics"))
                assert answer.status == 503 and answer.error(), answer
                connections.pop().close()
                eventually(lambda: exchange(port, format_request("GET", "/metrics")).status == 200)
            finally:
                for connection in connections:
                    connection.close()


@contextlib.contextmanager
def many_descriptors(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        pytest.skip(f"this account may open only {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_too_much_to_hold():
    """Many bodies that never end: past 64 MiB of them a further one gets 503, and the rest go on."""
    with Installation(workers=1, readerd=False) as installation:
        body = b"held:1|c\n".ljust(2 ** 20, b"\n")
        connections = [HttpConnection(installation.port) for _ in range(80)]
        for connection in connections:
            try:
                connection.send(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body[:-1])
            except ConnectionError:
                pass  # answered and closed before it was all sent
        eventually(lambda: answered(connections) >= 80 - 64, message="nobody was refused")
        statuses = []
        for connection in connections:
            try:
                connection.send(body[-1:])
            except ConnectionError:
                pass
            statuses.append(connection.response().status)
            connection.close()
        assert set(statuses) == {204, 503}
        assert 32 <= statuses.count(204) <= 64  # what grows takes up to twice its size
        installation.flush()
        assert installation.sums() == {"held": statuses.count(204)}


def answered(connections):
    return len(select.select([connection.descriptor for connection in connections], [], [], 0)[0])


def test_the_silent_get_408(patience):
    """Comes last: it waits for what began with the first test. Each was given the same time, and a
    byte now and then bought no more."""
    for (_, name), connection in patience.connections.items():
        answer = connection.response()
        assert answer.status == 408 and answer.error(), (name, answer)
        assert connection.closed(), name
    assert patience.dawdler.response().status == 408


def test_silence_without_a_byte_is_no_error(shared):
    """A connection kept open without a request is served when it speaks."""
    with HttpConnection(shared.port) as idle:
        assert shared.request("GET", "/track?key=idle").status == 204
        assert idle.request("GET", "/track?key=idle").status == 204
