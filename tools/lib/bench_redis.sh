# Redis beside frontrow: an instance of our own with its append-only file, loaded by redis-benchmark with the hold
# of bench/peers/hold.lua. Sourced after bench_table.sh.
# shellcheck shell=bash

redis_io_threads=1
redis_settings=  # the tried settings with their rates
REDIS_SEATS=2000000000  # to draw from; so many that two holds rarely draw the same seat

redis() { redis-cli -h 127.0.0.1 -p "$redis_port" "$@"; }

# start_redis APPENDFSYNC: sets redis_port, redis_pid and redis_sha, the script's name.
start_redis() {
  local home=$scratch/redis tries reads=()
  [[ $(redis_version) != "Redis 7."* ]] || reads=(--io-threads-do-reads yes)  # later versions always do
  for ((tries = 0; tries < 20; tries++)); do
    redis_port=$(some_port)
    rm -rf "$home"
    mkdir "$home"
    redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$home" --save '' --appendonly yes \
      --appendfsync "$1" --no-appendfsync-on-rewrite yes --auto-aof-rewrite-percentage 0 \
      --io-threads "$redis_io_threads" "${reads[@]}" --tcp-backlog 1024 >"$home/log" 2>&1 &
    redis_pid=$!
    if await "$home/log" 'Ready to accept connections' "$redis_pid"; then
      pids+=("$redis_pid")
      redis_sha=$(redis -x SCRIPT LOAD <"$ROOT/bench/peers/hold.lua")
      [[ $(redis CONFIG GET appendfsync | tail -n 1) == "$1" ]] || die "Redis does not run with appendfsync $1"
      return 0
    fi
    kill "$redis_pid" 2>/dev/null || true
    wait "$redis_pid" 2>/dev/null || true
  done
  die "Redis did not start: $(tail -n 1 "$home/log" 2>/dev/null)"
}

# redis_holds COUNT OPTION...: makes COUNT holds; leaves redis-benchmark's line in $scratch/line. Dies unless the stream
# and the keys have grown by as many, except for the few seats that were drawn twice.
redis_holds() {
  local count=$1 before made
  shift
  before=$(redis XLEN holds)
  attended "$scratch/out" timeout 600 redis-benchmark -h 127.0.0.1 -p "$redis_port" -n "$count" -r "$REDIS_SEATS" \
    --csv --precision 3 "$@" EVALSHA "$redis_sha" 2 seat:__rand_int__ holds fan:__rand_int__ 3600 ||
    die "redis-benchmark failed: $(tail -n 1 "$scratch/out")"
  tail -n 1 "$scratch/out" | tr -d '"' >"$scratch/line"
  made=$(($(redis XLEN holds) - before))
  ((made * 1000 >= count * 995)) || die "Redis made $made holds of $count"
  (($(redis DBSIZE) == $(redis XLEN holds) + 1)) || die "Redis has $(redis DBSIZE) keys for $(redis XLEN holds) holds"
  redis INFO persistence | grep -q '^aof_last_write_status:ok' || die "Redis could not write its append-only file"
}

redis_rate() { awk -F, '{ printf "%.0f\n", $2 }' "$scratch/line"; }

# redis_case NAME OPTION...: warms up, which also yields the number of holds for $seconds, and measures.
redis_case() {
  local name=$1 count before
  shift
  redis_holds 20000 "$@"
  count=$(($(redis_rate) * seconds))
  before=$(cpu_us "$redis_pid")
  redis_holds "$count" "$@"
  record "$name" serverCpuUs "$(awk -v us=$(($(cpu_us "$redis_pid") - before)) -v n="$count" 'BEGIN { print us / n }')"
  record "$name" perSecond "$(redis_rate)"
  record "$name" p50Us "$(awk -F, '{ print $5 * 1000 }' "$scratch/line")"
  record "$name" p99Us "$(awk -F, '{ print $7 * 1000 }' "$scratch/line")"
}

# Tries one thread for the sockets and one per core, in turns, and keeps the better.
choose_redis_settings() {
  local pass threads rate
  local -A best=()
  for pass in 1 2 3; do
    for threads in 1 "$(nproc)"; do
      step "Redis: trying io-threads $threads"
      redis_io_threads=$threads
      start_redis always
      redis_holds 5000 -c 256
      redis_holds 30000 -c 256
      stop_servers
      rate=$(redis_rate)
      ((rate <= ${best[$threads]:-0})) || best[$threads]=$rate
    done
  done
  redis_io_threads=1
  redis_settings="io-threads 1: ${best[1]}/s"
  threads=$(nproc)
  [[ $threads -gt 1 ]] || return 0
  redis_settings+=", $threads: ${best[$threads]}/s"
  ((best[$threads] <= best[1])) || redis_io_threads=$threads
}

redis_version() { redis-server --version | sed 's/^Redis server v=\([^ ]*\).*/Redis \1/'; }
