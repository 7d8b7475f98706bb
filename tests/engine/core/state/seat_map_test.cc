#include "engine/core/state/seat_map.h"

#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/state/answer_table.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

DateSpec three_sections() {
  return {first_date(), {{"a", 64, Money{10}}, {"b", 1, Money{20}}, {"c", 135, Money{30}}}};
}

TEST(SeatMap, sections_number_their_seats_through) {
  StateHash hash = 0;
  const SeatMap map(three_sections(), 0, hash);
  EXPECT_EQ(map.total(), 200U);
  const std::pair<std::uint32_t, std::int64_t> prices[] = {
      {1, 10}, {64, 10}, {65, 20}, {66, 30}, {200, 30}};
  for (const auto& [seat, price] : prices)
    EXPECT_EQ(map.price_of(SeatNumber{seat}).minor, price) << seat;
  EXPECT_FALSE(map.contains(SeatNumber{0}));
  EXPECT_TRUE(map.contains(SeatNumber{200}));
  EXPECT_FALSE(map.contains(SeatNumber{201}));
}

TEST(SeatMap, new_map_is_all_free_for_any_size) {
  for (const std::uint32_t seats : {1U, 50U, 63U, 64U, 65U, 128U, 100'000U}) {
    StateHash hash = 0;
    const SeatMap map({first_date(), {{"all", seats, Money{1}}}}, 0, hash);
    std::uint32_t bits = 0;
    for (const std::uint64_t word : map.free_bits())
      bits += static_cast<std::uint32_t>(std::popcount(word));
    EXPECT_EQ(bits, seats);
    EXPECT_EQ(map.count(SeatState::kFree), seats);
    EXPECT_EQ(hash, map.recompute_hash());
  }
}

TEST(SeatMap, dates_of_one_concert_differ_in_the_hash) {
  StateHash first = 0;
  StateHash second = 0;
  SeatMap a(three_sections(), 0, first);
  SeatMap b(three_sections(), 1, second);
  a.set(SeatNumber{1}, SeatState::kHeld, 1);
  b.set(SeatNumber{1}, SeatState::kHeld, 1);
  EXPECT_NE(first, second);
}

TEST(SeatMapProperty, random_steps_agree_with_a_vector) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Prng random(seed);
    StateHash hash = 0;
    SeatMap map(three_sections(), 0, hash);
    std::vector<std::pair<SeatState, std::uint32_t>> naive(201);
    for (int step = 0; step < 500; ++step) {
      const auto n = static_cast<std::uint32_t>(1 + random.below(200));
      const auto state = static_cast<SeatState>(random.below(4));
      const bool owned = state == SeatState::kHeld || state == SeatState::kSold;
      const auto owner = owned ? static_cast<std::uint32_t>(1 + random.below(9)) : 0;
      naive[n] = {state, owner};
      map.set(SeatNumber{n}, state, owner);
      if (random.chance(30)) map.bump_version();
    }
    std::uint32_t counts[4] = {};
    std::uint32_t free_in[3] = {};
    for (std::uint32_t n = 1; n <= 200; ++n) {
      const auto [state, owner] = naive[n];
      ++counts[static_cast<std::size_t>(state)];
      const bool is_free = state == SeatState::kFree;
      if (is_free) ++free_in[n <= 64 ? 0 : n == 65 ? 1 : 2];
      ASSERT_EQ(map.state(SeatNumber{n}), state);
      ASSERT_EQ(map.owner(SeatNumber{n}), owner);
      ASSERT_EQ(map.free_bits()[(n - 1) / 64] >> ((n - 1) % 64) & 1, is_free ? 1U : 0U);
    }
    for (std::size_t s = 0; s < 4; ++s) ASSERT_EQ(map.count(static_cast<SeatState>(s)), counts[s]);
    for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ(map.sections()[i].free, free_in[i]);
    ASSERT_EQ(hash, map.recompute_hash());
  }
}

