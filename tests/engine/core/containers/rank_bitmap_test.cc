// One suite for a naive and a fast structure; then both side by side on random steps.
#include "engine/core/containers/rank_bitmap.h"

#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "engine/core/state/line.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

class NaiveBitmap {
 public:
  std::uint32_t push_back() { return bits_.push_back(true), size() - 1; }
  bool contains(std::uint32_t n) const { return n < size() && bits_[n]; }
  void erase(std::uint32_t n) { bits_[n] = false; }
  std::uint32_t rank(std::uint32_t n) const {
    std::uint32_t rank = 0;
    for (std::uint32_t i = 0; i < n; ++i) rank += bits_[i];
    return rank;
  }
  std::uint32_t next(std::uint32_t from) const {
    while (from < size() && !bits_[from]) ++from;
    return std::min(from, size());
  }
  std::uint32_t count() const { return rank(size()); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(bits_.size()); }

 private:
  std::vector<bool> bits_;
};

template <class T>
struct Bitmap : ::testing::Test {
  T set;
};
using BothBitmaps = ::testing::Types<NaiveBitmap, RankBitmap>;
TYPED_TEST_SUITE(Bitmap, BothBitmaps);

TYPED_TEST(Bitmap, empty_set_has_nothing) {
  EXPECT_EQ(this->set.size(), 0U);
  EXPECT_EQ(this->set.count(), 0U);
  EXPECT_EQ(this->set.rank(0), 0U);
  EXPECT_EQ(this->set.next(0), 0U);
  EXPECT_FALSE(this->set.contains(0));
}

TYPED_TEST(Bitmap, ranks_cross_words_and_blocks) {
  for (std::uint32_t i = 0; i < 1200; ++i) EXPECT_EQ(this->set.push_back(), i);
  for (const std::uint32_t n : {0U, 63U, 64U, 511U, 512U, 513U, 1024U}) {
    EXPECT_EQ(this->set.rank(n), n);
  }
  for (std::uint32_t i = 0; i < 1200; i += 2) this->set.erase(i);
  for (const std::uint32_t n : {1U, 64U, 512U, 513U, 1023U, 1024U, 1200U})
    EXPECT_EQ(this->set.rank(n), n / 2);
  EXPECT_EQ(this->set.count(), 600U);
  EXPECT_EQ(this->set.next(512), 513U);
  EXPECT_EQ(this->set.next(1199), 1199U);
  EXPECT_EQ(this->set.next(1200), 1200U);
}

TYPED_TEST(Bitmap, next_skips_long_gaps) {
  for (std::uint32_t i = 0; i < 3000; ++i) this->set.push_back();
  for (std::uint32_t i = 1; i < 2999; ++i) this->set.erase(i);
  EXPECT_EQ(this->set.next(1), 2999U);
  this->set.erase(2999);
  EXPECT_EQ(this->set.next(1), this->set.size());
}

TYPED_TEST(Bitmap, blocks_that_grow_after_erasures_count_right) {
  for (std::uint32_t i = 0; i < 5000; ++i) {
    this->set.push_back();
    if (i % 3 == 0) this->set.erase(i);
    if (i % 7 == 0 && i > 600 && this->set.contains(i - 599)) this->set.erase(i - 599);
  }
  EXPECT_EQ(this->set.rank(5000), this->set.count());
}

TEST(RankBitmap, permuted_set_has_the_members_of_the_other_numbers) {
  RankBitmap set;
  for (std::uint32_t i = 0; i < 1200; ++i) set.push_back();
  for (std::uint32_t i = 0; i < 600; ++i) set.erase(i);
  std::vector<std::uint32_t> from;
  for (std::uint32_t i = 0; i < 1000; ++i) from.push_back(i < 2 ? 1 - i : 1001 - i);
  set.permute(from);
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(set.contains(i), from[i] >= 600) << i;
  EXPECT_EQ(set.count(), 600U);
  EXPECT_EQ(set.rank(402), 400U);
  EXPECT_EQ(set.next(402), 1000U) << "what is behind the permuted numbers stays";
}

TEST(BitmapProperty, random_steps_agree_with_the_naive_set) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Prng random(seed);
    RankBitmap fast;
    NaiveBitmap naive;
    const std::uint64_t pushes = 20 + random.below(75);
    for (int step = 0; step < 3000; ++step) {
      if (naive.size() == 0 || random.chance(pushes)) {
        ASSERT_EQ(fast.push_back(), naive.push_back());
      } else if (const auto n = static_cast<std::uint32_t>(random.below(naive.size()));
                 naive.contains(n)) {
        fast.erase(n);
        naive.erase(n);
      }
      if (step % 16 != 0) continue;
      const auto at = static_cast<std::uint32_t>(random.below(naive.size() + 1));
      ASSERT_EQ(fast.rank(at), naive.rank(at)) << "seed " << seed << " step " << step;
      ASSERT_EQ(fast.next(at), naive.next(at)) << "seed " << seed << " step " << step;
      ASSERT_EQ(fast.contains(at), naive.contains(at));
      ASSERT_EQ(fast.count(), naive.count());
    }
  }
}

TEST(LineProperty, random_steps_agree_with_a_list_of_people) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Prng random(seed);
    StateHash hash = 0;
    Line line(hash);
    struct Person {
      std::uint32_t user;
      TokenState state;
    };
    std::vector<Person> people;
    for (int step = 0; step < 1500; ++step) {
      const auto user = static_cast<std::uint32_t>(random.below(400));
      TicketNumber newest;
      for (std::uint32_t i = 0; i < people.size(); ++i) {
        if (people[i].user == user) newest = TicketNumber{i + 1};
      }
      ASSERT_EQ(line.find(user_id(user)), newest);
      if (!newest || !is_live(people[newest.value - 1].state)) {
        people.push_back({user, TokenState::kWaiting});
        ASSERT_EQ(line.join(user_id(user), kStart).value, people.size());
        continue;
      }
      Person& person = people[newest.value - 1];
      if (person.state == TokenState::kWaiting) {
        const auto before =
            std::count_if(people.begin(), people.begin() + newest.value - 1,
                          [](const Person& p) { return p.state == TokenState::kWaiting; });
        ASSERT_EQ(line.position(newest), static_cast<std::uint32_t>(before) + 1) << "seed " << seed;
      }
      if (person.state == TokenState::kWaiting && random.chance(50)) {
        line.admit(newest);
        person.state = TokenState::kActive;
      } else {
        person.state = random.chance(50) ? TokenState::kLeft : TokenState::kExpired;
        line.end(newest, person.state);
      }
      const auto waiting = std::count_if(people.begin(), people.end(), [](const Person& p) {
        return p.state == TokenState::kWaiting;
      });
      ASSERT_EQ(line.waiting(), static_cast<std::uint32_t>(waiting));
    }
    StateHash expected = 0;
    for (std::uint32_t n = 1; n <= line.drawn(); ++n)
      expected += hash_of_token(TicketNumber{n}, line.token(TicketNumber{n}));
    EXPECT_EQ(hash, expected);
  }
}

}  // namespace
}  // namespace frontrow
