"""What holds for the sources as text: how they are formatted, and that each header compiles by itself."""

import glob
import os
import re
import subprocess

import headers
from harness import BUILD, ROOT


def formatting(files):
    return subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", *files], cwd=ROOT, capture_output=True,
                          text=True, check=False)


def test_all_is_formatted():
    """As .clang-format says; `clang-format -i <files>` mends it."""
    files = [file for folder in ("common", "ingestd", "readerd", "tool", "tests") for ending in ("h", "cpp")
             for file in glob.glob(f"{folder}/**/*.{ending}", root_dir=ROOT, recursive=True)
             if "node_modules" not in file]
    assert len(files) > 200
    done = formatting(files)
    assert done.returncode == 0, done.stderr


def test_what_is_not_formatted_is_named():
    path = os.path.join(ROOT, "common", "clock.h")
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("\n#include", "\n  #include", 1)
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", f"--assume-filename={path}"], input=text,
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "clock.h" in done.stderr


def test_headers_compile_by_themselves():
    unproved = headers.unproved()
    assert "common/uv.h" in unproved and "common/redis/redis.h" not in unproved
    assert headers.failures(BUILD, unproved) == {}


def test_a_header_that_needs_another_is_named(tmp_path):
    header = tmp_path / "needs_more.h"
    header.write_text("#pragma once\ninline std::string name() { return {}; }\n")
    assert list(headers.failures(BUILD, [str(header)])) == [str(header)]


def test_unit_tests_name_their_folder():
    """So that `unit-tests -ts=ingestd/count` runs a folder's. There is no TEST_SUITE_END: each file begins its own."""
    folder = os.path.join(ROOT, "tests", "unit")
    files = glob.glob("**/*_test.cpp", root_dir=folder, recursive=True)
    assert len(files) > 60
    for name in files:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            assert f'TEST_SUITE_BEGIN("{os.path.dirname(name)}");' in file.read(), name


def text_of(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def test_the_package_is_of_this_version():
    """Of meson.build, which is where the version stands."""
    [version] = re.findall(r"^  version: '(.*)',$", text_of("meson.build"), re.MULTILINE)
    assert text_of("debian", "changelog").startswith(f"kilometric ({version}) ")
    assert f"## {version}" in text_of("NEWS.md")


def test_the_package_is_built_with_what_the_script_installs():
    [listed] = re.findall(r"^build_packages=\((.*?)\)", text_of("tests", "run", "packages.sh"), re.MULTILINE | re.DOTALL)
    [needed] = re.findall(r"^Build-Depends: (.*?)^\S", text_of("debian", "control"), re.MULTILINE | re.DOTALL)
    by_debian = {re.split(r"[ (:]", name.strip())[0] for name in needed.split(",")} - {"debhelper-compat", "python3"}
    by_us = {name.partition(":")[0] for name in listed.split()} - {"g++", "ninja-build"}  # which come with others there
    assert by_debian == by_us
