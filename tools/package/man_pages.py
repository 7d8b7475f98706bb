"""Man pages from the tree of commands (help_text.py) and from the sample of all settings."""
import itertools
import os
import re
import textwrap
import time

DOCUMENTS = "/usr/share/doc/frontrow"


def escape(text):
    """Plain text as roff. Option names keep their hyphens, for searching and copying."""
    text = text.replace("\\", "\\e").replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")
    return re.sub(r"(?<![\w\\])--?(?=[\w-])[\w-]*", lambda found: found[0].replace("-", "\\-"), text)


def code(text):
    """Text that is shown as it is typed."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return text.replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")


def guard(line):
    """A line that begins like a request of roff is text."""
    return "\\&" + line if line[:1] in (".", "'") else line


def prose(text):
    """Words in backquotes are bold."""
    parts = re.split(r"`([^`]+)`", text)
    parts[1::2] = [f"\\fB{code(part)}\\fR" for part in parts[1::2]]
    parts[0::2] = [escape(part) for part in parts[0::2]]
    # A sentence begins a line, so that roff spaces sentences by its own rule.
    sentences = re.split(r"(?<=[a-z0-9)]\.) (?=[A-Z])", "".join(parts).strip())
    lines = [line for sentence in sentences
             for line in textwrap.wrap(sentence, 79, break_long_words=False, break_on_hyphens=False)]
    return "\n".join(guard(line) for line in lines)


def verbatim(lines):
    return [".EX", *(guard(code(line)) for line in lines), ".EE"]


def header(name, section, version):
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    date = time.strftime("%Y-%m-%d", time.gmtime(int(epoch))) if epoch else ""
    return [
        '.\\" Made by tools/package/help_files.py; changes belong into the help texts.',
        f'.TH {code(name.upper())} {section} "{date}" "{version}" "frontrow"',
    ]


def entry(item):
    name = item.name
    if item.flags:
        flags = ", ".join(f"\\fB{code(flag)}\\fR" for flag in item.flags)
        words = [word for word in name.split()[1:] if word != "REQUIRED"]
    else:
        flags, words = f"\\fI{code(name.split()[0])}\\fR", []
    value = "".join(f" \\fI{code(word)}\\fR" for word in words)
    required = " (required)" if "REQUIRED" in name.split() else ""
    return [".TP", flags + value + required, prose(item.text) or "\\&"]


# Headings of the free text that have a section of their own on a page; all other paragraphs are notes.
SECTIONS = {"Signals": "SIGNALS", "Exit code": "EXIT STATUS", "Examples": "EXAMPLES"}
ORDER = ["NOTES", *SECTIONS.values()]


def details(text):
    """Free text as a list of (section, lines): paragraphs at the margin are filled, indented lines stay as they are."""
    parts, section = [], "NOTES"
    for block in re.split(r"\n\n+", text):
        lines = block.split("\n")
        paragraphs = [list(group) for _, group in itertools.groupby(lines, lambda line: line.startswith(" "))]
        for at, paragraph in enumerate(paragraphs):
            if paragraph[0].startswith(" "):
                parts.append((section, ([".PP"] if at == 0 else []) + verbatim(paragraph)))
                continue
            joined = " ".join(paragraph)
            section = SECTIONS.get(joined.partition(":")[0], "NOTES")
            parts.append((section, [".PP", prose(joined)]))
    return parts


def details_of_page(text):
    """As sections; the heading of a section replaces the paragraph that begins it."""
    parts = details(text)
    for section in ORDER:
        mine = [lines for name, lines in parts if name == section]
        if not mine:
            continue
        yield f".SH {section}"
        for at, lines in enumerate(mine):
            if at == 0:
                lines = lines[1:]  # without .PP
                rest = lines[0].partition(":")[2].strip() if section != "NOTES" else lines[0]
                lines = [rest, *lines[1:]] if rest else lines[1:]
            yield from lines


def option_groups(command, heading):
    out = []
    for title, options in command.groups:
        options = [option for option in options if heading == ".SH" or "--help" not in option.flags]
        if not options:
            continue
        if title == "Options":
            out += [".SH OPTIONS"] if heading == ".SH" else []
        else:
            out += [f".SS {prose(title)}"] if heading == ".SH" else [".PP", f"{prose(title)}:"]
        for option in options:
            out += entry(option)
    return out


def synopsis(command):
    words = command.usage.split()
    depth = 1 + len(command.path)
    rest = " ".join(f"\\fI{code(word)}\\fR" for word in words[depth:])
    return f"\\fB{code(' '.join(words[:depth]))}\\fR {rest}".strip()


def nested(command):
    out = [f".SS {code(command.name)}", prose(command.description), ".PP", synopsis(command)]
    for item in command.positionals:
        out += entry(item)
    out += option_groups(command, ".SS")
    if command.details:
        out += [line for _, lines in details(command.details) for line in lines]
    return out


def page(command, version, names):
    name = "-".join(["frontrow"] + command.path)
    summary = command.sentence[:1].lower() + command.sentence[1:] if command.path else command.sentence
    out = header(name, 1, version)
    out += [".SH NAME", f"{code(name)} \\- {escape(summary)}", ".SH SYNOPSIS", synopsis(command)]
    out += [".SH DESCRIPTION", prose(command.description[0].upper() + command.description[1:].rstrip(".") + ".")]
    for item in command.positionals:
        out += entry(item)
    out += option_groups(command, ".SH")
    if command.subcommands:
        out.append(".SH COMMANDS")
        for sub in command.subcommands:
            if command.path:
                out += nested(sub)
            else:
                out += [".TP", f"\\fB{code('frontrow-' + sub.path[0])}\\fR(1)", prose(sub.description)]
    if command.details:
        out += details_of_page(command.details)
    others = [f"\\fB{code(other)}\\fR({section})" for other, section in names if other != name]
    out += [".SH SEE ALSO", ",\n".join(others), ".PP", f"The documents in {DOCUMENTS}/docs: OPERATIONS.md, API.md, RECOVERY.md."]
    return "\n".join(out) + "\n"


def pages(root, version):
    commands = [root, *root.subcommands]
    names = [("-".join(["frontrow"] + command.path), 1) for command in commands] + [("frontrow.toml", 5)]
    for command in commands:
        yield f"{'-'.join(['frontrow'] + command.path)}.1", page(command, version, names)


def settings_page(example, version):
    """A block of the sample is a comment, then its key; the first block is the introduction."""
    blocks = re.split(r"\n\n+", example.strip())
    introduction = " ".join(line.lstrip("# ") for line in blocks[0].split("\n"))
    out = header("frontrow.toml", 5, version)
    out += [".SH NAME", "frontrow.toml \\- settings of the ticket-drop server frontrow", ".SH SYNOPSIS"]
    out += ["\\fB/etc/frontrow/frontrow.toml\\fR", ".SH DESCRIPTION", prose(introduction), ".SH SETTINGS"]
    for block in blocks[1:]:
        lines = block.split("\n")
        if re.fullmatch(r"\[\w+\]", block):
            out.append(f".SS {code(block)}")
            continue
        comment = [line.lstrip("# ") for line in lines if line.startswith("# ")]
        rest = [line for line in lines if not line.startswith("# ")]
        if rest and rest[0].lstrip("#").startswith("[["):
            out += [f".SS {code(rest[0].lstrip('#'))}", prose(" ".join(comment)), ".PP"]
            out += verbatim(line.lstrip("#") for line in rest)
            continue
        out += [".TP", f"\\fB{code(rest[0].lstrip('#'))}\\fR", prose(" ".join(comment[:-1]))]
        out += [".br", prose(comment[-1].strip("()"))]
    out += [".SH SEE ALSO", "\\fBfrontrow\\-serve\\fR(1)", ".PP"]
    out += [f"{DOCUMENTS}/examples/frontrow.example.toml is this list as a file."]
    return "\n".join(out) + "\n"
