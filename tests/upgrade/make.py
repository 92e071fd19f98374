"""Makes what an installation of an earlier version leaves behind when it is killed, for
tests/e2e/test_upgrade.py to start today's build on.

    tests/upgrade/make.py <its build folder, with tests> <its name> [case ...]

Each function below named in CASES is one moment of a kill. It runs that version under traffic, kills all
of it, and packs into tests/upgrade/data/<its name>/<case>.tar.xz

    run, state      the runtime folder and the state folder as they were
    case.json       `sums`: what each key adds up to in the end, with all that was accepted; `redis`: the
                    commands that put back what Redis holds; `made_ms`: when, by Redis' clock

Processes die at crash points, counted from their start (tests/faults/crash_point.cpp). Every case looks
into the files, and says so when they are not what it is there for.
"""

import contextlib
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
os.environ["KILOMETRIC_BUILD"] = sys.argv[1]

from files import batches, last_number, segments, worker_files  # noqa: E402
from kill import KEYS, Book, Made, in_datagrams, traffic  # noqa: E402
from pack import pack, redis_commands  # noqa: E402
from processes import eventually, send_signal  # noqa: E402

# The cases. A fresh worker has passed START crash points when it waits for its first datagram.

START = 36
GROUP = 32
BATCH_NAMED = 4  # crash points of a harvest, up to the moment at which its batch has its name


def group_points(new_keys):
    """From one group to the next: a new key has two, opening two, a line two, adding up one, the end two."""
    return 2 * new_keys + 2 + 2 * GROUP + 1 + 2


SOME = KEYS[:9]


@contextlib.contextmanager
def worker_killed(at, harvest, **settings):
    """In the second group of a batch of datagrams, or before the first. `harvest`: the flusher still takes
    what was counted until then."""
    book = Book()
    with Made("worker", START + at, **settings) as installation:
        traffic(installation, book)
        installation.harvested()
        installation.fresh_workers()
        if not harvest:
            installation.no_harvest()
        number = last_number(installation)
        installation.worker_dies(lambda: [installation.send_datagram(data, source=0)
                                          for data in in_datagrams(book.lines(2 * GROUP + 20, SOME), 5)])
        if harvest:
            eventually(lambda: last_number(installation) > number)
            installation.harvested()
        installation.kill_all()
        yield installation, book


def dead_worker(installation):
    """The one file in which there is something to do."""
    [found] = [file for file in worker_files(installation) if file["received"]]
    return found


@contextlib.contextmanager
def worker_that_has_received():
    """Killed between recvmmsg and the first line. Redis was never there."""
    with worker_killed(1, harvest=False, redis=False) as made:
        file = dead_worker(made[0])
        assert not file["open"] and file["cursor"] == (0, 0) and file["received"] > 10, file
        assert all(batch["ms"] == 0 for batch in batches(made[0], "pending").values())
        yield made


@contextlib.contextmanager
def worker_amid_a_group():
    """Killed with an open undo log, before the flusher saw what it had counted of the group."""
    with worker_killed(group_points(len(SOME)) + 2 + 30, harvest=False) as made:
        file = dead_worker(made[0])
        assert file["open"] and not file["moved"] and file["cursor"] != (0, 0), file
        yield made


@contextlib.contextmanager
def worker_amid_a_harvested_group():
    """As above, but what it had counted of the group is harvested, and sent: once that is undone, counters
    are below their marks."""
    with worker_killed(group_points(len(SOME)) + 2 + 30, harvest=True) as made:
        file = dead_worker(made[0])
        assert file["open"] and not file["moved"] and file["cursor"] != (0, 0), file
        assert all(segment["counted"] == segment["marked"] for segment in segments(made[0]))
        yield made


@contextlib.contextmanager
def one_of_four_workers_amid_a_harvested_group():
    """The same, and not sent. Fewer workers are started on it."""
    for _ in range(50):  # which worker it is, the kernel decides
        with worker_killed(group_points(len(SOME)) + 2 + 30, harvest=True, redis=False, workers=4) as made:
            if [file["received"] > 0 for file in worker_files(made[0])].index(True) < 2:
                continue
            assert dead_worker(made[0])["open"] and len(batches(made[0], "pending")) >= 2
            yield made
            return


@contextlib.contextmanager
def worker_after_a_group():
    """Killed between the commit of a group and the closing of its undo log."""
    with worker_killed(group_points(len(SOME)) + 2 + 2 * GROUP + 2, harvest=False) as made:
        file = dead_worker(made[0])
        assert file["open"] and file["moved"], file
        yield made


