"""What TLS costs the flusher: the same flushes to the same Redis, by TLS and without, in turn."""

import os
import statistics
import tempfile

from certificates import Certificates
from figure import Figure
from harness import Installation
from programs import cpu_seconds, role_of, run_load
from redis_server import RedisServer


class _Host:
    """An installation whose flushes are measured one by one."""

    def __init__(self, redis, keys, interval, **settings):
        self._installation = Installation(redis=redis, readerd=False, workers=1, flush_interval=interval, **settings)
        self._seconds = interval / 3
        self._load = ["load-udp", "--lines", "30", "--keys", str(keys), "--rate", str(int(keys / 30 / self._seconds))]

    def __enter__(self):
        self._installation.__enter__()
        [self._flusher] = [pid for pid in self._installation.daemons["ingestd"].family()
                           if role_of(pid) == "flusher"]
        return self

    def __exit__(self, *error):
        return self._installation.__exit__(*error)

    def measure(self):
        """The flusher's CPU microseconds for an entry, over one load amid no pass over the index."""
        for _ in range(20):
            sent, walked, cpu = *self._counts(), cpu_seconds(self._flusher)
            run_load(self._load, self._installation.udp_port, 1.5 * self._seconds)
            self._installation.flush(60)
            sent_after, walked_after = self._counts()
            if walked == walked_after:
                return (cpu_seconds(self._flusher) - cpu) / (sent_after - sent) * 1e6
        raise AssertionError("passes over the index do not end")

    def _counts(self):
        metrics = self._installation.metrics()
        return [metrics.value(f"kilometric_{name}_total") for name in ("entries_sent", "keys_walked")]


def tls(options):
    keys, interval = (1_000, 0.5) if options.smoke else (100_000, 3)
    with tempfile.TemporaryDirectory() as folder:
        certificates = Certificates(os.path.join(folder, "certificates"))
        redis = RedisServer(os.path.join(folder, "redis"), tls=certificates.sign("redis"))
        redis.start()
        try:
            with _Host(redis, keys, interval) as plain, \
                    _Host(redis, keys, interval, redis_url=redis.tls_url, redis_ca=certificates.authority) as by_tls:
                for host in (plain, by_tls):  # after which every stream is there
                    host.measure()
                rounds = [(plain.measure(), by_tls.measure()) for _ in range(1 if options.smoke else 2 * options.rounds)]
        finally:
            redis.clean_up()
    return [Figure("without", statistics.median(plain for plain, _ in rounds), "us an entry"),
            Figure("by TLS", statistics.median(sealed for _, sealed in rounds), "us an entry"),
            Figure("by TLS / without", statistics.median(sealed / plain for plain, sealed in rounds), "x", most=1.25)]
