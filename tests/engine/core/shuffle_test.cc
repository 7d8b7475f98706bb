// The shuffled opening: who joined before the sale opens is shuffled once, by a seed that is
// promised before and told afterwards.
#include "engine/base/seeded_shuffle.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/decide.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

constexpr Instant kOpening = kStart + seconds(100);
constexpr Bytes32 kSeed{std::byte{11}};

ConcertSpec opens_later() {
  ConcertSpec spec = small_concert();
  spec.opens_at = kOpening;
  spec.rules.queue.max_active = 1;
  spec.rules.queue.idle_s = 3600;
  return spec;
}

struct ShuffledOpening : ::testing::Test {
  ShuffledOpening() : c(w.create(opens_later(), kSeed)) {}

  // Users 1 to `count`, who have these numbers.
  void join_before(std::uint32_t count) {
    for (std::uint32_t user = 1; user <= count; ++user) fans.push_back(w.join(c, user));
  }
  void open() { w.pass(kOpening - w.now()); }
  // The user of the only session, which ends for the next one.
  std::uint32_t next_in_shop() {
    w.tick();
    for (std::uint32_t n = 1; n <= w.concert(c).line.drawn(); ++n) {
      if (w.concert(c).line.token(TicketNumber{n}).state != TokenState::kActive) continue;
      EXPECT_GRANTED(w.ask(kAdmin, EndToken{c, TicketNumber{n}}));
      return n;
    }
    return 0;
  }
  ConcertView view() { return body_of<ConcertView>(w.ask({}, ReadConcert{c})); }

  World w;
  ConcertId c;
  std::vector<Fan> fans;
};

TEST_F(ShuffledOpening, line_is_let_in_in_the_order_of_the_seed) {
  join_before(9);
  open();
  std::vector<std::uint32_t> order;
  for (int i = 0; i < 9; ++i) {
    order.push_back(next_in_shop());
    w.advance(seconds(1));
  }
  EXPECT_EQ(order, shuffled_numbers(kSeed, 9));
  EXPECT_FALSE(std::ranges::is_sorted(order)) << "the seed of this test shuffles nobody";
}

TEST_F(ShuffledOpening, positions_are_those_of_the_places) {
  join_before(9);
  open();
  const std::vector<std::uint32_t> order = shuffled_numbers(kSeed, 9);
  for (std::uint32_t place = 1; place <= 9; ++place) {
    const QueueEntry entry = w.look(fans[order[place - 1] - 1]);
    EXPECT_EQ(entry.number.value, order[place - 1]) << "a number never changes";
    EXPECT_EQ(entry.position, place - 1) << "one is in the shop";
    EXPECT_EQ(entry.place, LinePlace{place});
    EXPECT_EQ(entry.shuffle, Shuffle::kDone);
  }
}

TEST_F(ShuffledOpening, who_joins_later_comes_behind_in_order) {
  join_before(5);
  open();
  for (std::uint32_t user = 6; user <= 8; ++user) {
    const Fan late = w.join(c, user);
    EXPECT_EQ(late.entry.place, LinePlace{user});
    EXPECT_EQ(late.entry.position, user - 1);
  }
  std::vector<std::uint32_t> order = shuffled_numbers(kSeed, 5);
  order.insert(order.end(), {6, 7, 8});
  for (const std::uint32_t number : order) {
    EXPECT_EQ(next_in_shop(), number);
    w.advance(seconds(1));
  }
}

TEST_F(ShuffledOpening, nobody_has_a_place_before_it) {
  join_before(4);
  for (const Fan& fan : fans) {
    const QueueEntry entry = w.look(fan);
    EXPECT_EQ(entry.shuffle, Shuffle::kPending);
    EXPECT_EQ(entry.position, 4U) << "at worst the last one";
    EXPECT_EQ(entry.waiting, 4U);
    EXPECT_EQ(entry.estimated_wait_s, -1);
    EXPECT_FALSE(entry.place);
  }
}

TEST_F(ShuffledOpening, seed_is_promised_before_and_told_after) {
  join_before(3);
  ASSERT_TRUE(view().shuffle.has_value());
  EXPECT_EQ(view().shuffle->commitment, sha256_of(kSeed));
  EXPECT_FALSE(view().shuffle->revealed);
  open();
  EXPECT_EQ(view().shuffle->commitment, sha256_of(kSeed));
  ASSERT_TRUE(view().shuffle->revealed);
  EXPECT_EQ(view().shuffle->revealed->seed, kSeed);
  EXPECT_EQ(view().shuffle->revealed->count, 3U);
}

TEST_F(ShuffledOpening, operator_who_opens_early_shuffles_as_well) {
  join_before(9);
  w.change({.concert = c, .phase = Phase::kPaused});
  EXPECT_FALSE(view().shuffle->revealed) << "it is not open";
  w.change({.concert = c, .phase = Phase::kOpen});
  EXPECT_EQ(view().shuffle->revealed->count, 9U);
  EXPECT_EQ(next_in_shop(), shuffled_numbers(kSeed, 9).front());
}

TEST_F(ShuffledOpening, sale_that_opens_again_keeps_its_order) {
  join_before(5);
  open();
  for (std::uint32_t user = 6; user <= 9; ++user) w.join(c, user);
  w.change({.concert = c, .phase = Phase::kClosed});
  w.change({.concert = c, .phase = Phase::kOpen});
  EXPECT_EQ(view().shuffle->revealed->count, 5U);
  EXPECT_EQ(next_in_shop(), shuffled_numbers(kSeed, 5).front());
}

