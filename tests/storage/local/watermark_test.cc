#include "storage/local/watermark.h"

#include <gtest/gtest.h>

#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

constexpr Duration kNeverSynced = seconds(3600);
constexpr Duration kAlwaysSynced = milliseconds(0);

WatermarkValue mark(std::uint64_t group) {
  return {.position = {.stream = 5, .epoch = 2, .number = group, .hash = group * 3}};
}

std::uint64_t stored_group(const std::string& path) {
  const auto watermark = Watermark::open(path, kNeverSynced);
  EXPECT_TRUE(watermark.ok()) << (watermark.ok() ? "" : watermark.error());
  return watermark.ok() ? watermark->value().position.number : ~std::uint64_t{0};
}

TEST(Watermark, mark_is_read_back_by_the_next_opener) {
  for (const Duration interval : {kNeverSynced, kAlwaysSynced}) {
    const TempDirectory dir;
    const std::string path = (dir.path() / "watermark").string();
    {
      auto watermark = Watermark::create(path, mark(0), interval);
      ASSERT_TRUE(watermark.ok()) << watermark.error();
      for (std::uint64_t n = 1; n <= 9; ++n) {
        ASSERT_TRUE(watermark->advance(mark(n)).ok());
        EXPECT_EQ(stored_group(path), n);
      }
      ASSERT_TRUE(watermark->settle({.position = mark(10).position, .clean_stop = true}).ok());
    }
    const auto watermark = Watermark::open(path, interval);
    ASSERT_TRUE(watermark.ok());
    EXPECT_TRUE(watermark->value().clean_stop);
    EXPECT_EQ(watermark->value().position.stream, 5U);
    EXPECT_EQ(watermark->value().position.epoch, 2U);
    EXPECT_EQ(watermark->value().position.number, 10U);
    EXPECT_EQ(watermark->value().position.hash, 30U);
  }
}

// For any result of a torn write to the slot in use, the mark that was synced before is still
// there.
TEST(Watermark, torn_slot_falls_back_to_the_mark_synced_before) {
  const TempDirectory dir;
  const std::string path = (dir.path() / "watermark").string();
  {
    auto watermark = Watermark::create(path, mark(0), kNeverSynced);
    ASSERT_TRUE(watermark->settle(mark(7)).ok());
    const std::string before = read_file(path);
    ASSERT_TRUE(watermark->advance(mark(8)).ok());
    ASSERT_TRUE(watermark->advance(mark(9)).ok());
    std::string after = read_file(path);
    int slots_changed = 0;
    for (const std::size_t slot : {0, 4096}) {
      if (before.substr(slot, 64) == after.substr(slot, 64)) continue;
      ++slots_changed;
      after.replace(slot + 20, 44, 44, '?');
    }
    EXPECT_EQ(slots_changed, 1);
    write_file(path, after);
  }
  EXPECT_EQ(stored_group(path), 7U);
}

TEST(Watermark, file_without_a_sound_slot_is_refused) {
  const TempDirectory dir;
  const std::string path = (dir.path() / "watermark").string();
  for (const std::string& bytes : {std::string(), std::string(8192, '\0'), std::string(100, 'x')}) {
    write_file(path, bytes);
    const auto watermark = Watermark::open(path, kNeverSynced);
    ASSERT_FALSE(watermark.ok());
    EXPECT_EQ(watermark.error(), path + ": neither slot holds a sound mark");
  }
}

TEST(Watermark, flipped_bit_in_any_byte_of_the_newest_slot_is_noticed) {
  const TempDirectory dir;
  const std::string path = (dir.path() / "watermark").string();
  {
    auto watermark = Watermark::create(path, mark(3), kNeverSynced);
    ASSERT_TRUE(watermark->settle(mark(4)).ok());
  }
  const std::string sound = read_file(path);
  for (std::size_t at = 0; at < 64; ++at) {
    std::string bytes = sound;
    bytes[4096 + at] = static_cast<char>(bytes[4096 + at] ^ (1 << (at % 8)));
    write_file(path, bytes);
    EXPECT_EQ(stored_group(path), 3U) << "byte " << at;
  }
}

}  // namespace
}  // namespace frontrow
