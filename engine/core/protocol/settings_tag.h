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

// `date`: a ConcertDate or a ConcertDateView.
template <class D>
std::uint64_t date_tag(const D& date) {
  HashFold h(0x5e78);
  h.add(pack(date.date)).add(static_cast<std::uint64_t>(date.closes_at.ms));
  const auto add_sections = [&h](const auto& sections) {
    for (const auto& s : sections)
      h.add(s.last.value).add(static_cast<std::uint64_t>(s.price.minor));
  };
  if constexpr (requires { date.seats; }) {
    add_sections(date.seats.sections());
  } else {
    add_sections(date.sections);
  }
  return h.value();
}

// `c`: a Concert or a ConcertView.
template <class C>
std::uint64_t settings_tag(const C& c) {
  const QueueRules& queue = c.rules.queue;
  // A sum, as a Concert has its dates in another order than a ConcertView.
  std::uint64_t dates = 0;
  for (const auto& date : c.dates) dates += date_tag(*date);
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
      .add(dates)
      .add(c.rules.no_single_seats ? 1 : 0)
      .add(c.rules.stay_after_payment ? 1 : 0)
      .add(c.rules.hold_extensions)
      .add(c.rules.offer_s)
      .value();
}

}  // namespace frontrow
