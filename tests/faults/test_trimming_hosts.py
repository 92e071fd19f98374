"""A host's reply is lost and it is cut off for longer than raw entries stay, while another host trims."""

import glob

import pytest
from distant_host import DistantHost
from harness import Installation
from processes import eventually

HOUR, DAY = 3_600, 86_400
KEY = "visits"


class Host(DistantHost):
    def __init__(self, owner, clock_off):
        super().__init__(owner, clock_off, readerd=False, retention_raw="1d")

    def send(self, value):
        self.installation.send_datagram(b"%s:%d|c" % (KEY.encode(), value))

    def lose_a_reply(self, value):
        """Redis has the entry, and nothing of that comes back; from then on there is no Redis."""
        self.wire.hold = True
        self.send(value)
        eventually(lambda: b"XADD" in self.wire.holding)
        self.cut_off()
        eventually(lambda: any(b"XADD" in data for _, data in self.wire.held))
        self.wire.hold = False
        self.wire.release()
        eventually(lambda: self.metric("redis_up") == 0 and self.metric("batches_pending") == 1)

    def be_back(self, clock_off):
        self.find_redis(clock_off)
        eventually(lambda: self.metric("redis_up") == 1 and self.metric("batches_pending") == 0)

    def live_on(self, clock_off):
        """An entry at that time, and a pass over the tiers."""
        passes = self.metric("tier_passes_total")
        self.set_clock(clock_off)
        self.send(1)
        self.installation.flush()
        eventually(lambda: self.metric("tier_passes_total") > passes)


def make_long(redis):
    """Short streams are neither packed nor trimmed."""
    redis.pipeline([("XADD", f"kilometric.{KEY}", f"{1 + at}-0", "count", 0) for at in range(1001)])


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_a_host_looks_up_when_it_is_back(forgotten):
    """Others have held it, unless the host was away for more than a week: then it is not known whether it was
    counted, so it is left in a file. What was not sent before is counted."""
    later = 2 * DAY
    with Installation(ingestd=False) as owner, Host(owner, 0) as away:
        make_long(owner.redis)
        away.send(10)
        away.installation.flush()
        away.lose_a_reply(20)
        assert [count for _, count in owner.entries(KEY)][-2:] == ["10", "20"]
        away.send(40)
        eventually(lambda: away.metric("batches_pending") == 2)
        if forgotten:
            [instance] = owner.redis.command("ZRANGE", "kilometric:instances", 0, -1)
            owner.redis.command("DEL", "kilometric:instances", b"kilometric:instance." + instance)
        with Host(owner, later) as here:
            here.live_on(later + HOUR)
            here.live_on(later + 2 * HOUR)
            here.live_on(later + 3 * HOUR)
            left = [count for _, count in owner.entries(KEY) if count != "0"]
            assert left == (["1", "1", "1"] if forgotten else ["10", "20", "1", "1", "1"])
            away.be_back(later + 3 * HOUR)
            away.send(80)
            away.installation.flush()
            assert owner.counter(KEY) == 10 + 20 + 40 + 80 + 3
            assert away.metric("entries_doubtful_total") == away.metric("batches_doubtful") == forgotten
            files = glob.glob(f"{away.installation.settings['state_dir']}/spool/doubtful/*")
            assert len(files) == forgotten
            told = f"1 entries, such as one of kilometric.{KEY}, may have been counted and trimmed"
            assert (told in away.installation.log("ingestd")) == forgotten
            for path in files:
                assert path in away.installation.log("ingestd")
