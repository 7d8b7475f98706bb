#include "engine/runtime/controller/cluster_controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/runtime/membership/map_changes.h"
#include "engine/runtime/shared_log/shared_group.h"

namespace frontrow {
namespace {

// How long the rest of a living instance's stream is waited for before the shared log is asked.
constexpr std::int64_t kLinkMs = 2000;
// Between changes of the map that only tidy it up: they compete with those that slots wait for.
constexpr std::int64_t kSettleMs = 1000;
// Groups that are read from the shared log at a time.
constexpr std::size_t kTailGroups = 16;
// Slots that one gift has: they stand still together. Those without a state cost little.
constexpr std::size_t kGiftSlots = 64;
constexpr std::size_t kGiftSlotsMax = 256;
// Slots whose follower is replaced in one change of the map.
constexpr std::size_t kReplacedSlots = 512;

}  // namespace

ClusterController::ClusterController(SharedLog& log, Engine& engine, Feeder& feeder,
                                     ControllerOptions options)
    : log_(log),
      engine_(engine),
      feeder_(feeder),
      options_(std::move(options)),
      notes_(options_.on_note),
      map_(log, options_,
           [this](const ClusterMap& before, const ClusterMap& next) {
             for (std::uint16_t id = 0; id < kSlotCount; ++id) note_move(SlotId{id}, before, next);
           }),
      members_(map_, options_),
      gaps_(engine.recovered().gaps.begin(), engine.recovered().gaps.end()) {
  count_unfounded();
}

ClusterController::~ClusterController() = default;

// --- from other threads

void ClusterController::note_members(const MemberList& list) {
  const std::lock_guard lock(mutex_);
  for (const Member& member : list.members)
    news_.members.push_back({member, member.record.is_departed()});
}

void ClusterController::note_departed(const Member& member) {
  const std::lock_guard lock(mutex_);
  news_.members.push_back({member, true});
}

void ClusterController::take(InstanceId from, ControlMessage&& message) {
  const std::lock_guard lock(mutex_);
  if (auto* wanted = std::get_if<WantSlots>(&message))
    news_.wanted.emplace_back(from, std::move(*wanted));
}

void ClusterController::note_yielded(SlotId slot, std::unique_ptr<Slot> state) {
  const std::lock_guard lock(mutex_);
  news_.yielded.emplace_back(slot, std::move(state));
}

void ClusterController::note_taken(SlotId slot) {
  const std::lock_guard lock(mutex_);
  news_.taken.push_back(slot);
}

void ClusterController::drain() {
  const std::lock_guard lock(mutex_);
  news_.drains = true;
}

ControllerStatus ClusterController::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ClusterController::take_news() {
  News news;
  {
    const std::lock_guard lock(mutex_);
    news = std::exchange(news_, {});
  }
  for (KnownMember& member : news.members) members_.note(std::move(member));
  for (auto& [slot, state] : news.yielded) {
    yielded_[slot] = std::move(state);
    roles_[slot.value] = Role::kYielded;
  }
  for (const SlotId slot : news.taken) unlogged_.erase(slot);
  if (news.drains) members_.drain();
  for (const auto& [from, wanted] : news.wanted) begin_gift(from, wanted.slots);
}

// --- the step

bool ClusterController::step() {
  take_news();
  auto copied_before = copied();
  if (!map_.read()) return false;
  adopt();
  copied_ = std::move(copied_before);
  if (!has_begun()) return true;
  if (!has_superseded_ && !(has_superseded_ = map_.supersede())) return false;
  bridge();
  serve_owned();
  take_over_departed();
  give();
  bridge();
  found();
  keep_map();
  ask_for_slots();
  replace_followers();

  ControllerStatus status = this->status();
  status.revision = map_->revision();
  status.owned = status.serving = status.lonely = 0;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotPlace& place = map_->places[id];
    if (place.owner != options_.self) continue;
    ++status.owned;
    status.serving += roles_[id] == Role::kServing ? 1 : 0;
    status.lonely += map_->copies > 1 && place.follower_count() == 0 ? 1 : 0;
  }
  status.awaited = status.owned - status.serving;
  status.to_give = static_cast<std::size_t>(
      std::ranges::count(moves_.of_owners(), options_.self, &SlotMove::from));
  status.is_draining = members_.is_draining();
  count_unfounded();
  is_moving_.store(status.awaited > 0 || !gifts_.empty() || !bridges_.empty());
  const std::lock_guard lock(mutex_);
  status_ = status;
  return true;
}

