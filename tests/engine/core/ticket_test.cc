// Passes, tickets, and their use at the gate.
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Tickets : HolderFixture {
  PaymentId paid = make_payment_id(c, 1);
  Caller gate{{}, {}, 0, Actor("gate-1")};

  Reply use(std::uint32_t seat, RequestKey key = {}) {
    return w.ask(gate, UseTicket{paid, SeatNumber{seat}}, key);
  }
  TicketsView read(std::uint32_t seat = 0) {
    return body_of<TicketsView>(w.ask(kAdmin, ReadTickets{paid, SeatNumber{seat}}));
  }
};

TEST_F(Tickets, pass_is_for_those_in_the_shop) {
  const PassView pass = body_of<PassView>(w.ask(ann.caller, ReadPass{c}));
  EXPECT_EQ(pass.user, ann.user());
  EXPECT_EQ(pass.number, ann.caller.number);
  EXPECT_EQ(pass.admitted_at, kStart);
  EXPECT_EQ(pass.expires_at, kStart + seconds(600));
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(Caller{}, ReadPass{c}));
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask(ann.caller, ReadPass{ConcertId{9}}));
  w.change({.concert = c, .max_active = 1});
  EXPECT_REJECT(Reject::kNotAdmitted, w.ask(w.join(c, 2).caller, ReadPass{c}));
  w.advance(seconds(600));
  EXPECT_REJECT(Reject::kTokenExpired, w.ask(ann.caller, ReadPass{c}));
}

TEST_F(Tickets, exist_once_the_seats_are_paid) {
  EXPECT_REJECT(Reject::kTicketNotFound, w.ask(kAdmin, ReadTickets{paid, {}}));
  w.post(ann.caller, Pay{c, {hold.hold}});  // undecided
  EXPECT_REJECT(Reject::kTicketNotFound, w.ask(kAdmin, UseTicket{paid, SeatNumber{1}}));
  w.deliver_all();
  const TicketsView view = read();
  EXPECT_EQ(view.purchase.seats, hold.seats);
  EXPECT_EQ(view.state, PaymentState::kCompleted);
  EXPECT_TRUE(view.uses.empty());
  EXPECT_REJECT(Reject::kTicketNotFound, w.ask(kAdmin, ReadTickets{paid, SeatNumber{3}}));
  EXPECT_REJECT(Reject::kTicketNotFound, use(3));
  EXPECT_REJECT(Reject::kTicketNotFound, use(0));
  EXPECT_REJECT(Reject::kConcertNotFound,
                w.ask(gate, UseTicket{make_payment_id(ConcertId{9}, 1), SeatNumber{1}}));
}

TEST_F(Tickets, each_is_used_once_also_over_restarts) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  w.advance(seconds(7));
  const TicketsView used = body_of<TicketsView>(use(2));
  ASSERT_EQ(used.uses.size(), 1U);
  EXPECT_EQ(used.uses[0].seat, SeatNumber{2});
  EXPECT_EQ(used.uses[0].at, kStart + seconds(7));
  EXPECT_EQ(used.uses[0].by, Actor("gate-1"));
  w.advance(seconds(1));
  for (int i = 0; i < 2; ++i) {  // once from a snapshot, once from the log
    w.restart();
    const Reply again = w.ask(kAdmin, UseTicket{paid, SeatNumber{2}});
    EXPECT_REJECT(Reject::kTicketUsed, again);
    const TicketUse first = body_of<RejectDetail>(again).use;
    EXPECT_EQ(first.at, kStart + seconds(7));
    EXPECT_EQ(first.by, Actor("gate-1"));
  }
  EXPECT_GRANTED(use(1));
  EXPECT_EQ(read().uses.size(), 2U);
}

TEST_F(Tickets, use_that_is_sent_again_with_its_key_gets_the_same_answer) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  EXPECT_GRANTED(use(1, key_of(1, 10)));
  w.advance(seconds(1));
  const Reply again = use(1, key_of(1, 10));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<TicketsView>(again).uses[0].at, kStart);
  EXPECT_REJECT(Reject::kTicketUsed, use(1, key_of(2, 10)));
  // The key of one ticket says nothing about another.
  EXPECT_FALSE(use(2, key_of(1, 10)).replayed);
}

