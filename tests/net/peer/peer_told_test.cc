#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "net/peer/peer_shared.h"

namespace frontrow {
namespace {

TEST(PeerTold, same_reason_is_news_once) {
  PeerTold told;
  EXPECT_TRUE(told.is_news(2, false, "refused", 1'000));
  EXPECT_FALSE(told.is_news(2, false, "refused", 90'000));
  EXPECT_TRUE(told.is_news(3, false, "refused", 90'000)) << "another peer";
  EXPECT_TRUE(told.is_news(2, false, "unreachable", 90'001));
  told.forget(2);
  EXPECT_TRUE(told.is_news(2, false, "unreachable", 90'002));
}

TEST(PeerTold, reasons_of_those_who_come_are_no_more_than_one_a_second) {
  PeerTold told;
  EXPECT_TRUE(told.is_news(0, true, "nonsense 1", 5'000));
  EXPECT_FALSE(told.is_news(0, true, "nonsense 2", 5'000 + PeerTold::kTellEveryMs - 1));
  EXPECT_TRUE(told.is_news(0, true, "nonsense 2", 5'000 + PeerTold::kTellEveryMs));
}

// Any thread of an acceptor may get a peer's connections.
TEST(PeerTold, threads_say_it_once_together) {
  PeerTold told;
  std::atomic<int> said{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int again = 0; again < 1'000; ++again)
        said += told.is_news(1, false, "refused", 1'000) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(said, 1);
}

}  // namespace
}  // namespace frontrow
