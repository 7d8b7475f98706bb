# tools/bench --growth: the same requests to a server with a growing quantity. Sourced after bench_table.sh.
#
# Every case has a new server of its own without checkpoints, which would fall into some cases and not into others.
# shellcheck shell=bash

GROWTH_MANY_KIB=$((4 * 1024 * 1024)) # of memory, and of disk, for ten million people waiting

# growth_case DIMENSION THREADS TEXT http_load's ARGUMENTS...: adds a row to the dimension's table.
growth_case() {
  growth_dimensions+=("$1")
  growth_threads+=("$2")
  growth_texts+=("$3")
  shift 3
  growth_arguments+=("$*")
}

# True if memory and disk suffice for the server with ten million people and for its log.
room_for_many() {
  local memory disk
  memory=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  disk=$(df -Pk "$scratch" | awk 'NR == 2 { print $4 }')
  ((memory >= GROWTH_MANY_KIB && disk >= GROWTH_MANY_KIB))
}

# Enough for the fastest scenario, so that no case runs out of seats.
list_growth_cases() {
  local holds=$(((seconds + 1) * 150000)) polls=1000000000 count seats concerts threads
  for count in 64 256 1024 4096 10000; do
    growth_case 'Connections' 1 "polls, $count connections" poll --connections $count --requests $polls
  done
  for count in 64 256 1024 4096 10000; do
    growth_case 'Connections' 1 "durable holds, $count connections" hold --connections $count --requests $holds
  done
  for count in 1000 100000 1000000 10000000; do
    if [[ $count -eq 10000000 ]]; then
      [[ $quick == no ]] || continue
      room_for_many || { say "10000000 waiting are left out: they need 4 GiB of memory and of disk"; continue; }
    fi
    growth_case 'People waiting' 1 "polls by 1000 of $count" poll --users $((count + 1)) --active 1 --askers 1000 \
      --requests $polls
  done
  # The same number of concerts in all rows, as the smallest dates need: a concert has at most 366 dates.
  concerts=$((holds / (366 * 50) + 1))
  for seats in 50 1000 10000 100000; do
    growth_case 'Seats of a date' 1 "durable holds, dates of $seats, $concerts concerts" hold --concerts $concerts \
      --seats-per-date $seats --requests $holds
  done
  for seats in 50 1000 10000 100000; do
    growth_case 'Seats of a date' 1 "the free seats, all of $seats, 64 connections" seats --connections 64 \
      --seats-per-date $seats --requests $polls
  done
  for threads in 1 $(($(nproc) > 1 ? $(nproc) : 2)); do
    for concerts in 1 8; do
      growth_case 'Threads and concerts' "$threads" "polls, $threads thread(s), $concerts concert(s)" poll \
        --concerts $concerts --requests $polls
      growth_case 'Threads and concerts' "$threads" "durable holds, $threads thread(s), $concerts concert(s)" hold \
        --concerts $concerts --requests $holds
    done
  done
}

run_growth_round() {
  local i arguments
  for i in "${!growth_texts[@]}"; do
    step "round $round of $rounds: ${growth_texts[$i]}"
    read -ra arguments <<<"${growth_arguments[$i]}"
    start_frontrow one --threads "${growth_threads[$i]}" --http-max-connections 20000 \
      --snapshots-interval-seconds 86400 --snapshots-events 1000000000
    # shellcheck disable=SC2154  # start_frontrow sets them
    run_case "growth$i" "${arguments[0]}" "$one_url" --server-pid "$one_pid" "${arguments[@]:1}"
    stop_servers
  done
}

bench_growth() {
  local round i dimension=
  growth_dimensions=() growth_threads=() growth_texts=() growth_arguments=()
  list_growth_cases
  for ((round = 1; round <= rounds; round++)); do
    run_growth_round
    record_sync
  done
  print_machine
  printf 'Medians of %s rounds of %s s; 256 connections and 1 thread unless told otherwise; ' "$rounds" "$seconds"
  printf 'a new server for each case.\n'
  for i in "${!growth_texts[@]}"; do
    if [[ $dimension != "${growth_dimensions[$i]}" ]]; then
      dimension=${growth_dimensions[$i]}
      printf '\n%-50s %9s %8s %9s %9s\n' "$dimension" '/s' 'CPU us' 'p50 us' 'p99 us'
    fi
    printf '%-50s %9.0f %8.2f %9.0f %9.0f\n' "${growth_texts[$i]}" "$(figure "growth$i" perSecond)" \
      "$(figure "growth$i" serverCpuUs)" "$(figure "growth$i" p50Us)" "$(figure "growth$i" p99Us)"
  done
}
