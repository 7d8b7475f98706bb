#!/usr/bin/env bash
# Every script is executable, parses, stops at the first error, and passes shellcheck where that is installed. Every
# tool has --help, also from another folder and through a symbolic link, and rejects unknown options.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mapfile -t scripts < <(tree_files | xargs -r grep -lI '^#!' | xargs -r awk 'FNR == 1 && /^#!/ { print FILENAME } { nextfile }')
[[ ${#scripts[@]} -gt 0 ]] || { echo "no script found"; exit 1; }

check_script() {
  local file=$1
  [[ -x $file ]] || echo "$file: not executable"
  head -n 1 "$file" | grep -q bash || return 0
  bash -n "$file" || echo "$file: does not parse"
  grep -qx 'set -euo pipefail' "$file" || echo "$file: lacks set -euo pipefail"
  case $file in
    tools/*)
      ln -sf "$TREE/$file" "$scratch/link"
      (cd "$scratch" && ./link --help | grep -q "$file") || echo "$file: --help through a link does not name it"
      ! "$file" --no-such-option-as-this </dev/null >"$scratch/out" 2>&1 || echo "$file: takes any option"
      ;;
  esac
}

for file in "${scripts[@]}"; do
  # tools/run passes its options to the server, so that only --help can be tested.
  if [[ $file == tools/run ]]; then
    (cd "$scratch" && "$TREE/$file" --help | grep -q "$file") || echo "$file: --help does not name it"
    continue
  fi
  check_script "$file"
done 2>&1 | finish "scripts"

if command -v shellcheck >/dev/null; then
  shellcheck -x "${scripts[@]}"
fi
