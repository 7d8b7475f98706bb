#!/usr/bin/env bash
# The bugs of tests/mutants can still be planted: every patch applies to the present tree, describes its bug in one
# sentence, and changes few lines of one file. The check changes no file. Exit code 77 (skipped) without git and patch.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

# Ignores repositories: the tree may have none, or may lie in that of another project.
applies() {
  if command -v git >/dev/null; then
    GIT_DIR=/dev/null git apply --check "$1"
  else
    patch --dry-run --force --fuzz=0 -p1 <"$1"
  fi
}

check_patch() {
  local patch=$1 files lines
  [[ $(basename "$patch") =~ ^[0-9]{2}-[a-z0-9-]+\.patch$ ]] || echo "$patch: the name is not NN-name.patch"
  [[ $(sed '/^--- /,$d' "$patch" | tr '\n' ' ') =~ ^[A-Z].*\.\ $ ]] || echo "$patch: says not in a sentence what bug it is"
  mapfile -t files < <(sed -n 's|^+++ b/||p' "$patch")
  [[ ${#files[@]} -eq 1 ]] || echo "$patch: changes ${#files[@]} files"
  lines=$(sed '1,/^+++ /d' "$patch" | grep -c '^[+-]')
  [[ $lines -ge 1 && $lines -le 6 ]] || echo "$patch: changes $lines lines"
  applies "$patch" >"$scratch" 2>&1 || echo "$patch: does not apply: $(tr '\n' ' ' <"$scratch")"
}

command -v git >/dev/null || command -v patch >/dev/null || exit 77
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT
patches=(tests/mutants/*.patch)
{
  [[ -f ${patches[0]} ]] || echo "tests/mutants: no patch is there"
  for patch in "${patches[@]}"; do check_patch "$patch"; done
  # The table in docs/MUTANTS.md has a line for each.
  for patch in "${patches[@]}"; do
    number=$(basename "$patch") number=${number%%-*}
    grep -q "^| $number | $(sed -n 1p "$patch" | sed 's/[][\.*^$]/\\&/g')" docs/MUTANTS.md || echo "$patch: not in docs/MUTANTS.md"
  done
} | finish "bugs that can't be planted"
