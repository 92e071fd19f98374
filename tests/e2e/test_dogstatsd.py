"""DogStatsD's lines, byte by byte as its clients' sources and documents have them; and tags that are no good."""

import time

import pytest

from test_clients import await_values

OLD = 1_656_581_400  # seconds since the epoch
LINES = {
    "datadog-go": [
        "{0}.c:1|c|#env:prod,dc:eu", "{0}.c:2|c|@0.5|#env:prod,dc:eu|c:in-4026531835",
        "{0}.c:5|c|#env:prod,dc:eu|c:ci-1f|e:it-false,cn-web,pu-75a2b6d5|card:low",
        "{0}.c:7|c|#env:prod,dc:eu|c:ci-1f|T%d" % OLD,
        "{0}.t:1:2:3.5|h|@0.5|#env:prod,dc:eu|c:ci-1f", "{0}.t:4:5|d|#env:prod,dc:eu", "{0}.t:6.500000|ms|#dc:eu,env:prod",
        "{0}.g:10|g|#env:prod,dc:eu|c:ci-1f|e:it-false|card:none", "{0}.g:99|g|#env:prod,dc:eu|c:ci-1f|T%d" % OLD,
        "{0}.s:ada|s|#env:prod,dc:eu|c:ci-1f", "{0}.s:bob|s|#dc:eu,env:prod\n"],
    "datadogpy": [
        "{0}.c:1|c|#dc:eu,env:prod", "{0}.c:2|c|@0.5|#dc:eu,env:prod|c:in-4026531835",
        "{0}.c:5|c|#dc:eu,env:prod|c:ci-1f|e:it-false,cn-web|card:orchestrator",
        "{0}.c:7|c|#dc:eu,env:prod|T%d" % OLD,
        "{0}.t:1:2:3.5|h|@0.5|#dc:eu,env:prod", "{0}.t:4|d|#dc:eu,env:prod", "{0}.t:5|d|#dc:eu,env:prod|c:in-1",
        "{0}.t:6.5|ms|#dc:eu,env:prod",
        "{0}.g:10|g|#dc:eu,env:prod", "{0}.g:99|g|#dc:eu,env:prod|T%d" % OLD,
        "{0}.s:ada|s|#dc:eu,env:prod", "{0}.s:bob|s|#dc:eu,env:prod|c:in-1|card:high\n"],
    "java-dogstatsd": [
        "{0}.c:1|c|#env:prod,dc:eu", "{0}.c:2|c|@0.500000|#env:prod,dc:eu", "{0}.c:5|c|#env:prod,dc:eu|c:ci-1f",
        "{0}.c:7|c|#env:prod,dc:eu|T%d|c:ci-1f" % OLD,
        "{0}.t:1|h|@0.500000|#env:prod,dc:eu", "{0}.t:2:3.5|h|@0.500000|#env:prod,dc:eu|c:ci-1f|e:it-false",
        "{0}.t:4|d|#dc:eu,env:prod", "{0}.t:5|d|#dc:eu,env:prod|card:low", "{0}.t:6.5|ms|#dc:eu,env:prod",
        "{0}.g:10|g|#env:prod,dc:eu", "{0}.g:99|g|#env:prod,dc:eu|T%d|c:ci-1f|e:it-false|card:low" % OLD,
        "{0}.s:ada|s|#env:prod,dc:eu", "{0}.s:bob|s|#env:prod,dc:eu\n"],
}


@pytest.mark.parametrize("via", ["udp", "http"])
@pytest.mark.parametrize("client", LINES)
def test_lines_of(shared, client, via):
    name = f"{client}.{via}"
    lines = "\n".join(LINES[client]).format(name).encode()
    before = shared.lines(via)
    if via == "udp":
        shared.send_datagram(lines)
    else:
        assert shared.post_lines(lines).status == 204
    tags = ";dc=eu;env=prod"
    await_values(shared, {
        (f"{name}.c{tags}", "counter", "sum"): 17, (f"{name}.t{tags}", "timer", "count", "sum"): (9, 28.5),
        (f"{name}.g{tags}", "gauge", "last", "min", "max"): (10, 10, 99), (f"{name}.s{tags}", "set", "unique"): 2})
    assert shared.lines(via) - before == {"received": len(LINES[client]), "accepted": len(LINES[client])}


