# Lists the required Debian packages, and installs missing ones. Sourced after common.sh.
#
# FRONTROW_PACKAGES names another list (tests use it).
# shellcheck shell=bash

PACKAGE_LIST=${FRONTROW_PACKAGES:-$ROOT/tools/packages.txt}

# packages_of RELEASE GROUP...: the names, one a line.
packages_of() {
  local release=$1
  shift
  awk -v release="$release" -v groups=" $* " '
    /^\[/ { group = substr($1, 2, length($1) - 2); next }
    /^[[:space:]]*(#|$)/ { next }
    index(groups, " " group " ") == 0 { next }
    { split($0, half, "#"); gsub(/[[:space:]]/, "", half[2]) }
    half[2] == "" || half[2] == release { print $1 }
  ' "$PACKAGE_LIST"
}

# missing_of NAME...: the packages that are not installed.
missing_of() {
  local installed name
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk '$2 == "installed" { print $1 }' || true)
  for name in "$@"; do
    grep -qxF -- "$name" <<<"$installed" || printf '%s\n' "$name"
  done
}

# install_missing GROUP...: installs the missing packages; dies with one line of advice. A build bundles the pages, for
# which any node and npm suffice, also such that are not Debian's.
install_missing() {
  local release names missing
  if [[ " $* " == *" build "* ]] && ! { command -v node && command -v npm; } >/dev/null; then
    set -- "$@" pages
  fi
  release=$(debian_release)
  if [[ -z $release ]]; then
    say "not Debian: going on with what is installed; tools/packages.txt lists what is needed"
    return 0
  fi
  if [[ $release != 12 && $release != 13 ]]; then
    die "Debian 12 and 13 are served, this is $release"
  fi
  mapfile -t names < <(packages_of "$release" "$@")
  mapfile -t missing < <(missing_of "${names[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  install_packages "${missing[@]}"
}

# install_packages NAME...: through apt-get, as root or by sudo.
install_packages() {
  local remedy="apt-get install --no-install-recommends $*" log reason as_root=()
  if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      die "missing packages and neither root nor sudo to install them; as root: $remedy"
    fi
    if ! sudo -n true 2>/dev/null && [[ ! -t 0 ]]; then
      die "missing packages, and sudo wants a password; run: sudo $remedy"
    fi
    as_root=(sudo)
  fi
  step "installing $# packages: $*"
  log=$(mktemp)
  # An unreachable source may not be needed: only the install decides.
  apt_get update -qq >"$log" 2>&1 || true
  if ! apt_get install -qq --no-install-recommends "$@" >>"$log" 2>&1; then
    reason=$(grep -m1 -E '^(W: Failed|E:)' "$log" || tail -n 1 "$log")
    rm -f "$log"
    die "could not install (${reason:-apt-get said nothing}); when that is cured: $remedy"
  fi
  rm -f "$log"
}

# apt_get ARGUMENT...: uses the as_root of install_packages.
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}
