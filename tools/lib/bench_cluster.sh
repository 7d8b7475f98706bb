# The cost of a cluster. First of a forwarded request: two instances, one of which owns all slots (the owner) while all
# clients use the other (the edge), beside a single instance under the same load. The owner's log goes through one member
# of etcd, so the rows of changes also show the cost of the shared log. Then of three instances with three members, and of
# a second. Sourced after bench_table.sh.
# shellcheck shell=bash

# start_etcd MEMBERS COPIES: etcd and the cluster in it. Sets network, store_pids, store (the options that reach it) and
# shared (those of an instance). etcd and the links use a loopback network of their own, so that no free port has to be
# searched.
# shellcheck disable=SC2154  # the caller sets scratch and frontrow
start_etcd() {
  local i tries endpoints= members=
  network="127.$((1 + RANDOM % 250)).$((RANDOM % 256))"
  store_pids=()
  for ((i = 1; i <= $1; i++)); do
    endpoints+=${endpoints:+,}$network.$i:2379
    members+=${members:+,}bench-$i=http://$network.$i:2380
  done
  for ((i = 1; i <= $1; i++)); do
    rm -rf "$scratch/etcd-$i"
    command etcd --name "bench-$i" --data-dir "$scratch/etcd-$i" --logger zap \
      --snapshot-count 1000 --heartbeat-interval 50 --election-timeout 500 \
      --listen-client-urls "http://$network.$i:2379" --advertise-client-urls "http://$network.$i:2379" \
      --listen-peer-urls "http://$network.$i:2380" --initial-advertise-peer-urls "http://$network.$i:2380" \
      --initial-cluster "$members" >"$scratch/etcd-$i.log" 2>&1 &
    store_pids+=($!)
  done
  pids+=("${store_pids[@]}")
  store=(--cluster bench --etcd "$endpoints")
  for ((tries = 0; tries < 100; tries++)); do
    ! "$frontrow" cluster init "${store[@]}" --copies "$2" >/dev/null 2>&1 || break
    sleep 0.1
  done
  "$frontrow" cluster secret >"$scratch/cluster.secret"
  chmod 600 "$scratch/cluster.secret"
  shared=("${store[@]}" --cluster-secret-file "$scratch/cluster.secret" --token-keys "k1:$("$frontrow" cluster secret)"
    --threads 1)
}

# start_member NAME K OPTION...: an instance at the Kth address of the network, and as start_frontrow.
start_member() {
  local name=$1 address=$network.$2
  shift 2
  start_frontrow "$name" --instance "$name" --listen "$address:8080" --cluster-listen "$address:7101" \
    --cluster-http-address "$address:8080" "${shared[@]}" "$@"
}

# await_cluster: until every slot is served and has its copies.
await_cluster() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    ! FRONTROW_CLUSTER_SECRET=$(<"$scratch/cluster.secret") "$frontrow" cluster status "${store[@]}" \
      >"$scratch/status" 2>&1 || return 0
    sleep 0.1
  done
  die "the instances did not find each other: $(tail -n 3 "$scratch/status")"
}

start_pair() {
  start_etcd 1 1
  start_member owner 1
  start_member edge 2 --cluster-weight 0
  await_cluster
}

# counted URL... PATTERN: the sum of a metric over instances.
counted() {
  local pattern=${*: -1} url
  for url in "${@:1:$#-1}"; do curl -sf "$url/metrics" || true; done |
    awk -v pattern="$pattern" '$0 ~ pattern { sum += $NF } END { printf "%.0f\n", sum }'
}

