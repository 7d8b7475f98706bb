"""Completions of bash, zsh and fish from the tree of commands (help_text.py)."""
import sys

# The values that an option takes, where its help has them in a sentence; the help of the option or of its command must
# name each of them.
VALUES = {
    "drop --shape": ["spike", "ramp", "poisson", "csv:"],
    "keys new --scope": ["operate", "box-office", "charge", "read", "metrics", "check-in"],
    "plan import --from": ["pretix", "csv"],
    "serve --challenge-algorithm": ["altcha"],
    "serve --log-format": ["text", "json"],
    "serve --log-level": ["trace", "debug", "info", "warn", "error"],
    "serve --wallet-charge": ["service", "fan"],
    "simulate --shape": ["spike", "ramp", "poisson", "csv:"],
}
FOLDER_TYPES = ("DIR", "DIRECTORY", "NAME=DIR")
NOTICE = "Made by tools/package/help_files.py."


def values_of(command, option):
    if option.choices or not option.flags:
        return option.choices
    values = VALUES.get(" ".join([*command.path, option.flags[-1]]), [])
    for value in values:
        if value not in option.text and value not in command.details:
            sys.exit(f"the help of {command.name} {option.flags[-1]} does not name its value {value}")
    return values


def kind_of(command, option):
    """The values, or "file", "folder", "text", or "" for a flag."""
    values = values_of(command, option)
    if values:
        return " ".join(values)
    if option.type.startswith("FILE") or (not option.flags and option.name.split()[0] == "FILE"):
        return "file"
    if option.type in FOLDER_TYPES:
        return "folder"
    return "text" if option.type else ""


def completions(root):
    commands = list(root.walk())
    used = {" ".join([*command.path, flag]) for command in commands for option in command.options for flag in option.flags}
    for flag in VALUES:
        if flag not in used:
            sys.exit(f"help_shells.py: there is no option frontrow {flag}")
    yield "frontrow.bash", bash(commands)
    yield "_frontrow", zsh(commands)
    yield "frontrow.fish", fish(commands)


def bash_cases(commands, words_of):
    for command in commands:
        words = words_of(command)
        if words:
            yield f"    '{' '.join(command.path)}') printf '%s\\n' {words} ;;"


def bash(commands):
    def values(command):
        for option in command.options:
            kind = kind_of(command, option)
            if kind:
                pattern = " | ".join(f"'{' '.join([*command.path, flag])}'" for flag in option.flags)
                yield f"    {pattern}) printf '%s\\n' '{kind}' ;;"

    subcommands = bash_cases(commands, lambda c: " ".join(s.path[-1] for s in c.subcommands))
    options = bash_cases(commands, lambda c: " ".join(f for o in c.options for f in o.flags))
    kinds = [line for command in commands for line in values(command)]
    files = bash_cases(commands, lambda c: "file" if any(kind_of(c, p) == "file" for p in c.positionals) else "")
    return "\n".join([
        f"# Completion of frontrow for bash. {NOTICE}",
        "# shellcheck shell=bash",
        "_frontrow_commands() {", "  case $1 in", *subcommands, "  esac", "}",
        "_frontrow_options() {", "  case $1 in", *options, "  esac", "}",
        "# The kind of an option's value: file, folder, text, or the values themselves; nothing for a flag.",
        "_frontrow_values() {", "  case $1 in", *kinds, "  esac", "}",
        "_frontrow_arguments() {", "  case $1 in", *files, "  esac", "}",
        BASH_END])


BASH_END = r"""
_frontrow() {
  local current=${COMP_WORDS[COMP_CWORD]} path='' word kind='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=${COMP_WORDS[at]}
    if [[ -n $kind ]]; then
      kind=
    elif [[ $word == -* ]]; then
      kind=$(_frontrow_values "${path:+$path }$word")
    elif _frontrow_commands "$path" | grep -qxF -- "$word"; then
      path=${path:+$path }$word
    fi
  done
  COMPREPLY=()
  if [[ -z $kind && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_frontrow_options "$path")" -- "$current")
    return
  fi
  if [[ -z $kind ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_frontrow_commands "$path")" -- "$current")
    kind=$(_frontrow_arguments "$path")
  fi
  case $kind in
    '' | text) ;;
    file | folder)
      compopt -o filenames 2>/dev/null
      local action=file
      [[ $kind == file ]] || action=directory
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -A "$action" -- "$current")
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$current") ;;
  esac
}
complete -F _frontrow frontrow
"""


