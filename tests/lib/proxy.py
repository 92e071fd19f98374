"""A wire between ingestd and Redis that can be slow, cut and knotted. Real Redis behind it; only the
wire is ours."""

import re
import select
import socket
import threading
import time

from processes import eventually, free_port


TIME = re.compile(rb"\*2\r\n\$10\r\n(\d{10})\r\n")


class Proxy:
    """Set while it runs: `delay`, seconds that replies need; `cut_reply_after`, bytes of replies after
    which both ends are cut, once; `hold`: when a client has gone, what it sent last reaches Redis only
    when `release()` is called; `clock_off`, seconds that Redis' clock is wrong by, as TIME tells it."""

    def __init__(self, target):
        self.port, self.target = free_port(), target
        self.delay, self.cut_reply_after, self.hold, self.clock_off = 0, None, False, 0
        self.cuts, self.times, self.held = 0, 0, []
        self.holding = b""  # what was sent while `hold`
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        self._connections = []

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def cut_replies(self, rng, times=20):
        """Again and again, each time somewhere in the next 40,000 bytes."""
        for _ in range(times):
            cuts = self.cuts
            self.cut_reply_after = rng.randrange(1, 40_000)
            eventually(lambda: self.cuts > cuts)

    def cut(self):
        """Every connection that there is now; while `hold`, Redis notices nothing of it."""
        for client, server in self._connections:
            _shut(client)
            if not self.hold:
                _shut(server)
        self._connections = []

    def release(self):
        """Delivers what dead connections had still to say; returns how many bytes that were."""
        held, self.held = self.held, []
        size = 0
        for server, data in held:
            server.sendall(data)
            size += len(data)
            server.settimeout(5)
            server.recv(1)  # it was executed
            server.close()
        return size

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        _shut(self._listener)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _accept(self):
        while not self._stop.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            self._connections.append((client, server))
            thread = threading.Thread(target=self._carry, args=(client, server), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, client, server):
        unsent = b""
        try:
            while not self._stop.is_set():
                for sock in select.select([client, server], [], [], 0.1)[0]:
                    data = sock.recv(65536)
                    if not data:
                        return
                    if sock is client:
                        if self.hold:
                            unsent += data
                            self.holding += data
                        else:
                            server.sendall(data)
                    else:
                        self._reply(client, data)
        except OSError:
            pass
        finally:
            client.close()
            if unsent:
                self.held.append((server, unsent))
            else:
                server.close()

    def _reply(self, client, data):
        if self.clock_off:
            data = TIME.sub(self._wrong_time, data)
        if self.delay:
            time.sleep(self.delay)
        if self.cut_reply_after is not None:
            self.cut_reply_after -= len(data)
            if self.cut_reply_after < 0:
                client.sendall(data[:self.cut_reply_after])
                self.cut_reply_after = None
                self.cuts += 1
                raise OSError("cut")
        client.sendall(data)

    def _wrong_time(self, found):
        self.times += 1
        return b"*2\r\n$10\r\n%d\r\n" % (int(found[1]) + self.clock_off)


def _shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
