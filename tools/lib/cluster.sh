# A cluster on this machine, for tools/cluster: members of etcd, instances, haproxy, and the loss and the return of a
# machine. Sourced after common.sh.
#
# A data folder has: cluster.env (instances, port, threads), cluster.secret, admin.key, token.keys, signing.pem, box-K.toml, box-K/ (the
# data directory of instance K), etcd-K/ (of its member of etcd), the logs, and pids/ while it runs.
# shellcheck shell=bash

CLUSTER=demo
# As the caller sets them, or cluster.env.
instances=3
port=8080
threads=1

# load_cluster DATA: sets data, instances, port, threads, members, reach (the options that reach the store) and the key.
load_cluster() {
  data=$1
  [[ -s $data/cluster.env ]] || die "$data is no folder of tools/cluster"
  # shellcheck disable=SC1091
  . "$data/cluster.env"
  # A majority of one, or of three: more members make the store slower, not safer here.
  members=$((instances < 3 ? 1 : 3))
  local i endpoints=
  for ((i = 1; i <= members; i++)); do endpoints+=${endpoints:+,}127.0.0.1:$((port + 200 + i)); done
  reach=(--cluster "$CLUSTER" --etcd "$endpoints")
  FRONTROW_ADMIN_KEY=$(<"$data/admin.key")
  FRONTROW_CLUSTER_SECRET=$(<"$data/cluster.secret")
  export FRONTROW_ADMIN_KEY FRONTROW_CLUSTER_SECRET
}

# make_cluster DATA INSTANCES PORT THREADS: keys and configuration; existing ones are kept.
make_cluster() {
  local data=$1 had=
  [[ ! -s $data/cluster.env ]] || had=$(sed -n 's/^instances=//p' "$data/cluster.env")
  [[ -z $had || $had -le $2 ]] || die "$data is of $had instances: drain one before it leaves (docs/CLUSTER.md)"
  [[ -z $had || $(((had < 3) == ($2 < 3))) -eq 1 ]] || die "$data has one member of etcd; three instances take a new folder"
  printf 'instances=%d\nport=%d\nthreads=%d\n' "$2" "$3" "$4" >"$data/cluster.env"
  [[ -s $data/cluster.secret ]] || "$FRONTROW" cluster secret >"$data/cluster.secret"
  [[ -s $data/admin.key ]] || "$FRONTROW" cluster secret >"$data/admin.key"
  [[ -s $data/token.keys ]] || printf 'k1:%s\n' "$("$FRONTROW" cluster secret)" >"$data/token.keys"
  [[ -s $data/signing.pem ]] || (umask 077 && "$FRONTROW" keys signing >"$data/signing.pem")
  load_cluster "$data"
  local i
  for ((i = 1; i <= instances; i++)); do write_instance_file "$i" >"$data/box-$i.toml"; done
  write_haproxy_file >"$data/haproxy.cfg"
  haproxy -c -q -f "$data/haproxy.cfg" || die "haproxy does not take $data/haproxy.cfg"
  rm -rf "$data/pids"
  mkdir "$data/pids"
}

write_instance_file() {
  local i=$1 k
  cat <<END
data_dir = "$data/box-$i"
listen = ["127.0.0.1:$((port + i))"]
threads = $threads
token_keys = ["$(<"$data/token.keys")"]

[passes]
key_file = "$data/signing.pem"

# The curl lines of the demo charge the wallet as a fan.
[wallet]
charge = "fan"

[cluster]
name = "$CLUSTER"
etcd = [$(for ((k = 1; k <= members; k++)); do printf '%s"127.0.0.1:%d"' "$( ((k > 1)) && printf ', ')" $((port + 200 + k)); done)]
instance = "box-$i"
listen = "127.0.0.1:$((port + 100 + i))"
secret_file = "$data/cluster.secret"
END
}

# The sample of tools/deploy, with these instances and without a map of concerts.
write_haproxy_file() {
  local i
  sed -e '/^#/d' -e '/txn[.]owner/d' -e '/^  server /d' -e "s/bind :80/bind 127.0.0.1:$port/" "$ROOT/tools/deploy/haproxy.cfg"
  for ((i = 1; i <= instances; i++)); do
    printf '  server box-%d 127.0.0.1:%d\n' "$i" $((port + i))
  done
}

# run_part NAME COMMAND...: starts a part, with its log in NAME.log.
run_part() {
  local name=$1
  shift
  "$@" >>"$data/$name.log" 2>&1 &
  echo $! >"$data/pids/$name"
}

is_running() { [[ -s $data/pids/$1 ]] && kill -0 "$(<"$data/pids/$1")" 2>/dev/null; }

# start_etcd K STATE [NAME:URL...]: a member; STATE is new or existing.
start_etcd() {
  local i=$1 k cluster=
  for ((k = 1; k <= members; k++)); do cluster+=${cluster:+,}etcd-$k=http://127.0.0.1:$((port + 300 + k)); done
  run_part "etcd-$i" etcd --name "etcd-$i" --data-dir "$data/etcd-$i" --logger zap \
    --listen-client-urls "http://127.0.0.1:$((port + 200 + i))" --advertise-client-urls "http://127.0.0.1:$((port + 200 + i))" \
    --listen-peer-urls "http://127.0.0.1:$((port + 300 + i))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 300 + i))" \
    --initial-cluster "$cluster" --initial-cluster-state "$2" --initial-cluster-token "frontrow-$port" \
    --snapshot-count 1000 --heartbeat-interval 50 --election-timeout 500 --quota-backend-bytes 4294967296
}

