// The order of precedence: a command with several faults is rejected for the first of them.
#include <functional>
#include <set>
#include <string>

#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

TEST(RejectNames, every_number_has_its_own_name) {
  std::set<std::string_view> names;
  for (std::uint8_t n = 0; n < kRejectCount; ++n) {
    const std::string_view name = name_of(static_cast<Reject>(n));
    EXPECT_FALSE(name.empty()) << int{n};
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(name_of(Reject::kInstanceUnavailable), "instance_unavailable");
  EXPECT_EQ(name_of(Reject::kNumbersExhausted), "numbers_exhausted");
  EXPECT_EQ(name_of(Reject::kPreconditionFailed), "precondition_failed");
  EXPECT_EQ(name_of(Reject::kLowMemory), "low_memory");
  EXPECT_EQ(name_of(Reject::kLogUnavailable), "log_unavailable");
  EXPECT_EQ(name_of(Reject::kTicketUsed), "ticket_used");
  EXPECT_EQ(name_of(Reject::kChallengeExpired), "challenge_expired");
  EXPECT_EQ(static_cast<int>(Reject::kSeatsRefunded), kRejectCount - 1);
}

TEST(RejectNames, transient_are_those_that_pass_by_themselves) {
  std::set<Reject> transient;
  for (std::uint8_t n = 0; n < kRejectCount; ++n) {
    if (is_transient(static_cast<Reject>(n))) transient.insert(static_cast<Reject>(n));
  }
  EXPECT_EQ(transient,
            (std::set<Reject>{Reject::kNotAdmitted, Reject::kPaymentInProgress,
                              Reject::kPaymentTimeout, Reject::kOverloaded, Reject::kLowDisk,
                              Reject::kDraining, Reject::kInstanceUnavailable, Reject::kLowMemory,
                              Reject::kLogUnavailable}));
}

// A shop in which all faults can be present at once.
struct Faulty {
  World w;
  ConcertId c;
  Fan fan;
  ConcertId asked;
  Caller caller;
  Date date = first_date();
  SeatList seats{SeatNumber{1}};
  RequestKey key;

  Faulty() {
    ConcertSpec spec = small_concert();
    spec.rules.queue.max_active = 2;
    spec.rules.seats_per_user = 2;
    c = w.create(spec);
    fan = w.join(c, 1);
    asked = c;
    caller = fan.caller;
    EXPECT_GRANTED(w.ask(caller, PlaceHold{c, first_date(), {SeatNumber{10}}}, key_of(1, 2)));
  }
};

struct Fault {
  Reject reject;
  std::function<void(Faulty&)> make;
};

const std::vector<Fault>& faults_of_a_hold() {
  static const std::vector<Fault> faults = {
      {Reject::kConcertNotFound, [](Faulty& f) { f.asked = ConcertId{77}; }},
      {Reject::kInvalidToken, [](Faulty& f) { ++f.caller.token_epoch; }},
      {Reject::kIdempotencyKeyReused, [](Faulty& f) { f.key = key_of(1, 1); }},
      {Reject::kTokenExpired, [](Faulty& f) { EXPECT_GRANTED(f.w.ask(f.fan.caller, Leave{f.c})); }},
      {Reject::kSaleClosed,
       [](Faulty& f) { f.w.change({.concert = f.c, .phase = Phase::kClosed}); }},
      {Reject::kDateNotFound, [](Faulty& f) { f.date = Date{1}; }},
      {Reject::kSeatNotFound, [](Faulty& f) { f.seats = {SeatNumber{1}, SeatNumber{11}}; }},
      {Reject::kLimitExceeded,
       [](Faulty& f) { f.w.change({.concert = f.c, .seats_per_user = 0}); }},
      {Reject::kSeatUnavailable,
       [](Faulty& f) { EXPECT_GRANTED(f.w.hold(f.w.join(f.c, 2), {1})); }},
  };
  return faults;
}

TEST(Precedence, hold_is_refused_for_the_first_of_its_faults) {
  const auto& faults = faults_of_a_hold();
  for (std::size_t first = 0; first < faults.size(); ++first) {
    SCOPED_TRACE(name_of(faults[first].reject));
    Faulty f;
    // Makes the last fault first: the earlier ones would prevent it.
    for (std::size_t i = faults.size(); i-- > first;) faults[i].make(f);
    EXPECT_REJECT(faults[first].reject,
                  f.w.ask(f.caller, PlaceHold{f.asked, f.date, f.seats}, f.key));
    if (first > 0) {
      EXPECT_LT(faults[first - 1].reject, faults[first].reject) << "in the order of their numbers";
    }
  }
}

TEST(Precedence, waiting_comes_before_what_is_asked_for) {
  Faulty f;
  f.w.join(f.c, 2);
  const Fan waiting = f.w.join(f.c, 3);
  f.w.change({.concert = f.c, .phase = Phase::kClosed});
  EXPECT_REJECT(Reject::kNotAdmitted,
                f.w.ask(waiting.caller, PlaceHold{f.c, Date{1}, {SeatNumber{99}}}));
  EXPECT_REJECT(Reject::kNotAdmitted, f.w.ask(waiting.caller, ReadSeats{f.c, Date{1}}));
  EXPECT_REJECT(Reject::kNotAdmitted, f.w.ask(waiting.caller, WatchSeats{f.c, Date{1}}));
  EXPECT_REJECT(Reject::kNotAdmitted, f.w.ask(waiting.caller, Pay{f.c, {make_hold_id(f.c, 9)}}));
  EXPECT_REJECT(Reject::kNotAdmitted, f.w.ask(waiting.caller, ReadHold{make_hold_id(f.c, 9)}));
  // A user's own resources need no place.
  EXPECT_REJECT(Reject::kPaymentNotFound,
                f.w.ask(waiting.caller, ReadPayment{make_payment_id(f.c, 9)}));
}

TEST(Precedence, what_a_hold_may_refuse_depends_on_its_state) {
  const struct {
    const char* state;
    Reject read, release, pay;
  } cases[] = {
      {"never there", Reject::kHoldNotFound, Reject::kHoldNotFound, Reject::kHoldNotFound},
      {"held", Reject::kNone, Reject::kNone, Reject::kNone},
      {"paying", Reject::kNone, Reject::kPaymentInProgress, Reject::kNone},
      {"paid", Reject::kNone, Reject::kAlreadyPaid, Reject::kNone},
      {"expired", Reject::kHoldExpired, Reject::kHoldExpired, Reject::kHoldExpired},
      {"released", Reject::kHoldNotFound, Reject::kHoldNotFound, Reject::kHoldNotFound},
  };
  for (const auto& [state, read, release, pay] : cases) {
    for (int what = 0; what < 3; ++what) {
      SCOPED_TRACE(std::string(state) + " " + std::to_string(what));
      Faulty f;
      f.w.charge(1, 5000);
      HoldId hold = make_hold_id(f.c, 5);
      const std::string_view wanted = state;
      if (wanted != "never there") hold = body_of<HoldView>(f.w.hold(f.fan, {1})).hold;
      if (wanted == "paying") f.w.post(f.fan.caller, Pay{f.c, {hold}});
      if (wanted == "paid") f.w.pay(f.fan, hold);
      if (wanted == "expired") f.w.advance(seconds(300));
      if (wanted == "released") f.w.ask(f.fan.caller, ReleaseHold{hold});
      if (what == 0) {
        EXPECT_REJECT(read, (f.w.post(f.fan.caller, ReadHold{hold}), *f.w.reply()));
      } else if (what == 1) {
        EXPECT_REJECT(release, (f.w.post(f.fan.caller, ReleaseHold{hold}), *f.w.reply()));
      } else {
        EXPECT_REJECT(pay, f.w.pay(f.fan, hold));
      }
    }
  }
}

TEST(CommandNames, every_command_and_event_has_its_own_name) {
  std::set<std::string> names;
  const auto add = [&names](const char* name) { EXPECT_TRUE(names.insert(name).second) << name; };
  for (const CommandSpec& spec : kCommandSpecs) add(spec.name);
  EXPECT_STREQ(name_of(CommandBody{OpenDone{}}), "open_done");
  EXPECT_STREQ(name_of(CommandBody{ReserveMoney{}}), "reserve_money");
  EXPECT_STREQ(name_of(Event{AnswerStored{}}), "answer_stored");
  EXPECT_STREQ(name_of(Event{WalletCharged{}}), "wallet_charged");
}

TEST(CommandNames, new_work_is_what_promises_something) {
  for (const CommandBody& body : {CommandBody{Join{}}, CommandBody{PlaceHold{}},
                                  CommandBody{Charge{}}, CommandBody{CreateConcert{}}}) {
    EXPECT_TRUE(is_new_work(body)) << name_of(body);
  }
  for (const CommandBody& body :
       {CommandBody{Pay{}}, CommandBody{ReadToken{}}, CommandBody{SettleMoney{}},
        CommandBody{Refund{}}, CommandBody{Leave{}}}) {
    EXPECT_FALSE(is_new_work(body)) << name_of(body);
  }
}

TEST(CommandTable, traits_do_not_contradict_each_other) {
  for (const CommandSpec& spec : kCommandSpecs) {
    using enum CommandSpec::Trait;
    EXPECT_FALSE(spec.has(kReads) && (spec.has(kNewWork) || spec.has(kKeepsAnswer))) << spec.name;
    EXPECT_FALSE(spec.has(kMessage) && (spec.has(kSlow) || spec.has(kKeepsAnswer))) << spec.name;
  }
}

TEST(CommandTable, keeps_answers_only_under_a_key) {
  Command command{{}, {}, PlaceHold{}};
  EXPECT_FALSE(keeps_answer(command));
  command.key.key.low = 1;
  EXPECT_TRUE(keeps_answer(command));
  command.body = ReleaseHold{};
  EXPECT_FALSE(keeps_answer(command));
}

// A hold and a payment carry their concert in their ids.
TEST(CommandTable, a_command_is_decided_by_the_slot_of_what_it_names) {
  const ConcertId concert{7};
  const UserId user = user_id(3);
  const HoldId hold = make_hold_id(concert, 1);
  const PaymentId payment{hold.value};
  EXPECT_EQ(slot_of(PlaceHold{.concert = concert}), slot_of_concert(concert));
  EXPECT_EQ(slot_of(ReadHold{hold}), slot_of_concert(concert));
  EXPECT_EQ(slot_of(Pay{.concert = concert, .holds = {hold}}), slot_of_concert(concert));
  EXPECT_EQ(slot_of(Refund{payment}), slot_of_concert(concert_of(payment)));
  EXPECT_EQ(slot_of(ReserveMoney{{.concert = concert, .user = user}}), slot_of_user(user));
  EXPECT_EQ(slot_of(SettleMoney{.payment = payment, .user = user}), slot_of_user(user));
  EXPECT_EQ(slot_of(OpenDone{concert}), slot_of_directory());
}

// The mapping is part of the disk format: under another one a log would be read into wrong slots.
TEST(Slots, mapping_of_ids_to_slots_never_changes) {
  const SlotId golden[] = {slot_of_concert(ConcertId{1}), slot_of_concert(ConcertId{2}),
                           slot_of_user(user_id(1)), slot_of_user(user_id(2)), slot_of_directory()};
  const std::uint16_t expected[] = {770, 1637, 419, 221, 3926};
  for (std::size_t i = 0; i < std::size(golden); ++i) EXPECT_EQ(golden[i].value, expected[i]) << i;
  EXPECT_EQ(slot_of(Pay{ConcertId{2}, {}}), golden[1]);
  EXPECT_EQ(slot_of(ReadHold{make_hold_id(ConcertId{2}, 7)}), golden[1]);
  EXPECT_EQ(slot_of(ReserveAnswer{make_payment_id(ConcertId{1}, 7)}), golden[0]);
  EXPECT_EQ(slot_of(Charge{user_id(2), {}}), golden[3]);
  EXPECT_EQ(slot_of(ReserveMoney{Purchase{.user = user_id(1)}}), golden[2]);
  EXPECT_EQ(slot_of(OpenDone{ConcertId{1}}), golden[4]);
  EXPECT_EQ(slot_of(OpenConcert{ConcertId{1}, {}}), golden[0]);
}

}  // namespace
}  // namespace frontrow
