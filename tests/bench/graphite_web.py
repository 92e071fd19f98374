"""Debian's graphite-web as a server of its own, with whisper files: what readerd's answers are measured beside."""

import os
import shutil
import subprocess
import tempfile

import whisper

import wire
from harness import clean_environment
from processes import Process, eventually, free_port

PROGRAM = "/usr/share/graphite-web/graphite.wsgi"
SETTINGS = """SECRET_KEY = "x"
LOG_DIR = STORAGE_DIR = {folder!r}
CARBONLINK_HOSTS = []
FETCH_TIMEOUT = FIND_TIMEOUT = 300
LOG_INFO_PERFORMANCE = LOG_ROTATION = False
TIME_ZONE = "UTC"
"""


class GraphiteWeb:
    """One process, as Python computes on one core only."""

    def __init__(self):
        self.port = free_port()

    def __enter__(self):
        self._folder = tempfile.mkdtemp(prefix="kilometric-bench-graphite-")
        os.mkdir(os.path.join(self._folder, "whisper"))
        with open(os.path.join(self._folder, "bench_settings.py"), "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(folder=self._folder))
        shutil.copyfile(PROGRAM, os.path.join(self._folder, "graphite_wsgi.py"))
        environment = clean_environment() | {"DJANGO_SETTINGS_MODULE": "graphite.settings", "PYTHONPATH": self._folder,
                                             "GRAPHITE_SETTINGS_MODULE": "bench_settings"}
        subprocess.run(["/usr/bin/python3", "-m", "django", "migrate", "--run-syncdb"], env=environment, check=True,
                       capture_output=True)  # the tables that it looks users up in
        self._process = Process(["/usr/bin/python3", "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--timeout", "300",
                                 "graphite_wsgi:application"], os.path.join(self._folder, "log"), environment)
        try:
            eventually(self._answers, message="graphite-web does not answer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _answers(self):
        assert self._process.running(), self._process.log()
        return wire.request(self.port, "GET", "/version/").status == 200

    def __exit__(self, *_):
        self._process.kill_family()
        shutil.rmtree(self._folder)

    def write(self, name, step, points):
        """A metric: [(seconds, value)], with room for these; all of them in the finest and only archive."""
        path = self._path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        whisper.create(path, [(step, len(points) + 1_000)], aggregationMethod="sum")
        for first in range(0, len(points), 10_000):
            whisper.update_many(path, points[first:first + 10_000])

    def copy(self, name, copy):
        os.makedirs(os.path.dirname(self._path(copy)), exist_ok=True)
        shutil.copyfile(self._path(name), self._path(copy))

    def _path(self, name):
        return os.path.join(self._folder, "whisper", *name.split(".")) + ".wsp"
