#!/usr/bin/env bash
# The man pages and completions that are made from the help texts: every option and command of the program is in them,
# the pages pass man's warnings and mandoc's lint, and each installed shell completes as expected.
#
# Usage: help_files.sh FRONTROW
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"
frontrow=$(readlink -f "$1")
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $*"
  exit 1
}

SOURCE_DATE_EPOCH=1700000000 python3 -B tools/package/help_files.py "$frontrow" tools/frontrow.example.toml "$scratch"
gunzip -r "$scratch/man"

# Every option of every command, read in another way than help_files.py reads it.
options_of() { sed -n 's/^  \(-[^ ]*\).*/\1/p' | tr ',' '\n' | grep '^-' | sort -u; }
mapfile -t commands < <("$frontrow" --help | sed -n '/^Subcommands:/,$s/^  \([a-z][a-z]*\) .*/\1/p')
[[ ${#commands[@]} -ge 8 ]] || fail "only ${#commands[@]} commands"
plain_pages=$scratch/plain
mkdir "$plain_pages"
for page in "$scratch"/man/*/*; do
  # Hyphens of options are escaped, for searching.
  sed 's/\\-/-/g; s/\\f[BIR]//g' "$page" >"$plain_pages/$(basename "$page")"
done
for command in "${commands[@]}"; do
  page=$plain_pages/frontrow-$command.1
  [[ -f $page ]] || fail "no page of frontrow $command"
  while read -r option; do
    grep -qE -- "(^|[ ,])$option([ ,]|\$)" "$page" || fail "frontrow-$command.1 lacks $option"
    grep -qF -- "$option" "$scratch/completions/frontrow.bash" || fail "the completion lacks $option"
  done < <("$frontrow" "$command" --help | options_of)
  while read -r nested; do
    grep -qxF ".SS frontrow $command $nested" "$page" || fail "frontrow-$command.1 lacks $nested"
    while read -r option; do
      grep -qE -- "(^|[ ,])$option([ ,]|\$)" "$page" || fail "frontrow-$command.1 lacks $option of $nested"
    done < <("$frontrow" "$command" "$nested" --help | options_of | grep -vxE -- '-h|--help')
  done < <("$frontrow" "$command" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
done
# Every setting, in its table.
settings=$(grep -cE '^#?[a-z_]+ = ' tools/frontrow.example.toml)
[[ $(grep -cE '^(\\fB)?[a-z_]+ = ' "$scratch/man/man5/frontrow.toml.5") -eq $settings ]] ||
  fail "frontrow.toml.5 has not each of the $settings settings"

checked=()
if command -v man >/dev/null; then
  checked+=(man)
  for page in "$scratch"/man/*/*; do
    said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
    [[ -z $said ]] || fail "man: $(basename "$page"): $said"
  done
fi
if command -v mandoc >/dev/null; then
  checked+=(mandoc)
  mandoc -Tlint -Wwarning "$scratch"/man/*/* || fail "mandoc found faults"
fi

# expect SHELL LINE WORD...: each word is among the completions of the line, whose end is the cursor.
expect() {
  local shell=$1 line=$2 word said
  shift 2
  said=$("complete_in_$shell" "$line" 2>&1 | tr -d '\r')
  for word in "$@"; do
    if [[ $word == '!'* ]]; then
      ! grep -qwF -- "${word#!}" <<<"$said" || fail "$shell: \"$line\" offers ${word#!}: $said"
    else
      grep -qF -- "$word" <<<"$said" || fail "$shell: \"$line\" does not offer $word: $said"
    fi
  done
}

complete_in_bash() {
  # shellcheck disable=SC2016
  bash --norc -c '
    . "$1"
    read -ra COMP_WORDS <<<"$2"
    [[ $2 != *" " ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _frontrow
    printf "%s\n" "${COMPREPLY[@]}"' bash "$scratch/completions/frontrow.bash" "$1"
}

complete_in_fish() {
  fish --no-config -c "source $scratch/completions/frontrow.fish; complete -C $(printf '%q' "$1" | sed "s/\\\\ /' '/g")"
}

# In a terminal of its own, as zsh completes nowhere else.
complete_in_zsh() {
  python3 -B "$TREE/tests/tree/zsh_complete.py" "$scratch/completions" "$1"
}

touch "$scratch/some-file.toml"
mkdir "$scratch/some-folder"
cd "$scratch"
for shell in bash fish zsh; do
  command -v "$shell" >/dev/null || continue
  checked+=("$shell")
  expect "$shell" 'frontrow ' "${commands[@]}"
  expect "$shell" 'frontrow clu' cluster '!serve'
  expect "$shell" 'frontrow cluster ' pin unpin status '!serve'
  expect "$shell" 'frontrow serve --journal-keep' --journal-keep-hours --journal-keep-everything '!--listen'
  expect "$shell" 'frontrow recover log --data-dir verify --st' --stream
  expect "$shell" 'frontrow cluster pin --d' --dry-run '!--data-dir'
  expect "$shell" 'frontrow serve --log-level ' trace debug info warn error
  expect "$shell" 'frontrow recover log --format ' text ndjson
  expect "$shell" 'frontrow serve --config some-' some-file.toml
  expect "$shell" 'frontrow serve --data-dir some-' some-folder '!some-file.toml'
  expect "$shell" 'frontrow plan check some-' some-file.toml
done
echo "checked by ${checked[*]}"
