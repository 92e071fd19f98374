"""One machine for all tests; services stopped, and as installed, between them."""

import os
import shutil

import pytest

from harness import INGESTD, READERD
from machine import Machine
from root import make_root
from services import Services


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    assert os.geteuid() == 0, "a machine is booted by root alone"
    assert shutil.which("systemd-nspawn"), "systemd-container is not installed"
    with Machine(make_root([INGESTD, READERD])) as machine, machine.network():
        services = Services(machine, str(tmp_path_factory.mktemp("services")))
        services.install()
        yield services


@pytest.fixture
def stopped(installed):
    """Redis runs, Kilometric does not; it will have two workers and a short interval."""
    installed.set(workers=2)
    installed.systemctl("start", "redis")
    yield installed
    installed.clean_up()


@pytest.fixture
def services(stopped):
    stopped.systemctl("start", "ingestd", "readerd")
    return stopped


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    services = item.funcargs.get("installed") or item.funcargs.get("stopped")
    if report.failed and services and services.machine.running():
        report.sections.append(("journal", services.journal()[-8000:]))
