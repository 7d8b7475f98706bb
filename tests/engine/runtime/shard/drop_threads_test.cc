// A small load test with real threads: a crowd of fans at each worker, one hot concert, and wallets
// in all shards. To be run under the thread sanitizer too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <deque>
#include <thread>

#include "engine/base/prng.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kFansPerWorker = 40;
constexpr std::uint32_t kSeats = 60;
constexpr ConcertId kCrowdedConcert{1};

enum class Step { kJoin, kWait, kHold, kCharge, kPay, kRead, kDone };

// One fan: joins, waits for admission, holds one or two seats, pays with a double click, reads the
// balance.
struct Fan {
  std::uint32_t user = 0;
  Caller caller;
  Step step = Step::kJoin;
  HoldId hold;
  int answers_awaited = 0;
  int created = 0;
  std::vector<PaymentId> paid;
  Money balance{-1};
  std::string trouble;
};

// The clients of one worker, on its thread.
class Crowd final : public ReplySink {
 public:
  Crowd(Worker& worker, std::uint32_t first_user, std::uint64_t seed)
      : worker_(worker), random_(seed) {
    for (std::uint32_t i = 0; i < kFansPerWorker; ++i) fans_.push_back({.user = first_user + i});
    worker_.set_sink(this);
  }

  void on_reply(const ReplyTo& to, Reply&& reply) override {
    inbox_.push_back({to.context, std::move(reply)});
  }

  void run(std::atomic<int>& crowds_left) {
    for (std::uint32_t i = 0; i < fans_.size(); ++i)
      ask(i, {as_user(fans_[i].user), {}, Join{kCrowdedConcert, user_id(fans_[i].user)}});
    bool told = false;
    while (crowds_left.load() > 0) {
      for (std::size_t here = inbox_.size(); here > 0; --here) {
        const auto [i, reply] = std::move(inbox_.front());
        inbox_.pop_front();
        answered(i, reply);
      }
      worker_.turn();
      if (!told && left_ == 0) told = true, --crowds_left;
      if (!inbox_.empty()) continue;
      worker_.waker().prepare();
      pollfd sleeper{worker_.waker().fd(), POLLIN, 0};
      if (worker_.sleep_for() > Duration{} && inbox_.empty()) poll(&sleeper, 1, 5);
      worker_.waker().cancel();
      worker_.waker().woken();
    }
  }
  const std::vector<Fan>& fans() const { return fans_; }

 private:
  void ask(std::uint32_t i, const Command& command) {
    ++fans_[i].answers_awaited;
    worker_.submit(command, worker_.reply_to(i, 1));
  }
  void end(Fan& fan, std::string trouble = {}) {
    fan.step = Step::kDone;
    fan.trouble = std::move(trouble);
    --left_;
  }
  void try_to_hold(std::uint32_t i) {
    const auto seat = static_cast<std::uint32_t>(1 + random_.below(kSeats));
    ask(i, {fans_[i].caller, {}, place_hold(kCrowdedConcert, {seat})});
  }

  void answered(std::uint32_t i, const Reply& reply) {
    Fan& fan = fans_[i];
    --fan.answers_awaited;
    const auto unexpected = [&] {
      end(fan, std::to_string(static_cast<int>(fan.step)) + ": " + outcome(reply));
    };
    switch (fan.step) {
      case Step::kJoin:
      case Step::kWait: {
        if (reply.reject != Reject::kNone) return unexpected();
        const auto entry = body_of<QueueEntry>(reply);
        fan.caller = {user_id(fan.user), entry.number, entry.token_epoch};
        fan.step = entry.state == TokenState::kActive ? Step::kHold : Step::kWait;
        if (fan.step == Step::kHold) return try_to_hold(i);
        return ask(i, {fan.caller, {}, ReadToken{kCrowdedConcert}});
      }
      case Step::kHold:
        if (reply.reject == Reject::kSeatUnavailable) {
          if (body_of<RejectDetail>(reply).free > 0) return try_to_hold(i);
          // Sold out, or nearly: leaves, for the next in the line.
          fan.step = Step::kRead;
          ask(i, {fan.caller, {}, Leave{kCrowdedConcert}});
          return ask(i, {as_user(fan.user), {}, ReadBalance{user_id(fan.user)}});
        }
        if (reply.reject != Reject::kNone) return unexpected();
        fan.hold = body_of<HoldView>(reply).hold;
        fan.step = Step::kCharge;
        return ask(i, {as_user(fan.user), {}, Charge{user_id(fan.user), Money{1500}}});
      case Step::kCharge:
        if (reply.reject != Reject::kNone) return unexpected();
        fan.step = Step::kPay;
        ask(i, {fan.caller, {}, Pay{kCrowdedConcert, {fan.hold}}});
        return ask(i, {fan.caller, {}, Pay{kCrowdedConcert, {fan.hold}}});
      case Step::kPay:
        if (reply.reject != Reject::kNone) return unexpected();
        fan.paid.push_back(body_of<PaymentView>(reply).purchase.payment);
        fan.created += reply.created ? 1 : 0;
        if (fan.answers_awaited > 0) return;
        fan.step = Step::kRead;
        return ask(i, {as_user(fan.user), {}, ReadBalance{user_id(fan.user)}});
      case Step::kRead:
        if (const auto* view = std::get_if<BalanceView>(&reply.body)) fan.balance = view->balance;
        if (fan.answers_awaited == 0) end(fan);
        return;
      case Step::kDone:
        if (fan.answers_awaited < 0) fan.trouble = "an answer too many";
    }
  }