@contextlib.contextmanager
def worker_amid_a_request():
    """Killed before a request was answered: its lines do not count. The flusher has harvested them."""
    book = Book()
    with Made("worker", START + 2 * len(SOME) + 2 + 20) as installation:
        traffic(installation, book)
        installation.harvested()
        installation.fresh_workers()
        number = last_number(installation)
        unanswered = b"\n".join(Book().lines(20, SOME))

        def emit():
            send_signal(workers[0], signal.SIGCONT)
            send_signal(workers[1], signal.SIGCONT)
            with contextlib.suppress(ConnectionError):
                installation.post_lines(unanswered)
                raise AssertionError("it was answered")
        workers = installation.workers()
        installation.worker_dies(emit)
        eventually(lambda: last_number(installation) > number)
        installation.harvested()
        installation.kill_all()
        [file] = [file for file in worker_files(installation) if file["open"]]
        assert not file["moved"] and file["received"] == 0, file
        yield installation, book


@contextlib.contextmanager
def flusher_killed(at, **settings):
    """In a harvest of all keys, from both workers."""
    book = Book()
    with Made("flusher", at, **settings) as installation:
        for _ in range(3):
            traffic(installation, book)
            installation.harvested()
        installation.fresh_flusher()
        installation.flusher_dies(lambda: [traffic(installation, book) for _ in range(2)])
        installation.kill_all()
        yield installation, book


def unmarked(installation):
    return sum(counted != marked for segment in segments(installation)
               for counted, marked in zip(segment["counted"], segment["marked"]))


@contextlib.contextmanager
def flusher_before_the_marks():
    """Killed between the batch's name and the first mark."""
    with flusher_killed(BATCH_NAMED, redis=False) as made:
        assert unmarked(made[0]) > 20 and len(batches(made[0], "pending")) > 3
        yield made


@contextlib.contextmanager
def flusher_amid_the_marks():
    """Killed when the seventh mark of a batch is to be stored."""
    with flusher_killed(BATCH_NAMED, redis=False) as made:
        before = unmarked(made[0])
    with flusher_killed(BATCH_NAMED + 7, redis=False) as made:
        assert 0 < unmarked(made[0]) < before
        yield made


@contextlib.contextmanager
def batch_sent_in_part():
    """The flusher is killed while Redis has some entries of a batch, which is pending under its ID."""
    book, keys = Book(), [f"many.{number}" for number in range(300)]
    with Made("flusher", BATCH_NAMED + len(keys) + 1 + len(keys), workers=1) as installation:
        installation.flusher_dies(lambda: installation.send_datagrams(in_datagrams(book.lines(600, keys), 30)))
        installation.kill_all()
        [batch] = batches(installation, "pending").values()
        sent = [command[2] for command in redis_commands(installation.redis) if command[0] == "XADD"]
        assert 50 < len(sent) < 250 and all(entry.startswith(f"{batch['ms']}-") for entry in sent), sent
        yield installation, book


@contextlib.contextmanager
def kept_batches_that_redis_forgot():
    """Redis comes back without what it had not synced, and everything is killed before anybody looked."""
    book = Book()
    with Made() as installation:
        for _ in range(5):
            traffic(installation, book)
            installation.flush()
        installation.kill_all()
        kept = batches(installation, "kept")
        assert len(kept) >= 5 and not batches(installation, "pending")
        forgotten = sorted(batch["ms"] for batch in kept.values())[2]
        for name in installation.redis.scan("kilometric.*"):
            remembered = installation.redis.command("XRANGE", name, "-", f"({forgotten}")
            installation.redis.command("DEL", name)  # XDEL would leave the stream's top where it is
            for entry, fields in remembered:
                installation.redis.command("XADD", name, entry, *fields)
        yield installation, book


@contextlib.contextmanager
def entries_with_ids_of_their_own():
    """Another host has written later entries, so some of a batch got new IDs; killed before they are sent."""
    for at in range(64, 120):
        book = Book()
        with Made("flusher", at) as installation:
            for key in KEYS[:3]:
                book.sums[key] += 1000
                installation.redis.command("XADD", f"kilometric.{key}", "9999999999999-0", "count", 1000)
            installation.fresh_flusher()
            installation.flusher_dies(lambda: traffic(installation, book))
            installation.kill_all()
            pending = os.path.join(installation.settings["state_dir"], "spool", "pending", "1")
            if os.path.exists(pending) and has_own_ms(pending):
                yield installation, book
                return
    raise AssertionError("no crash point lies behind the new IDs")


