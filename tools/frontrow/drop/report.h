// Results of a run, as a table for the terminal, as JSON and as one page of HTML. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/frontrow/drop/books.h"
#include "tools/frontrow/drop/sale.h"
#include "tools/frontrow/drop/tally.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow {
class JsonWriter;
}  // namespace frontrow

namespace frontrow::drop {

enum class Ending : std::uint8_t { kDone, kInterrupted, kLimit };

// Bots beside the fans.
struct AttackReport {
  std::uint64_t joined = 0;
  std::uint64_t bought = 0;    // one seat each
  std::uint64_t told_429 = 0;  // of all bots
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::uint64_t pest_holds = 0;  // placed, to be released at once

  // The fans' share of the seats that were sold.
  double honest_share(std::uint64_t seats_of_fans) const {
    const auto all = static_cast<double>(seats_of_fans + bought);
    return all > 0 ? static_cast<double>(seats_of_fans) / all : 1;
  }
};

struct Report {
  DropArgs args;
  Ending ending = Ending::kDone;
  std::string started_at;  // RFC 3339
  std::vector<std::string> targets;
  // For each target that is one of several instances; `forwarded` counts only this run.
  std::vector<std::optional<InstanceView>> instances;
  bool own_server = false;
  SaleView before;
  SaleView after;
  Tally tally;
  std::optional<AttackReport> attack;

  double seconds = 0;  // from the first arrival until the last response
  std::uint32_t connections_open = 0;
  std::uint64_t open_files = 0;      // limit
  std::optional<double> sold_out_s;  // first seen by the monitor
  std::uint32_t most_inside = 0;
  std::uint32_t max_active = 0;  // the highest limit during the run

  double generator_cpu_s = 0;          // during `seconds`
  std::optional<double> server_cpu_s;  // of the own server, its whole life
  std::uint64_t memory_bytes = 0;      // resident at its peak
  std::uint64_t fan_bytes = 0;         // part of it for fans, tokens and their requests

  std::optional<BooksReport> books;   // empty: not checked
  std::string books_failure;          // reason if not checked
  std::optional<bool> recover_sound;  // of the own server's directory
  std::vector<std::string> violations;
  std::uint64_t violation_count = 0;

  // Transport errors are counted and the requests repeated; they are no failure by themselves. An
  // unexpected response is a failure, and so is a fan who never got a response.
  bool passed() const {
    return violation_count == 0 && books.has_value() && recover_sound.value_or(true) &&
           tally.unexpected() == 0 && gave_up() == 0;
  }
  std::uint64_t gave_up() const {
    return tally.outcomes[static_cast<std::size_t>(Outcome::kGaveUp)];
  }
};

// The result of the run in one sentence.
std::string verdict(const Report& report);

std::string to_text(const Report& report);
std::string to_json(const Report& report);
std::string to_html(const Report& report);

// "1 234 567", "12.3 ms", "4.5 s", "1.2 GiB": for people.
std::string grouped(std::uint64_t number);
std::string time_text(std::int64_t us);
std::string bytes_text(std::uint64_t bytes);
// The fans on the waitlist, and the outcomes of its offers.
std::string waitlist_text(const WaitlistFigures& waitlist);
void write_waitlist(JsonWriter& json, const WaitlistFigures& waitlist);
// "; instance 2, 1 365 slots, ..."; empty if the target is the only instance.
std::string forwards_text(const Report& report, std::size_t target);

}  // namespace frontrow::drop
