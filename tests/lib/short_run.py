"""Runs a daemon that is expected to end by itself, and captures what it says."""

import dataclasses
import os
import shutil
import subprocess
import tempfile

from harness import clean_environment


@dataclasses.dataclass
class Ended:
    status: int
    output: str
    error: str

    def last_line(self):
        """What it said at the end, on stderr."""
        assert self.output == "", self.output
        return self.error.rstrip("\n").rpartition("\n")[2]

    def one_line(self):
        """The only line on stderr."""
        assert self.output == "", self.output
        assert self.error.endswith("\n") and self.error.count("\n") == 1, self.error
        return self.error[:-1]


def run(program, *flags, within=30, environment=None, **settings):
    """Settings are keywords, as for Installation; the folders default to fresh ones."""
    folder = tempfile.mkdtemp(prefix="kilometric-e2e-")
    for name in ("runtime_dir", "state_dir"):
        if name not in settings:
            settings[name] = os.path.join(folder, name)
            os.mkdir(settings[name])
    try:
        done = subprocess.run([program, *flags], env=clean_environment(**settings) | (environment or {}),
                              capture_output=True, text=True, timeout=within, stdin=subprocess.DEVNULL)
    finally:
        shutil.rmtree(folder)
    return Ended(done.returncode, done.stdout, done.stderr)
