"""The help texts of the program as a tree of commands. A help text is, in this order:

    description (one or more lines)
    Usage: frontrow COMMAND [OPTIONS] ...
    groups: a heading with a colon at its end, then entries; the text of an entry begins in column 34
    details: free text

A line that fits no part of this form ends the program: a page with holes is worse than none.
"""
import dataclasses
import re
import subprocess
import sys

COLUMN = 34


@dataclasses.dataclass
class Entry:
    """An option, an argument or a subcommand."""

    name: str  # "-o,--output FILE", "TARGET TEXT REQUIRED", "pin"
    text: str
    values: str = ""  # "text,ndjson" of "--format FORMAT:{text,ndjson}"

    @property
    def flags(self):
        return [flag for flag in self.name.split()[0].split(",") if flag.startswith("-")]

    @property
    def type(self):
        """Type of the value, "" for a flag."""
        words = [word for word in self.name.split()[1:] if word not in ("REQUIRED", "...")]
        return words[0] if words else ""

    @property
    def choices(self):
        return self.values.split(",") if self.values else []

    @property
    def is_repeatable(self):
        return " ..." in self.name or "more than once" in self.text

    @property
    def summary(self):
        """The text up to its first stop, for a list of completions."""
        return re.split(r"[.;:] |\.$| \(|, see ", self.text)[0]


@dataclasses.dataclass
class Command:
    path: list  # ["cluster", "pin"]
    description: str
    usage: str
    positionals: list
    groups: list  # (heading, options)
    subcommands: list  # Commands
    details: str

    @property
    def name(self):
        return " ".join(["frontrow"] + self.path)

    @property
    def options(self):
        return [option for _, options in self.groups for option in options]

    @property
    def sentence(self):
        first = re.split(r"(?<=\w)\.(?: |$)|: ", self.description)[0]
        return first if len(first) <= 70 else first[:70].rpartition(",")[0] or first

    def walk(self):
        yield self
        for command in self.subcommands:
            yield from command.walk()


def run(program, arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if result.returncode != 0 or not result.stdout:
        sys.exit(f"{program} {' '.join(arguments)} failed with {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def version_of(program):
    """ "frontrow 0.1.0", without the commit."""
    return " ".join(run(program, ["--version"]).split()[:2])


def read_command(program, path=()):
    path = list(path)
    lines = run(program, [*path, "--help"]).rstrip("\n").split("\n")
    usage = next((i for i, line in enumerate(lines) if line.startswith("Usage: ")), None)
    if usage is None:
        sys.exit(f"the help of {path or 'frontrow'} has no line \"Usage: \"")
    description = " ".join(lines[:usage])
    if not path:
        description = description.removeprefix("frontrow: ")
    command = Command(path, description, lines[usage].removeprefix("Usage: "), [], [], [], "")
    at = usage + 1
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        heading = lines[at].removesuffix(":")
        first = lines[at + 1] if at + 1 < len(lines) else ""
        is_group = lines[at].endswith(":") and (
            heading in ("Subcommands", "Positionals") or first.startswith("  -"))
        if not is_group:
            command.details = "\n".join(lines[at:])
            break
        end = at + 1
        while end < len(lines) and lines[end]:
            end += 1
        entries = read_entries(path, lines[at + 1 : end])
        if heading == "Subcommands":
            command.subcommands = [read_command(program, path + [entry.name]) for entry in entries]
        elif heading == "Positionals":
            command.positionals = entries
        else:
            command.groups.append((heading, entries))
        at = end
    if not any("--help" in option.flags for option in command.options):
        sys.exit(f"the help of {path or 'frontrow'} was not understood: it has no option --help")
    return command


def read_entries(path, lines):
    entries = []
    for line in lines:
        if line.startswith(" " * COLUMN):
            if not entries:
                sys.exit(f"the help of {path or 'frontrow'} has a text without an option: {line}")
            entries[-1].text = f"{entries[-1].text} {line.strip()}".strip()
        elif re.match(r"  \S", line):
            is_long = line[COLUMN - 1 : COLUMN] not in ("", " ")
            name, text = (line, "") if is_long else (line[:COLUMN], line[COLUMN:])
            values = re.search(r":\{([^}]*)\}", name)
            # "N:UINT in [1 - 3]" and "FORMAT:{text,ndjson}": the texts name these bounds, too.
            name = re.sub(r":\{[^}]*\}|:[A-Z]+ in \[[^]]*\]", "", name)
            entries.append(Entry(name.strip(), text.strip(), values[1] if values else ""))
        else:
            sys.exit(f"the help of {path or 'frontrow'} has a line that is no option: {line}")
    return entries
