#!/usr/bin/env bash
# No file names a folder or a package host of the machine that it was written on.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

folder='(^|[^[:alnum:]_./$}-])/(work|home|root|mnt|Users)/[[:alnum:]_.]'
host='(https?|ftp)://[[:alnum:].-]*(debian[.]|npmjs[.]|pypi[.]|crates[.])'
tree_files | tr '\n' '\0' | { xargs -0 grep -nIE -- "$folder|$host" || true; } |
  cut -c 1-200 | finish "paths or hosts of a machine"
