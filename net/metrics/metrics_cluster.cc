#include <fmt/format.h>

#include "engine/runtime/shard/engine.h"
#include "net/json/json_writer.h"
#include "net/metrics/metrics.h"

namespace frontrow {
namespace {

void render(JsonWriter& json, const LinkSummary& link) {
  json.begin_object().member("instance", link.peer).member("name", link.name.name);
  json.member("address", link.name.address).member("up", link.up);
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

void render(JsonWriter& json, const ControllerStatus& control) {
  json.object("slots").member("owned", control.owned).member("serving", control.serving);
  json.member("awaited", control.awaited).member("lonely", control.lonely);
  json.member("taken", control.slots_taken).member("given", control.slots_given);
  json.end_object().member("takeovers", control.takeovers);
}

void render_copies(JsonWriter& json, const ClusterReport& report) {
  const auto name_of = [&](InstanceId id) {
    const auto peer = report.peers.find(id);
    return peer == report.peers.end() ? std::string() : peer->second.name;
  };
  json.array("followers");
  for (const FedFollower& follower : report.followers) {
    json.begin_object().member("instance", name_of(follower.instance));
    json.member("sent", follower.sent).member("synced", follower.synced);
    json.member("snapshotsLeft", follower.snapshots_left).end_object();
  }
  json.end_array().array("follows");
  for (const FollowedStream& stream : report.follows) {
    const auto owner = report.owners.find(stream.stream);
    json.begin_object().member("stream", fmt::format("{:016x}", stream.stream));
    json.key("instance");
    owner == report.owners.end() ? json.null() : json.value(name_of(owner->second));
    json.member("newest", stream.newest).member("synced", stream.synced);
    json.member("slots", stream.wanted).member("warm", stream.warm).end_object();
  }
  json.end_array();
}

}  // namespace

bool MetricsViews::render_cluster(std::string& out, ServiceState state) const {
  if (!source_.cluster) return false;
  const ClusterReport report = source_.cluster();
  JsonWriter json(out);
  json.begin_object().member("cluster", report.cluster).member("instance", report.name);
  json.member("id", report.id).member("state", name_of(state));
  json.member("mapRevision", report.control.revision);
  render(json, report.control);
  json.object("store").member("leaseMs", report.lease_ms).member("beatAgeMs", report.beat_age_ms);
  json.member("unansweredMs", report.unanswered_ms).member("tailGroups", report.tail.groups);
  json.member("tailBytes", report.tail.bytes).end_object();
  json.member("groups", report.group).member("syncedGroups", report.synced_group);
  json.array("tokenKeys");
  for (const std::string& id : source_.keys->current().signer.key_ids()) json.value(id);
  json.end_array();
  render_copies(json, report);
  json.array("links");
  for (const LinkSummary& link : summarize_links(report.peers, source_.links)) render(json, link);
  json.end_array().end_object();
  return true;
}

}  // namespace frontrow
