"""Writes the page's files into a C++ source: embed.py <output> <file>...

Each with its name, media type, hash, and its bytes as they are and compressed. Of our own scripts and styles the
lines that are comments, and what lines are indented by, stay behind. Our own scripts become one, main.js: it is
asked for once, and is smaller than they are apart. So what they name at their top level has to differ, and who
imports stands behind what is imported. The same files make the same source.
"""

import gzip
import hashlib
import os
import re
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
MOST = 100_000  # bytes of all files together
MOST_COMPRESSED = 40_000

HEAD = '''// Made by readerd/page/embed.py. Do not edit.
#include "readerd/page/page_file.h"

namespace kilometric {
namespace {

'''


def array(name, content):
    lines = [content[at:at + 24] for at in range(0, len(content), 24)]
    text = "\n".join("  " + ",".join(map(str, line)) + "," for line in lines)
    return f"constexpr unsigned char {name}[] = {{\n{text}\n}};\n"


def without_comments(text):
    text = re.sub(r"^ */\*\*.*?\*/\n", "", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(line.lstrip() for line in text.splitlines(keepends=True)
                   if line.strip() and not line.lstrip().startswith("//"))


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def joined(texts):
    """Our scripts as one: what they import from each other is there already."""
    text = re.sub(r"^export ", "", re.sub(r"^import .*\n", "", "".join(texts), flags=re.MULTILINE), flags=re.MULTILINE)
    names = re.findall(r"^(?:const|let|class|(?:async )?function) (\w+)", text, flags=re.MULTILINE)
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        sys.exit(f"two of the page's scripts name the same: {', '.join(sorted(twice))}")
    return without_comments(text)


def contents(paths):
    """(name, content) of each file that is served."""
    ours = [path for path in paths if path.endswith(".js") and "/vendor/" not in path]
    for path in paths:
        if path not in ours:
            content = read(path) if "/vendor/" in path else without_comments(read(path))
            yield os.path.basename(path), content.encode()
    yield "main.js", joined(map(read, ours)).encode()


def main(output, paths):
    arrays, rows, sizes = [], [], [0, 0]
    for number, (name, content) in enumerate(contents(paths)):
        compressed = gzip.compress(content, 9, mtime=0)
        sizes[0] += len(content)
        sizes[1] += len(compressed)
        arrays += [array(f"kFile{number}", content), array(f"kCompressed{number}", compressed)]
        tag = hashlib.sha256(content).hexdigest()[:16]
        rows.append(f'    {{"{name}", "{TYPES[os.path.splitext(name)[1]]}", "{tag}", '
                    f"text_of(kFile{number}), text_of(kCompressed{number})}},\n")
    if sizes[0] > MOST or sizes[1] > MOST_COMPRESSED:
        sys.exit(f"the page has {sizes[0]} bytes, {sizes[1]} compressed; {MOST} and {MOST_COMPRESSED} are its limits")
    with open(output, "w", encoding="ascii") as file:
        file.write(HEAD + "".join(arrays) + '''
template <size_t Size>
std::string_view text_of(const unsigned char (&bytes)[Size]) {
  return {reinterpret_cast<const char*>(bytes), Size};
}

}  // namespace

std::span<const PageFile> page_files() {
  static const PageFile kFiles[] = {
''' + "".join(rows) + '''  };
  return kFiles;
}

}  // namespace kilometric
''')


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
