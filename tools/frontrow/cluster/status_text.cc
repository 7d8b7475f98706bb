// The output of `frontrow cluster status`: tables for people, JSON for programs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "net/json/json_writer.h"
#include "tools/frontrow/cluster/map_request.h"
#include "tools/frontrow/cluster/status_view.h"

namespace frontrow::cluster {
namespace {

double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::uint64_t newest_raft_index(const StoreHealth& health) {
  std::uint64_t newest = 0;
  for (const StoreMember& member : health.members) newest = std::max(newest, member.raft_index);
  return newest;
}

// The columns of a table, each as wide as its widest cell; the last one is not padded.
std::string table_of(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      text += fmt::format("{:<{}}  ", line[i], widths[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

std::string etcd_text(const Seen& seen) {
  std::vector<std::vector<std::string>> lines = {
      {"etcd", "state", "version", "database MiB", "in use", "of quota", "behind"}};
  const std::uint64_t newest = newest_raft_index(seen.health);
  for (const StoreMember& member : seen.health.members) {
    if (!member.error.empty()) {
      lines.push_back({member.endpoint, "no answer"});
      continue;
    }
    const double part = seen.quota_bytes == 0 ? 0
                                              : 100 * static_cast<double>(member.database_bytes) /
                                                    static_cast<double>(seen.quota_bytes);
    lines.push_back({member.endpoint, member.is_leader ? "leader" : "follower", member.version,
                     fmt::format("{:.1f}", mib(member.database_bytes)),
                     fmt::format("{:.1f}", mib(member.in_use_bytes)), fmt::format("{:.1f} %", part),
                     fmt::format("{}", newest - member.raft_index)});
  }
  return table_of(lines);
}

// The stream that has the instance's slots, and the groups of it that etcd holds.
std::vector<std::string> stream_cells(const Seen& seen, const InstanceRow& row) {
  if (row.instance.stream == 0) return {"none yet", "-"};
  const std::string id = fmt::format("{:016x}", row.instance.stream);
  const auto state = seen.streams.find(row.instance.stream);
  if (state == seen.streams.end()) return {id, "unknown"};
  const std::uint64_t tail = state->second.last - state->second.trimmed;
  return {id, fmt::format("{}{}", tail, state->second.is_sealed() ? " sealed" : "")};
}

std::string instances_text(const View& view) {
  std::vector<std::vector<std::string>> lines = {{"id", "instance", "state", "weight", "owns",
                                                  "follows", "stream", "tail", "http", "version"}};
  for (const InstanceRow& row : view.rows) {
    const bool in_map = row.instance.id != 0;
    std::string state(text_of(row.presence));
    if (row.instance.is_draining) state += ", draining";
    if (row.has_other_directory()) state += ", other directory";
    if (!in_map) state += ", not in the map";
    const std::vector<std::string> stream = stream_cells(view.seen, row);
    lines.push_back({in_map ? fmt::format("{}", row.instance.id) : "-", row.instance.name, state,
                     in_map ? fmt::format("{}", row.instance.weight) : "-",
                     fmt::format("{}", row.owned), fmt::format("{}", row.followed), stream[0],
                     stream[1], row.record ? row.record->http : "-",
                     row.record ? row.record->version : "-"});
  }
  return table_of(lines);
}

std::string slots_text(const View& view) {
  const SlotCounts& slots = view.slots;
  const ClusterMap& map = view.seen.map;
  std::string text = fmt::format("slots   {} at living instances, {} at others, {} not begun\n",
                                 slots.of_living, slots.of_departed, slots.unbegun);
  std::vector<std::string> copies;
  for (std::size_t n = slots.by_copies.size(); n-- > 0;) {
    if (slots.by_copies[n] > 0)
      copies.push_back(fmt::format("{} slots have {}", slots.by_copies[n], n));
  }
  text += fmt::format("copies  {} wanted, on living instances: {}\n", map.copies,
                      copies.empty() ? "none" : fmt::format("{}", fmt::join(copies, ", ")));
  std::size_t moves = 0;
  for (const auto& [ends, count] : slots.moves) moves += count;
  text += fmt::format(
      "moves   {} slots and {} copies are to move; {} slots that moved have no snapshot yet\n",
      moves, slots.follower_moves, map.taken.size());
  return text;
}

std::string answer_text(const std::string& name, const InstanceAnswer& answer) {
  std::string text =
      fmt::format("{}: {}, {} slots served, lease {} ms, tail {} groups, {:.1f} MiB, keys {}\n",
                  name, answer.state, answer.serving, answer.lease_ms, answer.tail_groups,
                  mib(answer.tail_bytes), fmt::join(answer.token_keys, ","));
  for (const FollowedAnswer& f : answer.follows) {
    text += fmt::format("  follows {}: {} of {} slots warm, {} groups behind\n", f.instance, f.warm,
                        f.slots, f.newest - std::min(f.newest, f.synced));
  }
  for (const FollowerAnswer& f : answer.followers) {
    text += fmt::format("  followed by {}: {} groups behind, {} snapshots left\n", f.instance,
                        f.sent - std::min(f.sent, f.synced), f.snapshots_left);
  }
  for (const LinkAnswer& link : answer.links) {
    text += link.is_up ? fmt::format("  link to {}: {:.2f} ms\n", link.peer(), link.round_trip_ms)
                       : fmt::format("  link to {}: DOWN\n", link.peer());
  }
  return text;
}

std::string answers_text(const Seen& seen) {
  std::string text;
  for (const auto& [name, asked] : seen.asked) {
    text += asked.answer.ok() ? answer_text(name, *asked.answer)
                              : fmt::format("{}: no answer: {}\n", name, asked.answer.error());
  }
  return text.empty() ? text : text + '\n';
}

void write_etcd(JsonWriter& json, const Seen& seen) {
  json.object("etcd").member("quotaBytes", seen.quota_bytes).array("alarms");
  for (const std::string& alarm : seen.health.alarms) json.value(alarm);
  json.end_array().array("members");
  const std::uint64_t newest = newest_raft_index(seen.health);
  for (const StoreMember& member : seen.health.members) {
    json.begin_object().member("endpoint", member.endpoint);
    if (member.error.empty()) {
      json.member("version", member.version).member("leader", member.is_leader);
      json.member("databaseBytes", member.database_bytes).member("inUseBytes", member.in_use_bytes);
      json.member("behind", newest - member.raft_index);
    } else {
      json.member("error", member.error);
    }
    json.end_object();
  }
  json.end_array().end_object();
}

void write_slots(JsonWriter& json, const View& view) {
  const SlotCounts& slots = view.slots;
  json.object("slots").member("ofLiving", slots.of_living).member("ofDeparted", slots.of_departed);
  json.member("unbegun", slots.unbegun).member("lonely", slots.lonely);
  json.array("byCopies");
  for (const std::size_t count : slots.by_copies) json.value(count);
  json.end_array().member("taken", view.seen.map.taken.size());
  json.member("followerMoves", slots.follower_moves).array("moves");
  for (const auto& [ends, count] : slots.moves) {
    json.begin_object().member("from", instance_name(view.seen.map, ends.first));
    json.member("to", instance_name(view.seen.map, ends.second)).member("slots", count);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_instance(JsonWriter& json, const View& view, const InstanceRow& row) {
  json.begin_object().member("instance", row.instance.name).member("id", row.instance.id);
  json.member("presence", text_of(row.presence)).member("weight", row.instance.weight);
  json.member("draining", row.instance.is_draining).member("owned", row.owned);
  json.member("followed", row.followed);
  json.member("stream", fmt::format("{:016x}", row.instance.stream));
  if (const auto state = view.seen.streams.find(row.instance.stream);
      state != view.seen.streams.end()) {
    json.member("lastGroup", state->second.last).member("trimmedGroup", state->second.trimmed);
  }
  if (row.record) json.member("http", row.record->http).member("version", row.record->version);
  const auto asked = view.seen.asked.find(row.instance.name);
  json.key("status");
  const bool answered = asked != view.seen.asked.end() && asked->second.answer.ok();
  answered ? json.raw(asked->second.body) : json.null();
  json.end_object();
}

}  // namespace

std::string status_text(const View& view, const std::vector<std::string>& faults) {
  const Seen& seen = view.seen;
  std::string text;
  if (seen.record) {
    text += fmt::format("cluster {} (id {:016x}), map revision {} by {}\n\n", seen.record->cluster,
                        seen.record->id, seen.map.revision(), seen.map.author());
  }
  text += etcd_text(seen) + '\n';
  if (seen.record) {
    if (!view.rows.empty()) text += instances_text(view) + '\n';
    text += slots_text(view) + '\n';
    text += answers_text(seen);
  }
  for (const std::string& note : notes_of(view)) text += fmt::format("note: {}\n", note);
  for (const std::string& fault : faults) text += fmt::format("NOT WELL: {}\n", fault);
  if (faults.empty()) text += "all is well\n";
  return text;
}

std::string status_json(const View& view, const std::vector<std::string>& faults) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("well", faults.empty()).array("faults");
  for (const std::string& fault : faults) json.value(fault);
  json.end_array();
  write_etcd(json, view.seen);
  if (view.seen.record) {
    const ClusterMap& map = view.seen.map;
    json.member("cluster", view.seen.record->cluster);
    json.member("id", fmt::format("{:016x}", view.seen.record->id));
    json.member("mapRevision", map.revision()).member("copies", map.copies);
    write_slots(json, view);
    json.array("instances");
    for (const InstanceRow& row : view.rows) write_instance(json, view, row);
    json.end_array();
  }
  json.end_object();
  return out + '\n';
}

}  // namespace frontrow::cluster
