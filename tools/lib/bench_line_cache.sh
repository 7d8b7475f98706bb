# Waiting fans who look at the line in nginx: what they cost the server, and whether their places are the server's. Sourced
# after bench_cluster.sh.
# shellcheck shell=bash

line_fans=1000000
line_places=500 # are compared
look_seconds=5  # between two looks of a client, each of which reads the line and a block

# line_reads: how often the server was asked for the line or a block.
line_reads() {
  # shellcheck disable=SC2154  # start_frontrow sets it
  counted "$shop_url" '^frontrow_http_requests_total[{].*route="read_line(_block)?"'
}

run_line_cache() {
  local reads began
  start_frontrow shop --threads 1 --http-line-cached
  # The locations of the sample, in front of this server.
  start_nginx_with "proxy_cache_path $scratch/line-$1 keys_zone=frontrow_line:4m max_size=64m inactive=5s use_temp_path=off;
    upstream frontrow { server ${shop_url#http://}; keepalive 16; }" \
    "proxy_http_version 1.1; proxy_set_header Connection \"\"; $(sed -n '/location ~ .*\/line(/,/^  }/p' "$ROOT/tools/deploy/nginx.conf")"
  began=$EPOCHREALTIME
  reads=$(line_reads)
  # shellcheck disable=SC2154  # start_nginx_with and start_frontrow set them
  run_case line line "$shop_url" "$nginx_url" --users "$line_fans" --askers "$line_places" --connections 64 \
    --server-pid "$nginx_pid" --owner-pid "$shop_pid" --requests 1000000000
  # The reads of the comparison, which follows, are counted with those of the half second of warm-up and the measurement.
  record line asked "$(awk -v n="$(($(line_reads) - reads))" -v s="$seconds" 'BEGIN { print n / (s + 0.5) }')"
  record line places "$(sed -n 's/.*"journeys":\([0-9]*\).*/\1/p' "$scratch/line")"
  step "the round took $(seconds_since "$began") s"
  stop_servers
}

bench_line_cache() {
  local round
  for ((round = 1; round <= rounds; round++)); do
    step "round $round of $rounds"
    run_line_cache "$round"
  done
  print_machine "$(nginx_version)"
  printf '%d waiting fans, the line and its blocks in nginx (one process), the generator on the same machine.\n\n' "$line_fans"
  printf 'Reads of the cache:             %d/s, p99 %s ms, %.2f us of CPU each\n' \
    "$(figure line perSecond)" "$(ms line p99Us)" "$(figure line serverCpuUs)"
  printf 'that many fans look every %d s: %.0f\n' "$look_seconds" "$(awk -v r="$(figure line perSecond)" -v s="$look_seconds" 'BEGIN { print r / 2 * s }')"
  printf 'The server was asked:           at most %.0f/s (the line once a second, each of %d blocks once in two)\n' \
    "$(figure line asked)" "$(((line_fans + 4095) / 4096))"
  printf "The server's CPU for a read:    %.4f us\n" "$(figure line ownerCpuUs)"
  printf "Places that were compared:      %d, each of them the server's\n" "$(figure line places)"
}
