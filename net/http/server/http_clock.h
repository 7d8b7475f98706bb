// The time of one turn of an HTTP server: read once for all connections. Not thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/http/http_date.h"

namespace frontrow {

class HttpClock {
 public:
  HttpClock() { update(); }

  // Called at every readiness, flush and sweep: no response is dated earlier than the last sweep.
  void update();
  // Monotonic, as of the last update().
  std::int64_t now_ms() const { return now_ms_; }
  std::string_view date_line() const { return date_.line(); }

 private:
  std::int64_t now_ms_ = 0;
  HttpDate date_;  // kept up with now_ms_
};

}  // namespace frontrow
