"""Reading a year of one metric at the default interval, 3.15 million entries, tiers and packed hours derived by
ingestd: how long readerd needs, how 200 readers fare at the same time, and what it costs Redis and memory; and a day of
ten metrics. And percentiles of timers, out of tiers that are written here, or minutes that ingestd packs."""

import random
import selectors
import statistics
import time
import urllib.parse

import kind_entries
import wire
from harness import Installation
from figure import Figure
from processes import eventually
from programs import cpu_seconds

INTERVAL_MS, MINUTE, HOUR, DAY = 10_000, 60_000, 3_600_000, 86_400_000
FILL = """math.randomseed(ARGV[1])
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  local count = ARGV[5] == '10' and i % 10 or math.random(0, ARGV[5] - 1)
  redis.call('XADD', KEYS[1], string.format('%d', ARGV[3] + i * ARGV[4]) .. '-0', 'count', count)
end"""


def fill(installation, key, entries, below=10):
    """Up to now, by Redis' clock; its tiers follow when ingestd starts. Counts below ten in turn, others at random."""
    start = int(time.time() * 1000) - entries * INTERVAL_MS
    for first in range(0, entries, 5_000):
        installation.redis.command("EVAL", FILL, 1, "kilometric." + key, first, min(first + 5_000, entries), start,
                                   INTERVAL_MS, below)
    installation.redis.command("ZADD", "kilometric:keys", 0, key)
    return start


def await_tiers(installation, start):
    last_hour = (int(time.time() * 1000) - INTERVAL_MS) // HOUR * HOUR - HOUR
    last_day = last_hour // DAY * DAY - DAY
    for name, last in (("points", last_hour), ("hour", last_hour), ("day", last_day)):
        if last > start:
            eventually(lambda: top(installation, f"kilometric:{name}.year") >= last, within=300)
    return last_hour + HOUR


def top(installation, stream):
    entries = installation.redis.command("XREVRANGE", stream, "+", "-", "COUNT", 1)
    return int(entries[0][0].split(b"-")[0]) if entries else -1


def _milliseconds(connection, times, **parameters):
    """Median over requests on a kept connection."""
    return _median(connection, times, time.perf_counter, parameters)


def _cpu_milliseconds(installation, connection, times, **parameters):
    """The same of readerd's CPU."""
    pid = installation.daemons["readerd"].pid
    return _median(connection, times, lambda: cpu_seconds(pid), parameters)


def _median(connection, times, clock, parameters):
    target, taken = "/read?" + urllib.parse.urlencode({"key": "year", **parameters}, doseq=True), []
    for _ in range(times):
        begun = clock()
        answer = connection.request("GET", target)
        taken.append((clock() - begun) * 1000)
        assert answer.status == 200, answer
    return statistics.median(taken)


def _at_the_same_time(installation, readers):
    """Milliseconds to the end of each reader's answer, all asked at once; sorted."""
    request = wire.format_request("GET", "/read?key=year&type=counter", headers={"Connection": "close"})
    connections = [wire.HttpConnection(installation.reader_port) for _ in range(readers)]
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.descriptor, selectors.EVENT_READ, connection)
        begun, taken = time.perf_counter(), []
        for connection in connections:
            connection.send(request)
        while len(taken) < readers:
            for key, _ in selector.select(30):
                selector.unregister(key.fd)
                assert key.data.response().status == 200
                taken.append((time.perf_counter() - begun) * 1000)
    for connection in connections:
        connection.close()
    return sorted(taken)


def _peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024


