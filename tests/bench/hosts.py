"""Several hosts that write the same metrics to one store: what share of the entries needs a second ID, as another host's
came first, and what hosts and Redis have to do for it."""

import contextlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

from figure import Figure
from harness import Installation
from processes import eventually
from programs import cpu_seconds, resident_mib, role_of, run_load
from redis_server import RedisServer

SAMPLE = 3_000  # metrics that are looked at
HOSTS = "ten hosts, 100,000 metrics every 10 s"


def hosts(options):
    figures = measure(3, 300, 1, 8) if options.smoke else measure(10, 100_000, 10, 18)
    limit = {} if options.smoke else {"most": 0.1}
    return [Figure(f"{HOSTS}: {what}", value, unit, **(limit if what == LATER else {})) for what, value, unit in figures]


LATER = "with a second ID, in the second half"


def measure(count, keys, interval, intervals):
    """[(what, value, unit)] of so many hosts that have an entry of each metric in each interval."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        redis = RedisServer(os.path.join(folder, "redis"))
        stack.callback(redis.clean_up)
        redis.start()
        installations = [stack.enter_context(Installation(redis=redis, readerd=False, workers=1, flush_interval=interval))
                         for _ in range(count)]
        load = ["load-udp", "--lines", "30", "--keys", str(keys), "--rate", str(keys // 30 // interval + 1)]
        pids = {pid: role_of(pid) for installation in installations for pid in installation.daemons["ingestd"].family()}
        pids[redis.pid] = "redis"
        cpu, began = {pid: cpu_seconds(pid) for pid in pids}, _now(redis)
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda installation: run_load(load, installation.udp_port, interval * intervals), installations))
        most = sum(resident_mib(pid) for pid, role in pids.items() if role != "redis") / count
        eventually(lambda: all(installation.metrics().value("kilometric_batches_pending") == 0
                               for installation in installations), 60)
        middle = (began + _now(redis)) // 2
        spent = {role: sum(cpu_seconds(pid) - cpu[pid] for pid in pids if pids[pid] == role) for role in set(pids.values())}
        pages = [installation.metrics() for installation in installations]
        entries = sum(page.value("kilometric_entries_sent_total") for page in pages)
        lines = sum(page.value("kilometric_lines_accepted_total", via="udp") for page in pages)
        first, later = _second_ids(redis, {_number(installation) for installation in installations}, middle)
        return [("with a second ID, in the first half", first, "%"), (LATER, later, "%"),
                ("of a worker", spent["worker"] / lines * 1e6, "us a line"),
                ("of a flusher", spent["flusher"] / entries * 1e6, "us an entry"),
                ("of Redis", spent["redis"] / entries * 1e6, "us an entry"),
                ("memory of a host", most, "MiB"),
                ("memory of Redis", _used(redis) / keys, "bytes a metric")]


def _number(installation):
    with open(os.path.join(installation.settings["state_dir"], "instance"), encoding="ascii") as file:
        return file.read().strip()


def _now(redis):
    return int(redis.command("TIME")[0]) * 1000


def _used(redis):
    lines = redis.command("INFO", "memory").decode().splitlines()
    return int(dict(line.split(":", 1) for line in lines if ":" in line)["used_memory"])


def _second_ids(redis, numbers, middle):
    """In percent, of the entries before `middle`, in ms, and of those behind it."""
    keys = redis.command("ZRANGEBYLEX", "kilometric:keys", "-", "+", "LIMIT", 0, SAMPLE)
    late, all_of = [0, 0], [0, 0]
    for entries in redis.pipeline([("XRANGE", b"kilometric." + key, "-", "+") for key in keys]):
        for identity, _ in entries:
            ms, second = identity.decode().split("-")
            half = int(ms) > middle
            all_of[half] += 1
            late[half] += second not in numbers
    return [100 * late[half] / max(all_of[half], 1) for half in (0, 1)]
