"""HTTP/1.1 as bytes on a socket, so that a test can send what no well-behaved client would."""

import dataclasses
import json
import socket


@dataclasses.dataclass
class Response:
    status: int
    headers: dict  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The text of {"error": "..."}; fails when the answer is not of that form."""
        assert self.headers.get("content-type", "").startswith("application/json"), self
        document = self.json()
        assert list(document) == ["error"] and document["error"], self
        return document["error"]


class HttpConnection:
    def __init__(self, port, host="127.0.0.1", timeout=30):
        self._socket = socket.create_connection((host, port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._input = self._socket.makefile("rb")
        self.descriptor = self._socket.fileno()
        self.own_port = self._socket.getsockname()[1]

    def send(self, data):
        self._socket.sendall(data)

    def end_of_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def request(self, method, target, body=None, headers=None):
        """Sends one well-formed request and returns its answer."""
        self.send(format_request(method, target, body, headers))
        return self.response(method)

    def response(self, method="GET"):
        """Reads one answer, interim ones (1xx) skipped. ConnectionError when the server hung up."""
        while True:
            answer = self._one_response(method)
            if answer.status >= 200:
                return answer

    def chunks(self):
        """Reads the head of an answer in chunks and yields its headers, then each chunk as it comes."""
        assert self._line().startswith(b"HTTP/1.1 200 ")
        yield self._headers()
        yield from self._chunks()

    def closed(self):
        """Waits for the server to hang up; true when it did so without another byte."""
        try:
            return self._input.read(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self._input.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _one_response(self, method):
        line = self._line()
        version, status, _reason = line.split(b" ", 2)
        assert version in (b"HTTP/1.1", b"HTTP/1.0"), line
        headers = self._headers()
        return Response(int(status), headers, self._body(method, int(status), headers))

    def _headers(self):
        headers = {}
        while line := self._line():
            name, colon, value = line.partition(b":")
            assert colon, line
            headers[name.decode().lower()] = value.strip().decode()
        return headers

    def _body(self, method, status, headers):
        if method == "HEAD" or status < 200 or status in (204, 304):
            return b""
        if headers.get("transfer-encoding") == "chunked":
            return b"".join(self._chunks())
        return self._exactly(int(headers["content-length"]))

    def _chunks(self):
        while size := int(self._line(), 16):
            yield self._exactly(size)
            assert self._line() == b""
        assert self._line() == b""

    def _exactly(self, length):
        body = self._input.read(length)
        if len(body) < length:
            raise ConnectionError("the answer ended early")
        return body

    def _line(self):
        line = self._input.readline(65536)
        if not line.endswith(b"\r\n"):
            raise ConnectionError(f"no whole line: {line!r}")
        return line[:-2]


def format_request(method, target, body=None, headers=None):
    lines = [f"{method} {target} HTTP/1.1".encode()]
    for name, value in ({"Host": "localhost"} | (headers or {})).items():
        lines.append(f"{name}: {value}".encode())
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


def request(port, method, target, body=None, headers=None, host="127.0.0.1"):
    """One request on a connection of its own."""
    with HttpConnection(port, host) as connection:
        return connection.request(method, target, body, headers)


def exchange(port, data, method="GET"):
    """Sends raw bytes on a connection of their own; returns the first answer."""
    with HttpConnection(port) as connection:
        try:
            connection.send(data)
        except ConnectionError:
            pass  # the server may answer and close before it has read everything
        return connection.response(method)
