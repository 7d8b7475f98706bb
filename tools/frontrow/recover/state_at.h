// The state of the slots at a time, and the events up to it.
//
// Where the history is whole, a state of the past is replayed from the beginning. Where its
// beginning was forgotten, snapshots stand for that, and nothing older than they are can be
// rebuilt.
//
// One thread. Errors are lines for the person who asked.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "engine/runtime/recovery/replay.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/event_text.h"
#include "tools/frontrow/recover/show_request.h"

namespace frontrow::recover {

class StateAt {
 public:
  // `wanted`: these slots only; empty: all.
  StateAt(StoppedLog& log, const AskedTime& at, std::vector<SlotId> wanted);

  Status build();
  SlotTable& slots() { return *slots_; }
  // Of the newest group and record that are in the state; 0 and not set if there is none.
  std::uint64_t group() const { return group_; }
  Instant time() const { return time_; }

  // The events of the wanted slots that are still kept, up to the time, oldest first.
  Status for_each_event_before(
      const std::function<void(const EventPlace& place, const Event& event)>& visit);

 private:
  // The first sequence of each slot that is not in the state.
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  bool is_past() const { return at_.index() != 0; }
  bool wants(SlotId slot) const { return wanted_.empty() || is_wanted_[slot.value]; }
  Status find_cut();
  Status find_record(const AtRecord& at);
  Status load_snapshots();
  Status apply_up_to_cut(const GroupView& group);

  StoppedLog& log_;
  AskedTime at_;
  std::vector<SlotId> wanted_;
  std::array<bool, kSlotCount> is_wanted_{};
  std::array<std::uint64_t, kSlotCount> cut_;
  std::unique_ptr<SlotTable> slots_ = std::make_unique<SlotTable>();
  std::unique_ptr<Replay> replay_;
  ByteBuffer filtered_;
  std::uint64_t group_ = 0;
  Instant time_;
};

}  // namespace frontrow::recover
