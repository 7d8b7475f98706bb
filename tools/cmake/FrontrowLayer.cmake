# The functions by which the folders declare their targets. New files are found by themselves at the next build.

# frontrow_layer(NAME DIR [LINKS target...] [HEAVY header...])
#   One static library per layer from every .cc in DIR (not recursive into other layers).
#   HEAVY names third-party headers that this layer precompiles.
function(frontrow_layer name dir)
  cmake_parse_arguments(ARG "" "" "LINKS;HEAVY" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cc)
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC frontrow_options ${ARG_LINKS})
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <chrono> <cstdint> <functional> <memory> <optional> <span> <string>
    <string_view> <utility> <variant> <vector> ${ARG_HEAVY})
  if(BUILD_TESTING AND FRONTROW_TREE_CHECKS)
    frontrow_header_check(${name} ${dir})
  endif()
endfunction()

# frontrow_split_symbols(PROGRAM): in a Release, moves the debug information of the linked program into
# PROGRAM.debug beside it, where gdb, perf and addr2line find it by the name and checksum that the program keeps.
function(frontrow_split_symbols program)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release" OR FRONTROW_SANITIZE OR NOT CMAKE_OBJCOPY)
    return()
  endif()
  set(file $<TARGET_FILE:${program}>)
  # The draft is replaced by its stripped copy in one rename: a build that is cut off leaves nothing half done.
  add_custom_command(TARGET ${program} POST_BUILD VERBATIM
    COMMAND ${CMAKE_OBJCOPY} --only-keep-debug --compress-debug-sections ${file} ${file}.debug
    COMMAND ${CMAKE_OBJCOPY} --strip-all --add-gnu-debuglink=${file}.debug ${file} ${file}.stripped
    COMMAND ${CMAKE_COMMAND} -E rename ${file}.stripped ${file}
    BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/${program}.debug)
  install(FILES ${file}.debug DESTINATION ${CMAKE_INSTALL_BINDIR}/.debug)
endfunction()

# frontrow_header_check(LAYER DIR): compiles each header of DIR by itself, without precompiled ones, as part of
# the target header_check. A header that leans on what others include first fails there.
function(frontrow_header_check layer dir)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${dir}/*.h)
  if(NOT headers)
    return()
  endif()
  set(sources)
  foreach(header ${headers})
    set(source ${CMAKE_BINARY_DIR}/header_check/${header}.cc)
    # Twice: the second time, #pragma once must hold.
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(${layer}_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(${layer}_headers PRIVATE ${layer})
  # Only the front end is wanted: no optimiser, no debug information.
  target_compile_options(${layer}_headers PRIVATE -O0 -g0 -U_FORTIFY_SOURCE)
  set_target_properties(${layer}_headers PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  if(NOT TARGET header_check)
    add_custom_target(header_check)
  endif()
  add_dependencies(header_check ${layer}_headers)
endfunction()

# frontrow_tests(NAME DIR LINKS...): one GoogleTest program of every .cc in DIR.
#   Several files make one translation unit: most of the compiler's time goes into headers that all of them include.
#   So names of a suite's unnamed namespaces are unique within the suite.
#   ctest knows each test by its name and by the label DIR's last folder ("core", "net", ...). Test suites
#   whose name begins with "Long" have the label "long" in its place, and more time.
function(frontrow_tests name dir)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cc)
  if(NOT sources)
    return()
  endif()
  cmake_path(GET dir FILENAME label)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE frontrow_options ${ARGN} GTest::gtest GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} PRIVATE <gtest/gtest.h> <string> <vector> <memory>)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # The tests are listed when ctest starts, not after each link: the build runs no test program.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_FILTER "-Long*"
    PROPERTIES TIMEOUT 300 LABELS ${label})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_FILTER "Long*"
    PROPERTIES TIMEOUT 1800 LABELS long)
endfunction()

# frontrow_fuzzers(DIR LINKS...): one libFuzzer program of each *_fuzz.cc in DIR, named as the file.
function(frontrow_fuzzers dir)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*_fuzz.cc)
  foreach(source ${sources})
    cmake_path(GET source STEM name)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE frontrow_options ${ARGN})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
endfunction()
