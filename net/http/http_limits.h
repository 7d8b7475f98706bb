// All bounds of the HTTP front end in one table. The defaults are the design's; configuration may
// set each before a server is built. Sizes are bytes, times milliseconds; all bounds are inclusive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace frontrow {

struct HttpLimits {
  // One request.
  std::size_t request_line_bytes = 2 * 1024;  // without its CRLF
  std::size_t header_bytes = 8 * 1024;        // all header lines with their CRLF
  std::size_t header_count = 64;
  std::size_t body_bytes = 16 * 1024;
  std::size_t chunk_framing_bytes = 1024;  // sizes, extensions and line ends of a chunked body

  // Paths at or under this prefix may have larger bodies; the text must outlive the server.
  std::string_view large_body_prefix = "/v1/admin";
  std::size_t large_body_bytes = 8 * 1024 * 1024;  // a plan of 100,000 seats has about 5 MB
  std::size_t large_body_chunk_framing_bytes = 64 * 1024;

  // One connection.
  std::size_t pipelined_requests = 16;    // unanswered at a time; also taken in per turn
  std::size_t pipeline_burst = 4;         // taken in before other ready connections have their turn
  std::size_t output_bytes = 256 * 1024;  // unsent; beyond it reading stops and a stream is cut
  std::int64_t header_ms = 5'000;  // from the first byte of a request to the end of its header
  std::int64_t body_ms = 5'000;    // from the end of the header to the end of the body
  std::int64_t stalled_write_ms = 10'000;  // without any acknowledgement by the reader
  std::size_t write_rate_min = 1024;  // bytes a second, over three times stalled_write_ms; 0: none
  std::int64_t idle_ms = 75'000;      // between requests
  std::int64_t first_byte_ms = 10'000;  // from the accept to the first byte, within idle_ms
  std::int64_t linger_ms = 2'000;       // for the peer to read the last response before closing
  // From the first byte that a client does not acknowledge until its connection is dropped.
  std::int64_t unacknowledged_ms = 30'000;

  // All threads together.
  std::uint32_t connections = 10'000;
  // Of one client address (an IPv6 /64); 0: no cap. Private addresses, which are usually those of
  // proxies in the same network, are capped only if cap_private_addresses is set.
  std::uint32_t connections_per_address = 1000;
  bool cap_private_addresses = false;
  std::uint32_t ops_connections = 64;  // of the operators' own listener
  // Over the cap: for requests that the handler lets use the reserve, which must come in time.
  std::uint32_t reserved_connections = 32;
  std::int64_t reserve_ms = 2'000;
  // Minimum idle time before a used connection is evicted for a new one: its next request may be on
  // its way.
  std::int64_t settled_idle_ms = 1'000;

  // One thread.
  std::size_t input_bytes_per_thread = 64 * 1024 * 1024;    // requests that have not arrived whole
  std::size_t output_bytes_per_thread = 256 * 1024 * 1024;  // memory of unsent responses
  std::size_t view_cache_bytes_per_thread = 64 * 1024 * 1024;  // rendered seat maps and concerts
  std::uint32_t refusals = 64;  // connections over the cap that get a 503 at a time
  std::int64_t sweep_ms = 250;  // interval of the check for deadlines
};

}  // namespace frontrow
