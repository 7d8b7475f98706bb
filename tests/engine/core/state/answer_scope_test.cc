// Owners of idempotency keys: an operator's keys belong to the wallet, payment or creation of their
// request, and other keys neither evict nor match them.
#include "engine/core/state/answer_scope.h"

#include <set>

#include "engine/base/uuid.h"
#include "engine/core/apply.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/codec/event_codec.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

constexpr std::uint64_t kOthers = 40;  // above the limit of stored answers of one owner

// Users whose wallets are in one slot.
std::vector<std::uint32_t> users_of_one_slot(std::size_t count) {
  std::vector<std::uint32_t> users{1};
  for (std::uint32_t n = 2; users.size() < count; ++n) {
    if (slot_of_user(user_id(n)) == slot_of_user(user_id(1))) users.push_back(n);
  }
  return users;
}

struct OperatorKeys : ::testing::Test {
  World w;

  Reply charge(std::uint32_t user, std::int64_t amount, RequestKey key) {
    return w.ask(kAdmin, Charge{user_id(user), Money{amount}}, key);
  }
  // Restarts from the log and from a snapshot.
  void restart_both_ways() {
    w.restart();
    w.restart();
  }
};

TEST_F(OperatorKeys, charge_is_replayed_after_many_charges_of_other_wallets_of_its_slot) {
  const auto users = users_of_one_slot(kOthers + 1);
  const Reply first = charge(1, 100, key_of(1, 10));
  for (std::uint64_t i = 1; i <= kOthers; ++i)
    EXPECT_GRANTED(charge(users[i], 1, key_of(100 + i, i)));
  for (const bool restarted : {false, true}) {
    if (restarted) restart_both_ways();
    const Reply again = charge(1, 100, key_of(1, 10));
    EXPECT_TRUE(again.replayed) << restarted;
    EXPECT_EQ(body_of<ChargeView>(again).charge, body_of<ChargeView>(first).charge);
  }
  EXPECT_EQ(w.balance(1).minor, 100);
}

TEST_F(OperatorKeys, one_key_for_two_wallets_of_one_slot_charges_both) {
  const auto users = users_of_one_slot(2);
  const Reply one = charge(users[0], 5, key_of(1, 10));
  const Reply two = charge(users[1], 6, key_of(1, 11));
  EXPECT_GRANTED(one);
  EXPECT_GRANTED(two);
  EXPECT_FALSE(two.replayed);
  EXPECT_TRUE(charge(users[0], 5, key_of(1, 10)).replayed);
  EXPECT_TRUE(charge(users[1], 6, key_of(1, 11)).replayed);
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, charge(users[0], 7, key_of(1, 12)));
}

TEST_F(OperatorKeys, the_newest_32_of_each_wallet_are_kept) {
  for (std::uint64_t i = 1; i <= kOthers; ++i) EXPECT_GRANTED(charge(1, 1, key_of(i, i)));
  for (std::uint64_t i = kOthers - 31; i <= kOthers; ++i)
    EXPECT_TRUE(charge(1, 1, key_of(i, i)).replayed) << i;
  EXPECT_FALSE(charge(1, 1, key_of(kOthers - 32, kOthers - 32)).replayed);
}

TEST_F(OperatorKeys, operators_and_fans_keys_for_one_wallet_do_not_meet) {
  EXPECT_GRANTED(charge(1, 5, key_of(1, 10)));
  const Reply own = w.ask(as_user(1), Charge{user_id(1), Money{6}}, key_of(1, 11));
  EXPECT_GRANTED(own);
  EXPECT_FALSE(own.replayed);
  for (std::uint64_t i = 0; i < kOthers; ++i)
    w.ask(as_user(1), Charge{user_id(1), Money{1}}, key_of(50 + i, i));
  EXPECT_TRUE(charge(1, 5, key_of(1, 10)).replayed) << "a fan evicted the operator's answer";
}

TEST_F(OperatorKeys, refund_is_replayed_after_many_refunds_of_the_concert_and_a_key_serves_two) {
  ConcertSpec spec = small_concert(50);
  const ConcertId c = w.create(spec);
  std::vector<PaymentId> paid;
  for (std::uint32_t n = 1; n <= kOthers + 2; ++n) {
    w.charge(n, 1000);
    const Fan fan = w.join(c, n);
    paid.push_back(body_of<PaymentView>(w.pay(fan, body_of<HoldView>(w.hold(fan, {n})).hold))
                       .purchase.payment);
  }
  EXPECT_GRANTED(w.ask(kAdmin, Refund{paid[0]}, key_of(1, 10)));
  const Reply same_key = w.ask(kAdmin, Refund{paid[1]}, key_of(1, 11));
  EXPECT_GRANTED(same_key);
  EXPECT_FALSE(same_key.replayed);
  for (std::uint64_t i = 2; i < paid.size(); ++i)
    EXPECT_GRANTED(w.ask(kAdmin, Refund{paid[i]}, key_of(100 + i, i)));
  restart_both_ways();
  const Reply again = w.ask(kAdmin, Refund{paid[0]}, key_of(1, 10));
  EXPECT_TRUE(again.replayed);
  EXPECT_TRUE(again.created);
  EXPECT_EQ(body_of<RefundView>(again).purchase.payment, paid[0]);
}

