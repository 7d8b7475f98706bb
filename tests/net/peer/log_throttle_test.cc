#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "net/peer/peer_shared.h"

namespace frontrow {
namespace {

TEST(LogThrottle, same_reason_is_news_once) {
  LogThrottle told;
  EXPECT_TRUE(told.should_log(2, false, "refused", 1'000));
  EXPECT_FALSE(told.should_log(2, false, "refused", 90'000));
  EXPECT_TRUE(told.should_log(3, false, "refused", 90'000)) << "another peer";
  EXPECT_TRUE(told.should_log(2, false, "unreachable", 90'001));
  told.forget(2);
  EXPECT_TRUE(told.should_log(2, false, "unreachable", 90'002));
}

TEST(LogThrottle, reasons_of_those_who_come_are_no_more_than_one_a_second) {
  LogThrottle told;
  EXPECT_TRUE(told.should_log(0, true, "nonsense 1", 5'000));
  EXPECT_FALSE(told.should_log(0, true, "nonsense 2", 5'000 + LogThrottle::kTellEveryMs - 1));
  EXPECT_TRUE(told.should_log(0, true, "nonsense 2", 5'000 + LogThrottle::kTellEveryMs));
}

// Any thread of an acceptor may get a peer's connections.
TEST(LogThrottle, threads_say_it_once_together) {
  LogThrottle told;
  std::atomic<int> said{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int again = 0; again < 1'000; ++again)
        said += told.should_log(1, false, "refused", 1'000) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(said, 1);
}

}  // namespace
}  // namespace frontrow
