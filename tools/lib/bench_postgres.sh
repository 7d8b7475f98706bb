# PostgreSQL beside frontrow: a cluster of our own, loaded by pgbench with the scripts of bench/peers as prepared
# statements over loopback TCP. Sourced after bench_table.sh.
# shellcheck shell=bash

PG_WARM_TRANSACTIONS=5120  # by all clients: fills the caches, and writes the pages of wallets to the log
PG_TRIAL_TRANSACTIONS=10240
pg_bin=
as_owner=()  # PostgreSQL refuses to run as root
declare -A pg_rate=()      # the best rate of the trials: by script; by script and clients; and by commit_delay too
declare -A pg_delay=()     # the better commit_delay by script and clients
declare -A pg_best=()      # the number of clients with the best rate, by script
pg_first=0                 # the first seat of the next run

find_postgres() {
  pg_bin=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
  [[ -n $pg_bin ]] || pg_bin=$(command -v initdb || true)
  pg_bin=${pg_bin%/initdb}
  [[ -n $pg_bin && -x $pg_bin/pgbench && -x $pg_bin/psql ]] ||
    die "PostgreSQL with pgbench is missing: apt-get install postgresql"
}

make_cluster() {
  local home=$scratch/postgres
  mkdir "$home"
  if [[ $EUID -eq 0 ]]; then
    as_owner=(setpriv --reuid=postgres --regid=postgres --init-groups)
    chmod 711 "$scratch"
    chown postgres: "$home"
  fi
  "${as_owner[@]}" "$pg_bin/initdb" -D "$home/data" -U bench -A trust -E UTF8 --locale=C --no-sync >"$home/log" 2>&1 ||
    die "initdb failed: $(tail -n 1 "$home/log")"
  cat "$ROOT/bench/peers/postgresql.conf" >>"$home/data/postgresql.conf"
  start_postgres
  pg_psql -f "$ROOT/bench/peers/schema.sql"
}

# start_postgres: sets pg_port and pg_pid.
start_postgres() {
  local home=$scratch/postgres tries
  for ((tries = 0; tries < 20; tries++)); do
    pg_port=$(some_port)
    rm -f "$home/log"
    "${as_owner[@]}" "$pg_bin/postgres" -D "$home/data" -p "$pg_port" >"$home/log" 2>&1 &
    pg_pid=$!
    if await "$home/log" 'ready to accept connections' "$pg_pid"; then
      pids+=("$pg_pid")
      stop_signal[$pg_pid]=INT  # SIGTERM waits for the clients
      return 0
    fi
    wait "$pg_pid" 2>/dev/null || true
  done
  die "PostgreSQL did not start: $(tail -n 1 "$home/log")"
}

pg_psql() {
  "$pg_bin/psql" -h 127.0.0.1 -p "$pg_port" -U bench -d postgres -qAtX -v ON_ERROR_STOP=1 "$@" ||
    die "psql failed: $*"
}

# pg_run SCRIPT CLIENTS DELAY TRANSACTIONS: TRANSACTIONS by each client; leaves pgbench's report in $scratch/out, the
# time of each transaction in $scratch/postgres-times.*. Seats differ from all runs before.
pg_run() {
  local script=$1 clients=$2 delay=$3 each=$4
  rm -f "$scratch"/postgres-times.*
  pg_first=$((pg_first + 1000000))
  PGOPTIONS="-c commit_delay=$delay" attended "$scratch/out" timeout 600 "$pg_bin/pgbench" \
    -h 127.0.0.1 -p "$pg_port" -U bench -n -M prepared -c "$clients" -j 1 -t "$each" \
    -D n=0 -D first="$pg_first" -f "$ROOT/bench/peers/$script.sql" --log --log-prefix "$scratch/postgres-times" postgres || die "pgbench failed: $(tail -n 1 "$scratch/out")"
  grep -q "actually processed: $((clients * each))/$((clients * each))$" "$scratch/out" ||
    die "pgbench did not finish: $(grep 'actually processed' "$scratch/out")"
}

pg_run_rate() { sed -n 's/^tps = \([0-9]*\).*/\1/p' "$scratch/out"; }

# Resets the tables to their initial state, with no writes pending.
pg_reset() { pg_psql -f "$ROOT/bench/peers/reset.sql"; }

