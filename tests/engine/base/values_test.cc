// Ids, money, hashes, random numbers, results and clocks.
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <type_traits>

#include "engine/base/ids.h"
#include "engine/base/money.h"
#include "engine/base/prng.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/uuid.h"

namespace frontrow {
namespace {

static_assert(!std::is_convertible_v<HoldId, PaymentId> &&
              !std::is_constructible_v<HoldId, PaymentId>);
static_assert(!std::is_convertible_v<std::uint32_t, ConcertId>);

TEST(Ids, hold_and_payment_ids_carry_their_concert_and_fit_a_json_number) {
  const HoldId hold = make_hold_id(ConcertId{kConcertIdMax}, 0xffffffff);
  EXPECT_EQ(concert_of(hold), ConcertId{kConcertIdMax});
  EXPECT_LT(hold.value, std::uint64_t{1} << 53);
  EXPECT_EQ(concert_of(make_payment_id(ConcertId{3}, 4)), ConcertId{3});
  EXPECT_LT(make_payment_id(ConcertId{1}, 0xffffffff), make_payment_id(ConcertId{2}, 0));
}

TEST(Ids, zero_is_none) {
  EXPECT_FALSE(TicketNumber{});
  EXPECT_TRUE(TicketNumber{1});
  EXPECT_TRUE(kOperator.is_nil());
  UserId last;
  last.bytes[15] = 1;
  EXPECT_FALSE(last.is_nil());
  EXPECT_LT(kOperator, last);
}

TEST(Ids, hash_of_users_depends_on_every_byte) {
  std::set<std::size_t> hashes{IdHash{}(UserId{})};
  for (std::size_t i = 0; i < 16; ++i) {
    UserId user;
    user.bytes[i] = 1;
    EXPECT_TRUE(hashes.insert(IdHash{}(user)).second) << i;
  }
}

TEST(Uuid, text_round_trips_in_either_case) {
  const auto user = parse_uuid("F81D4FAE-7dec-11d0-A765-00a0c91e6bf6");
  ASSERT_TRUE(user);
  EXPECT_EQ(to_string(*user), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  EXPECT_EQ(user->bytes[0], 0xf8);
  EXPECT_EQ(user->bytes[15], 0xf6);
  EXPECT_EQ(parse_uuid(to_string(*user)), user);
}

TEST(Uuid, bad_texts_are_refused) {
  for (const char* text :
       {"", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bf66",
        "f81d4fae07dec-11d0-a765-00a0c91e6bf6", "f81d4fag-7dec-11d0-a765-00a0c91e6bf6",
        "f81d4fae-7dec-11d0-a765-00a0c91e6b-6", "{81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "f81d4fae7dec11d0a76500a0c91e6bf6", "00000000-0000-0000-0000-000000000000",
        "f81d4fae-7dec-11d0-a765 00a0c91e6bf6"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(Money, addition_that_overflows_is_a_value) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(checked_add(Money{2}, Money{3}), Money{5});
  EXPECT_EQ(checked_add(Money{most}, Money{-1}), Money{most - 1});
  EXPECT_EQ(checked_add(Money{most}, Money{1}), std::nullopt);
  EXPECT_EQ(checked_add(Money{-most}, Money{-2}), std::nullopt);
}

TEST(Money, currency_is_three_capital_letters) {
  EXPECT_EQ(parse_currency("EUR")->text(), "EUR");
  EXPECT_EQ(Currency{}.text(), "KRW");
  for (const char* text : {"", "EU", "EURO", "eur", "E1R", "EU "})
    EXPECT_FALSE(parse_currency(text)) << text;
}

TEST(Prng, same_seed_gives_the_same_numbers_everywhere) {
  Prng a(42);
  Prng b(42);
  Prng c(43);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
  EXPECT_EQ(Prng(1).next(), 0xbeeb8da1658eec67ULL);
}

TEST(Prng, numbers_stay_below_the_bound_and_reach_all_of_it) {
  Prng random(1);
  int seen[7] = {};
  for (int i = 0; i < 7000; ++i) {
    const std::uint64_t n = random.below(7);
    ASSERT_LT(n, 7U);
    ++seen[n];
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 200);
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(100));
}

TEST(Hash, values_are_the_same_on_every_machine) {
  EXPECT_EQ(mix64(0), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(xxh3_64(std::string_view("")), 0x2d06800538d394c2ULL);
  EXPECT_NE(xxh3_64(std::string_view("a")), xxh3_64(std::string_view("a"), 1));
  EXPECT_NE(xxh3_128("a"), xxh3_128("b"));
  EXPECT_EQ(process_hash_secret(), process_hash_secret());
}

TEST(Hash, fold_depends_on_order_and_on_where_texts_end) {
  EXPECT_NE(HashFold(1).add(1).add(2).value(), HashFold(1).add(2).add(1).value());
  EXPECT_NE(HashFold(1).add("ab").add("c").value(), HashFold(1).add("a").add("bc").value());
}

TEST(Result, result_is_a_value_or_a_message) {
  const Result<int> good = 7;
  const Result<int> bad = Error{"no disk"};
  EXPECT_EQ(*good, 7);
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error(), "no disk");
  EXPECT_TRUE(Status{}.ok());
  EXPECT_EQ(Status(Error{"full"}).error(), "full");
}

TEST(ResultDeathTest, value_of_a_failure_is_the_callers_mistake) {
  const Result<int> bad = Error{"no disk"};
  EXPECT_DEATH(static_cast<void>(*bad), "check failed");
  EXPECT_DEATH(static_cast<void>(Status{}.error()), "check failed");
}

TEST(Time, arithmetic_is_in_milliseconds) {
  EXPECT_EQ(Instant{1000} + seconds(2), Instant{3000});
  EXPECT_EQ(Instant{1000} - milliseconds(1), Instant{999});
  EXPECT_EQ((Instant{1000} - Instant{4000}).ms, -3000);
  EXPECT_FALSE(Instant{}.is_set());
  EXPECT_LT(Instant{253'402'300'799'999}, kNever);
}

TEST(SystemClock, clock_never_goes_back_and_tells_wall_time) {
  const SystemClock clock;
  Instant before = clock.now();
  EXPECT_GT(before, Instant{1'600'000'000'000});
  for (int i = 0; i < 100'000; ++i) {
    const Instant now = clock.now();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(SystemClock, clock_that_is_behind_runs_on_from_the_time_it_is_given) {
  SystemClock clock;
  const Instant ahead = clock.now() + seconds(3600);
  clock.not_before(ahead);
  EXPECT_GE(clock.now(), ahead);
  EXPECT_LT(clock.now(), ahead + seconds(600));
  clock.not_before(ahead - seconds(1800));
  EXPECT_GE(clock.now(), ahead) << "one that is not behind is left alone";
  const Instant before = clock.now();
  while (clock.now() == before) {
  }
  EXPECT_GT(clock.now(), before) << "it does not stand";
}

TEST(ManualClock, clock_stands_until_it_is_told) {
  ManualClock clock(Instant{10});
  EXPECT_EQ(clock.now(), Instant{10});
  clock.advance(seconds(1));
  EXPECT_EQ(clock.now(), Instant{1010});
  clock.set(Instant{5});
  EXPECT_EQ(clock.now(), Instant{5});
  clock.not_before(Instant{4});
  EXPECT_EQ(clock.now(), Instant{5});
  clock.not_before(Instant{7});
  EXPECT_EQ(clock.now(), Instant{7});
}

}  // namespace
}  // namespace frontrow
