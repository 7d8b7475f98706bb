// The arguments of `frontrow drop`, checked by the command line (tools/frontrow/cli/cli_drop.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/calendar.h"
#include "engine/base/result.h"

namespace frontrow::drop {

inline constexpr std::uint32_t kFansMax = 10'000'000;

// The parts of http://host:port.
struct Url {
  std::string host;  // without the brackets of an address
  std::string port;
  std::string authority;
};
// "http://host:port"; the error is appended to the text.
Result<Url> parse_url(const std::string& text);

// Distribution of the arrivals over their time; see arrivals.h.
enum class Shape : std::uint8_t { kSpike, kRamp, kPoisson, kCsv };

// Distribution of the time for one step: always the mean, uniform between zero and twice the mean,
// or with a long tail (exponential).
enum class Spread : std::uint8_t { kFixed, kUniform, kExponential };
struct ThinkTime {
  Spread spread = Spread::kUniform;
  std::int64_t mean_ms = 0;
};

// The sections of the concerts that `drop` and `simulate` create.
inline constexpr const char* kHallName = "all";
inline constexpr const char* kStandingName = "standing";
inline constexpr std::uint32_t kShowingsMax = 6;
// The showing of a date in minutes of the day: the first at ten o'clock, one every two hours.
constexpr std::int32_t minute_of_showing(std::uint32_t showing) {
  return 600 + 120 * static_cast<std::int32_t>(showing);
}
constexpr std::int64_t price_of_standing(std::int64_t price) { return (price + 1) / 2; }

// The concert that a run creates for itself.
struct SaleOptions {
  std::uint32_t dates = 4;      // days
  std::uint32_t showings = 1;   // of each date, at different times; one has no time
  std::uint32_t seats = 2'000;  // of each showing, in the hall
  std::uint32_t standing = 0;   // places of each showing, beside the seats
  std::int64_t price = 50'000;  // of a seat, minor units; a standing place costs half
  std::uint32_t max_active = 2'000;
  std::uint32_t admit_per_second = 1'000;
  std::uint32_t session_s = 120;
  std::uint32_t idle_s = 60;
  std::uint32_t hold_s = 30;
  std::uint32_t offer_s = 30;  // of the waitlist
};

// Shares of fans with a behaviour that a sale must withstand, in per cent of all; they overlap by
// chance.
struct Shares {
  double abandon = 5;
  double retry = 2;
  double double_click = 5;
  double two_tabs = 2;
  double expire = 2;
  double quantity = 0;   // holds by quantity, in place of a seat
  double waitlist = 30;  // wait for seats that come back
};

// Bots beside the fans.
struct AttackOptions {
  std::uint32_t bots = 0;         // that buy under names of their own; 0: no attack
  std::uint32_t rate = 2'000;     // further requests a second
  std::uint32_t hashes = 40'000;  // a second that their machine computes for challenges
  bool bare = false;              // the own server has neither limits nor challenges
};

// The keys of the dates, rising; `first_day` since 1970.
std::vector<Date> dates_of(const SaleOptions& sale, std::int32_t first_day);

struct DropArgs {
  std::vector<Url> targets;              // none: a server of its own
  std::string admin_key;                 // of the targets
  std::optional<std::uint32_t> concert;  // none: creates one
  std::uint32_t fans = 10'000;           // 0 with kCsv: number of fans in the file
  std::int64_t arrive_ms = 60'000;
  Shape shape = Shape::kSpike;
  std::string csv;  // kCsv
  std::uint32_t connections = 1'000;
  std::uint64_t seed = 1;
  std::int64_t think_ms = 200;          // mean of each step in the shop
  std::int64_t timeout_ms = 20'000;     // of one request
  std::int64_t limit_ms = 15 * 60'000;  // of the whole run
  bool stay = false;                    // in the line after the sell-out
  SaleOptions sale;
  Shares shares;
  AttackOptions attack;
  std::uint32_t server_threads = 1;  // of the own server
  std::string data_dir;              // of the own server; empty: a temporary one
  std::string json;                  // files to write; empty: none
  std::string html;
};

}  // namespace frontrow::drop