TEST(AnswerTableProperty, random_steps_agree_with_a_list) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Prng random(seed);
    StateHash hash = 0;
    AnswerTable table(hash);
    struct Row {
      std::uint32_t user;
      StoredAnswer answer;
    };
    std::vector<Row> rows;  // oldest first
    Instant now = kStart;
    for (int step = 0; step < 800; ++step) {
      now = now + milliseconds(static_cast<std::int64_t>(
                      random.below(random.chance(10) ? 40'000'000 : 60'000)));
      const auto user = static_cast<std::uint32_t>(random.below(4));
      const std::uint64_t key = random.below(80);
      const StoredAnswer* found = table.find(user_id(user), key_of(key, 0).key, now);
      const Row* expected = nullptr;
      std::size_t newer = 0;
      for (std::size_t i = rows.size(); i-- > 0 && expected == nullptr;) {
        if (rows[i].user != user) continue;
        const bool alive =
            ++newer <= kAnswersPerOwnerKept && now - rows[i].answer.at < kAnswerKeptFor;
        if (alive && rows[i].answer.key.key == key_of(key, 0).key) expected = &rows[i];
      }
      ASSERT_EQ(found != nullptr, expected != nullptr) << "seed " << seed << " step " << step;
      if (found != nullptr) {
        ASSERT_EQ(found->answer, expected->answer.answer);
        continue;
      }
      const StoredAnswer answer{key_of(key, step), now, std::to_string(step)};
      table.put(user_id(user), answer);
      rows.push_back({user, answer});
      ASSERT_EQ(hash, table.recompute_hash());
    }
  }
}

TEST(AnswerCodec, every_answer_comes_back_as_it_was_stored) {
  Purchase purchase{make_payment_id(ConcertId{3}, 9),
                    make_hold_id(ConcertId{3}, 8),
                    ConcertId{3},
                    user_id(1),
                    first_date(),
                    {SeatNumber{4}, SeatNumber{5}},
                    Money{77}};
  const Currency euro = *parse_currency("EUR");
  const ReplyBody bodies[] = {
      QueueEntry{.concert = ConcertId{3},
                 .user = user_id(1),
                 .state = TokenState::kActive,
                 .number = TicketNumber{5},
                 .waiting = 3,
                 .estimated_wait_s = -1,
                 .expires_at = kStart,
                 .at = kStart},
      HoldView{purchase.hold, ConcertId{3}, first_date(), purchase.seats, Money{77}, euro, kStart,
               HoldState::kHeld},
      PaymentView{purchase, euro, Money{5}, kStart, PaymentState::kCompleted},
      RefundView{purchase, euro, Money{82}, kStart},
      ChargeView{ChargeId{9}, user_id(1), Money{1}, Money{2}},
      ConcertCreated{ConcertId{3}},
      Done{},
  };
  for (const ReplyBody& body : bodies) {
    SCOPED_TRACE(body.index());
    const std::string stored = encode_answer({Reject::kNone, true, false, body});
    const auto decoded = decode_answer(stored);
    ASSERT_TRUE(decoded.ok());
    EXPECT_TRUE(decoded->created);
    EXPECT_EQ(decoded->body.index(), body.index());
    EXPECT_EQ(encode_answer(*decoded), stored);
    EXPECT_FALSE(decode_answer(stored + "x").ok());
    EXPECT_FALSE(decode_answer(stored.substr(0, stored.size() - 1)).ok());
  }
  // The phase shares a byte with "created"; earlier versions write and read zero there.
  QueueEntry entry = std::get<QueueEntry>(bodies[0]);
  const std::string before = encode_answer({Reject::kNone, true, false, entry});
  EXPECT_EQ(before[1], '\x01');
  EXPECT_EQ(std::get<QueueEntry>(decode_answer(before)->body).phase, Phase{});
  entry.phase = Phase::kPaused;
  const std::string paused = encode_answer({Reject::kNone, true, false, entry});
  EXPECT_EQ(paused[1], '\x31');
  EXPECT_EQ(paused.substr(2), before.substr(2));
  EXPECT_TRUE(decode_answer(paused)->created);
  EXPECT_EQ(std::get<QueueEntry>(decode_answer(paused)->body).phase, Phase::kPaused);
  for (const char flags : {'\x51', '\x03', '\x09'}) {
    std::string wrong = before;
    wrong[1] = flags;
    EXPECT_FALSE(decode_answer(wrong).ok());
  }
  std::string charge = encode_answer({Reject::kNone, true, false, bodies[4]});
  charge[1] = '\x21';
  EXPECT_FALSE(decode_answer(charge).ok()) << "no phase of a charge";
  EXPECT_FALSE(decode_answer("").ok());
  EXPECT_FALSE(decode_answer("\x63\x01").ok());
}

}  // namespace
}  // namespace frontrow
