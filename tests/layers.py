#!/usr/bin/python3
"""Who may include whom: holds every #include of ingestd/, readerd/, tool/ and common/ against the tables below, and
prints each line that breaks one, with the rule. tests/test_layers.py runs it.

A folder sees itself, and what its row names: a folder without its subfolders, or a single header. A new folder
needs a row. What a folder is never to reach, not even through a header of a header, stands in NEVER.
"""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = ("common", "ingestd", "readerd", "tool")

MAY_INCLUDE = {
    "common": "",
    "common/metric": "common",
    "common/http": "common",  # knows no metric, no Redis, no setting
    "common/redis": "common common/metric",
    "common/settings": "common common/redis/url.h",

    "ingestd/system": "common",
    "ingestd/process": "ingestd/system common common/settings",
    "ingestd/parse": "common common/metric",
    "ingestd/count": "ingestd/parse ingestd/system common common/metric",
    "ingestd/status": "ingestd/count ingestd/parse ingestd/process ingestd/system common common/metric common/settings "
                      "common/redis/layout.h",
    "ingestd/worker": "ingestd/count ingestd/parse ingestd/process ingestd/status ingestd/system common common/http "
                      "common/metric common/settings",
    "ingestd/spool": "ingestd/count ingestd/system common common/metric",
    "ingestd/send": "ingestd/spool ingestd/system common common/metric common/redis",
    "ingestd/tiers": "ingestd/status/flusher_status.h ingestd/system common common/metric common/redis common/settings",
    "ingestd/flusher": "ingestd/count ingestd/process ingestd/send ingestd/spool ingestd/status ingestd/system "
                       "ingestd/tiers common common/metric common/redis common/settings",
    "ingestd": "ingestd/flusher ingestd/process ingestd/system ingestd/worker common common/settings",

    "readerd/status": "common",
    "readerd/store": "readerd/status common common/http/refusal.h common/metric common/redis",
    "readerd/series": "readerd/store common common/metric common/redis",
    "readerd/keys": "readerd/status readerd/store common common/http/refusal.h common/metric common/redis",
    "readerd/output": "common common/http common/metric",  # knows no query
    "readerd/functions": "readerd/output readerd/series common common/http/refusal.h common/metric",  # nor do these
    "readerd/graphite": "readerd/graphite/functions readerd/keys/tagged_key.h common common/http common/metric",
    "readerd/graphite/functions": "readerd/graphite common common/http/refusal.h",  # neither knows Redis or a route
    "readerd/page": "",
    "readerd/query": "readerd/functions readerd/keys readerd/output readerd/series common common/http common/metric "
                     "common/redis",
    "readerd/graphite/gather": "readerd/functions readerd/graphite readerd/keys readerd/series readerd/store common "
                               "common/http/refusal.h common/metric common/redis common/settings",
    "readerd/api": "readerd/functions readerd/graphite readerd/graphite/gather readerd/keys readerd/output readerd/page readerd/query readerd/series readerd/status "
                   "readerd/store common common/http common/metric common/redis common/settings",
    "readerd": "readerd/api readerd/status readerd/store common common/http common/redis common/settings",

    "tool/http": "tool common",
    "tool/local": "tool tool/http ingestd/parse ingestd/spool common common/metric common/settings",
    "tool/doctor": "tool tool/http tool/local tool/reader tool/show common common/redis common/settings",
    "tool/manual": "tool common common/settings",
    "tool/packets": "tool tool/http common",
    "tool/reader": "tool tool/http common common/http",
    "tool/show": "tool tool/reader common",
    "tool/verbs": "tool tool/doctor tool/http tool/local tool/packets tool/reader tool/show ingestd/system common "
                  "common/metric common/settings",
    "tool": "tool/local tool/manual tool/show tool/verbs common common/settings",
}