TEST_F(Tickets, are_void_after_a_refund) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  EXPECT_GRANTED(use(1));
  EXPECT_GRANTED(w.ask(kAdmin, Refund{paid}));
  EXPECT_REJECT(Reject::kTicketVoid, use(1));
  EXPECT_REJECT(Reject::kTicketVoid, use(2));
  const TicketsView view = read();
  EXPECT_EQ(view.state, PaymentState::kRefunded);
  EXPECT_EQ(view.uses.size(), 1U) << "who entered stays known";
}

// They would displace all others.
TEST_F(Tickets, uses_are_no_acts) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  EXPECT_GRANTED(use(2));
  const AuditView audit =
      body_of<AuditView>(w.ask(kAdmin, ReadAudit{slot_of_concert(c), {}, kActsPerReplyMax}));
  EXPECT_TRUE(audit.acts.empty());
}

struct Challenges : ConcertFixture {
  Reply join(std::uint32_t user, std::uint64_t challenge) {
    return w.ask(as_user(user), Join{c, user_id(user), challenge});
  }
};

TEST_F(Challenges, each_serves_one_join_also_over_restarts) {
  EXPECT_GRANTED(join(1, 77));
  for (int i = 0; i < 3; ++i) {
    EXPECT_REJECT(Reject::kChallengeSpent, join(2, 77));
    w.restart();
  }
  EXPECT_GRANTED(join(2, 78));
  EXPECT_GRANTED(join(3, 0)) << "none was asked for";
}

// The answer to a join may be lost: its user sends the solution again.
TEST_F(Challenges, one_who_has_a_place_gets_it_again_by_the_same_solution) {
  const auto number = body_of<QueueEntry>(join(1, 77)).number;
  const Reply again = join(1, 77);
  EXPECT_FALSE(again.created);
  EXPECT_EQ(body_of<QueueEntry>(again).number, number);
  EXPECT_EQ(w.concert(c).challenges.entries().size(), 1U);
}

TEST_F(Challenges, that_have_expired_suffice_for_a_place_that_is_there) {
  const auto late = [&](std::uint32_t user, RequestKey key) {
    return w.ask(as_user(user), Join{c, user_id(user), 77, true}, key);
  };
  EXPECT_REJECT(Reject::kChallengeExpired, late(1, {}));
  EXPECT_GRANTED(w.ask(as_user(1), Join{c, user_id(1), 77}, key_of(1, 1)));
  EXPECT_GRANTED(late(1, {}));
  EXPECT_TRUE(late(1, key_of(1, 1)).replayed);
  EXPECT_REJECT(Reject::kChallengeExpired, late(2, {}));
}

TEST_F(Challenges, are_of_their_concert_and_refused_joins_spend_none) {
  const ConcertId other = w.create(small_concert());
  EXPECT_GRANTED(join(1, 77));
  EXPECT_GRANTED(w.ask(as_user(2), Join{other, user_id(2), 77}));
  w.change({.concert = c, .phase = Phase::kClosed});
  EXPECT_REJECT(Reject::kSaleClosed, join(3, 79));
  w.change({.concert = c, .phase = Phase::kOpen});
  EXPECT_GRANTED(join(3, 79));
}

TEST_F(Challenges, are_forgotten_when_they_are_long_out_of_date) {
  EXPECT_GRANTED(join(1, 77));
  w.advance(kChallengeKeptFor);
  EXPECT_GRANTED(join(2, 78));
  EXPECT_EQ(w.concert(c).challenges.entries().size(), 2U);
  w.advance(milliseconds(1));
  EXPECT_GRANTED(join(3, 79));
  EXPECT_EQ(w.concert(c).challenges.entries().size(), 2U);
  EXPECT_GRANTED(join(4, 77));
  // Old ones that are still there count no more, in whatever order they go.
  for (std::uint32_t user = 10; user < 30; ++user) EXPECT_GRANTED(join(user, 1000 + user));
  w.advance(kChallengeKeptFor);
  w.advance(milliseconds(1));
  for (std::uint32_t user = 49; user >= 30; --user) {
    EXPECT_GRANTED(join(user, 980 + user));
    w.restart();
  }
  EXPECT_REJECT(Reject::kChallengeSpent, join(50, 1010));
}

}  // namespace
}  // namespace frontrow
