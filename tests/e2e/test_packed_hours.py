"""What is read of closed hours once ingestd has packed them: of random stores, whatever is asked for, each answer is the
same to the byte as the one of the raw entries, while these are there and after they have been trimmed."""

import itertools
import random
import re
import urllib.parse

import pytest

import kind_entries
import wire
from harness import Installation
from processes import eventually

HOUR, MINUTE = 3_600_000, 60_000
START = 1_603_303_200_000  # 18:00 UTC
KEYS = {"counter": ("a", "b"), "gauge": ("a", "b"), "timer": ("a", "b"), "set": ("a", "b")}
ENTRIES = 1_100  # a stream of a page, 1,000, is not packed
PREFIXES = {"counter": "kilometric."} | {kind: f"kilometric:{kind}." for kind in ("gauge", "timer", "set")}


def _points_stream(kind, key):
    return ("kilometric:" if kind == "counter" else f"kilometric:{kind}:") + f"points.{key}"


def _fields(source, kind, moment):
    number = source.choice([0, 1, source.randint(-9, 9), source.randint(-10**6, 10**6) / 1000])
    if kind == "counter":
        return ["count", number]
    if kind == "gauge":
        if source.random() < 0.3:
            return kind_entries.gauge_adds(number, at=moment)
        return kind_entries.gauge(source.randint(-50, 50), number, at=moment - source.randint(0, 9_000))
    if kind == "timer":
        return kind_entries.timer(*(source.randint(1, 5_000) for _ in range(source.randint(1, 3))))
    return kind_entries.members(*(f"m{source.randint(0, 300)}" for _ in range(source.randint(1, 3))))


