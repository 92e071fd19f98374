"""A host that reaches the Redis of another through a wire, which says what time it is."""

from harness import Installation
from processes import eventually, free_port
from proxy import Proxy


class DistantHost:
    """An installation on the Redis of `owner`, whose clock is `clock_off` seconds from ours on this wire."""

    def __init__(self, owner, clock_off, **settings):
        self.wire, self._redis_port = Proxy(owner.redis.port), owner.redis.port
        self.wire.clock_off = clock_off
        self.installation = Installation(redis=owner.redis, redis_url=self.wire.url, workers=1, **settings)

    def __enter__(self):
        self.installation.__enter__()
        return self

    def __exit__(self, *error):
        self.installation.__exit__(*error)
        self.wire.__exit__(*error)

    def metric(self, name):
        return self.installation.metrics().value("kilometric_" + name)

    def set_clock(self, clock_off):
        """It asks for the time when it has connected again."""
        self.wire.clock_off, times = clock_off, self.wire.times
        self.wire.cut()
        eventually(lambda: self.wire.times > times and self.metric("redis_up") == 1)

    def cut_off(self):
        """What it connects to next is not there."""
        self.wire.target = free_port()
        self.wire.cut()

    def find_redis(self, clock_off):
        self.wire.target, self.wire.clock_off = self._redis_port, clock_off
