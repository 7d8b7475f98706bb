#!/usr/bin/env bash
# A start refuses, by name, every sample of a secret in the tree - admin keys, token keys, long hexadecimal texts in
# documentation and sample files - because these are public.
#
# Usage: known_secrets.sh FRONTROW
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"
frontrow=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mapfile -t files < <(tree_files | grep -E '(^|/)(README|[^/]*[.](md|toml|json|html|service|cfg|conf|yaml|yml))$|^tools/frontrow/config/config_table[.]cc$' |
  grep -vE '^(tests|bench)/')

# One a line: "admin KEY" or "token KEY".
samples() {
  grep -hoE 'admin[_-]key"? ?[=:] ?"[^"]+"' "${files[@]}" | sed 's/.*"\([^"]*\)"$/admin \1/' || true
  grep -hoE '[\\"][A-Za-z0-9_-]+:[0-9a-fA-F]{64,}' "${files[@]}" | sed 's/^[\\"]*[^:]*:/token /' || true
  grep -hoE '"[A-Za-z0-9_-]+:[A-Za-z0-9-]*replace[A-Za-z0-9-]*"' "${files[@]}" | sed 's/^"[^:]*:\(.*\)"$/token \1/' || true
  grep -hoE '\b[0-9a-fA-F]{64}\b' "${files[@]}" | sed 's/^/token /' || true
}

# Starts with the secret. The bounds contradict each other, so that the start fails even if it accepts the key.
start() {
  case $1 in
    admin) "$frontrow" serve --admin-key "$2" --balance-max 1 --data-dir "$scratch/data" ;;
    token) "$frontrow" serve --token-keys "k1:$2" --balance-max 1 --data-dir "$scratch/data" ;;
  esac
}

found=$(samples | sort -u)
# The scan finds the known samples.
for known in 'admin replace-me' 'admin the-same-on' 'token 00112233' 'token replace-me'; do
  grep -q "^$known" <<<"$found" || { echo "no sample like \"$known\" was found"; exit 1; }
done
while read -r kind key; do
  code=0
  said=$(start "$kind" "$key" 2>&1) || code=$?
  [[ $code -eq 2 && $said == *"is refused: it is "*"the "*" of "* ]] || echo "$kind key $key: $said"
done <<<"$found" | finish "samples of secrets that a start takes"

# The whole sample file, unedited, as an operator may copy it.
install -m 600 tools/deploy/frontrow.toml "$scratch/frontrow.toml"
! said=$("$frontrow" serve --config "$scratch/frontrow.toml" --data-dir "$scratch/data" 2>&1) || { echo "the sample file is taken"; exit 1; }
grep -q 'admin_key is refused: it is still the placeholder' <<<"$said" || { echo "the sample file is refused otherwise: $said"; exit 1; }
install -m 644 tools/deploy/frontrow.toml "$scratch/frontrow.toml"
sed -i 's/^admin_key.*/admin_key = "a-key-that-nobody-else-has"/; s/^token_keys.*//; /^\[\[keys\]\]/,/^scopes/d' "$scratch/frontrow.toml"
! said=$("$frontrow" serve --config "$scratch/frontrow.toml" --data-dir "$scratch/data" 2>&1) || { echo "others may read the file"; exit 1; }
grep -q 'others may read it (mode 0644) and it has admin_key in it; run: chmod 600' <<<"$said" || { echo "refused otherwise: $said"; exit 1; }
echo "$(wc -l <<<"$found") samples are refused"
