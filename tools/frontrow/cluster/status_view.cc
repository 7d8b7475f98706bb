#include "tools/frontrow/cluster/status_view.h"

#include <algorithm>
#include <future>
#include <set>

#include "engine/base/text.h"
#include "engine/runtime/membership/placement.h"
#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow::cluster {
namespace {

// Two beats, and the slack of a busy machine.
constexpr Duration kBetweenReads = milliseconds(1100);
constexpr std::size_t kStreamsPage = 100;

Status read_streams(Access& access, std::map<std::uint64_t, StreamState>& streams) {
  const SharedLogKeys& keys = access.log().keys();
  std::string from = keys.streams();
  const std::string to = end_of_prefix(keys.streams());
  for (;;) {
    auto range = access.store().read(from, to, kStreamsPage);
    if (!range.ok()) return Error{range.error()};
    for (const StoreEntry& entry : range->entries) {
      const auto id = parse_hex_number(std::string_view(entry.key).substr(keys.streams().size()));
      auto state = decode_stream_state(entry.value);
      if (id && state.ok()) streams.emplace(*id, std::move(*state));
      from = entry.key + '\0';
    }
    if (!range->more || range->entries.empty()) return {};
  }
}

Status read_cluster(ConsensusStore& store, const ClusterArgs& args, const Patience& patience,
                    Seen& seen) {
  const auto access = Access::open(store, args);
  if (!access.ok()) return Error{access.error()};
  const SharedLogKeys& keys = (*access)->log().keys();
  auto map = (*access)->read_map();
  if (!map.ok()) return Error{map.error()};
  auto earlier = read_members(store, keys);
  if (!earlier.ok()) return store_error(args, earlier.error());
  if (Status status = read_streams(**access, seen.streams); !status.ok())
    return store_error(args, status.error());
  patience.sleep(kBetweenReads);
  auto members = read_members(store, keys);
  if (!members.ok()) return store_error(args, members.error());
  seen.record = (*access)->record();
  seen.map = std::move(*map);
  seen.earlier = std::move(*earlier);
  seen.members = std::move(*members);
  return {};
}

const Member* find_member(const MemberList& list, std::string_view name) {
  const auto found = std::ranges::find_if(
      list.members, [name](const Member& member) { return member.record.name == name; });
  return found != list.members.end() ? &*found : nullptr;
}

Presence presence_of(const Seen& seen, const Member& now) {
  if (now.record.state == MemberState::kDead) return Presence::kDead;
  if (now.record.state == MemberState::kLeaving) return Presence::kLeaving;
  const Member* before = find_member(seen.earlier, now.record.name);
  if (before != nullptr && before->text == now.text) return Presence::kNoBeat;
  switch (now.record.state) {
    case MemberState::kJoining:
      return Presence::kJoining;
    case MemberState::kStopping:
      return Presence::kStopping;
    default:
      return Presence::kServing;
  }
}

void fill_presence(const Seen& seen, std::string_view name, InstanceRow& row) {
  if (const Member* member = find_member(seen.members, name); member != nullptr) {
    row.record = member->record;
    row.presence = presence_of(seen, *member);
    return;
  }
  for (const UnreadableMember& unreadable : seen.members.unreadable) {
    if (unreadable.name != name) continue;
    row.presence = Presence::kUnreadable;
    row.unreadable = unreadable.reason;
  }
}

std::vector<InstanceRow> rows_of(const Seen& seen) {
  std::vector<InstanceRow> rows;
  for (const MapInstance& instance : seen.map.instances) {
    InstanceRow row{.instance = instance};
    fill_presence(seen, instance.name, row);
    row.owned = seen.map.slots_of(instance.id);
    row.followed = static_cast<std::size_t>(std::ranges::count_if(
        seen.map.places, [&](const SlotPlace& place) { return place.has_follower(instance.id); }));
    rows.push_back(std::move(row));
  }
  std::set<std::string> others;
  for (const Member& member : seen.members.members) others.insert(member.record.name);
  for (const UnreadableMember& member : seen.members.unreadable) others.insert(member.name);
  for (const std::string& name : others) {
    if (seen.map.find(name) != nullptr) continue;
    InstanceRow row;
    row.instance.name = name;
    fill_presence(seen, name, row);
    rows.push_back(std::move(row));
  }
  return rows;
}

// A slot whose owner does not live.
void count_departed(const ClusterMap& map, SlotId slot, std::size_t living_followers,
                    SlotCounts& counts) {
  ++counts.of_departed;
  SlotCounts::Departed& departed = counts.departed[map.place(slot).owner];
  // A slot without a snapshot of its owner's is not taken over (ClusterMap::taken).
  const bool can_be_taken = living_followers > 0 && !map.taken.contains(slot);
  ++(can_be_taken ? departed.to_take : departed.waiting);
}

SlotCounts counts_of(const ClusterMap& map, const Living& living) {
  SlotCounts counts;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotPlace& place = map.place(SlotId{id});
    if (place.owner == 0) {
      ++counts.unbegun;
      continue;
    }
    const auto followers = static_cast<std::size_t>(std::ranges::count_if(
        place.followers, [&](InstanceId f) { return f != 0 && living.contains(f); }));
    const bool owner_lives = living.contains(place.owner);
    const std::size_t copies = followers + (owner_lives ? 1 : 0);
    ++counts.by_copies[copies];
    if (copies == 1 && map.copies > 1) ++counts.lonely;
    if (owner_lives) {
      ++counts.of_living;
    } else {
      count_departed(map, SlotId{id}, followers, counts);
    }
  }
  for (const SlotMove& move : moves_wanted(map, living)) ++counts.moves[{move.from, move.to}];
  counts.follower_moves = follower_moves_wanted(map, living).size();
  return counts;
}

