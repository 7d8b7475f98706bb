#include "engine/base/waker.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

#include "engine/runtime/shard/wait_list.h"

namespace frontrow {
namespace {

bool readable(const Waker& waker, int patience_ms = 0) {
  pollfd sleeper{waker.fd(), POLLIN, 0};
  return poll(&sleeper, 1, patience_ms) == 1;
}

TEST(Waker, wake_of_a_thread_that_is_awake_costs_nothing) {
  Waker waker;
  waker.wake();
  EXPECT_FALSE(readable(waker));
}

TEST(Waker, wake_after_prepare_makes_the_descriptor_readable_until_woken) {
  Waker waker;
  waker.prepare();
  waker.wake();
  waker.wake();
  EXPECT_TRUE(readable(waker));
  waker.woken();
  EXPECT_FALSE(readable(waker));
  waker.wake();  // without another prepare()
  EXPECT_FALSE(readable(waker));
}

TEST(Waker, cancel_ends_what_prepare_began) {
  Waker waker;
  waker.prepare();
  waker.cancel();
  waker.wake();
  EXPECT_FALSE(readable(waker));
  waker.woken();  // no byte to read: harmless
}

// A producer that adds work while the consumer goes to sleep wakes the consumer.
TEST(Waker, no_wake_is_lost_between_two_threads) {
  constexpr int kRounds = 20'000;
  Waker waker;
  std::atomic<int> given{0};
  std::atomic<int> taken{0};
  std::thread giver([&] {
    for (int i = 1; i <= kRounds; ++i) {
      while (taken.load() < i - 1) std::this_thread::yield();
      given.store(i);
      waker.wake();
    }
  });
  int lost = 0;
  for (int i = 1; i <= kRounds; ++i) {
    while (given.load() < i) {
      waker.prepare();
      if (given.load() >= i) {
        waker.cancel();
      } else if (lost == 0 && !readable(waker, 5'000)) {
        ++lost;  // continues, so that both threads end
      }
      waker.woken();
    }
    taken.store(i);
  }
  giver.join();
  EXPECT_EQ(lost, 0);
}

TEST(WaitList, waiters_are_taken_once_in_the_order_they_came) {
  WaitList list;
  const WaitKey payment{WaitKind::kPayment, 7};
  const WaitKey refund{WaitKind::kRefund, 7};
  list.add(payment, {.worker = 0, .context = 1, .generation = 1});
  list.add(payment, {.worker = 1, .context = 2, .generation = 1});
  list.add(refund, {.worker = 2, .context = 3, .generation = 1});
  const auto waiters = list.take(payment);
  ASSERT_EQ(waiters.size(), 2U);
  EXPECT_EQ(waiters[0].context, 1U);
  EXPECT_EQ(waiters[1].context, 2U);
  EXPECT_TRUE(list.take(payment).empty());
  EXPECT_EQ(list.take_all().size(), 1U);
  EXPECT_EQ(list.size(), 0U);
}

TEST(WaitList, wait_ends_at_its_deadline_and_those_that_came_later_go_on) {
  WaitList list;
  const WaitKey payment{WaitKind::kPayment, 7};
  const WaitKey concert{WaitKind::kConcert, 8};
  list.add(payment, {.worker = 0, .context = 1}, {}, Instant{1'000});
  list.add(concert, {.worker = 0, .context = 2}, {}, Instant{1'010});
  list.add(payment, {.worker = 0, .context = 3}, {}, Instant{5'000});
  EXPECT_TRUE(list.take_overdue(Instant{999}).empty());
  const auto overdue = list.take_overdue(Instant{1'000});
  ASSERT_EQ(overdue.size(), 1U);
  EXPECT_EQ(overdue[0].context, 1U);
  const auto next = list.take_overdue(Instant{1'100});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].context, 2U);
  const auto left = list.take(payment);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].context, 3U);
  EXPECT_EQ(list.size(), 0U);
}

}  // namespace
}  // namespace frontrow
