# Configure, build and test by the presets of CMakePresets.json. Sourced after common.sh.
#
# A preset's files are in build/<preset> inside the clone, which git ignores.
# shellcheck shell=bash

# need_preset NAME: dies unless CMakePresets.json has it.
need_preset() {
  grep -q "\"name\": \"$1\"" "$ROOT/CMakePresets.json" ||
    die "no preset named $1; there are: debug, release, package, asan, tsan, fuzz"
}

# Identifies the environment of a build folder: when it changes (another release, compiler, or the clone was moved),
# cached results are wrong and the folder is configured afresh.
toolchain_stamp() {
  printf '%s|%s|%s|%s\n' "$ROOT" "$(debian_release)" "$(c++ -dumpfullversion 2>/dev/null || true)" \
    "$(cmake --version | head -n 1)"
}

# configure PRESET [CMAKE_ARGUMENT...]
configure() {
  local preset=$1 folder=$ROOT/build/$1 stamp log extra=()
  shift
  need_preset "$preset"
  command -v cmake >/dev/null || die "cmake is missing"
  stamp=$(toolchain_stamp)
  if [[ -f $folder/CMakeCache.txt && $(cat "$folder/toolchain.stamp" 2>/dev/null) != "$stamp" ]]; then
    rm -rf "$folder"
  fi
  mkdir -p "$folder" || die "can't write $folder"
  # Warnings are errors with known compilers; a newer one may have more of them.
  [[ -z $(debian_release) ]] || extra=(-DFRONTROW_WERROR=ON)
  log=$folder/configure.log
  if ! (cd "$ROOT" && cmake --preset "$preset" "${extra[@]}" "$@") >"$log" 2>&1; then
    cat "$log" >&2
    die "cmake could not configure the preset $preset: $(grep -m1 -A1 '^CMake Error' "$log" | tr '\n' ' ')"
  fi
  printf '%s\n' "$stamp" >"$folder/toolchain.stamp"
}

# build PRESET [TARGET...]: all targets when none is named.
build() {
  local preset=$1 targets=()
  shift
  [[ $# -eq 0 ]] || targets=(--target "$@")
  (cd "$ROOT" && without_aslr "$preset" cmake --build "build/$preset" -j "$(build_jobs)" "${targets[@]}") ||
    die "the build of the preset $preset failed"
}

# without_aslr PRESET COMMAND...: g++ 12's thread sanitizer fails with the address randomisation of newer kernels;
# commands of every other preset run unchanged.
without_aslr() {
  local preset=$1
  shift
  if [[ $preset == tsan ]] && setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

# Tests that run side by side: many of them wait for deadlines and other processes more than they compute.
test_jobs() { echo $((2 * $(nproc))); }

# run_ctest PRESET [CTEST_ARGUMENT...]: prints ctest's own output, summary last; returns its verdict.
run_ctest() {
  local preset=$1
  shift
  (cd "$ROOT" && without_aslr "$preset" ctest --preset "$preset" -j "$(test_jobs)" "$@")
}
