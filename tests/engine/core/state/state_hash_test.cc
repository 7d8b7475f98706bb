// The state hash and the invariants must detect faults, not only pass on a correct state.
#include <functional>

#include "engine/core/state/invariants.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

// A slot with a concert in which each kind of event has happened once.
struct Lively {
  World w;
  ConcertId c;
  Fan waiting, holding, paying;

  Lively() {
    ConcertSpec spec = small_concert();
    spec.rules.queue.max_active = 3;
    c = w.create(spec);
    w.charge(1, 9000);
    const Fan paid = w.join(c, 1);
    EXPECT_GRANTED(w.pay(paid, body_of<HoldView>(w.hold(paid, {1, 2})).hold));
    holding = w.join(c, 2);
    EXPECT_GRANTED(w.hold(holding, {3}));
    paying = w.join(c, 3);
    const HoldView frozen = body_of<HoldView>(w.hold(paying, {4}));
    w.join(c, 4);
    waiting = w.join(c, 5);
    w.post(paying.caller, Pay{c, {frozen.hold}});
    w.messages().clear();
  }
  Slot& slot() { return const_cast<Slot&>(*w.find_slot(slot_of_concert(c))); }
  Concert& concert() { return *slot().find_concert(c); }
  Slot& wallet_slot() { return const_cast<Slot&>(*w.find_slot(slot_of_user(user_id(1)))); }
  Wallet& wallet() { return wallet_slot().wallets.find(user_id(1))->second; }
};

struct Damage {
  const char* what;
  std::function<void(Lively&)> make;
};

TEST(Invariants, nothing_is_wrong_in_a_lively_concert) {
  Lively lively;
  EXPECT_EQ(check_invariants(lively.slot()), std::vector<std::string>{});
  EXPECT_EQ(check_invariants(lively.wallet_slot()), std::vector<std::string>{});
}

TEST(Invariants, every_damage_is_noticed) {
  const auto hold_at = [](Lively& l, std::uint32_t n) -> Hold& {
    return l.concert().holds.find(make_hold_id(l.c, n))->second;
  };
  const Damage damages[] = {
      {"a seat with two owners",
       [](Lively& l) { l.concert().dates[0]->seats.set(SeatNumber{3}, SeatState::kHeld, 1); }},
      {"a sold seat given away",
       [](Lively& l) { l.concert().dates[0]->seats.set(SeatNumber{1}, SeatState::kFree, 0); }},
      {"a seat of no hold",
       [](Lively& l) { l.concert().dates[0]->seats.set(SeatNumber{9}, SeatState::kSold, 77); }},
      {"a free seat sold", [&](Lively& l) { hold_at(l, 1).state = HoldState::kHeld; }},
      {"a waiting person overtaken", [](Lively& l) { l.concert().admitted_up_to = LinePlace{6}; }},
      {"a shuffle by another seed than promised",
       [](Lively& l) {
         l.concert().shuffle = OpeningShuffle{.commitment = sha256_of({}), .is_done = true};
       }},
      {"a sale open before the shuffle",
       [](Lively& l) { l.concert().shuffle = OpeningShuffle{{}, sha256_of(Bytes32{})}; }},
      {"places without a shuffle",
       [](Lively& l) {
         l.concert().line.shuffle(Bytes32{std::byte{2}}, l.concert().line.drawn());
       }},
      {"a session lost", [](Lively& l) { l.concert().sessions.erase(l.holding.entry.number); }},
      {"a hold outside its session",
       [](Lively& l) { l.concert().sessions.find(l.holding.entry.number)->second.holds.clear(); }},
      {"a hold without timer", [&](Lively& l) { hold_at(l, 2).timer = TimerWheel::kNone; }},
      {"a frozen hold nobody pays",
       [](Lively& l) { l.concert().sessions.find(l.paying.entry.number)->second.paying = {}; }},
      {"limits miscounted",
       [](Lively& l) { ++l.concert().buyers.find(user_id(2))->second.seats_held; }},
      {"a buyer forgotten", [](Lively& l) { l.concert().buyers.erase(user_id(1)); }},
      {"an outbox entry lost", [](Lively& l) { l.concert().outbox.clear(); }},
      {"an outbox entry of the wrong kind",
       [](Lively& l) { l.concert().outbox.begin()->second.kind = OutboxKind::kVoid; }},
      {"a buyer who does not know of the payment",
       [](Lively& l) { l.concert().buyers.find(user_id(3))->second.unsettled = {}; }},
      {"a payment lost", [](Lively& l) { l.concert().payments.erase(make_payment_id(l.c, 1)); }},
      {"revenue made up", [](Lively& l) { ++l.concert().revenue.minor; }},
      {"a price changed behind", [&](Lively& l) { ++hold_at(l, 2).amount.minor; }},
      {"a deadline moved", [&](Lively& l) { hold_at(l, 2).expires_at = kNever; }},
      {"a title changed behind", [](Lively& l) { l.concert().title = "x"; }},
      {"a token's state changed behind",
       [](Lively& l) {
         l.concert().line.end(l.waiting.entry.number, TokenState::kLeft), l.concert().hash = 0;
       }},
  };
  for (const Damage& damage : damages) {
    Lively lively;
    damage.make(lively);
    EXPECT_FALSE(check_invariants(lively.slot()).empty()) << damage.what;
  }
  const Damage wallet_damages[] = {
      {"money made", [](Lively& l) { ++l.wallet().balance.minor; }},
      {"money lost", [](Lively& l) { --l.wallet().charged.minor; }},
      {"money reserved for nothing",
       [](Lively& l) { ++l.wallet().reserved.minor, --l.wallet().balance.minor; }},
      {"a payment forgotten", [](Lively& l) { l.wallet().payments.clear(); }},
      {"a refund made up",
       [](Lively& l) { l.wallet().payments[0].state = PaymentState::kRefunded; }},
      {"a charge counted twice", [](Lively& l) { ++l.wallet_slot().own_hash; }},
  };
  for (const Damage& damage : wallet_damages) {
    Lively lively;
    damage.make(lively);
    EXPECT_FALSE(check_invariants(lively.wallet_slot()).empty()) << damage.what;
  }
}

