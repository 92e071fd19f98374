"""Sets: what of their members is in Redis, from every entrance, over workers, hosts, intervals and hours, and over
whatever dies."""

import contextlib
import random

import pytest

import set_entry
from harness import Installation
from processes import eventually
from redis_server import RedisServer
from test_tiers import DAY, HOUR, redis_ms, whole_pass

ERROR = 3 * 0.0162


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(str(tmp_path / "redis"))
    server.start()
    yield server
    server.clean_up()


def entries(redis, key, tier=""):
    """[(id, count, members)], every one of the form that docs/formats/redis.md promises."""
    found = []
    for entry, fields in redis.command("XRANGE", f"kilometric:set{tier}.{key}".encode(), "-", "+"):
        assert fields[::2] == [b"count", b"set"], fields
        members = set_entry.read(fields[3])
        exact = isinstance(members, frozenset)
        about = set_entry.about(members)
        assert int(fields[1]) == about if exact else abs(int(fields[1]) / about - 1) < 0.1, (fields[1], about)
        found.append((entry.decode(), int(fields[1]), members))
    return found


def united(redis, key, tier=""):
    return set_entry.united([members for _, _, members in entries(redis, key, tier)])


def lines(key, members):
    return b"\n".join(f"{key}:{member}|s".encode() for member in members)


def send(installation, key, members):
    installation.send_datagrams([lines(key, members[at:at + 200]) for at in range(0, len(members), 200)])


def tokens_of(installation, members):
    """What the daemon makes of each member alone: no other here hashes."""
    keys = [f"token.{index}" for index in range(len(members))]
    assert installation.post_lines(b"\n".join(f"{key}:{member}|s".encode() for key, member in zip(keys, members))).status == 204
    installation.flush()
    return {member: united(installation.redis, key) for member, key in zip(members, keys)}


def test_entries_as_anybody_sees_them():
    with Installation(readerd=False) as installation:
        installation.send_datagram(b"users:alice|s\nusers:bob|s\nusers:alice|s")
        installation.flush()
        redis = installation.redis
        [(entry, fields)] = redis.command("XRANGE", "kilometric:set.users", "-", "+")
        assert fields == [b"count", b"2", b"set", b"\x00\x01T\x03\xc0\xc9\xe6u4@"], "as in docs/formats/redis.md"
        assert redis.command("ZRANGE", "kilometric:set:keys", 0, -1, "WITHSCORES") == [b"users", b"0"]
        assert redis.command("EXISTS", "kilometric:keys", "kilometric.users") == 0


def test_every_entrance():
    with Installation(readerd=False) as installation:
        installation.send_datagram(b"udp:alice|s\nudp:bob|s|c:box")
        assert installation.post_lines(b"lines:alice|s\nlines:bob|s").status == 204
        for member in ("alice", "bob"):
            assert installation.request("GET", f"/track?key=query&value={member}&type=s").status == 204
        form = installation.request("POST", "/track", b"key=form&value=alice&type=s",
                                    {"Content-Type": "application/x-www-form-urlencoded"})
        assert form.status == 204
        installation.flush()
        both = united(installation.redis, "udp")
        assert len(both) == 2
        assert united(installation.redis, "lines") == both and united(installation.redis, "query") == both
        assert united(installation.redis, "form") < both


def test_members_of_any_bytes():
    """Colons, blanks, UTF-8 and none, digits: a member is what stands between the key and the bar."""
    members = [b"a:b", b"a", b"b", b":", b"1:2:3", b" a", b"\xff\xfe", "ünï".encode(), b"3.0", b"3", b"x" * 1023, b"@0.1", b"#a"]
    with Installation(readerd=False) as installation:
        for at, member in enumerate(members):
            assert installation.post_lines(b"each.%d:%b|s\nall:%b|s\nall:%b|s" % (at, member, member, member)).status == 204
        installation.flush()
        assert installation.lines("http") == {"received": 3 * len(members), "accepted": 3 * len(members)}
        all_members = united(installation.redis, "all")
        assert len(all_members) == len(members)
        singles = [united(installation.redis, f"each.{at}") for at in range(len(members))]
        assert all(len(single) == 1 for single in singles) and frozenset().union(*singles) == all_members


def test_members_that_are_refused():
    """Empty, too long: counted as bad values, with words that say what a member may be; other lines are counted."""
    bad = [b"", b"x" * 1024, b"x" * 10_240]
    with Installation(readerd=False) as installation:
        installation.send_datagram(b"\n".join([b"users:%b|s" % member for member in bad] + [b"users:alice|s"]))
        answer = installation.post_lines(b"users:" + bad[2] + b"|s\nusers:bob|s")
        assert b'"accepted":1,"rejected":1,"error":"line 1: ' in answer.body, answer
        assert b"of a set 1 to 1,023 bytes" in answer.body
        for member in ("", "x" * 1024):
            answer = installation.request("GET", f"/track?key=users&value={member}&type=s")
            assert answer.status == 400 and "of a set 1 to 1,023 bytes" in answer.error(), answer
        installation.flush()
        assert installation.lines("udp") == {"received": 4, "accepted": 1, "bad_value": 3}
        assert installation.lines("http") == {"received": 4, "accepted": 1, "bad_value": 3}
        assert len(united(installation.redis, "users")) == 2
        eventually(lambda: "bad_value" in installation.log())


