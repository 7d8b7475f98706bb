// The resending of one shard's outbox entries: the entries that were not acknowledged for a while,
// once a second, and the entries for other instances' slots as soon as a new link is up. An outbox
// entry ends with its acknowledgement, so a lost message costs time only.
//
// Slots with an outbox are those with concerts, and the directory's.
//
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "engine/base/time.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/types.h"
#include "engine/runtime/recovery/slot_table.h"
#include "engine/runtime/shard/slot_timers.h"

namespace frontrow {

class OutboxRetry {
 public:
  static constexpr Duration kRetryEvery = seconds(1);
  // An outbox entry is resent once it was not acknowledged for this long.
  static constexpr Duration kResendAfter = seconds(5);

  // The time of a slot, which may be ahead of this machine's clock.
  using TimeOf = std::function<Instant(const Slot&)>;
  // Whether this instance owns the slot.
  using Owns = std::function<bool(SlotId)>;
  // Sends a message of the slot, or defers it until the slot's events are durable.
  using Resend = std::function<void(SlotId, Command&&)>;

  // `timers` has the shard's slots with concerts. Both outlive the object.
  OutboxRetry(SlotTable& slots, const SlotTimers& timers) : slots_(slots), timers_(timers) {}

  // REQUIRES: called before the first turn.
  void begin(Instant now) { next_retry_ = now + kRetryEvery; }
  Instant next_retry() const { return next_retry_; }
  bool is_due(Instant now) const { return now >= next_retry_; }
  // Whether a link came up that the entries for other instances were not resent to.
  // `links_made`: the number of links so far (Engine::links_made).
  bool has_new_link(std::uint64_t links_made) const { return links_made != links_resent_; }

  // Resends the entries that were not acknowledged for kResendAfter. Returns the number of entries
  // that are not acknowledged. `has_directory`: the shard serves the directory's slot.
  std::size_t resend_late(Instant now, bool has_directory, const TimeOf& time_of,
                          const Resend& resend);
  // Resends all entries for other instances' slots.
  void resend_to_peers(std::uint64_t links_made, bool has_directory, const Owns& owns,
                       const Resend& resend);

 private:
  template <class Visit>
  void for_each_sender(bool has_directory, const Visit& visit);

  SlotTable& slots_;
  const SlotTimers& timers_;
  Instant next_retry_;
  std::uint64_t links_resent_ = 0;
};

}  // namespace frontrow