TEST(StateHash, equal_histories_have_equal_hashes_and_other_ones_not) {
  const auto hash_after = [](const std::function<void(World&, ConcertId, const Fan&)>& last_step) {
    World w;
    const ConcertId c = w.create(small_concert());
    w.join(c, 1);
    const Fan fan = w.join(c, 2);
    last_step(w, c, fan);
    return w.find_slot(slot_of_concert(c))->state_hash();
  };
  const auto seat_1 = hash_after([](World& w, ConcertId, const Fan& fan) { w.hold(fan, {1}); });
  EXPECT_EQ(seat_1, hash_after([](World& w, ConcertId, const Fan& fan) { w.hold(fan, {1}); }));
  EXPECT_NE(seat_1, hash_after([](World& w, ConcertId, const Fan& fan) { w.hold(fan, {2}); }));
  EXPECT_NE(seat_1, hash_after([](World& w, ConcertId, const Fan& fan) {
              w.advance(milliseconds(1)), w.hold(fan, {1});
            }));
  EXPECT_NE(seat_1, hash_after([](World& w, ConcertId c, const Fan&) { w.join(c, 3); }));
}

// The hash must change when any one of these parts differs.
TEST(StateHash, no_part_of_the_state_is_left_out) {
  const auto first_payment = [](Lively& l) -> Payment& {
    return l.concert().payments.begin()->second;
  };
  const auto first_hold = [](Lively& l) -> Hold& { return l.concert().holds.begin()->second; };
  const auto a_session = [](Lively& l) -> Session& {
    return l.concert().sessions.find(l.holding.entry.number)->second;
  };
  const Damage changes[] = {
      {"an outbox entry", [](Lively& l) { l.concert().outbox.clear(); }},
      {"what an outbox entry is",
       [](Lively& l) { l.concert().outbox.begin()->second.kind = OutboxKind::kVoid; }},
      {"whose payment an outbox entry is of",
       [](Lively& l) {
         auto outbox_entry = l.concert().outbox.extract(l.concert().outbox.begin());
         ++outbox_entry.key().value;
         l.concert().outbox.insert(std::move(outbox_entry));
       }},
      {"a token",
       [](Lively& l) { l.concert().line.end(l.waiting.entry.number, TokenState::kLeft); }},
      {"a session", [](Lively& l) { l.concert().sessions.erase(l.holding.entry.number); }},
      {"a session's end", [&](Lively& l) { a_session(l).expires_at = kNever; }},
      {"a session's holds", [&](Lively& l) { a_session(l).holds.clear(); }},
      {"what a session pays", [&](Lively& l) { a_session(l).paying = make_payment_id(l.c, 9); }},
      {"a seat",
       [](Lively& l) { l.concert().dates[0]->seats.set(SeatNumber{9}, SeatState::kBlocked, 0); }},
      {"a seat's owner",
       [](Lively& l) { l.concert().dates[0]->seats.set(SeatNumber{3}, SeatState::kHeld, 1); }},
      {"a date's version", [](Lively& l) { l.concert().dates[0]->seats.bump_version(); }},
      {"a hold's state", [&](Lively& l) { first_hold(l).state = HoldState::kExpired; }},
      {"a hold's deadline", [&](Lively& l) { first_hold(l).expires_at = kNever; }},
      {"a hold's price", [&](Lively& l) { ++first_hold(l).amount.minor; }},
      {"a hold's seats", [&](Lively& l) { first_hold(l).seats.pop_back(); }},
      {"a payment's state", [&](Lively& l) { first_payment(l).state = PaymentState::kRefunded; }},
      {"a payment's amount", [&](Lively& l) { ++first_payment(l).amount.minor; }},
      {"a payment's time", [&](Lively& l) { ++first_payment(l).paid_at.ms; }},
      {"a payment's key", [&](Lively& l) { ++first_payment(l).key.key.low; }},
      {"the last hold", [](Lively& l) { ++l.concert().last_hold; }},
      {"the last payment", [](Lively& l) { ++l.concert().last_payment; }},
      {"how far the line was let in", [](Lively& l) { ++l.concert().admitted_up_to.value; }},
      {"the credit of the admission", [](Lively& l) { --l.concert().admission.milli; }},
      {"the order", [](Lively& l) { l.concert().shuffle = OpeningShuffle{}; }},
      {"the phase", [](Lively& l) { l.concert().phase = Phase::kPaused; }},
      {"a rule", [](Lively& l) { ++l.concert().rules.seats_per_user; }},
      {"the epoch of the tokens", [](Lively& l) { ++l.concert().token_epoch; }},
      {"a stored answer",
       [](Lively& l) { l.concert().answers.put(user_id(1), {{{1, 2}, 3}, Instant{}, "x"}); }},
      {"the number of records", [](Lively& l) { ++l.slot().seq; }},
  };
  const StateHash before = recompute_hash(Lively().slot());
  for (const Damage& change : changes) {
    Lively lively;
    change.make(lively);
    EXPECT_NE(recompute_hash(lively.slot()), before) << change.what;
  }
}

