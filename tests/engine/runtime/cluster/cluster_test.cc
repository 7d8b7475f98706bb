// The engine's side of a cluster: commands of foreign slots go to the thread that holds the link,
// and are rejected without a link.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

constexpr InstanceId kHere = 1;
constexpr InstanceId kThere = 2;
constexpr ConcertId kConcert{1};
constexpr std::uint32_t kFan = 7;  // the wallet of this fan is there

// All slots are here but this one.
void serve_all_but(SlotId there, TestEngine& test) {
  Engine& engine = test.engine();
  engine.owners().set(there, kThere);
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (engine.owns(SlotId{id})) engine.order(ServeSlot{SlotId{id}, nullptr, {}});
  }
  test.settle();
}

// Records the commands that the engine sends over a link.
class NotingPort final : public PeerPort {
 public:
  struct Sent {
    InstanceId to = 0;
    Command command;
    ReplyTo reply_to;
  };
  void send(InstanceId to, const Command& command, const ReplyTo& reply_to) override {
    sent.push_back({to, command, reply_to});
  }
  void on_reply(const ReplyTo& to, Reply&& reply) override {
    replies.emplace_back(to, std::move(reply));
  }
  // How many messages of this type were sent.
  template <class Message>
  std::ptrdiff_t count() const {
    return std::count_if(sent.begin(), sent.end(), [](const Sent& each) {
      return std::holds_alternative<Message>(each.command.body) && !each.reply_to.expects_reply();
    });
  }

  std::vector<Sent> sent;
  std::vector<std::pair<ReplyTo, Reply>> replies;
};

class ClusterTest : public testing::Test {
 protected:
  ClusterTest() {
    for (std::size_t w = 0; w < ports.size(); ++w) engine.engine().worker(w).set_port(&ports[w]);
    serve_all_but(slot_of_user(user_id(kFan)), engine);
  }
  void link_up(std::uint16_t worker) { engine.engine().link_is_up(kThere, worker); }
  std::size_t sent() const { return ports[0].sent.size() + ports[1].sent.size(); }

  const Command read_balance{as_user(kFan), {}, ReadBalance{user_id(kFan)}};
  MemoryJournal journal;
  std::array<NotingPort, 2> ports;
  TestEngine engine{journal,
                    {.workers = 2, .intake_max = 2, .serves_on_order = true, .self = kHere}};
};

TEST_F(ClusterTest, request_for_another_s_slot_is_refused_at_once_while_the_link_is_down) {
  for (std::size_t worker = 0; worker < 2; ++worker) {
    const Sent request = engine.send(worker, read_balance);
    EXPECT_EQ(outcome(engine.answer(request)), "instance_unavailable");
  }
  EXPECT_EQ(sent(), 0U);
}

TEST_F(ClusterTest, link_that_went_down_refuses_again) {
  link_up(1);
  engine.engine().link_is_down(kThere);
  EXPECT_EQ(outcome(engine.answer(engine.send(1, read_balance))), "instance_unavailable");
  EXPECT_EQ(sent(), 0U);
}

TEST_F(ClusterTest, request_goes_to_the_port_of_the_thread_that_holds_the_link) {
  link_up(1);
  const Sent request = engine.send(1, read_balance);
  ASSERT_EQ(ports[1].sent.size(), 1U);
  EXPECT_EQ(ports[1].sent[0].to, kThere);
  EXPECT_EQ(ports[1].sent[0].reply_to.worker, 1);
  EXPECT_EQ(engine.answers(request), 0U);
}

TEST_F(ClusterTest, request_at_another_thread_goes_there_through_the_intake) {
  link_up(1);
  const Sent request = engine.send(0, read_balance);
  EXPECT_EQ(sent(), 0U) << "a port is called on its own thread only";
  engine.turn();
  EXPECT_EQ(ports[0].sent.size(), 0U);
  ASSERT_EQ(ports[1].sent.size(), 1U);
  EXPECT_EQ(ports[1].sent[0].reply_to.worker, 0);
  EXPECT_EQ(engine.answers(request), 0U);
}