# pg_check SCRIPT COUNT: dies unless the tables contain COUNT holds, or holds and payments.
pg_check() {
  local want="$2|0|0|0" got
  [[ $1 == hold ]] || want="$2|$2|$((1000 * $2))|$((1000 * $2))"
  got=$(pg_psql -f "$ROOT/bench/peers/count.sql")
  [[ $got == "$want" ]] || die "PostgreSQL says $got (held, sold, paid, taken from wallets), not $want, after $1"
}

# The CPU time of the cluster once its backends have ended and the figure is stable: between the end of a process and
# its parent's notice its time can't be read.
pg_cpu_us() {
  local before now tries
  before=$(cpu_us "$pg_pid")
  for ((tries = 0; tries < 50; tries++)); do
    sleep 0.1
    now=$(cpu_us "$pg_pid")
    [[ $now -ne $before ]] || break
    before=$now
  done
  echo "$now"
}

# pg_case NAME SCRIPT CLIENTS: the CPU time common to both runs (connecting, starting processes, planning) cancels out.
pg_case() {
  local name=$1 script=$2 clients=$3 each warm=$((PG_WARM_TRANSACTIONS / $3)) start between end
  local delay=${pg_delay[$script:$clients]}
  each=$((pg_rate[$script:$clients] * seconds / clients + warm + 1))
  pg_reset
  start=$(pg_cpu_us)
  pg_run "$script" "$clients" "$delay" "$warm"
  between=$(pg_cpu_us)
  pg_run "$script" "$clients" "$delay" "$each"
  end=$(pg_cpu_us)
  pg_check "$script" $((clients * (each + warm)))
  record "$name" perSecond "$(pg_run_rate)"
  record "$name" serverCpuUs "$(awk -v us=$((end - between - (between - start))) -v n=$((clients * (each - warm))) \
    'BEGIN { print us / n }')"
  awk '{ print $3 }' "$scratch"/postgres-times.* | sort -n >"$scratch/times"
  record "$name" p50Us "$(awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }' "$scratch/times")"
  record "$name" p99Us "$(awk '{ v[NR] = $1 } END { print v[int((NR * 99 + 99) / 100)] }' "$scratch/times")"
}

# pg_try SCRIPT CLIENTS DELAY: keeps the best rate seen with these settings.
pg_try() {
  local rate
  step "PostgreSQL: trying $1, $2 clients, commit_delay $3"
  pg_reset
  pg_run "$1" "$2" "$3" $((PG_WARM_TRANSACTIONS / $2))
  pg_run "$1" "$2" "$3" $((PG_TRIAL_TRANSACTIONS / $2))
  pg_check "$1" $((PG_WARM_TRANSACTIONS + PG_TRIAL_TRANSACTIONS))
  rate=$(pg_run_rate)
  ((rate <= ${pg_rate[$1:$2:$3]:-0})) || pg_rate[$1:$2:$3]=$rate
  ((rate <= ${pg_rate[$1:$2]:-0})) || { pg_rate[$1:$2]=$rate pg_delay[$1:$2]=$3; }
  ((rate <= ${pg_rate[$1]:-0})) || { pg_rate[$1]=$rate pg_best[$1]=$2; }
}

# Tries numbers of clients and a wait before the sync for others to join in, twice, and keeps the best.
choose_postgres_settings() {
  local pass script clients delay
  for pass in 1 2; do
    [[ $pass -eq 1 || $quick == no ]] || continue
    for script in hold hold_pay; do
      for clients in 256 64 32 16; do
        for delay in 0 100; do pg_try "$script" "$clients" "$delay"; done
      done
    done
  done
}

# print_pg_trials SCRIPT
print_pg_trials() {
  local clients delay
  printf 'Tried, PostgreSQL, %s, clients/commit_delay us:' "$1"
  for clients in 256 64 32 16; do
    for delay in 0 100; do printf ' %s/%s: %s/s' "$clients" "$delay" "${pg_rate[$1:$clients:$delay]}"; done
  done
  printf '\n'
}

postgres_version() { "$pg_bin/postgres" --version | sed 's/^postgres (PostgreSQL) \([^ ]*\).*/PostgreSQL \1/'; }
