#include "engine/base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace frontrow {
namespace {

TEST(Bytes, what_is_written_is_read_back_in_order) {
  ByteBuffer buffer;
  ByteWriter w(buffer);
  w.put(std::uint8_t{7});
  w.put(std::int64_t{-5});
  w.put(ConcertId{9});
  w.put(UserId{{1, 2, 3}});
  w.put(Money{-1});
  w.put(Instant{42});
  w.put_text("héllo");
  ByteReader r(buffer);
  EXPECT_EQ(r.get<std::uint8_t>(), 7);
  EXPECT_EQ(r.get<std::int64_t>(), -5);
  EXPECT_EQ(r.get<ConcertId>(), ConcertId{9});
  EXPECT_EQ(r.get_user(), (UserId{{1, 2, 3}}));
  EXPECT_EQ(r.get_money(), Money{-1});
  EXPECT_EQ(r.get_instant(), Instant{42});
  EXPECT_EQ(r.get_text(), "héllo");
  EXPECT_TRUE(r.at_end());
}

TEST(Bytes, integers_are_little_endian) {
  ByteBuffer buffer;
  ByteWriter(buffer).put(std::uint32_t{0x01020304});
  EXPECT_EQ(buffer, (ByteBuffer{std::byte{4}, std::byte{3}, std::byte{2}, std::byte{1}}));
}

TEST(Bytes, short_read_latches_and_yields_zero_ever_after) {
  ByteBuffer buffer(5, std::byte{0xff});
  ByteReader r(buffer);
  EXPECT_EQ(r.get<std::uint32_t>(), 0xffffffffU);
  EXPECT_EQ(r.get<std::uint32_t>(), 0U);
  EXPECT_TRUE(r.failed());
  EXPECT_EQ(r.get<std::uint8_t>(), 0U) << "though a byte is left";
  EXPECT_EQ(r.remaining(), 0U);
  EXPECT_FALSE(r.at_end());
  EXPECT_TRUE(r.get_bytes(0).empty());
  EXPECT_EQ(r.get_text(), "");
  EXPECT_EQ(r.get_user(), UserId{});
}

TEST(Bytes, text_longer_than_the_rest_fails) {
  ByteBuffer buffer;
  ByteWriter w(buffer);
  w.put(std::uint16_t{4});
  w.put_bytes(ByteBuffer(3, std::byte{'a'}));
  ByteReader r(buffer);
  EXPECT_EQ(r.get_text(), "");
  EXPECT_TRUE(r.failed());
}

TEST(Bytes, huge_length_does_not_wrap) {
  ByteBuffer buffer(8);
  ByteReader r(buffer);
  r.get<std::uint16_t>();
  EXPECT_TRUE(r.get_bytes(std::numeric_limits<std::size_t>::max()).empty());
  EXPECT_TRUE(r.failed());
}

TEST(Bytes, longest_text_fits_and_patch_overwrites) {
  ByteBuffer buffer;
  ByteWriter w(buffer);
  w.put(std::uint32_t{0});
  w.put_text(std::string(0xffff, 'x'));
  w.patch(0, static_cast<std::uint32_t>(w.size()));
  ByteReader r(buffer);
  EXPECT_EQ(r.get<std::uint32_t>(), buffer.size());
  EXPECT_EQ(r.get_text().size(), 0xffffU);
  EXPECT_TRUE(r.at_end());
}

TEST(BytesDeathTest, longer_text_or_patch_outside_is_the_callers_mistake) {
  ByteBuffer buffer;
  ByteWriter w(buffer);
  EXPECT_DEATH(w.put_text(std::string(0x10000, 'x')), "check failed");
  EXPECT_DEATH(w.patch(0, std::uint32_t{1}), "check failed");
}

}  // namespace
}  // namespace frontrow
