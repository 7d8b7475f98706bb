#include <fmt/format.h>

#include "net/json/json_writer.h"
#include "tools/frontrow/simulate/report.h"

namespace frontrow::simulate {
namespace {

constexpr const char* kShapes[] = {"spike", "ramp", "poisson", "csv"};
constexpr const char* kSpreads[] = {"fixed", "uniform", "exponential"};
constexpr const char* kEndings[] = {"done", "interrupted", "limit"};

void number(JsonWriter& json, const char* name, double value) {
  json.key(name).raw(fmt::format("{:.3f}", value));
}

void write_think(JsonWriter& json, const char* name, const drop::ThinkTime& think) {
  json.object(name).member("spread", kSpreads[static_cast<std::size_t>(think.spread)]);
  json.member("meanMs", think.mean_ms).end_object();
}

void write_settings(JsonWriter& json, const SimulateArgs& a) {
  json.object("settings").member("fans", a.fans).member("arriveMs", a.arrive_ms);
  json.member("shape", kShapes[static_cast<std::size_t>(a.shape)]).member("seed", a.seed);
  write_think(json, "think", a.think);
  write_think(json, "pay", a.pay);
  json.key("abandonPercent").raw(fmt::format("{}", a.abandon));
  json.key("expirePercent").raw(fmt::format("{}", a.expire));
  json.key("quantityPercent").raw(fmt::format("{}", a.quantity));
  json.key("waitlistPercent").raw(fmt::format("{}", a.waitlist));
  json.member("joinKeys", a.join_keys).member("limitMs", a.limit_ms);
  json.member("dates", a.dates).member("showings", a.showings).member("seats", a.seats);
  json.member("standing", a.standing).member("offerSeconds", a.offer_s);
  json.member("sessionSeconds", a.session_s).member("idleSeconds", a.idle_s).end_object();
}

void write_times(JsonWriter& json, const char* name, const LatencyHistogram& h) {
  json.object(name).member("count", h.count());
  number(json, "p50Seconds", static_cast<double>(h.quantile(0.5)) / 1e6);
  number(json, "p90Seconds", static_cast<double>(h.quantile(0.9)) / 1e6);
  number(json, "p99Seconds", static_cast<double>(h.quantile(0.99)) / 1e6);
  number(json, "maxSeconds", static_cast<double>(h.max()) / 1e6);
  json.end_object();
}

void write_when(JsonWriter& json, const char* name, const std::optional<double>& seconds) {
  if (seconds) return number(json, name, *seconds);
  json.key(name).null();
}

// Depends on the options alone.
void write_result(JsonWriter& json, const SaleRun& r) {
  json.object("result").member("ending", kEndings[static_cast<std::size_t>(r.ending)]);
  json.member("virtualMs", r.virtual_ms).member("arrived", r.crowd.arrived);
  json.member("admitted", r.core.admitted).member("bought", r.crowd.bought);
  json.member("seats", r.seats).member("sold", r.core.sold).member("holds", r.core.holds);
  number(json, "soldPercent", r.sold_percent());
  json.member("payments", r.core.payments);
  drop::write_waitlist(json, r.crowd.waitlist);
  json.member("holdsExpired", r.core.holds_expired).member("holdsReleased", r.core.holds_released);
  json.member("holdsRefused", r.crowd.conflicts).member("paid", r.crowd.paid);
  json.member("charged", r.crowd.charged).member("idleLeft", r.core.idle_left);
  json.member("sessionsEnded", r.core.sessions_ended);
  write_when(json, "soldHalfSeconds", r.seconds_until(r.core.sold_half));
  write_when(json, "soldNineTenthsSeconds", r.seconds_until(r.core.sold_nine_tenths));
  write_when(json, "soldLastSeconds", r.seconds_until(r.core.sold_last));
  json.member("waitingMost", r.core.waiting_most).member("activeMost", r.core.active_most);
  json.object("ended");
  for (std::size_t i = 0; i < drop::kOutcomes; ++i)
    json.member(drop::name_of(static_cast<drop::Outcome>(i)), r.crowd.outcomes[i]);
  json.end_object().object("requests").member("all", r.crowd.requests);
  for (std::size_t i = 0; i < drop::kAsks; ++i)
    json.member(drop::name_of(static_cast<drop::Ask>(i)), r.crowd.asks[i]);
  json.member("mostASecond", r.requests_most).member("mostASecondAfter", r.requests_most_after);
  json.end_object();
  write_times(json, "waited", r.crowd.line_time);
  write_times(json, "waitedInVain", r.crowd.in_vain_time);
  write_times(json, "inTheShop", r.crowd.shop_time);
  json.member("commands", r.commands).member("messages", r.core.messages);
  json.member("records", r.core.records).member("events", r.core.events);
  json.member("logBytes", r.core.log_bytes).member("violationCount", r.violation_count);
  json.array("violations");
  for (const std::string& violation : r.violations) json.value(violation);
  json.end_array().member("stateHash", fmt::format("{:016x}", r.state_hash)).end_object();
}

void write_measured(JsonWriter& json, const SaleRun& r) {
  json.object("measured");
  number(json, "seconds", r.wall_s);
  number(json, "cpuSeconds", r.cpu_s);
  number(json, "engineCpuSeconds", r.engine_s);
  number(json, "timersCpuSeconds", r.timers_s);
  number(json, "checkSeconds", r.check_s);
  json.member("residentBytesMost", r.resident_most).member("crowdBytes", r.crowd_bytes);
  number(json, "engineBytesAFan", r.engine_bytes_a_fan());
  json.array("commands");
  for (const CommandCost& cost : r.costs) {
    json.begin_object().member("name", cost.name).member("count", cost.count);
    number(json, "cpuSeconds", cost.seconds);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_samples(JsonWriter& json, const SaleRun& r) {
  json.array("samples");
  for (const Sample& s : r.samples) {
    json.begin_object().member("atMs", s.at_ms).member("arrived", s.arrived);
    json.member("waiting", s.waiting).member("active", s.active).member("held", s.held);
    json.member("sold", s.sold).member("requests", s.requests).member("polls", s.polls);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_settings(json, report.args);
  json.array("runs");
  for (const SaleRun& run : report.runs) {
    json.begin_object().member("maxActive", run.sizes.max_active);
    json.member("admitPerSecond", run.sizes.admit_per_second);
    json.member("holdSeconds", run.sizes.hold_s);
    write_result(json, run);
    write_measured(json, run);
    write_samples(json, run);
    json.end_object();
  }
  json.end_array().member("verdict", verdict(report)).end_object();
  out += '\n';
  return out;
}

}  // namespace frontrow::simulate
