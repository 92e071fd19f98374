#!/usr/bin/python3
"""Whether each header compiles by itself: `ninja check-headers`, and tests/test_sources.py.

A header that its own .cpp includes first is proved by each build. The others are compiled here, alone, with the
command that the build folder has for a file of readerd.
"""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def unproved(root=ROOT):
    """The headers that no .cpp of their own includes first."""
    found = []
    for program in ("common", "ingestd", "readerd", "tool"):
        for folder, _, names in os.walk(os.path.join(root, program)):
            headers = (os.path.relpath(os.path.join(folder, name), root) for name in names if name.endswith(".h"))
            found += [header for header in headers if _first_include(os.path.join(root, header[:-2] + ".cpp")) != header]
    return sorted(found)


def _first_include(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        match = re.search(r'^#include "(.*)"', file.read(), re.MULTILINE)
    return match and match[1]


def failures(build, headers):
    """{header: the compiler's words} of those that do not compile alone."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = {os.path.normpath(os.path.join(entry["directory"], entry["file"])): entry for entry in json.load(file)}
    words = shlex.split(commands[os.path.join(ROOT, "readerd", "main.cpp")]["command"])
    words = words[:next(index for index, word in enumerate(words) if word == "-MD")]  # from here: outputs and the file
    words += ["-fsyntax-only", "-include"]

    def compile_alone(header):
        done = subprocess.run([*words, os.path.join(ROOT, header), "-x", "c++", os.devnull], cwd=build, capture_output=True,
                              text=True, check=False)
        return header, done.stderr if done.returncode else None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        return {header: text for header, text in threads.map(compile_alone, headers) if text}


if __name__ == "__main__":
    bad = failures(sys.argv[1], unproved())
    for name, text in bad.items():
        print(f"{name} does not compile by itself:\n{text}")
    sys.exit(1 if bad else 0)
