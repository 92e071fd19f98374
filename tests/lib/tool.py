"""The command `kilometric`, run against an installation."""

import os
import subprocess

from harness import TOOL, clean_environment
from terminal import Terminal


def environment(installation=None, **settings):
    """What tells the command where the daemons are; times in UTC."""
    found = clean_environment(**settings) | {"TZ": "UTC"}
    found.pop("NO_COLOR", None)
    if installation is not None:
        found |= clean_environment(**{name: value for name, value in installation.settings.items()
                                      if name in ("port", "udp_port", "reader_port", "state_dir", "runtime_dir", "redis_url",
                                                  "flush_interval")})
        found["TZ"] = "UTC"
    return found


def run(installation, *arguments, input=None, extra=None, within=60):
    """Not at a terminal. Returns what subprocess.run does, as text."""
    return subprocess.run([TOOL, *arguments], env=environment(installation) | (extra or {}), capture_output=True, text=True,
                          timeout=within, input=input, stdin=None if input is not None else subprocess.DEVNULL, check=False)


def output(installation, *arguments, **options):
    """What it prints when all is well."""
    done = run(installation, *arguments, **options)
    assert done.returncode == 0, done
    return done.stdout


def refusal(installation, *arguments, status, **options):
    """The one line on stderr with which it ends."""
    done = run(installation, *arguments, **options)
    assert done.returncode == status, done
    assert done.stderr.startswith("kilometric: ") and done.stderr.count("\n") == 1, done
    return done.stderr[len("kilometric: "):-1]


def at_terminal(installation, *arguments, columns=80, rows=24, extra=None):
    return Terminal([TOOL, *arguments], columns, rows, environment(installation) | (extra or {}))


def seen(installation, *arguments, columns=80, rows=24, extra=None):
    """All that it prints at a terminal, escapes included; its exit status is 0."""
    with at_terminal(installation, *arguments, columns=columns, rows=rows, extra=extra) as terminal:
        assert terminal.await_end() == 0, terminal.text
        return terminal.text


assert os.path.basename(TOOL) == "kilometric"
