"""A terminal of a given size: what a program prints there, as a person would see it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata


class Terminal:
    """Runs a program in a terminal. `text`: all that it has printed until now, with its escapes."""

    def __init__(self, arguments, columns, rows, environment):
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                                        env=environment | {"TERM": "xterm-256color"})
        os.close(theirs)
        self.text = ""
        self._rest = b""

    def type(self, text):
        os.write(self._own, text.encode())

    def await_text(self, wanted, within=30):
        """Until what it prints matches this pattern."""
        deadline = time.monotonic() + within
        while not re.search(wanted, self.text):
            assert self._read(deadline), f"{wanted!r} is not in {self.text!r}"

    def await_end(self, within=30):
        """Its exit status; all it printed is in `text`."""
        deadline = time.monotonic() + within
        while self._read(deadline):
            pass
        return self.process.wait(within)

    def _read(self, deadline):
        if not select.select([self._own], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            data = self._rest + os.read(self._own, 65536)
        except OSError:  # its end is closed
            return False
        whole = len(data)
        while whole and data[whole - 1] & 0xC0 == 0x80:
            whole -= 1
        whole = len(data) if _is_text(data) else max(whole - 1, 0)
        self.text += data[:whole].decode(errors="replace").replace("\r\n", "\n")
        self._rest = data[whole:]
        return True

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._own)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _is_text(data):
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return False


def without_escapes(text):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


def columns(line):
    """How wide a line is: East Asian wide characters take two columns, marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