// Whether the slots that the map gives to this instance are in its directory. If it came with a new
// one, the others first take over what it owned.
bool ClusterController::has_begun() {
  // It was removed from the cluster.
  if (map_->find(options_.self) == nullptr) return false;
  const auto is_here = [this] { return map_->find(options_.self)->stream == options_.stream; };
  if (is_here()) return true;
  if (const std::size_t count = map_->slots_of(options_.self); count > 0) {
    if (!std::exchange(waits_for_takeover_, true)) {
      options_.on_note(fmt::format(
          "this data directory is new: {} slots of this instance are in stream {:016x}, and are "
          "served when the instances with their copies have taken them over",
          count, map_->find(options_.self)->stream));
    }
    return false;
  }
  map_.change("begin a stream", [this](const ClusterMap& map) {
    return begin_stream(map, options_.self, options_.stream);
  });
  return is_here();
}

void ClusterController::adopt() {
  if (std::exchange(told_revision_, map_->revision()) != map_->revision()) options_.on_map(*map_);
  bool has_changed = false;
  std::set<InstanceId> followers;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotId slot{id};
    const SlotPlace& place = map_->place(slot);
    if (engine_.owners().owner(slot) != place.owner) {
      engine_.owners().set(slot, place.owner);
      has_changed = true;
    }
    if (place.owner == options_.self) {
      for (const InstanceId follower : place.followers) {
        if (follower != 0) followers.insert(follower);
      }
    } else if (roles_[id] == Role::kServing) {
      // Another instance has sealed this one's stream: nothing that is decided here is durable.
      roles_[id] = Role::kYielding;
      engine_.order(YieldSlot{slot});
    } else if (roles_[id] == Role::kYielded) {
      roles_[id] = Role::kNone;
      yielded_.erase(slot);
      for (Gift& gift : gifts_) std::erase(gift.slots, slot);
    }
  }
  std::erase_if(gifts_, [](const Gift& gift) { return gift.slots.empty(); });
  if (has_changed) engine_.owners_changed();
  feeder_.set_followers({followers.begin(), followers.end()});
  const Living living = members_.living();
  moves_.update(*map_, living, members_.staying(living));
  follow();
}

// --- following

void ClusterController::follow() {
  std::map<std::uint64_t, SlotSet> wanted;
  const auto want = [&](SlotId slot, InstanceId owner) {
    const std::uint64_t stream = map_->find(owner)->stream;
    if (stream != 0) wanted[stream].set(slot.value);
  };
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotPlace& place = map_->places[id];
    if (place.owner != options_.self && place.has_follower(options_.self))
      want(SlotId{id}, place.owner);
  }
  for (const SlotMove& move : moves_.of_owners()) {
    if (move.to == options_.self && !members_.is_draining()) want(move.slot, move.from);
  }
  for (const SlotMove& move : moves_.of_followers()) {
    if (move.to == options_.self && !members_.is_draining())
      want(move.slot, map_->place(move.slot).owner);
  }
  for (const auto& [slot, bridge] : bridges_) {
    if (bridge.from.stream != options_.stream) wanted[bridge.from.stream].set(slot.value);
  }
  // Slots that the map has given to this instance, whose state is to come from a copy.
  for (const auto& [slot, end] : map_->taken) {
    if (map_->place(slot).owner == options_.self && roles_[slot.value] == Role::kNone)
      wanted[end.stream].set(slot.value);
  }
  for (const auto& [stream, slots] : followed_) wanted.try_emplace(stream);
  if (wanted == followed_) return;
  options_.on_follower([&](Follower& follower) {
    for (const auto& [stream, slots] : wanted) {
      const auto before = followed_.find(stream);
      if (before == followed_.end() || before->second != slots) follower.follow(stream, slots);
    }
  });
  std::erase_if(wanted, [](const auto& each) { return each.second.none(); });
  followed_ = std::move(wanted);
}

// --- slots that have moved

std::map<std::uint64_t, std::uint64_t> ClusterController::copied() {
  std::map<std::uint64_t, std::uint64_t> newest;
  options_.on_follower([&](Follower& f) {
    for (const FollowedStream& stream : f.streams()) newest[stream.stream] = stream.newest;
  });
  return newest;
}

