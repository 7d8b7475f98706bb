#include "engine/runtime/shard/outbox_retry.h"

#include <utility>
#include <vector>

#include "engine/core/machine.h"

namespace frontrow {

template <class Visit>
void OutboxRetry::for_each_sender(bool has_directory, const Visit& visit) {
  for (const SlotId id : timers_.slots()) visit(slots_.at(id));
  const SlotId directory = slot_of_directory();
  if (has_directory && !timers_.has(directory)) visit(slots_.at(directory));
}

std::size_t OutboxRetry::resend_late(Instant now, bool has_directory, const TimeOf& time_of,
                                     const Resend& resend) {
  next_retry_ = now + kRetryEvery;
  std::vector<Command> outbox_entries;
  std::size_t pending = 0;
  for_each_sender(has_directory, [&](const Slot& slot) {
    pending += Machine::pending_count(slot);
    Machine::pending_messages(slot, time_of(slot) - kResendAfter, outbox_entries);
    for (Command& outbox_entry : outbox_entries) resend(slot.id, std::move(outbox_entry));
    outbox_entries.clear();
  });
  return pending;
}

void OutboxRetry::resend_to_peers(std::uint64_t links_made, bool has_directory, const Owns& owns,
                                  const Resend& resend) {
  links_resent_ = links_made;
  std::vector<Command> outbox_entries;
  for_each_sender(has_directory, [&](const Slot& slot) {
    Machine::pending_messages(slot, kNever, outbox_entries);
    for (Command& outbox_entry : outbox_entries) {
      if (!owns(slot_of(outbox_entry.body))) resend(slot.id, std::move(outbox_entry));
    }
    outbox_entries.clear();
  });
}

}  // namespace frontrow
