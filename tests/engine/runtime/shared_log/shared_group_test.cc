#include "engine/runtime/shared_log/shared_group.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <string>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

ByteBuffer random_group(std::size_t size) {
  Prng random(size + 1);
  ByteBuffer bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<std::byte>(random.below(256)));
  return bytes;
}

std::string encoded(const ByteBuffer& group) {
  std::string value = "left over";
  encode_shared_group(group, value);
  return value;
}

TEST(SharedGroup, comes_back_as_it_was) {
  for (const std::size_t size : {0, 1, 255, 256, 4'000, 524'288}) {
    for (const ByteBuffer& group : {random_group(size), ByteBuffer(size, std::byte{7})}) {
      const auto back = decode_shared_group(encoded(group));
      ASSERT_TRUE(back.ok()) << back.error();
      EXPECT_EQ(*back, group);
    }
  }
}

TEST(SharedGroup, is_compressed_only_if_that_makes_it_smaller) {
  EXPECT_LT(encoded(ByteBuffer(4'000, std::byte{7})).size(), 100U);
  EXPECT_EQ(encoded(random_group(4'000)).size(), 4'001U);
  EXPECT_EQ(encoded(ByteBuffer(100, std::byte{7})).size(), 101U);
}

TEST(SharedGroup, damaged_value_is_rejected) {
  const std::string good = encoded(ByteBuffer(4'000, std::byte{7}));
  EXPECT_FALSE(decode_shared_group("").ok());
  for (std::size_t cut = 1; cut < good.size(); ++cut)
    EXPECT_FALSE(decode_shared_group(std::string_view(good).substr(0, cut)).ok()) << cut;
  EXPECT_FALSE(decode_shared_group(good + '\0').ok());
  const auto unknown = decode_shared_group("\x02" + good.substr(1));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error(),
            "a group of the shared log has form 2, which is not known to this program");
}

// A few bytes that claim to become terabytes.
TEST(SharedGroup, size_beyond_the_bound_is_rejected_before_it_is_allocated) {
  const std::string zeros(kSharedGroupBytesMax + 1, '\0');
  std::string bomb(1 + ZSTD_compressBound(zeros.size()), '\x01');
  const std::size_t size =
      ZSTD_compress(bomb.data() + 1, bomb.size() - 1, zeros.data(), zeros.size(), 1);
  ASSERT_EQ(ZSTD_isError(size), 0U);
  bomb.resize(1 + size);
  const auto decoded = decode_shared_group(bomb);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error(),
            "a compressed group of the shared log is damaged: no size within bounds");
  EXPECT_FALSE(decode_shared_group('\0' + zeros).ok());
}

}  // namespace
}  // namespace frontrow