def read(options):
    entries, times = (20_000, 3) if options.smoke else (365 * DAY // INTERVAL_MS, 4 * options.rounds + 1)
    with Installation(ingestd=False) as installation:
        redis = installation.redis
        start = fill(installation, "year", entries)
        for index in range(10):
            fill(installation, f"host.{index}", min(entries, DAY // INTERVAL_MS + 2 * HOUR // INTERVAL_MS), below=10_000)
        redis.command("CONFIG", "SET", "slowlog-log-slower-than", 5_000)
        redis.command("SLOWLOG", "RESET")
        begun = time.monotonic()
        installation.launch("ingestd")
        closed = await_tiers(installation, start)
        filled = time.monotonic() - begun
        for index in range(10):
            eventually(lambda: top(installation, f"kilometric:points.host.{index}") >= closed - HOUR, within=300)
        installation.stop("ingestd")
        with wire.HttpConnection(installation.reader_port) as connection:
            total = _milliseconds(connection, times, type="counter")
            figures = [
                Figure("total of a year", total, "ms", most=5),
                Figure("a year by hours", _milliseconds(connection, times, type="points", period=3600), "ms", most=15),
                Figure("a year by days", _milliseconds(connection, times, type="points", period=86_400), "ms", most=5),
                Figure("a day by minutes", _milliseconds(connection, times, type="points", **{"from": "-1d"}), "ms", most=10),
                Figure("the last hour", _milliseconds(connection, times, type="counter", **{"from": "-1h"}), "ms", most=1),
            ]
            crowd = _at_the_same_time(installation, 200)
            figures.append(Figure("200 readers of the same total at once, p99", crowd[-2], "ms"))
            figures.append(Figure("the same / one reader's median", crowd[-2] / total, "x", most=20))
            day = {"key": "host.*", "type": "points", "from": closed - DAY, "to": closed - 1}
            figures += [
                Figure("all of its points, in chunks", _milliseconds(connection, times, type="points", period=1), "ms", most=700),
                Figure("the same by half hours, readerd's CPU", _cpu_milliseconds(
                    installation, connection, times, type="points", period=1800), "ms", most=150),
                Figure("a day of ten metrics, read by half hours", _milliseconds(connection, times, period=1800, **day), "ms", most=4),
                Figure("a day of ten metrics, all points", _milliseconds(connection, times, period=10, **day), "ms"),
            ]
        figures.append(Figure("readerd's memory at its peak", _peak_mib(installation.daemons["readerd"].pid), "MiB", most=64))
        figures.append(Figure("Redis commands longer than 5 ms", redis.command("SLOWLOG", "LEN"), "", most=0))
        for what, name, most in (("its entries", "kilometric.year", None), ("its packed hours", "kilometric:points.year", 10),
                                 ("packed hours of counts below 10,000", "kilometric:points.host.0", 10)):
            figures.append(Figure(f"Redis' memory of a year: {what}", _year_mb(redis, name), "MB", most=most))
        begun = time.perf_counter()
        assert len(redis.command("XRANGE", "kilometric.year", "-", "+")) == entries
        figures.append(Figure("a plain XRANGE of the whole, beside it", (time.perf_counter() - begun) * 1000, "ms"))
        figures.append(Figure("deriving its tiers", filled, "s"))
    return figures


def _year_mb(redis, name):
    """What a stream takes for its time, for a year of it."""
    [first], [last] = redis.command("XRANGE", name, "-", "+", "COUNT", 1), redis.command("XREVRANGE", name, "+", "-", "COUNT", 1)
    milliseconds = int(last[0].split(b"-")[0]) - int(first[0].split(b"-")[0])
    return redis.command("MEMORY", "USAGE", name, "SAMPLES", 0) * 365 * DAY / max(milliseconds, 1) / 1e6


def _samples(choices, count):
    """Fields of timers' entries with so many samples each, over three decades."""
    source = random.Random(1)
    return [kind_entries.timer(*(round(source.lognormvariate(4, 1.15), 3) for _ in range(count))) for _ in range(choices)]


def _write(redis, stream, moments, fields):
    moments = list(moments)
    for first in range(0, len(moments), 1_000):
        redis.pipeline([("XADD", stream, f"{moment}-0", *fields[at % len(fields)])
                        for at, moment in enumerate(moments[first:first + 1_000], first)])


def _of_minutes(series, times):
    """Each timer has an entry a minute, which ingestd packs."""
    with Installation(ingestd=False) as installation:
        redis, hour = installation.redis, int(time.time() * 1000) // HOUR * HOUR
        fields = _samples(20, 100)
        for index in range(series):
            _write(redis, f"kilometric:timer.host.{index}.ms", range(hour - DAY, hour + 1, MINUTE), fields)
        redis.pipeline([("ZADD", "kilometric:timer:keys", 0, f"host.{index}.ms") for index in range(series)])
        installation.launch("ingestd")
        for index in range(series):
            eventually(lambda: top(installation, f"kilometric:timer:points.host.{index}.ms") == hour - HOUR, within=300)
        installation.stop("ingestd")
        with wire.HttpConnection(installation.reader_port) as connection:
            taken = _milliseconds(connection, times, key="host.*.ms", kind="timer", type="points", period=60, stat="p99",
                                  sum=1, **{"from": hour - DAY, "to": hour - 1})
        return Figure(f"p99 of {series} timers as one, a day by minutes", taken, "ms", most=300)


def read_timers(options):
    """A year of one timer as it lies in Redis: a day's and an hour's entry of 5,000 samples, and 100 samples each ten
    seconds since the last whole hour. And a day of a hundred timers, by hours, and by minutes."""
    days, series, times = (30, 10, 3) if options.smoke else (365, 100, 4 * options.rounds + 1)
    minutes = _of_minutes(series, times)
    with Installation(ingestd=False) as installation:
        redis, now = installation.redis, int(time.time() * 1000)
        hour = now // HOUR * HOUR
        day = hour // DAY * DAY
        large, small = _samples(20, 5_000), _samples(20, 100)
        _write(redis, "kilometric:timer:day.year", range(day - days * DAY, day, DAY), large)
        _write(redis, "kilometric:timer:hour.year", range(day - days * DAY, hour, HOUR), large)
        _write(redis, "kilometric:timer.year", range(hour, now, INTERVAL_MS), small)
        keys = [f"host.{index}.ms" for index in range(series)]
        for key in keys:
            _write(redis, f"kilometric:timer:hour.{key}", range(hour - DAY, hour, HOUR), large)
            _write(redis, f"kilometric:timer.{key}", range(hour, now, INTERVAL_MS), small)
        redis.pipeline([("ZADD", "kilometric:timer:keys", 0, key) for key in ("year", *keys)])
        redis.command("CONFIG", "SET", "slowlog-log-slower-than", 5_000)
        redis.command("SLOWLOG", "RESET")
        day_by_hours = {"key": "host.*.ms", "type": "points", "period": 3600, "from": hour - DAY, "to": hour - 1}
        with wire.HttpConnection(installation.reader_port) as connection:
            figures = [
                Figure("p99 of a year", _milliseconds(connection, times, kind="timer", type="value", stat="p99"), "ms", most=20),
                Figure("p50, p99 and max of a year by days", _milliseconds(
                    connection, times, kind="timer", type="points", period=86_400, stat="p50,p99,max"), "ms"),
                Figure(f"p99 of {series} timers as one, a day by hours", _milliseconds(
                    connection, times, kind="timer", stat="p99", sum=1, **day_by_hours), "ms", most=30),
                minutes,
            ]
        figures.append(Figure("readerd's memory at its peak", _peak_mib(installation.daemons["readerd"].pid), "MiB", most=64))
        figures.append(Figure("Redis commands longer than 5 ms", redis.command("SLOWLOG", "LEN"), "", most=0))
    return figures
