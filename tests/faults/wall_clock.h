// The wall clock as the programs see it that are started while this lives; the machine's own stays
// as it is. By libfaketime, which answers the C library's calls in their place. The monotonic clock
// runs on untouched, as it does when an operator or NTP sets the wall clock.
#pragma once

#include <filesystem>
#include <string>

namespace frontrow::faults {

class WallClock {
 public:
  WallClock();
  ~WallClock();
  WallClock(const WallClock&) = delete;
  WallClock& operator=(const WallClock&) = delete;

  // Empty if it works here.
  const std::string& why_not() const { return why_not_; }
  // At once, for those that run too: so many seconds beside the machine's clock.
  void set_ahead(int seconds);

 private:
  std::filesystem::path directory_;
  std::string why_not_;
};

}  // namespace frontrow::faults
