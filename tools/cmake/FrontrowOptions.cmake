# The compiler's flags. Every layer links frontrow_options; foreign C code links frontrow_sanitizers only.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache requires this with precompiled headers.
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

# -g1: a crash of the shipped server names files and lines, at little cost in build time. The symbols are in
# frontrow.debug beside the program (frontrow_split_symbols).
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")
if(FRONTROW_IPO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

add_library(frontrow_sanitizers INTERFACE)
if(FRONTROW_SANITIZE)
  target_compile_options(frontrow_sanitizers INTERFACE
    -fsanitize=${FRONTROW_SANITIZE} -fno-sanitize-recover=all $<$<BOOL:${FRONTROW_FUZZ}>:-fsanitize=fuzzer-no-link>)
  target_link_options(frontrow_sanitizers INTERFACE -fsanitize=${FRONTROW_SANITIZE})
endif()

add_library(frontrow_options INTERFACE)
target_link_libraries(frontrow_options INTERFACE frontrow_sanitizers)
target_include_directories(frontrow_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(frontrow_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
  $<$<BOOL:${FRONTROW_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # FR_CHECK(!"a text") is intended; the embedded pages are long.
  target_compile_options(frontrow_options INTERFACE -Wno-string-conversion -Wno-overlength-strings)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 and 14 report false alarms of these in optimised code, each at other places (string and vector internals
  # mostly). They stay visible as warnings.
  set(false_alarms array-bounds stringop-overflow stringop-overread restrict free-nonheap-object
    maybe-uninitialized dangling-pointer)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    list(APPEND false_alarms dangling-reference)
  endif()
  list(TRANSFORM false_alarms PREPEND -Wno-error=)
  target_compile_options(frontrow_options INTERFACE ${false_alarms})
  if(CCACHE_PROGRAM)
    target_compile_options(frontrow_options INTERFACE -fpch-preprocess)
  endif()
  if(FRONTROW_SANITIZE)
    # -Wtsan: the thread sanitizer does not support std::atomic_thread_fence, which the libraries use.
    target_compile_options(frontrow_options INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
  endif()
endif()
# The flags of a hardened Release that the test tree.hardened_binary checks in the program.
if(FRONTROW_HARDEN AND NOT FRONTROW_SANITIZE)
  set(hardening "-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE")
  # Full RELRO: all of the dynamic linker's tables are written before main() and read-only from then on.
  set(hardening_link "-pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
    # Intel CET: landing pads for indirect branches, no return past the shadow stack. Debian's startup objects (crt1.o)
    # are not marked for it, so a linker option marks the program.
    string(APPEND hardening " -fcf-protection=full")
    string(APPEND hardening_link " -Wl,-z,ibt,-z,shstk")
  endif()
  string(APPEND CMAKE_C_FLAGS_RELEASE " ${hardening}")
  string(APPEND CMAKE_CXX_FLAGS_RELEASE " ${hardening}")
  string(APPEND CMAKE_EXE_LINKER_FLAGS_RELEASE " ${hardening_link}")
endif()
if(FRONTROW_HARDEN OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(frontrow_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
