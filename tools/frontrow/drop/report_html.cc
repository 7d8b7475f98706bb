#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "tools/frontrow/drop/chart.h"
#include "tools/frontrow/drop/report.h"
#include "tools/frontrow/drop/report_page.h"

namespace frontrow::drop {
namespace {

template <class Value>
Series series_of(const Tally& tally, std::string name, Value value) {
  Series series{std::move(name), {}};
  for (const Sample& sample : tally.samples) series.values.push_back(value(sample));
  return series;
}

double rate(std::uint64_t count, const Sample& s) {
  return s.length_ms == 0 ? 0 : static_cast<double>(count) * 1000 / s.length_ms;
}

std::string charts(const Tally& t) {
  std::vector<double> x;
  for (const Sample& s : t.samples) x.push_back(s.at_ms / 1000.0);
  const auto count = [](std::uint64_t n) { return static_cast<double>(n); };
  std::string out = "<div class=\"charts\">\n";
  Chart chart{"The line", "Fans who wait, and fans who are in the shop.", "", x, {}};
  chart.series = {
      series_of(t, "waiting", [&](const Sample& s) { return count(s.server.waiting); }),
      series_of(t, "in the shop", [&](const Sample& s) { return count(s.server.active); })};
  out += to_figure(chart);
  chart = {"Fans so far", "Who came, who was let in, who bought.", "", x, {}};
  chart.series = {series_of(t, "arrived", [&](const Sample& s) { return count(s.arrived); }),
                  series_of(t, "admitted", [&](const Sample& s) { return count(s.admitted); }),
                  series_of(t, "bought", [&](const Sample& s) { return count(s.bought); })};
  out += to_figure(chart);
  chart = {"Seats", "Sold, and held for the moment.", "", x, {}, true};
  chart.series = {series_of(t, "sold", [&](const Sample& s) { return count(s.server.sold); }),
                  series_of(t, "held", [&](const Sample& s) { return count(s.server.held); })};
  out += to_figure(chart);
  chart = {"Requests a second", "Those that were answered.", "", x, {}};
  chart.series = {series_of(t, "requests", [](const Sample& s) { return rate(s.answers, s); })};
  out += to_figure(chart);
  chart = {"Latency", "From when a request was meant to be sent, milliseconds, logarithmic.",
           "",        x,
           {},        false,
           true};
  // A second without responses has no latency.
  const auto ms = [](std::uint32_t us) { return us == 0 ? -1 : us / 1e3; };
  chart.series = {series_of(t, "half are faster", [&](const Sample& s) { return ms(s.p50_us); }),
                  series_of(t, "90 %", [&](const Sample& s) { return ms(s.p90_us); }),
                  series_of(t, "99 %", [&](const Sample& s) { return ms(s.p99_us); }),
                  series_of(t, "slowest", [&](const Sample& s) { return ms(s.max_us); })};
  out += to_figure(chart);
  chart = {"Answers by status, a second",
           "409: another fan was faster. Told to wait: 429 and 503 with Retry-After.",
           "",
           x,
           {},
           true};
  for (std::size_t i = 0; i < kStatusClasses; ++i) {
    chart.series.push_back(series_of(t, name_of(static_cast<StatusClass>(i)),
                                     [i](const Sample& s) { return rate(s.classes[i], s); }));
  }
  return out + to_figure(chart) + "</div>\n";
}

std::string tile(const std::string& name, const std::string& value, const std::string& note) {
  return fmt::format("<div class=\"tile\"><small>{}</small><b>{}</b><small>{}</small></div>\n",
                     escape_html(name), escape_html(value), escape_html(note));
}

std::string tiles(const Report& r) {
  const Tally& t = r.tally;
  std::string out = "<div class=\"tiles\">\n";
  out += tile("Fans", grouped(t.arrived), fmt::format("{} of them let in", grouped(t.admitted)));
  out += tile("Seats sold", grouped(r.after.figures().sold),
              fmt::format("of {}, {:.2f} %", grouped(r.after.seats()), r.after.sold_percent()));
  if (t.waitlist.joined != 0)
    out += tile("From the waitlist", grouped(t.waitlist.paid),
                fmt::format("of {} offers, to {} fans who waited", grouped(t.waitlist.offers),
                            grouped(t.waitlist.joined)));
  out += tile("Revenue", grouped(static_cast<std::uint64_t>(t.revenue)), r.after.currency);
  out += tile("Sold out", r.sold_out_s ? fmt::format("{:.0f} s", *r.sold_out_s) : "no",
              r.sold_out_s ? "after the start" : "seats are left");
  out += tile("In the line", time_text(t.line_time.quantile(0.5)),
              fmt::format("half of those let in waited less; 99 % less than {}",
                          time_text(t.line_time.quantile(0.99))));
  out += tile("Answer time", time_text(t.all_latency.quantile(0.99)),
              fmt::format("99 % are faster; half are faster than {}",
                          time_text(t.all_latency.quantile(0.5))));
  out += tile("Told to wait", grouped(t.told_429 + t.told_503), "429 and 503, obeyed");
  out += tile("Errors", grouped(t.errors()), "no answer, or a wrong one");
  return out + "</div>\n";
}

std::string row(const std::vector<std::string>& cells, const char* tag) {
  std::string out = "<tr>";
  for (const std::string& cell : cells)
    out += fmt::format("<{}>{}</{}>", tag, escape_html(cell), tag);
  return out + "</tr>\n";
}

std::string latency_table(const Tally& t) {
  std::string out = "<div class=\"scroll\"><table>\n";
  out += row({"Request", "count", "half", "90 %", "99 %", "99.9 %", "slowest"}, "th");
  const auto add = [&out](const char* name, const LatencyHistogram& h) {
    if (h.count() == 0) return;
    out += row({name, grouped(h.count()), time_text(h.quantile(0.5)), time_text(h.quantile(0.9)),
                time_text(h.quantile(0.99)), time_text(h.quantile(0.999)), time_text(h.max())},
               "td");
  };
  for (std::size_t i = 0; i < kAsks; ++i) add(name_of(static_cast<Ask>(i)), t.latency[i]);
  add("all", t.all_latency);
  add("sent late by", t.send_lag);
  return out + "</table></div>\n";
}

std::string facts_table(const Report& r) {
  const Tally& t = r.tally;
  std::string out = "<div class=\"scroll\"><table>\n";
  const auto add = [&out](const std::string& name, const std::string& value) {
    out += row({name, value}, "td");
  };
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    if (t.outcomes[i] != 0)
      add(fmt::format("fans: {}", name_of(static_cast<Outcome>(i))), grouped(t.outcomes[i]));
  }
  for (std::size_t i = 0; i < kStatusMax; ++i) {
    if (t.statuses[i] != 0) add(fmt::format("status {}", i), grouped(t.statuses[i]));
  }
  for (std::size_t i = 1; i < kFaults; ++i) {
    if (t.faults[i] != 0)
      add(fmt::format("no answer: {}", name_of(static_cast<Fault>(i))), grouped(t.faults[i]));
  }
  for (std::size_t i = 0; r.targets.size() > 1 && i < r.targets.size(); ++i) {
    const TargetTally& target = t.targets[i];
    add(r.targets[i],
        fmt::format("{} requests, half answered within {}, 99 % within {}; no answer: {}{}",
                    grouped(target.requests), time_text(target.latency.quantile(0.5)),
                    time_text(target.latency.quantile(0.99)), grouped(target.errors()),
                    forwards_text(r, i)));
  }
  add("requests asked again with the same key", grouped(t.repeated));
  add("answers that were stored ones", grouped(t.replayed));
  add("holds", grouped(t.holds));
  add("another fan was faster", grouped(t.conflicts));
  add("waitlist", waitlist_text(t.waitlist));
  add("fans surely in the shop at once",
      fmt::format("{} of {} allowed", grouped(r.most_inside), grouped(r.max_active)));
  add("connections", grouped(r.connections_open));
  add("generator", fmt::format("{:.1f} s of CPU in {:.1f} s, {} of memory", r.generator_cpu_s,
                               r.seconds, bytes_text(r.memory_bytes)));
  add("seed", std::to_string(r.args.seed));
  return out + "</table></div>\n";
}

std::string verdict_box(const Report& r) {
  const bool failed = r.violation_count > 0 || !r.recover_sound.value_or(true) ||
                      (r.books.has_value() && !r.passed());
  std::string out =
      fmt::format("<div class=\"verdict {}\">{}", failed ? "bad" : (r.passed() ? "good" : "warn"),
                  escape_html(verdict(r)));
  if (!r.violations.empty()) {
    out += "<ul>";
    for (const std::string& violation : r.violations)
      out += fmt::format("<li>{}</li>", escape_html(violation));
    out += "</ul>";
  }
  return out + "</div>\n";
}

// The page with each $(name) replaced by its value. Values are not searched for names.
std::string fill(std::string_view page, const std::map<std::string_view, std::string>& values) {
  std::string out;
  for (std::size_t begin = page.find("$("); begin != page.npos; begin = page.find("$(")) {
    const std::size_t end = page.find(')', begin);
    FR_CHECK(end != page.npos);
    const auto value = values.find(page.substr(begin + 2, end - begin - 2));
    FR_CHECK(value != values.end());
    out.append(page.substr(0, begin)).append(value->second);
    page.remove_prefix(end + 1);
  }
  return out.append(page);
}

}  // namespace

std::string to_html(const Report& r) {
  constexpr const char* kEndings[] = {"", " It was interrupted.", " It ended at its time limit."};
  std::string targets;
  for (const std::string& target : r.targets) targets += (targets.empty() ? "" : ", ") + target;
  const std::string run =
      fmt::format("{}, {:.1f} s, against {}.{}", escape_html(r.started_at), r.seconds,
                  escape_html(r.own_server ? "a server of its own" : targets),
                  kEndings[static_cast<std::size_t>(r.ending)]);
  return fill(report_page(), {{"style", std::string(base_style())},
                              {"title", escape_html(r.after.title)},
                              {"run", run},
                              {"verdict", verdict_box(r)},
                              {"tiles", tiles(r)},
                              {"charts", charts(r.tally)},
                              {"latency", latency_table(r.tally)},
                              {"facts", facts_table(r)}});
}

}  // namespace frontrow::drop
