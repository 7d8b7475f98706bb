#!/usr/bin/env bash
# Validates the sample files of tools/deploy with the programs that read them, where these are installed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

checked=0
if command -v haproxy >/dev/null; then
  : >"$scratch/concerts.map"
  sed "s#/etc/haproxy/concerts.map#$scratch/concerts.map#" "$root/tools/deploy/haproxy.cfg" >"$scratch/haproxy.cfg"
  haproxy -c -f "$scratch/haproxy.cfg" >"$scratch/out" 2>&1 || fail "haproxy.cfg: $(<"$scratch/out")"
  checked=$((checked + 1))
fi
nginx=$(command -v nginx || echo /usr/sbin/nginx)
if [[ -x $nginx ]]; then
  printf 'pid %s/pid;\nerror_log %s/error.log;\nevents {}\nhttp {\n  include %s;\n}\n' \
    "$scratch" "$scratch" "$root/tools/deploy/nginx.conf" >"$scratch/nginx.conf"
  sed "s#/var/lib/nginx/frontrow_line#$scratch/frontrow_line#" "$root/tools/deploy/nginx.conf" >"$scratch/frontrow.conf"
  sed -i "s#include .*;#access_log off; include $scratch/frontrow.conf;#" "$scratch/nginx.conf"
  "$nginx" -t -q -e "$scratch/error.log" -c "$scratch/nginx.conf" 2>"$scratch/out" || {
    # nginx checks the syntax before it opens a port or folder that needs root.
    grep -q 'syntax is ok\|Permission denied' "$scratch/out" || fail "nginx.conf: $(<"$scratch/out")"
  }
  checked=$((checked + 1))
fi
if command -v systemd-analyze >/dev/null; then
  sed 's#^ExecStart=/usr/local/bin/frontrow#ExecStart=/bin/true#' "$root/tools/deploy/frontrow.service" \
    >"$scratch/frontrow.service"
  # --man=no: the man pages are not installed where the tests run.
  systemd-analyze verify --man=no "$scratch/frontrow.service" >"$scratch/out" 2>&1 || fail "frontrow.service: $(<"$scratch/out")"
  [[ ! -s $scratch/out ]] || fail "frontrow.service: $(<"$scratch/out")"
  # The threshold is in tenths of the score.
  systemd-analyze security --offline=true --no-pager --threshold=20 "$scratch/frontrow.service" >"$scratch/out" 2>&1 ||
    fail "frontrow.service is exposed: $(tail -n 1 "$scratch/out")"
  checked=$((checked + 1))
fi
grep -qx 'Type=notify' "$root/tools/deploy/frontrow.service" || fail "frontrow.service: systemd does not wait until it is ready"
# The program's own sample has only keys of the full example.
while read -r key; do
  grep -q "^#\?$key = " "$root/tools/frontrow.example.toml" || fail "frontrow.toml: no such key as $key"
done < <(sed -n 's/^\([a-z_]*\) = .*/\1/p' "$root/tools/deploy/frontrow.toml")
echo "$checked programs read their sample files"
