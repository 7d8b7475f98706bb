#!/usr/bin/env bash
# The shipped program: position independent, read-only tables at run time (full RELRO), no executable stack, checked
# C library calls, stack protector and stack clash protection, marked and built for Intel CET; small, with its debug
# symbols in a separate file that gdb finds.
#
# Usage: hardened_binary.sh FRONTROW COMPILE_COMMANDS. Exit code 77 on machines other than x86-64.
set -euo pipefail
program=$1
commands=$2
[[ $(uname -m) == x86_64 ]] || exit 77
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $*"
  exit 1
}

# Into files: a grep that has found its line ends a pipe early, and with it its writer.
readelf -Wh "$program" >"$scratch/header"
grep -q 'Type: *DYN' "$scratch/header" || fail "not position independent"
readelf -Wd "$program" >"$scratch/dynamic"
grep -q 'FLAGS_1.*NOW.*PIE' "$scratch/dynamic" || fail "no BIND_NOW, or no PIE: $(grep FLAGS "$scratch/dynamic")"
readelf -Wl "$program" >"$scratch/segments"
grep -q GNU_RELRO "$scratch/segments" || fail "no RELRO segment"
grep 'GNU_STACK' "$scratch/segments" | grep -q 'RW ' || fail "executable stack"
! grep -q 'RWE' "$scratch/segments" || fail "a segment that is written to and executed"
readelf -Wn "$program" >"$scratch/notes"
grep -q 'x86 feature: IBT, SHSTK' "$scratch/notes" || fail "not marked for CET"
readelf -W --dyn-syms "$program" >"$scratch/symbols"
for symbol in __stack_chk_fail __memcpy_chk; do
  grep -q "UND $symbol" "$scratch/symbols" || fail "no use of $symbol"
done
# The mark is the linker's summary; the flags prove it for every object.
for flag in -fcf-protection=full -fstack-clash-protection -fstack-protector-strong -D_FORTIFY_SOURCE=2; do
  [[ -z $(grep '"command"' "$commands" | grep -E '/(engine|storage|net|tools)/[^ ]*[.]cc"?,?$|llhttp/[a-z]*[.]c"?,?$' | grep -v -e "$flag" | head -n 1) ]] ||
    fail "a source is compiled without $flag"
done
objdump -d --no-show-raw-insn --section=.text "$program" | grep -m 2000 -c endbr64 >"$scratch/landings" || true
(($(<"$scratch/landings") > 1000)) || fail "functions without landing pads"

# Debug information is in a file beside the program.
size=$(stat -c %s "$program")
((size < 8 << 20)) || fail "$size bytes"
readelf -WS "$program" >"$scratch/sections"
! grep -q '[.]debug_' "$scratch/sections" || fail "debug information is in the program"
grep -q '[.]gnu_debuglink' "$scratch/sections" || fail "no link to the debug information"
[[ -s $program.debug ]] || fail "no $program.debug"
readelf -WS "$program.debug" >"$scratch/debug" 2>/dev/null || true
grep -q '[.]debug_line' "$scratch/debug" || fail "no lines in $program.debug"
if command -v gdb >/dev/null; then
  gdb -nx -batch -ex 'info line main' "$program" >"$scratch/gdb" 2>&1 || true
  grep -q 'Line [0-9]* of ".*frontrow/main.cc"' "$scratch/gdb" || fail "gdb does not find the lines: $(<"$scratch/gdb")"
fi
# The installation of OPERATIONS.md.
cmake --install "$(dirname "$commands")" --prefix "$scratch/usr" >"$scratch/out" 2>&1 || fail "install: $(<"$scratch/out")"
[[ -x $scratch/usr/bin/frontrow && -s $scratch/usr/bin/.debug/frontrow.debug ]] || fail "installed: $(find "$scratch/usr")"
if command -v gdb >/dev/null; then
  gdb -nx -batch -ex 'info line main' "$scratch/usr/bin/frontrow" >"$scratch/gdb" 2>&1 || true
  grep -q 'Line [0-9]* of ".*frontrow/main.cc"' "$scratch/gdb" ||
    fail "gdb does not find the lines of the installed program"
fi
echo "hardened, $size bytes, symbols beside it"
