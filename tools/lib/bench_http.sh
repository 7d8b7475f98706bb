# The default benchmark of tools/bench: frontrow beside nginx; with --checkpoints the effect of checkpoints on clients.
# Sourced after bench_table.sh.
# shellcheck shell=bash

run_http_round() {
  start_nginx
  start_frontrow one --threads 1
  start_frontrow all
  local plain=(--connections 256 --requests $(((seconds + 1) * 150000)))
  local piped=(--connections 64 --pipeline 16 --requests $(((seconds + 1) * 400000)))
  # shellcheck disable=SC2154  # start_frontrow sets them
  {
    run_case nginx static "$nginx_url" --server-pid "$nginx_pid" --connections 256 --requests 1000000000
    run_case static static "$one_url" --server-pid "$one_pid" --connections 256 --requests 1000000000
    run_case poll poll "$one_url" --server-pid "$one_pid" --connections 256 --requests 1000000000
    run_case hold hold "$one_url" --server-pid "$one_pid" "${plain[@]}"
    run_case nginx16 static "$nginx_url" --server-pid "$nginx_pid" --connections 64 --pipeline 16 \
      --requests 1000000000
    run_case hold16 hold "$one_url" --server-pid "$one_pid" "${piped[@]}"
    run_case half hold "$one_url" --server-pid "$one_pid" "${plain[@]}" \
      --rate "$(last hold perSecond | awk '{ print int($1 / 2) }')"
    run_case journey journey "$one_url" --server-pid "$one_pid" "${plain[@]}"
    run_case poll_all poll "$all_url" --server-pid "$all_pid" --connections 256 --requests 1000000000
    run_case hold_all hold "$all_url" --server-pid "$all_pid" --concerts 8 "${plain[@]}"
    run_case hold16_all hold "$all_url" --server-pid "$all_pid" --concerts 8 "${piped[@]}"
  }
  record_sync
  stop_servers
  run_limits_round
}

# The cost of each of many idle connections, and the effect of 100,000 holds that expire in one second.
run_limits_round() {
  local files
  files=$(ulimit -Hn)
  [[ $files == unlimited || $files -gt 10100 ]] && idle=9900 || idle=$((files - 100))
  start_frontrow limits --threads 1
  # shellcheck disable=SC2154  # start_frontrow sets them
  {
    run_case idle idle "$limits_url" --server-pid "$limits_pid" --connections "$idle"
    run_case expire expire "$limits_url" --server-pid "$limits_pid" --connections 64 --rate 10000
  }
  stop_servers
}

# http_row CASE BASE CONNECTIONS TEXT
http_row() {
  printf '%-42s %8s %9.0f %7.2f %8.0f %8.0f %8.2f %7.2f\n' "$4" "$3" "$(figure "$1" perSecond)" \
    "$(ratio "$1" "$2" perSecond)" "$(figure "$1" p50Us)" "$(figure "$1" p99Us)" \
    "$(figure "$1" serverCpuUs)" "$(ratio "$1" "$2" serverCpuUs)"
}

bench_http() {
  local round
  for ((round = 1; round <= rounds; round++)); do
    step "round $round of $rounds"
    run_http_round
  done
  print_machine "$(nginx_version)"
  printf 'Medians of %s rounds of %s s. Ratios are to nginx in the same round; CPU is of the whole server.\n\n' \
    "$rounds" "$seconds"
  printf '%-42s %8s %9s %7s %8s %8s %8s %7s\n' '' conns '/s' 'x nginx' 'p50 us' 'p99 us' 'CPU us' 'x nginx'
  http_row nginx nginx 256 'nginx, constant string'
  http_row static nginx 256 'frontrow /livez, 1 thread'
  http_row poll nginx 256 'queue polls, 1 thread'
  http_row hold nginx 256 'durable holds, 1 thread'
  http_row poll_all nginx 256 "queue polls, $(nproc) threads"
  http_row hold_all nginx 256 "durable holds, 8 concerts, $(nproc) threads"
  http_row nginx16 nginx16 64x16 'nginx, constant string'
  http_row hold16 nginx16 64x16 'durable holds, 1 thread'
  http_row hold16_all nginx16 64x16 "durable holds, 8 concerts, $(nproc) threads"
  printf '\nDurable holds at half of that rate, each due at its time: p50 %.0f us and p99 %.0f us, %.1f and %.1f times a sync\n' \
    "$(figure half p50Us)" "$(figure half p99Us)" "$(times half p50Us sync p50Us)" "$(times half p99Us sync p50Us)"
  printf '100,000 holds falling due: all seen free %.0f ms after the last deadline; p99 of 10,000 polls a second %.0f us, before that %.0f us\n' \
    "$(figure expire lastExpiryLateMs)" "$(figure expire p99Us)" "$(figure expire calmP99Us)"
  printf 'Idle connections, %s of them: %.0f bytes of the server each\n' "$idle" "$(figure idle idleConnectionBytes)"
  printf 'Whole purchases (7 requests each), 256 connections, 1 thread: %s/s\n' "$(figure journey journeysPerSecond)"
}

# Few connections: on a saturated server, latency is that of its queue.
run_checkpoint_round() {
  local options=(--connections 16 --requests $(((seconds + 1) * 150000)))
  start_frontrow still --threads 1 --snapshots-interval-seconds 86400 --snapshots-events 1000000000
  # shellcheck disable=SC2154  # start_frontrow sets them
  run_case still hold "$still_url" --server-pid "$still_pid" "${options[@]}"
  stop_servers
  start_frontrow busy --threads 1 --snapshots-interval-seconds 1 --snapshots-events 1000
  # shellcheck disable=SC2154
  run_case busy hold "$busy_url" --server-pid "$busy_pid" "${options[@]}"
  # shellcheck disable=SC2154
  record busy cycles "$(curl -s "$busy_url/metrics" | sed -n 's/^frontrow_checkpoints_total //p')"
  stop_servers
}

bench_checkpoints() {
  local round name text
  for ((round = 1; round <= rounds; round++)); do
    step "round $round of $rounds"
    run_checkpoint_round
  done
  printf '%-42s %9s %8s %8s %8s\n' 'durable holds, 16 connections, 1 thread' '/s' 'p50 us' 'p99 us' 'CPU us'
  for name in still busy; do
    text='no checkpoints'
    [[ $name == still ]] || text="checkpoints all the time ($(figure busy cycles) cycles)"
    printf '%-42s %9.0f %8.0f %8.0f %8.2f\n' "$text" "$(figure $name perSecond)" "$(figure $name p50Us)" \
      "$(figure $name p99Us)" "$(figure $name serverCpuUs)"
  done
  printf '%-42s %9.2f %8.2f %8.2f %8.2f\n' 'ratio' "$(ratio busy still perSecond)" "$(ratio busy still p50Us)" \
    "$(ratio busy still p99Us)" "$(ratio busy still serverCpuUs)"
}