TEST_F(OperatorKeys, creation_is_replayed_after_any_number_of_creations_within_a_day) {
  const auto create = [this](std::uint64_t n) {
    return w.ask(kAdmin, CreateConcert{small_concert(1)}, key_of(n, n));
  };
  const Reply first = create(1);
  for (std::uint64_t n = 2; n <= 2 + 3 * kOthers; ++n) EXPECT_FALSE(create(n).replayed);
  restart_both_ways();
  w.advance(milliseconds(kAnswerKeptFor.ms - 1));
  const Reply again = create(1);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<ConcertCreated>(again).concert, body_of<ConcertCreated>(first).concert);
}

// --- answers of earlier versions: all of an operator under the nil user

struct OldAnswers : ::testing::Test {
  Slot slot{slot_of_user(user_id(1))};
  Machine machine{Policy{}};
  Effects effects;

  void log(const Event& event, Instant at) { apply(slot, event, at); }
  // Logs a charge as an earlier version did.
  void old_charge(std::uint32_t user, std::int64_t amount, RequestKey key, Instant at = kStart) {
    const ChargeId id{std::uint64_t{slot.id.value} << 40 | (slot.last_charge + 1)};
    log(WalletCharged{user_id(user), id, Money{amount}}, at);
    const Money balance = slot.find_wallet(user_id(user))->balance;
    const Reply reply{Reject::kNone, true, false,
                      ChargeView{id, user_id(user), Money{amount}, balance}};
    log(AnswerStored{{}, kOperator, key, encode_answer(reply)}, at);
  }
  Reply charge(std::uint32_t user, std::int64_t amount, RequestKey key,
               Instant at = kStart + seconds(1)) {
    machine.execute(slot, {kAdmin, key, Charge{user_id(user), Money{amount}}}, at, effects);
    return effects.reply;
  }
};

TEST_F(OldAnswers, charge_of_the_version_before_is_replayed_and_not_credited_twice) {
  old_charge(1, 100, key_of(1, 10));
  EXPECT_TRUE(charge(1, 100, key_of(1, 10)).replayed);
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, charge(1, 200, key_of(1, 11)));
  EXPECT_EQ(slot.find_wallet(user_id(1))->balance.minor, 100);
}

TEST_F(OldAnswers, old_answer_of_another_wallet_does_not_count) {
  const auto users = users_of_one_slot(2);
  old_charge(users[1], 100, key_of(1, 10));
  const Reply reply = charge(users[0], 100, key_of(1, 11));
  EXPECT_GRANTED(reply);
  EXPECT_FALSE(reply.replayed);
}

TEST_F(OldAnswers, old_answer_is_not_shown_after_a_day_and_new_ones_do_not_evict_it) {
  const auto users = users_of_one_slot(kOthers + 1);
  old_charge(1, 100, key_of(1, 10));
  for (std::uint64_t i = 1; i <= kOthers; ++i) charge(users[i], 1, key_of(100 + i, i));
  const Instant last = kStart + milliseconds(kAnswerKeptFor.ms - 1);
  EXPECT_TRUE(charge(1, 100, key_of(1, 10), last).replayed);
  EXPECT_FALSE(charge(1, 100, key_of(1, 10), last + milliseconds(1)).replayed);
}