// They keep their numbers in the shuffle, which then follows from the count alone.
TEST_F(ShuffledOpening, those_who_left_are_passed_over) {
  join_before(9);
  const std::vector<std::uint32_t> order = shuffled_numbers(kSeed, 9);
  EXPECT_GRANTED(w.ask(fans[order[0] - 1].caller, Leave{c}));
  EXPECT_GRANTED(w.ask(fans[order[2] - 1].caller, Leave{c}));
  open();
  EXPECT_EQ(view().shuffle->revealed->count, 9U);
  EXPECT_EQ(w.look(fans[order[3] - 1]).position, 1U);
  EXPECT_EQ(next_in_shop(), order[1]);
  w.advance(seconds(1));
  EXPECT_EQ(next_in_shop(), order[3]);
}

TEST_F(ShuffledOpening, user_who_joined_twice_waits_once) {
  join_before(3);
  EXPECT_GRANTED(w.ask(fans[0].caller, Leave{c}));
  EXPECT_EQ(w.join(c, 1).entry.number, TicketNumber{4});
  open();
  EXPECT_EQ(view().shuffle->revealed->count, 4U);
  EXPECT_EQ(w.concert(c).line.waiting() + w.concert(c).active(), 3U);
}

TEST_F(ShuffledOpening, first_opening_is_that_of_the_presale) {
  join_before(9);
  EXPECT_GRANTED(w.ask(kAdmin, AddAccessCodes{c, {{1, 1}}, 1, kStart + seconds(50)}));
  w.pass(seconds(50));
  EXPECT_EQ(view().shuffle->revealed->count, 9U);
  EXPECT_EQ(next_in_shop(), shuffled_numbers(kSeed, 9).front());
  const Reply by_code = w.ask(as_user(10), Join{c, user_id(10), 0, false, {1, 1}});
  EXPECT_EQ(body_of<QueueEntry>(by_code).place, LinePlace{10});
}

TEST_F(ShuffledOpening, restart_in_between_changes_nothing) {
  join_before(9);
  for (int i = 0; i < 2; ++i) w.restart();  // from the log and from a snapshot
  open();
  for (int i = 0; i < 2; ++i) w.restart();
  EXPECT_EQ(next_in_shop(), shuffled_numbers(kSeed, 9).front());
  EXPECT_EQ(w.join(c, 10).entry.place, LinePlace{10});
  for (int i = 0; i < 2; ++i) w.restart();
  w.advance(seconds(1));
  EXPECT_EQ(next_in_shop(), shuffled_numbers(kSeed, 9)[1]);
}

TEST_F(ShuffledOpening, idle_users_are_found_at_any_place) {
  join_before(9);
  ChangeConcert soon{.concert = c};
  soon.idle_s = 5;
  w.change(soon);
  open();
  w.pass(seconds(1));
  EXPECT_EQ(w.concert(c).line.waiting(), 0U);
}

TEST_F(ShuffledOpening, answer_that_was_stored_before_is_given_as_it_was) {
  const Reply first = w.ask(as_user(1), Join{c, user_id(1)}, key_of(1, 2));
  EXPECT_EQ(body_of<QueueEntry>(first).shuffle, Shuffle::kPending);
  open();
  const Reply again = w.ask(as_user(1), Join{c, user_id(1)}, key_of(1, 2));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<QueueEntry>(again).shuffle, Shuffle::kPending);
  EXPECT_EQ(body_of<QueueEntry>(again).phase, Phase::kScheduled);

  QueueEntry shuffled = body_of<QueueEntry>(first);
  shuffled.shuffle = Shuffle::kDone;
  shuffled.place = LinePlace{7};
  const auto read = decode_answer(encode_answer({.body = shuffled}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(std::get<QueueEntry>(read->body).shuffle, Shuffle::kDone);
  EXPECT_EQ(std::get<QueueEntry>(read->body).place, LinePlace{7});
}

TEST(ShuffledConcert, that_opens_at_once_has_nobody_to_shuffle) {
  World w;
  const ConcertId c = w.create(small_concert(), kSeed);
  const Fan first = w.join(c, 1);
  EXPECT_EQ(first.entry.state, TokenState::kActive);
  EXPECT_EQ(first.entry.place, LinePlace{1});
  EXPECT_EQ(body_of<ConcertView>(w.ask({}, ReadConcert{c})).shuffle->revealed->count, 0U);
}

TEST(ShuffledConcert, directory_forgets_the_seed_once_the_concert_has_it) {
  World w;
  w.post(kAdmin, CreateConcert{opens_later(), {}, kSeed}, key_of(1, 2));
  const Slot& directory = *w.find_slot(slot_of_directory());
  EXPECT_EQ(directory.registrations.front().seed, kSeed);
  w.restart();  // the message is lost and sent again
  w.deliver_all();
  EXPECT_FALSE(w.find_slot(slot_of_directory())->registrations.front().seed);
  EXPECT_EQ(w.concert(ConcertId{1}).shuffle->seed, kSeed);
}

TEST(ShuffledConcert, request_that_comes_twice_keeps_the_first_seed) {
  World w;
  w.post(kAdmin, CreateConcert{opens_later(), {}, kSeed}, key_of(1, 2));
  w.post(kAdmin, CreateConcert{opens_later(), {}, Bytes32{std::byte{12}}}, key_of(1, 2));
  w.deliver_all();
  EXPECT_EQ(w.concert(ConcertId{1}).shuffle->seed, kSeed);
}

TEST(ShuffledConcert, order_of_arrival_costs_and_tells_nothing) {
  World w;
  const ConcertId c = w.create(opens_later());
  const Fan first = w.join(c, 1);
  EXPECT_EQ(first.entry.shuffle, Shuffle::kNone);
  EXPECT_FALSE(first.entry.place);
  EXPECT_EQ(first.entry.position, 1U);
  EXPECT_FALSE(body_of<ConcertView>(w.ask({}, ReadConcert{c})).shuffle);
}

}  // namespace
}  // namespace frontrow
