"""The Debian that the tests boot: a folder made by debootstrap, once, and only ever read afterwards.

    python3 tests/systemd/root.py     makes it, unless it is there and holds the right packages

It is of the release that runs here, since the programs were built against that one's libraries.
"""

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
ROOT = os.path.join(PROJECT, "var", "systemd-root")
PACKAGES = ["systemd", "systemd-sysv", "redis-server", "procps"]


def make_root(programs):
    """Returns the folder. Two runs at once do not get into each other's way."""
    os.makedirs(os.path.dirname(ROOT), exist_ok=True)
    with open(ROOT + ".lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = " ".join([release(), *sorted({*PACKAGES, *library_packages(programs)})]) + "\n"
        if _stamp() != wanted:
            _debootstrap(*wanted.split())
            with open(ROOT + ".packages", "w", encoding="utf-8") as stamp:
                stamp.write(wanted)
    return ROOT


def release():
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def library_packages(programs):
    """The packages whose libraries these programs load."""
    packages = set()
    for program in programs:
        output = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for path in re.findall(r"=> (/\S+)", output):
            packages.add(_package_of(path))
    return packages


def _package_of(path):
    """dpkg knows a file by the path it was packed with: /lib, or /usr/lib, which are one folder."""
    for known_as in (path, "/usr" + path, path.removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "--search", known_as], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    raise RuntimeError(f"{path} belongs to no package of Debian's; the test can only install packages")


def _stamp():
    if not os.path.isdir(ROOT):
        return None
    try:
        with open(ROOT + ".packages", encoding="utf-8") as stamp:
            return stamp.read()
    except FileNotFoundError:
        return None


def _debootstrap(suite, *packages):
    """In a mount namespace of its own: whatever ends it, nothing of ours stays mounted in there."""
    unfinished = ROOT + ".new"
    for folder in (ROOT, unfinished):
        if os.path.exists(folder):
            shutil.rmtree(folder)
    print(f"making a Debian root in {ROOT}: {suite} with {' '.join(packages)}", flush=True)
    subprocess.run(["unshare", "--mount", "debootstrap", "--variant=minbase", "--include=" + ",".join(packages),
                    suite, unfinished], stdin=subprocess.DEVNULL, check=True)
    os.rename(unfinished, ROOT)


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
    from harness import INGESTD, READERD
    make_root([INGESTD, READERD])
