#!/usr/bin/env bash
# The package list and its use: the right names per release, no call of apt when all packages are installed, one
# line with the remedy when a package can't be installed.
set -euo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $*"
  exit 1
}

cat >"$scratch/list" <<'LIST'
# comment
[build]  # of the server
alpha
beta     # 12
gamma    # 13

[test]
delta
LIST
echo 'ID=debian' >"$scratch/os"
echo 'VERSION_ID="12"' >>"$scratch/os"

mkdir "$scratch/bin"
cat >"$scratch/bin/dpkg-query" <<'STUB'
#!/bin/sh
for name in $INSTALLED; do echo "$name installed"; done
echo "broken half-installed"
STUB
cat >"$scratch/bin/apt-get" <<'STUB'
#!/bin/sh
echo "$*" >>"$APT_CALLS"
case "$*" in *install*) [ -z "$APT_FAILS" ] || { echo "E: $APT_FAILS" >&2; exit 100; } ;; esac
STUB
# A stand-in for sudo that runs the command without root.
# shellcheck disable=SC2016
printf '#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n' >"$scratch/bin/sudo"
chmod +x "$scratch"/bin/*

# in_lib CODE: runs CODE with the functions of tools/lib, the test list and the stand-ins.
in_lib() {
  FRONTROW_PACKAGES=$scratch/list FRONTROW_OS_RELEASE=$scratch/os APT_CALLS=$scratch/calls \
    PATH=$scratch/bin:$PATH bash -c "set -euo pipefail
      . '$here/../../tools/lib/common.sh'; . '$here/../../tools/lib/packages.sh'; $1" 2>&1
}

[[ $(in_lib 'packages_of 12 build' | xargs) == "alpha beta" ]] || fail "names of one group on 12"
[[ $(in_lib 'packages_of 13 build test' | xargs) == "alpha gamma delta" ]] || fail "names of two groups on 13"

export INSTALLED="alpha beta delta broken" APT_FAILS=
: >"$scratch/calls"
in_lib 'install_missing build test' >/dev/null || fail "nothing missing"
[[ ! -s $scratch/calls ]] || fail "apt was asked though nothing was missing"

export INSTALLED="alpha"
in_lib 'install_missing build test' >/dev/null || fail "two missing"
grep -q 'install.* beta delta$' "$scratch/calls" || fail "not just the missing ones were installed"
[[ $(grep -c update "$scratch/calls") -eq 1 ]] || fail "not one update"

export APT_FAILS="Unable to fetch some archives"
! said=$(in_lib 'install_missing build') || fail "an apt error passed"
grep -q 'Unable to fetch.*apt-get install.* beta$' <<<"$said" || fail "the error does not say what to do: $said"

echo 'VERSION_ID="11"' >>"$scratch/os"
! said=$(in_lib 'install_missing build') || fail "Debian 11 passed"
[[ $(wc -l <<<"$said") -eq 1 ]] || fail "more than one line for an unknown release"

# The real list: every name is well-formed and unique, and every mark is a release.
list=$here/../../tools/packages.txt
names=$(grep -vE '^[[:space:]]*(#|$|\[)' "$list" | awk '{ print $1 }')
! grep -vE '^[a-z0-9][a-z0-9+.-]+$' <<<"$names" || fail "names that are none"
[[ -z $(sort <<<"$names" | uniq -d) ]] || fail "names that come twice"
! grep -E '^[^#]+#' "$list" | grep -v '^\[' | grep -vE '# 1[23]$' || fail "marks other than # 12 and # 13"
