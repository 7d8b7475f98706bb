#include "engine/runtime/controller/owned_slots.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace frontrow {

OwnedSlots::OwnedSlots(Engine& engine, const NewestMap& map, SlotRoles& roles, Founding& founding,
                       CatchUp& catch_up, const ControllerOptions& options)
    : engine_(engine),
      map_(map),
      roles_(roles),
      founding_(founding),
      catch_up_(catch_up),
      options_(options) {}

void OwnedSlots::serve() {
  std::map<StreamEnd, std::vector<SlotId>> from_copies;
  std::map<FoundingBase, std::vector<SlotId>> with_gaps;
  std::vector<SlotId> back_again;
  const RecoveryReport& recovered = engine_.recovered();
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotId slot{id};
    if (map_->place(slot).owner != options_.self || roles_.of(slot) != SlotRole::kNone) continue;
    const auto taken = map_->taken.find(slot);
    const auto own = recovered.taken.find(slot);
    const bool is_logged = taken != map_->taken.end() && own != recovered.taken.end() &&
                           own->second.from == taken->second;
    const bool has_gap = founding_.has_gap(slot);
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
      if (is_logged) founding_.note_founded(slot, taken->second);
      std::unique_ptr<Slot> state = engine_.parked().release(slot);
      const auto imported_at = end_of_tenure(state.get());
      roles_.serve(slot, std::move(state), imported_at);
    }
  }
  serve_again(back_again);
  for (const auto& [base, slots] : with_gaps) close_gaps(base, slots);
  for (const auto& [end, slots] : from_copies) serve_taken(end, slots);
}

// A slot of a static cluster whose directory was imported is taken over from the own stream: its
// tenure ends by the log, so that it counts in no copy of the slot. None: the slot has no tenure.
std::optional<StreamEnd> OwnedSlots::end_of_tenure(const Slot* state) const {
  if (state == nullptr || state->tenure == Tenure{}) return std::nullopt;
  return StreamEnd{options_.stream, options_.journal->last_group()};
}

// Slots that were given away, and came back before the other instance had logged anything: their
// state is in the own stream.
void OwnedSlots::serve_again(const std::vector<SlotId>& slots) {
  if (slots.empty()) return;
  if (Status s = engine_.recover_again(slots); !s.ok())
    return options_.on_note("slots that came back can't be recovered: " + s.error());
  for (const SlotId slot : slots) {
    founding_.note_founded(slot, map_->taken.at(slot));
    roles_.serve(slot, engine_.parked().release(slot));
  }
}

// Slots that this instance had taken over and decided on before it was started again.
void OwnedSlots::close_gaps(const FoundingBase& base, const std::vector<SlotId>& slots) {
  if (!catch_up_.to(base.end)) return;
  const std::unique_lock snapshots(engine_.snapshot_writer(), std::try_to_lock);
  if (!snapshots.owns_lock()) return;
  Status done = founding_.write_snapshots(base, slots);
  if (done.ok()) done = engine_.recover_again(slots);
  if (!done.ok()) {
    return options_.on_note("slots that were taken over can't be recovered: " + done.error());
  }
  for (const SlotId slot : slots) {
    founding_.close_gap(slot, base.end);
    roles_.serve(slot, engine_.parked().release(slot));
  }
  founding_.count();
}

void OwnedSlots::serve_taken(const StreamEnd& end, const std::vector<SlotId>& slots) {
  if (!catch_up_.to(end)) return;
  std::vector<std::pair<SlotId, std::unique_ptr<Slot>>> states;
  options_.on_follower([&](Follower& f) {
    for (const SlotId slot : slots) {
      if (f.is_warm(end.stream, slot)) states.emplace_back(slot, f.release(end.stream, slot));
    }
  });
  for (auto& [slot, state] : states) {
    if (state != nullptr) founding_.begin(slot, end);
    roles_.serve(slot, std::move(state), end);
  }
  taken_count_ += states.size();
}

void OwnedSlots::note_lost(SlotId slot) {
  if (!lost_.insert(slot).second) return;
  options_.on_note(
      fmt::format("slot {} is not served: its records here go on from a state that is not on this "
                  "disk, and the "
                  "slot map names no stream that has it",
                  slot.value));
}

}  // namespace frontrow