def test_a_time_to_come_is_now(shared):
    """And what has none, or says no time, is set when it arrives."""
    lines = ["g:1|g|T%d" % (time.time() + 86_400), "g:2|g|T", "g:3|g|Tomorrow", "g:4|g|T%d" % (2**64), "g:5|g|T-1"]
    for index in range(1, len(lines) + 1):
        text = "\n".join(f"time{index}.{line}" for line in lines[:index])
        assert shared.post_lines(text.encode()).status == 204
    await_values(shared, {(f"time{index}.g", "gauge", "last"): index for index in range(1, len(lines) + 1)})


TAGS = {  # behind the line: the key's tags, or why there is none
    "": "", ",": "", "a:b,": ";a=b", ",a:b": ";a=b", "a": ";a=true", "a,b:": ";a=true", ":b": "", "a::b": ";a=:b",
    "a:b,a:c": ";a=c", "a:b|c": ";a=b", "a:b|#c:d": ";c=d", "a:b=c;d": ";a=b=c_d", "a=b:c": ";a_b=c", "a: b ": ";a= b ",
    ",".join(f"t{i}:v" for i in range(32)): "".join(sorted(f";t{i}=v" for i in range(32))),
    ",".join(f"t{i}:v" for i in range(33)): "too_many_tags",
    "k:" + "v" * (1023 - len("tag0000;k=")): ";k=" + "v" * (1023 - len("tag0000;k=")),
    "k:" + "v" * (1024 - len("tag0000;k=")): "key_too_long", "a:\x01": "bad_key", "a:b\t": "bad_key",
}


@pytest.mark.parametrize("via", ["udp", "http"])
def test_sections_of_tags(shared, via):
    """What ends in the middle is what is there: a tag is bad only when its key could not be stored."""
    base = 1000 if via == "udp" else 2000
    before = shared.lines(via)
    lines = [f"tag{base + index}:1|c|#{section}" for index, section in enumerate(TAGS)]
    if via == "udp":
        for line in lines:
            shared.send_datagram(line.encode())
    else:
        answers = [shared.post_lines(line.encode()) for line in lines]
        assert [answer.status for answer in answers] == [204 if tags[:1] in ("", ";") else 400 for tags in TAGS.values()]
        [many] = [answer for answer, tags in zip(answers, TAGS.values()) if tags == "too_many_tags"]
        assert "a key may have 32 tags" in many.json()["error"]
    expected = {f"tag{base + index}{tags}" for index, tags in enumerate(TAGS.values()) if tags[:1] in ("", ";")}
    await_values(shared, {(key, "counter", "sum"): 1 for key in expected})
    assert shared.lines(via) - before == {"received": len(TAGS), "accepted": len(expected), "too_many_tags": 1,
                                          "key_too_long": 1, "bad_key": 2}


def test_tags_of_a_request(shared):
    for key in ("asked;b=2;a=1", "asked;a=1;b=2", "asked;a=0;b=2;a=1;c="):
        shared.track(key)
    await_values(shared, {("asked;a=1;b=2", "counter", "sum"): 3})
    for key, words in ((";a=b", "1 to 255 bytes"), ("n" * 256 + ";a=b", "longer than 255 bytes"),
                       ("n;k=" + "v" * 1020, "1,023 bytes"), ("n" + "".join(f";t{i}=v" for i in range(33)), "32 tags")):
        answer = shared.request("GET", "/track?key=" + key.replace("&", "%26"))
        assert answer.status == 400 and words in answer.error(), answer
