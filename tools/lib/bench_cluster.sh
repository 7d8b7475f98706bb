# The cost of a forwarded request: two instances, one of which owns all slots (the owner) while all clients use the
# other (the edge), beside a single instance under the same load. Sourced after bench_table.sh.
# shellcheck shell=bash

# start_pair: sets owner_pid, edge_url and edge_pid. The links use a loopback network of their own, so that no free port
# has to be searched.
start_pair() {
  local network="127.$((1 + RANDOM % 250)).$((RANDOM % 256))" keys shared
  "$frontrow" cluster secret >"$scratch/cluster.secret"
  chmod 600 "$scratch/cluster.secret"
  keys="k1:$("$frontrow" cluster secret)"
  cat >"$scratch/cluster.toml" <<END
name = "bench"
revision = 1
[[instances]]
id = 1
http = "$network.1:8080"
peer = "$network.1:7101"
[[instances]]
id = 2
weight = 0
http = "$network.2:8080"
peer = "$network.2:7101"
END
  shared=(--cluster-file "$scratch/cluster.toml" --cluster-secret-file "$scratch/cluster.secret"
    --token-keys "$keys" --threads 1)
  start_frontrow owner --cluster-instance 1 "${shared[@]}"
  start_frontrow edge --cluster-instance 2 "${shared[@]}"
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    # shellcheck disable=SC2154  # start_frontrow sets it
    ! curl -sf "$edge_url/metrics" | grep -q '^frontrow_link_up{peer="1"} 1' || return 0
    sleep 0.05
  done
  die "the two instances did not find each other"
}

run_cluster_round() {
  local plain=(--connections 256 --requests $(((seconds + 1) * 150000))) scenario
  start_frontrow single --threads 1
  start_pair
  for scenario in poll hold journey; do
    # shellcheck disable=SC2154  # start_frontrow sets them
    {
      run_case "${scenario}_local" "$scenario" "$single_url" --server-pid "$single_pid" "${plain[@]}"
      run_case "${scenario}_forwarded" "$scenario" "$edge_url" --server-pid "$edge_pid" \
        --owner-pid "$owner_pid" "${plain[@]}"
    }
  done
  stop_servers
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
}
