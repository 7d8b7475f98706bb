// The state of the slots at a time, and the events up to it.
//
// If the history is whole, a past state is replayed from the beginning. If its beginning was
// forgotten, snapshots replace it, and no state older than theirs can be rebuilt.
//
// One thread. Errors are lines for the user of the command.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/event_text.h"
#include "tools/frontrow/recover/loose_replay.h"
#include "tools/frontrow/recover/show_request.h"

namespace frontrow::recover {

class StateAt {
 public:
  // `wanted`: only these slots; empty: all slots.
  StateAt(StoppedLog& log, const AskedTime& at, std::vector<SlotId> wanted);

  Status build();
  // Instead of build(): the newest state, which was made otherwise.
  void use(std::unique_ptr<SlotTable> slots, std::uint64_t group);
  SlotTable& slots() { return *slots_; }
  // Group and time of the newest record in the state; 0 and not set if there is none.
  std::uint64_t group() const { return group_; }
  Instant time() const { return time_; }

  // Records of the slot up to the time that are not in the state: they go on from another stream.
  std::optional<OpenRun> open_run(SlotId slot) const;

  // Visits the kept events of the wanted slots up to the time, oldest first.
  Status for_each_event_before(
      const std::function<void(const EventPlace& place, const Event& event)>& visit);

 private:
  // Cut value of a slot whose records are all in the state; otherwise its first sequence left out.
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  bool is_past() const { return at_.index() != 0; }
  bool wants(SlotId slot) const { return wanted_.empty() || is_wanted_[slot.value]; }
  Status find_cut();
  Status find_record(const AtRecord& at);
  Status load_snapshots();
  void found_with_snapshots();
  void find_time();
  Status apply_up_to_cut(const GroupView& group);

  StoppedLog& log_;
  AskedTime at_;
  std::vector<SlotId> wanted_;
  std::array<bool, kSlotCount> is_wanted_{};
  std::array<std::uint64_t, kSlotCount> cut_;
  std::unique_ptr<SlotTable> slots_ = std::make_unique<SlotTable>();
  std::unique_ptr<LooseReplay> replay_;
  ByteBuffer filtered_;
  std::uint64_t group_ = 0;
  Instant time_;
};

}  // namespace frontrow::recover
