"""What Redis needs for a metric and for an entry, by kind and by the size of a stream's nodes, also once it was started
anew and once the metric was idle for a week, and for an entry in the original's layout."""

import contextlib
import random
import tempfile

from figure import Figure
from harness import Installation
from processes import eventually
from redis_server import RedisServer

MEMBERS = 100  # in a set's entry
SAMPLES = 30  # in a timer's
IDLE = 2_000  # metrics
NODE_BYTES = 4096, 1024  # Redis' own default, and one for many metrics with few entries

STREAMS = {"counter": "kilometric.", "gauge": "kilometric:gauge.", "timer": "kilometric:timer.", "set": "kilometric:set."}


@contextlib.contextmanager
def _server(folder):
    server = RedisServer(folder)
    try:
        server.start("--enable-debug-command", "yes")
        yield server
    finally:
        server.clean_up()


def _lines(kind, key):
    rng = random.Random(key)
    if kind == "set":
        return "\n".join(f"{key}:member-{rng.randrange(10 ** 9)}|s" for _ in range(MEMBERS))
    return f"{key}:" + {
        "counter": f"{rng.randrange(10_000)}|c", "gauge": f"{rng.randrange(10_000)}|g",
        "timer": ":".join(str(int(10 ** rng.uniform(0, 3))) for _ in range(SAMPLES)) + "|ms"}[kind]


def _used(redis):
    return int(dict(line.split(b":") for line in redis.command("INFO", "memory").split(b"\r\n") if b":" in line)[b"used_memory"])


def _of_a_kind(installation, kind, node_bytes, keys):
    redis = installation.redis
    redis.command("FLUSHALL")
    redis.command("CONFIG", "SET", "stream-node-max-bytes", node_bytes)
    installation.flush()
    before = _used(redis)
    names = [f"shop.web.requests.by-country.{kind[0]}.{key:09d}" for key in range(keys)]  # of 40 bytes
    for first in range(0, keys, 100):
        lines = "\n".join(_lines(kind, name) for name in names[first:first + 100])
        answer = installation.post_lines(lines.encode())
        assert answer.status == 204, answer
    installation.flush(60)
    metric = (_used(redis) - before) / keys
    entry = redis.memory_of_an_entry(STREAMS[kind] + names[0])
    redis.command("DEL", f"copies.{STREAMS[kind]}{names[0]}")
    redis.command("DEBUG", "RELOAD")  # as a start from a snapshot: what was reserved in streams is given back
    anew = (_used(redis) - before) / keys
    [(_, fields)] = redis.command("XRANGE", STREAMS[kind] + names[0], "-", "+")
    idle = _idle(installation, [STREAMS[kind] + name for name in names[:IDLE]], fields)
    what = f"a {kind}, stream-node-max-bytes {node_bytes}"
    return [Figure(f"{what}: with one entry", metric, "bytes"), Figure(f"{what}: each further entry", entry, "bytes"),
            Figure(f"{what}: with one entry, Redis started anew", anew, "bytes"),
            Figure(f"{what}: with one entry, idle for a week", idle, "bytes")]


def _idle(installation, streams, fields):
    """Each with one entry, after the first pass of ingestd that finds them."""
    redis = installation.redis
    redis.command("FLUSHALL")
    installation.flush()
    before, calls = _used(redis), redis.calls("eval")
    last = f"{(int(redis.command('TIME')[0]) - 7 * 86_400 - 7_200) * 1000}-1"
    redis.pipeline([("XADD", stream, last, *fields) for stream in streams])
    installation.restart()
    eventually(lambda: redis.calls("eval") >= calls + len(streams), 120)
    return (_used(redis) - before) / len(streams)


def redis_memory(options):
    entries, keys = (100, 100) if options.smoke else (10_000, 10_000)
    with tempfile.TemporaryDirectory() as folder, _server(folder) as server, \
            Installation(readerd=False, redis=server) as installation:
        installation.track("a")
        installation.flush()
        [(identity, _)] = installation.entries("a")
        second = identity.split("-")[1]
        sizes = {}
        for name, part in (("ours", second), ("the original's", "0")):
            installation.redis.pipeline([("XADD", name, f"{1_700_000_000_000 + at * 10_000}-{part}", "count", 1000 + at)
                                         for at in range(entries)])
            sizes[name] = installation.redis.command("MEMORY", "USAGE", name, "SAMPLES", 0) / entries
        kinds = sum((_of_a_kind(installation, kind, node_bytes, keys) for kind in STREAMS for node_bytes in NODE_BYTES), [])
    return [Figure("the original's layout", sizes["the original's"], "bytes an entry"),
            Figure("ours", sizes["ours"], "bytes an entry", most=sizes["the original's"]), *kinds]
