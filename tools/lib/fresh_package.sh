# Tries the Debian package in a fresh machine. Sourced by tools/fresh after common.sh and machine.sh.
#
# Uses of tools/fresh: machine (its folder), child_pid, attended, free_port, stop_child.
# shellcheck shell=bash disable=SC2154

ready_ms_max=1000

# quietly TEXT COMMAND...: runs COMMAND in the machine; dies with its output, which is left in the machine's /tmp/out.
quietly() {
  local text=$1
  shift
  attended machine_enter "$machine" "$@" >"$machine/tmp/out" 2>&1 || {
    tail -n 15 "$machine/tmp/out" >&2
    die "$text"
  }
}

# expect_file PATH "MODE USER GROUP"
expect_file() {
  local said
  said=$(machine_exec "$machine" stat -c '%a %U %G' "$1" 2>&1) || die "$1 is missing"
  [[ $said == "$2" ]] || die "$1 is $said, not $2"
}

check_installation() {
  local version=$1 said
  said=$(machine_exec "$machine" getent passwd frontrow) || die "there is no user frontrow"
  [[ $said == frontrow:*:/var/lib/frontrow:*/nologin ]] || die "the user is $said"
  expect_file /var/lib/frontrow "700 frontrow frontrow"
  expect_file /etc/frontrow "750 root frontrow"
  expect_file /etc/frontrow/frontrow.toml "600 frontrow frontrow"
  # shellcheck disable=SC2016
  said=$(machine_exec "$machine" dpkg-query -W -f '${Version}${Conffiles}' frontrow)
  [[ $said == "$version"*' /etc/frontrow/frontrow.toml '* ]] || die "dpkg has another version or no conffile: $said"
  said=$(machine_exec "$machine" systemd-analyze verify --man=no frontrow.service 2>&1) || die "the unit is faulty: $said"
  [[ -z $said ]] || die "the unit is faulty: $said"
  [[ -L $machine/etc/systemd/system/multi-user.target.wants/frontrow.service ]] || die "the service is not enabled"
  for said in usr/bin/frontrow usr/share/man/man1/frontrow-serve.1.gz usr/share/man/man5/frontrow.toml.5.gz \
    usr/share/bash-completion/completions/frontrow usr/share/zsh/vendor-completions/_frontrow \
    usr/share/fish/vendor_completions.d/frontrow.fish usr/share/doc/frontrow/docs/OPERATIONS.md \
    usr/share/doc/frontrow/copyright; do
    [[ -s $machine/$said ]] || die "the package lacks /$said"
  done
}

# Starts the server as systemd would, and prints the milliseconds until /readyz is 200.
start_packaged() {
  local port=$1 begun=${EPOCHREALTIME/./} status
  machine_enter "$machine" setpriv --reuid frontrow --regid frontrow --init-groups \
    /usr/bin/frontrow serve --config /etc/frontrow/frontrow.toml --listen "127.0.0.1:$port" >"$machine/tmp/out" 2>&1 &
  child_pid=$!
  while
    status=
    if exec 3<>"/dev/tcp/127.0.0.1/$port"; then
      printf 'GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3
      read -r _ status _ <&3 || true
      exec 3>&-
    fi 2>/dev/null
    [[ $status != 200 ]]
  do
    if ! kill -0 "$child_pid" 2>/dev/null || ((${EPOCHREALTIME/./} - begun > 30000000)); then
      cat "$machine/tmp/out" >&2
      die "the packaged server does not become ready"
    fi
    sleep 0.01
  done
  ready_ms=$(((${EPOCHREALTIME/./} - begun) / 1000))
}

# Three first starts, all of which are printed. The shortest one counts, as the others may have waited for other work of
# this machine.
start_in_empty_directory() {
  local port=$1 shortest='' times=''
  for _ in 1 2 3; do
    rm -rf "$machine/var/lib/frontrow/data"
    start_packaged "$port"
    stop_child
    times+="${times:+, }$ready_ms"
    [[ -n $shortest && $shortest -le $ready_ms ]] || shortest=$ready_ms
  done
  ((shortest <= ready_ms_max)) ||
    die "ready after $times ms, more than $ready_ms_max; the load of this machine is $(cut -d ' ' -f 1 /proc/loadavg)"
  step "ready $times ms after the start, each in an empty directory"
}

# newer_package DEB: the same package with a higher version and another frontrow.toml, as /tmp/newer.deb.
newer_package() {
  local tree=$machine/tmp/newer
  dpkg-deb -R "$1" "$tree"
  sed -i 's/^Version: .*/&+newer/' "$tree/DEBIAN/control"
  echo '# from the newer package' >>"$tree/etc/frontrow/frontrow.toml"
  dpkg-deb --root-owner-group -b "$tree" "$machine/tmp/newer.deb" >/dev/null
}

# try_package DEB: installs, serves, upgrades, removes, purges.
try_package() {
  local deb=$1 version port ready_ms conffile=$machine/etc/frontrow/frontrow.toml
  version=$(dpkg-deb -f "$deb" Version)
  [[ -n $version ]] || die "$deb is no package"
  step "installing $(basename "$deb")"
  # The machine's folder is /, which its users must read.
  chmod 755 "$machine"
  cp "$deb" "$machine/tmp/frontrow.deb"
  quietly "apt-get update failed" apt-get update -q
  quietly "the package could not be installed" apt-get install -qy --no-install-recommends /tmp/frontrow.deb
  check_installation "$version"

  port=$(free_port)
  start_in_empty_directory "$port"
  expect_file /var/lib/frontrow/data "700 frontrow frontrow"

  echo '# a change of the operator' >>"$conffile"
  newer_package "$deb"
  quietly "the upgrade failed" apt-get install -qy -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    /tmp/newer.deb
  check_installation "$version+newer"
  grep -q 'change of the operator' "$conffile" || die "the upgrade lost the operator's changes"
  grep -q 'from the newer package' "$conffile.dpkg-dist" || die "the newer configuration is not beside the operator's"
  start_packaged "$port"
  step "upgraded, the changed configuration kept; ready after $ready_ms ms with the data of the earlier version"
  stop_child

  quietly "the removal failed" apt-get remove -qy frontrow
  [[ ! -e $machine/usr/bin/frontrow && -f $conffile && -d $machine/var/lib/frontrow/data ]] ||
    die "a removal removes the program, and neither configuration nor data"
  quietly "the purge failed" apt-get purge -qy frontrow
  [[ ! -e $machine/etc/frontrow ]] || die "a purge left /etc/frontrow: $(ls "$machine/etc/frontrow")"
  [[ -d $machine/var/lib/frontrow/data ]] || die "a purge removed the books of sales"
  grep -q 'frontrow: /var/lib/frontrow is kept' "$machine/tmp/out" || die "the purge does not name the folder that it kept"
  [[ -z $(find "$machine/etc" "$machine/usr" "$machine/var/lib/systemd" -name '*frontrow*' -print -quit) ]] ||
    die "a purge left $(find "$machine/etc" "$machine/usr" "$machine/var/lib/systemd" -name '*frontrow*' | xargs)"
  step "removed, and purged; /var/lib/frontrow is kept"
}
