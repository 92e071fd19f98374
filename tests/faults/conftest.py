"""Faults take their time. Tests that only wait, for minutes, are marked so: they begin with the session, in
threads, and end it. Such a test takes no fixtures."""

from concurrent.futures import ThreadPoolExecutor

import pytest

begun = {}  # test -> what becomes of it


def pytest_configure(config):
    config.addinivalue_line("markers", "minutes: only waits, for minutes; begins with the session")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("minutes") is not None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtestloop(session):
    threads = ThreadPoolExecutor()
    if not session.config.option.collectonly:
        begun.update((item, threads.submit(item.function)) for item in session.items if item.get_closest_marker("minutes"))
    yield
    threads.shutdown()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if pyfuncitem not in begun:
        return None
    begun[pyfuncitem].result()
    return True