# appends URL...: the buckets of the appends' durations, in seconds, each with its count over all instances.
appends() {
  local url
  for url in "$@"; do curl -sf "$url/metrics" || true; done |
    sed -n 's/^frontrow_journal_append_seconds_bucket{.*le="\([^"]*\)"} \(.*\)/\1 \2/p' |
    awk '{ sum[$1] += $2 } END { for (le in sum) print le, sum[le] }' | sort
}
# median_append: in us, between two samples of appends, $scratch/appends.0 and .1.
median_append() {
  join "$scratch/appends.0" "$scratch/appends.1" | awk '{ print ($1 == "+Inf" ? 1e9 : $1), $3 - $2 }' | sort -g |
    awk '
      { le[NR] = $1; count[NR] = $2 }
      END {
        for (i = 1; i <= NR && count[i] < count[NR] / 2;) i++
        below = i > 1 ? count[i - 1] : 0
        from = i > 1 ? le[i - 1] : 0
        part = count[i] > below ? (count[NR] / 2 - below) / (count[i] - below) : 0
        printf "%.1f\n", 1e6 * (from + (le[i] - from) * part)
      }'
}

# bytes_each STORED BYTES COUNTED FIRST: growth of a metric, from BYTES on, by that of another one. For run_three.
bytes_each() {
  awk -v b=$(($(counted "${urls[@]}" "$1") - $2)) -v n=$(($(counted "${urls[@]}" "$3") - $4)) \
    'BEGIN { printf "%.1f\n", (n > 0 ? b / n : 0) }'
}

# Three instances and three members of etcd, each slot on two disks, all on this machine with the generator.
run_three() {
  local cpu=() pid i
  start_etcd 3 2
  for i in 1 2 3; do start_member "box$i" "$i"; done
  await_cluster
  # shellcheck disable=SC2154  # start_member sets them
  local urls=("$box1_url" "$box2_url" "$box3_url")
  # shellcheck disable=SC2154
  for pid in "$box1_pid" "$box2_pid" "$box3_pid"; do cpu+=(--server-pid "$pid"); done
  for pid in "${store_pids[@]}"; do cpu+=(--owner-pid "$pid"); done
  run_case three_hold hold "${urls[@]}" --concerts 30 --connections 1024 --requests $(((seconds + 1) * 100000)) \
    "${cpu[@]}"
  run_case three_few hold "${urls[@]}" --concerts 30 --connections 256 --requests $(((seconds + 1) * 100000))
  # The same holds at a rate. While their fans join, and while they come, bytes and appends are counted.
  local holds='^frontrow_commands_total[{].*place_hold.*done' joins='^frontrow_commands_total[{].*"join".*done'
  local stored='^frontrow_shared_log_stored_bytes_total' first bytes before
  first=$(counted "${urls[@]}" "$joins")
  bytes=$(counted "${urls[@]}" "$stored")
  "$load" hold "${urls[@]}" --concerts 30 --connections 255 --rate 5000 --requests 1000000 --warm-up 2 \
    --seconds $((seconds + 3)) --json "${cpu[@]}" >"$scratch/rated" &
  child_pid=$!
  before=$(counted "${urls[@]}" "$holds")
  while [[ $(counted "${urls[@]}" "$holds") -le $before ]]; do sleep 0.1; done
  record three_rated joinBytes "$(bytes_each "$stored" "$bytes" "$joins" "$first")"
  while [[ $(counted "${urls[@]}" "$holds") -lt $((before + 5000)) ]]; do sleep 0.1; done
  first=$(counted "${urls[@]}" "$holds")
  bytes=$(counted "${urls[@]}" "$stored")
  appends "${urls[@]}" >"$scratch/appends.0"
  sleep "$seconds"
  appends "${urls[@]}" >"$scratch/appends.1"
  record three_rated bytes "$(bytes_each "$stored" "$bytes" "$holds" "$first")"
  record three_rated appendUs "$(median_append)"
  wait "$child_pid" || die "the case three_rated failed"
  child_pid=
  record_line three_rated "$scratch/rated"
  stop_servers
}

# A second that does nothing else, beside its owner.
run_second() {
  start_etcd 1 2
  start_member owner 1
  start_member second 2 --cluster-weight 0
  await_cluster
  # shellcheck disable=SC2154  # start_member sets them
  run_case second_hold hold "$owner_url" --server-pid "$owner_pid" --owner-pid "$second_pid" --connections 256 \
    --requests $(((seconds + 1) * 150000))
  stop_servers
}

