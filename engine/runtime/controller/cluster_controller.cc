#include "engine/runtime/controller/cluster_controller.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "engine/runtime/controller/incoming_moves.h"

namespace frontrow {

ClusterController::ClusterController(SharedLog& log, Engine& engine, Feeder& feeder,
                                     ControllerOptions options)
    : engine_(engine),
      feeder_(feeder),
      options_(std::move(options)),
      notes_(options_.on_note),
      map_(log, options_,
           [this](const ClusterMap& before, const ClusterMap& next) {
             bridges_.note_map(before, next);
           }),
      members_(map_, options_),
      roles_(engine),
      catch_up_(log, map_, members_, notes_, options_),
      bridges_(roles_, catch_up_, options_),
      founding_(engine, map_, notes_, options_),
      owned_slots_(engine, map_, roles_, founding_, catch_up_, options_),
      takeovers_(log, map_, members_, catch_up_, options_),
      gifts_(map_, members_, moves_, roles_, founding_, options_),
      followed_slots_(map_, members_, moves_, roles_, bridges_, options_),
      upkeep_(map_, members_, options_) {}

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
  ControllerStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
  }
  status.takeovers = takeovers_.count();
  status.slots_taken = owned_slots_.taken_count();
  status.slots_given = gifts_.given_count();
  return status;
}

void ClusterController::take_news() {
  News news;
  {
    const std::lock_guard lock(mutex_);
    news = std::exchange(news_, {});
  }
  for (KnownMember& member : news.members) members_.note(std::move(member));
  for (auto& [slot, state] : news.yielded) roles_.note_yielded(slot, std::move(state));
  for (const SlotId slot : news.taken) founding_.note_logged(slot);
  if (news.drains) members_.drain();
  for (const auto& [from, wanted] : news.wanted) gifts_.begin(from, wanted.slots);
}

// --- the step

bool ClusterController::step() {
  take_news();
  auto copied_before = bridges_.newest_groups();
  if (!map_.read()) return false;
  adopt();
  bridges_.set_copied(std::move(copied_before));
  if (!upkeep_.has_begun()) return true;
  if (!has_superseded_ && !(has_superseded_ = map_.supersede())) return false;
  bridges_.build();
  owned_slots_.serve();
  take_over_departed();
  give();
  bridges_.build();
  founding_.found();
  upkeep_.keep();
  if (!members_.is_draining()) {
    ask_for_slots(*map_, moves_, options_);
    replace_followers(map_, moves_, options_);
  }
  publish_status();
  return true;
}

// Brings engine, feeder and follower to the newest map.
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
    if (place.owner != options_.self) {
      let_go(slot);
      continue;
    }
    for (const InstanceId follower : place.followers) {
      if (follower != 0) followers.insert(follower);
    }
  }
  if (has_changed) engine_.owners_changed();
  feeder_.set_followers({followers.begin(), followers.end()});
  const Living living = members_.living();
  moves_.update(*map_, living, members_.staying(living));
  followed_slots_.update();
}

// The map gives the slot to another instance, or to none.
void ClusterController::let_go(SlotId slot) {
  if (roles_.of(slot) == SlotRole::kServing) {
    // Another instance has sealed this one's stream: nothing that is decided here is durable.
    roles_.yield(slot);
  } else if (roles_.of(slot) == SlotRole::kYielded) {
    roles_.drop(slot);
    gifts_.drop(slot);
  }
}

void ClusterController::take_over_departed() {
  // A takeover replaces the map.
  const std::vector<MapInstance> instances = map_->instances;
  for (const MapInstance& instance : instances) {
    if (!takeovers_.take_over(instance)) continue;
    adopt();
    owned_slots_.serve();
    tell_all();
  }
}

void ClusterController::give() {
  if (!gifts_.give()) return;
  adopt();
  tell_all();
}

void ClusterController::tell_all() {
  for (const MapInstance& instance : map_->instances) {
    if (instance.id != options_.self) options_.send(instance.id, MapChanged{});
  }
}

void ClusterController::publish_status() {
  ControllerStatus status;
  status.revision = map_->revision();
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotPlace& place = map_->places[id];
    if (place.owner != options_.self) continue;
    ++status.owned;
    status.serving += roles_.of(SlotId{id}) == SlotRole::kServing ? 1 : 0;
    status.lonely += map_->copies > 1 && place.follower_count() == 0 ? 1 : 0;
  }
  status.awaited = status.owned - status.serving;
  status.to_give = static_cast<std::size_t>(
      std::ranges::count(moves_.of_owners(), options_.self, &SlotMove::from));
  status.is_draining = members_.is_draining();
  founding_.count();
  is_moving_.store(status.awaited > 0 || !gifts_.empty() || !bridges_.empty());
  const std::lock_guard lock(mutex_);
  status_ = status;
}

}  // namespace frontrow
