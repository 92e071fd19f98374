"""A host with gauges in its spool is back after hours; another one went on meanwhile."""

import time
from decimal import Decimal

from distant_host import DistantHost
from harness import Installation
from processes import eventually

HOUR, DAY = 3_600, 86_400
KEYS = ("only-set", "only-added", "both")


class Host(DistantHost):
    def lose_redis(self):
        self.cut_off()
        eventually(lambda: self.metric("redis_up") == 0)

    def start_again(self, clock_off):
        """Down for a while, with batches in its spool."""
        self.installation.stop()
        self.find_redis(clock_off)
        self.installation.launch("ingestd")
        self.installation.await_ready("ingestd")
        eventually(lambda: self.metric("redis_up") == 1)

    def send(self, value, added):
        """An entry of each gauge."""
        pending = self.metric("batches_pending")
        self.installation.send_datagram(b"only-set:%d|g\nonly-added:+%d|g\nboth:%d|g\nboth:+%d|g" %
                                        (value, added, value, added))
        self.installation.await_received()
        if self.metric("redis_up"):
            self.installation.flush()
        else:
            eventually(lambda: self.metric("batches_pending") > pending)


def plain(key, arrived, step):
    """What a gauge's tier has to hold of `arrived`, [(time, value, added, when it was sent)]: {start: (last, min, max,
    sum, count)}. Values are seen when they are set, and when something was added."""
    periods, last, newest = {}, 0, 0
    for at, value, added, sent in arrived:
        seen, _ = periods.setdefault(at // step * step, ([], 0))
        if key != "only-added":
            seen.append(value)
            if sent > newest:
                last, newest = value, sent
        if key != "only-set":
            last += added
            seen.append(last)
        periods[at // step * step] = seen, last
    periods.pop(max(periods))
    return {start: (last, min(seen), max(seen), sum(seen), len(seen)) for start, (seen, last) in periods.items()}


def is_right(redis, name, key, expected):
    found = {}
    for identity, texts in redis.command("XRANGE", f"kilometric:gauge:{name}.{key}", "-", "+"):
        fields = dict(zip(texts[::2], texts[1::2]))
        found[int(identity.split(b"-")[0]) // 1000] = tuple(
            Decimal(fields[field].decode()) for field in (b"last", b"min", b"max", b"sum", b"count"))
    assert found == expected, f"{name} {key}"
    return True


def values(host):
    return {key: host.installation.read_json(key, "value", kind="gauge", stat="last")["values"][0]["value"] for key in KEYS}


def test_what_it_has_set_is_older_and_what_it_has_added_counts():
    """The wire says what time it is: ten past two on some day, two hours later, a day later, two hours later."""
    now = int(time.time())
    day = now // DAY * DAY
    at = [day + 2 * HOUR, day + 4 * HOUR, day + DAY + 4 * HOUR, day + DAY + 6 * HOUR]
    clocks = [moment + 600 - now for moment in at]
    with Installation(ingestd=False, readerd=False) as owner, Host(owner, clocks[0]) as here, \
            Host(owner, clocks[0], readerd=False) as away:
        here.send(10, 1)
        away.send(20, 2)
        away.lose_redis()
        away.send(3000, 4)
        away.send(5, 8)
        here.set_clock(clocks[1])
        here.send(50, 16)
        here.send(40, 32)
        away.start_again(clocks[1])
        away.installation.flush()
        assert values(here) == {"only-set": 40, "only-added": 63, "both": 40 + 32 + 4 + 8}
        away.send(60, 64)
        here.set_clock(clocks[2])
        here.send(70, 128)
        here.set_clock(clocks[3])
        here.send(80, 256)
        here.set_clock(clocks[3] + HOUR)  # another pass over the tiers
        arrived = [(at[0], 10, 1, 1), (at[0], 20, 2, 2), (at[1], 50, 16, 5), (at[1], 40, 32, 6), (at[1], 3000, 4, 3),
                   (at[1], 5, 8, 4), (at[1], 60, 64, 7), (at[2], 70, 128, 8), (at[3], 80, 256, 9)]
        for name, step in (("hour", HOUR), ("day", DAY)):
            for key in KEYS:
                eventually(lambda: is_right(owner.redis, name, key, plain(key, arrived, step)), 30, None)
