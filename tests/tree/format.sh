#!/usr/bin/env bash
# Every C++ file is as clang-format writes it. Skipped where tools/lint has not installed its version.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

formatter=clang-format-$(sed -n 's/^CLANG=//p' tools/lint)
command -v "$formatter" >/dev/null || { echo "skipped: $formatter is not installed"; exit 77; }
tree_files | { grep -E '\.(h|cc)$' || true; } | xargs "$formatter" --dry-run -Werror