TEST_F(ClusterTest, request_beyond_the_bound_of_the_holder_s_intake_is_refused) {
  link_up(1);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(engine.answers(engine.send(0, read_balance)), 0U);
  EXPECT_EQ(outcome(engine.answer(engine.send(0, read_balance))), "overloaded");
  engine.turn();
  EXPECT_EQ(ports[1].sent.size(), 2U);
}

TEST_F(ClusterTest, answer_returns_to_the_worker_that_asked) {
  link_up(1);
  const std::array requests = {engine.send(0, read_balance), engine.send(1, read_balance)};
  engine.turn();
  ASSERT_EQ(ports[1].sent.size(), 2U);
  for (const NotingPort::Sent& each : ports[1].sent) {
    engine.engine().worker(1).answer(
        each.reply_to, {Reject::kNone, false, false, BalanceView{user_id(kFan), Money{42}}});
  }
  engine.turn();
  for (const Sent request : requests) {
    ASSERT_EQ(engine.answers(request), 1U) << "worker " << request.worker;
    EXPECT_EQ(body_of<BalanceView>(*engine.answer(request)).balance, Money{42});
  }
}

// On either thread, and only when it is durable.
TEST_F(ClusterTest, peer_s_request_is_answered_at_the_port_that_brought_it_once_it_is_durable) {
  engine.create(small_concert());
  for (std::uint32_t holder = 0; holder < 2; ++holder) {
    engine.settle();
    journal.hold();
    const std::uint64_t begun = journal.appends_begun();
    const Command join{as_user(holder + 1), {}, Join{kConcert, user_id(holder + 1)}};
    engine.engine().worker(holder).submit(join, {.worker = static_cast<std::uint16_t>(holder),
                                                 .asker = Asker::kPeer,
                                                 .context = 11 + holder,
                                                 .generation = 3});
    for (int i = 0; i < 3; ++i) engine.turn();
    ASSERT_TRUE(journal.wait_for_append(begun + 1));
    for (int i = 0; i < 3; ++i) engine.turn();
    EXPECT_TRUE(ports[holder].replies.empty()) << "it is not on the disk";
    journal.release();
    engine.run_until([&] { return !ports[holder].replies.empty(); }, "the peer's answer");
    ASSERT_EQ(ports[holder].replies.size(), 1U);
    const auto& [to, reply] = ports[holder].replies[0];
    EXPECT_EQ(to.context, 11 + holder);
    EXPECT_EQ(to.generation, 3U);
    EXPECT_EQ(body_of<QueueEntry>(reply).user, user_id(holder + 1));
  }
}

class ClusterOutboxTest : public ClusterTest {
 protected:
  // A payment whose wallet is at the other instance: durable here, so its message has been sent.
  ClusterOutboxTest() {
    engine.create(small_concert());
    const Caller fan = engine.join(kConcert, kFan);
    const HoldId hold = engine.hold(kConcert, fan, {1});
    engine.settle();
    const std::uint64_t groups = journal.last_group();
    pay = engine.send(0, {fan, {}, Pay{kConcert, {hold}}});
    engine.run_until([&] { return journal.last_group() > groups; }, "the payment on the disk");
    settle_but_for_the_payment();
  }
  // Runs until only the payment is in flight, which waits for the other instance.
  void settle_but_for_the_payment() {
    engine.run_until(
        [&] {
          for (std::size_t w = 0; w < 2; ++w) {
            if (engine.engine().worker(w).has_work()) return false;
          }
          return true;
        },
        "the engine to come to rest");
  }
  std::ptrdiff_t reservations() const {
    return ports[0].count<ReserveMoney>() + ports[1].count<ReserveMoney>();
  }
  void from_there(CommandBody message) { engine.engine().deliver({{}, {}, std::move(message)}); }

  Sent pay;
  PaymentId payment = make_payment_id(kConcert, 1);
};

TEST_F(ClusterOutboxTest, message_that_was_lost_is_sent_when_the_link_comes_up) {
  EXPECT_EQ(sent(), 0U);
  link_up(1);  // the clock stands: no entry is resent for its age
  engine.run_until([&] { return reservations() > 0; }, "the reservation");
  ASSERT_EQ(reservations(), 1);
  EXPECT_EQ(ports[1].sent[0].to, kThere);
  EXPECT_EQ(engine.answers(pay), 0U);
}

