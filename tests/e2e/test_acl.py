"""Redis' users with rules (ACL): those of docs/operations.md are enough, and one with too little is told from the log."""

import os
import random
import re
import urllib.parse

import pytest

import wire
from harness import Installation
from processes import eventually
from test_tiers import HOUR, add, add_sets, redis_ms, spread, spread_sets

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def rules(daemon):
    """Of the user that docs/operations.md has for it, with the name and the password."""
    with open(os.path.join(ROOT, "docs/operations.md"), encoding="utf-8") as file:
        [line] = re.findall(rf"^ +ACL SETUSER kilometric-{daemon} (.*)$", file.read(), re.MULTILINE)
    return line


def user(redis, daemon, line):
    """The URL of one who has these rules."""
    name = f"kilometric-{daemon}"
    assert redis.command("ACL", "SETUSER", name, "reset", *line.split()) == b"OK"
    [password] = re.findall(r">(\S+)", line)
    return f"redis://{name}:{urllib.parse.quote(password)}@{redis.host}:{redis.port}/0"


def denied(redis):
    """What Redis has denied to whom: [(user, command or key)]."""
    entries = [dict(zip(entry[::2], entry[1::2])) for entry in redis.command("ACL", "LOG")]
    return [(entry[b"username"], entry[b"object"]) for entry in entries]


@pytest.fixture
def redis():
    with Installation(ingestd=False, readerd=False) as server:
        yield server.redis


def test_the_rules_of_the_documentation_are_enough(redis):
    """A search of the store, retention, a gone instance, an entry that comes late, a lost index; reading, deleting."""
    add(redis, "old", spread(redis_ms(redis), 50, HOUR))
    add_sets(redis, "old", spread_sets(random.Random(1), redis_ms(redis), 50, HOUR))
    redis.command("ZADD", "kilometric:set:keys", 0, "old")
    redis.command("ZADD", "kilometric:instances", 5, "gone")
    with Installation(redis=redis, readerd=False, redis_url=user(redis, "ingestd", rules("ingestd")),
                      retention_raw="1d", retention_hour="2d", retention_day="3d") as installation:
        eventually(lambda: installation.metrics().value("kilometric_entries_trimmed_total") > 0)
        eventually(lambda: installation.metrics().value("kilometric_tier_passes_total") > 0)
        assert redis.command("XLEN", "kilometric:set:hour.old") > 0 and redis.command("XLEN", "kilometric:set:day.old") > 0
        installation.track("late")
        installation.flush()
        redis.command("XADD", "kilometric.late", f"{redis_ms(redis) + 2000}-7", "count", 100)
        installation.track("late", 10)
        installation.flush()
        redis.command("DEL", "kilometric:keys")
        installation.track("late", 1000)
        installation.flush()
        eventually(lambda: not redis.command("EXISTS", "kilometric:scanned"), message="the search was not forgotten")
        eventually(lambda: redis.command("ZSCORE", "kilometric:instances", "gone") is None)
        eventually(lambda: redis.command("EXISTS", "kilometric:scanned"), within=50, message="no search took place")
        assert "NOPERM" not in installation.log()
    with Installation(redis=redis, ingestd=False, redis_url=user(redis, "readerd", rules("readerd")),
                      allow_delete="on") as reader:
        def ask(target, method="GET"):
            return wire.request(reader.reader_port, method, target)
        assert reader.counter("late") == 1111
        assert reader.read("old", period="3600", limit="5").status in (200, 400)
        assert b"late" in ask("/keys").body and b"old" in ask("/keys").body
        assert ask("/read?type=counter&key=*").status in (200, 400)
        assert ask("/health").status == 200
        assert ask("/keys?key=late", "DELETE").status in (200, 204)
        assert "NOPERM" not in reader.log("readerd")
    assert denied(redis) == []


@pytest.mark.parametrize("missing, words", [
    ("~kilometric.* ", "XADD kilometric.denied: NOPERM"), ("+xadd ", "XADD kilometric.denied: NOPERM"),
    ("+zadd ", "ZADD kilometric:keys: NOPERM"), ("+hset ", "HSET kilometric:instance."),
    ("+zrangebylex ", "ZRANGEBYLEX kilometric:keys: NOPERM"), ("+time ", "TIME: NOPERM"), ("+info ", "INFO: NOPERM")])
def test_a_user_with_too_little(redis, missing, words):
    """The log names the command, and what it was to be done to, once; what was counted arrives when it may."""
    line = rules("ingestd")
    assert line.count(missing) == 1
    with Installation(redis=redis, readerd=False,
                      redis_url=user(redis, "ingestd", line.replace(missing, ""))) as installation:
        installation.track("denied", 3)
        eventually(lambda: "may not do " + words in installation.log(), message="it is not told")
        user(redis, "ingestd", line)
        installation.await_sums({"denied": 3})
        assert installation.log().count("may not do " + words) == 1


def test_a_user_who_may_run_no_script(redis):
    """What is idle keeps its room, the log says why, and all else goes on; with the rule it gives its room back."""
    add(redis, "idle", [(f"{redis_ms(redis) - 170 * HOUR}-1", 1)])
    room = lambda: redis.command("MEMORY", "USAGE", "kilometric.idle")  # noqa: E731
    before, line = room(), rules("ingestd")
    for rule, words, gives in (("", "may not do EVAL: NOPERM", False), ("+eval ", "", True)):
        url = user(redis, "ingestd", line.replace("+eval ", rule))
        with Installation(redis=redis, readerd=False, redis_url=url) as installation:
            eventually(lambda: installation.metrics().value("kilometric_tier_passes_total") > 0)
            eventually(lambda: words in installation.log())
            installation.track("visits")
            installation.flush()
            eventually(lambda: (room() < before / 4) == gives)
            assert installation.metrics().value("kilometric_tier_failures_total") == 0
    assert denied(redis) == [(b"kilometric-ingestd", b"eval")]


def test_a_reader_with_too_little(redis):
    line = rules("readerd").replace("+zrangebylex ", "")
    with Installation(redis=redis, ingestd=False, redis_url=user(redis, "readerd", line)) as reader:
        answer = wire.request(reader.reader_port, "GET", "/keys")
        assert answer.status == 503 and "NOPERM" in answer.error(), answer
        eventually(lambda: "may not do ZRANGEBYLEX kilometric:keys: NOPERM" in reader.log("readerd"))
