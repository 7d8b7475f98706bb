# The functions with which the folders declare their targets. The next build finds new files automatically.

# A room is a folder and a static library of every .cc directly in it. Rooms are declared from the ground up: a room
# stands ON rooms that were declared before it, so that there is no circle. A file may include headers of its own room
# and of all rooms below (the test tree.include_edges reads these declarations).
#
# frontrow_room(FOLDER [ON folder...] [LINKS target...] [SOURCES file...] [EACH_ALONE])
#   Several files make one translation unit (FRONTROW_UNITY), as most of the compiler's time goes into headers; so names
#   of a room's unnamed namespaces are unique within the room, unless it says EACH_ALONE.
#   SOURCES are generated files beside those of the folder. The library's name is the folder's without `engine/` and
#   `tools/frontrow/`: engine/core/codec is frontrow_core_codec, tools/frontrow/drop is frontrow_drop.
function(frontrow_room folder)
  cmake_parse_arguments(ARG "EACH_ALONE" "" "ON;LINKS;SOURCES" ${ARGN})
  frontrow_room_target(${folder} name)
  set(below)
  foreach(room ${ARG_ON})
    frontrow_room_target(${room} target)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "${folder} stands on ${room}, which is no room declared before it")
    endif()
    list(APPEND below ${target})
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${folder}/*.h)
  list(APPEND sources ${ARG_SOURCES})
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC frontrow_options ${below} ${ARG_LINKS})
    target_precompile_headers(${name} REUSE_FROM frontrow_precompiled)
    if(FRONTROW_UNITY AND NOT ARG_EACH_ALONE)
      set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE frontrow_options ${below} ${ARG_LINKS})
  endif()
  if(BUILD_TESTING AND FRONTROW_TREE_CHECKS)
    frontrow_header_check(${name} "${headers}")
  endif()
endfunction()

# frontrow_room_target(FOLDER VARIABLE): the library of a room.
function(frontrow_room_target folder variable)
  string(REGEX REPLACE "^(engine|tools/frontrow)/" "" name ${folder})
  string(REPLACE "/" "_" name ${name})
  set(${variable} frontrow_${name} PARENT_SCOPE)
endfunction()

# frontrow_embed(FUNCTION HEADER FILE): a text that is built into the program. FUNCTION(), which HEADER declares, gives
# the file's contents; the source file is appended to `embedded`.
function(frontrow_embed function header file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  file(READ ${CMAKE_SOURCE_DIR}/${file} text)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${function}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT
    "#include \"@header@\"\n\nnamespace frontrow {\n\nstd::string_view @function@() {\n  return R\"embedded(@text@)embedded\";\n}\n\n}  // namespace frontrow\n" @ONLY)
  list(APPEND embedded ${source})
  set(embedded ${embedded} PARENT_SCOPE)
endfunction()

# frontrow_pages(): the pages of net/pages, bundled by npm packages that the lock file pins, as a C++ table; the source
# file is appended to `embedded`.
function(frontrow_pages)
  find_program(NPM npm)
  find_program(NODE node)
  if(NOT NPM OR NOT NODE)
    message(FATAL_ERROR "node and npm bundle the pages of net/pages, and are missing: install the packages nodejs and npm")
  endif()
  set(folder ${CMAKE_SOURCE_DIR}/net/pages)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${folder}/fan/* ${folder}/board/* ${folder}/shared/* ${folder}/client/src/*)
  list(FILTER inputs EXCLUDE REGEX "schema\\.d\\.ts$")
  # npm's own record of what it has installed is older than a changed lock file.
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DNPM=${NPM} -DFOLDER=${folder} -DCACHE=${CMAKE_BINARY_DIR}/npm -P ${CMAKE_SOURCE_DIR}/tools/cmake/InstallPages.cmake
    COMMAND ${NODE} ${folder}/build.mjs --out ${CMAKE_CURRENT_BINARY_DIR}/pages --cc ${source}
    DEPENDS ${inputs} ${folder}/build.mjs ${folder}/package-lock.json ${CMAKE_SOURCE_DIR}/tools/cmake/InstallPages.cmake
    COMMENT "Bundling the pages"
    VERBATIM)
  list(APPEND embedded ${source})
  set(embedded ${embedded} PARENT_SCOPE)
endfunction()

# The headers that most files include, compiled once for all rooms.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "")
add_library(frontrow_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
target_link_libraries(frontrow_precompiled PRIVATE frontrow_options)
target_precompile_headers(frontrow_precompiled PRIVATE
  <algorithm> <array> <chrono> <cstdint> <functional> <memory> <optional> <span> <string>
  <string_view> <utility> <variant> <vector>)

# frontrow_split_symbols(PROGRAM): in a Release, moves the debug information of the linked program into
# PROGRAM.debug beside it, where gdb, perf and addr2line find it by the name and checksum that the program keeps.
function(frontrow_split_symbols program)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release" OR FRONTROW_SANITIZE OR NOT CMAKE_OBJCOPY OR NOT FRONTROW_SPLIT_SYMBOLS)
    return()
  endif()
  set(file $<TARGET_FILE:${program}>)
  # The stripped copy replaces the program in one rename: an interrupted build leaves no incomplete file.
  add_custom_command(TARGET ${program} POST_BUILD VERBATIM
    COMMAND ${CMAKE_OBJCOPY} --only-keep-debug --compress-debug-sections ${file} ${file}.debug
    COMMAND ${CMAKE_OBJCOPY} --strip-all --add-gnu-debuglink=${file}.debug ${file} ${file}.stripped
    COMMAND ${CMAKE_COMMAND} -E rename ${file}.stripped ${file}
    BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/${program}.debug)
  install(FILES ${file}.debug DESTINATION ${CMAKE_INSTALL_BINDIR}/.debug)
endfunction()

# frontrow_header_check(ROOM HEADERS): compiles each header by itself, without precompiled ones, as part of the target
# header_check. A header that depends on includes of other headers fails there.
function(frontrow_header_check room headers)
  if(NOT headers)
    return()
  endif()
  set(sources)
  foreach(header ${headers})
    set(source ${CMAKE_BINARY_DIR}/header_check/${header}.cc)
    # Included twice to test #pragma once.
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(${room}_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(${room}_headers PRIVATE ${room})
  # Only the front end is needed: no optimiser, no debug information.
  target_compile_options(${room}_headers PRIVATE -O0 -g0 -U_FORTIFY_SOURCE)
  set_target_properties(${room}_headers PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  if(NOT TARGET header_check)
    add_custom_target(header_check)
  endif()
  add_dependencies(header_check ${room}_headers)
endfunction()

# frontrow_tests(NAME LABEL DIRS LINKS...): one GoogleTest program of every .cc in DIRS and below.
#   Several files make one translation unit, because most of the compiler's time goes into headers that all of them
#   include. So names of a suite's unnamed namespaces are unique within the suite.
#   ctest knows each test by its name and by LABEL. Test suites whose name begins with "Thorough" or "Long" have the label
#   "thorough" or "long" in its place, and more time: tools/test --quick leaves out both, tools/test the long ones.
#   With a sanitizer, where a process takes a second to start and end, ctest knows LABEL.1 to LABEL.4, LABEL.thorough and
#   LABEL.long instead: GoogleTest deals out the tests of the quick tier among four processes.
function(frontrow_tests name label dirs)
  set(sources)
  foreach(dir ${dirs})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cc)
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    return()
  endif()
  frontrow_precompile_for_tests()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE frontrow_options ${ARGN} GTest::gtest GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM frontrow_tests_precompiled)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # The tests are listed when ctest starts, not after each link: the build runs no test program.
  # A cluster's programs and their clients keep two cores busy, and their tests measure pauses.
  set(processors 1)
  if(label STREQUAL "cluster")
    set(processors 2)
  endif()
  if(FRONTROW_SANITIZE)
    # A thread sanitizer finds nothing in tests of one thread; those with a long computation are left out.
    set(without "")
    if(FRONTROW_SANITIZE STREQUAL "thread")
      set(without ":*Simulation.*:RandomMapChanges.*:ClusterMap.*")
    endif()
    foreach(part RANGE 1 4)
      math(EXPR index "${part} - 1")
      add_test(NAME ${label}.${part} COMMAND ${name} --gtest_brief=1 "--gtest_filter=-Long*:Thorough*${without}")
      set_tests_properties(${label}.${part} PROPERTIES TIMEOUT 900 LABELS ${label} PROCESSORS ${processors}
        ENVIRONMENT "GTEST_TOTAL_SHARDS=4;GTEST_SHARD_INDEX=${index}")
    endforeach()
    add_test(NAME ${label}.thorough COMMAND ${name} --gtest_brief=1 --gtest_filter=Thorough*)
    set_tests_properties(${label}.thorough PROPERTIES TIMEOUT 1800 LABELS thorough PROCESSORS ${processors})
    add_test(NAME ${label}.long COMMAND ${name} --gtest_brief=1 --gtest_filter=Long*)
    set_tests_properties(${label}.long PROPERTIES TIMEOUT 7200 LABELS long PROCESSORS ${processors})
    return()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_FILTER "-Long*:Thorough*"
    PROPERTIES TIMEOUT 300 LABELS ${label} PROCESSORS ${processors})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_FILTER "Thorough*"
    PROPERTIES TIMEOUT 600 LABELS thorough PROCESSORS ${processors})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_FILTER "Long*"
    PROPERTIES TIMEOUT 1800 LABELS long PROCESSORS ${processors})
endfunction()

# The headers that most tests include, compiled once for all of them.
function(frontrow_precompile_for_tests)
  if(TARGET frontrow_tests_precompiled)
    return()
  endif()
  add_library(frontrow_tests_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
  target_link_libraries(frontrow_tests_precompiled PRIVATE frontrow_options GTest::gtest GTest::gmock)
  target_precompile_headers(frontrow_tests_precompiled PRIVATE
    <gtest/gtest.h> <algorithm> <array> <chrono> <cstdint> <functional> <memory> <optional> <span> <string>
    <string_view> <thread> <utility> <variant> <vector>)
endfunction()

# frontrow_test_support(NAME SOURCES... LINKS...): what several suites share, compiled once. LINKS are its rooms.
function(frontrow_test_support name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  foreach(room ${arg_LINKS})
    if(NOT TARGET ${room})
      return()
    endif()
  endforeach()
  frontrow_precompile_for_tests()
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC frontrow_options ${arg_LINKS} GTest::gtest GTest::gmock)
  target_precompile_headers(${name} REUSE_FROM frontrow_tests_precompiled)
endfunction()

# frontrow_fuzzers(DIR LINKS...): one program of each *_fuzz.cc in DIR, named as the file. With FRONTROW_FUZZ it is
#   libFuzzer's; otherwise it runs on its committed corpus, as the test fuzz.NAME.
function(frontrow_fuzzers dir)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*_fuzz.cc)
  foreach(source ${sources})
    cmake_path(GET source STEM name)
    string(REPLACE "_fuzz" "" corpus ${name})
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE frontrow_options ${ARGN})
    if(FRONTROW_FUZZ)
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/${dir}/replay_main.cc)
      add_test(NAME fuzz.${corpus} COMMAND ${name} ${CMAKE_SOURCE_DIR}/${dir}/corpus/${corpus})
      set_tests_properties(fuzz.${corpus} PROPERTIES TIMEOUT 300 LABELS fuzz)
    endif()
  endforeach()
endfunction()
