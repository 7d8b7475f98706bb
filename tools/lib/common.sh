# Shared by the scripts of tools/: the clone's place, messages, errors. Sourced, never run.
#
# Sets ROOT (the clone's top folder) and SCRIPT (the name in the command). Every function that can't continue calls die,
# which prints the reason in one line.
# shellcheck shell=bash

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SCRIPT=tools/$(basename "$0")
STARTED_AT=$SECONDS

say() { printf '%s: %s\n' "$SCRIPT" "$*" >&2; }

# As say, with the time since the script started.
step() { printf '%s: [%4d s] %s\n' "$SCRIPT" $((SECONDS - STARTED_AT)) "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# Prints the comment block at the top of the running script, the text of --help.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1"; }

# need_value OPTION COUNT: OPTION takes a value; COUNT is $# with the option still in front.
need_value() { [[ $2 -ge 2 ]] || die "$1 needs a value (see --help)"; }

# The Debian release as a number; empty on another system. Debian testing and unstable count as 13.
debian_release() {
  local file=${FRONTROW_OS_RELEASE:-/etc/os-release} id version
  [[ -r $file ]] || return 0
  # shellcheck disable=SC1090
  id=$(. "$file" && printf '%s' "${ID:-}")
  # shellcheck disable=SC1090
  version=$(. "$file" && printf '%s' "${VERSION_ID:-}")
  [[ $id == debian ]] || return 0
  printf '%s\n' "${version:-13}"
}

# Compiler jobs: one per core, limited by the free memory at 2 GiB each.
build_jobs() {
  local cores memory_jobs
  cores=$(nproc)
  memory_jobs=$(awk '/^MemAvailable:/ { print int($2 / (2 * 1024 * 1024)) }' /proc/meminfo 2>/dev/null || true)
  : "${memory_jobs:=1}"
  ((memory_jobs >= 1)) || memory_jobs=1
  echo $((memory_jobs < cores ? memory_jobs : cores))
}

# Under sudo, in a clone of the calling user: starts the script again as that user, so that no file of root's remains.
# Files that root left there earlier are given to the user first.
# Usage: drop_privileges SCRIPT ARGUMENT...  (call it when no later step needs root)
drop_privileges() {
  [[ $EUID -eq 0 && ${SUDO_UID:-0} -ne 0 ]] || return 0
  [[ $(stat -c %u "$ROOT") -eq $SUDO_UID ]] || return 0
  local folder home
  for folder in "$ROOT/build" "$ROOT/data"; do
    [[ ! -e $folder ]] || chown -RhP "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$folder"
  done
  home=$(getent passwd "$SUDO_UID" | cut -d: -f6)
  exec setpriv --reuid "$SUDO_UID" --regid "${SUDO_GID:-$SUDO_UID}" --init-groups \
    env -u SUDO_UID -u SUDO_GID "HOME=${home:-/}" "$@"
}
