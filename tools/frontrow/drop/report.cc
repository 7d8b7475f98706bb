#include "tools/frontrow/drop/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace frontrow::drop {
namespace {

void line(std::string& out, std::string_view name, const std::string& value) {
  out += fmt::format("{:<14}{}\n", name, value);
}

std::string faults_text(const std::array<std::uint64_t, kFaults>& faults) {
  std::string text;
  for (std::size_t i = 1; i < kFaults; ++i) {
    if (faults[i] == 0 || i == static_cast<std::size_t>(Fault::kCut)) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(faults[i]),
                        name_of(static_cast<Fault>(i)));
  }
  return text.empty() ? "none" : text;
}

std::string statuses_text(const std::array<std::uint64_t, kStatusMax>& statuses) {
  std::string text;
  for (std::size_t i = 0; i < kStatusMax; ++i) {
    if (statuses[i] != 0)
      text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", i, grouped(statuses[i]));
  }
  return text;
}

std::string outcomes_text(const Tally& tally) {
  std::string text;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    if (tally.outcomes[i] != 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name_of(static_cast<Outcome>(i)),
                          grouped(tally.outcomes[i]));
  }
  return text;
}

void latency_row(std::string& out, const char* name, const LatencyHistogram& h) {
  if (h.count() == 0) return;
  out += fmt::format("{:<14}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n", name, grouped(h.count()),
                     time_text(h.quantile(0.5)), time_text(h.quantile(0.9)),
                     time_text(h.quantile(0.99)), time_text(h.quantile(0.999)), time_text(h.max()));
}

void latency_table(std::string& out, const Tally& tally) {
  out += fmt::format("\n{:<14}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "latency", "count", "p50",
                     "p90", "p99", "p99.9", "max");
  for (std::size_t i = 0; i < kAsks; ++i)
    latency_row(out, name_of(static_cast<Ask>(i)), tally.latency[i]);
  latency_row(out, "all", tally.all_latency);
  latency_row(out, "sent late by", tally.send_lag);
  latency_row(out, "in the line", tally.line_time);
  latency_row(out, "in the shop", tally.shop_time);
  out += "(from the moment at which a request was meant to be sent; nothing is left out)\n\n";
}

bool any_instance(const Report& r) {
  return std::any_of(r.instances.begin(), r.instances.end(),
                     [](const auto& instance) { return instance.has_value(); });
}

// Responses of each target, if there are several.
void target_table(std::string& out, const Report& r) {
  if (r.targets.size() < 2) return;
  std::size_t width = 14;
  for (const std::string& name : r.targets) width = std::max(width, name.size() + 2);
  out += fmt::format("{:<{}}{:>12}{:>12}{:>12}{:>12}{:>12}  {}{}\n", "target", width, "requests",
                     "answers", "p50", "p99", "max", "no answer",
                     any_instance(r) ? "; what was forwarded" : "");
  for (std::size_t i = 0; i < r.targets.size(); ++i) {
    const TargetTally& t = r.tally.targets[i];
    out += fmt::format("{:<{}}{:>12}{:>12}{:>12}{:>12}{:>12}  {}{}\n", r.targets[i], width,
                       grouped(t.requests), grouped(t.answers), time_text(t.latency.quantile(0.5)),
                       time_text(t.latency.quantile(0.99)), time_text(t.latency.max()),
                       faults_text(t.faults), forwards_text(r, i));
  }
  out += "\n";
}

std::string books_text(const Report& r) {
  if (!r.books) return "not checked: " + r.books_failure;
  std::string text = fmt::format(
      "{} fans, {} payments, revenue {} {}", grouped(r.books->fans), grouped(r.books->payments),
      grouped(static_cast<std::uint64_t>(r.books->revenue)), r.after.currency);
  if (r.books->unsure > 0)
    text += fmt::format(", {} paid without an acknowledgement", grouped(r.books->unsure));
  return text;
}

std::string cpu_text(const Report& r) {
  std::string text = fmt::format("generator {:.1f} s, {:.0f} % of one core", r.generator_cpu_s,
                                 r.seconds > 0 ? 100 * r.generator_cpu_s / r.seconds : 0);
  if (r.server_cpu_s) text += fmt::format("; server {:.1f} s in all", *r.server_cpu_s);
  return text;
}

void append_end(std::string& out, const Report& r) {
  line(out, "books", books_text(r));
  if (r.recover_sound)
    line(out, "recover",
         *r.recover_sound ? "verify finds the server's directory sound"
                          : "verify finds the server's directory damaged");
  line(out, "most inside",
       fmt::format("{} surely at once, {} are allowed", grouped(r.most_inside),
                   grouped(r.max_active)));
  out += "\n" + verdict(r) + "\n";
  for (const std::string& violation : r.violations) out += "  " + violation + "\n";
  if (r.violation_count > r.violations.size())
    out += fmt::format("  and {} more\n", grouped(r.violation_count - r.violations.size()));
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, " ");
  return digits;
}

