// The shuffle of a line against its published description: golden orders come from the Python
// program in docs/API.md, which tests/tree/shuffle.sh runs as it stands there.
#include "engine/base/seeded_shuffle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>

namespace frontrow {
namespace {

Bytes32 counting_seed() {
  Bytes32 seed;
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::byte>(i);
  return seed;
}

std::string sha_text(const std::string& message) {
  return to_hex(sha256_of(std::as_bytes(std::span(message))));
}

// FIPS 180-4, and lengths about the end of a block.
TEST(Sha256, digests_are_those_of_the_standard) {
  EXPECT_EQ(sha_text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  const std::array<std::pair<std::size_t, const char*>, 4> lengths{{
      {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
      {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
      {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
      {1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"},
  }};
  for (const auto& length : lengths)
    EXPECT_EQ(sha_text(std::string(length.first, 'a')), length.second) << length.first;
}

TEST(Sha256, hex_is_read_in_either_case_and_nothing_else_is) {
  const Bytes32 seed = counting_seed();
  std::string hex = to_hex(seed);
  EXPECT_EQ(parse_bytes32(hex), seed);
  std::ranges::transform(hex, hex.begin(), [](char c) { return c == 'a' ? 'A' : c; });
  EXPECT_EQ(parse_bytes32(hex), seed);
  EXPECT_FALSE(parse_bytes32(hex.substr(1)));
  EXPECT_FALSE(parse_bytes32(hex + "0"));
  hex[9] = 'g';
  EXPECT_FALSE(parse_bytes32(hex));
}

TEST(SeededShuffle, order_is_the_published_one) {
  EXPECT_EQ(shuffled_numbers(counting_seed(), 12),
            (std::vector<std::uint32_t>{9, 3, 4, 11, 12, 2, 7, 6, 8, 10, 5, 1}));
  std::vector<std::byte> bytes;
  for (const std::uint32_t number : shuffled_numbers(counting_seed(), 10'000))
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<std::byte>(number >> shift));
  EXPECT_EQ(to_hex(sha256_of(bytes)),
            "d741cbb01fde8f38ab24c8b8d6ae8f63929f0554f27299aed276106197af8bee");
  EXPECT_EQ(to_hex(commitment_of(counting_seed())),
            "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd");
}

TEST(SeededShuffle, none_and_one_need_no_draw) {
  EXPECT_TRUE(shuffled_numbers(counting_seed(), 0).empty());
  EXPECT_EQ(shuffled_numbers(counting_seed(), 1), std::vector<std::uint32_t>{1});
}

// Chi-square over all orders of four: 23 degrees of freedom, 49.7 at one in a thousand. The seeds
// are fixed.
TEST(SeededShuffle, every_order_is_equally_likely) {
  constexpr int kRounds = 24'000;
  std::map<std::vector<std::uint32_t>, int> counts;
  for (int round = 0; round < kRounds; ++round) {
    Bytes32 seed{};
    seed[0] = static_cast<std::byte>(round);
    seed[1] = static_cast<std::byte>(round >> 8);
    ++counts[shuffled_numbers(seed, 4)];
  }
  ASSERT_EQ(counts.size(), 24U);
  double chi_square = 0;
  for (const auto& order : counts) {
    const double off = order.second - kRounds / 24;
    chi_square += off * off / (kRounds / 24);
  }
  EXPECT_LT(chi_square, 49.7);
}

}  // namespace
}  // namespace frontrow
