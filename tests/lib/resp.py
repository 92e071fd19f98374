"""A small client for Redis' wire protocol (RESP2): bytes in, bytes out, errors as exceptions."""

import socket


class RedisError(Exception):
    """An error reply; the text begins with Redis' code, such as WRONGTYPE."""


class Resp:
    """One connection. `address`: (host, port), or the path of a unix socket."""

    def __init__(self, address, password=None, timeout=20):
        if isinstance(address, str):
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(timeout)
            self._socket.connect(address)
        else:
            self._socket = socket.create_connection(address, timeout=timeout)
        self._input = self._socket.makefile("rb")
        if password:
            self.command("AUTH", password)

    def command(self, *arguments):
        return self.pipeline([arguments])[0]

    def pipeline(self, commands):
        """Sends all commands at once and returns their replies; the first error reply is raised."""
        self._socket.sendall(b"".join(_encode(command) for command in commands))
        replies = [self._reply() for _ in commands]
        for reply in replies:
            if isinstance(reply, RedisError):
                raise reply
        return replies

    def close(self):
        self._input.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _reply(self):
        line = self._input.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RedisError(rest.decode("utf-8", "replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._input.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self._reply() for _ in range(int(rest))]
        raise ConnectionError(f"not RESP: {line!r}")


def _encode(arguments):
    parts = [argument if isinstance(argument, bytes) else str(argument).encode() for argument in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
