#include "tools/frontrow/serve/serve_signals.h"

#include <gtest/gtest.h>
#include <pthread.h>

namespace frontrow {
namespace {

// Restores the signal mask for the other tests of the program.
class ServeSignalsTest : public testing::Test {
 protected:
  ServeSignalsTest() { pthread_sigmask(SIG_BLOCK, nullptr, &mask_); }
  ~ServeSignalsTest() override { pthread_sigmask(SIG_SETMASK, &mask_, nullptr); }

  sigset_t mask_;
};

TEST_F(ServeSignalsTest, hang_up_is_taken_and_does_not_ask_to_stop) {
  const ServeSignals signals;
  EXPECT_FALSE(signals.stop_pending());
  ASSERT_EQ(raise(SIGHUP), 0);
  EXPECT_FALSE(signals.stop_pending());
  EXPECT_EQ(signals.next(0), SIGHUP);
  EXPECT_EQ(signals.next(0), 0) << "taken once";
}

TEST_F(ServeSignalsTest, user_signals_are_taken_and_do_not_ask_to_stop) {
  const ServeSignals signals;
  for (const int signal : {SIGUSR1, SIGUSR2}) {
    ASSERT_EQ(raise(signal), 0);
    EXPECT_FALSE(signals.stop_pending()) << signal;
    EXPECT_EQ(signals.next(0), signal);
  }
}

TEST_F(ServeSignalsTest, those_of_timers_and_io_end_nothing) {
  const ServeSignals signals;
  for (const int signal :
       {SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXFSZ, SIGRTMIN, SIGRTMAX}) {
    ASSERT_EQ(raise(signal), 0);  // would end the test if the signal had its default action
    EXPECT_EQ(signals.next(0), 0) << signal;
  }
}

TEST_F(ServeSignalsTest, those_that_ask_to_stop_wait_to_be_taken) {
  const ServeSignals signals;
  for (const int signal : {SIGTERM, SIGINT}) {
    ASSERT_EQ(raise(signal), 0);
    EXPECT_TRUE(signals.stop_pending()) << signal;
    EXPECT_TRUE(signals.stop_pending()) << signal << " was taken by asking";
    EXPECT_EQ(signals.next(0), signal);
    EXPECT_FALSE(signals.stop_pending()) << signal;
  }
}

}  // namespace
}  // namespace frontrow