// copied_ is older than the map before.
void ClusterController::note_move(SlotId slot, const ClusterMap& before, const ClusterMap& next) {
  const SlotPlace& place = next.place(slot);
  const auto taken = next.taken.find(slot);
  const bool is_bridged = taken != next.taken.end() && place.owner != options_.self &&
                          place.has_follower(options_.self);
  if (!is_bridged) {
    bridges_.erase(slot);
    return;
  }
  const InstanceId owner_before = before.place(slot).owner;
  if (owner_before == 0 || owner_before == place.owner) return;
  const std::uint64_t to = next.find(place.owner)->stream;
  const auto copied = copied_.find(to);
  Bridge bridge{.to = to,
                .from = taken->second,
                .after = copied == copied_.end() ? 0 : copied->second,
                .state = {}};
  if (bridge.from.stream == options_.stream) {
    const auto yielded = yielded_.find(slot);
    if (yielded == yielded_.end() || yielded->second == nullptr) return;
    bridge.state = std::move(yielded->second);
  }
  bridges_[slot] = std::move(bridge);
}

void ClusterController::bridge() {
  if (bridges_.empty() || !give_states_for_bridges()) return;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::map<SlotId, std::unique_ptr<Slot>>> ready;
  for (auto& [slot, bridge] : bridges_) {
    if (bridge.state != nullptr)
      ready[{bridge.to, bridge.after}].emplace(slot, std::move(bridge.state));
  }
  options_.on_follower([&](Follower& f) {
    for (auto& [target, states] : ready) f.adopt(target.first, states, target.second);
  });
  for (auto each = bridges_.begin(); each != bridges_.end();) {
    auto& [slot, bridge] = *each;
    const auto states = ready.find({bridge.to, bridge.after});
    const bool was_ready = states != ready.end() && !bridge.state;
    if (was_ready && !states->second.contains(slot)) {
      each = bridges_.erase(each);
      continue;
    }
    if (was_ready) bridge.state = std::move(states->second[slot]);  // its copy has not begun
    ++each;
  }
}

// Takes the states of moved slots out of copies that have all of them.
bool ClusterController::give_states_for_bridges() {
  std::set<StreamEnd> ends;
  for (const auto& [slot, bridge] : bridges_) {
    if (bridge.state == nullptr) ends.insert(bridge.from);
  }
  for (const StreamEnd& end : ends) {
    if (!catch_up(end)) return false;
  }
  options_.on_follower([&](Follower& f) {
    for (auto each = bridges_.begin(); each != bridges_.end();) {
      auto& [slot, bridge] = *each;
      const bool is_warm = f.is_warm(bridge.from.stream, slot);
      if (bridge.state == nullptr && is_warm) bridge.state = f.give(bridge.from.stream, slot);
      // Without a state the new owner's snapshot is waited for.
      each = bridge.state == nullptr ? bridges_.erase(each) : std::next(each);
    }
  });
  return true;
}

// Brings the copy of a stream to a group that the stream has.
bool ClusterController::catch_up(const StreamEnd& end) {
  for (;;) {
    std::uint64_t newest = 0;
    options_.on_follower([&](Follower& f) { newest = f.newest(end.stream); });
    if (newest >= end.group) {
      waits_for_.erase(end);
      return true;
    }
    if (comes_over_a_link(end)) return false;
    const auto groups = log_.groups(end.stream, newest, end.group, kTailGroups);
    if (!groups.ok()) {
      notes_.note(fmt::format("stream {:016x} can't be followed to its end: {}", end.stream,
                              groups.error()));
      return false;
    }
    Status added;
    for (const SharedGroup& group : *groups) {
      const auto bytes = decode_shared_group(group.bytes);
      if (!bytes.ok()) {
        added = Error{bytes.error()};
      } else {
        options_.on_follower([&](Follower& f) {
          if (f.newest(end.stream) < group.number) added = f.add(end.stream, *bytes);
        });
      }
      if (added.ok()) continue;
      options_.on_note(
          fmt::format("group {} of stream {:016x}: {}", group.number, end.stream, added.error()));
      return false;
    }
  }
}