  Worker& worker_;
  Prng random_;
  std::vector<Fan> fans_;
  std::deque<std::pair<std::uint32_t, Reply>> inbox_;
  std::size_t left_ = kFansPerWorker;
};

class DropThreadsTest : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Workers, DropThreadsTest, testing::Values(2, 3, 4),
                         testing::PrintToStringParamName());

void open_the_sale(MemoryJournal& journal, std::size_t workers) {
  TestEngine engine(journal, {.workers = workers});
  ConcertSpec spec = small_concert(kSeats);
  spec.rules.queue.max_active = 10;
  spec.rules.queue.admit_per_second = kAdmitPerSecondMax;
  ASSERT_EQ(engine.create(spec), kCrowdedConcert);
  engine.settle();
}

// Runs a crowd on each worker, in a thread of its own, until all fans are done.
std::vector<std::unique_ptr<Crowd>> run_crowds(TestEngine& engine, std::size_t workers) {
  std::vector<std::unique_ptr<Crowd>> crowds;
  for (std::size_t i = 0; i < workers; ++i) {
    const auto first_user = static_cast<std::uint32_t>(1000 * (i + 1));
    crowds.push_back(std::make_unique<Crowd>(engine.engine().worker(i), first_user, i + 1));
  }
  std::atomic<int> crowds_left{static_cast<int>(workers)};
  std::vector<std::thread> threads;
  for (auto& crowd : crowds) threads.emplace_back([&] { crowd->run(crowds_left); });
  for (std::thread& thread : threads) thread.join();
  return crowds;
}

TEST_P(DropThreadsTest, no_seat_has_two_owners_and_no_money_is_lost) {
  const std::size_t workers = GetParam();
  MemoryJournal journal;
  open_the_sale(journal, workers);
  journal.set_append_time_us(200);
  TestEngine engine(journal, {.workers = workers});
  const auto crowds = run_crowds(engine, workers);
  engine.settle();

  std::size_t buyers = 0;
  for (const auto& crowd : crowds) {
    for (const Fan& fan : crowd->fans()) {
      EXPECT_EQ(fan.trouble, "") << "user " << fan.user;
      EXPECT_EQ(fan.step, Step::kDone);
      if (fan.paid.empty()) continue;
      ++buyers;
      EXPECT_EQ(fan.paid.size(), 2U);
      EXPECT_EQ(fan.paid.front(), fan.paid.back());
      EXPECT_EQ(fan.created, 1);
      EXPECT_EQ(fan.balance, Money{500});
    }
  }
  EXPECT_EQ(buyers, kSeats);
  EXPECT_THAT(unsettled_or_wrong(engine.engine().slots()), testing::IsEmpty());

  MemoryJournal disk(journal.groups());
  TestEngine again(disk, {.workers = 1});
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (engine.slot(SlotId{id}).seq == 0) continue;
    EXPECT_EQ(again.slot(SlotId{id}).state_hash(), engine.slot(SlotId{id}).state_hash())
        << "slot " << id;
  }
}

// The journal fails during the run: every request is answered once, none hangs.
TEST_P(DropThreadsTest, broken_journal_answers_everybody) {
  const std::size_t workers = GetParam();
  MemoryJournal journal;
  open_the_sale(journal, workers);
  TestEngine engine(journal, {.workers = workers});
  journal.fail_at(journal.last_group() + 30, AppendStatus::kFailed);
  const auto crowds = run_crowds(engine, workers);
  std::size_t unknown = 0;
  for (const auto& crowd : crowds) {
    for (const Fan& fan : crowd->fans()) {
      EXPECT_EQ(fan.step, Step::kDone);
      if (fan.trouble.find("outcome_unknown") != std::string::npos) ++unknown;
    }
  }
  EXPECT_GT(unknown, 0U);
  MemoryJournal disk(journal.groups());
  TestEngine again(disk, {.workers = workers});
  again.settle();
  EXPECT_THAT(unsettled_or_wrong(again.engine().slots()), testing::IsEmpty());
}

}  // namespace
}  // namespace frontrow
