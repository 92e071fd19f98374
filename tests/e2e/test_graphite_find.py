"""/metrics/find over trees with large branches, held against a plain model: which nodes a pattern finds, whatever lies
below them, and that others are served while it looks."""

import fnmatch
import random
import select
import urllib.parse

import pytest

import wire
from harness import Installation

SEED = random.randrange(1 << 32)


def tree(chance):
    """Keys whose nodes begin alike or do not, with branches of one key and of thousands, and tagged ones."""
    keys = set()
    names = [chance.choice(("host", "h", "", "Web-", "ä", "zz_", "~")) + str(chance.randrange(300)) for _ in range(120)]
    for top in ("web", "db", "w"):
        for name in chance.sample(names, 80):
            size = chance.choice((1, 1, 2, 5, 70, 600))
            keys |= {f"{top}.{name}.{chance.choice(('x', 'yy', 'hits'))}{number}" for number in range(size)}
            if chance.random() < 0.3:
                keys.add(f"{top}.{name}")
            if chance.random() < 0.2:
                keys.add(f"{top}.{name}{chance.choice(('', '.a'))};dc=eu")
    return keys


def model(keys, pattern):
    """{id: (is a branch, is a leaf)}"""
    nodes, found = pattern.split("."), {}
    for key in keys:
        parts = key.split(";")[0].split(".")
        if len(parts) < len(nodes) or not all(map(fnmatch.fnmatchcase, parts, nodes)):
            continue
        if ";" in key and len(parts) == len(nodes):
            continue
        name = ".".join(parts[:len(nodes)])
        branch, leaf = found.get(name, (False, False))
        found[name] = (branch or len(parts) > len(nodes), leaf or len(parts) == len(nodes))
    return found


@pytest.fixture(scope="module")
def reader():
    with Installation(ingestd=False) as installation:
        print(f"seed {SEED}")
        installation.keys = tree(random.Random(SEED))
        keys = sorted(installation.keys)
        for first in range(0, len(keys), 1000):
            installation.redis.command("ZADD", "kilometric:keys", *(word for key in keys[first:first + 1000] for word in (0, key)))
        yield installation


PATTERNS = ["*", "web.*", "web.host*", "web.h*", "web.host1*", "web.*1", "w*.*", "*.*", "db.ä*", "db.zz_*", "web.host[12]*", "db.*.*1",
            "web.host12.*", "web.*.x0", "*.host*.hits69", "w.~*", "nothing.*", "web.*.*.*"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_found_is_what_there_is(reader, pattern):
    answer = wire.request(reader.reader_port, "GET", "/metrics/find?" + urllib.parse.urlencode({"query": pattern}))
    expected = model(reader.keys, pattern)
    if len(expected) > 10_000:
        assert answer.status == 400, (SEED, answer)
        return
    assert answer.status == 200, (SEED, answer)
    assert {node["id"]: (bool(node["expandable"]), bool(node["leaf"])) for node in answer.json()} == expected, SEED


def test_others_are_served_while_it_looks(reader):
    reader.redis.command("XADD", "kilometric.one", "1000-0", "count", 5)
    with wire.HttpConnection(reader.reader_port) as looking:
        looking.send(wire.format_request("GET", "/metrics/find?query=" + "&query=".join(["*.*.*1"] * 50)))
        for _ in range(5):
            assert reader.read_json("one")["values"][0]["value"] == 5
        assert not select.select([looking.descriptor], [], [], 0)[0], "all that it asks for came first"
        assert looking.response().status in (200, 400)
