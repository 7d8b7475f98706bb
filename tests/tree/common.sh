# Shared by the checks of the tree. Sourced, never run. Sets TREE, the folder that is checked: the clone, or
# the one that FRONTROW_TREE names.
# shellcheck shell=bash

TREE=${FRONTROW_TREE:-$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
cd "$TREE" || exit 1

# Every file that belongs to the project, one a line: what git tracks or would add, or, in a copy without
# git, all but the folders that git ignores.
tree_files() {
  git ls-files --cached --others --exclude-standard 2>/dev/null | while read -r file; do
    [[ ! -e $file ]] || printf '%s\n' "$file"
  done | sort -u | grep . ||
    find . \( -path ./.git -o -path './build*' -o -path ./data -o -path ./.cache \) -prune -o -type f -print |
    sed 's|^\./||' | sort
}

# finish WHAT: reads the findings, one a line; fails when there is one.
finish() {
  local findings
  findings=$(cat)
  if [[ -n $findings ]]; then
    printf '%s:\n%s\n' "$1" "$findings"
    exit 1
  fi
}