start_instance() {
  ! is_running "box-$1" || die "instance $1 runs"
  run_part "box-$1" "$FRONTROW" serve --config "$data/box-$1.toml"
}

start_cluster() {
  local i
  for ((i = 1; i <= members; i++)); do start_etcd "$i" new; done
  await "etcd" store_answers
  "$FRONTROW" cluster show "${reach[@]}" >/dev/null 2>&1 || "$FRONTROW" cluster init "${reach[@]}" >"$data/init.txt" ||
    die "the cluster could not be created"
  for ((i = 1; i <= instances; i++)); do start_instance "$i"; done
  run_part haproxy haproxy -W -db -f "$data/haproxy.cfg"
  await "the instances" is_well
}

store_answers() { etcdctl_ endpoint status >/dev/null 2>&1; }
is_well() { "$FRONTROW" cluster status "${reach[@]}" >"$data/status.txt" 2>&1; }

etcdctl_() { ETCDCTL_API=3 etcdctl --endpoints "${reach[3]}" --command-timeout 3s "$@"; }

# await WHO CONDITION: up to two minutes.
await() {
  local tries
  for ((tries = 0; tries < 1200; tries++)); do
    ! "$2" || return 0
    check_alive
    sleep 0.1
  done
  die "$1: not well after two minutes: $(grep -m1 'NOT WELL' "$data/status.txt" 2>/dev/null || true)"
}

# Dies with the last log line of the first part that has ended before the cluster serves.
check_alive() {
  local file name
  for file in "$data"/pids/*; do
    name=${file##*/}
    [[ -e $file ]] || continue
    is_running "$name" || die "$name ended: $(tail -n 1 "$data/$name.log")"
  done
}

# Kills the part, and forgets it.
kill_part() {
  is_running "$1" || return 0
  kill -KILL "$(<"$data/pids/$1")" || true
  rm -f "$data/pids/$1"
}

kill_instance() {
  is_running "box-$1" || die "instance $1 does not run"
  kill_part "box-$1"
  say "instance $1 is gone; its disk stays (tools/cluster --start-instance $1 starts it again)"
}

kill_machine() {
  local i=$1
  kill_part "box-$i"
  [[ $i -gt $members ]] || kill_part "etcd-$i"
  rm -rf "$data/box-$i" "$data/etcd-$i"
  say "machine $i is gone: instance, member of etcd, disks; the others take over"
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    "$FRONTROW" cluster status "${reach[@]}" >"$data/status.txt" 2>&1 || true
    ! grep -q "box-$i is dead" "$data/status.txt" || grep -q "to be taken over" "$data/status.txt" || break
    sleep 0.1
  done
  cat "$data/status.txt"
}

# The steps of docs/OPERATIONS.md, "Replace a lost machine".
replace_machine() {
  local i=$1 id
  ! is_running "box-$i" || die "instance $i runs"
  if [[ $i -le $members ]]; then
    # The member's name breaks etcd's promises on an empty disk: the old member goes first.
    id=$(etcdctl_ member list | sed -n "s/^\([0-9a-f]*\), [a-z]*, etcd-$i,.*/\1/p")
    [[ -z $id ]] || etcdctl_ member remove "$id" >&2 || die "etcd does not remove its member etcd-$i"
    etcdctl_ member add "etcd-$i" --peer-urls "http://127.0.0.1:$((port + 300 + i))" >&2 || die "etcd takes no new member"
    start_etcd "$i" existing
  fi
  start_instance "$i"
  say "machine $i is back with empty disks; its copies are made in the background (tools/cluster --status)"
}

stop_cluster() {
  local name pid pids=()
  for name in haproxy $(cd "$data/pids" 2>/dev/null && ls -d box-* 2>/dev/null) $(cd "$data/pids" 2>/dev/null && ls -d etcd-* 2>/dev/null); do
    is_running "$name" || continue
    pid=$(<"$data/pids/$name")
    kill -TERM "$pid" 2>/dev/null || true
    # The instances leave while etcd still answers.
    if [[ $name == etcd-* ]]; then pids+=("$pid"); else await_end "$pid"; fi
  done
  for pid in "${pids[@]}"; do await_end "$pid"; done
  rm -rf "$data/pids"
}

await_end() {
  local tries
  for ((tries = 0; tries < 150; tries++)); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
}

# Tells of parts that end. Returns when no instance is left: after the end of one the others go on.
watch_cluster() {
  local file name known=" "
  while true; do
    local left=0
    for file in "$data"/box-*.toml; do
      name=$(basename "$file" .toml)
      if is_running "$name"; then
        left=$((left + 1))
        known=${known/" $name "/" "}
      elif [[ $known != *" $name "* ]]; then
        known+="$name "
        say "$name has ended; its last line: $(tail -n 1 "$data/$name.log")"
        say "to start it again: tools/cluster --start-instance ${name#box-}"
      fi
    done
    [[ -d $data/pids ]] || return 0
    [[ $left -gt 0 || -n $(find "$data/pids" -newermt '-60 seconds' 2>/dev/null) ]] || return 0
    is_running haproxy || die "haproxy ended: $(tail -n 1 "$data/haproxy.log")"
    sleep 0.3
  done
}