// Whether the rest of a stream is to come from its owner, which lives: the store lets go of groups
// that the owner's followers have.
bool ClusterController::comes_over_a_link(const StreamEnd& end) {
  const bool lives =
      std::any_of(map_->instances.begin(), map_->instances.end(), [&](const MapInstance& instance) {
        return instance.stream == end.stream && instance.id != options_.self &&
               members_.is_living(instance);
      });
  const std::int64_t now = options_.now_ms();
  const std::int64_t since = waits_for_.try_emplace(end, now).first->second;
  return lives && now - since < kLinkMs;
}

// --- serving

void ClusterController::serve(SlotId slot, std::unique_ptr<Slot> state,
                              const std::optional<StreamEnd>& taken_from) {
  roles_[slot.value] = Role::kServing;
  if (taken_from && taken_from->stream != options_.stream && state != nullptr) {
    unfounded_[slot] = {*taken_from, options_.journal->last_group()};
    unlogged_.insert(slot);
    gaps_.erase(slot);
    count_unfounded();
  }
  engine_.order(ServeSlot{slot, std::move(state), taken_from});
}

// Slots that the map gives to this instance and that are not served yet.
void ClusterController::serve_owned() {
  std::map<StreamEnd, std::vector<SlotId>> from_copies;
  std::map<Unfounded, std::vector<SlotId>> with_gaps;
  std::vector<SlotId> back_again;
  const RecoveryReport& recovered = engine_.recovered();
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotId slot{id};
    if (map_->place(slot).owner != options_.self || roles_[id] != Role::kNone) continue;
    const auto taken = map_->taken.find(slot);
    const auto own = recovered.taken.find(slot);
    const bool is_logged = taken != map_->taken.end() && own != recovered.taken.end() &&
                           own->second.from == taken->second;
    const bool has_gap = gaps_.contains(slot);
    if (taken != map_->taken.end() && taken->second.stream == options_.stream) {
      back_again.push_back(slot);
    } else if (taken != map_->taken.end() && !is_logged) {
      from_copies[taken->second].push_back(slot);
    } else if (has_gap && is_logged) {
      with_gaps[{taken->second, own->second.group - 1}].push_back(slot);
    } else if (has_gap) {
      note_lost(slot);
    } else {
      // It has been this instance's since it began, or since its snapshot in the own stream.
      if (is_logged) founded_[slot] = taken->second;
      std::unique_ptr<Slot> state = engine_.parked().release(slot);
      const auto imported_at = end_of_tenure(state.get());
      serve(slot, std::move(state), imported_at);
    }
  }
  serve_again(back_again);
  for (const auto& [base, slots] : with_gaps) close_gaps(base, slots);
  for (const auto& [end, slots] : from_copies) serve_taken(end, slots);
}

// A slot of a static cluster whose directory was imported is taken over from the own stream: its
// tenure ends by the log, so that it counts in no copy of the slot. None: the slot has no tenure.
std::optional<StreamEnd> ClusterController::end_of_tenure(const Slot* state) const {
  if (state == nullptr || state->tenure == Tenure{}) return std::nullopt;
  return StreamEnd{options_.stream, options_.journal->last_group()};
}

// Slots that were given away, and came back before the other instance had logged anything: their
// state is in the own stream.
void ClusterController::serve_again(const std::vector<SlotId>& slots) {
  if (slots.empty()) return;
  if (Status s = engine_.recover_again(slots); !s.ok())
    return options_.on_note("slots that came back can't be recovered: " + s.error());
  for (const SlotId slot : slots) {
    founded_[slot] = map_->taken.at(slot);
    serve(slot, engine_.parked().release(slot), std::nullopt);
  }
}

// Slots that this instance had taken over and decided on before it was started again.
void ClusterController::close_gaps(const Unfounded& base, const std::vector<SlotId>& slots) {
  if (!catch_up(base.end)) return;
  const std::unique_lock snapshots(engine_.snapshot_writer(), std::try_to_lock);
  if (!snapshots.owns_lock()) return;
  Status done;
  options_.on_follower([&](Follower& f) {
    done = f.found(base.end, slots, options_.journal->archive(), base.own_group);
  });
  if (done.ok()) done = engine_.recover_again(slots);
  if (!done.ok()) {
    return options_.on_note("slots that were taken over can't be recovered: " + done.error());
  }
  for (const SlotId slot : slots) {
    gaps_.erase(slot);
    founded_[slot] = base.end;
    serve(slot, engine_.parked().release(slot), std::nullopt);
  }
  count_unfounded();
}

