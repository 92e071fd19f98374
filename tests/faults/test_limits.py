"""More than there is room for: keys, connections, slow clients, batches. Bounded, counted, and at nobody
else's cost."""

import collections
import glob
import os
import resource
import socket
import threading
import time

from harness import BUILD, Installation
from load import Load, key_of
from processes import eventually
from programs import run_load
from proof import assert_exact, drops
from wire import HttpConnection, format_request


def resident_mib(installation):
    total = 0
    for pid in installation.daemons["ingestd"].family():
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total / 1024


def test_an_attacker_with_a_new_key_in_every_line(seed):
    keys = 2000
    with Installation(readerd=False, max_keys=20_000, workers=1) as installation:
        # The load's keys are known before there is no room for new ones. Zero adds nothing to them.
        lines = [f"{key_of(via, number)}:0|c" for via in ("udp", "http") for number in range(keys)]
        assert installation.post_lines("\n".join(lines).encode()).status == 204
        with Load(installation, seed, keys=keys) as load:
            sock, sent, begun = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0, time.monotonic()
            while time.monotonic() - begun < 60:
                sock.sendto(b"".join(b"attack.%d:1|c\n" % (sent + line) for line in range(30)),
                            (installation.host, installation.udp_port))
                sent += 30
                if sent % 300 == 0:
                    time.sleep(0.01)
            sock.close()
        assert drops(installation) == 0
        refused = lambda: installation.metrics().value("kilometric_lines_rejected_total", via="udp",  # noqa: E731
                                                       reason="refused")
        eventually(lambda: refused() > 0)
        assert resident_mib(installation) < 60
        installation.flush()
        sums = installation.sums()
        attack = [key for key in sums if key.startswith("attack.")]
        # What is known is a filter, which takes one new key in a hundred for a known one, at most.
        assert 0 < len(attack) <= 20_000 + sent / 100
        for key, times in load.sent.items():
            assert sums[key] == times, key
        assert len(attack) + refused() == sent
        assert installation.request("GET", "/track?key=no.room").status == 503
        make_an_hour_old(installation)
        eventually(lambda: installation.request("GET", "/track?key=room").status == 204)


def make_an_hour_old(installation):
    """All keys that workers know: as if their newer generation had begun an hour ago. `began_ms` stands at byte
    232, see known_keys.h."""
    for path in glob.glob(os.path.join(installation.settings["runtime_dir"], "known-*")):
        with open(path, "r+b") as file:
            file.seek(232)
            began_ms = int.from_bytes(file.read(8), "little")
            assert 0 < began_ms <= time.clock_gettime(time.CLOCK_BOOTTIME) * 1000, began_ms
            file.seek(232)
            file.write((began_ms - 3_600_000).to_bytes(8, "little", signed=True))