@pytest.mark.parametrize("size", [255, 256, 257, 3_000, 30_000])
def test_two_workers(redis, size):
    """A union of what each of them had, some of it both: exact up to 256, then within three standard deviations."""
    members = [f"member-{index}" for index in range(size)]
    with Installation(redis=redis, readerd=False, workers=2, flush_interval=3600) as installation:
        send(installation, "both", members)
        send(installation, "both", members[::-1][:size // 2])
        installation.await_received()
        installation.stop()
        [(_, count, found)] = entries(redis, "both")
        assert isinstance(found, frozenset) == (size <= 256)
        assert count == size if size <= 256 else abs(count / size - 1) < ERROR


def test_a_million_members(redis):
    with Installation(redis=redis, readerd=False, workers=2, flush_interval=3600) as installation:
        for at in range(0, 1_000_000, 25_000):
            body = lines("million", range(at, at + 25_000))
            assert installation.post_lines(body).status == 204
        installation.stop()
        [(_, count, _)] = entries(redis, "million")
        assert abs(count / 1_000_000 - 1) < ERROR
        assert redis.command("MEMORY", "USAGE", "kilometric:set.million") < 4096 + 2200


def test_what_an_entry_takes_of_redis(redis):
    """By members; what an entry takes among many, as a stream has memory of its own."""
    most = {1: 35, 10: 61, 50: 210, 100: 370, 256: 960, 257: 350, 1_000: 860, 10_000: 1_900, 100_000: 2_100}
    with Installation(redis=redis, readerd=False, workers=1, flush_interval=3600) as installation:
        for size in most:
            for at in range(0, size, 25_000):
                assert installation.post_lines(lines(f"size.{size}", range(at, min(at + 25_000, size)))).status == 204
        installation.stop("ingestd")
        for size, limit in most.items():
            assert redis.memory_of_an_entry(f"kilometric:set.size.{size}") <= limit, size


def test_two_hosts_and_many_intervals(redis):
    """Members that come again are one, wherever and whenever they were counted."""
    members = [f"member-{index}" for index in range(200)]
    with contextlib.ExitStack() as stack:
        hosts = [stack.enter_context(Installation(redis=redis, readerd=False)) for _ in range(2)]
        for turn in range(6):
            for which, hosted in enumerate(hosts):
                send(hosted, "shared", members[turn * 20:turn * 20 + 60 + which * 40])
                hosted.await_received()
                hosted.flush()
        found = entries(redis, "shared")
        assert len(found) == 12
        assert len(united(redis, "shared")) == 200
        assert len({entry.split("-")[1] for entry, _, _ in found}) == 2


def test_hours_and_days_are_unions(redis):
    """Also of entries of the past, which tiers sum up; what is read from the day is what was in the raw entries."""
    now = redis_ms(redis)
    with Installation(redis=redis, readerd=False) as installation:
        tokens = tokens_of(installation, [f"member-{index}" for index in range(300)])
        start = (now - 3 * DAY) // DAY * DAY
        rng = random.Random(3)
        days = {}
        for at in range(start, start + 2 * DAY + HOUR, HOUR // 2):
            some = frozenset().union(*(tokens[member] for member in rng.sample(sorted(tokens), 20)))
            redis.command("XADD", "kilometric:set.past", f"{at}-7", "count", len(some), "set", set_entry.write(some))
            days.setdefault(at // DAY * DAY, []).append(some)
        installation.send_datagram(b"past:today|s")
        installation.flush()
        whole_pass(installation)
        eventually(lambda: len(entries(redis, "past", ":day")) == 2)
        for entry, _, members in entries(redis, "past", ":day"):
            assert members == set_entry.united(days[int(entry.split("-")[0])])
        assert len(entries(redis, "past", ":hour")) == 49


def test_kills_lose_no_member(redis):
    """Workers and flushers are killed while members come; their union is whole."""
    with Installation(redis=redis, readerd=False, workers=2) as installation:
        members = {"always"}
        for turn in range(12):
            some = [f"{turn}-{index}" for index in range(5 + turn)]
            members.update(some)
            send(installation, "killed", [*some, "always"])
            if turn % 2:
                installation.kill_flusher()
            else:
                installation.kill_worker(turn // 2 % 2)
        installation.await_received()
        installation.flush()
        eventually(lambda: len(united(redis, "killed")) == len(members), 30, "members are missing")
