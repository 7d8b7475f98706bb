#include "net/json/json_writer.h"
#include "tools/frontrow/drop/report.h"

namespace frontrow::drop {
namespace {

constexpr const char* kShapes[] = {"spike", "ramp", "poisson", "csv"};
constexpr const char* kEndings[] = {"done", "interrupted", "limit"};

// Milliseconds with three decimal places.
std::string ms(std::int64_t us) { return fmt::format("{:.3f}", static_cast<double>(us) / 1000); }

void write_latency(JsonWriter& json, std::string_view name, const LatencyHistogram& h) {
  json.object(name).member("count", h.count());
  json.key("meanMs").raw(ms(static_cast<std::int64_t>(h.mean())));
  json.key("p50Ms").raw(ms(h.quantile(0.5)));
  json.key("p90Ms").raw(ms(h.quantile(0.9)));
  json.key("p99Ms").raw(ms(h.quantile(0.99)));
  json.key("p999Ms").raw(ms(h.quantile(0.999)));
  json.key("maxMs").raw(ms(h.max())).end_object();
}

void write_settings(JsonWriter& json, const Report& r) {
  const DropArgs& a = r.args;
  json.object("settings").member("fans", a.fans).member("arriveMs", a.arrive_ms);
  json.member("shape", kShapes[static_cast<std::size_t>(a.shape)]);
  json.member("connections", a.connections)
      .member("seed", a.seed)
      .member("thinkMs", a.think_ms)
      .member("timeoutMs", a.timeout_ms)
      .member("limitMs", a.limit_ms);
  const auto share = [&json](const char* name, double percent) {
    json.key(name).raw(fmt::format("{}", percent));
  };
  share("abandonPercent", a.shares.abandon);
  share("retryPercent", a.shares.retry);
  share("doubleClickPercent", a.shares.double_click);
  share("twoTabsPercent", a.shares.two_tabs);
  share("expirePercent", a.shares.expire);
  share("quantityPercent", a.shares.quantity);
  share("waitlistPercent", a.shares.waitlist);
  json.array("targets");
  for (const std::string& target : r.targets) json.value(target);
  json.end_array().member("ownServer", r.own_server).end_object();
}

void write_sale(JsonWriter& json, const Report& r) {
  json.object("sale").member("concertId", r.after.concert).member("title", r.after.title);
  json.member("seats", r.after.seats()).member("currency", r.after.currency);
  json.member("maxActive", r.max_active).member("admitPerSecond", r.after.admit_per_second);
  json.member("holdSeconds", r.after.hold_s).member("offerSeconds", r.after.offer_s);
  json.member("sold", r.after.figures().sold);
  json.key("soldPercent").raw(fmt::format("{:.3f}", r.after.sold_percent()));
  json.member("revenue", r.after.revenue).key("soldOutSeconds");
  if (r.sold_out_s) {
    json.raw(fmt::format("{:.1f}", *r.sold_out_s));
  } else {
    json.null();
  }
  json.end_object();
}

void write_faults(JsonWriter& json, const std::array<std::uint64_t, kFaults>& faults) {
  json.object("noAnswer");
  for (std::size_t i = 1; i < kFaults; ++i) json.member(name_of(static_cast<Fault>(i)), faults[i]);
  json.end_object();
}

void write_totals(JsonWriter& json, const Report& r) {
  const Tally& t = r.tally;
  json.object("fans").member("arrived", t.arrived).member("joined", t.joined);
  json.member("admitted", t.admitted).member("bought", t.bought).member("seats", t.seats);
  json.object("ended");
  for (std::size_t i = 0; i < kOutcomes; ++i)
    json.member(name_of(static_cast<Outcome>(i)), t.outcomes[i]);
  json.end_object().end_object();
  write_waitlist(json, t.waitlist);
  json.object("requests").member("sent", t.requests).member("answered", t.answers);
  json.key("perSecond").raw(fmt::format("{:.1f}", static_cast<double>(t.requests) / r.seconds));
  json.member("repeated", t.repeated).member("replayed", t.replayed);
  json.member("conflicts", t.conflicts).member("holds", t.holds);
  json.member("toldToWait429", t.told_429).member("toldToWait503", t.told_503);
  json.member("errors", t.errors()).object("statuses");
  for (std::size_t i = 0; i < kStatusMax; ++i) {
    if (t.statuses[i] != 0) json.member(std::to_string(i), t.statuses[i]);
  }
  json.end_object();
  write_faults(json, t.faults);
  json.member("unexpected", t.unexpected()).end_object();
  json.object("latency");
  for (std::size_t i = 0; i < kAsks; ++i)
    write_latency(json, name_of(static_cast<Ask>(i)), t.latency[i]);
  write_latency(json, "all", t.all_latency);
  write_latency(json, "sentLateBy", t.send_lag);
  write_latency(json, "inTheLine", t.line_time);
  write_latency(json, "inTheShop", t.shop_time);
  json.end_object();
}

void write_attack(JsonWriter& json, const Report& r) {
  json.key("attack");
  if (!r.attack) {
    json.null();
    return;
  }
  const AttackReport& a = *r.attack;
  json.begin_object().member("joined", a.joined).member("bought", a.bought);
  json.key("honestShare").raw(fmt::format("{:.4f}", a.honest_share(r.tally.seats)));
  json.member("requests", a.requests).member("toldToWait429", a.told_429);
  json.member("refused", a.refused).member("pestHolds", a.pest_holds).end_object();
}

void write_targets(JsonWriter& json, const Report& r) {
  json.array("targets");
  for (std::size_t i = 0; i < r.tally.targets.size(); ++i) {
    const TargetTally& t = r.tally.targets[i];
    json.begin_object().member("url", r.targets[i]).member("sent", t.requests);
    json.member("answered", t.answers).member("errors", t.errors());
    write_faults(json, t.faults);
    write_latency(json, "latency", t.latency);
    json.key("instance");
    if (i < r.instances.size() && r.instances[i]) {
      const InstanceView& view = *r.instances[i];
      json.begin_object().member("id", view.instance).member("slots", view.slots);
      json.member("forwarded", view.forwarded).end_object();
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array();
}

void write_generator(JsonWriter& json, const Report& r) {
  json.object("generator").key("seconds").raw(fmt::format("{:.3f}", r.seconds));
  json.key("cpuSeconds").raw(fmt::format("{:.3f}", r.generator_cpu_s));
  json.member("connectionsOpen", r.connections_open).member("openFiles", r.open_files);
  json.member("memoryBytes", r.memory_bytes)
      .member("fanBytes", r.fan_bytes)
      .key("serverCpuSeconds");
  if (r.server_cpu_s) {
    json.raw(fmt::format("{:.3f}", *r.server_cpu_s));
  } else {
    json.null();
  }
  json.end_object();
}

void write_checks(JsonWriter& json, const Report& r) {
  json.object("checks").member("passed", r.passed()).member("verdict", verdict(r));
  json.member("mostInside", r.most_inside).key("books");
  if (r.books) {
    json.begin_object().member("fans", r.books->fans).member("payments", r.books->payments);
    json.member("unsure", r.books->unsure).member("revenue", r.books->revenue).end_object();
  } else {
    json.null();
  }
  json.member("recoverSound", r.recover_sound).member("violationCount", r.violation_count);
  json.array("violations");
  for (const std::string& violation : r.violations) json.value(violation);
  json.end_array().end_object();
}

void write_samples(JsonWriter& json, const Tally& t) {
  json.array("samples");
  for (const Sample& s : t.samples) {
    json.begin_object().member("atMs", s.at_ms).member("lengthMs", s.length_ms);
    json.member("arrived", s.arrived).member("admitted", s.admitted).member("bought", s.bought);
    json.member("waiting", s.server.waiting).member("active", s.server.active);
    json.member("held", s.server.held).member("sold", s.server.sold).member("answers", s.answers);
    json.key("p50Ms").raw(ms(s.p50_us)).key("p90Ms").raw(ms(s.p90_us));
    json.key("p99Ms").raw(ms(s.p99_us)).key("maxMs").raw(ms(s.max_us)).object("statuses");
    for (std::size_t i = 0; i < kStatusClasses; ++i)
      json.member(name_of(static_cast<StatusClass>(i)), s.classes[i]);
    json.end_object().end_object();
  }
  json.end_array();
}

}  // namespace

void write_waitlist(JsonWriter& json, const WaitlistFigures& w) {
  json.object("waitlist").member("joined", w.joined).member("offers", w.offers);
  json.member("paid", w.paid).member("lapsed", w.lapsed).end_object();
}

std::string to_json(const Report& r) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("startedAt", r.started_at);
  json.member("ending", kEndings[static_cast<std::size_t>(r.ending)]);
  write_settings(json, r);
  write_sale(json, r);
  write_totals(json, r);
  write_attack(json, r);
  write_targets(json, r);
  write_generator(json, r);
  write_checks(json, r);
  write_samples(json, r.tally);
  json.end_object();
  out += '\n';
  return out;
}

}  // namespace frontrow::drop
