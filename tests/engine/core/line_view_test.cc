// The line as caches keep it: a client computes from it the position that the engine has.
#include <algorithm>
#include <bit>
#include <optional>

#include "engine/core/protocol/limits.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

constexpr Bytes32 kSeed{std::byte{11}};

ConcertSpec crowd(std::uint32_t inside) {
  ConcertSpec spec = small_concert();
  spec.rules.queue = {
      .max_active = inside, .admit_per_second = 100, .session_s = 3600, .idle_s = 3600};
  return spec;
}

struct LineViews : ::testing::Test {
  LineView line() { return body_of<LineView>(w.ask({}, ReadLine{c})); }
  LineBlock block(std::uint32_t n) { return body_of<LineBlock>(w.ask({}, ReadLineBlock{c, n})); }

  // As docs/API.md says it. None: the place does not wait.
  std::optional<std::uint32_t> position_of(std::uint32_t place) {
    const std::uint32_t n = (place - 1) / kLineBlockPlaces;
    const std::uint32_t bit = (place - 1) % kLineBlockPlaces;
    const LineBlock b = block(n);
    if (bit >= b.places || (b.bits[bit / 64] >> bit % 64 & 1) == 0) return std::nullopt;
    std::uint32_t position = b.before + 1;
    for (std::uint32_t i = 0; i < bit; ++i)
      position += static_cast<std::uint32_t>(b.bits[i / 64] >> i % 64 & 1);
    return position;
  }
  void expect_the_positions_of_the_engine(const std::vector<Fan>& fans) {
    const LineView seen = line();
    for (const Fan& fan : fans) {
      const QueueEntry entry = w.look(fan);
      const std::uint32_t place = entry.place ? entry.place.value : entry.number.value;
      const auto position = position_of(place);
      ASSERT_EQ(position.has_value(), entry.state == TokenState::kWaiting) << place;
      if (!position) continue;
      ASSERT_EQ(*position, entry.position) << place;
      ASSERT_GT(place, seen.admitted_up_to.value);
    }
  }

  World w;
  ConcertId c;
};

TEST_F(LineViews, positions_from_blocks_are_those_of_the_engine) {
  c = w.create(crowd(3));
  std::vector<Fan> fans;
  for (std::uint32_t user = 1; user <= kLineBlockPlaces + 70; ++user)
    fans.push_back(w.join(c, user));
  for (const std::uint32_t leaves : {2U, 9U, 64U, 65U, 4095U, 4096U, 4097U, 4099U})
    EXPECT_GRANTED(w.ask(fans[leaves - 1].caller, Leave{c}));
  w.pass(seconds(1));

  const LineView seen = line();
  EXPECT_EQ(seen.places, kLineBlockPlaces + 70);
  EXPECT_EQ(seen.waiting, w.concert(c).line.waiting());
  EXPECT_EQ(seen.room, 0U);
  EXPECT_EQ(seen.admitted_up_to, LinePlace{4}) << "one of the first three has left";
  EXPECT_EQ(seen.at, w.now());
  const LineBlock first = block(0);
  EXPECT_EQ(first.places, kLineBlockPlaces);
  EXPECT_EQ(first.before, 0U);
  const LineBlock second = block(1);
  EXPECT_EQ(second.places, 70U);
  std::uint32_t set = 0;
  for (const std::uint64_t word : first.bits)
    set += static_cast<std::uint32_t>(std::popcount(word));
  EXPECT_EQ(second.before, set);

  std::vector<Fan> some;
  for (std::size_t i = 0; i < fans.size(); i += i < 80 || i > 4080 ? 1 : 97)
    some.push_back(fans[i]);
  expect_the_positions_of_the_engine(some);
}

TEST_F(LineViews, block_beyond_the_line_is_empty) {
  c = w.create(crowd(0));
  for (std::uint32_t user = 1; user <= 3; ++user) w.join(c, user);
  EXPECT_EQ(block(0).places, 3U);
  for (const std::uint32_t n : {1U, 2U, 1'048'576U, ~0U}) {
    const LineBlock none = block(n);
    EXPECT_EQ(none.block, n);
    EXPECT_EQ(none.places, 0U);
    EXPECT_TRUE(none.bits.empty());
  }
}

TEST_F(LineViews, no_place_is_told_before_the_shuffle) {
  ConcertSpec spec = crowd(2);
  spec.opens_at = w.now() + seconds(100);
  c = w.create(spec, kSeed);
  std::vector<Fan> fans;
  for (std::uint32_t user = 1; user <= 40; ++user) fans.push_back(w.join(c, user));
  EXPECT_EQ(line().phase, Phase::kScheduled);
  EXPECT_EQ(line().shuffle, Shuffle::kPending);
  EXPECT_EQ(line().opens_at, spec.opens_at);
  EXPECT_EQ(block(0).places, 0U);

  w.pass(seconds(101));
  EXPECT_EQ(line().shuffle, Shuffle::kDone);
  EXPECT_EQ(block(0).places, 40U);
  expect_the_positions_of_the_engine(fans);
}

TEST_F(LineViews, tell_the_rates_of_the_estimate) {
  c = w.create(crowd(5));
  for (std::uint32_t user = 1; user <= 3; ++user) w.join(c, user);
  w.pass(seconds(1));
  const LineView seen = line();
  EXPECT_EQ(seen.room, 2U);
  EXPECT_EQ(seen.admit_per_second, 100U);
  const auto concert = body_of<ConcertView>(w.ask({}, ReadConcert{c}));
  EXPECT_EQ(seen.admitted_per_minute, concert.admitted_per_minute);
  EXPECT_GT(seen.admitted_per_minute, 0U);
  EXPECT_EQ(seen.idle_s, 3600U);
  EXPECT_EQ(seen.shuffle, Shuffle::kNone);
}

TEST_F(LineViews, of_unknown_concerts_there_are_none) {
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask({}, ReadLine{ConcertId{9}}));
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask({}, ReadLineBlock{ConcertId{9}, 0}));
}

}  // namespace
}  // namespace frontrow
