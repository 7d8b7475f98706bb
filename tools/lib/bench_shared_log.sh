# The shared log at a steady rate for a long time: three members of etcd on this machine, three streams, 5 MB/s. Does etcd's
# database stay bounded, and do the appends stay as fast? Sourced after bench_cluster.sh.
# shellcheck shell=bash

log_rate=5  # MB/s

bench_shared_log() {
  local every=$((seconds < 60 ? 1 : 60))
  # shellcheck disable=SC2154  # the caller sets folder
  [[ -x $folder/bench/shared_log_load ]] || die "this build has no etcd: the shared log can't be measured"
  start_etcd 3 1
  step "$log_rate MB/s for $seconds s; one line in $every s"
  # shellcheck disable=SC2154  # start_etcd sets store
  "$folder/bench/shared_log_load" "${store[@]}" --seconds "$seconds" --every "$every" --mb-per-second "$log_rate" \
    </dev/null > >(tee "$scratch/lines" >&2) &
  child_pid=$!
  wait "$child_pid" || die "the shared log could not be loaded"
  child_pid=
  print_machine
  awk -v rate="$log_rate" '
    NR > 1 { p50[NR - 1] = $4; p99[NR - 1] = $5; mb += $2; database = $7 > database ? $7 : database; in_use = $8 > in_use ? $8 : in_use }
    # The mean of a column over lines from..to.
    function mean(column, from, to,   i, sum) {
      for (i = from; i <= to; i++) sum += column[i]
      return to >= from ? sum / (to - from + 1) : 0
    }
    END {
      lines = NR - 1
      part = int((lines + 5) / 6)
      printf "Three streams, %s MB/s asked, %.2f reached; three members of etcd.\n", rate, mb / lines
      printf "the database of a member was at most %d MiB, of which %d MiB were in use\n", database, in_use
      printf "append in the first sixth: median %.2f ms, p99 %.1f ms; in the last sixth: median %.2f ms, p99 %.1f ms\n",
        mean(p50, 1, part), mean(p99, 1, part), mean(p50, lines - part + 1, lines), mean(p99, lines - part + 1, lines)
    }' "$scratch/lines"
}
