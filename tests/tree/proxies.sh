#!/usr/bin/env bash
# The samples of tools/deploy for haproxy and nginx behave as docs/OPERATIONS.md says, in front of two real servers: they
# publish neither metrics nor the operators' routes, pass the servers' responses on, drop an instance that stands still,
# and send problem+json with Retry-After when no server is left.
#
# Usage: proxies.sh FRONTROW. Exit code 77 where neither proxy is installed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
frontrow=$1
nginx=$(command -v nginx || echo /usr/sbin/nginx)
haproxy=$(command -v haproxy || echo /usr/sbin/haproxy)
[[ -x $nginx || -x $haproxy ]] && command -v curl >/dev/null || exit 77

scratch=$(mktemp -d)
chmod 755 "$scratch" # nginx's workers may run as another user
children=()
cleanup() {
  local pid
  for pid in "${children[@]}"; do
    kill -CONT "$pid" 2>/dev/null || true
    kill -TERM "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $proxy: $*" >&2
  tail -n 20 "$scratch/$proxy.log" "$scratch/$proxy.out" >&2 2>/dev/null || true
  exit 1
}

# shellcheck source=tests/tree/servers.sh
. "$root/tests/tree/servers.sh"

# start_server N PORT: sets pid.
start_server() {
  "$frontrow" serve --data-dir "$scratch/data-$1" --listen "127.0.0.1:$2" --threads 1 >"$scratch/server-$1.log" 2>&1 &
  pid=$!
  children+=("$pid")
  within 30 curl -fs "http://127.0.0.1:$2/readyz" || fail "server $1: $(tail -n 1 "$scratch/server-$1.log")"
}

# ask PATH [CURL_ARGUMENT...]: prints the status; the head goes to $scratch/head, the body to $scratch/body.
ask() {
  local path=$1
  shift
  curl -s --path-as-is -m 20 -D "$scratch/head" -o "$scratch/body" -w '%{http_code}' "$@" "$url$path" || true
}

# expect_problem SLUG: checks the last response.
expect_problem() {
  local slug=${*: -1}
  grep -qi '^content-type: application/problem+json' "$scratch/head" || fail "no problem+json: $(cat "$scratch/head")"
  grep -q "\"type\":\"/problems/$slug\"" "$scratch/body" || fail "not $slug: $(cat "$scratch/body")"
}

expect_retry() { grep -qi '^retry-after: 1' "$scratch/head" || fail "no Retry-After: $(cat "$scratch/head")"; }

expect_private() {
  local path status
  for path in /metrics /v1/admin/concerts /v1/admin/cluster /v1/admin '/v1/%61dmin/concerts' '/%6detrics' '/v1/admin/concerts?x=1'; do
    status=$(ask "$path" -H "Authorization: Bearer $key")
    [[ $status == 404 ]] || fail "$path is published: $status"
    expect_problem not-found
  done
  # Paths that the servers do not resolve to private routes must not be resolved by the proxy either.
  for path in //metrics /./metrics /x/../metrics '/v1//admin/concerts/1' '/v1/x/../admin/concerts/1'; do
    status=$(ask "$path" -H "Authorization: Bearer $key")
    [[ $status == 400 || $status == 404 ]] || fail "$path is published: $status"
  done
  [[ $(ask /v1/concerts) == 200 ]] || fail "fans are not served"
  [[ $(ask /v1/concerts/999999) == 404 ]] || fail "a concert that is not there"
  expect_problem not-found
  grep -q '"detail":"There is no such concert."' "$scratch/body" || fail "the server's own problem was replaced"
}

expect_own_problems() {
  local answer
  # One write: printf sends each line on its own, and the proxy closes at the first malformed one.
  printf 'GET / HTTP/1.1\r\nHost: a b\r\nBroken header\r\n\r\n' >"$scratch/request"
  exec 3<>"/dev/tcp/127.0.0.1/$front"
  cat "$scratch/request" >&3
  answer=$(timeout 10 cat <&3) || true
  exec 3>&-
  printf '%s\n' "$answer" >"$scratch/head"
  printf '%s\n' "$answer" >"$scratch/body"
  grep -q '^HTTP/1.1 400' "$scratch/head" || fail "not 400: $answer"
  expect_problem malformed-request
}

# line_reads: sets reads, how often the servers were asked for the line or a block of it.
line_reads() {
  reads=$(curl -fs "http://127.0.0.1:$one/metrics" "http://127.0.0.1:$two/metrics" |
    awk '/^frontrow_http_requests_total\{.*route="read_line(_block)?"/ { sum += $NF } END { print sum + 0 }')
}

