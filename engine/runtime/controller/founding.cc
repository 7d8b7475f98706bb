#include "engine/runtime/controller/founding.h"

#include <mutex>
#include <vector>

namespace frontrow {
namespace {

// Between changes of the map that only tidy it up: they compete with those that slots wait for.
constexpr std::int64_t kSettleMs = 1000;

}  // namespace

Founding::Founding(Engine& engine, NewestMap& map, NoteOnce& notes,
                   const ControllerOptions& options)
    : map_(map),
      notes_(notes),
      engine_(engine),
      options_(options),
      gaps_(engine.recovered().gaps.begin(), engine.recovered().gaps.end()) {
  count();
}

void Founding::begin(SlotId slot, const StreamEnd& end) {
  unfounded_[slot] = {end, options_.journal->last_group()};
  unlogged_.insert(slot);
  gaps_.erase(slot);
  count();
}

void Founding::close_gap(SlotId slot, const StreamEnd& end) {
  gaps_.erase(slot);
  note_founded(slot, end);
}

// A slot that is founded and still `taken` in the map counts: a restart from a checkpoint after its
// slot_taken would look for its state in the copy, which has dropped it.
void Founding::count() { count_.store(unfounded_.size() + gaps_.size() + founded_.size()); }

Status Founding::write_snapshots(const FoundingBase& base, std::span<const SlotId> slots) {
  Status done;
  options_.on_follower([&](Follower& f) {
    done = f.found(base.end, slots, options_.journal->archive(), base.own_group);
  });
  return done;
}

void Founding::found() {
  // A checkpoint that runs reads the snapshots that would be replaced.
  const std::unique_lock snapshots(engine_.snapshot_writer(), std::try_to_lock);
  if (!unfounded_.empty() && snapshots.owns_lock()) write_missing_snapshots();
  settle();
}

void Founding::write_missing_snapshots() {
  std::map<FoundingBase, std::vector<SlotId>> by_base;
  for (const auto& [slot, base] : unfounded_) {
    if (!unlogged_.contains(slot)) by_base[base].push_back(slot);
  }
  for (const auto& [base, slots] : by_base) {
    if (const Status done = write_snapshots(base, slots); !done.ok()) {
      notes_.note("snapshots of slots that were taken over: " + done.error());
      continue;
    }
    for (const SlotId slot : slots) {
      unfounded_.erase(slot);
      note_founded(slot, base.end);
    }
  }
  count();
}

// The map forgets where founded slots came from.
void Founding::settle() {
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
  count();
}

}  // namespace frontrow
