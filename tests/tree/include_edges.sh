#!/usr/bin/env bash
# An include may only point left: std <- engine/base <- engine/core <- engine/runtime <- { storage | net } <- tools.
# Includes of our own name the full path; RocksDB is known to storage only, HTTP and JSON to net only.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

tree_files | grep -E '^(engine|storage|net|tools)/.*\.(h|cc)$' | while read -r file; do
  awk -v file="$file" '
    function layer(path) {
      if (path ~ /^engine\/base\//) return "base"
      if (path ~ /^engine\/core\//) return "core"
      if (path ~ /^engine\/runtime\//) return "runtime"
      if (path ~ /^storage\//) return "storage"
      if (path ~ /^net\//) return "net"
      if (path ~ /^tools\//) return "tools"
      return ""
    }
    BEGIN {
      left["base"] = " base "
      left["core"] = " base core "
      left["runtime"] = " base core runtime "
      left["storage"] = left["runtime"] "storage "
      left["net"] = left["runtime"] "net "
      left["tools"] = left["runtime"] "storage net tools "
      mine = layer(file)
    }
    /^[ \t]*#[ \t]*include[ \t]*["<]/ {
      match($0, /["<][^">]*[">]/)
      mark = substr($0, RSTART, 1)
      path = substr($0, RSTART + 1, RLENGTH - 2)
      if (mark == "\"") {
        if (layer(path) == "")
          print file ":" FNR ": " path " is no full path of a layer"
        else if (index(left[mine], " " layer(path) " ") == 0)
          print file ":" FNR ": " mine " may not include " path
      } else if (path ~ /^rocksdb\// && mine != "storage") {
        print file ":" FNR ": only storage knows " path
      } else if (path ~ /^(asio|llhttp|simdjson|prometheus)([.\/]|$)/ && mine !~ /^(net|tools)$/) {
        print file ":" FNR ": only net knows " path
      } else if (mine == "core" && path ~ /^(thread|mutex|atomic|chrono|random|iostream|fstream|filesystem|sys\/.*|unistd\.h)$/) {
        print file ":" FNR ": the core has no thread, clock, randomness or I/O: " path
      }
    }
  ' "$file"
done | finish "includes that point the wrong way"
