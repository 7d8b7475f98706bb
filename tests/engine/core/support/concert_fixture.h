// Test fixtures of one concert on sale and of users in its shop.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>

#include "tests/engine/core/support/world.h"

namespace frontrow {

// A small concert whose sessions outlive its holds.
inline ConcertSpec concert_with_long_sessions() {
  ConcertSpec spec = small_concert();
  spec.rules.queue.session_s = 1000;
  return spec;
}

// One concert, made from a spec.
struct ConcertFixture : ::testing::Test {
  explicit ConcertFixture(const ConcertSpec& spec = small_concert()) : c(w.create(spec)) {}

  // State of a seat of the first date.
  SeatState state(std::uint32_t seat) const {
    return w.concert(c).dates[0]->seats.state(SeatNumber{seat});
  }
  // The hold of these seats, which must be granted.
  HoldView held(const Fan& fan, std::initializer_list<std::uint32_t> seats) {
    return body_of<HoldView>(w.hold(fan, seats));
  }

  World w;
  ConcertId c;
};

// Two users in the shop.
struct TwoFansFixture : ConcertFixture {
  using ConcertFixture::ConcertFixture;

  Fan ann = w.join(c, 1);
  Fan bob = w.join(c, 2);
};

// One user in the shop, with 5,000 in the wallet and a hold of seats 1 and 2.
struct HolderFixture : ConcertFixture {
  explicit HolderFixture(const ConcertSpec& spec = small_concert()) : ConcertFixture(spec) {
    w.charge(1, 5000);
    hold = held(ann, {1, 2});
  }

  Fan ann = w.join(c, 1);
  HoldView hold;
};

}  // namespace frontrow
