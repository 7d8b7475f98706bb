#include "engine/runtime/membership/lease.h"

#include <gtest/gtest.h>

#include <thread>

namespace frontrow {
namespace {

TEST(Lease, is_not_valid_before_the_first_beat) {
  const Lease lease;
  EXPECT_FALSE(lease.is_valid(0));
  EXPECT_FALSE(lease.is_valid(-1'000'000));
  EXPECT_FALSE(lease.is_revoked());
}

TEST(Lease, counts_from_the_sending_of_a_beat) {
  Lease lease;
  lease.extend(10'000);
  EXPECT_TRUE(lease.is_valid(10'000));
  EXPECT_TRUE(lease.is_valid(11'499));
  EXPECT_FALSE(lease.is_valid(11'500));
  EXPECT_EQ(lease.until_ms(), 11'500);
}

TEST(Lease, is_not_moved_back_by_the_result_of_an_older_beat) {
  Lease lease;
  lease.extend(10'000);
  lease.extend(9'000);
  EXPECT_EQ(lease.until_ms(), 11'500);
  lease.extend(10'400);
  EXPECT_EQ(lease.until_ms(), 11'900);
}

TEST(Lease, stays_revoked) {
  Lease lease;
  lease.extend(10'000);
  lease.revoke();
  EXPECT_FALSE(lease.is_valid(10'000));
  lease.extend(20'000);
  EXPECT_FALSE(lease.is_valid(20'000));
  EXPECT_TRUE(lease.is_revoked());
}

TEST(Lease, of_several_threads_the_newest_beat_counts_and_a_revocation_stays) {
  Lease lease;
  const auto extend_up_to = [&](std::int64_t last) {
    for (std::int64_t sent_ms = 0; sent_ms <= last; ++sent_ms) {
      lease.extend(sent_ms);
      if (!lease.is_valid(sent_ms)) return;
    }
  };
  std::thread one(extend_up_to, 20'000);
  std::thread other(extend_up_to, 30'000);
  one.join();
  other.join();
  EXPECT_EQ(lease.until_ms(), 30'000 + kLeaseMs);
  std::thread late(extend_up_to, 1'000'000);
  lease.revoke();
  late.join();
  EXPECT_TRUE(lease.is_revoked());
}

TEST(Lease, has_a_clock_that_does_not_go_back) {
  const std::int64_t first = monotonic_ms();
  EXPECT_GT(first, 0);
  EXPECT_GE(monotonic_ms(), first);
}

}  // namespace
}  // namespace frontrow
