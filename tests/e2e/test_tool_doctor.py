"""`kilometric doctor`: each thing that can be wrong is found, with its remedy; and what is well is called so."""

import json
import os

import tool
from harness import Installation
from processes import eventually, free_port


def examine(installation, **extra):
    """Its exit status, and {what: (level, remedy)}."""
    done = tool.run(installation, "doctor", "--json", extra=extra)
    assert done.returncode in (0, 1), done
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert all((finding["level"] == "ok") == (finding["remedy"] == "") for finding in findings)
    assert done.returncode == int(any(finding["level"] == "bad" for finding in findings)), findings
    return done.returncode, {finding["what"]: (finding["level"], finding["remedy"]) for finding in findings}


def level(findings, start):
    found = [level for what, (level, _) in findings.items() if what.startswith(start)]
    assert len(found) == 1, (start, findings)
    return found[0]


def test_all_is_well_until_it_is_not():
    with Installation(flush_interval=0.2) as running:
        running.track("visits")
        running.flush()
        status, findings = examine(running)
        assert status == 0
        for start in ("the settings", "Redis answers; version 7", "readerd answers", "ingestd on this host answers",
                      "1 metrics of the list"):
            assert level(findings, start) == "ok"
        assert level(findings, f"ingestd on {os.uname().nodename} flushes") == "ok"

        running.redis.command("CONFIG", "SET", "maxmemory", "100mb")
        running.redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        running.redis.command("SET", "kilometric.taken", "by somebody")
        running.track("taken")
        running.post_lines(b"x:1|q")
        running.redis.command("ZADD", "kilometric:keys", 0, "nothing")
        running.flush()
        eventually(lambda: running.metrics().value("kilometric_batches_set_aside") == 1)
        open(os.path.join(running.settings["state_dir"], "bad-17"), "wb").close()
        status, findings = examine(running, KILOMETRIC_WOKERS="2")
        assert status == 1
        assert level(findings, "Redis evicts keys when its memory is full: maxmemory-policy allkeys-lru") == "bad"
        assert level(findings, "a variable: KILOMETRIC_WOKERS is no setting") == "odd"
        assert level(findings, "ingestd: 1 batches of entries are set aside") == "odd"
        assert level(findings, f"ingestd on {os.uname().nodename}: 1 lines were rejected") == "odd"
        assert level(findings, "1 files bad-* lie in the state folder") == "odd"
        assert any(what.startswith("of ") and what.endswith(" in the list 2 hold nothing, or are no streams") for what in findings)
        assert "noeviction" in next(remedy for what, (_, remedy) in findings.items() if what.startswith("Redis evicts"))

        quiet = tool.run(running, "doctor", "-q")
        assert quiet.returncode == 1 and "bad  Redis evicts keys" in quiet.stdout and "ok  " not in quiet.stdout
        assert "     -> redis-cli config set maxmemory-policy noeviction" in quiet.stdout

        assert level(examine(running, KILOMETRIC_FLUSH_INTERVAL="soon")[1], "a setting of this shell:") == "bad"
        port = str(free_port())
        assert level(examine(running, KILOMETRIC_REDIS_URL=f"redis://127.0.0.1:{port}")[1], "Redis cannot be asked") == "bad"
        assert level(examine(running, KILOMETRIC_READER=f"http://127.0.0.1:{port}")[1],
                     f"http://127.0.0.1:{port} is not reachable") == "bad"
        assert level(examine(running, KILOMETRIC_PORT=port)[1], "no ingestd on this host answers") == "odd"
        assert level(examine(running, KILOMETRIC_PORT=str(running.reader_port))[1],
                     f"http://127.0.0.1:{running.reader_port} is somebody else's port") == "bad"


def test_a_password_is_not_told():
    with Installation(password="geheim", ingestd=False) as running:
        done = tool.run(running, "doctor", extra={"KILOMETRIC_REDIS_URL": running.redis.url.replace("geheim", "falsch-9")})
        assert done.returncode == 1 and "bad  Redis cannot be asked" in done.stdout, done
        assert "falsch-9" not in done.stdout + done.stderr
        assert "bad  no kilometric-ingestd has flushed" in done.stdout