std::string time_text(std::int64_t us) {
  if (us < 1000) return fmt::format("{} us", us);
  if (us < 1'000'000) return fmt::format("{:.1f} ms", static_cast<double>(us) / 1e3);
  return fmt::format("{:.2f} s", static_cast<double>(us) / 1e6);
}

// Two commands read the balance of a purchase, and each may go to another instance.
std::string forwards_text(const Report& r, std::size_t target) {
  if (target >= r.instances.size() || !r.instances[target]) return {};
  const InstanceView& view = *r.instances[target];
  const auto requests = static_cast<double>(r.tally.targets[target].requests);
  return fmt::format("; instance {}, {} slots, {} commands forwarded, {:.2f} a request",
                     view.instance, view.slots, grouped(view.forwarded),
                     requests > 0 ? static_cast<double>(view.forwarded) / requests : 0);
}

std::string waitlist_text(const WaitlistFigures& w) {
  return fmt::format("{} fans waited, {} offers, {} paid, {} lapsed", grouped(w.joined),
                     grouped(w.offers), grouped(w.paid), grouped(w.lapsed));
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 10 << 20) return fmt::format("{:.0f} KiB", static_cast<double>(bytes) / 1024);
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / (1 << 20));
}

std::string verdict(const Report& r) {
  if (r.violation_count > 0)
    return fmt::format("FAILED: {} violations, the first: {}", grouped(r.violation_count),
                       r.violations.front());
  if (r.recover_sound && !*r.recover_sound)
    return "FAILED: the server's directory is damaged, see above";
  if (!r.books) return "NOT CHECKED: " + r.books_failure;
  if (r.tally.unexpected() > 0)
    return fmt::format("FAILED: {} unexpected responses: {}", grouped(r.tally.unexpected()),
                       statuses_text(r.tally.unexpected_statuses));
  if (r.gave_up() > 0)
    return fmt::format("FAILED: {} fans never got an answer and gave up", grouped(r.gave_up()));
  return "PASSED: no seat twice, every payment there once, revenue adds up, no fan overtaken, "
         "no fan over the cap";
}

std::string to_text(const Report& r) {
  const Tally& t = r.tally;
  std::string out = "\n";
  line(out, "fans",
       fmt::format("{} arrived, {} in the line, {} admitted, {} bought", grouped(t.arrived),
                   grouped(t.joined), grouped(t.admitted), grouped(t.bought)));
  line(out, "ended", outcomes_text(t));
  if (r.ending == Ending::kInterrupted) line(out, "", "the run was interrupted");
  if (r.ending == Ending::kLimit) line(out, "", "the run came to its time limit");
  line(out, "seats",
       fmt::format("{} of {} sold, {:.2f} %; {} holds, {} times another fan was faster",
                   grouped(r.after.figures().sold), grouped(r.after.seats()),
                   r.after.sold_percent(), grouped(t.holds), grouped(t.conflicts)));
  if (t.waitlist.joined != 0) line(out, "waitlist", waitlist_text(t.waitlist));
  if (r.attack) {
    const AttackReport& a = *r.attack;
    line(out, "attack",
         fmt::format("{} bots joined, {} bought: {:.1f} % of the sold seats are the fans'",
                     grouped(a.joined), grouped(a.bought), 100 * a.honest_share(t.seats)));
    line(out, "",
         fmt::format("{} requests of bots: 429 x {}, {} refused otherwise, {} holds to be released",
                     grouped(a.requests), grouped(a.told_429), grouped(a.refused),
                     grouped(a.pest_holds)));
  }
  if (r.sold_out_s) line(out, "sold out", fmt::format("after {:.0f} s", *r.sold_out_s));
  line(out, "time",
       fmt::format("{:.1f} s, {} requests, {:.0f} a second, {:.0f} fans a second", r.seconds,
                   grouped(t.requests), static_cast<double>(t.requests) / r.seconds,
                   static_cast<double>(t.arrived) / r.seconds));
  line(out, "statuses", statuses_text(t.statuses));
  line(out, "told to wait",
       fmt::format("429 x {}, 503 x {}", grouped(t.told_429), grouped(t.told_503)));
  line(out, "no answer", faults_text(t.faults));
  line(out, "asked again",
       fmt::format("{}; {} connections cut off on purpose; {} answers were stored ones",
                   grouped(t.repeated), grouped(t.faults[static_cast<std::size_t>(Fault::kCut)]),
                   grouped(t.replayed)));
  line(out, "errors", grouped(t.errors()));
  line(out, "connections",
       fmt::format("{} open; {} open files allowed", grouped(r.connections_open),
                   grouped(r.open_files)));
  line(out, "CPU", cpu_text(r));
  line(out, "memory",
       fmt::format("{} resident at its peak, {} of it fans, tokens and seats",
                   bytes_text(r.memory_bytes), bytes_text(r.fan_bytes)));
  latency_table(out, t);
  target_table(out, r);
  append_end(out, r);
  return out;
}

}  // namespace frontrow::drop
