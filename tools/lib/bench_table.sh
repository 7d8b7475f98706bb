# The figures of tools/bench: stored one round a line in $scratch/results/CASE.FIELD, printed as medians. Sourced after
# bench_servers.sh.
# shellcheck shell=bash

# record CASE FIELD VALUE: this round's figure.
record() { printf '%s\n' "$3" >>"$scratch/results/$1.$2"; }

median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# figure CASE FIELD: the median over the rounds.
figure() { median <"$scratch/results/$1.$2"; }
# ms CASE FIELD: a figure in us, in ms.
ms() { awk -v us="$(figure "$1" "$2")" 'BEGIN { printf "%.2f\n", us / 1000 }'; }
# last CASE FIELD: this round's.
last() { tail -n 1 "$scratch/results/$1.$2"; }
# times CASE FIELD BASE FIELD: the median over the rounds of one figure by the other.
times() {
  paste "$scratch/results/$1.$2" "$scratch/results/$3.$4" | awk '{ print ($2 > 0 ? $1 / $2 : 0) }' | median
}
# ratio CASE BASE FIELD: the same field of both.
ratio() { times "$1" "$3" "$2" "$3"; }

# print_machine PROGRAM...: prints the machine and the measured programs.
print_machine() {
  printf '\nMachine: %s, %s cores, Linux %s' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
    "$(nproc)" "$(uname -r)"
  [[ $# -eq 0 ]] || printf ', %s' "$@"
  printf '\n'
  [[ ! -f $scratch/results/sync.p50Us ]] ||
    printf 'fdatasync of 16 KiB appended in %s: median %s us\n' "$(dirname "$scratch")" "$(figure sync p50Us)"
}

# record_sync: the duration of one sync of the device, in this round.
record_sync() {
  attended "$scratch/line" "$probe" "$scratch" || die "sync_probe failed"
  record sync p50Us "$(sed -n 's/.*"p50Us":\([0-9]*\).*/\1/p' "$scratch/line")"
}

nginx_version() { "$nginx" -v 2>&1 | sed 's/.*: //'; }