void ClusterController::note_lost(SlotId slot) {
  if (!lost_.insert(slot).second) return;
  options_.on_note(
      fmt::format("slot {} is not served: its records here go on from a state that is not on this "
                  "disk, and the "
                  "slot map names no stream that has it",
                  slot.value));
}

void ClusterController::serve_taken(const StreamEnd& end, const std::vector<SlotId>& slots) {
  if (!catch_up(end)) return;
  std::vector<std::pair<SlotId, std::unique_ptr<Slot>>> states;
  options_.on_follower([&](Follower& f) {
    for (const SlotId slot : slots) {
      if (f.is_warm(end.stream, slot)) states.emplace_back(slot, f.release(end.stream, slot));
    }
  });
  for (auto& [slot, state] : states) serve(slot, std::move(state), end);
  const std::lock_guard lock(mutex_);
  status_.slots_taken += states.size();
}

// --- takeover

void ClusterController::take_over_departed() {
  // A takeover replaces the map.
  const std::vector<MapInstance> instances = map_->instances;
  for (const MapInstance& instance : instances) {
    const KnownMember* const member = members_.find(instance.id);
    if (instance.id == options_.self || instance.stream == 0 || member == nullptr) continue;
    const bool is_elsewhere = member->member.record.stream != instance.stream;
    if (!member->is_departed && !is_elsewhere) continue;
    std::vector<MapExpectation> expected;
    // Another process of the instance on this stream would lift the seal, and one on another stream
    // does not decide on these slots.
    if (!is_elsewhere) expected.push_back({log_.keys().member(instance.name), member->member.text});
    take_over(instance, std::move(expected));
  }
}

// Whether the instance is gone by its record as it is now. To seal the stream of one that has come
// back would end its process.
bool ClusterController::is_gone(const MapInstance& instance) {
  const Member& member = members_.find(instance.id)->member;
  const auto text = read_member_text(log_.store(), log_.keys().member(instance.name));
  if (!text.ok()) return false;
  if (*text == member.text) return true;
  if (!*text || member.record.stream == instance.stream) return false;
  const auto record = decode_member_record(**text);
  return record.ok() && record->stream != instance.stream;
}

void ClusterController::take_over(const MapInstance& dead, std::vector<MapExpectation> expected) {
  const std::uint64_t stream = dead.stream;
  // A slot whose last move has not ended has its state in an earlier stream, except if it was
  // bridged.
  const auto has_all = [&](const Follower& f, SlotId slot) {
    return map_->taken.contains(slot) ? f.is_adopted(stream, slot) : f.is_warm(stream, slot);
  };
  std::vector<SlotId> slots;
  options_.on_follower([&](Follower& f) {
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const SlotPlace& place = map_->places[id];
      const SlotId slot{id};
      if (place.owner == dead.id && place.has_follower(options_.self) && has_all(f, slot))
        slots.push_back(slot);
    }
  });
  if (slots.empty() || !is_gone(dead)) return;
  const auto sealed = log_.seal(stream, options_.name);
  if (!sealed.ok()) return options_.on_note("a takeover waits for the store: " + sealed.error());
  // A process joins before it opens its stream: one that joins from here on lifts the seal, and the
  // change of the map is refused. One that joined before shows now.
  if (!is_gone(dead)) return;
  const StreamEnd end{stream, sealed->last};
  if (!catch_up(end)) return;
  // The rest of the stream may have shown gaps.
  std::set<SlotId> with_state;
  options_.on_follower([&](Follower& f) {
    std::erase_if(slots, [&](SlotId slot) { return !has_all(f, slot); });
    for (const SlotId slot : slots) {
      if (f.has_state(stream, slot)) with_state.insert(slot);
    }
  });
  expected.push_back({log_.keys().stream(stream), encode_stream_state(*sealed)});
  const MapOutcome outcome = map_.change(
      "take over",
      [&](const ClusterMap& map) -> Result<ClusterMap> {
        std::vector<SlotId> left;
        std::copy_if(slots.begin(), slots.end(), std::back_inserter(left), [&](SlotId slot) {
          return map.place(slot).owner == dead.id && map.place(slot).has_follower(options_.self);
        });
        auto next = frontrow::take_over(map, dead.id, options_.self, left);
        if (!next.ok()) return next;
        for (const SlotId slot : left) {
          next->taken.erase(slot);
          if (with_state.contains(slot)) next->taken[slot] = {end.stream, end.group};
        }
        return next;
      },
      expected);
  // An unknown outcome shows in the map that the next step reads.
  if (outcome != MapOutcome::kChanged) return;
  options_.on_note(
      fmt::format("{} is gone: {} of its slots are served here from group {} of its "
                  "stream on",
                  dead.name, slots.size(), end.group));
  {
    const std::lock_guard lock(mutex_);
    ++status_.takeovers;
  }
  adopt();
  serve_owned();
  tell_all();
}