def zsh_name(command):
    return "_" + "_".join(["frontrow"] + command.path).replace("-", "_")


def zsh_text(text):
    """Inside single quotes, and inside the brackets of _arguments."""
    for sign in "\\[]:":
        text = text.replace(sign, "\\" + sign)
    return text.replace("'", "'\\''")


def zsh_action(kind):
    return {"": "", "file": ":file:_files", "folder": ":folder:_files -/", "text": ":value: "}.get(
        kind, f":value:({zsh_text(kind)})")


def zsh_specs(command):
    for option in command.options:
        action = zsh_action(kind_of(command, option))
        several = "*" if option.is_repeatable else ""
        for flag in option.flags:
            others = "" if several else f"({' '.join(option.flags)})"
            yield f"'{several or others}{flag}[{zsh_text(option.summary)}]{action}'"
    for item in command.positionals:
        yield f"':{zsh_text(item.name.split()[0])}:{'_files' if kind_of(command, item) == 'file' else ' '}'"


def zsh(commands):
    out = ["#compdef frontrow", f"# Completion of frontrow for zsh. {NOTICE}"]
    for command in reversed(commands):
        out += ["", f"{zsh_name(command)}() {{"]
        specs = list(zsh_specs(command))
        if not command.subcommands:
            out += ["  _arguments " + " \\\n    ".join(specs), "}"]
            continue
        specs += ["'1: :->command'", "'*:: :->arguments'"]
        names = [f"'{sub.path[-1]}:{zsh_text(sub.sentence)}'" for sub in command.subcommands]
        out += [
            "  local context state state_descr line",
            "  typeset -A opt_args",
            "  _arguments -C " + " \\\n    ".join(specs),
            "  case $state in",
            "    command)",
            "      local -a commands=(",
            *[f"        {name}" for name in names],
            "      )",
            "      _describe command commands",
            "      ;;",
            "    arguments)",
            "      case $words[1] in",
            *[f"        {sub.path[-1]}) {zsh_name(sub)} ;;" for sub in command.subcommands],
            "      esac",
            "      ;;",
            "  esac",
            "}",
        ]
    return "\n".join([*out, "", '_frontrow "$@"', ""])


def fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(commands):
    with_value = sorted({f for c in commands for o in c.options if kind_of(c, o) for f in o.flags})
    out = [
        f"# Completion of frontrow for fish. {NOTICE}",
        "# Succeeds if the command so far is this one.",
        "function __frontrow_at",
        f"    set -l with_value {' '.join(with_value)}",
        "    set -l path",
        "    set -l words (commandline -opc)",
        "    set -l skip no",
        "    for word in $words[2..]",
        "        if test $skip = yes",
        "            set skip no",
        "        else if contains -- $word $with_value",
        "            set skip yes",
        "        else if not string match -q -- '-*' $word",
        "            contains -- (string join ' ' $path $word) $__frontrow_commands",
        "            and set -a path $word",
        "        end",
        "    end",
        '    test "$path" = "$argv"',
        "end",
        "set -g __frontrow_commands " + " ".join(f"'{' '.join(c.path)}'" for c in commands if c.path),
        "complete -c frontrow -f",
    ]
    for command in commands:
        at = f"-n \"__frontrow_at '{' '.join(command.path)}'\""
        for sub in command.subcommands:
            out.append(f"complete -c frontrow {at} -a {sub.path[-1]} -d {fish_text(sub.sentence)}")
        for option in command.options:
            names = " ".join(f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in option.flags)
            kind = kind_of(command, option)
            value = {"": "", "text": " -x", "file": " -r -F", "folder": " -x -a '(__fish_complete_directories)'"}.get(
                kind, f" -x -a '{kind}'")
            out.append(f"complete -c frontrow {at} {names}{value} -d {fish_text(option.summary)}")
        if any(kind_of(command, item) == "file" for item in command.positionals):
            out.append(f"complete -c frontrow {at} -F")
    return "\n".join(out) + "\n"
