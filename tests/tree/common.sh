# Shared by the checks of the tree. Sourced, never run. Sets TREE, the folder to check: the clone, or the folder
# in FRONTROW_TREE.
# shellcheck shell=bash

TREE=${FRONTROW_TREE:-$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
cd "$TREE" || exit 1

# Every file of the project, one a line: the files that git tracks or would add, or, in a copy without git, all
# files outside the folders that git ignores.
tree_files() {
  git ls-files --cached --others --exclude-standard 2>/dev/null | while read -r file; do
    [[ ! -e $file ]] || printf '%s\n' "$file"
  done | sort -u | grep . ||
    find . \( -path ./.git -o -path './build*' -o -path ./data -o -path ./.cache \) -prune -o -type f -print |
    sed 's|^\./||' | sort
}

# finish TITLE: reads the findings, one a line; prints them under the title and fails if there is one.
finish() {
  local findings
  findings=$(cat)
  if [[ -n $findings ]]; then
    printf '%s:\n%s\n' "$1" "$findings"
    exit 1
  fi
}