def _entries(source, kind):
    """Several in a millisecond, as the original wrote them; gaps; an hour with a single entry; and one behind all, which
    closes the hour before."""
    moment, place, identities = START + source.randint(0, HOUR), 0, []
    for _ in range(ENTRIES):
        identities.append((moment, place))
        if source.random() < 0.2:
            place += 1
        else:
            moment, place = moment + (source.randint(1, 3 * HOUR) if source.random() < 0.01 else source.choice([10_000, source.randint(1, 60_000)])), 0
    lonely = (moment // HOUR + 2) * HOUR + 5
    identities += [(lonely, 0), (lonely + HOUR, 0)]
    return [(f"{moment}-{place}", _fields(source, kind, moment)) for moment, place in identities]


def _request(source, kind, end):
    """Of timers and sets what their minutes can answer."""
    by_minutes = kind in ("timer", "set")
    grid = source.choice([HOUR, MINUTE] if by_minutes else [HOUR, MINUTE, 1])
    moments = sorted(source.randint(START, end) // grid * grid for _ in range(2))
    request = {"kind": kind, "from": moments[0], "to": moments[1] + grid - 1, "type": "points"}
    for edge in ("from", "to"):
        if source.random() < 0.2:
            del request[edge]
    request["period"] = source.choice([60, 300, 3600, 86_400] if by_minutes else [1, 10, 37, 60, 900, 3600, 86_400])
    request["order"] = source.choice(["asc", "desc"])
    request["format"] = source.choice(["json", "csv", "ndjson"])
    if source.random() < 0.3:
        request["limit"] = source.randint(1, 400)
    if request["period"] >= 60 and source.random() < 0.3:
        request["fill"] = source.choice(["null", "0"] + ["prev"] * (kind == "gauge"))
    choices = {"counter": ["sum", "sum,rate"], "gauge": ["last,mean"], "timer": ["count,sum,p50,p99", "mean"], "set": ["unique"]}
    request["stat"] = source.choice(choices[kind])
    if kind == "counter" and source.random() < 0.3:
        request["type"], request["stat"] = "rate", None
    if not by_minutes and source.random() < 0.2:
        request = {"kind": kind, "type": "value"} | {edge: request[edge] for edge in ("from", "to") if edge in request}
    if source.random() < 0.3:
        request["sum"] = 1
    request["key"] = source.choice(["a", "b", ["a", "b"]])
    return urllib.parse.urlencode({name: value for name, value in request.items() if value is not None}, doseq=True)


def _answers(connection, requests):
    answers = []
    for request in requests:
        answer = connection.request("GET", "/read?" + request)
        assert answer.status == 200 and "kilometric-resolution" not in answer.headers, (request, answer)
        answers.append(answer.body)
    return answers


class _Events:
    """What /live gives a client that was away since `last`."""

    def __init__(self, installation, kind, last):
        self._connection = wire.HttpConnection(installation.reader_port)
        self._connection.send(wire.format_request("GET", f"/live?key=a&kind={kind}", headers={"Last-Event-ID": last}))
        chunks = self._connection.chunks()
        next(chunks)
        self._chunks = (chunk.decode() for chunk in chunks)

    def up_to(self, identity):
        text = ""
        while f"id: {identity}\n" not in text.partition("\n\n")[2]:
            text += next(self._chunks)
        self._connection.close()
        return text.partition("\n\n")[2]


@pytest.fixture
def store():
    """The entries of all streams, and what is asked of them."""
    source = random.Random(random.SystemRandom().randrange(2**32))
    seed = source.randrange(2**32)
    print("seed:", seed)  # of a failure
    source.seed(seed)
    return source, {(kind, key): _entries(source, kind) for kind, keys in KEYS.items() for key in keys}


def _await_points(installation, streams):
    """Each stream's last closed hour is packed."""
    for (kind, key), entries in streams.items():
        last = int(entries[-2][0].split("-")[0]) // HOUR * HOUR
        identity = f"{last}-0".encode()
        eventually(lambda: [identity] == [entry[0] for entry in installation.redis.command(
            "XREVRANGE", _points_stream(kind, key), "+", "-", "COUNT", 1)], message=f"{kind} {key} is packed")


def test_packed_hours_answer_as_raw_entries_do(store):
    source, streams = store
    with Installation(ingestd=False) as installation:
        redis = installation.redis
        for (kind, key), entries in streams.items():
            redis.pipeline([("XADD", PREFIXES[kind] + key, identity, *fields) for identity, fields in entries])
            redis.command("ZADD", "kilometric:keys" if kind == "counter" else f"kilometric:{kind}:keys", 0, key)
        end = max(int(entries[-1][0].split("-")[0]) for entries in streams.values())
        requests = [_request(source, kind, end) for kind in KEYS for _ in range(40)]
        lasts = {kind: streams[kind, "a"][ENTRIES // 2][0] for kind in ("counter", "gauge")}
        with wire.HttpConnection(installation.reader_port) as connection:
            wanted = _answers(connection, requests)
            events = {kind: _Events(installation, kind, last).up_to(streams[kind, "a"][-1][0]) for kind, last in lasts.items()}
            installation.launch("ingestd")
            _await_points(installation, streams)
            installation.stop("ingestd")
            _compare(requests, wanted, _answers(connection, requests), "packed")
            for part in (ENTRIES // 2, -1):
                for (kind, key), entries in streams.items():
                    moment = int(entries[part][0].split("-")[0]) // HOUR * HOUR
                    redis.command("XTRIM", PREFIXES[kind] + key, "MINID", moment)
                _compare(requests, wanted, _answers(connection, requests), f"trimmed to {part}")
            for kind, last in lasts.items():
                assert _Events(installation, kind, last).up_to(streams[kind, "a"][-1][0]) == events[kind]
            _check_coarse(connection, streams["timer", "a"])


def _compare(requests, wanted, got, when):
    for request, one, other in zip(requests, wanted, got):
        assert other == one, f"{when}: {request}"


def _check_coarse(connection, entries):
    """Ten seconds of what is there by minutes."""
    first, last = (int(entries[at][0].split("-")[0]) for at in (0, -1))
    answer = connection.request("GET", "/read?key=a&kind=timer&type=points&period=10&stat=count")
    assert answer.status == 200
    assert answer.headers["kilometric-resolution"] == f"60;from={first // HOUR * HOUR};to={last // HOUR * HOUR - 1}"
    minutes = [(int(moment), int(count)) for moment, count in re.findall(r'"from":(\d+),"value":(\d+)', answer.body.decode())]
    whole = itertools.groupby(((int(identity.split("-")[0]) // MINUTE * MINUTE, fields[1]) for identity, fields in entries[:-1]),
                              key=lambda pair: pair[0])
    assert minutes[:-1] == [(minute, sum(count for _, count in group)) for minute, group in whole]


def test_a_deleted_key_has_no_packed_hours_left():
    with Installation(ingestd=False, allow_delete="on") as reader:
        for kind in KEYS:
            reader.redis.command("XADD", _points_stream(kind, "gone"), f"{START}-0", "points", "x")
        assert wire.request(reader.reader_port, "DELETE", "/keys?key=gone").status == 204
        assert reader.redis.command("KEYS", "*") == []
