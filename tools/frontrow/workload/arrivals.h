// Arrival times of the fans. Open loop: shape and seed fix the times before the first response, and
// the server's behaviour does not change them.
//
//   spike    most come at the start: density falls by e each sixth of the time
//   ramp     density grows evenly from zero
//   poisson  independent of each other at an even rate
//   csv      from a file: lines of `seconds,fans`, so many fans evenly from that second until the
//            next line's; the last step is as long as the one before it (one second if it is the
//            only one). A first line of letters and lines of '#' are skipped, and a byte order
//            mark, which spreadsheets write.
//
// Times are whole milliseconds since the start of the sale, never falling. One thread. Memory: the
// lines of the file, none for each fan.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/prng.h"
#include "engine/base/result.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow::drop {

struct ArrivalStep {
  std::int64_t from_ms = 0;
  std::uint64_t fans = 0;
};

// Bounds of a file of arrivals.
inline constexpr std::size_t kArrivalStepsMax = 100'000;
inline constexpr std::int64_t kArrivalSecondsMax = 86'400;

// Parses the text of such a file; the error names the line.
Result<std::vector<ArrivalStep>> parse_arrival_steps(std::string_view text);
std::uint64_t fans_in(const std::vector<ArrivalStep>& steps);

class Arrivals {
 public:
  struct Plan {
    Shape shape = Shape::kSpike;
    std::uint32_t fans = 0;
    std::int64_t over_ms = 0;        // not for kCsv
    std::vector<ArrivalStep> steps;  // kCsv: their sum is scaled to `fans`
    std::uint64_t seed = 0;          // kPoisson
  };
  explicit Arrivals(Plan plan);

  // Time of the next fan; empty once all have come.
  std::optional<std::int64_t> next_ms() const;
  void pop();

 private:
  double time_of(std::uint32_t fan);
  double csv_time(std::uint32_t fan);

  Plan plan_;
  Prng prng_;
  std::uint64_t total_ = 0;  // kCsv: fans in the file
  std::size_t step_ = 0;     // kCsv: of the next fan
  std::uint64_t before_step_ = 0;
  double poisson_ms_ = 0;
  std::uint32_t fan_ = 0;
  std::int64_t next_ms_ = 0;
};

}  // namespace frontrow::drop
