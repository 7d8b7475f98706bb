#!/usr/bin/env bash
# The program that docs/API.md prints for the shuffle gives the same order as `frontrow shuffle verify`, for counts about
# the ends of its blocks of draws and for a large one.
#
# Usage: verify_shuffle.sh FRONTROW. Exit code 77 where Python is not installed.
set -euo pipefail
frontrow=$1
python=/usr/bin/python3
[[ -x $python ]] || exit 77
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck disable=SC2016 # the fence of a program in Markdown
sed -n '/^```python$/,/^```$/p' docs/API.md | sed '1d;$d' >"$scratch/shuffle.py"
[[ -s $scratch/shuffle.py ]]

for count in 0 1 2 8 9 10 100 65537 200000; do
  seed=$(printf '%s' "seed of $count" | sha256sum | cut -d ' ' -f 1)
  commitment=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(bytes.fromhex(sys.argv[1])).hexdigest())' "$seed")
  "$python" "$scratch/shuffle.py" "$commitment" "$seed" "$count" >"$scratch/expected"
  "$frontrow" shuffle verify --commitment "$commitment" --seed "$seed" --count "$count" --all >"$scratch/actual"
  cmp "$scratch/expected" "$scratch/actual"
done
other=$(printf 'other' | sha256sum | cut -d ' ' -f 1)
if "$frontrow" shuffle verify --commitment "$other" --seed "$seed" --count 2 2>/dev/null; then
  echo "a seed that was not promised is accepted"
  exit 1
fi
