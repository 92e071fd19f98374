"""The files of version 5a91ce1, read: as far as a case of make.py must know what it is."""

import os
import struct


def batch_header(path):
    with open(path, "rb") as file:
        _, _, _, _, number, covers, ms = struct.unpack("<8sIIQQQQ", file.read(48))
    return {"number": number, "covers": covers, "ms": ms}


def batches(installation, folder):
    path = os.path.join(installation.settings["state_dir"], "spool", folder)
    return {int(name): batch_header(os.path.join(path, name)) for name in os.listdir(path)}


def last_number(installation):
    with open(os.path.join(installation.settings["state_dir"], "spool", "last"), "rb") as file:
        return struct.unpack("<Q", file.read(8))[0]


def worker_files(installation):
    folder = installation.settings["runtime_dir"]
    for name in sorted(os.listdir(folder)):
        if name.startswith("worker-"):
            with open(os.path.join(folder, name), "rb") as file:
                yield worker_file(file.read(8192))


def worker_file(data):
    """The undo log is followed by the cursor, in a line of its own; the messages are the struct's last."""
    size = struct.unpack_from("<I", data, 12)[0]
    open_, _, entries, *of = struct.unpack_from("<IIQII", data, 64)
    outcomes, lines = 8, 32
    cursor = struct.unpack_from("<II", data, 64 + (40 + 8 * outcomes + 24 * lines + 63) // 64 * 64)
    lengths = [struct.unpack_from("<I", data, size - 64 * (32 - i) + 56)[0] for i in range(32)]
    return {"open": open_ == 1, "entries": entries, "moved": tuple(of) != cursor, "cursor": cursor,
            "received": sum(length > 0 for length in lengths)}


def segments(installation):
    """(sealed, what its counters hold, what of that is marked) of each, lowest number first."""
    folder = installation.settings["runtime_dir"]
    names = sorted((name for name in os.listdir(folder) if name.startswith("segment-")), key=lambda n: int(n[8:]))
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        cells, = struct.unpack_from("<Q", data, 40)
        used, _, sealed = struct.unpack_from("<QQI", data, 64)
        at, counted, marked = 0, [], []
        while at < used:
            whole, millionths, key_bytes = struct.unpack_from("<qqB", data, 4096 + 64 * at)
            counted.append(whole * 10 ** 6 + millionths)
            whole, millionths = struct.unpack_from("<qq", data, 4096 + 64 * cells + 16 * at)
            marked.append(whole * 10 ** 6 + millionths)
            at += (24 + key_bytes + 63) // 64
        yield {"sealed": bool(sealed), "counted": counted, "marked": marked}
