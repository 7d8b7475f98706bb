// The cluster as etcd has it, and as its instances describe it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <regex>
#include <thread>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "engine/runtime/membership/cluster_map_store.h"
#include "engine/runtime/membership/cluster_record.h"
#include "engine/runtime/membership/placement.h"
#include "tests/cluster/cluster.h"

namespace frontrow::cluster {
namespace {

constexpr std::chrono::milliseconds kOutboxCountInterval{1'500};  // once a second
constexpr int kOutboxMsMax = 30'000;  // an outbox entry is resent after five seconds
constexpr auto kSettledFor = std::chrono::seconds(1);
// Groups that a follower may be behind: it syncs ten times a second.
constexpr std::int64_t kLagMax = 500;

constexpr int kStoreMsMax = 30'000;
constexpr std::uint32_t kCopies = 2;

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

StreamAppender::GiveUp for_some_time() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStoreMsMax);
  return [end](const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::chrono::steady_clock::now() > end;
  };
}

ClusterMapStore maps_of(SharedLog& log) { return {log, "tests", random_number()}; }

}  // namespace

bool Cluster::create() {
  SharedLog log = shared_log();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const ClusterRecord record{
      .cluster = told(1).cluster,
      .id = random_number(),
      .created = {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()}};
  const Status made = create_cluster(log, record, "tests", kCopies, for_some_time());
  EXPECT_TRUE(made.ok()) << made.error() << etcd_->log(1);
  return made.ok();
}

void Cluster::erase_keys() {
  const std::string from = fmt::format("/frontrow/{}/", told(1).cluster);
  const std::string to = end_of_prefix(from);
  const Commit erased = store().commit({.erased = {{from, to}}});
  EXPECT_EQ(erased.outcome, CommitOutcome::kCommitted) << erased.reason;
}

bool Cluster::is_linked(int id, int peer) {
  api::Shop shop(place(id, 500, 1'000), admin_key());
  const api::Response read = shop.admin("GET", "/v1/admin/cluster");
  if (read.status != 200) return false;
  const api::Json links = read.json()["links"];
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i]["name"].text() == name_of(peer)) return !links[i]["since"].is_null();
  }
  return false;
}