void ask_all(const AskInstance& ask, Seen& seen) {
  std::map<std::string, std::future<Result<std::string>>> asked;
  for (const InstanceRow& row : rows_of(seen)) {
    if (!row.beats()) continue;
    asked.emplace(row.instance.name, std::async(std::launch::async, ask, row.record->http));
  }
  for (auto& [name, future] : asked) {
    const Result<std::string> body = future.get();
    Asked one;
    if (body.ok()) {
      one.answer = parse_instance_answer(*body);
      if (one.answer.ok()) one.body = *body;
    } else {
      one.answer = Error{body.error()};
    }
    seen.asked.emplace(name, std::move(one));
  }
}

}  // namespace

std::string_view text_of(Presence presence) {
  switch (presence) {
    case Presence::kServing:
      return "serving";
    case Presence::kJoining:
      return "joining";
    case Presence::kStopping:
      return "stopping";
    case Presence::kNoBeat:
      return "no beat";
    case Presence::kLeaving:
      return "leaving";
    case Presence::kDead:
      return "dead";
    case Presence::kAbsent:
      return "absent";
    case Presence::kUnreadable:
      return "unreadable";
  }
  return "?";
}

const InstanceRow* View::row(InstanceId id) const {
  const auto found =
      std::ranges::find_if(rows, [id](const InstanceRow& row) { return row.instance.id == id; });
  return id != 0 && found != rows.end() ? &*found : nullptr;
}

std::size_t View::living_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(rows, &InstanceRow::is_living));
}

Seen gather(ConsensusStore& store, const ClusterArgs& args, std::uint64_t quota_bytes,
            const AskInstance& ask, const Patience& patience) {
  Seen seen;
  seen.health = store.health();
  seen.quota_bytes = quota_bytes;
  if (const Status status = read_cluster(store, args, patience, seen); !status.ok())
    seen.unread = status.error();
  if (seen.record && ask) ask_all(ask, seen);
  return seen;
}

View view_of(Seen seen) {
  View view{.seen = std::move(seen), .rows = {}, .slots = {}};
  if (!view.seen.record) return view;
  view.rows = rows_of(view.seen);
  Living living;
  for (const InstanceRow& row : view.rows)
    if (row.is_living()) living.insert(row.instance.id);
  view.slots = counts_of(view.seen.map, living);
  return view;
}

}  // namespace frontrow::cluster
