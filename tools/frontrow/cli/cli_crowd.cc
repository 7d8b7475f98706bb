#include "tools/frontrow/cli/cli_crowd.h"

#include <fmt/format.h>

#include <string_view>

namespace frontrow {

void CrowdOptions::add_abandon(double& share) {
  percent("--abandon", share,
          "Leave the line or the shop early, half of them without telling the server");
}

void CrowdOptions::add_expire(double& share) {
  percent("--expire", share, "Let the hold expire, and then try to pay for it");
}

void CrowdOptions::add_quantity(double& share) {
  percent("--quantity", share,
          "Hold one to four seats by quantity, the best that are free, in place of a chosen seat");
}

void CrowdOptions::add_waitlist(double& share) {
  percent("--waitlist", share,
          "Join the waitlist where no seat is left, and take what comes back and is offered");
}

void CrowdOptions::add_seed(std::uint64_t& seed) {
  number("--seed", seed, "Seed of all random choices; the same seed repeats the same fans",
         "number", {0, INT64_MAX});
}

Result<drop::Shape> CrowdOptions::parse_shape(std::string& csv) const {
  constexpr std::string_view kCsv = "csv:";
  if (shape_ == "spike") return drop::Shape::kSpike;
  if (shape_ == "ramp") return drop::Shape::kRamp;
  if (shape_ == "poisson") return drop::Shape::kPoisson;
  if (!shape_.starts_with(kCsv) || shape_.size() == kCsv.size()) {
    return Error{
        fmt::format("--shape: must be spike, ramp, poisson or csv:FILE, not \"{}\"", shape_)};
  }
  csv = shape_.substr(kCsv.size());
  return drop::Shape::kCsv;
}

}  // namespace frontrow
