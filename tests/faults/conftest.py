"""Faults take their time. A seed is printed with every failure and can be given back:
KILOMETRIC_SEED=7 ./kilometric test faults."""

import os
import random

import pytest


@pytest.fixture
def seconds():
    return 300


@pytest.fixture
def seed():
    value = int(os.environ.get("KILOMETRIC_SEED") or random.randrange(2 ** 31))
    print(f"seed {value}: KILOMETRIC_SEED={value} repeats it")
    return value


@pytest.fixture
def rng(seed):
    return random.Random(seed)
