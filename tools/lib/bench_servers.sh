# The servers that tools/bench starts, the load on them and the CPU time that they take. Sourced after common.sh.
#
# All files are in $scratch; servers and files are removed on every exit of the script (start_bench).
# shellcheck shell=bash

pids=()
declare -A stop_signal=()  # by pid, for processes that are not stopped by SIGTERM
child_pid=
scratch=

# Creates $scratch, and sets the trap that cleans up.
start_bench() {
  scratch=$(mktemp -d)
  mkdir "$scratch/results"
  trap 'end_bench' EXIT
  trap 'exit 130' INT TERM
}

end_bench() {
  local code=$?
  trap - EXIT
  [[ -z $child_pid ]] || stop "$child_pid"
  stop_servers
  rm -rf "$scratch"
  exit "$code"
}

# stop PID: sends the stop signal, and SIGKILL after ten seconds.
stop() {
  local tries
  kill -s "${stop_signal[$1]:-TERM}" "$1" 2>/dev/null || true
  for ((tries = 0; tries < 200; tries++)); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.05
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

stop_servers() {
  local pid
  for pid in "${pids[@]}"; do stop "$pid"; done
  pids=()
}

# attended FILE COMMAND...: the command's output goes to FILE. Handles a signal to this script at once and not after the
# command's end.
attended() {
  local file=$1 code=0
  shift
  "$@" >"$file" </dev/null &
  child_pid=$!
  wait "$child_pid" || code=$?
  child_pid=
  return "$code"
}

# await FILE PATTERN PID: waits until the file contains the pattern; fails if the process ends before that.
await() {
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    ! grep -qs "$2" "$1" || return 0
    kill -0 "$3" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

# A random port; the caller tries another one if it is taken.
some_port() { echo $((20000 + RANDOM % 12000)); }

# seconds_since MOMENT: from that $EPOCHREALTIME until now.
seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", b - a }'; }

# cpu_us PID: the CPU time so far of the process and its descendants, ended ones included.
cpu_us() {
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v root="$1" -v ticks="$(getconf CLK_TCK)" '
    {
      pid = $1
      sub(/^.*\) /, "")  # a name may have spaces
      parent[pid] = $2
      used[pid] = $12 + $13 + $14 + $15
    }
    END {
      for (pid in used) {
        for (above = pid; above in parent && above != root;) above = parent[above]
        if (above == root) sum += used[pid]
      }
      printf "%.0f\n", sum * 1e6 / ticks
    }'
}

# start_frontrow NAME OPTION...: sets <NAME>_url and <NAME>_pid.
start_frontrow() {
  local name=$1 data=$scratch/$1 for_load=() help
  shift
  # A build from before these settings lets fans charge their wallets, and limits no user.
  help=$("$frontrow" serve --help)
  [[ $help != *--wallet-charge* ]] || for_load=(--wallet-charge fan)
  [[ $help != *--limits-user-polls* ]] ||
    for_load+=(--limits-user-joins 0 --limits-user-polls 0 --limits-user-writes 0)
  rm -rf "$data"
  mkdir "$data"
  "$frontrow" serve --data-dir "$data/data" --listen 127.0.0.1:0 --log-level warn "${for_load[@]}" "$@" \
    >"$data/out" 2>"$data/log" &
  pids+=($!)
  await "$data/out" '^listening on ' $! || die "frontrow did not start: $(tail -n 3 "$data/log")"
  printf -v "${name}_pid" %s $!
  printf -v "${name}_url" %s "$(sed -n 's/^listening on //p' "$data/out")"
}

# start_nginx: one that responds with a constant string; sets nginx_url and nginx_pid.
start_nginx() {
  local body='{"concertId":1,"userId":"01234567-89ab-4cde-8f01-23456789abcd","state":"waiting","number":1024,'
  body+='"position":17,"waiting":5321,"estimatedWaitSeconds":35,"pollAfterMs":1000,"expiresAt":null}'
  start_nginx_with '' "location / { default_type application/json; return 200 '$body'; }"
}

# start_nginx_with HTTP LOCATIONS: sets nginx_url and nginx_pid. nginx can't choose a free port itself, so ports are tried.
start_nginx_with() {
  local port tries home=$scratch/nginx
  for ((tries = 0; tries < 20; tries++)); do
    port=$(some_port)
    rm -rf "$home"
    mkdir "$home"
    cat >"$home/nginx.conf" <<END
daemon off;
master_process off;
worker_processes 1;
pid $home/pid;
error_log $home/log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  $1
  client_body_temp_path $home/body;
  proxy_temp_path $home/proxy;
  fastcgi_temp_path $home/fastcgi;
  uwsgi_temp_path $home/uwsgi;
  scgi_temp_path $home/scgi;
  server {
    listen 127.0.0.1:$port;
    $2
  }
}
END
    "$nginx" -p "$home" -c "$home/nginx.conf" >/dev/null 2>&1 &
    nginx_pid=$!
    if await "$home/pid" . "$nginx_pid"; then
      pids+=("$nginx_pid")
      nginx_url=http://127.0.0.1:$port
      return 0
    fi
    wait "$nginx_pid" 2>/dev/null || true
  done
  die "nginx did not start: $(tail -n 3 "$home/log" 2>/dev/null)"
}

# run_case NAME http_load's ARGUMENTS...: appends the round's figures to results/NAME.*
run_case() {
  local name=$1
  shift
  attended "$scratch/line" timeout 1200 "$load" "$@" --seconds "$seconds" --json || die "the case $name failed"
  record_line "$name" "$scratch/line"
}

# record_line NAME FILE: the figures that http_load printed.
record_line() {
  local field
  for field in perSecond p50Us p99Us serverCpuUs ownerCpuUs clientCpuUs journeysPerSecond lastExpiryLateMs calmP99Us \
    idleConnectionBytes; do
    record "$1" "$field" "$(sed -n "s/.*\"$field\":\([0-9.]*\).*/\1/p" "$2")"
  done
}
