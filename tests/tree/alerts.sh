#!/usr/bin/env bash
# The alert rules and the dashboard of tools/deploy: every metric in them is in the source, every alert has a test and a
# section of docs/OPERATIONS.md, and the panels of the dashboard fit side by side. With promtool: the rules and the sample of
# Prometheus' configuration are valid, and every alert fires by its samples.
#
# Exit code 77 where promtool is not installed; the other checks have passed then.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"
rules=tools/deploy/prometheus/alerts.yml
configuration=tools/deploy/prometheus/prometheus.yml
dashboard=tools/deploy/grafana/frontrow.json
tests=tests/tree/alerts_test.yml
runbook=docs/OPERATIONS.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# rule_of ALERT: the lines of the rule.
rule_of() { sed -n "/^      - alert: $1\$/,/^\$/p" "$rules"; }

# test_of ALERT: the lines of the test.
test_of() { sed -n "/^  # $1\([:]\|\$\)/,/^\$/p" "$tests"; }

check_alert() {
  local alert=$1 anchor=${1,,} field rule test
  rule=$(rule_of "$alert")
  test=$(test_of "$alert")
  for field in summary description; do
    grep -q "^          $field: ." <<<"$rule" || echo "$rules: $alert has no $field"
  done
  grep -qE '^        labels: \{severity: (critical|warning)\}$' <<<"$rule" || echo "$rules: $alert is neither critical nor warning"
  grep -q '^        # ' <<<"$rule" || echo "$rules: $alert does not say why its threshold is this one"
  grep -qx "          runbook: $runbook#$anchor" <<<"$rule" || echo "$rules: the runbook of $alert is not $runbook#$anchor"
  # GitHub's anchor of a heading of one word is the word in lower case.
  grep -qx "#* $alert" "$runbook" || echo "$runbook has no heading $alert"
  grep -q "alertname=\"$alert\".*value: 1" <<<"$test" || echo "$tests has no samples by which $alert fires"
  grep -q 'exp_samples: \[\]' <<<"$test" || echo "$tests has no samples by which $alert does not fire"
}

mapfile -t alerts < <(sed -n 's/^      - alert: //p' "$rules")
[[ ${#alerts[@]} -gt 0 ]] || fail "$rules has no alerts"
for alert in "${alerts[@]}"; do check_alert "$alert"; done | finish "alerts"

# The families of the source. A histogram's series have three suffixes.
cat net/metrics/*.cc | grep -oE '"frontrow_[a-z_]+"' | tr -d '"' | sort -u >"$scratch/families"
sed 's/$/_bucket/; p; s/_bucket$/_sum/; p; s/_sum$/_count/' "$scratch/families" | sort -u - "$scratch/families" >"$scratch/known"
for file in "$rules" "$dashboard"; do
  grep -oE '\bfrontrow_[a-z_]+' "$file" | sort -u | comm -23 - "$scratch/known" | sed "s|^|$file: |"
done | finish "metrics that net/metrics does not have"

if command -v jq >/dev/null; then
  jq -r '
    .panels as $all
    | ($all | group_by(.id)[] | select(length > 1) | "the id \(.[0].id) has \(length) panels"),
      ($all[] | select(.gridPos.x + .gridPos.w > 24) | "\(.title): wider than the 24 columns"),
      ($all[] | select(.type != "row" and ((.targets // []) | length) == 0) | "\(.title): no query"),
      ($all[] | select(.type != "row") | .title as $title
        | ((.targets | group_by(.refId)[] | select(length > 1) | "\($title): two queries \(.[0].refId)"),
           (select(.datasource.uid != "${datasource}") | "\($title): not the chosen data source"))),
      ([$all[] | .gridPos as $g | range($g.x; $g.x + $g.w) as $x | range($g.y; $g.y + $g.h) as $y | {cell: [$x, $y], title}]
        | group_by(.cell)[] | select(length > 1) | map(.title) | join(" lies on "))
  ' "$dashboard" | sort -u | finish "$dashboard"
fi

if ! command -v promtool >/dev/null; then
  echo "skipped: there is no promtool here (Debian's package prometheus)"
  exit 77
fi
sed "s|/etc/prometheus/alerts.yml|$TREE/$rules|" "$configuration" >"$scratch/prometheus.yml"
promtool check config "$scratch/prometheus.yml" >"$scratch/out" 2>&1 || fail "$configuration: $(<"$scratch/out")"
promtool check rules "$rules" >"$scratch/out" 2>&1 || fail "$rules: $(<"$scratch/out")"
promtool test rules "$tests" >"$scratch/out" 2>&1 || fail "$tests: $(<"$scratch/out")"
echo "${#alerts[@]} alerts fire by their samples"
