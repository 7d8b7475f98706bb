#include "tools/frontrow/serve/descriptors.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

DescriptorNeeds needs_of_two_threads() {
  return {.connections = 10'000, .reserved = 32, .refusals = 64, .threads = 2, .listeners = 1};
}

std::size_t own(const DescriptorNeeds& needs, const DescriptorShares& shares) {
  return shares.wanted - needs.connections - 512;
}

TEST(Descriptors, as_configured_where_there_are_enough) {
  const DescriptorNeeds needs = needs_of_two_threads();
  const auto all = share_descriptors(needs, 1'000'000);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->connections, 10'000U);
  EXPECT_EQ(all->refusals, 64U);
  EXPECT_EQ(all->database_files, 512);
  const auto exactly = share_descriptors(needs, all->wanted);
  ASSERT_TRUE(exactly.ok());
  EXPECT_EQ(exactly->connections, 10'000U);
  const auto one_less = share_descriptors(needs, all->wanted - 1);
  ASSERT_TRUE(one_less.ok());
  EXPECT_EQ(one_less->connections, 9'999U);
}

TEST(Descriptors, of_fewer_the_log_keeps_its_files_and_clients_get_the_rest) {
  const DescriptorNeeds needs = needs_of_two_threads();
  for (const std::size_t allowed : {512UL, 1024UL, 4096UL, 8192UL}) {
    const auto shares = share_descriptors(needs, allowed);
    ASSERT_TRUE(shares.ok()) << shares.error();
    EXPECT_GE(shares->database_files, 64);
    EXPECT_LE(own(needs, *shares) + static_cast<std::size_t>(shares->database_files) +
                  shares->connections,
              allowed);
    EXPECT_GE(shares->connections, allowed / 4) << allowed;
  }
}

TEST(Descriptors, too_few_for_the_log_are_an_error_with_the_numbers) {
  const auto shares = share_descriptors(needs_of_two_threads(), 128);
  ASSERT_FALSE(shares.ok());
  EXPECT_NE(shares.error().find("only 128 open files are allowed (ulimit -n, LimitNOFILE)"),
            std::string::npos)
      << shares.error();
}

TEST(Descriptors, many_threads_share_the_refusals) {
  DescriptorNeeds needs = needs_of_two_threads();
  needs.threads = 64;
  const auto shares = share_descriptors(needs, 4096);
  ASSERT_TRUE(shares.ok()) << shares.error();
  EXPECT_EQ(shares->refusals, 4U);
}

}  // namespace
}  // namespace frontrow
