"""The index of keys, `kilometric:keys`, and the tiers of a key that is new to it: whatever becomes of the index while
the daemons run, what is counted is found, and soon."""

import pytest

from harness import Installation
from processes import eventually
from test_tiers import BASE, HOUR, add, await_filled

KEYS = [f"found.{index}" for index in range(1000)]


def count_all(installation, keys=KEYS):
    lines = [f"{key}:1|c".encode() for key in keys]
    installation.send_datagrams([b"\n".join(lines[start:start + 40]) for start in range(0, len(lines), 40)])
    installation.flush()


def index(installation):
    return keys_of(installation, "keys")


def keys_of(installation, name):
    return {key.decode() for key in installation.redis.command("ZRANGE", f"kilometric:{name}", 0, -1)}


def passed(installation):
    return installation.metrics().value("kilometric_tier_passes_total") > 0


def lose_everything(redis):
    redis.command("FLUSHALL")


def lose_the_index(redis):
    redis.command("DEL", "kilometric:keys")


def have_it_made_anew(redis):
    redis.pipeline([("DEL", "kilometric:keys"), ("ZADD", "kilometric:keys", 0, "another")])


@pytest.mark.parametrize("lose", [lose_everything, lose_the_index, have_it_made_anew])
@pytest.mark.parametrize("keys", [1, 1000])
def test_an_index_that_was_lost(installation, lose, keys):
    for _ in range(3):
        count_all(installation, KEYS[:keys])
    lose(installation.redis)
    count_all(installation, KEYS[:keys])
    count_all(installation, KEYS[:keys])
    assert set(KEYS[:keys]) <= index(installation)
    for key in KEYS[:keys:300]:
        assert installation.counter(key) == (2 if lose is lose_everything else 5)
    assert "the index of keys" in installation.log()


@pytest.mark.parametrize("kind, value, name", [("counter", "1|c", "keys"), ("gauge", "1|g", "gauge:keys"),
                                               ("timer", "1|ms", "timer:keys"), ("set", "a|s", "set:keys")])
def test_idle_keys_are_found_by_their_streams_when_the_index_was_lost(installation, kind, value, name):
    """Nobody counts them, so nobody tells them again; one of the kind is counted, and shows that the index was lost."""
    lines = [f"{key}:{value}".encode() for key in KEYS[:10]]
    installation.send_datagram(b"\n".join([*lines, b"beside:1|c", b"beside:1|g", b"beside:1|ms", b"beside:a|s"]))
    installation.flush()
    eventually(lambda: passed(installation))
    eventually(lambda: installation.redis.command("EXISTS", "kilometric:scanned"))
    eventually(lambda: len(keys_of(installation, name)) == 11)
    assert installation.redis.command("DEL", f"kilometric:{name}") == 1

    def found():
        installation.send_datagram(lines[0])
        return set(KEYS[:10]) <= keys_of(installation, name)
    eventually(found, within=50, message=f"the store was not searched again for {kind}s")
    assert "beside" in keys_of(installation, name)


def test_a_key_that_was_taken_out_of_the_index(installation):
    """Each batch tells a share of the keys again, so within sixteen batches it is back. The others are left alone."""
    count_all(installation)
    count_all(installation)
    for key in KEYS[3], KEYS[777]:
        assert installation.redis.command("ZREM", "kilometric:keys", key) == 1
        for _ in range(20):
            count_all(installation)
            if key in index(installation):
                break
        assert key in index(installation)
    assert "the index of keys" not in installation.log()


@pytest.mark.parametrize("counted", [True, False])
def test_a_key_that_is_new_has_its_turn_within_a_minute(installation, counted):
    """Its history was written by another, while the daemons ran; it is in the index as it is counted, or as the
    other put it there. In the first case it waits for no pass, of which none begins so soon."""
    redis = installation.redis
    installation.track("old")
    installation.flush()
    eventually(lambda: passed(installation))
    add(redis, "history", [(f"{BASE + hour * HOUR}-5", 1) for hour in range(24 * 60)])
    if counted:
        installation.track("history")
    else:
        redis.command("ZADD", "kilometric:keys", 0, "history")
    await_filled(redis, ["history"], within=10 if counted else 60)
    assert redis.command("XLEN", "kilometric:day.history") >= 58
