// The index of a line against a map, also with colliding hashes.
#include "engine/core/containers/user_index.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

// Users are numbers here; the ticket numbers of users are kept beside the index, as in the line.
class UserIndexTest : public testing::Test {
 protected:
  auto is(std::uint32_t user) const {
    return [this, user](std::uint32_t number) { return users_[number - 1] == user; };
  }
  TicketNumber put(std::uint64_t hash, std::uint32_t user) {
    users_.push_back(user);
    const TicketNumber number{static_cast<std::uint32_t>(users_.size())};
    return TicketNumber{index_.put(hash, number.value, is(user))};
  }
  TicketNumber find(std::uint64_t hash, std::uint32_t user) const {
    return TicketNumber{index_.find(hash, is(user))};
  }

 private:
  UserIndex index_;
  std::vector<std::uint32_t> users_;  // index = number - 1
};

TEST_F(UserIndexTest, empty_index_finds_nobody) { EXPECT_FALSE(find(7, 7)); }

TEST_F(UserIndexTest, later_number_takes_the_place_of_the_earlier) {
  EXPECT_FALSE(put(5, 1));
  EXPECT_EQ(put(5, 1), TicketNumber{1});
  EXPECT_EQ(find(5, 1), TicketNumber{2});
}

TEST_F(UserIndexTest, users_of_one_hash_are_told_apart) {
  for (std::uint32_t user = 0; user < 100; ++user) EXPECT_FALSE(put(42, user));
  for (std::uint32_t user = 0; user < 100; ++user)
    EXPECT_EQ(find(42, user), TicketNumber{user + 1});
  EXPECT_FALSE(find(42, 100));
}

// The low half of the hash selects the place and is stored; the high half selects the part.
TEST_F(UserIndexTest, parts_do_not_see_each_other) {
  EXPECT_FALSE(put(std::uint64_t{1} << 32 | 9, 1));
  EXPECT_FALSE(find(std::uint64_t{2} << 32 | 9, 1));
}

TEST_F(UserIndexTest, probing_goes_round_the_end) {
  for (std::uint32_t user = 0; user < 5; ++user) put(0xffff'ffff, user);
  for (std::uint32_t user = 0; user < 5; ++user)
    EXPECT_EQ(find(0xffff'ffff, user), TicketNumber{user + 1});
  EXPECT_FALSE(find(0, 9));
}

class UserIndexSeeds : public UserIndexTest, public testing::WithParamInterface<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, UserIndexSeeds, testing::Range<std::uint64_t>(1, 9));

TEST_P(UserIndexSeeds, agrees_with_a_map) {
  Prng random(GetParam());
  // From all different to nearly all equal.
  const std::uint64_t mask = ~std::uint64_t{0} >> (8 * (GetParam() % 8));
  std::map<std::uint32_t, std::uint32_t> model;  // user -> number
  std::uint32_t numbers = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto user = static_cast<std::uint32_t>(random.below(6000));
    const std::uint64_t hash = mix64(user) & mask;
    const auto known = model.find(user);
    const TicketNumber expected{known == model.end() ? 0 : known->second};
    if (random.chance(50)) {
      ASSERT_EQ(find(hash, user), expected);
    } else {
      ASSERT_EQ(put(hash, user), expected);
      model[user] = ++numbers;
    }
  }
}

}  // namespace
}  // namespace frontrow
