// The table of users' entries against a map, with both of its indexes.
#include "engine/core/containers/user_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "engine/base/prng.h"
#include "engine/core/containers/user_index.h"

namespace frontrow {
namespace {

UserId user_of(std::uint64_t n) {
  UserId user;
  std::memcpy(user.bytes.data() + 8, &n, sizeof n);
  return user;
}

template <class Index>
class UserTableTest : public testing::Test {
 protected:
  using Table = UserTable<std::string, Index>;
  using Model = std::map<UserId, std::string>;

  static Model content_of(const Table& table) {
    Model content;
    for (const auto& [user, value] : table) EXPECT_TRUE(content.emplace(user, value).second);
    return content;
  }
  Table table_;
};
using Indexes = testing::Types<TagTable, UserIndex>;
TYPED_TEST_SUITE(UserTableTest, Indexes);

TYPED_TEST(UserTableTest, empty_table_holds_nobody) {
  EXPECT_TRUE(this->table_.empty());
  EXPECT_EQ(this->table_.find(user_of(1)), this->table_.end());
  EXPECT_EQ(this->table_.erase(user_of(1)), 0U);
  EXPECT_THROW(this->table_.at(user_of(1)), std::out_of_range);
  EXPECT_EQ(this->table_.begin(), this->table_.end());
}

TYPED_TEST(UserTableTest, known_user_keeps_the_entry) {
  EXPECT_TRUE(this->table_.try_emplace(user_of(1), "first").second);
  EXPECT_FALSE(this->table_.try_emplace(user_of(1), "second").second);
  EXPECT_EQ(this->table_.at(user_of(1)), "first");
}

TYPED_TEST(UserTableTest, entries_never_move) {
  const std::string* const first = &this->table_[user_of(0)];
  for (std::uint64_t n = 1; n < 5000; ++n) this->table_[user_of(n)] = "later";
  EXPECT_EQ(&this->table_.at(user_of(0)), first);
}

TYPED_TEST(UserTableTest, erased_entry_leaves_its_place_to_the_next) {
  for (std::uint64_t n = 0; n < 100; ++n) this->table_[user_of(n)] = "there";
  const std::string* const place = &this->table_.at(user_of(7));
  EXPECT_EQ(this->table_.erase(user_of(7)), 1U);
  EXPECT_EQ(this->table_.count(user_of(7)), 0U);
  EXPECT_EQ(&this->table_[user_of(500)], place);
  EXPECT_EQ(this->table_.at(user_of(500)), "");
}

TYPED_TEST(UserTableTest, guess_is_the_entry_and_asking_ahead_changes_nothing) {
  for (std::uint64_t n = 0; n < 1000; ++n) {
    this->table_.prefetch_index(user_of(n));
    this->table_.prefetch_entry(user_of(n));
    this->table_[user_of(n)] = std::to_string(n);
  }
  for (std::uint64_t n = 0; n < 1000; ++n) {
    this->table_.prefetch_entry(user_of(n));
    ASSERT_NE(this->table_.guess(user_of(n)), nullptr);
    EXPECT_EQ(this->table_.at(user_of(n)), std::to_string(n));
  }
}

TYPED_TEST(UserTableTest, agrees_with_a_map) {
  Prng random(11);
  typename TestFixture::Model model;
  for (int step = 0; step < 60'000; ++step) {
    const UserId user = user_of(random.below(3000));
    if (random.chance(45)) {
      ASSERT_EQ(this->table_.erase(user), model.erase(user));
    } else if (random.chance(50)) {
      const std::string value = std::to_string(step);
      ASSERT_EQ(this->table_.try_emplace(user, value).second,
                model.try_emplace(user, value).second);
    } else {
      const auto found = this->table_.find(user);
      const auto known = model.find(user);
      ASSERT_EQ(found == this->table_.end(), known == model.end());
      if (known == model.end()) continue;
      ASSERT_EQ(found->second, known->second);
    }
    ASSERT_EQ(this->table_.size(), model.size());
    if (step % 5000 != 0) continue;
    ASSERT_EQ(this->content_of(this->table_), model);
  }
  ASSERT_EQ(this->content_of(this->table_), model);
}

// Colliding hashes: erasing must close the runs, also around the end of the table.
TEST(TagTable, erasing_agrees_with_a_map_where_hashes_meet) {
  for (std::uint64_t mask : {0x0ULL, 0x3ULL, 0x1fULL, 0xffffULL}) {
    Prng random(mask + 1);
    TagTable table;
    std::map<std::uint32_t, std::uint64_t> model;  // number -> hash
    for (std::uint32_t step = 1; step < 4000; ++step) {
      const std::uint64_t hash = ~(mix64(step) & mask);
      if (model.size() < 60 && random.chance(60)) {
        ASSERT_EQ(table.put(hash, step, [](std::uint32_t) { return false; }), TagTable::kNone);
        model[step] = hash;
      } else if (!model.empty()) {
        const auto gone =
            std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
        table.erase(gone->second, gone->first);
        model.erase(gone);
      }
      for (const auto& [number, known] : model)
        ASSERT_EQ(table.find(known, [n = number](std::uint32_t m) { return m == n; }), number);
    }
  }
}

}  // namespace
}  // namespace frontrow