TEST_F(OldAnswers, refund_and_creation_of_the_version_before_are_replayed) {
  const PaymentId payment = make_payment_id(ConcertId{1}, 1);
  Slot concerts(slot_of_concert(ConcertId{1}));
  apply(concerts, ConcertCreatedEvent{ConcertId{1}, small_concert()}, kStart);
  const RefundView refund{
      Purchase{.payment = payment, .concert = ConcertId{1}}, {}, Money{7}, kStart};
  apply(concerts,
        AnswerStored{ConcertId{1}, kOperator, key_of(1, 10),
                     encode_answer({Reject::kNone, true, false, refund})},
        kStart);
  machine.execute(concerts, {kAdmin, key_of(1, 10), Refund{payment}}, kStart, effects);
  EXPECT_TRUE(effects.reply.replayed);
  machine.execute(concerts, {kAdmin, key_of(1, 10), Refund{make_payment_id(ConcertId{1}, 2)}},
                  kStart, effects);
  EXPECT_REJECT(Reject::kPaymentNotFound, effects.reply);

  Slot directory(slot_of_directory());
  apply(directory,
        AnswerStored{{},
                     kOperator,
                     key_of(2, 20),
                     encode_answer({Reject::kNone, true, false, ConcertCreated{ConcertId{1}}})},
        kStart);
  machine.execute(directory, {kAdmin, key_of(2, 20), CreateConcert{small_concert()}}, kStart,
                  effects);
  EXPECT_TRUE(effects.reply.replayed);
}

// --- ids of the scopes: part of the disk format

TEST(AnswerScope, ids_of_operators_resources_never_change) {
  const struct {
    AnswerScope scope;
    SlotId slot;
    const char* id;
  } cases[] = {
      {answer_scope(kAdminSender, Charge{user_id(1), Money{1}}, {}), slot_of_user(user_id(1)),
       "5f46dc48-2d6d-c693-4d4c-eaa0ae93976c"},
      {refund_scope(kAdminSender, make_payment_id(ConcertId{3}, 9)), slot_of_concert(ConcertId{3}),
       "b69b68b5-aa3e-ce48-b99c-c6ca022cc47d"},
      {creation_scope(kAdminSender, key_of(1, 2)), slot_of_directory(),
       "531a03f6-0d33-5fd1-ae55-ec6efad7ca39"},
  };
  for (const auto& [scope, slot, id] : cases) {
    EXPECT_FALSE(scope.concert);
    EXPECT_EQ(to_string(scope.owner), id);
    EXPECT_TRUE(is_operator_scope(scope.owner, slot));
  }
}

// A client chooses its user id and may compute any of these ids: none of them may be a user whose
// wallet is in that slot.
TEST(AnswerScope, no_user_of_the_slot_has_an_operators_id) {
  std::set<UserId> owners;
  for (std::uint32_t n = 1; n <= 20'000; ++n) {
    const SlotId slot = slot_of_user(user_id(n));
    const UserId owner = answer_scope(kAdminSender, Charge{user_id(n), {}}, {}).owner;
    ASSERT_NE(slot_of_user(owner), slot) << n;
    ASSERT_FALSE(is_operator_scope(user_id(n), slot));
    ASSERT_TRUE(owners.insert(owner).second) << n;
  }
  EXPECT_FALSE(is_operator_scope(kOperator, SlotId{1}));
}

TEST(AnswerScope, senders_are_told_apart) {
  const Charge body{user_id(1), {}};
  Sender other = kAdminSender;
  other.id = user_id(77);
  EXPECT_NE(answer_scope(kAdminSender, body, {}).owner, answer_scope(other, body, {}).owner);
  EXPECT_EQ(sender_of(kAdmin), kAdminSender);
  EXPECT_EQ(sender_of(as_user(5)), (Sender{Sender::Kind::kFan, user_id(5)}));
  EXPECT_EQ(sender_of({user_id(5), TicketNumber{3}, 1}), (Sender{Sender::Kind::kFan, user_id(5)}));
}

// --- memory

TEST(AnswerTableMemory, is_bounded_by_what_is_kept) {
  StateHash hash = 0;
  AnswerTable table(hash);
  const auto put = [&table](std::uint32_t owner, std::uint64_t key, Instant at) {
    table.put(user_id(owner), {key_of(key, key), at, "answer"});
  };
  for (std::uint64_t i = 0; i < 100'000; ++i)
    put(1, i, kStart + milliseconds(static_cast<std::int64_t>(i)));
  EXPECT_EQ(table.size(), kAnswersPerOwnerKept);
  EXPECT_LE(table.node_count(), kAnswersPerOwnerKept + 1);
  for (std::uint32_t n = 2; n <= 1000; ++n) put(n, n, kStart + seconds(200));
  EXPECT_EQ(table.size(), kAnswersPerOwnerKept + 999);
  for (std::uint64_t day = 2; day < 6; ++day) {
    for (std::uint32_t n = 0; n < 500; ++n)
      put(n, n, kStart + seconds(static_cast<std::int64_t>(day * 25 * 3600)));
    EXPECT_EQ(table.size(), 500U);
  }
  EXPECT_LE(table.node_count(), 500U);
  EXPECT_EQ(hash, table.recompute_hash());
}

}  // namespace
}  // namespace frontrow