TEST_F(ClusterOutboxTest, each_new_link_is_told_what_no_peer_has_acknowledged) {
  for (std::ptrdiff_t links = 1; links <= 3; ++links) {
    link_up(static_cast<std::uint16_t>(links % 2));
    engine.run_until([&] { return reservations() >= links; }, "the reservation");
    settle_but_for_the_payment();
    EXPECT_EQ(reservations(), links);
    engine.engine().link_is_down(kThere);
  }
}

TEST_F(ClusterOutboxTest, payment_with_the_wallet_there_ends_and_is_sent_no_more) {
  link_up(0);
  engine.run_until([&] { return reservations() > 0; }, "the reservation");
  from_there(ReserveAnswer{payment, true, Money{500}});
  engine.run_until([&] { return engine.answers(pay) > 0; }, "the sale");
  EXPECT_EQ(outcome(engine.answer(pay)), "none");
  engine.run_until([&] { return ports[0].count<SettleMoney>() > 0; }, "the settlement");
  from_there(SettleDone{payment});
  engine.settle();
  const std::size_t before = sent();
  link_up(1);
  engine.settle();
  engine.advance(seconds(20));
  engine.settle();
  EXPECT_EQ(sent(), before);
}

// docs/API.md: a request that waits for a second slot ends within one second after the payment's
// time.
constexpr Duration kPromised = seconds(11);

TEST_F(ClusterOutboxTest, refund_that_the_wallet_never_confirms_ends_in_time_and_is_done_later) {
  link_up(0);
  from_there(ReserveAnswer{payment, true, Money{500}});
  engine.run_until([&] { return engine.answers(pay) > 0; }, "the sale");
  from_there(SettleDone{payment});
  engine.settle();
  engine.engine().link_is_down(kThere);
  const Command refund{kAdmin, key_of(3, 4), Refund{payment}};
  const Sent first = engine.send(0, refund);
  settle_but_for_the_payment();
  EXPECT_EQ(engine.answers(first), 0U);
  engine.advance(kPromised);
  engine.settle();
  ASSERT_EQ(engine.answers(first), 1U);
  EXPECT_EQ(outcome(engine.answer(first)), "outcome_unknown");

  const Sent again = engine.send(0, refund);
  from_there(ReturnDone{payment, 1, Money{1500}});
  engine.settle();
  ASSERT_EQ(engine.answers(again), 1U);
  EXPECT_EQ(outcome(engine.answer(again)), "none");
  EXPECT_EQ(engine.answers(first), 1U);
}

// The first concert's slot is there, the directory here, and the link is down.
TEST(ClusterCreation, creation_that_the_owner_never_confirms_ends_in_time_and_is_done_later) {
  MemoryJournal journal;
  NotingPort port;
  TestEngine engine{journal, {.workers = 1, .serves_on_order = true, .self = kHere}};
  engine.engine().worker(0).set_port(&port);
  serve_all_but(slot_of_concert(kConcert), engine);
  const Command create{kAdmin, key_of(1, 2), CreateConcert{small_concert()}};
  const Sent first = engine.send(0, create);
  for (int i = 0; i < 5; ++i) engine.turn();
  EXPECT_EQ(engine.answers(first), 0U);
  engine.advance(kPromised);
  engine.settle();
  ASSERT_EQ(engine.answers(first), 1U);
  EXPECT_EQ(outcome(engine.answer(first)), "outcome_unknown");

  engine.engine().link_is_up(kThere, 0);
  engine.run_until([&] { return port.count<OpenConcert>() > 0; }, "the opening");
  const Sent again = engine.send(0, create);
  engine.engine().deliver({{}, {}, OpenDone{kConcert}});
  engine.settle();
  ASSERT_EQ(engine.answers(again), 1U);
  EXPECT_EQ(body_of<ConcertCreated>(*engine.answer(again)).concert, kConcert);
  EXPECT_EQ(engine.answers(first), 1U);
}

}  // namespace
}  // namespace frontrow
