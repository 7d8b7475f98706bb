# All dependencies come from Debian packages (tools/packages.txt); the build downloads none.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# cctz, the time zone database's reader, has no CMake or pkg-config file.
find_library(CCTZ_LIBRARY cctz REQUIRED)
find_path(CCTZ_INCLUDE cctz/time_zone.h REQUIRED)
add_library(cctz SHARED IMPORTED)
set_target_properties(cctz PROPERTIES IMPORTED_LOCATION ${CCTZ_LIBRARY})
target_include_directories(cctz SYSTEM INTERFACE ${CCTZ_INCLUDE})

# RocksDB: the package's CMake config names optional compressors that need not be there.
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
find_path(ROCKSDB_INCLUDE rocksdb/db.h REQUIRED)
add_library(rocksdb_shared SHARED IMPORTED)
set_target_properties(rocksdb_shared PROPERTIES IMPORTED_LOCATION ${ROCKSDB_LIBRARY})
target_include_directories(rocksdb_shared SYSTEM INTERFACE ${ROCKSDB_INCLUDE})

# Standalone Asio and moodycamel are header-only.
find_path(ASIO_INCLUDE asio.hpp REQUIRED)
add_library(asio INTERFACE)
target_include_directories(asio SYSTEM INTERFACE ${ASIO_INCLUDE})
target_compile_definitions(asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
target_link_libraries(asio INTERFACE Threads::Threads)

# Debian 13 moved concurrentqueue's header one folder down: a generated header keeps the old name,
# <concurrentqueue/concurrentqueue.h>.
find_path(CONCURRENTQUEUE_FOLDER concurrentqueue.h
  PATH_SUFFIXES concurrentqueue/moodycamel concurrentqueue REQUIRED)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/forward/concurrentqueue/concurrentqueue.h
  CONTENT "#pragma once\n#pragma GCC system_header\n#include \"@CONCURRENTQUEUE_FOLDER@/concurrentqueue.h\"\n" @ONLY)
add_library(concurrentqueue INTERFACE)
target_include_directories(concurrentqueue SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/forward)

# llhttp: Debian 12 ships version 8 as C source in node-llhttp, Debian 13 a library in libllhttp-dev.
find_library(LLHTTP_LIBRARY llhttp)
if(LLHTTP_LIBRARY)
  find_path(LLHTTP_INCLUDE llhttp.h REQUIRED)
  add_library(llhttp SHARED IMPORTED)
  set_target_properties(llhttp PROPERTIES IMPORTED_LOCATION ${LLHTTP_LIBRARY})
  target_include_directories(llhttp SYSTEM INTERFACE ${LLHTTP_INCLUDE})
else()
  find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH REQUIRED)
  set(LLHTTP_SOURCE /usr/share/llhttp)
  add_library(llhttp STATIC ${LLHTTP_SOURCE}/api.c ${LLHTTP_SOURCE}/http.c ${LLHTTP_SOURCE}/llhttp.c)
  target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
  target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
  # With SSE 4.2 llhttp scans 16 bytes of a header value at once (every x86-64 since 2009; main checks).
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
    target_compile_options(llhttp PRIVATE -msse4.2)
    target_compile_definitions(llhttp INTERFACE FRONTROW_NEEDS_SSE42)
  endif()
  target_link_libraries(llhttp PRIVATE frontrow_sanitizers)
endif()

# gRPC, for the shared log in etcd (storage/shared): a build without it works.
pkg_check_modules(GRPC IMPORTED_TARGET grpc++)
pkg_check_modules(PROTOBUF IMPORTED_TARGET protobuf)
find_program(PROTOC protoc)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin)
if(GRPC_FOUND AND PROTOBUF_FOUND AND PROTOC AND GRPC_CPP_PLUGIN)
  option(FRONTROW_ETCD "Build the shared log in etcd" ON)
else()
  message(STATUS "Built without etcd: install libgrpc++-dev, libprotobuf-dev and protobuf-compiler-grpc")
  set(FRONTROW_ETCD OFF)
endif()