// --- giving

void ClusterController::begin_gift(InstanceId to, const std::vector<SlotId>& slots) {
  Gift gift{.to = to, .slots = {}};
  for (const SlotId slot : slots) {
    const bool belongs_there = std::any_of(
        moves_.of_owners().begin(), moves_.of_owners().end(), [&](const SlotMove& move) {
          return move.slot == slot && move.from == options_.self && move.to == to;
        });
    if (slot.value >= kSlotCount || !belongs_there || roles_[slot.value] != Role::kServing ||
        unfounded_.contains(slot) || gift.slots.size() == kGiftSlotsMax)
      continue;
    roles_[slot.value] = Role::kYielding;
    engine_.order(YieldSlot{slot});
    gift.slots.push_back(slot);
  }
  if (!gift.slots.empty()) gifts_.push_back(std::move(gift));
}

void ClusterController::give() {
  std::vector<Gift> gifts = std::exchange(gifts_, {});
  bool has_given = false;
  for (Gift& gift : gifts) {
    const bool is_ready = std::all_of(gift.slots.begin(), gift.slots.end(), [this](SlotId slot) {
      return roles_[slot.value] == Role::kYielded;
    });
    const MapOutcome outcome = is_ready ? hand_over_gift(gift) : MapOutcome::kUnknown;
    gift.is_in_doubt |= is_ready && outcome == MapOutcome::kUnknown;
    if (outcome == MapOutcome::kChanged) {
      has_given = true;
    } else if (outcome == MapOutcome::kUnknown || (gift.is_in_doubt && !map_.supersede())) {
      // The change may come into the map later: tried again, and not served meanwhile.
      gifts_.push_back(std::move(gift));
    } else {
      for (const SlotId slot : gift.slots) {
        // It has taken effect: the next step adopts it.
        if (map_->place(slot).owner != options_.self) continue;
        serve(slot, std::move(yielded_[slot]), std::nullopt);
        yielded_.erase(slot);
      }
    }
  }
  if (!has_given) return;
  adopt();
  tell_all();
}

MapOutcome ClusterController::hand_over_gift(const Gift& gift) {
  const std::uint64_t group = options_.journal->last_group();
  const Living now_living = members_.living();
  const MapOutcome outcome =
      map_.change("hand over", [&](const ClusterMap& map) -> Result<ClusterMap> {
        if (!now_living.contains(gift.to)) return Error{"the other instance is gone"};
        auto next = hand_over(map, gift.slots, options_.self, gift.to, now_living);
        if (!next.ok()) return next;
        for (const SlotId slot : gift.slots) {
          next->taken.erase(slot);
          if (yielded_[slot] != nullptr) next->taken[slot] = {options_.stream, group};
        }
        return next;
      });
  const std::lock_guard lock(mutex_);
  if (outcome == MapOutcome::kChanged) status_.slots_given += gift.slots.size();
  return outcome;
}

// --- founding

// A slot that is founded and still `taken` in the map counts: a restart from a checkpoint after its
// slot_taken would look for its state in the copy, which has dropped it.
void ClusterController::count_unfounded() {
  unfounded_count_.store(unfounded_.size() + gaps_.size() + founded_.size());
}

