"""Figures of the tree's structure: tools/dev structure [ROOT].

Files a folder, the longest include chain, the classes with the most functions, and the files that
name a command of the engine. Regular expressions, not a compiler: good for a comparison of two
checkouts, not for a verdict.
"""
import collections
import functools
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
SOURCE_ROOMS = ("engine", "storage", "net", "tools")
sources = {
    str(path.relative_to(root)): path.read_text(encoding="utf-8")
    for room in SOURCE_ROOMS
    for path in sorted((root / room).rglob("*"))
    if path.suffix in (".h", ".cc") and path.is_file()
}


def print_top(title, counts, unit, most=5):
    print(title)
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]:
        print(f"  {count:4} {unit} {name}")


folders = collections.Counter(str(pathlib.PurePath(name).parent) for name in sources)
print(f"{len(sources)} files of C++ in {len(folders)} folders")
print_top("largest folders", folders, "files")

includes = {
    name: [i for i in re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.M) if i in sources]
    for name, text in sources.items()
}


@functools.cache
def chain(name):
    return max(([name] + chain(other) for other in includes[name]), key=len, default=[name])


headers = [chain(name) for name in sources if name.endswith(".h")]
longest = max(headers, key=len, default=[])
print(f"longest include chain of headers: {len(longest)}")
print("  " + " > ".join(longest))

CLASS = re.compile(r"^(?:class|struct)\s+(\w+)[^;{]*\{", re.M)
functions = {}
for name, text in sources.items():
    text = re.sub(r"//[^\n]*", "", text)
    for match in CLASS.finditer(text):
        depth, at = 1, match.end()
        body = []
        while depth and at < len(text):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            if depth == 1:
                body.append(text[at])
            at += 1
        # Statements of the class itself: the bodies of its functions were left out above.
        declared = re.split(r"[;}]", re.sub(r"\([^()]*\)", "()", "".join(body)))
        functions[f"{match[1]} ({name})"] = sum(1 for d in declared if re.search(r"\b[~\w]+\s*\(\)", d))
print_top("classes with the most functions", functions, "functions in", 6)

table = next((t for n, t in sources.items() if n.endswith("/command.h")), "")
commands = re.findall(r"row<(\w+)>", table) or re.findall(
    r"\w+", "".join(re.findall(r"using CommandBody =\s*std::variant<([^>]*)>", table))
)
named = {c: sum(1 for t in sources.values() if re.search(rf"\b{c}\b", t)) for c in commands}
print_top("commands that most files name", named, "files name", 4)
if named:
    print(f"  {sum(named.values()) / len(named):.1f} files name a command on average")