REDIS_FREE = ("ingestd/spool", "ingestd/send", "ingestd/tiers", "ingestd/flusher", "common/redis/redis.h", "hiredis")
NEVER = {
    "common/http": ("hiredis", "common/redis", "common/settings", "common/metric"),
    "ingestd/parse": REDIS_FREE,
    "ingestd/count": REDIS_FREE,
    "ingestd/worker": REDIS_FREE,
    "ingestd/process": REDIS_FREE,
    "ingestd/spool": ("hiredis", "ingestd/send", "ingestd/tiers", "ingestd/flusher"),
    "readerd/output": ("hiredis", "readerd/query", "readerd/store"),
    "readerd/functions": ("readerd/query", "readerd/api"),
    "readerd/series": ("readerd/query", "readerd/functions", "readerd/output"),
}

# Who may include a library's headers. Others are everybody's.
LIBRARIES = {
    "hiredis": "common/redis ingestd/flusher ingestd/send ingestd/tiers readerd/store tool/doctor",
    "llhttp": "common/http tool/http",
    "CLI": "common/settings tool",
    "systemd": "common ingestd/process",
    "rapidjson": "common tool/reader",
    "zlib": "common/http readerd/output",
    "date": "readerd/graphite readerd/query readerd/series",
    "pcre2": "readerd/graphite/functions",
}

# What breaks a rule today, each with what would end it. One that is not needed any more fails the test.
EXCEPTIONS = {}


def read_includes(root):
    """{file: [(line number, what it includes, whether in quotes)]}, all relative to `root`."""
    found = {}
    for program in PROGRAMS:
        for folder, _, names in os.walk(os.path.join(root, program)):
            for name in sorted(name for name in names if name.endswith((".h", ".cpp"))):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    matches = [(number, re.match(r'\s*#\s*include\s*(["<])(.*?)[">]', line))
                               for number, line in enumerate(file, 1)]
                found[os.path.relpath(path, root)] = [(number, match[2], match[1] == '"')
                                                      for number, match in matches if match]
    return found


def broken_rules(root=ROOT, exceptions=None):
    """The lines that break a rule, and the exceptions that nothing needs, as text."""
    exceptions = EXCEPTIONS if exceptions is None else exceptions
    includes = read_includes(root)
    used, broken = set(), []
    for file, lines in includes.items():
        for number, target, quoted in lines:
            rule = _forbidden(file, target, quoted)
            if rule and (file, target) in exceptions:
                used.add((file, target))
            elif rule:
                broken.append(f"{file}:{number}: includes {target}: {rule}")
        broken += _reached(file, includes, exceptions)
    broken += [f"tests/layers.py: {file} no longer includes {target}: remove the exception"
               for file, target in exceptions if (file, target) not in used]
    return broken


def _forbidden(file, target, quoted):
    """The rule that this include breaks, or None."""
    folder = os.path.dirname(file)
    if not quoted:
        users = LIBRARIES.get(re.split("[/.]", target)[0])
        return f"only {users} may include this library" if users and folder not in users.split() else None
    if not target.startswith(tuple(program + "/" for program in PROGRAMS)):
        return "includes of our own begin at the root of the sources"
    if folder not in MAY_INCLUDE:
        return f"{folder} has no row in the table of who may include whom"
    allowed = [folder, *MAY_INCLUDE[folder].split()]
    if target in allowed or os.path.dirname(target) in allowed:
        return None
    return f"{folder} may include {', '.join(allowed[1:]) or 'nothing else'}"


def _reached(file, includes, exceptions):
    """What a file reaches through headers although its folder never may. The way there is named."""
    never = NEVER.get(os.path.dirname(file), ())
    ways, queue, broken = {file: (file,)}, [file], []
    while queue:
        at = queue.pop(0)
        for _, target, _ in includes.get(at, ()):
            if target in ways or (at, target) in exceptions:
                continue
            ways[target] = (*ways[at], target)
            queue.append(target)
            hit = next((name for name in never if target == name or target.startswith(name + "/")), None)
            if hit and len(ways[target]) > 2:  # an include of the file's own is held against the table
                broken.append(f"{file}:1: reaches {hit}: {os.path.dirname(file)} never may; " + " -> ".join(ways[target]))
    return broken


if __name__ == "__main__":
    lines = broken_rules()
    print("\n".join(lines) or "every include is allowed")
    sys.exit(1 if lines else 0)
