"""What a case leaves, in one small file."""

import io
import json
import lzma
import os
import tarfile

LEFT_OUT = ("boot", "lock", "runtime.lock", "flusher.lock")  # of this machine and this run


def redis_commands(redis):
    """What puts back what Redis holds."""
    commands = []
    for name in sorted(redis.scan()):
        kind = redis.command("TYPE", name)
        if kind == b"stream":
            commands += [["XADD", name, entry, *fields] for entry, fields in redis.command("XRANGE", name, "-", "+")]
        elif kind == b"zset":
            pairs = redis.command("ZRANGE", name, 0, -1, "WITHSCORES")
            commands += [["ZADD", name, score, member] for member, score in zip(pairs[::2], pairs[1::2])]
        elif kind != b"hash":  # what an instance tells of itself is of this machine, and told again
            assert kind == b"string", (name, kind)
            commands.append(["SET", name, redis.command("GET", name)])
    return [[part if isinstance(part, str) else part.decode() for part in command] for command in commands]


def pack(installation, path, case):
    """The two folders as `run` and `state`, and `case.json`."""
    with lzma.open(path, "wb", preset=9 | lzma.PRESET_EXTREME) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        def add(name, data):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o600
            tar.addfile(entry, io.BytesIO(data))

        add("case.json", json.dumps(case, ensure_ascii=False).encode())
        for inside, setting in (("run", "runtime_dir"), ("state", "state_dir")):
            root = installation.settings[setting]
            for folder, _, names in os.walk(root):
                for name in sorted(set(names) - set(LEFT_OUT)):
                    path_of_it = os.path.join(folder, name)
                    with open(path_of_it, "rb") as file:
                        add(os.path.join(inside, os.path.relpath(path_of_it, root)), file.read())
