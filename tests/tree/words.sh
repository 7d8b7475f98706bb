#!/usr/bin/env bash
# Plain words, counted: pronouns without a noun ("what", "whoever", "nobody" ...) in the comments of the C++ files and in
# the documents, in a thousand words; and words that docs/GLOSSARY.md has retired, anywhere in the tree.
#
# The bound is that of LevelDB's comments.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"
bound_permille=0.5

mapfile -t code < <(tree_files | grep -E '^(engine|storage|net|tools|tests|bench)/.*\.(h|cc)$')
mapfile -t documents < <(tree_files | grep -E '^([A-Z]+|docs/.*)\.md$')

# pronouns TITLE KIND FILE...: prints the count, and fails with the lines when there are too many.
pronouns() {
  local title=$1 kind=$2
  shift 2
  awk -v title="$title" -v kind="$kind" -v bound="$bound_permille" '
    BEGIN {
      split("what whatever whichever whoever whomever nobody somebody everybody anybody someone anyone everyone", list, " ")
      for (i in list) is_pronoun[list[i]] = 1
    }
    FNR == 1 { fenced = 0 }
    kind == "documents" && /^```/ { fenced = !fenced; next }
    fenced { next }
    {
      text = $0
      if (kind == "comments") {
        if (!match(text, /(^|[^:"])\/\//)) next
        text = substr(text, RSTART + RLENGTH)
      } else {
        gsub(/`[^`]*`/, "", text)
      }
      n = split(tolower(text), word, /[^a-z'"'"']+/)
      for (i = 1; i <= n; ++i) {
        if (word[i] == "") continue
        ++words
        if (word[i] in is_pronoun) { ++hits; lines = lines FILENAME ":" FNR ": " $0 "\n" }
      }
    }
    END {
      printf "%s: %d pronouns without a noun in %d words, %.2f in a thousand\n", title, hits, words, words ? 1000 * hits / words : 0
      if (1000 * hits > bound * words) {
        printf "%smore than %s in a thousand: name the thing (CONTRIBUTING.md)\n", lines, bound
        exit 1
      }
    }' "$@"
}

pronouns "comments" comments "${code[@]}"
pronouns "documents" documents "${documents[@]}"

# The first column of the table "Retired words".
retired() {
  awk -F '|' '/^## Retired words/ { inside = 1 } inside && /^\| / && !/^\| (retired|---) / { print $2 }' docs/GLOSSARY.md |
    tr ',' '\n' | sed 's/^ *//; s/ *$//'
}
[[ $(retired | wc -l) -ge 5 ]] || { echo "docs/GLOSSARY.md lists no retired words"; exit 1; }
tree_files | grep -vE '^(docs/(GLOSSARY|CHANGELOG)\.md|tests/tree/words\.sh|LICENSE|tests/fuzz/corpus/.*)$' |
  { xargs grep -nIiF -f <(retired) -- || [[ $? -eq 123 ]]; } | finish "retired words (docs/GLOSSARY.md has the terms)"
