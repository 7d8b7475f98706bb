# A cancelled date under load: 100,000 payments go back to their wallets while fans poll and hold seats, of another concert
# and of the other dates of the same one, at half of the rates that they reach alone. The time until the last payment is
# back, and what the fans notice. Sourced after bench_cluster.sh.
#
# The loads run from before the cancellation until a moment after it, and their latency is measured between the
# request of the cancellation and the response that says "done", and not longer: calm seconds would hide it.
# shellcheck shell=bash

payments=100000
seat_price=1000    # load_setup.h
spare_dates=24     # of the cancelled date's concert, for the holds of the fans
cancelled_date=2100-01-01
next_date=1

# of_cancellation FIELD
of_cancellation() {
  # shellcheck disable=SC2154  # start_frontrow sets it
  curl -sf "$shop_url/v1/admin/concerts/1/dates/$cancelled_date/cancellation" \
    -H "Authorization: Bearer $FRONTROW_ADMIN_KEY" | sed -n "s/.*\"$1\":\"\{0,1\}\([a-z0-9]*\).*/\1/p"
}

# commands NAME: how many were done.
commands() { counted "$shop_url" "^frontrow_commands_total[{]command=\"$1\",outcome=\"done\"[}]"; }

# fans CASE POLLS HOLDS MAX COMMAND...: the load of POLLS and HOLDS a second (0: as many as possible), MAX holds at most, for
# as long as the command takes.
fans() {
  local name=$1 polls=$2 holds=$3 max=$4 servers=("${pids[@]}") loads polled held
  shift 4
  polled=$(commands read_token)
  held=$(commands place_hold)
  "$load" poll "$shop_url" --users 20000 --connections 32 --rate "$polls" --requests 1000000000 \
    --warm-up 600 --seconds 600 --json >"$scratch/polls" &
  loads=($!)
  "$load" hold "$shop_url" --concert 1 --first-date "$next_date" --concerts 2 --seats-per-user 4 \
    --connections 16 --rate "$holds" --requests "$max" --warm-up 600 --seconds 600 --json >"$scratch/holds" &
  loads+=($!)
  pids+=("${loads[@]}")
  next_date=$((next_date + (max / 2 + 99999) / 100000))
  until [[ $(commands read_token) -gt $((polled + 1000)) && $(commands place_hold) -gt $((held + 1000)) ]]; do
    kill -0 "${loads[@]}" 2>/dev/null || die "the load of $name failed"
    sleep 0.1
  done
  sleep 1
  kill -USR1 "${loads[@]}"
  "$@"
  kill -USR1 "${loads[@]}" 2>/dev/null || die "the load of $name ended too early"
  wait "${loads[0]}" || die "the polls of $name failed"
  wait "${loads[1]}" || die "the holds of $name failed"
  pids=("${servers[@]}")
  record_line "${name}_poll" "$scratch/polls"
  record_line "${name}_hold" "$scratch/holds"
}

cancel() {
  local began=$EPOCHREALTIME state=
  curl -sf -X POST "$shop_url/v1/admin/concerts/1/dates/$cancelled_date/cancellation" \
    -H "Authorization: Bearer $FRONTROW_ADMIN_KEY" >"$scratch/cancelled" || die "the date could not be cancelled"
  while [[ $state != done ]]; do
    awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { exit b - a > 300 }' ||
      die "after 300 s $(of_cancellation refunded) of $payments payments are refunded"
    sleep 0.05
    state=$(of_cancellation state)
  done
  seconds_since "$began" >"$scratch/refunded"
}

# check_money: every payment is refunded, and every wallet of the stopped server has all that was charged.
check_money() {
  local all=$((payments * seat_price))
  "$frontrow" recover verify --data-dir "$scratch/shop/data" >"$scratch/verified" 2>&1 ||
    die "the directory is not sound: $(tail -n 3 "$scratch/verified")"
  grep -q "^ok  *money  *$payments wallets: charged $all = balance $all + reserved 0 + spent 0;" "$scratch/verified" ||
    die "money is missing: $(grep money "$scratch/verified")"
}

half() { last "$1" perSecond | awk '{ print int($1 / 2) }'; }

run_cancellation() {
  local refunded polls holds
  next_date=1
  start_frontrow shop --threads 1
  step "$payments fans buy a seat each"
  attended "$scratch/line" timeout 1200 "$load" hold_pay "$shop_url" --connections 256 --seconds 1000 --warm-up 0.1 \
    --spare-dates "$spare_dates" --requests $((2 * payments)) --json || die "the seats could not be sold"
  step "how many polls and holds the machine can do"
  fans peak 0 0 400000 sleep 3
  polls=$(half peak_poll)
  holds=$(half peak_hold)
  step "fans: $polls polls and $holds holds a second"
  fans before "$polls" "$holds" $((holds * (seconds + 10))) sleep "$seconds"
  step "the date is cancelled beside them"
  fans meanwhile "$polls" "$holds" $((holds * 80)) cancel
  refunded=$(of_cancellation refunded)
  record refunds seconds "$(<"$scratch/refunded")"
  stop_servers
  [[ $refunded == "$payments" ]] || die "$refunded of $payments payments were refunded"
  step "all money is counted"
  check_money
}

# fans_row NAME CASE
fans_row() {
  printf '%-16s %10.0f %10.0f %12.2f %14.2f %8.2f\n' "$1" "$(figure "before_$2" perSecond)" \
    "$(figure "meanwhile_$2" perSecond)" "$(ms "before_$2" p99Us)" "$(ms "meanwhile_$2" p99Us)" \
    "$(ratio "meanwhile_$2" "before_$2" p99Us)"
}

bench_cancellation() {
  local round
  for ((round = 1; round <= rounds; round++)); do
    step "round $round of $rounds"
    run_cancellation
  done
  print_machine
  printf 'A date with %d payments from wallets is cancelled beside fans; one thread. Medians of %d rounds, %d s before.\n' \
    "$payments" "$rounds" "$seconds"
  printf 'all payments are refunded after %.1f s (goal: 60 s), %d a second; all money is in the wallets, and recover verify\n' \
    "$(figure refunds seconds)" "$(awk -v n="$payments" -v s="$(figure refunds seconds)" 'BEGIN { print int(n / s) }')"
  printf 'finds every directory sound\n\n'
  printf '%-16s %10s %10s %12s %14s %8s\n' 'goal: 2 times' 'before /s' 'then /s' 'before p99 ms' 'meanwhile ms' 'times'
  fans_row 'polls' poll
  fans_row 'durable holds' hold
}
