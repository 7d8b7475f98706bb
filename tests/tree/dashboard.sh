#!/usr/bin/env bash
# The dashboard and the alert rules of tools/deploy with a real Prometheus, by the sample of its configuration: it scrapes
# two instances and their member of etcd while `frontrow drop` runs. Every panel's queries have data, and so has every
# comparison of an alert, whether it holds or not; every metric of an alert is there.
#
# Usage: dashboard.sh FRONTROW. Exit code 77 where prometheus, etcd, jq or curl is not installed, or the program has no etcd.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
frontrow=$1
rules=$root/tools/deploy/prometheus/alerts.yml
dashboard=$root/tools/deploy/grafana/frontrow.json
for program in prometheus etcd jq curl; do
  command -v "$program" >/dev/null || {
    echo "skipped: there is no $program here"
    exit 77
  }
done

# Series that begin with their first event, which a healthy run does not have.
may_be_empty=("Errors by route")
may_compare_nothing=(FrontrowErrors FrontrowRefuses)

scratch=$(mktemp -d)
umask 077 # keys that others may read are refused
children=()
cleanup() {
  local pid
  # No data is kept, so that nothing has to end in order.
  for pid in "${children[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $*" >&2
  tail -n 3 "$scratch"/*.log >&2 2>/dev/null || true
  exit 1
}

# shellcheck source=tests/tree/servers.sh
. "$root/tests/tree/servers.sh"

all_run() { kill -0 "${children[@]}" 2>/dev/null; }

# start NAME COMMAND...: in the background, with its output in NAME.log.
start() {
  local name=$1
  shift
  "$@" >"$scratch/$name.log" 2>&1 &
  children+=($!)
}

start_etcd() {
  local peer
  free_port && store=127.0.0.1:$port
  free_port && peer=127.0.0.1:$port
  start etcd etcd --data-dir "$scratch/etcd" --listen-client-urls "http://$store" --advertise-client-urls "http://$store" \
    --listen-peer-urls "http://$peer" --initial-advertise-peer-urls "http://$peer" --initial-cluster "default=http://$peer" \
    --heartbeat-interval 50 --election-timeout 500
  within 20 curl -fs "http://$store/health" || fail "etcd does not answer"
}

start_instances() {
  local i
  "$frontrow" cluster secret >"$scratch/secret"
  "$frontrow" keys signing >"$scratch/signing.pem"
  FRONTROW_ADMIN_KEY=$("$frontrow" cluster secret)
  FRONTROW_CLUSTER_SECRET=$(<"$scratch/secret")
  export FRONTROW_ADMIN_KEY FRONTROW_CLUSTER_SECRET
  local token_key
  token_key=k1:$("$frontrow" cluster secret)
  "$frontrow" cluster init --cluster test --etcd "$store" >"$scratch/init.log" 2>&1 || fail "the cluster could not be created"
  for i in 1 2; do
    free_port
    local link=127.0.0.1:$port
    free_port
    instances+=("127.0.0.1:$port")
    start "box-$i" "$frontrow" serve --data-dir "$scratch/box-$i" --listen "127.0.0.1:$port" --threads 1 --cluster test \
      --etcd "$store" --instance "box-$i" --cluster-listen "$link" --token-keys "$token_key" --passes-key-file "$scratch/signing.pem" \
      --snapshots-interval-seconds 5
  done
  within 60 "$frontrow" cluster status --cluster test --etcd "$store" || fail "the cluster is not well"
}

# The sample, with these targets and short intervals.
start_prometheus() {
  free_port && prometheus=127.0.0.1:$port
  sed -e "s|/etc/prometheus/alerts.yml|$rules|" -e 's/_interval: 10s/_interval: 1s/' \
    -e "s/\"10\.0\.0\.1:8080\".*\"10\.0\.0\.3:8080\"/\"${instances[0]}\", \"${instances[1]}\"/" \
    -e "s/\"10\.0\.0\.1:2379\".*\"10\.0\.0\.3:2379\"/\"$store\"/" \
    "$root/tools/deploy/prometheus/prometheus.yml" >"$scratch/prometheus.yml"
  ! grep -v '^ *#' "$scratch/prometheus.yml" | grep -q '10\.0\.0' || fail "prometheus.yml has targets that the test does not replace"
  start prometheus prometheus --config.file "$scratch/prometheus.yml" --storage.tsdb.path "$scratch/series" \
    --web.listen-address "$prometheus" --log.level warn
  # Scrapes begin some seconds after the start.
  within 30 all_scraped || fail "prometheus does not scrape all of its targets"
}

all_scraped() {
  curl -fs --data-urlencode 'query=sum (up) == 3' "http://$prometheus/api/v1/query" | jq -e '.data.result[0]'
}

# query EXPRESSION: sets count to the number of series with a value, and value to the first one; or fails.
query() {
  local error
  { read -r count && read -r value && read -r error; } < <(
    curl -s --data-urlencode "query=$1" "http://$prometheus/api/v1/query" | jq -r '
      ([.data.result // [] | .[].value[1] | select(. != "NaN")] | length, .[0] // "none"), .error // ""') || fail "prometheus does not answer"
  [[ -z $error ]] || fail "$1: $error"
}

# is_in NAME LIST...
is_in() {
  local name=$1 one
  shift
  for one in "$@"; do [[ $one != "$name" ]] || return 0; done
  return 1
}

check_panels() {
  local title expression
  while IFS=$'\t' read -r title expression; do
    # Grafana's variables, as for "All" and a panel of the last minute.
    expression=${expression//\$__rate_interval/60s}
    expression=${expression//\$instance/.*}
    query "$expression"
    ((count > 0)) || is_in "$title" "${may_be_empty[@]}" || fail "the panel \"$title\" has no data for $expression"
    queries=$((queries + 1))
  done < <(jq -r '.panels[] | select(.targets) | .title as $title | .targets[] | [$title, .expr] | join("\t")' "$dashboard")
}

check_rules() {
  local alert expression metric
  curl -s "http://$prometheus/api/v1/rules" >"$scratch/rules"
  curl -s "http://$prometheus/api/v1/label/__name__/values" | jq -r '.data[]' >"$scratch/metrics"
  [[ $(jq '[.data.groups[].rules[]] | length' "$scratch/rules") -eq $(grep -c '^ *- alert:' "$rules") ]] || fail "prometheus has not all rules"
  while IFS=$'\t' read -r alert expression; do
    query "$expression"
    # With `bool` a comparison gives 0 or 1 in place of nothing, and both sides of `and` have the same labels: so labels that
    # do not match show.
    query "$(sed -E 's/ (>=|<=|==|!=|>|<) / \1 bool /g; s/ unless / and /' <<<"$expression")"
    ((count > 0)) || [[ $expression == absent* ]] || is_in "$alert" "${may_compare_nothing[@]}" || fail "$alert compares nothing: $expression"
    metric=$(grep -oE '\b(frontrow|etcd)_[a-z_]+' <<<"$expression" | grep -vxF -f "$scratch/metrics" || true)
    [[ -z $metric ]] || fail "$alert: there is no $metric"
    alerts=$((alerts + 1))
  done < <(jq -r '.data.groups[].rules[] | [.name, .query] | join("\t")' "$scratch/rules")
  jq -r '.data.groups[].rules[] | select(.health != "ok") | "\(.name): \(.health) \(.lastError // "")"' "$scratch/rules" >"$scratch/unwell"
  [[ ! -s $scratch/unwell ]] || fail "rules without a result: $(<"$scratch/unwell")"
}

# The figures of the drop, where the dashboard sums them over the instances.
check_sums() {
  local sold
  query 'sum (frontrow_all_concerts_seats)'
  [[ $value == 200 ]] || fail "$value seats in place of 200"
  query 'sum (frontrow_all_concerts_seats{state="sold"})'
  sold=$value
  query 'sum (frontrow_commands_total{command="settle_done",outcome="done"})'
  [[ $value == "$sold" ]] || fail "$value payments and $sold sold seats"
}

instances=()
queries=0
alerts=0
start_etcd
start_instances
start_prometheus
"$frontrow" drop --target "http://${instances[0]}" --target "http://${instances[1]}" --fans 300 --arrive 3s --dates 1 --seats 200 \
  --think 50ms --expire 0 --waitlist 0 --connections 100 --limit 30s >"$scratch/drop.log" 2>&1 || fail "the drop"
sleep 2 # two more scrapes
check_panels
check_rules
check_sums
echo "$queries queries of the dashboard and $alerts alerts have their data"
