# Bots beside honest fans: the fans' latency and their share of the seats, with the server's defences and without. Sourced
# after bench_table.sh.
# shellcheck shell=bash

attack_fans=10000
attack_bots=10000

# drop_for CASE OPTION...: one whole sale; its figures.
drop_for() {
  local name=$1 all
  shift
  attended "$scratch/drop.out" "$frontrow" drop --fans "$attack_fans" --shape poisson --arrive "$((4 * seconds))s" \
    --dates 1 --seats 5000 --max-active 2000 --admit-per-second 1000 --connections 500 --waitlist 0 --json "$scratch/drop.json" "$@" ||
    die "the sale $name failed: $(tail -n 3 "$scratch/drop.out")"
  all=$(grep -o '"all":{[^}]*}' "$scratch/drop.json")
  record "$name" p50Ms "$(sed 's/.*"p50Ms":\([0-9.]*\).*/\1/' <<<"$all")"
  record "$name" p99Ms "$(sed 's/.*"p99Ms":\([0-9.]*\).*/\1/' <<<"$all")"
  for field in honestShare joined toldToWait429; do
    record "$name" $field "$(grep -o '"attack":{[^}]*}' "$scratch/drop.json" | sed "s/.*\"$field\":\([0-9.]*\).*/\1/")"
  done
}

attack_row() {
  printf '%-44s %8.1f %8.1f %8.2f %9d %9d %9.1f %%\n' "$2" "$(figure "$1" p50Ms)" "$(figure "$1" p99Ms)" \
    "$(ratio "$1" quiet p99Ms)" "$(figure "$1" joined)" "$(figure "$1" toldToWait429)" \
    "$(awk -v share="$(figure "$1" honestShare)" 'BEGIN { print 100 * share }')"
}

bench_attack() {
  local round
  for ((round = 1; round <= rounds; round++)); do
    step "round $round of $rounds"
    drop_for quiet --attack 1 --attack-rate 0
    drop_for attacked --attack "$attack_bots"
    drop_for bare --attack "$attack_bots" --bare
  done
  print_machine
  printf '%d fans in %d s and %d bots that want 5000 seats; the generator of both and the server share the machine.\n' \
    "$attack_fans" "$((4 * seconds))" "$attack_bots"
  printf '%-44s %8s %8s %8s %9s %9s %11s\n' '' 'p50 ms' 'p99 ms' 'p99' 'bots in' '429' "fans' seats"
  attack_row quiet 'no bots'
  attack_row attacked 'bots; limits and challenges'
  attack_row bare 'bots; neither (--bare)'
}
