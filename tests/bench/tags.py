"""Tags of a million series: what the reader needs to list them, cold, when it walks over the index of keys first, and
while it follows the index; and what that costs Redis and memory."""

import statistics
import time

import wire
from harness import Installation
from figure import Figure
from processes import eventually

# Redis adds the keys from ARGV[1] to ARGV[2] itself: of some 60 bytes, with four tags, one of them with a value each.
FILL = """for i = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  redis.call('ZADD', KEYS[1], 0, string.format('service.latency.%02d;dc=dc%d;env=prod;host=host%04d;id=%08x',
                                               i % 50, i % 7, i * 7 % 4001, i * 2654435761 % 4294967296))
end"""


def _memory_mib(pid, row):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(row)) / 1024


def _ask(connection, target, times=1):
    """The median of milliseconds, and the last answer."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        answer = connection.request("GET", target)
        taken.append((time.perf_counter() - begun) * 1000)
        assert answer.status == 200, answer
    return statistics.median(taken), answer.json()


def tags(options):
    series, times = (10_000, 3) if options.smoke else (1_000_000, 4 * options.rounds + 1)
    with Installation(ingestd=False) as installation:
        redis, pid = installation.redis, installation.daemons["readerd"].pid
        for first in range(0, series, 5_000):
            redis.command("EVAL", FILL, 1, "kilometric:keys", first, min(first + 5_000, series))
        redis.command("CONFIG", "SET", "slowlog-log-slower-than", 5_000)
        redis.command("SLOWLOG", "RESET")
        used = redis.command("INFO", "cpu"), _memory_mib(pid, "VmRSS:")
        with wire.HttpConnection(installation.reader_port) as connection:
            cold, _ = _ask(connection, "/tags/host")
            figures = [Figure("a tag's values, cold", cold, "ms")]
            cpu = (_redis_seconds(redis.command("INFO", "cpu")) - _redis_seconds(used[0])) * 1000
            figures.append(Figure("the same: Redis' time", cpu, "ms"))
            hosts, answer = _ask(connection, "/tags/host", times)
            assert sum(value["count"] for value in answer["values"]) == series or options.smoke
            all_ids, answer = _ask(connection, "/tags/id", times)
            assert len(answer["values"]) == min(10_000, series)
            figures += [
                Figure("the tags", _ask(connection, "/tags", times)[0], "ms", most=50),
                Figure("a tag's 4,001 values", hosts, "ms", most=50),
                Figure(f"the first 10,000 of {series:,} values", all_ids, "ms", most=50),
                Figure("of these those that begin alike", _ask(connection, "/tags/id?prefix=abc", times)[0], "ms", most=50),
            ]
            walks = installation.metrics("readerd").value("kilometric_tag_walks_total")
            eventually(lambda: installation.metrics("readerd").value("kilometric_tag_walks_total") > walks, within=60)
        assert installation.metrics("readerd").value("kilometric_tags_left_out") == 0
        figures.append(Figure("readerd's memory beyond what it was, at its peak", _memory_mib(pid, "VmHWM:") - used[1], "MiB",
                              most=100_000_000 / 2**20))
        figures.append(Figure("Redis commands longer than 5 ms", redis.command("SLOWLOG", "LEN"), "", most=0))
    return figures


def _redis_seconds(info):
    """User and system time that Redis has taken."""
    rows = dict(line.split(":") for line in info.decode().split("\r\n") if ":" in line)
    return float(rows["used_cpu_user"]) + float(rows["used_cpu_sys"])
