#include "net/metrics/metrics_families.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>

#include <cmath>
#include <iterator>

#include "engine/runtime/checkpoint/checkpointer.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"
#include "net/api/api_render.h"
#include "net/metrics/family.h"
#include "net/metrics/process_families.h"

namespace frontrow {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void http_families(Families& all, const MetricsSource& source) {
  MetricFamily& requests = family(all, "frontrow_http_requests_total",
                                  "Answers by route and status.", MetricType::Counter);
  for (std::size_t r = 0; r < kRouteCount; ++r) {
    for (std::size_t s = 0; s < kCountedStatuses.size(); ++s) {
      std::uint64_t count = 0;
      for (const ApiStats* edge : source.edges) count += edge->answers[r][s].get();
      if (count == 0) continue;
      const std::string status =
          kCountedStatuses[s] == 0 ? "other" : std::to_string(kCountedStatuses[s]);
      add_value(requests,
                {{"route", std::string(name_of(static_cast<Route>(r)))}, {"status", status}},
                static_cast<double>(count));
    }
  }
  MetricFamily& latency =
      family(all, "frontrow_http_request_seconds",
             "From the parsed request to its durable answer, of requests that reached the engine.",
             MetricType::Histogram);
  for (std::size_t r = 0; r < kRouteCount; ++r) {
    std::vector<const Histogram*> parts;
    std::uint64_t any = 0;
    for (const ApiStats* edge : source.edges) {
      parts.push_back(&edge->latency_us[r]);
      for (std::size_t b = 0; b < Histogram::kBuckets; ++b) any += parts.back()->count(b);
    }
    if (any == 0) continue;
    add_histogram(latency, {{"route", std::string(name_of(static_cast<Route>(r)))}}, parts, 1e-6);
  }
  const auto sum = [&source](Counter ApiStats::* member) {
    std::uint64_t total = 0;
    for (const ApiStats* edge : source.edges) total += (edge->*member).get();
    return static_cast<double>(total);
  };
  gauge(all, "frontrow_http_connections", "Open client connections.", sum(&ApiStats::connections));
  counter(all, "frontrow_http_connections_accepted_total", "Connections taken in.",
          sum(&ApiStats::connections_accepted));
  counter(all, "frontrow_http_connections_refused_total", "Connections over a cap.",
          sum(&ApiStats::connections_refused));
  counter(all, "frontrow_http_connections_evicted_total", "Idle ones closed for a newcomer.",
          sum(&ApiStats::connections_evicted));
  counter(all, "frontrow_http_refused_unparsed_total",
          "Requests refused before they reached a route.", sum(&ApiStats::refused_unparsed));
  counter(all, "frontrow_http_timeouts_total", "Connections ended by a deadline.",
          sum(&ApiStats::timeouts));
  counter(all, "frontrow_http_received_bytes_total", "Bytes from clients.",
          sum(&ApiStats::bytes_in));
  counter(all, "frontrow_http_sent_bytes_total", "Bytes to clients.", sum(&ApiStats::bytes_out));
  gauge(all, "frontrow_http_unsent_bytes", "Memory of answers that are not sent yet.",
        sum(&ApiStats::unsent_bytes));
  counter(all, "frontrow_http_connections_shed_total",
          "Connections closed because unsent answers were over their bound.",
          sum(&ApiStats::connections_shed));
  gauge(all, "frontrow_http_requests_open", "Requests that wait for the engine.",
        sum(&ApiStats::requests_open));
  gauge(all, "frontrow_event_streams", "Open event streams.", sum(&ApiStats::streams));
}

// By key, so that an operator sees which ones each instance has.
void key_family(Families& all, const KeyRing& ring) {
  MetricFamily& keys = family(all, "frontrow_token_keys",
                              "Live keys of the queue tokens: 1 for the one that signs, 0 for one "
                              "that only verifies.",
                              MetricType::Gauge);
  for (const std::string& id : ring.current().signer.key_ids())
    add_value(keys, {{"kid", id}}, keys.metric.empty() ? 1 : 0);
}

void shard_families(Families& all, Engine& engine) {
  MetricFamily& intake =
      family(all, "frontrow_intake_depth", "Commands queued for a shard.", MetricType::Gauge);
  MetricFamily& held = family(all, "frontrow_replies_deferred",
                              "Replies kept back until their group is durable.", MetricType::Gauge);
  MetricFamily& outbox_entries =
      family(all, "frontrow_outbox_entries",
             "Steps of payments and openings that wait for another slot's acknowledgement; counted "
             "once a second.",
             MetricType::Gauge);
  for (std::size_t w = 0; w < engine.worker_count(); ++w) {
    const Labels shard = {{"shard", std::to_string(w)}};
    add_value(intake, shard, static_cast<double>(engine.worker(w).stats().intake_depth.get()));
    add_value(held, shard, static_cast<double>(engine.worker(w).stats().deferred_replies.get()));
    add_value(outbox_entries, shard,
              static_cast<double>(engine.worker(w).stats().outbox_entries.get()));
  }
}

void memory_families(Families& all, const MetricsSource& source) {
  Engine& engine = *source.engine;
  MetricFamily& refused =
      family(all, "frontrow_new_work_refused_total",
             "Requests refused before they were decided, by what was short.", MetricType::Counter);
  std::uint64_t for_disk = 0;
  std::uint64_t for_memory = 0;
  for (std::size_t w = 0; w < engine.worker_count(); ++w) {
    for_disk += engine.worker(w).stats().refused_low_disk.get();
    for_memory += engine.worker(w).stats().refused_low_memory.get();
  }
  add_value(refused, {{"short", "disk"}}, static_cast<double>(for_disk));
  add_value(refused, {{"short", "memory"}}, static_cast<double>(for_memory));
  gauge(all, "frontrow_low_memory", "1 while new work is refused for want of memory.",
        engine.memory_room() == 0 ? 1 : 0);
  if (!source.memory) return;
  const MemoryUse use = source.memory();
  gauge(all, "frontrow_memory_used_bytes", "Memory in use, as the tightest limit counts it.",
        static_cast<double>(use.used_bytes));
  gauge(all, "frontrow_memory_limit_bytes", "The tightest limit of memory.",
        static_cast<double>(use.limit_bytes));
  gauge(all, "frontrow_memory_reserve_bytes", "Free memory below which new work is refused.",
        static_cast<double>(use.reserve_bytes));
}

void engine_families(Families& all, const MetricsSource& source) {
  Engine& engine = *source.engine;
  MetricFamily& decided = family(all, "frontrow_commands_total",
                                 "Commands decided, by what came of them.", MetricType::Counter);
  for (std::size_t c = 0; c < kCommandKinds; ++c) {
    for (std::size_t r = 0; r < kRejectCount; ++r) {
      std::uint64_t count = 0;
      for (std::size_t w = 0; w < engine.worker_count(); ++w)
        count += engine.worker(w).stats().decided[c][r].get();
      if (count == 0) continue;
      const std::string outcome = r == 0 ? "done" : std::string(name_of(static_cast<Reject>(r)));
      add_value(decided, {{"command", kCommandSpecs[c].name}, {"outcome", outcome}},
                static_cast<double>(count));
    }
  }
  shard_families(all, engine);
  const PumpStats& journal = engine.pump().stats();
  counter(all, "frontrow_journal_groups_total", "Groups made durable.",
          static_cast<double>(journal.groups.get()));
  counter(all, "frontrow_journal_records_total", "Records made durable.",
          static_cast<double>(journal.records.get()));
  counter(all, "frontrow_journal_events_total", "Events made durable.",
          static_cast<double>(journal.events.get()));
  counter(all, "frontrow_journal_bytes_total", "Bytes of records made durable.",
          static_cast<double>(journal.bytes.get()));
  const Histogram* group[] = {&journal.group_records};
  const Histogram* append[] = {&journal.append_us};
  add_histogram(
      family(all, "frontrow_journal_group_records", "Records in a group.", MetricType::Histogram),
      {}, group, 1);
  add_histogram(family(all, "frontrow_journal_append_seconds", "Time to write and sync a group.",
                       MetricType::Histogram),
                {}, append, 1e-6);
  const JournalSpace space = source.journal_space();
  gauge(all, "frontrow_journal_free_bytes", "Free space where the journal lives.",
        static_cast<double>(space.free_bytes));
  gauge(all, "frontrow_journal_reserve_bytes", "Below this much free space new work is refused.",
        static_cast<double>(space.reserve_bytes));
  gauge(all, "frontrow_low_disk", "1 while new work is refused for want of space.",
        engine.low_disk() ? 1 : 0);
  memory_families(all, source);
  gauge(all, "frontrow_recovered_events", "Events replayed at the start.",
        static_cast<double>(source.recovery.events));
  gauge(all, "frontrow_recovery_seconds", "How long the start's snapshots and replay took.",
        source.recovery.snapshot_seconds + source.recovery.replay_seconds);
  const CheckpointStats& checkpoints = *source.checkpoints;
  const auto count = [](const Counter& c) { return static_cast<double>(c.get()); };
  counter(all, "frontrow_checkpoints_total", "Checkpoints that were completed.",
          count(checkpoints.cycles));
  counter(all, "frontrow_checkpoints_failed_total",
          "Checkpoints that failed; none is made after the first failure.",
          count(checkpoints.failed));
  counter(all, "frontrow_checkpoints_postponed_total",
          "Checkpoints abandoned for lack of memory, to be retried.", count(checkpoints.postponed));
  counter(all, "frontrow_snapshots_written_total", "Snapshots of slots written.",
          count(checkpoints.snapshots));
  counter(all, "frontrow_snapshot_bytes_total", "Bytes of snapshots written.",
          count(checkpoints.snapshot_bytes));
  gauge(all, "frontrow_checkpoint_seconds", "Duration of the newest checkpoint.",
        count(checkpoints.last_cycle_ms) / 1000);
  gauge(all, "frontrow_journal_floor_group", "Snapshots stand for the log up to this group.",
        count(checkpoints.checkpoint_group));
}

// The traffic over each link.
void link_families(Families& all, const MetricsSource& source, const PeerNames& peers) {
  const std::vector<LinkSummary> links = summarize_links(peers, source.links);
  const auto by_peer = [&](const char* name, const char* help, MetricType type, auto value_of) {
    MetricFamily& f = family(all, name, help, type);
    for (const LinkSummary& link : links)
      add_value(f, {{"peer", link.name.name}}, static_cast<double>(value_of(link)));
  };
  const auto count = [&](const char* name, const char* help, std::uint64_t LinkSummary::* member) {
    by_peer(name, help, MetricType::Counter, [member](const LinkSummary& l) { return l.*member; });
  };
  by_peer("frontrow_link_up", "1 while requests go to this peer.", MetricType::Gauge,
          [](const LinkSummary& l) { return l.up; });
  by_peer("frontrow_link_round_trip_seconds", "To the peer and back, smoothed.", MetricType::Gauge,
          [](const LinkSummary& l) { return static_cast<double>(l.rtt_us) * 1e-6; });
  by_peer("frontrow_link_outstanding", "Requests that the peer has not answered.",
          MetricType::Gauge, [](const LinkSummary& l) { return l.outstanding; });
  by_peer("frontrow_link_unsent_bytes", "Waiting in memory to be sent.", MetricType::Gauge,
          [](const LinkSummary& l) { return l.output_bytes; });
  count("frontrow_link_connections_total", "Links that came up.", &LinkSummary::connections);
  count("frontrow_link_requests_sent_total", "Requests forwarded to the peer.",
        &LinkSummary::requests_out);
  count("frontrow_link_requests_received_total", "Requests that the peer forwarded here.",
        &LinkSummary::requests_in);
  count("frontrow_link_messages_sent_total", "Messages between slots.", &LinkSummary::messages_out);
  count("frontrow_link_messages_received_total", "Messages between slots.",
        &LinkSummary::messages_in);
  count("frontrow_link_messages_dropped_total", "Messages lost here; their slots send again.",
        &LinkSummary::messages_dropped);
  count("frontrow_link_sent_bytes_total", "Bytes to the peer.", &LinkSummary::bytes_out);
  count("frontrow_link_received_bytes_total", "Bytes from the peer.", &LinkSummary::bytes_in);
  count("frontrow_link_copied_sent_bytes_total", "Bytes of copies and control to the peer.",
        &LinkSummary::copied_out);
  count("frontrow_link_copied_received_bytes_total", "Bytes of copies and control from the peer.",
        &LinkSummary::copied_in);
  count("frontrow_link_overloaded_total", "Requests refused here for want of credit or room.",
        &LinkSummary::refused_overloaded);
  count("frontrow_link_unavailable_total", "Requests refused by this instance before execution.",
        &LinkSummary::refused_unavailable);
  count("frontrow_link_outcomes_unknown_total", "Requests whose link broke or that took too long.",
        &LinkSummary::outcome_unknown);
  count("frontrow_link_late_total", "Requests of the peer that came after their deadline.",
        &LinkSummary::refused_late);
  count("frontrow_link_handshakes_refused_total", "Handshakes refused by either side.",
        &LinkSummary::handshakes_refused);
}

void copy_families(Families& all, const ClusterReport& report) {
  const auto name_of = [&](InstanceId id) {
    const auto peer = report.peers.find(id);
    return peer == report.peers.end() ? std::to_string(id) : peer->second.name;
  };
  MetricFamily& lag =
      family(all, "frontrow_follower_lag_groups",
             "Durable groups that are not on the follower's disk yet.", MetricType::Gauge);
  MetricFamily& left =
      family(all, "frontrow_follower_snapshots_left",
             "Slots whose snapshot is to be sent to the follower.", MetricType::Gauge);
  for (const FedFollower& follower : report.followers) {
    const std::uint64_t behind = report.group - std::min(report.group, follower.synced);
    add_value(lag, {{"peer", name_of(follower.instance)}}, static_cast<double>(behind));
    add_value(left, {{"peer", name_of(follower.instance)}},
              static_cast<double>(follower.snapshots_left));
  }
  MetricFamily& followed = family(all, "frontrow_followed_slots",
                                  "Slots of the peer that are copied here, and those of them that "
                                  "are ready to be served.",
                                  MetricType::Gauge);
  for (const FollowedStream& stream : report.follows) {
    const auto owner = report.owners.find(stream.stream);
    if (owner == report.owners.end()) continue;
    const std::string peer = name_of(owner->second);
    add_value(followed, {{"peer", peer}, {"state", "wanted"}}, static_cast<double>(stream.wanted));
    add_value(followed, {{"peer", peer}, {"state", "warm"}}, static_cast<double>(stream.warm));
  }
  counter(all, "frontrow_copy_groups_dropped_total",
          "Groups of copies that found no room in memory, and were asked for again.",
          static_cast<double>(report.dropped_groups));
}

void cluster_families(Families& all, const MetricsSource& source) {
  if (!source.cluster) return;
  const ClusterReport report = source.cluster();
  add_value(
      family(all, "frontrow_instance_info", "Which instance of which cluster.", MetricType::Gauge),
      {{"cluster", report.cluster}, {"instance", report.name}, {"id", std::to_string(report.id)}},
      1);
  const ControllerStatus& control = report.control;
  gauge(all, "frontrow_map_revision", "Of the slot map that this instance goes by.",
        static_cast<double>(control.revision));
  MetricFamily& slots = family(all, "frontrow_slots",
                               "Slots that the map gives to this instance: served, or awaited; and "
                               "those of them without a follower.",
                               MetricType::Gauge);
  add_value(slots, {{"state", "serving"}}, static_cast<double>(control.serving));
  add_value(slots, {{"state", "awaited"}}, static_cast<double>(control.awaited));
  add_value(slots, {{"state", "lonely"}}, static_cast<double>(control.lonely));
  counter(all, "frontrow_takeovers_total", "Departed instances whose slots were taken over here.",
          static_cast<double>(control.takeovers));
  counter(all, "frontrow_slots_taken_total", "Slots that came here from other instances.",
          static_cast<double>(control.slots_taken));
  counter(all, "frontrow_slots_given_total", "Slots that were given to other instances.",
          static_cast<double>(control.slots_given));
  const auto ms = [](std::int64_t value) { return static_cast<double>(value) / 1000; };
  gauge(all, "frontrow_lease_seconds", "How long this instance may decide without a further beat.",
        ms(report.lease_ms));
  gauge(all, "frontrow_beat_age_seconds", "Since the newest beat that took effect was sent.",
        ms(report.beat_age_ms));
  gauge(all, "frontrow_append_waiting_seconds", "How long the running append has waited.",
        ms(report.unanswered_ms));
  counter(all, "frontrow_appends_repeated_total",
          "Attempts of an append that failed or whose outcome was unknown.",
          static_cast<double>(report.appends_failed));
  counter(all, "frontrow_shared_log_group_bytes_total", "Bytes of groups before compression.",
          static_cast<double>(report.group_bytes));
  counter(all, "frontrow_shared_log_stored_bytes_total", "Bytes of groups as the store has them.",
          static_cast<double>(report.stored_bytes));
  gauge(all, "frontrow_tail_groups", "Groups that the store holds.",
        static_cast<double>(report.tail.groups));
  gauge(all, "frontrow_tail_bytes", "Bytes of the groups that the store holds.",
        static_cast<double>(report.tail.bytes));
  gauge(all, "frontrow_unsynced_groups", "Durable groups that the own disk has not confirmed.",
        static_cast<double>(report.group - std::min(report.group, report.synced_group)));
  copy_families(all, report);
  link_families(all, source, report.peers);
}

// Each of the busiest by its id, and the sum of all.
void concert_families(Families& all, const ConcertMetrics& concerts) {
  const auto by_concert = [&](const char* name, const char* help, MetricType type, auto value_of) {
    MetricFamily& f = family(all, name, help, type);
    for (const ConcertSums& c : concerts.busiest) {
      add_value(f, {{"concert", std::to_string(c.concert.value)}},
                static_cast<double>(value_of(c)));
    }
  };
  by_concert("frontrow_line_waiting", "People waiting in the line.", MetricType::Gauge,
             [](const ConcertSums& c) { return c.waiting; });
  by_concert("frontrow_sessions_active", "People admitted.", MetricType::Gauge,
             [](const ConcertSums& c) { return c.active; });
  by_concert("frontrow_tokens_joined_total", "Numbers drawn.", MetricType::Counter,
             [](const ConcertSums& c) { return c.joined; });
  by_concert("frontrow_revenue_minor_units", "Money of completed payments, refunds taken off.",
             MetricType::Gauge, [](const ConcertSums& c) { return c.revenue; });
  static constexpr const char* kStates[] = {"free", "held", "sold", "blocked"};
  MetricFamily& seats = family(all, "frontrow_seats", "Seats by state.", MetricType::Gauge);
  MetricFamily& all_seats = family(all, "frontrow_all_concerts_seats",
                                   "Seats by state, of all concerts.", MetricType::Gauge);
  for (std::size_t s = 0; s < std::size(kStates); ++s) {
    for (const ConcertSums& c : concerts.busiest) {
      add_value(seats, {{"concert", std::to_string(c.concert.value)}, {"state", kStates[s]}},
                static_cast<double>(c.seats[s]));
    }
    add_value(all_seats, {{"state", kStates[s]}}, static_cast<double>(concerts.all.seats[s]));
  }
  gauge(all, "frontrow_all_concerts", "Concerts that this instance keeps.",
        static_cast<double>(concerts.count));
  gauge(all, "frontrow_all_concerts_omitted",
        "Concerts without metrics of their own; metrics.concerts_max bounds those that have.",
        static_cast<double>(concerts.count - concerts.busiest.size()));
  gauge(all, "frontrow_all_concerts_line_waiting", "People waiting, in all lines.",
        static_cast<double>(concerts.all.waiting));
  gauge(all, "frontrow_all_concerts_sessions_active", "People admitted, of all concerts.",
        static_cast<double>(concerts.all.active));
  counter(all, "frontrow_all_concerts_tokens_joined_total", "Numbers drawn, of all concerts.",
          static_cast<double>(concerts.all.joined));
  gauge(all, "frontrow_all_concerts_revenue_minor_units",
        "Money of completed payments of all concerts, refunds taken off.",
        static_cast<double>(concerts.all.revenue));
}

}  // namespace

Families metric_families(std::size_t part, const MetricsSource& source,
                         const ConcertMetrics& concerts) {
  Families all;
  all.reserve(128);  // family() hands out references
  switch (part) {
    case 0:
      process_families(all, source.version, source.commit);
      http_families(all, source);
      break;
    case 1:
      engine_families(all, source);
      key_family(all, *source.keys);
      break;
    case 2:
      cluster_families(all, source);
      break;
    default:
      concert_families(all, concerts);
  }
  return all;
}

}  // namespace frontrow