run_cluster_round() {
  local plain=(--connections 256 --requests $(((seconds + 1) * 150000))) scenario
  start_frontrow single --threads 1
  start_pair
  run_case crowd_hold hold "$single_url" --server-pid "$single_pid" --concerts 30 --connections 1024 \
    --requests $(((seconds + 1) * 150000))
  for scenario in poll hold journey; do
    # shellcheck disable=SC2154  # start_frontrow sets them
    {
      run_case "${scenario}_local" "$scenario" "$single_url" --server-pid "$single_pid" "${plain[@]}"
      run_case "${scenario}_forwarded" "$scenario" "$edge_url" --server-pid "$edge_pid" \
        --owner-pid "$owner_pid" "${plain[@]}"
    }
  done
  stop_servers
  run_three
  run_second
}

# cluster_row SCENARIO TEXT
cluster_row() {
  printf '%-24s %9.0f %9.0f %8.2f %8.2f %8.2f %8.2f %8.2f %8.2f\n' "$2" "$(figure "$1_local" perSecond)" \
    "$(figure "$1_forwarded" perSecond)" "$(figure "$1_local" serverCpuUs)" "$(figure "$1_forwarded" serverCpuUs)" \
    "$(figure "$1_forwarded" ownerCpuUs)" "$(ratio "$1_forwarded" "$1_local" serverCpuUs)" \
    "$(times "$1_forwarded" ownerCpuUs "$1_local" serverCpuUs)" "$(ratio "$1_forwarded" "$1_local" p50Us)"
}

bench_cluster() {
  local round
  for ((round = 1; round <= rounds; round++)); do
    step "round $round of $rounds"
    run_cluster_round
  done
  print_machine
  printf 'Medians of %s rounds of %s s, 256 connections, 1 thread an instance. CPU time a request, in us.\n\n' \
    "$rounds" "$seconds"
  printf '%-24s %9s %9s %8s %8s %8s %8s %8s %8s\n' '' 'alone /s' 'fwd /s' 'alone' 'edge' 'owner' 'edge x' 'owner x' \
    'p50 x'
  cluster_row poll 'queue polls'
  cluster_row hold 'durable holds'
  cluster_row journey 'whole purchases'
  printf '\nThree instances and three members of etcd, each slot on two disks; they, and the generator, on these cores.\n'
  printf 'durable holds a second, 1,024 connections: %.0f, %.2f of those of one instance (%.0f)\n' \
    "$(figure three_hold perSecond)" "$(ratio three_hold crowd_hold perSecond)" "$(figure crowd_hold perSecond)"
  printf 'with 256 connections: %.0f, %.2f of those of one instance\n' "$(figure three_few perSecond)" \
    "$(ratio three_few hold_local perSecond)"
  printf 'CPU time a hold, us: %.1f in the instances, %.1f in etcd; one instance: %.1f\n' \
    "$(figure three_hold serverCpuUs)" "$(figure three_hold ownerCpuUs)" "$(figure crowd_hold serverCpuUs)"
  printf 'at %.0f holds a second: p50 %.2f ms, p99 %.1f ms, median append %.2f ms (p50 is %.1f times that), %.0f bytes of log a hold, %.0f a join\n' \
    "$(figure three_rated perSecond)" "$(ms three_rated p50Us)" "$(ms three_rated p99Us)" "$(ms three_rated appendUs)" \
    "$(times three_rated p50Us three_rated appendUs)" "$(figure three_rated bytes)" "$(figure three_rated joinBytes)"
  printf 'CPU time of a second, by that of its owner: %.2f (%.2f of %.2f us a hold)\n' \
    "$(times second_hold ownerCpuUs second_hold serverCpuUs)" "$(figure second_hold ownerCpuUs)" \
    "$(figure second_hold serverCpuUs)"
}
