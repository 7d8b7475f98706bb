#!/usr/bin/env bash
# `frontrow --version` names the version of CMakeLists.txt and, in a clone with git, the commit.
#
# Usage: version.sh FRONTROW
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

version=$(sed -n 's/^project(frontrow VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
said=$("$1" --version)
[[ $said =~ ^frontrow\ $version(\ \([0-9a-f]{12}\+?\))?$ ]] || { echo "--version says \"$said\", the version is $version"; exit 1; }
if commit=$(git rev-parse -q --verify --short=12 HEAD 2>/dev/null); then
  # The program may be older than the newest commit, but it names one.
  [[ $said == *"("*")" ]] || { echo "--version names no commit; the newest is $commit"; exit 1; }
fi