// Snapshots of slots that were taken over, in the own stream; then the map forgets where the slots
// came from.
void ClusterController::found() {
  // A checkpoint that runs reads the snapshots that would be replaced.
  const std::unique_lock snapshots(engine_.snapshot_writer(), std::try_to_lock);
  if (!unfounded_.empty() && snapshots.owns_lock()) {
    std::map<Unfounded, std::vector<SlotId>> by_base;
    for (const auto& [slot, base] : unfounded_) {
      if (!unlogged_.contains(slot)) by_base[base].push_back(slot);
    }
    for (const auto& each : by_base) {
      const Unfounded& base = each.first;
      const std::vector<SlotId>& slots = each.second;
      Status done;
      options_.on_follower([&](Follower& f) {
        done = f.found(base.end, slots, options_.journal->archive(), base.own_group);
      });
      if (!done.ok()) {
        notes_.note("snapshots of slots that were taken over: " + done.error());
        continue;
      }
      for (const SlotId slot : slots) {
        unfounded_.erase(slot);
        founded_[slot] = base.end;
      }
    }
    count_unfounded();
  }
  settle();
}

// The map forgets where founded slots came from.
void ClusterController::settle() {
  const std::int64_t now = options_.now_ms();
  if (founded_.empty() || (settled_ms_ != 0 && now - settled_ms_ < kSettleMs)) return;
  settled_ms_ = now;
  const MapOutcome outcome =
      map_.change("settle", [&](const ClusterMap& map) -> Result<ClusterMap> {
        ClusterMap next = map;
        for (const auto& [slot, from] : founded_) {
          const auto taken = next.taken.find(slot);
          // It may have left since, and come back from another stream.
          const bool is_same = taken != next.taken.end() && taken->second == from;
          if (is_same && next.place(slot).owner == options_.self) next.taken.erase(taken);
        }
        return next;
      });
  if (outcome == MapOutcome::kChanged || outcome == MapOutcome::kNothingToDo) founded_.clear();
  count_unfounded();
}

// --- the map

void ClusterController::keep_map() {
  const Living now_living = members_.living();
  // One instance is enough, and two do no harm.
  if (now_living.empty() || *now_living.begin() != options_.self) return;
  const auto begin = [&](const ClusterMap& map) { return begin_slots(map, now_living); };
  const auto refill = [&](const ClusterMap& map) { return refill_followers(map, now_living); };
  if (map_.is_needed(begin) && options_.may_begin_slots()) map_.change("begin slots", begin);
  if (map_.is_needed(refill)) map_.change("refill followers", refill);
}

void ClusterController::ask_for_slots() {
  if (members_.is_draining()) return;
  std::map<InstanceId, std::vector<SlotId>> wanted;
  std::map<InstanceId, std::size_t> with_state;
  options_.on_follower([&](Follower& f) {
    for (const SlotMove& move : moves_.of_owners()) {
      const MapInstance* const owner = map_->find(move.from);
      if (move.to != options_.self || owner == nullptr) continue;
      std::vector<SlotId>& slots = wanted[move.from];
      const bool has_state = f.has_state(owner->stream, move.slot);
      if (slots.size() == kGiftSlotsMax || !f.is_warm(owner->stream, move.slot)) continue;
      if (!has_state || with_state[move.from] < kGiftSlots) slots.push_back(move.slot);
      with_state[move.from] += has_state ? 1 : 0;
    }
  });
  for (auto& [owner, slots] : wanted) {
    if (!slots.empty()) options_.send(owner, WantSlots{std::move(slots)});
  }
}

// This instance is to follow slots in the place of others, and they are warm here.
void ClusterController::replace_followers() {
  if (members_.is_draining()) return;
  std::vector<SlotMove> ready;
  options_.on_follower([&](Follower& f) {
    for (const SlotMove& move : moves_.of_followers()) {
      if (move.to != options_.self || ready.size() == kReplacedSlots) continue;
      const MapInstance* const owner = map_->find(map_->place(move.slot).owner);
      if (owner != nullptr && f.is_warm(owner->stream, move.slot)) ready.push_back(move);
    }
  });
  if (ready.empty()) return;
  const ClusterMap seen = *map_;
  map_.change("replace followers", [&](const ClusterMap& map) -> Result<ClusterMap> {
    ClusterMap next = map;
    for (const SlotMove& move : ready) {
      if (map.place(move.slot) != seen.place(move.slot)) continue;
      auto replaced = replace_follower(std::move(next), {&move.slot, 1}, move.from, move.to);
      if (!replaced.ok()) return replaced;
      next = std::move(*replaced);
    }
    return next;
  });
}

void ClusterController::tell_all() {
  for (const MapInstance& instance : map_->instances) {
    if (instance.id != options_.self) options_.send(instance.id, MapChanged{});
  }
}

}  // namespace frontrow
