"""Who may include whom, held against the sources; and that a forbidden include is found, whatever its kind."""

import os
import re
import shutil

import pytest

import layers


def test_every_include_is_allowed():
    assert layers.broken_rules() == []


@pytest.fixture
def copy(tmp_path):
    for program in layers.PROGRAMS:
        shutil.copytree(os.path.join(layers.ROOT, program), tmp_path / program)
    return tmp_path


@pytest.mark.parametrize("file, include, rule", [
    ("ingestd/worker/worker.cpp", '"ingestd/spool/spool.h"', "ingestd/worker may include"),
    ("ingestd/worker/worker.cpp", '"ingestd/tiers/tiers.h"', "ingestd/worker may include"),
    ("ingestd/count/segment.h", '"common/redis/redis.h"', "ingestd/count may include"),
    ("ingestd/process/supervisor.cpp", '"ingestd/count/segment.h"', "ingestd/process may include"),
    ("common/http/server.h", '"common/metric/key.h"', "common/http may include"),
    ("common/clock.h", '"ingestd/count/segment.h"', "common may include nothing else"),
    ("ingestd/send/sender.h", '"readerd/store/store.h"', "ingestd/send may include"),
    ("readerd/output/json.cpp", '"readerd/query/query.h"', "readerd/output may include"),
    ("readerd/output/json.cpp", "<hiredis/hiredis.h>", "only common/redis"),
    ("readerd/output/json.cpp", '"output.h"', "begin at the root"),
])
def test_a_forbidden_include_is_named(copy, file, include, rule):
    lines = (copy / file).read_text().splitlines()
    (copy / file).write_text("\n".join([*lines, f"#include {include}", ""]))
    found = [line for line in layers.broken_rules(str(copy)) if line.startswith(f"{file}:{len(lines) + 1}: ")]
    assert len(found) == 1 and f"includes {include[1:-1]}: " in found[0] and rule in found[0], found


def test_a_forbidden_header_is_found_behind_another(copy):
    """process may include common, and so may spool; but no header of common may lead to Redis."""
    for file, include in (("ingestd/system/boot.h", "common/trouble.h"), ("common/trouble.h", "common/redis/redis.h")):
        with open(copy / file, "a", encoding="utf-8") as header:
            header.write(f'#include "{include}"\n')
    behind = "ingestd/system/boot.h -> common/trouble.h -> common/redis/redis.h"
    assert any(line.startswith("ingestd/process/") and "reaches hiredis" in line for line in layers.broken_rules(str(copy)))
    assert any(behind in line for line in layers.broken_rules(str(copy)))


def test_a_folder_without_a_row_is_named(copy):
    (copy / "ingestd" / "attic").mkdir()
    (copy / "ingestd" / "attic" / "attic.cpp").write_text('#include "common/clock.h"\n')
    assert layers.broken_rules(str(copy)) == [
        "ingestd/attic/attic.cpp:1: includes common/clock.h: ingestd/attic has no row in the table of who may "
        "include whom"]


def test_an_exception_that_nothing_needs_is_named(copy):
    exceptions = {**layers.EXCEPTIONS, ("common/clock.h", "common/redis/redis.h"): "never was"}
    assert layers.broken_rules(str(copy), exceptions) == [
        "tests/layers.py: common/clock.h no longer includes common/redis/redis.h: remove the exception"]


def test_what_has_crash_points_is_built_with_them():
    """ingestd/meson.build names the files: tests/faults builds them once more, and takes the others as they are."""
    includes = layers.read_includes(layers.ROOT)

    def reached(file, seen):
        for target in {target for _, target, _ in includes.get(file, ())} - seen:
            seen.add(target)
            reached(target, seen)
        return seen
    have = {file for file in includes if file.startswith("ingestd/") and file.endswith(".cpp")
            and "ingestd/system/crash_point.h" in reached(file, set())}
    with open(os.path.join(layers.ROOT, "ingestd", "meson.build"), encoding="utf-8") as file:
        [named] = re.findall(r"ingestd_crash_sources = files\((.*?)\)", file.read(), re.DOTALL)
    assert len(have) > 5 and have == {f"ingestd/{name}" for name in re.findall(r"'(.*?)'", named)}
