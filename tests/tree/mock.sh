#!/usr/bin/env bash
# Runs the purchase that tools/mock prints against the mock itself: each response is the example of its route. Exit code 77
# where npm is not available.
set -euo pipefail
root=$(cd -P "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
mock=
cleanup() {
  [[ -z $mock ]] || { kill "$mock" 2>/dev/null && wait "$mock"; } || true
  rm -rf "$scratch"
}
trap cleanup EXIT

if ! command -v npm >/dev/null || ! command -v curl >/dev/null; then
  echo "skipped: there is no npm or no curl here"
  exit 77
fi
if ! timeout 500 "$root/tools/mock" --install-only >"$scratch/install.log" 2>&1; then
  echo "skipped: $(tail -n 1 "$scratch/install.log")"
  exit 77
fi

for port in $(shuf -i 20000-29999 -n 50); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done
"$root/tools/mock" --port "$port" >"$scratch/mock.log" 2>&1 &
mock=$!
give_up_at=$((SECONDS + 60))
until curl -fs -o /dev/null "http://127.0.0.1:$port/v1/concerts"; do
  if ! kill -0 "$mock" 2>/dev/null || ((SECONDS > give_up_at)); then
    cat "$scratch/mock.log"
    exit 1
  fi
  sleep 0.2
done

sed -n '/^B=/,/^$/p' "$scratch/mock.log" >"$scratch/walk.sh"
bash -eu "$scratch/walk.sh" >"$scratch/walk.out" 2>&1 || {
  cat "$scratch/walk.out"
  exit 1
}
for wanted in '"state":"active","number":' '^date 2[0-9]*-[0-9]*-[0-9]*$' '^seat [0-9]*$' '^hold [0-9]*$' '"chargeId":[0-9]*,' \
  '"paymentId":[0-9]*,.*"state":"completed"' '"type":"/problems/insufficient-balance"'; do
  grep -q "$wanted" "$scratch/walk.out" || {
    echo "no $wanted in the answers:"
    cat "$scratch/walk.out"
    exit 1
  }
done
# A missing token and an invalid body get the statuses of the real server.
[[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/v1/concerts/1/dates") == 401 ]] || { echo "a token is not asked for"; exit 1; }
[[ $(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{"userId":1}' \
  "http://127.0.0.1:$port/v1/concerts/1/queue/tokens") == 4?? ]] || { echo "any body is taken"; exit 1; }
echo "a ticket was bought from the mock"
