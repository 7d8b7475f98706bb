#!/usr/bin/env bash
# An include points to a header of the same room or of a room below it. The CMakeLists.txt of the top folders declare the
# rooms with frontrow_room(FOLDER ON FOLDER...), from the ground up, so that there is no circle. Includes of own headers
# use the full path. Only storage includes RocksDB, only net and tools include HTTP and JSON libraries, and the core has
# no thread, clock, randomness or I/O.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

# "ROOM ON BELOW... LINKS LIBRARY..." for each room, in order.
declared_rooms() {
  cat engine/CMakeLists.txt storage/CMakeLists.txt net/CMakeLists.txt tools/CMakeLists.txt | tr '\n' ' ' |
    grep -oE 'frontrow_room\([a-z][^)]*\)' | sed -E 's/frontrow_room\(//; s/\)//; s/ SOURCES .*//; s/ EACH_ALONE//; s/ +/ /g'
}

rooms=$(mktemp)
trap 'rm -f "$rooms"' EXIT
# The program's main() may include all of them.
{
  declared_rooms
  echo "tools/frontrow ON $(declared_rooms | cut -d ' ' -f 1 | tr '\n' ' ')"
} >"$rooms"

mapfile -t files < <(tree_files | grep -E '^(engine|storage|net|tools)/.*\.(h|cc)$')
awk -v rooms="$rooms" '
  # below[room, other]: a file of `room` may include one of `other`.
  BEGIN {
    while ((getline line < rooms) > 0) {
      n = split(line, word, " ")
      room = word[1]
      known[room] = 1
      below[room, room] = 1
      list = ""
      for (i = 2; i <= n; ++i) {
        if (word[i] == "ON" || word[i] == "LINKS") { list = word[i]; continue }
        if (list == "LINKS") { links[room, word[i]] = 1; continue }
        if (!(word[i] in known)) print room " stands on " word[i] ", which is not declared before it"
        for (other in known) if ((word[i], other) in below) below[room, other] = 1
      }
    }
    split("asio asio llhttp llhttp simdjson PkgConfig::SIMDJSON prometheus prometheus-cpp::core CLI CLI11::CLI11 " \
          "toml++ PkgConfig::TOMLPLUSPLUS openssl OpenSSL::Crypto zlib ZLIB::ZLIB fmt fmt::fmt boost Boost::headers " \
          "xxhash PkgConfig::XXHASH concurrentqueue concurrentqueue spdlog spdlog::spdlog rocksdb rocksdb_shared", pair, " ")
    for (i = 1; i in pair; i += 2) library[pair[i]] = pair[i + 1]
  }
  # A library brings macros that change its types: a file that includes it is compiled with them.
  function is_linked(room, name,   other) {
    for (other in known) if (((room, other) in below) && ((other, name) in links)) return 1
    return 0
  }
  function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
  FNR == 1 {
    mine = folder(FILENAME)
    if (!(mine in known)) print FILENAME ": " mine " is no room (frontrow_room in a CMakeLists.txt)"
  }
  /^[ \t]*#[ \t]*include[ \t]*["<]/ {
    match($0, /["<][^">]*[">]/)
    mark = substr($0, RSTART, 1)
    path = substr($0, RSTART + 1, RLENGTH - 2)
    if (mark == "\"") {
      if (!(folder(path) in known))
        print FILENAME ":" FNR ": " path " is no full path of a file in a room"
      else if (!((mine, folder(path)) in below))
        print FILENAME ":" FNR ": " mine " does not stand on the room of " path
    } else if (match(path, /[\/.]/) && substr(path, 1, RSTART - 1) in library &&
               !is_linked(mine, library[substr(path, 1, RSTART - 1)])) {
      print FILENAME ":" FNR ": " mine " does not link " library[substr(path, 1, RSTART - 1)] " of " path
    } else if (path ~ /^rocksdb\// && mine !~ /^storage\//) {
      print FILENAME ":" FNR ": only storage knows " path
    } else if (path ~ /^(asio|llhttp|simdjson|prometheus)([.\/]|$)/ && mine !~ /^(net|tools)(\/|$)/) {
      print FILENAME ":" FNR ": only net and tools know " path
    } else if (mine ~ /^engine\/core/ && path ~ /^(thread|mutex|atomic|chrono|random|iostream|fstream|filesystem|sys\/.*|unistd\.h)$/) {
      print FILENAME ":" FNR ": the core has no thread, clock, randomness or I/O: " path
    }
  }
' "${files[@]}" | finish "includes that point the wrong way"