def test_slow_and_idle_clients(seed):
    """1,000 that send a byte a second, 10,000 that send nothing, and some that hang up amid a request."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    with Installation(readerd=False, workers=2) as installation:
        def latency():
            begun = time.monotonic()
            with HttpConnection(installation.port) as connection:
                for _ in range(200):
                    assert connection.request("GET", "/track?key=http.usual").status == 204
            return time.monotonic() - begun
        usual = min(latency() for _ in range(5))
        slow = [socket.create_connection((installation.host, installation.port)) for _ in range(1000)]
        idle = [socket.create_connection((installation.host, installation.port)) for _ in range(10_000)]
        stop = threading.Event()

        def drip():
            text = format_request("GET", "/track?key=never")
            for byte in text:
                for sock in slow:
                    try:
                        sock.send(bytes([byte]))
                    except OSError:
                        pass  # its time was over: 408
                if stop.wait(1):
                    return
        dripping = threading.Thread(target=drip)
        dripping.start()
        for _ in range(200):
            with HttpConnection(installation.port) as half:
                half.send(b"GET /track?key=http.half HTTP/1.1\r\nHos")
        with Load(installation, seed) as load:
            crowded = min(latency() for _ in range(5))
            time.sleep(11)  # the slow ones' time for a request is over
        assert installation.metrics().value("kilometric_http_requests_total", status="408") > 900
        stop.set()
        dripping.join()
        for sock in slow + idle:
            sock.close()
        assert crowded < 5 * usual + 0.2, f"{crowded:.3f} s for 200 requests, {usual:.3f} s without the crowd"
        load.answered["http.usual"] = load.asked["http.usual"] = 2000
        assert_exact(installation, load)


def test_redis_away_for_an_hour_of_intervals_with_100_000_keys():
    """360 batches of thousands of keys: no hole and no spike, each interval's counts stand at their own
    time. The load sends each key once every two seconds, over and over."""
    keys, a_second, turn = 100_000, 50_000, 2
    with Installation(readerd=False, flush_interval=0.1, spool_limit=4096) as installation:
        installation.redis.stop()
        eventually(lambda: installation.metrics().value("kilometric_redis_up") == 0)
        turns, begun = 0, time.time()
        while installation.metrics().value("kilometric_batches_pending") < 360:
            run_load(["load-udp", "--keys", str(keys), "--lines", "25", "--rate", str(a_second // 25)],
                     installation.udp_port, turn)
            installation.track("over.http")
            turns += 1
        ended = time.time()
        installation.await_received()
        assert drops(installation) == 0
        assert installation.health() == 422
        metrics = installation.metrics()
        assert metrics.value("kilometric_lines_accepted_total", via="udp") == keys * turns
        assert metrics.value("kilometric_last_flush_age_seconds") > 10
        spool = sum(os.path.getsize(path) for path in glob.glob(f"{installation.settings['state_dir']}/spool/*/*"))
        assert abs(metrics.value("kilometric_spool_bytes") - spool) < spool / 10, "the metric is the disk's use"
        assert spool < 200 * keys * turns
        away = resident_mib(installation)
        installation.redis.start()
        most = 0
        while installation.metrics().value("kilometric_batches_pending") > 0:
            most = max(most, resident_mib(installation))
        assert away < 150 and most < 150, f"{away} MiB while it was away, {most} MiB while the backlog drained"
        installation.flush(within=120)
        times, counted = assert_each_key(installation, turns)
        assert counted == keys
        assert_even(times, begun, ended, keys * turns)


def assert_each_key(installation, turns):
    """That each counted once a turn. All entries' times, in seconds, a histogram; and the number of keys."""
    times, names = collections.Counter(), sorted(installation.redis.scan("kilometric.shop.*"))
    for start in range(0, len(names), 1000):
        some = names[start:start + 1000]
        for entries in installation.redis.pipeline([("XRANGE", name, "-", "+") for name in some]):
            counts = [int(fields[1]) for _, fields in entries]
            assert sum(counts) == turns, f"{counts}"
            times.update(int(identity[:10]) for identity, _ in entries)
    assert sum(int(count) for _, count in installation.entries("over.http")) == turns
    return times, len(names)


def assert_even(times, begun, ended, total):
    """In stretches of four seconds each holds its share, give or take what a slow machine does."""
    stretch = 4
    shares = [sum(times[second] for second in range(start, start + stretch))
              for start in range(int(begun) + 1, int(ended) - stretch, stretch)]
    usual = total * stretch / (ended - begun)
    assert len(shares) >= 5 and all(usual / 2 < share < usual * 2 for share in shares), (usual, shares)


def test_the_spool_at_its_limit(seed):
    """Past it resolution is lost, counts are not; the disk stays bounded and /metrics shows the backlog."""
    with Installation(readerd=False, flush_interval=0.05, spool_limit=1) as installation:
        installation.redis.stop()
        with Load(installation, seed) as load:
            eventually(lambda: installation.metrics().value("kilometric_batches_merged_total") > 50, within=120)
        metrics = installation.metrics()
        assert metrics.value("kilometric_spool_bytes") < 2 * 2**20
        assert metrics.value("kilometric_batches_pending") >= 2
        installation.redis.start()
        assert_exact(installation, load)
