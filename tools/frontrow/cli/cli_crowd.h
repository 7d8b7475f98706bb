// Options that `drop` and `simulate` share: the arrivals of the fans, some of their behaviours, and
// the size of the concert.
#pragma once

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "engine/core/protocol/limits.h"
#include "tools/frontrow/cli/cli_values.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow {

// The options are bound to members of this object and to the given variables; both must live until
// the command line is parsed. `Args` is drop::DropArgs or simulate::SimulateArgs, `Sale` the struct
// with the sizes of the concert.
class CrowdOptions : public OptionAdder {
 public:
  // The command with this object's options.
  CLI::App* command = nullptr;

  // --fans, --arrive, --shape.
  template <class Args>
  void add_arrivals(Args& args, std::int64_t fans_max, const char* shape_help) {
    fans_ = number("--fans", args.fans, "Number of fans", "fans", {1, fans_max});
    arrive_ = duration("--arrive", args.arrive_ms,
                       "Time over which the fans arrive; not with --shape csv", {1, 24 * kHourMs});
    text("--shape", shape_, shape_help, "SHAPE");
  }
  void add_abandon(double& share);
  void add_expire(double& share);
  void add_quantity(double& share);
  void add_waitlist(double& share);
  void add_seed(std::uint64_t& seed);
  // --json.
  void add_json(std::string& file, const char* help) { text("--json", file, help, "FILE"); }
  // --dates, --showings, --seats, --standing.
  template <class Sale>
  void add_dates(Sale& sale) {
    number("--dates", sale.dates, "Number of dates", "dates", {1, kDatesPerConcertMax});
    number("--showings", sale.showings,
           "Showings of each date, one every two hours from ten o'clock; 1: it has no time",
           "showings", {1, drop::kShowingsMax});
    number("--seats", sale.seats, "Numbered seats of each showing", "seats", {1, kSeatsPerDateMax});
    number("--standing", sale.standing,
           "Standing places of each showing beside the seats, at half of the price", "places",
           {0, kSeatsPerDateMax - 1});
  }
  // --offer-seconds.
  template <class Sale>
  void add_offers(Sale& sale) {
    number("--offer-seconds", sale.offer_s, "How long the waitlist offers seats to a fan",
           "seconds", {1, kOfferSecondsMax});
  }
  // Checks the sums of the options of add_dates(), after the parse.
  template <class Sale>
  static Status check_dates(const Sale& sale) {
    if (sale.dates * sale.showings > kDatesPerConcertMax) {
      return Error{fmt::format("--showings: {} dates of {} are more than {} showings", sale.dates,
                               sale.showings, kDatesPerConcertMax)};
    }
    if (sale.seats + sale.standing > kSeatsPerDateMax) {
      return Error{fmt::format("--standing: {} places and {} seats are more than {}", sale.standing,
                               sale.seats, kSeatsPerDateMax)};
    }
    return {};
  }
  // --session-seconds, --idle-seconds.
  template <class Sale>
  void add_patience(Sale& sale) {
    number("--session-seconds", sale.session_s, "How long an admitted fan may stay in the shop",
           "seconds", {1, kSessionSecondsMax});
    number("--idle-seconds", sale.idle_s,
           "A fan in the line who sends no request for this long loses the place", "seconds",
           {1, kIdleSecondsMax});
  }

  // Completes the arguments by --shape after the parse; the error names the invalid option.
  template <class Args>
  Status take_shape(Args& args) const {
    const auto shape = parse_shape(args.csv);
    if (!shape.ok()) return Error{shape.error()};
    args.shape = *shape;
    if (args.shape != drop::Shape::kCsv) return {};
    if (arrive_->count() > 0)
      return Error{"--arrive: cannot be combined with --shape csv, whose file has the times"};
    if (fans_->count() == 0) args.fans = 0;
    return {};
  }

 private:
  // spike, ramp, poisson or csv:FILE; `csv` is set to the file's name.
  Result<drop::Shape> parse_shape(std::string& csv) const;

  std::string shape_ = "spike";
  CLI::Option* fans_ = nullptr;
  CLI::Option* arrive_ = nullptr;
};

inline constexpr const char* kMaxActiveHelp = "Fans in the shop at a time";
inline constexpr const char* kAdmitPerSecondHelp = "Fans admitted each second at most";
inline constexpr const char* kHoldSecondsHelp = "How long a seat is held without payment";

}  // namespace frontrow