std::optional<Report> Cluster::report(int id) {
  api::Shop shop(place(id, 500, 1'000), admin_key());
  const api::Response read = shop.admin("GET", "/v1/admin/cluster");
  if (read.status != 200) return std::nullopt;
  const api::Json said = read.json();
  const api::Json slots = said["slots"];
  Report report{.revision = said["mapRevision"].integer(),
                .owned = slots["owned"].integer(),
                .serving = slots["serving"].integer(),
                .awaited = slots["awaited"].integer(),
                .lonely = slots["lonely"].integer(),
                .taken = slots["taken"].integer(),
                .given = slots["given"].integer(),
                .takeovers = said["takeovers"].integer(),
                .groups = said["groups"].integer()};
  const api::Json follows = said["follows"];
  for (std::size_t i = 0; i < follows.size(); ++i) {
    if (follows[i]["instance"].is_null()) continue;
    report.follows[follows[i]["instance"].text()] = {.slots = follows[i]["slots"].integer(),
                                                     .warm = follows[i]["warm"].integer(),
                                                     .synced = follows[i]["synced"].integer()};
  }
  const api::Json followers = said["followers"];
  for (std::size_t i = 0; i < followers.size(); ++i)
    report.snapshots_left += followers[i]["snapshotsLeft"].integer();
  return report;
}

std::string Cluster::said_by_all() {
  std::string all;
  for (const int id : living()) {
    api::Shop shop(place(id, 500, 1'000), admin_key());
    all += "\n" + shop.admin("GET", "/v1/admin/cluster").body;
  }
  return all;
}

std::string Cluster::unsettled() {
  const std::vector<int> ids = living();
  SharedLog log = shared_log();
  const auto read = maps_of(log).read();
  if (!read.ok()) return read.error();
  const ClusterMap& map = *read;
  Living living;
  std::size_t places = 0;  // that may have a copy of a slot
  for (const int id : ids) {
    const MapInstance* there = map.find(name_of(id));
    if (there == nullptr) return name_of(id) + " is not in the map";
    living.insert(there->id);
    if (!there->is_draining) ++places;
  }
  const std::size_t followers = std::min<std::size_t>(map.copies, places) - 1;
  std::map<InstanceId, std::int64_t> followed;
  for (std::size_t slot = 0; slot < map.places.size(); ++slot) {
    const SlotPlace& place = map.places[slot];
    if (!living.contains(place.owner))
      return fmt::format("slot {} belongs to the instance {}", slot, place.owner);
    std::size_t good = 0;
    for (const InstanceId follower : place.followers) {
      if (living.contains(follower)) ++good, ++followed[follower];
    }
    if (good < followers) return fmt::format("slot {} has {} followers", slot, good);
  }
  if (!map.taken.empty()) return fmt::format("{} slots are not founded", map.taken.size());
  if (const auto moves = moves_wanted(map, living); !moves.empty())
    return fmt::format("{} slots are to move", moves.size());
  std::map<std::string, std::int64_t> groups;
  std::map<int, Report> reports;
  for (const int id : ids) {
    const auto said = report(id);
    if (!said) return name_of(id) + " does not say anything";
    groups[name_of(id)] = said->groups;
    reports[id] = *said;
  }
  for (const auto& [id, said] : reports) {
    const std::string name = name_of(id);
    const InstanceId there = map.find(name)->id;
    if (said.revision != static_cast<std::int64_t>(map.revision()))
      return fmt::format("{} has revision {}, not {}", name, said.revision, map.revision());
    const auto owned = static_cast<std::int64_t>(map.slots_of(there));
    if (said.serving != owned || said.awaited != 0 || (followers > 0 && said.lonely != 0)) {
      return fmt::format("{} owns {} slots: {} are served, {} awaited, {} lonely", name, owned,
                         said.serving, said.awaited, said.lonely);
    }
    std::int64_t slots = 0;
    for (const auto& [owner, copy] : said.follows) {
      if (copy.slots == 0) continue;
      slots += copy.slots;
      if (copy.warm != copy.slots || copy.synced + kLagMax < groups[owner]) {
        return fmt::format("{} follows {} slots of {}, of which {} are warm, up to group {} of {}",
                           name, copy.slots, owner, copy.warm, copy.synced, groups[owner]);
      }
    }
    if (slots != followed[there])
      return fmt::format("{} is to follow {} slots, and follows {}", name, followed[there], slots);
    if (said.snapshots_left > 0)
      return fmt::format("{} has {} snapshots to send", name, said.snapshots_left);
  }
  return {};
}

bool Cluster::await_settled(int timeout_ms) { return await_settled(timeout_ms, false); }

bool Cluster::await_settled_again(int timeout_ms) { return await_settled(timeout_ms, true); }

bool Cluster::await_settled(int timeout_ms, bool relaunches) {
  std::string why;
  std::int64_t revision = 0;
  std::optional<std::chrono::steady_clock::time_point> since;
  const bool settled = api::await(
      [&] {
        for (int id = 1; relaunches && id <= kInstances; ++id) {
          if (!instance(id).running()) launch(id);
        }
        why = unsettled();
        const auto first = why.empty() ? report(living().front()) : std::nullopt;
        if (!first || (since && first->revision != revision)) {
          since.reset();
        } else if (!since) {
          since = std::chrono::steady_clock::now();
          revision = first->revision;
        }
        if (!since) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return since && std::chrono::steady_clock::now() - *since > kSettledFor;
      },
      timeout_ms);
  EXPECT_TRUE(settled) << "not settled within " << timeout_ms << " ms: " << why << said_by_all();
  return settled;
}

bool Cluster::await_outboxes() {
  static const std::regex kNone("\nfrontrow_outbox_entries\\{[^}]*\\} 0\n");
  static const std::regex kSome("\nfrontrow_outbox_entries\\{[^}]*\\} [1-9]");
  std::string last;
  const auto has_none = [&] {
    for (const int id : living()) {
      last = api::HttpClient(place(id)).request("GET", "/metrics").body;
      if (!std::regex_search(last, kNone) || std::regex_search(last, kSome)) return false;
    }
    return true;
  };
  // The outbox entries of a payment that has just ended are not counted yet.
  const bool done = api::await(
      [&] {
        if (!has_none()) return false;
        std::this_thread::sleep_for(kOutboxCountInterval);
        return has_none();
      },
      kOutboxMsMax);
  EXPECT_TRUE(done) << "payments are under way after " << kOutboxMsMax << " ms\n" << last;
  return done;
}

ClusterMap Cluster::map() {
  SharedLog log = shared_log();
  ClusterMapStore maps = maps_of(log);
  std::string why;
  ClusterMap map;
  const bool read = api::await(
      [&] {
        auto answer = maps.read();
        if (!answer.ok()) {
          why = answer.error();
          return false;
        }
        map = std::move(*answer);
        return true;
      },
      kStoreMsMax);
  EXPECT_TRUE(read) << why;
  return map;
}

void Cluster::change_map(const std::function<Result<ClusterMap>(const ClusterMap&)>& change) {
  SharedLog log = shared_log();
  const MapChange changed = maps_of(log).change(change, for_some_time());
  EXPECT_TRUE(changed.ok()) << changed.reason;
}

std::optional<MemberRecord> Cluster::member(int id) {
  const auto text = read_member_text(store(), SharedLogKeys(told(1).cluster).member(name_of(id)));
  if (!text.ok() || !*text) return std::nullopt;
  auto record = decode_member_record(**text);
  return record.ok() ? std::optional(*record) : std::nullopt;
}

InstanceId Cluster::map_id(const ClusterMap& map, int id) const {
  const MapInstance* found = map.find(name_of(id));
  return found == nullptr ? 0 : found->id;
}

std::vector<SlotId> Cluster::slots_of(int id) {
  const ClusterMap now = map();
  std::vector<SlotId> slots;
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    if (owner_in(now, SlotId{slot}) == id) slots.push_back(SlotId{slot});
  }
  return slots;
}

int Cluster::owner_in(const ClusterMap& map, SlotId slot) const {
  const MapInstance* owner = map.find(map.place(slot).owner);
  for (int id = 1; owner != nullptr && id <= kInstances; ++id) {
    if (owner->name == name_of(id)) return id;
  }
  return 0;
}

int Cluster::owner_of(SlotId slot) { return owner_in(map(), slot); }

int Cluster::owner_of_concert(std::int64_t concert) {
  return owner_of(slot_of_concert(ConcertId{static_cast<std::uint32_t>(concert)}));
}

int Cluster::owner_of_user(const std::string& user) {
  return owner_of(slot_of_user(*parse_uuid(user)));
}

std::string Cluster::user_of(int id) {
  const ClusterMap now = map();
  std::string user = api::new_user();
  while (owner_in(now, slot_of_user(*parse_uuid(user))) != id && !testing::Test::HasFailure())
    user = api::new_user();
  return user;
}

}  // namespace frontrow::cluster
