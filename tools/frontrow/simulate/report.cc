#include "tools/frontrow/simulate/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace frontrow::simulate {
namespace {

using drop::grouped;

void line(std::string& out, std::string_view name, const std::string& value) {
  out += fmt::format("{:<14}{}\n", name, value);
}

std::string span_text(double s) {
  if (s < 120) return fmt::format("{:.1f} s", s);
  const auto whole = static_cast<std::uint64_t>(s + 0.5);
  if (whole < 7'200) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3'600, whole % 3'600 / 60);
}

std::string span_text(const std::optional<double>& s) { return s ? span_text(*s) : "never"; }

double seconds_of(std::int64_t us) { return static_cast<double>(us) / 1e6; }

std::string quantiles_text(const LatencyHistogram& h) {
  if (h.count() == 0) return "no fans";
  return fmt::format("p50 {}, p90 {}, p99 {}, at most {}", span_text(seconds_of(h.quantile(0.5))),
                     span_text(seconds_of(h.quantile(0.9))),
                     span_text(seconds_of(h.quantile(0.99))), span_text(seconds_of(h.max())));
}

std::string outcomes_text(const CrowdFigures& crowd) {
  std::string text;
  for (std::size_t i = 0; i < drop::kOutcomes; ++i) {
    if (crowd.outcomes[i] != 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                          drop::name_of(static_cast<drop::Outcome>(i)), grouped(crowd.outcomes[i]));
  }
  return text;
}

double ns_each(double seconds, std::uint64_t count) {
  return count == 0 ? 0 : seconds * 1e9 / static_cast<double>(count);
}

std::string ending_text(const SaleRun& run) {
  if (run.ending == drop::Ending::kInterrupted) return "; the run was interrupted";
  return run.ending == drop::Ending::kLimit ? "; the run came to its time limit" : "";
}

void append_sale(std::string& out, const SaleRun& r) {
  line(out, "fans",
       fmt::format("{} arrived, {} admitted, {} bought", grouped(r.crowd.arrived),
                   grouped(r.core.admitted), grouped(r.crowd.bought)));
  line(out, "ended", outcomes_text(r.crowd));
  line(out, "seats",
       fmt::format("{} of {} sold, {:.2f} %; {} holds, {} of them expired, {} released; {} refused "
                   "(409)",
                   grouped(r.core.sold), grouped(r.seats), r.sold_percent(), grouped(r.core.holds),
                   grouped(r.core.holds_expired), grouped(r.core.holds_released),
                   grouped(r.crowd.conflicts)));
  if (r.crowd.waitlist.joined != 0) line(out, "waitlist", drop::waitlist_text(r.crowd.waitlist));
  line(out, "sold",
       fmt::format("half: {}, nine tenths: {}, the last: {}",
                   span_text(r.seconds_until(r.core.sold_half)),
                   span_text(r.seconds_until(r.core.sold_nine_tenths)),
                   span_text(r.seconds_until(r.core.sold_last))));
  line(out, "at most",
       fmt::format("{} waiting, {} inside ({} are allowed)", grouped(r.core.waiting_most),
                   grouped(r.core.active_most), grouped(r.sizes.max_active)));
  line(out, "expired",
       fmt::format("{} idle places, {} sessions", grouped(r.core.idle_left),
                   grouped(r.core.sessions_ended)));
  line(out, "waited", quantiles_text(r.crowd.line_time));
  line(out, "in vain", quantiles_text(r.crowd.in_vain_time));
  line(out, "in the shop", quantiles_text(r.crowd.shop_time));
  line(out, "requests",
       fmt::format("{}, {} of them polls", grouped(r.crowd.requests),
                   grouped(r.crowd.asks[static_cast<std::size_t>(drop::Ask::kPoll)])));
  line(out, "",
       fmt::format("at most {} a second until the last seat was sold, {} after that",
                   grouped(r.requests_most), grouped(r.requests_most_after)));
}

void append_cost(std::string& out, const SaleRun& r) {
  line(out, "log",
       fmt::format("{} records, {} events, {}, without the headers of the groups",
                   grouped(r.core.records), grouped(r.core.events),
                   drop::bytes_text(r.core.log_bytes)));
  line(
      out, "engine",
      fmt::format("{} commands, {} of them messages between slots: {:.1f} s of CPU, {:.0f} ns each",
                  grouped(r.commands), grouped(r.core.messages), r.engine_s,
                  ns_each(r.engine_s, r.commands)));
  line(out, "time",
       fmt::format("{} of the sale in {:.1f} s, CPU {:.1f} s; checked in {:.1f} s{}",
                   span_text(r.virtual_ms / 1000.0), r.wall_s, r.cpu_s, r.check_s, ending_text(r)));
  line(
      out, "memory",
      fmt::format("{} resident at most: {} for the fans who play, {:.0f} bytes a fan in the engine",
                  drop::bytes_text(r.resident_most), drop::bytes_text(r.crowd_bytes),
                  r.engine_bytes_a_fan()));
  line(out, "state hash", fmt::format("{:016x}", r.state_hash));
  out += fmt::format("\n{:<16}{:>14}{:>10}{:>12}\n", "command", "count", "ns each", "CPU s");
  for (const CommandCost& cost : r.costs) {
    // Skips kinds whose few timed commands were all discarded as interrupted.
    if (cost.seconds <= 0) continue;
    out += fmt::format("{:<16}{:>14}{:>10.0f}{:>12.2f}\n", cost.name, grouped(cost.count),
                       ns_each(cost.seconds, cost.count), cost.seconds);
  }
  out += fmt::format("{:<16}{:>14}{:>10}{:>12.2f}\n\n", "time passing", "", "", r.timers_s);
}

std::string short_span(const std::optional<double>& s) {
  return s ? fmt::format("{:.0f}", *s) : "never";
}

std::string quantile(const LatencyHistogram& h, double part) {
  if (h.count() == 0) return "-";
  return fmt::format("{:.0f}", seconds_of(h.quantile(part)));
}

constexpr const char* kRow =
    "{:>8}{:>8}{:>6}{:>9}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}{:>10}{:>9}{:>9}{:>12}{:>10}{:>8}{:>8}\n";

void append_rows(std::string& out, const Report& report) {
  out += fmt::format(fmt::runtime(kRow), "inside", "admit", "hold", "sold", "half", "9/10", "last",
                     "wait", "wait", "wait", "admitted", "expired", "refused", "waiting",
                     "requests", "engine", "memory");
  out += fmt::format(fmt::runtime(kRow), "at most", "a s", "s", "seats", "s", "s", "s", "p50 s",
                     "p90 s", "p99 s", "fans", "holds", "holds", "at most", "a s", "s", "MiB");
  for (const SaleRun& r : report.runs) {
    out +=
        fmt::format(fmt::runtime(kRow), r.sizes.max_active, r.sizes.admit_per_second,
                    r.sizes.hold_s, r.core.sold, short_span(r.seconds_until(r.core.sold_half)),
                    short_span(r.seconds_until(r.core.sold_nine_tenths)),
                    short_span(r.seconds_until(r.core.sold_last)), quantile(r.crowd.line_time, 0.5),
                    quantile(r.crowd.line_time, 0.9), quantile(r.crowd.line_time, 0.99),
                    r.core.admitted, r.core.holds_expired, r.crowd.conflicts, r.core.waiting_most,
                    r.requests_most, fmt::format("{:.1f}", r.engine_s), r.resident_most >> 20);
  }
  out += '\n';
  for (const SaleRun& r : report.runs) {
    out +=
        fmt::format("state hash {:016x} of {} inside, {} admitted a second, {} s{}\n", r.state_hash,
                    r.sizes.max_active, r.sizes.admit_per_second, r.sizes.hold_s, ending_text(r));
  }
  out += '\n';
}

}  // namespace

std::optional<double> SaleRun::seconds_until(Instant at) const {
  if (!at.is_set()) return std::nullopt;
  return static_cast<double>((at - start).ms) / 1000;
}

double SaleRun::sold_percent() const {
  return seats == 0 ? 0 : 100.0 * static_cast<double>(core.sold) / static_cast<double>(seats);
}

double SaleRun::engine_bytes_a_fan() const {
  const std::uint64_t others = resident_before + crowd_bytes;
  if (crowd.arrived == 0 || resident_most <= others) return 0;
  return static_cast<double>(resident_most - others) / static_cast<double>(crowd.arrived);
}

std::uint64_t Report::violations() const {
  std::uint64_t sum = 0;
  for (const SaleRun& run : runs) sum += run.violation_count;
  return sum;
}

std::string verdict(const Report& report) {
  for (const SaleRun& run : report.runs) {
    if (run.violation_count > 0)
      return fmt::format("FAILED: {} violations, the first: {}", grouped(report.violations()),
                         run.violations.front());
  }
  return "PASSED: invariants hold in every slot, no seat twice, no money made or lost, no fan "
         "overtaken, no fan over the cap";
}

std::string to_text(const Report& report) {
  std::string out = "\n";
  if (report.runs.size() == 1) {
    append_sale(out, report.runs.front());
    append_cost(out, report.runs.front());
  } else {
    append_rows(out, report);
  }
  out += verdict(report) + "\n";
  for (const SaleRun& run : report.runs) {
    for (const std::string& violation : run.violations) out += "  " + violation + "\n";
  }
  return out;
}

}  // namespace frontrow::simulate
