"""Several hosts that write to one Redis: their intervals end at moments of their own."""

import collections
import contextlib
import os
import shutil

import pytest

from harness import Installation
from processes import eventually
from redis_server import RedisServer

ELSEWHERE = "1"  # an instance that flushed just now at the end of whole intervals


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(str(tmp_path / "redis"))
    server.start()
    server.command("HSET", f"kilometric:instance.{ELSEWHERE}", "shift", "0")
    server.command("ZADD", "kilometric:instances", int(server.command("TIME")[0]) * 1000, ELSEWHERE)
    yield server
    server.clean_up()


def host(redis):
    return Installation(redis=redis, readerd=False, flush_interval=1)


def instance(installation):
    with open(os.path.join(installation.settings["state_dir"], "instance"), encoding="ascii") as file:
        return file.read().strip()


def shift(redis, installation):
    """What it has registered; None before that."""
    text = redis.command("HGET", "kilometric:instance." + instance(installation), "shift")
    return float(text) if text else None


def distance(one, other):
    """Of two shifts, on the circle."""
    return abs((one - other + 0.5) % 1 - 0.5)


def test_two_hosts_share_an_interval(redis):
    """The second takes the middle of the widest gap; each one's entries lie where its intervals end, and a bucket
    as long as the interval holds one of each."""
    with host(redis) as one:
        eventually(lambda: shift(redis, one))
        with host(redis) as two:
            eventually(lambda: shift(redis, two))
            shifts = {instance(hosted): shift(redis, hosted) for hosted in (one, two)}
            assert shifts[instance(one)] == 0.5 and shifts[instance(two)] in (0.25, 0.75)

            def buckets():
                """Of a second each: who has an entry in it. One that came behind the other host's has another ID."""
                found = collections.defaultdict(list)
                for ms, number in (entry.split("-") for entry, _ in one.entries("both")):
                    if number in shifts:
                        assert distance(int(ms) / 1000 % 1, shifts[number]) < 0.05, f"{ms} is off the grid: {shifts}"
                        found[int(ms) // 1000].append(number)
                return [sorted(numbers) for numbers in found.values()]

            def shared():
                for hosted in (one, two):
                    hosted.track("both")
                return buckets().count(sorted(shifts)) >= 3
            eventually(shared, message="a bucket does not hold one entry of each")
            assert all(len(set(numbers)) == len(numbers) for numbers in buckets())


def copy_state(original, folder):
    """A copied state folder, for an installation to start with."""
    shutil.copytree(original.settings["state_dir"], folder)
    return str(folder)


def test_a_copied_state_folder(redis, tmp_path):
    """Original and copy count the same keys in the same intervals, and nothing is lost: the copy is another instance,
    and says so once."""
    with Installation(redis=redis, readerd=False, flush_interval=0.05) as original:
        original.track("both")
        original.flush()
        number = instance(original)
        state = copy_state(original, tmp_path / "copy")
        with Installation(redis=redis, readerd=False, flush_interval=0.05, state_dir=state) as copy:
            for _ in range(100):
                original.track("both")
                copy.track("both")
            original.flush()
            copy.flush()
            assert original.sums() == {"both": 201}
            assert instance(original) == number != instance(copy)
            copy.restart()
            assert copy.log().count(f"is not that of instance {number}: it is instance {instance(copy)}") == 1
        assert "is a copy" not in original.log()


def test_another_installation_with_our_number(redis):
    """Nothing tells a copy that it is one, as on two machines made of one template: the two meet in Redis. What the other
    has under an ID that was never sent here is not taken for ours, and another number is drawn."""
    with Installation(redis=redis, readerd=False) as installation:
        installation.flush()
        number, (seconds, micros) = instance(installation), redis.command("TIME")
        now = int(seconds) * 1000 + int(micros) // 1000
        redis.pipeline([("XADD", "kilometric.both", f"{ms}-{number}", "count", 1) for ms in range(now, now + 5000)])
        installation.track("both", 7)
        eventually(lambda: instance(installation) != number)
        installation.track("both", 20)
        installation.flush()
        assert installation.sums() == {"both": 5000 + 7 + 20}
        assert installation.log().count(f"another installation writes as instance {number} too") == 1


def test_batches_in_a_copied_state_folder(redis, tmp_path):
    """They keep the number of the instance that made them."""
    with Installation(redis=redis, readerd=False) as original:
        original.flush()  # it knows Redis' time
        redis.kill()
        original.track("waiting", 5)
        eventually(lambda: original.metrics().value("kilometric_batches_pending") == 1)
        original.stop()
        number = instance(original)
        state = copy_state(original, tmp_path / "copy")
        redis.start()
        with Installation(redis=redis, readerd=False, state_dir=state) as copy:
            copy.flush()
            copy.track("waiting", 1)
            copy.flush()
            entries = [(entry.split("-")[1], count) for entry, count in copy.entries("waiting")]
            assert entries == [(number, "5"), (instance(copy), "1")]
            assert instance(copy) != number
        original.launch("ingestd")  # what it sends again is there
        original.await_ready("ingestd")
        original.flush()
        assert original.sums() == {"waiting": 6}


def test_two_hosts_that_start_in_one_moment(redis):
    """Both take the same gap; once they see that, one of them takes another."""
    with contextlib.ExitStack() as stack:
        redis.pause()
        hosts = [Installation(redis=redis, readerd=False, ingestd=False, flush_interval=1) for _ in range(2)]
        for hosted in hosts:
            stack.enter_context(hosted)
            hosted.launch("ingestd")
        for hosted in hosts:
            eventually(hosted.flusher, message="no flusher started")
            eventually(lambda: os.path.exists(os.path.join(hosted.settings["state_dir"], "instance")))
        redis.resume()
        for hosted in hosts:
            hosted.await_ready("ingestd")

        def apart():
            shifts = sorted(shift(redis, hosted) or 0 for hosted in hosts)
            assert shifts in ([0.25, 0.5], [0.5, 0.75]), shifts
            return shifts
        shifts = eventually(apart, message=None)
        for hosted in hosts:
            hosted.track("both")
            hosted.flush()
        parts = sorted(int(entry.split("-")[0]) / 1000 % 1 for entry, _ in hosts[0].entries("both"))
        assert [distance(part, own) < 0.05 for part, own in zip(parts, shifts)] == [True, True], (parts, shifts)
