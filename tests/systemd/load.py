"""A steady stream of datagrams from many senders, so that each worker gets its share."""

import socket
import threading
import time

SENDERS = 64
STEP_SECONDS = 0.01


class Load:
    """`rate` datagrams a second, each counting one, as long as the context lasts. `sent` is exact."""

    def __init__(self, services, key, rate):
        self.sent = 0
        self._address = services.host, services.udp_port
        self._datagram = f"{key}:1|c".encode()
        self._rate = rate
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._failure = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._end.set()
        self._thread.join()
        if kind is None and self._failure:
            raise self._failure

    def _send(self):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SENDERS)]
        start = time.monotonic()
        try:
            while not self._end.wait(STEP_SECONDS):
                due = int((time.monotonic() - start) * self._rate)
                # What was held up (a busy machine) is made up for step by step, not in one burst.
                for _ in range(min(due - self.sent, int(self._rate * STEP_SECONDS * 4) + 1)):
                    sockets[self.sent % SENDERS].sendto(self._datagram, self._address)
                    self.sent += 1
        except OSError as error:
            self._failure = error
        finally:
            for sock in sockets:
                sock.close()