# However many fans look at the line, the servers are asked once until the copy is too old; and a place that is computed
# from the copy is the one that the server tells.
expect_line_of_the_cache() {
  local n began before allowed server path count token number position
  for server in "$one" "$two"; do # the concert has the same id at both, so that either may serve it
    n=$([[ $server == "$one" ]] && echo 1 || echo 2)
    curl -fs -o /dev/null "http://127.0.0.1:$server/v1/admin/concerts" -H "Authorization: Bearer $(<"$scratch/data-$proxy-$n/admin.key")" \
      -H 'Content-Type: application/json' -d '{"title":"Cached","queue":{"maxActive":1},"dates":[{"date":"2047-05-01"}]}' ||
      fail "no concert at server $n"
  done
  for n in $(seq 30); do
    ask /v1/concerts/1/queue/tokens -H 'Content-Type: application/json' \
      -d "{\"userId\":\"00000000-0000-4000-8000-0000000000$((n + 10))\"}" >/dev/null
  done
  token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' "$scratch/body")
  number=$(sed -n 's/.*"number":\([0-9]*\).*/\1/p' "$scratch/body")

  line_reads && before=$reads
  began=$SECONDS
  for path in line line/blocks/0; do
    count=$(curl -s -o /dev/null -w '%{http_code}\n' "$url/v1/concerts/1/$path?x=[1-2000]" -H "Authorization: Bearer $token" | grep -c '^200$')
    [[ $count == 2000 ]] || fail "$count of 2000 reads of $path succeeded"
  done
  line_reads
  allowed=$((2 * (SECONDS - began) + 4))
  ((reads - before <= allowed)) || fail "the servers were asked $((reads - before)) times for 4000 reads in $((SECONDS - began)) s"
  ((reads > before)) || fail "no server was asked for the line"

  sleep 3 # the copy is too old
  [[ $(ask /v1/concerts/1/line/blocks/0) == 200 ]] || fail "no block"
  sleep 0.2 # the copy that was too old was served once more
  [[ $(ask /v1/concerts/1/line/blocks/0) == 200 ]] || fail "no block"
  position=$(python3 -B -c 'import base64, json, sys
block = json.load(open(sys.argv[1])); place = int(sys.argv[2])
bits = base64.b64decode(block["bits"])
waits = [bits[i // 8] >> i % 8 & 1 for i in range(place)]
print(block["waitingBefore"] + sum(waits) if waits[-1] else 0)' "$scratch/body" "$number")
  ask /v1/concerts/1/queue/token -H "Authorization: Bearer $token" >/dev/null
  grep -q "\"position\":$position," "$scratch/body" || fail "place $number is $position by the cache: $(<"$scratch/body")"
  ((position == 29)) || fail "place $number of 30 with one in the shop is $position"
}

# Both servers stand still: requests end long before their timeout.
expect_letting_go() {
  local began=$SECONDS status
  kill -STOP "${servers[@]}"
  status=$(ask /v1/concerts)
  [[ $status == 50[234] ]] || fail "a server that stands still: $status"
  ((SECONDS - began < 10)) || fail "a request was kept for $((SECONDS - began)) s"
  expect_problem "$1"
  expect_retry
  kill -CONT "${servers[@]}"
  within 10 curl -fs "$url/v1/concerts" || fail "the servers were not taken back"
}

expect_unavailable() {
  local status
  kill -KILL "${servers[@]}"
  # Until the processes end, the kernel accepts connections for them.
  wait "${servers[@]}" 2>/dev/null || true
  status=$(ask /v1/concerts)
  # The first request may have used a connection that was still open.
  [[ $status == 503 ]] || status=$(ask /v1/concerts)
  [[ $status == 503 ]] || fail "without any server: $status"
  expect_problem instance-unavailable
  expect_retry
  status=$(ask /v1/concerts/1/holds -d '{}')
  [[ $status == 503 ]] || fail "a POST without any server: $status"
  expect_retry
}

# sample FILE: prints it with the ports of this test.
sample() {
  sed -e "s/10\.0\.0\.1:8080/127.0.0.1:$one/; s/10\.0\.0\.2:8080/127.0.0.1:$two/; s/10\.0\.0\.3:8080/127.0.0.1:$none/" \
    -e "s/bind :80/bind 127.0.0.1:$front/; s/listen 80 /listen 127.0.0.1:$front /" \
    -e "s#/var/lib/nginx/frontrow_line#$scratch/nginx-line-$proxy#" -e "s#/etc/haproxy/concerts.map#$scratch/concerts.map#" "$root/tools/deploy/$1"
}

start_haproxy() {
  : >"$scratch/concerts.map"
  sample haproxy.cfg >"$scratch/haproxy.cfg"
  "$haproxy" -db -f "$scratch/haproxy.cfg" >"$scratch/haproxy.out" 2>&1 &
  children+=($!)
}

start_nginx() {
  local temporary
  {
    printf 'daemon off;\npid %s/nginx.pid;\nerror_log %s/nginx.log;\nevents {}\nhttp {\n  access_log off;\n' "$scratch" "$scratch"
    for temporary in client_body proxy fastcgi uwsgi scgi; do
      printf '  %s_temp_path %s/nginx-%s;\n' "$temporary" "$scratch" "$temporary"
    done
    printf '  include %s/nginx-sample.conf;\n}\n' "$scratch"
  } >"$scratch/nginx.conf"
  # nginx detects a server that stands still only by this timeout; the test shortens it.
  sample nginx.conf | sed 's/proxy_read_timeout 13s/proxy_read_timeout 1s/' >"$scratch/nginx-sample.conf"
  "$nginx" -e "$scratch/nginx.log" -c "$scratch/nginx.conf" >"$scratch/nginx.out" 2>&1 &
  children+=($!)
}

checked=()
for proxy in haproxy nginx; do
  [[ -x ${!proxy} ]] || continue
  free_port && one=$port
  free_port && two=$port
  free_port && none=$port
  free_port && front=$port
  url=http://127.0.0.1:$front
  servers=()
  start_server "$proxy-1" "$one" && servers+=("$pid")
  start_server "$proxy-2" "$two" && servers+=("$pid")
  # Private routes are requested with the key of the first server.
  key=$(<"$scratch/data-$proxy-1/admin.key")
  [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$one/metrics") == 200 ]] || fail "no metrics inside"
  "start_$proxy"
  within 10 curl -fs "$url/v1/concerts" || fail "does not serve"
  expect_private
  if [[ $proxy == nginx ]]; then
    expect_own_problems # haproxy's page for this error can't be replaced
    expect_line_of_the_cache
  fi
  expect_letting_go outcome-unknown
  expect_unavailable
  checked+=("$proxy")
done
echo "checked: ${checked[*]}"
