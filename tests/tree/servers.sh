# Shared by the checks that start servers. Sourced, never run. The script defines fail MESSAGE.
# shellcheck shell=bash

# free_port: sets port to one without a listener that this script has not taken yet.
taken=()
free_port() {
  local candidate
  for candidate in $(shuf -i 20000-31999 -n 100); do
    [[ " ${taken[*]} " != *" $candidate "* ]] || continue
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then
      taken+=("$candidate")
      # shellcheck disable=SC2034
      port=$candidate
      return
    fi
  done
  fail "no free port"
}

# all_run: whether there is reason to wait on; a script may define it anew.
all_run() { true; }

# within SECONDS COMMAND...: repeats the command until it succeeds; fails after that time, or when all_run fails.
within() {
  local give_up_at=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    all_run && ((SECONDS < give_up_at)) || return 1
    sleep 0.05
  done
}
