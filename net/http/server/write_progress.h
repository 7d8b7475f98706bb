// The client's progress in taking responses, measured by the bytes that its side has acknowledged:
// the kernel's buffer can hold minutes of a slow reader's output. Not thread-safe.
#pragma once

#include <cstdint>

#include "net/http/http_limits.h"

namespace frontrow {

// Bytes given to the kernel that the other side has not acknowledged.
std::uint64_t unacknowledged_bytes(int fd);

class WriteProgress {
 public:
  void add_given(std::uint64_t bytes) { given_ += bytes; }

  // The kernel's buffer is full: the measurement begins.
  void begin(int fd, std::int64_t now_ms);
  void measure(int fd, std::int64_t now_ms);
  // False: the client has acknowledged no bytes for stalled_write_ms, or less than the lowest rate
  // over the window.
  bool suffices(int fd, std::int64_t now_ms, const HttpLimits& limits);

  // When the last growth was seen, since begin().
  std::int64_t since_ms() const { return since_ms_; }

 private:
  std::uint64_t given_ = 0;         // bytes that the kernel took, since the connection began
  std::uint64_t acknowledged_ = 0;  // of `given_`, at the last check
  std::int64_t since_ms_ = 0;
  std::uint64_t window_bytes_ = 0;  // `acknowledged_` when the running window of the rate began
  std::int64_t window_since_ms_ = 0;
};

}  // namespace frontrow
