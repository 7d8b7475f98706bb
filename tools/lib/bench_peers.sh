# tools/bench --peers: the same work done by frontrow and by the usual alternatives. Sourced after bench_redis.sh and
# bench_postgres.sh.
# shellcheck shell=bash

need_peers() {
  local program
  for program in redis-server redis-cli redis-benchmark; do
    command -v "$program" >/dev/null || die "$program is missing: apt-get install redis-server"
  done
  find_postgres
}

peers_http() {
  local plain=(--connections 256 --requests $(((seconds + 1) * 150000)))
  start_nginx
  start_frontrow one --threads 1
  # shellcheck disable=SC2154  # start_frontrow sets them
  {
    local ours=("$one_url" --server-pid "$one_pid")
    step "round $round of $rounds: nginx"
    run_case nginx static "$nginx_url" --server-pid "$nginx_pid" --connections 256 --requests 1000000000
    run_case nginx16 static "$nginx_url" --server-pid "$nginx_pid" --connections 64 --pipeline 16 \
      --requests 1000000000
    step "round $round of $rounds: frontrow"
    run_case hold hold "${ours[@]}" "${plain[@]}"
    run_case hold16 hold "${ours[@]}" --connections 64 --pipeline 16 --requests $(((seconds + 1) * 400000))
    run_case pay hold_pay "${ours[@]}" "${plain[@]}"
    run_case journey journey "${ours[@]}" "${plain[@]}"
  }
  # Counted as pairs of requests.
  record pairs perSecond "$(tail -n 1 "$scratch/results/pay.journeysPerSecond")"
  record pairs serverCpuUs "$(tail -n 1 "$scratch/results/pay.serverCpuUs" | awk '{ print 2 * $1 }')"
  stop_servers
}

peers_redis() {
  local policy
  for policy in always everysec; do
    step "round $round of $rounds: Redis, appendfsync $policy"
    start_redis "$policy"
    redis_case "redis_$policy" -c 256
    redis_case "redis_${policy}16" -c 64 -P 16
    stop_servers
  done
}

peers_postgres() {
  local script
  start_postgres
  for script in hold hold_pay; do
    step "round $round of $rounds: PostgreSQL, $script"
    pg_case "pg_$script" "$script" 256
    [[ ${pg_best[$script]} -eq 256 ]] || pg_case "pg_${script}_best" "$script" "${pg_best[$script]}"
  done
  stop_servers
}

peers_journal() {
  local size journal raw ratio
  step "round $round of $rounds: the journal beside RocksDB alone"
  TMPDIR=$scratch attended "$scratch/out" timeout 600 "$journal_bench" --benchmark_filter='^append_beside_raw/' \
    --benchmark_min_time="$seconds" --benchmark_format=csv 2>"$scratch/line" ||
    die "journal_bench failed: $(tail -n 1 "$scratch/line")"
  awk -F, '
    /^name,/ { gsub(/"/, ""); for (i = 1; i <= NF; i++) at[$i] = i }
    /append_beside_raw/ { split($1, part, "/"); print part[2], $at["journal_per_s"], $at["raw_per_s"], $at["ratio"] }
  ' "$scratch/out" >"$scratch/line"
  grep -q . "$scratch/line" || die "journal_bench told nothing"
  while read -r size journal raw ratio; do
    record "group$size" journal "$journal"
    record "group$size" raw "$raw"
    record "group$size" ratio "$ratio"
    [[ " $group_sizes " == *" $size "* ]] || group_sizes+=" $size"
  done <"$scratch/line"
}

# peer_row CASE OURS CLIENTS TEXT: `OURS` is frontrow's case with the same work.
peer_row() {
  local latency='       -        -'
  [[ ! -f $scratch/results/$1.p50Us ]] ||
    latency=$(printf '%8.0f %8.0f' "$(figure "$1" p50Us)" "$(figure "$1" p99Us)")
  printf '%-46s %7s %9.0f %7.2f %s %8.2f %7.2f\n' "$4" "$3" "$(figure "$1" perSecond)" \
    "$(ratio "$2" "$1" perSecond)" "$latency" "$(figure "$1" serverCpuUs)" "$(ratio "$1" "$2" serverCpuUs)"
}

peer_heading() {
  printf '\n%-46s %7s %9s %7s %8s %8s %8s %7s\n' "$1" conns '/s' 'ours x' 'p50 us' 'p99 us' 'CPU us' 'x ours'
}

# pg_rows SCRIPT OURS TEXT
pg_rows() {
  local best=${pg_best[$1]}
  peer_row "pg_$1" "$2" 256 "$3, commit_delay ${pg_delay[$1:256]}"
  [[ $best -eq 256 ]] || peer_row "pg_$1_best" "$2" "$best" "$3, commit_delay ${pg_delay[$1:$best]}"
}

print_peers() {
  local size
  print_machine "$(nginx_version)" "$(redis_version)" "$(postgres_version)"
  printf 'Medians of %s rounds of %s s. ' "$rounds" "$seconds"
  printf '"ours x": how many times as much frontrow does a second; "x ours": CPU time of\n'
  printf 'all processes of the server, by that of frontrow; both within a round. '
  printf 'frontrow: 1 thread, and 1 of the journal.\n'
  printf 'Tried, Redis always, 256 clients: %s\n' "$redis_settings"
  print_pg_trials hold
  print_pg_trials hold_pay
  peer_heading 'Holds'
  peer_row hold hold 256 'frontrow, durable, HTTP'
  peer_row redis_always hold 256 'Redis, AOF always'
  peer_row redis_everysec hold 256 'Redis, AOF everysec: not durable when answered'
  pg_rows hold hold 'PostgreSQL'
  peer_row nginx hold 256 'nginx, constant string'
  peer_heading 'Holds, 16 in flight on each connection'
  peer_row hold16 hold16 64x16 'frontrow, durable, HTTP'
  peer_row redis_always16 hold16 64x16 'Redis, AOF always'
  peer_row redis_everysec16 hold16 64x16 'Redis, AOF everysec: not durable when answered'
  peer_row nginx16 hold16 64x16 'nginx, constant string'
  peer_heading 'Hold and payment, each pair'
  peer_row pairs pairs 256 'frontrow, 2 requests'
  pg_rows hold_pay pairs 'PostgreSQL, 2 transactions'
  printf '\nWhole purchases (7 requests each), 256 connections: %s/s\n' "$(figure journey journeysPerSecond)"
  printf '\n%-46s %12s %12s %7s\n' 'Records of 96 bytes, one synced write a group' 'RocksDB /s' 'journal /s' 'ratio'
  for size in $group_sizes; do
    printf '%-46s %12.0f %12.0f %7.2f\n' "groups of $size" "$(figure "group$size" raw)" \
      "$(figure "group$size" journal)" "$(figure "group$size" ratio)"
  done
}

# Reverses the order in every other round, so that no case always follows the same neighbour.
bench_peers() {
  local round part parts
  group_sizes=
  make_cluster
  choose_postgres_settings
  stop_servers
  choose_redis_settings
  for ((round = 1; round <= rounds; round++)); do
    parts=(http redis postgres journal)
    ((round % 2 == 1)) || parts=(journal postgres redis http)
    for part in "${parts[@]}"; do "peers_$part"; done
    record_sync
  done
  print_peers
}
