"""Fixtures and the rules every test is held to: bounded in time, logs shown on failure."""

import faulthandler
import os
import random
import signal
import sys

import pytest

# One harness for all: what a real process is given and asked for; and the benchmark's loads.
for folder in ("bench", "lib"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), folder))

import harness  # noqa: E402
from harness import Installation  # noqa: E402


SECONDS = {"faults": 300, "systemd": 300}  # what a test of a folder may take; of others, 120


def pytest_configure(config):
    config.addinivalue_line("markers", "quiet: measures, so that no other test may run beside it")
    config.addinivalue_line("markers", "seconds(n): what the test may take with its fixtures, if not what SECONDS says")
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # else under nohup no process here could be stopped by it


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """Ends a test that hangs, or a fixture of its; where it hung is in the traceback. What hangs once more while
    that is cleaned up is ended likewise; and what cannot be, with the whole process, whose threads are shown."""
    marker = item.get_closest_marker("seconds")
    seconds = marker.args[0] if marker else SECONDS.get(item.path.parent.name, 120)

    def too_long(*_):
        pytest.fail(f"the test ran for more than {seconds} s")  # no Exception: nobody takes it for a failed attempt

    previous = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds, 30)
    faulthandler.dump_traceback_later(seconds + 150, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def seed():
    """Printed with every failure, and can be given back: KILOMETRIC_SEED=7 ./kilometric test faults."""
    value = int(os.environ.get("KILOMETRIC_SEED") or random.randrange(2 ** 31))
    print(f"seed {value}: KILOMETRIC_SEED={value} repeats it")
    return value


@pytest.fixture
def rng(seed):
    return random.Random(seed)


@pytest.fixture
def installation():
    """A fresh one, for tests that count everything or disturb something."""
    with Installation() as fresh:
        yield fresh


@pytest.fixture(scope="module")
def module_installation():
    with Installation() as running:
        yield running


@pytest.fixture
def shared(module_installation):
    """One for the whole file, for tests that use keys of their own. No process may end meanwhile."""
    before = module_installation.workers(), module_installation.flusher()
    yield module_installation
    for name, daemon in module_installation.daemons.items():
        assert daemon.running(), f"{name} ended"
    assert before == (module_installation.workers(), module_installation.flusher()), "a process was restarted"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for number, running in enumerate(harness.open_installations):
            for name, log in (("ingestd", running.log("ingestd")), ("readerd", running.log("readerd")),
                              ("redis", running.redis.log())):
                if log:
                    report.sections.append((f"{name} of installation {number}", log[-8000:]))
