#!/usr/bin/env bash
# Reports the lengths of the C++ files and fails when more than one in ten is over 400 lines.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

tree_files | { grep -E '\.(h|cc)$' || true; } | xargs -r wc -l | grep -v ' total$' | sort -n | awk '
  { lines[NR] = $1; name[NR] = $2; total += $1; if ($1 > 400) long_files++ }
  END {
    if (NR == 0) exit 0
    printf "%d files, %d lines; median %d, nine of ten under %d, longest %d\n",
      NR, total, lines[int((NR + 1) / 2)], lines[int((NR * 9 + 9) / 10)] + 1, lines[NR]
    for (i = NR; i > 0 && lines[i] > 400; i--) printf "%6d %s\n", lines[i], name[i]
    if (long_files * 10 > NR) { print "more than one file in ten is over 400 lines"; exit 1 }
  }'
