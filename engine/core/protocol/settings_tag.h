// A version of a concert's settings: a 64-bit hash of every setting that an operator can change.
// Leaves out the counters, so that a running sale does not change it. Two operators who read the
// same tag have read the same settings (the ETag of HTTP; ChangeConcert::expected).
//
// Instances compare each other's tags: the order of the fields is part of the wire format.
#pragma once

#include <cstdint>

#include "engine/base/hash.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

// `c`: a Concert or a ConcertView.
template <class C>
std::uint64_t settings_tag(const C& c) {
  const QueueRules& queue = c.rules.queue;
  HashFold closings(0x5e78);
  for (const auto& date : c.dates) closings.add(static_cast<std::uint64_t>(date->closes_at.ms));
  return HashFold(0x5e77)
      .add(c.title)
      .add(static_cast<std::uint64_t>(c.opens_at.ms))
      .add(static_cast<std::uint64_t>(c.phase))
      .add(queue.max_active)
      .add(queue.admit_per_second)
      .add(queue.session_s)
      .add(queue.idle_s)
      .add(c.rules.hold_s)
      .add(c.rules.seats_per_user)
      .add(c.token_epoch)
      .add(closings.value())
      .add(c.rules.no_single_seats ? 1 : 0)
      .add(c.rules.stay_after_payment ? 1 : 0)
      .add(c.rules.hold_extensions)
      .add(c.rules.offer_s)
      .value();
}

}  // namespace frontrow
