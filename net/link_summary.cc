#include "net/link_summary.h"

#include <fmt/format.h>

#include "net/json_writer.h"
#include "net/metrics.h"

namespace frontrow {
namespace {

void add(LinkSummary& sum, const PeerStats& s) {
  if (s.up.get() != 0) {
    sum.up = true;
    sum.since = Instant{static_cast<std::int64_t>(s.up_since_s.get()) * 1000};
    sum.rtt_us = s.rtt_us.get();
  }
  sum.connections += s.connections.get();
  sum.outstanding += s.outstanding.get();
  sum.asked += s.asked.get();
  sum.output_bytes += s.output_bytes.get();
  sum.requests_out += s.requests_out.get();
  sum.requests_in += s.requests_in.get();
  sum.messages_out += s.messages_out.get();
  sum.messages_in += s.messages_in.get();
  sum.bytes_out += s.bytes_out.get();
  sum.bytes_in += s.bytes_in.get();
  sum.refused_overloaded += s.refused_overloaded.get();
  sum.refused_unavailable += s.refused_unavailable.get();
  sum.outcome_unknown += s.outcome_unknown.get();
  sum.refused_late += s.refused_late.get();
  sum.messages_dropped += s.messages_dropped.get();
  sum.handshakes_refused += s.handshakes_refused.get();
  if (std::string refusal = s.last_refusal.get(); !refusal.empty())
    sum.last_refusal = std::move(refusal);
}

void render(JsonWriter& json, const LinkSummary& link) {
  json.begin_object().member("instance", link.peer).member("up", link.up);
  json.key("since");
  link.up ? json.value(link.since) : json.null();
  json.key("roundTripMs");
  link.up ? json.raw(fmt::format("{:.3f}", static_cast<double>(link.rtt_us) / 1000)) : json.null();
  json.member("connections", link.connections);
  json.member("outstanding", link.outstanding).member("asked", link.asked);
  json.member("unsentBytes", link.output_bytes);
  json.member("requestsOut", link.requests_out).member("requestsIn", link.requests_in);
  json.member("outcomesUnknown", link.outcome_unknown);
  json.key("lastRefusal");
  link.last_refusal.empty() ? json.null() : json.value(link.last_refusal);
  json.end_object();
}

}  // namespace

std::vector<LinkSummary> summarize_links(const ClusterView& cluster,
                                         const std::vector<const ThreadLinks*>& threads) {
  std::vector<LinkSummary> links;
  for (const SlotMap::Instance& instance : cluster.map.instances()) {
    if (instance.id == cluster.self) continue;
    LinkSummary& link = links.emplace_back();
    link.peer = instance.id;
    for (const ThreadLinks* thread : threads) {
      if (const auto found = thread->find(instance.id); found != thread->end())
        add(link, found->second);
    }
    if (link.up) link.last_refusal.clear();
  }
  return links;
}

void render_cluster(std::string& out, const MetricsSource& source, ServiceState state) {
  const ClusterView& cluster = *source.engine->cluster();
  JsonWriter json(out);
  json.begin_object().member("cluster", cluster.name).member("instance", cluster.self);
  json.member("state", name_of(state));
  json.member("mapRevision", cluster.map.revision());
  json.member("mapHash", fmt::format("{:016x}", cluster.map.hash()));
  json.member("slots", cluster.map.slots_of(cluster.self));
  const HandoverStatus handover = source.engine->board().status();
  json.object("handover").member("live", handover.live).member("awaited", handover.awaited);
  json.member("leaving", handover.leaving).member("refused", handover.refused);
  json.array("awaitedFrom");
  for (const InstanceId peer : handover.awaited_from) json.value(peer);
  json.end_array().end_object();
  json.member("groups", source.engine->pump().stats().groups.get());
  json.array("tokenKeys");
  for (const std::string& id : source.keys->current().signer.key_ids()) json.value(id);
  json.end_array().array("links");
  for (const LinkSummary& link : summarize_links(cluster, source.links)) render(json, link);
  json.end_array().end_object();
}

}  // namespace frontrow