def has_own_ms(path):
    """Whether the first entries have the flag of an ms of their own: flags, length of the key, key."""
    with open(path, "rb") as file:
        data = file.read()
    for key in KEYS[:3]:
        at = data.find(key.encode())
        if at > 1 and data[at - 1] == len(key) and data[at - 2] & 2:
            return True
    return False


WIDE = ["wide.%d." % number + "w" * 240 for number in range(1100)]


def wide_traffic(installation, book):
    """More than a quarter of the least spool."""
    installation.send_datagrams(in_datagrams([book.line(key, "1") for key in WIDE], 40))
    installation.await_received()


@contextlib.contextmanager
def merged_batches():
    """The spool's limit was reached. Killed when the sum of two batches has its name, and the older of them
    is still there."""
    book = Book()
    at = BATCH_NAMED + len(WIDE) + 1 + BATCH_NAMED + 1
    with Made("flusher", at, redis=False, workers=1, spool_limit=1) as installation:
        for _ in range(3):
            wide_traffic(installation, book)
            installation.harvested()
        installation.fresh_flusher()
        installation.flusher_dies(lambda: wide_traffic(installation, book))
        installation.kill_all()
        pending = batches(installation, "pending")
        [sum_of_two] = [batch for batch in pending.values() if batch["covers"] != batch["number"]]
        assert sum_of_two["covers"] in pending
        yield installation, book


@contextlib.contextmanager
def entries_set_aside():
    """Two minutes ago Redis had something else under some keys. What was set aside is nowhere else by now,
    and a later batch is pending, as Redis is full."""
    book = Book()
    with Made() as installation:
        redis = installation.redis

        def nothing_kept():
            redis.command("CLIENT", "KILL", "TYPE", "normal")  # a new connection is when the spool is tidied
            return not batches(installation, "kept")

        for key in KEYS[:3]:
            redis.command("SET", f"kilometric.{key}", "no stream")
        traffic(installation, book)
        eventually(lambda: batches(installation, "aside") and not batches(installation, "pending"))
        redis.command("CONFIG", "SET", "maxmemory", 1)
        traffic(installation, book)
        eventually(lambda: batches(installation, "pending"))
        eventually(nothing_kept, 180)
        installation.kill_all()
        assert batches(installation, "aside") and batches(installation, "pending")
        redis.command("CONFIG", "SET", "maxmemory", 0)
        for key in KEYS[:3]:
            redis.command("DEL", f"kilometric.{key}")
        yield installation, book


@contextlib.contextmanager
def a_sealed_segment_beside_a_fresh_one():
    """A worker's segment was full. Both it and the next hold what is harvested and what is not."""
    book = Book()
    with Made(redis=False, workers=1) as installation:
        many = [f"many.{number}" for number in range(900)]
        traffic(installation, book)
        installation.send_datagrams(in_datagrams([book.line(key) for key in many[:700]], 30))
        installation.harvested()
        installation.no_harvest()
        installation.send_datagrams(in_datagrams([book.line(key) for key in many], 30))
        installation.await_received()
        installation.kill_all()
        sealed, fresh = segments(installation)
        assert sealed["sealed"] and not fresh["sealed"]
        assert any(sealed["marked"]) and sealed["marked"] != sealed["counted"] and any(fresh["counted"])
        yield installation, book


CASES = [worker_that_has_received, worker_amid_a_group, worker_amid_a_harvested_group,
         one_of_four_workers_amid_a_harvested_group, worker_after_a_group, worker_amid_a_request,
         flusher_before_the_marks, flusher_amid_the_marks, batch_sent_in_part, kept_batches_that_redis_forgot,
         entries_with_ids_of_their_own, merged_batches, entries_set_aside, a_sealed_segment_beside_a_fresh_one]


def make(case, path):
    with case() as (installation, book):
        redis = redis_commands(installation.redis) if installation.redis.running() else []
        pack(installation, path, {"made_ms": int(time.time() * 1000), "redis": redis,
                                  "sums": {key: str(total) for key, total in sorted(book.sums.items())}})
    print(f"{os.path.basename(path)}: {os.path.getsize(path)} bytes", flush=True)


def main(_, version, *names):
    folder = os.path.join(HERE, "data", version)
    os.makedirs(folder, exist_ok=True)
    for case in CASES:
        if not names or case.__name__ in names:
            make(case, os.path.join(folder, case.__name__ + ".tar.xz"))


if __name__ == "__main__":
    main(*sys.argv[1:])
