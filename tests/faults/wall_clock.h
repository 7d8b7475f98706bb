// Moves the wall clock of programs that are started during its lifetime; the machine's own clock
// does not change. It uses libfaketime, which replaces calls of the C library. The monotonic clock
// is not affected, as when an operator or NTP sets the wall clock.
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

  // Empty if libfaketime works here.
  const std::string& why_not() const { return why_not_; }
  // Sets the offset to the machine's clock, in seconds; takes effect at once, in running programs
  // too.
  void set_ahead(int seconds);

 private:
  std::filesystem::path directory_;
  std::string why_not_;
};

}  // namespace frontrow::faults
