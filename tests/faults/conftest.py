"""Faults take their time."""

import pytest


@pytest.fixture
def seconds():
    return 300
