// The faults of a cluster, each as a line with the remedy.
#include <fmt/format.h>

#include <algorithm>

#include "tools/frontrow/cluster/map_request.h"
#include "tools/frontrow/cluster/status_view.h"

namespace frontrow::cluster {
namespace {

using Faults = std::vector<std::string>;

// Entries that a member of etcd may be behind the newest: a second of a busy cluster.
constexpr std::uint64_t kRaftLagMax = 1000;
// Groups that a copy may be behind: a few seconds of a busy instance.
constexpr std::uint64_t kCopyLagMax = 2000;
constexpr std::uint64_t kUnansweredMsMax = 1000;
constexpr std::uint64_t kQuotaPercentMax = 80;

void find_etcd_faults(const Seen& seen, Faults& faults) {
  std::uint64_t newest = 0;
  for (const StoreMember& member : seen.health.members)
    newest = std::max(newest, member.raft_index);
  for (const StoreMember& member : seen.health.members) {
    if (!member.error.empty()) {
      faults.push_back(
          fmt::format("the etcd member {} does not answer ({}): start it again, or replace it",
                      member.endpoint, member.error));
      continue;
    }
    if (newest - member.raft_index > kRaftLagMax) {
      faults.push_back(fmt::format(
          "the etcd member {} is {} entries behind the others: look at its disk and its network",
          member.endpoint, newest - member.raft_index));
    }
    if (member.database_bytes * 100 >= seen.quota_bytes * kQuotaPercentMax) {
      faults.push_back(fmt::format(
          "the database of the etcd member {} has {} MiB of its quota of {} MiB: defragment it "
          "(`etcdctl defrag`) or raise --quota-backend-bytes before etcd refuses all writes",
          member.endpoint, member.database_bytes >> 20, seen.quota_bytes >> 20));
    }
  }
  if (!seen.health.alarms_error.empty()) {
    faults.push_back(
        fmt::format("etcd does not say whether it has an alarm ({}): a majority of "
                    "its members must be up",
                    seen.health.alarms_error));
  }
  for (const std::string& alarm : seen.health.alarms) {
    faults.push_back(
        alarm == "NOSPACE"
            ? std::string("etcd has the alarm NOSPACE and takes no writes: defragment every member "
                          "(`etcdctl defrag`) or raise --quota-backend-bytes, then `etcdctl alarm "
                          "disarm`")
            : fmt::format("etcd has the alarm {}: see `etcdctl alarm list`", alarm));
  }
}

// "start box-2", with the reason why it does not live.
std::string absence_text(const InstanceRow& row) {
  const std::string& name = row.instance.name;
  switch (row.presence) {
    case Presence::kNoBeat:
      return fmt::format("{} does not beat", name);
    case Presence::kLeaving:
      return fmt::format("{} was stopped", name);
    case Presence::kDead:
      return fmt::format("{} is dead", name);
    case Presence::kUnreadable:
      return fmt::format("the record of {} can't be read ({})", name, row.unreadable);
    case Presence::kAbsent:
      return fmt::format("{} has no record", name);
    default:
      return fmt::format("{} runs on another data directory than the one with its slots", name);
  }
}

// Of an instance in the map that does not live.
void find_absence(const View& view, const InstanceRow& row, Faults& faults) {
  const std::string& name = row.instance.name;
  const std::string absence = absence_text(row);
  const auto departed = view.slots.departed.find(row.instance.id);
  if (departed == view.slots.departed.end()) {
    const bool never_started = row.presence == Presence::kAbsent && row.instance.stream == 0;
    if (never_started || row.instance.is_draining) return;  // a note
    faults.push_back(
        fmt::format("{}: start it, or remove it with `frontrow cluster remove {}`", absence, name));
    return;
  }
  const auto& [to_take, waiting] = departed->second;
  if (to_take > 0) {
    faults.push_back(fmt::format(
        "{}, and {} of its slots are to be taken over: this takes some seconds; if the number "
        "stays, look at the logs of the living instances",
        absence, to_take));
  }
  if (waiting == 0) return;
  if (row.has_other_directory() && row.beats()) {
    faults.push_back(fmt::format(
        "{}, and {} of its slots have no other living copy: start it on that data directory, or an "
        "instance that follows them (`frontrow cluster show --slot N`)",
        absence, waiting));
    return;
  }
  faults.push_back(fmt::format(
      "{}, and {} of its slots have no other living copy: start {} on its data directory, or an "
      "instance that follows them (`frontrow cluster show --slot N`)",
      absence, waiting, name));
}

void find_instance_faults(const View& view, Faults& faults) {
  for (const InstanceRow& row : view.rows) {
    if (row.instance.id == 0) {
      if (row.presence == Presence::kUnreadable)
        faults.push_back(absence_text(row) + ": it runs a program of another version");
      continue;
    }
    if (!row.is_living()) {
      find_absence(view, row, faults);
    } else if (row.presence == Presence::kJoining && row.owned > 0) {
      faults.push_back(
          fmt::format("{} is starting: its {} slots are answered when it is ready; if that takes "
                      "long, look at its log",
                      row.instance.name, row.owned));
    }
  }
  const std::size_t living = view.living_count();
  const ClusterMap& map = view.seen.map;
  if (living == 0) {
    faults.emplace_back("no instance lives: start them with `frontrow serve --cluster ...`");
  } else if (living < map.copies) {
    faults.push_back(
        fmt::format("{} copies of each slot need as many instances, and {} {}: start another one",
                    map.copies, living, living == 1 ? "lives" : "live"));
  }
}

void find_slot_faults(const View& view, Faults& faults) {
  const ClusterMap& map = view.seen.map;
  const SlotCounts& slots = view.slots;
  if (slots.unbegun > 0 && view.living_count() > 0) {
    faults.push_back(fmt::format(
        "{} slots have not begun: an instance with a weight that does not drain begins them",
        slots.unbegun));
  }
  if (slots.lonely > 0 && view.living_count() >= map.copies) {
    faults.push_back(fmt::format(
        "{} slots have one living copy: more are being made; if the number stays, look at the logs "
        "of the owners",
        slots.lonely));
  }
  for (const auto& [ends, count] : slots.moves) {
    const std::string to = instance_name(map, ends.second);
    faults.push_back(fmt::format(
        "{} slots are to move from {} to {}: wait; if the number does not fall, look at the log of "
        "{}",
        count, instance_name(map, ends.first), to, to));
  }
}

void find_copy_faults(const std::string& name, const InstanceAnswer& answer, Faults& faults) {
  for (const FollowerAnswer& follower : answer.followers) {
    if (follower.snapshots_left > 0) {
      faults.push_back(fmt::format("{} has {} snapshots of {} to get: wait until its copy is whole",
                                   follower.instance, follower.snapshots_left, name));
    } else if (follower.sent > follower.synced + kCopyLagMax) {
      faults.push_back(
          fmt::format("{} is {} groups behind {} on its disk: look at its disk and at its load",
                      follower.instance, follower.sent - follower.synced, name));
    }
  }
  for (const FollowedAnswer& followed : answer.follows) {
    if (followed.warm < followed.slots) {
      faults.push_back(
          fmt::format("{} could take over {} of the {} slots that it follows of {}: wait; if the "
                      "number stays, look at its log",
                      name, followed.warm, followed.slots, followed.instance));
    }
    if (followed.newest > followed.synced + kCopyLagMax) {
      faults.push_back(fmt::format("{} is {} groups behind {}: look at its disk and at its load",
                                   name, followed.newest - followed.synced, followed.instance));
    }
  }
  for (const LinkAnswer& link : answer.links) {
    if (link.is_up) continue;
    faults.push_back(fmt::format("the link from {} to {} is down{}{}", name, link.peer(),
                                 link.last_refusal.empty() ? "" : ": ", link.last_refusal));
  }
}

void find_answer_faults(const View& view, const std::string& name, const InstanceAnswer& answer,
                        Faults& faults) {
  const auto fault = [&](const std::string& text) { faults.push_back(name + " " + text); };
  const Seen& seen = view.seen;
  const bool is_another = (!answer.cluster.empty() && answer.cluster != seen.record->cluster) ||
                          (!answer.instance.empty() && answer.instance != name);
  if (is_another) {
    fault(
        fmt::format("has the address of {} of the cluster {}: correct the address in its settings",
                    answer.instance, answer.cluster));
    return;
  }
  if (!answer.state.empty() && answer.state != "ready")
    fault(fmt::format("is {}: look at its log if that takes long", answer.state));
  if (answer.awaited > 0) {
    fault(fmt::format("waits for the state of {} of its slots: look at its log if that takes long",
                      answer.awaited));
  }
  if (answer.lonely > 0 && view.slots.lonely == 0) {
    fault(fmt::format("has {} slots without a copy at another instance: wait until one is made",
                      answer.lonely));
  }
  if (answer.unanswered_ms > kUnansweredMsMax) {
    fault(
        fmt::format("has waited for etcd for {} ms: look at etcd's members", answer.unanswered_ms));
  }
  // The map was read more than a second before the instance was asked.
  if (answer.map_revision && *answer.map_revision < seen.map.revision()) {
    fault(fmt::format("has the map of revision {}, and {} is in etcd: look at its log",
                      *answer.map_revision, seen.map.revision()));
  }
  find_copy_faults(name, answer, faults);
}

// Every instance must know the key with which each other instance signs tokens.
void find_key_faults(const Seen& seen, Faults& faults) {
  for (const auto& [signer, signed_by] : seen.asked) {
    if (!signed_by.answer.ok() || signed_by.answer->token_keys.empty()) continue;
    const std::string& key = signed_by.answer->token_keys.front();
    for (const auto& [reader, read_by] : seen.asked) {
      if (!read_by.answer.ok() || read_by.answer->token_keys.empty()) continue;
      if (std::ranges::find(read_by.answer->token_keys, key) != read_by.answer->token_keys.end())
        continue;
      faults.push_back(fmt::format(
          "{} signs tokens with the key {}, which {} does not know: give all instances the same "
          "token keys",
          signer, key, reader));
    }
  }
}

}  // namespace

std::vector<std::string> faults_of(const View& view) {
  Faults faults;
  find_etcd_faults(view.seen, faults);
  if (!view.seen.record) {
    faults.push_back(view.seen.unread);
    return faults;
  }
  find_instance_faults(view, faults);
  find_slot_faults(view, faults);
  for (const auto& [name, asked] : view.seen.asked) {
    if (asked.answer.ok()) {
      find_answer_faults(view, name, *asked.answer, faults);
    } else {
      faults.push_back(fmt::format("{} does not tell its state: {}", name, asked.answer.error()));
    }
  }
  find_key_faults(view.seen, faults);
  return faults;
}

std::vector<std::string> notes_of(const View& view) {
  std::vector<std::string> notes;
  std::vector<std::string> versions;
  for (const InstanceRow& row : view.rows) {
    const std::string& name = row.instance.name;
    if (row.beats() && std::ranges::find(versions, row.record->version) == versions.end())
      versions.push_back(row.record->version);
    if (row.instance.id == 0) {
      if (row.beats()) notes.push_back(fmt::format("{} runs, and is not in the map yet", name));
      continue;
    }
    if (row.presence == Presence::kAbsent && row.instance.stream == 0 && row.owned == 0)
      notes.push_back(fmt::format("{} was registered and has not started yet", name));
    if (row.instance.is_draining && row.owned == 0)
      notes.push_back(fmt::format(
          "{0} drains and owns no slot: `frontrow cluster remove {0}` removes it", name));
  }
  if (versions.size() > 1) notes.emplace_back("the instances run programs of several versions");
  if (view.seen.record && view.seen.asked.empty() && view.living_count() > 0) {
    notes.emplace_back(
        "the instances were not asked for warmth, lag and links: that needs FRONTROW_ADMIN_KEY");
  }
  return notes;
}

}  // namespace frontrow::cluster
