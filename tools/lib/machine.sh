# A minimal Debian in a folder: make it, run in it, remove it. Sourced after common.sh; needs root.
# shellcheck shell=bash

# The first source of this machine's apt that serves Debian itself, as a URI.
debian_mirror() {
  local mirror
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(SITE) $(ORIGIN) $(LABEL)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
  [[ -n $mirror ]] || die "apt knows no source of Debian packages (run apt-get update)"
  printf '%s\n' "$mirror"
}

# machine_make FOLDER RELEASE
machine_make() {
  local folder=$1 suite mirror log
  case $2 in
    12) suite=bookworm ;;
    13) suite=trixie ;;
    *) die "no machine of Debian $2" ;;
  esac
  mirror=$(debian_mirror)
  log=$(mktemp)
  if ! debootstrap --variant=minbase "$suite" "$folder" "$mirror" >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    die "debootstrap could not make a Debian $2"
  fi
  rm -f "$log"
  copy_apt_configuration "$folder"
  copy_npm_configuration "$folder"
  machine_mount "$folder"
}

# Proxies, certificates, logins and the like; not the sources, which are another release's, and not the hooks, which
# call programs that a small machine lacks.
copy_apt_configuration() {
  local folder=$1 file
  for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    [[ -f $file ]] || continue
    ! grep -qiE 'invoke|pre-install-pkgs' "$file" || continue
    install -D -m 644 "$file" "$folder$file"
  done
  for file in /etc/apt/auth.conf /etc/apt/auth.conf.d; do
    [[ ! -e $file ]] || cp -a "$file" "$folder/etc/apt/"
  done
  cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
  if [[ -d /usr/local/share/ca-certificates ]]; then
    mkdir -p "$folder/usr/local/share"
    cp -a /usr/local/share/ca-certificates "$folder/usr/local/share/"
  fi
}

# The registry of npm packages, and the certificates that vouch for it.
copy_npm_configuration() {
  local folder=$1 certificates
  command -v npm >/dev/null || return 0
  printf 'registry=%s\n' "$(npm config get registry)" >"$folder/root/.npmrc"
  certificates=$(npm config get cafile)
  [[ -f $certificates ]] || return 0
  install -D -m 644 "$certificates" "$folder/etc/npm-certificates.crt"
  printf 'cafile=/etc/npm-certificates.crt\n' >>"$folder/root/.npmrc"
}

# Makes /dev private first: mounts below it must not appear in this machine's own /dev.
machine_mount() {
  local folder=$1
  mount -t proc proc "$folder/proc"
  mount --bind /dev "$folder/dev"
  mount --make-private "$folder/dev"
  [[ ! -d /dev/pts ]] || mount --bind /dev/pts "$folder/dev/pts"
  [[ ! -d /dev/shm ]] || mount -t tmpfs tmpfs "$folder/dev/shm"
}

# machine_enter FOLDER COMMAND...: replaces this process by the command, as root in the machine, with a clean
# environment except the proxies. For background calls: $! is then the command's own pid.
machine_enter() {
  local folder=$1 name environment=()
  shift
  for name in http_proxy https_proxy no_proxy CI; do
    [[ -z ${!name:-} ]] || environment+=("$name=${!name}")
  done
  exec chroot "$folder" /usr/bin/env -i "${environment[@]}" HOME=/root LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# As machine_enter, but returns.
machine_exec() { (machine_enter "$@"); }

# The pids of the processes that run in the machine, one a line.
machine_pids() {
  local entry
  for entry in /proc/[0-9]*; do
    [[ $(readlink "$entry/root" 2>/dev/null) != "$1" ]] || basename "$entry"
  done
}

# Ends the processes in the machine: SIGTERM first, then SIGKILL.
machine_stop() {
  local folder=$1 signal pids waited
  for signal in TERM KILL; do
    mapfile -t pids < <(machine_pids "$folder")
    [[ ${#pids[@]} -gt 0 ]] || return 0
    kill -"$signal" "${pids[@]}" 2>/dev/null || true
    for ((waited = 0; waited < 50; waited++)); do
      [[ -n $(machine_pids "$folder") ]] || return 0
      sleep 0.1
    done
  done
}

# machine_remove FOLDER: stops its processes, unmounts, and removes no file while a mount is left.
machine_remove() {
  local folder=$1 point
  [[ -d $folder ]] || return 0
  machine_stop "$folder"
  while read -r point; do
    umount "$point" 2>/dev/null || umount -l "$point" || true
  done < <(awk -v folder="$folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r)
  if grep -qF " $folder/" /proc/mounts; then
    say "still mounted below $folder: not removed"
    return 1
  fi
  rm -rf --one-file-system "$folder"
}

# The lines to paste, from the output of tools/run: the last paragraph with a curl in it, without its indentation.
curl_walk() {
  awk 'BEGIN { RS = "" } /(^|[^a-z])curl / { walk = $0 } END { if (walk != "") print walk }' | sed 's/^  //'
}
