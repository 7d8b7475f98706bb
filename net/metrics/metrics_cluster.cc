#include <fmt/format.h>

#include "engine/runtime/shard/engine.h"
#include "net/json/json_writer.h"
#include "net/metrics/metrics.h"

namespace frontrow {
namespace {

void render(JsonWriter& json, const LinkSummary& link) {
  json.begin_object().member("instance", link.peer).member("up", link.up);
  json.key("since");
  link.up ? json.value(link.since) : json.null();
  json.key("roundTripMs");
  link.up ? json.raw(fmt::format("{:.3f}", static_cast<double>(link.rtt_us) / 1000)) : json.null();
  json.member("connections", link.connections);
  json.member("outstanding", link.outstanding).member("asked", link.unanswered);
  json.member("unsentBytes", link.output_bytes);
  json.member("requestsOut", link.requests_out).member("requestsIn", link.requests_in);
  json.member("outcomesUnknown", link.outcome_unknown);
  json.key("lastRefusal");
  link.last_refusal.empty() ? json.null() : json.value(link.last_refusal);
  json.end_object();
}

}  // namespace

void MetricsViews::render_cluster(std::string& out, ServiceState state) const {
  const ClusterView& cluster = *source_.engine->cluster();
  JsonWriter json(out);
  json.begin_object().member("cluster", cluster.name).member("instance", cluster.self);
  json.member("state", name_of(state));
  json.member("mapRevision", cluster.map.revision());
  json.member("mapHash", fmt::format("{:016x}", cluster.map.hash()));
  json.member("slots", cluster.map.slots_of(cluster.self));
  const HandoverStatus handover = source_.engine->board().status();
  json.object("handover").member("live", handover.live).member("awaited", handover.awaited);
  json.member("leaving", handover.leaving).member("refused", handover.refused);
  json.array("awaitedFrom");
  for (const InstanceId peer : handover.awaited_from) json.value(peer);
  json.end_array().end_object();
  json.member("groups", source_.engine->pump().stats().groups.get());
  json.array("tokenKeys");
  for (const std::string& id : source_.keys->current().signer.key_ids()) json.value(id);
  json.end_array().array("links");
  for (const LinkSummary& link : summarize_links(cluster, source_.links)) render(json, link);
  json.end_array().end_object();
}

}  // namespace frontrow
