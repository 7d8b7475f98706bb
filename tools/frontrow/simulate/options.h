// The arguments of `frontrow simulate`, checked by the command line
// (tools/frontrow/cli/cli_simulate.cc).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/frontrow/workload/options.h"

namespace frontrow::simulate {

inline constexpr std::uint32_t kFansMax = 50'000'000;
// Rows of one comparison: all combinations of the given values.
inline constexpr std::size_t kRowsMax = 100;

// The three settings that an operator sizes.
struct Sizes {
  std::uint32_t max_active = 0;
  std::uint32_t admit_per_second = 0;
  std::uint32_t hold_s = 0;
};

struct SimulateArgs {
  std::uint32_t fans = 1'000'000;  // 0 with kCsv: number of fans in the file
  std::int64_t arrive_ms = 60'000;
  drop::Shape shape = drop::Shape::kSpike;
  std::string csv;  // kCsv
  drop::ThinkTime think{drop::Spread::kExponential, 5'000};
  drop::ThinkTime pay{drop::Spread::kExponential, 10'000};
  double abandon = 5;  // percentage of the fans, as are the next three
  double expire = 2;
  double quantity = 0;
  double waitlist = 0;
  bool join_keys = false;  // joins carry an idempotency key
  std::uint64_t seed = 1;
  std::int64_t limit_ms = 6 * 3'600'000;  // virtual time

  std::uint32_t dates = 4;  // as in drop::SaleOptions, and the next three too
  std::uint32_t showings = 1;
  std::uint32_t seats = 2'000;
  std::uint32_t standing = 0;
  std::uint32_t session_s = 600;
  std::uint32_t idle_s = 60;
  std::uint32_t offer_s = 300;
  std::vector<Sizes> rows;  // one run each; at least one

  std::string json;  // file to write; empty: none
};

}  // namespace frontrow::simulate
