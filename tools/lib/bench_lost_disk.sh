# A machine of a cluster of three is lost with its disk, and comes back with an empty one: the time until every slot has two
# copies again, and what fans notice meanwhile. Sourced after bench_cluster.sh.
# shellcheck shell=bash

people=4000000  # in the lines of 30 concerts
fan_rate=2000   # holds a second

# hold_for CASE URL...: durable holds at a rate.
hold_for() {
  local name=$1
  shift
  run_case "$name" hold "$@" --concerts 10 --connections 64 --rate "$fan_rate" --requests 10000000
}

# state_mib URL...: memory of the states that the instances keep.
state_mib() {
  local bytes
  bytes=$(counted "$@" '^frontrow_memory_used_bytes')
  echo $((bytes / 1048576))
}

run_lost_disk() {
  local i
  start_etcd 3 2
  for i in 1 2 3; do start_member "box$i" "$i"; done
  await_cluster
  # shellcheck disable=SC2154  # start_member sets them
  local urls=("$box1_url" "$box2_url" "$box3_url")
  step "filling the lines with $people people"
  attended "$scratch/line" "$load" poll "${urls[@]}" --concerts 30 --users "$people" --askers 1000 --seconds 1 \
    --requests 100000000 --json || die "the lines could not be filled"
  await_cluster
  record lost mib "$(state_mib "${urls[@]}")"
  step "fans before"
  hold_for before "${urls[@]:0:2}"

  step "the third instance is lost with its disk"
  # shellcheck disable=SC2154
  kill -KILL "$box3_pid"
  local began=$EPOCHREALTIME waiting
  wait "$box3_pid" 2>/dev/null || true
  until "$frontrow" cluster remove box3 "${store[@]}" >"$scratch/removed" 2>&1; do sleep 0.2; done
  while [[ $(counted "${urls[@]:0:2}" '^frontrow_slots[{]state="serving"') -lt 4096 ]]; do sleep 0.1; done
  record lost takenSeconds "$(seconds_since "$began")"
  # shellcheck disable=SC2310
  (await_cluster && seconds_since "$began" >"$scratch/copied") &
  waiting=$!
  sleep 1  # each instance has read the map by then: http_load takes no refusal
  hold_for meanwhile "${urls[@]:0:2}"
  wait "$waiting" || die "the copies were not made again"
  record lost copiedSeconds "$(<"$scratch/copied")"

  step "another one comes in its place, with an empty disk"
  began=$EPOCHREALTIME
  start_member box3 3
  await_cluster
  record lost backSeconds "$(seconds_since "$began")"
  stop_servers
}

bench_lost_disk() {
  local round
  seconds=$((seconds < 5 ? 5 : seconds))
  for ((round = 1; round <= rounds; round++)); do
    step "round $round of $rounds"
    run_lost_disk
  done
  print_machine
  printf 'Three instances with %d people in line, %d MiB in their memory, two copies of each slot.\n' "$people" \
    "$(figure lost mib)"
  printf 'an instance is lost with its disk: its slots are served again after %.1f s, and have two copies after %.1f s\n' \
    "$(figure lost takenSeconds)" "$(figure lost copiedSeconds)"
  printf 'it comes back with an empty disk: it has its share of slots and copies after %.1f s\n' "$(figure lost backSeconds)"
  printf 'fans, %d holds a second: p99 %.1f ms before, %.1f ms meanwhile (%.1f times)\n' "$fan_rate" \
    "$(ms before p99Us)" "$(ms meanwhile p99Us)" "$(ratio meanwhile before p99Us)"
}