TEST(StateHash, no_part_of_a_wallet_is_left_out) {
  const Damage changes[] = {
      {"a balance", [](Lively& l) { ++l.wallet().balance.minor; }},
      {"reserved money", [](Lively& l) { ++l.wallet().reserved.minor; }},
      {"charged money", [](Lively& l) { ++l.wallet().charged.minor; }},
      {"spent money", [](Lively& l) { ++l.wallet().spent.minor; }},
      {"a transfer", [](Lively& l) { l.wallet().transfers.clear(); }},
      {"a transfer's state",
       [](Lively& l) { l.wallet().transfers[0].state = TransferState::kVoided; }},
      {"a payment in the history", [](Lively& l) { l.wallet().payments.clear(); }},
      {"a payment in the history given back",
       [](Lively& l) { l.wallet().payments[0].state = PaymentState::kRefunded; }},
      {"the last charge", [](Lively& l) { ++l.wallet_slot().last_charge; }},
  };
  const StateHash before = recompute_hash(Lively().wallet_slot());
  for (const Damage& change : changes) {
    Lively lively;
    change.make(lively);
    EXPECT_NE(recompute_hash(lively.wallet_slot()), before) << change.what;
  }
}

TEST(StateHash, being_seen_is_soft_and_changes_nothing) {
  World w;
  const ConcertId c = w.create(small_concert());
  const Fan fan = w.join(c, 1);
  const StateHash before = w.find_slot(slot_of_concert(c))->state_hash();
  w.pass(seconds(5));
  w.look(fan);
  w.ask(fan.caller, ReadSeats{c, first_date()});
  EXPECT_EQ(w.find_slot(slot_of_concert(c))->state_hash(), before);
}

}  // namespace
}  // namespace frontrow
