// The counters of one HTTP server. Each is a sum since the start, except `open` and `unsent_bytes`.
#pragma once

#include <cstdint>

namespace frontrow {

struct HttpStats {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // over a cap of connections
  std::uint64_t evicted = 0;  // idle connections closed for a new one
  std::uint64_t open = 0;     // at present
  std::uint64_t requests = 0;
  std::uint64_t timeouts = 0;  // idle connections not counted
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t unsent_bytes = 0;  // memory of unsent responses, at present
  std::uint64_t shed = 0;          // connections closed because unsent_bytes exceeded its bound
  // Requests that the server itself refused, by status.
  std::uint64_t malformed_400 = 0;
  std::uint64_t timeout_408 = 0;
  std::uint64_t too_large_413 = 0;
  std::uint64_t uri_too_long_414 = 0;
  std::uint64_t expectation_417 = 0;
  std::uint64_t headers_431 = 0;
  std::uint64_t not_implemented_501 = 0;
  std::uint64_t overloaded_503 = 0;
  std::uint64_t version_505 = 0;

  void count_refusal(int status);
};

}  // namespace frontrow
