// Commands: requests and messages for one slot, as plain data whose shape was checked. decide
// (engine/core/decide.h) finds out whether a command is allowed.
//
// A new command is written in four places: here (its fields with their tie(), which is their layout
// on the wire, and its row in the table below), in engine/core/decide.h and a decide_*.cc (its rule
// and reply), and where it is made: in net/api/api_decode.cc if a route sends it, in
// engine/core/machine.cc if it is a message. The wait of a slow command is in machine.cc as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/sha256.h"
#include "engine/core/protocol/act.h"
#include "engine/core/protocol/exported.h"
#include "engine/core/protocol/kinds.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

// The sender of a command. User and number are from the queue token; `number` is none for an
// operator, for routes without a token, and for a user whom the shop's token identifies, who has no
// place in the line by that. `actor`: the operator's key.
struct Caller {
  UserId user;
  TicketNumber number;
  std::uint32_t token_epoch = 0;
  Actor actor;
  bool is_operator() const { return user.is_nil() && !number; }
};

// Idempotency-Key of the request, hashed; `request` is a hash of route and body.
struct RequestKey {
  Hash128 key;
  std::uint64_t request = 0;
  bool present() const { return key != Hash128{}; }
  auto operator<=>(const RequestKey&) const = default;
};

// --- to a concert's slot
struct Join {
  ConcertId concert;
  UserId user;
  std::uint64_t challenge = 0;  // hash of the challenge that the user solved; 0: none
  bool is_late = false;         // it has expired: enough for a place that was drawn before
  Hash128 access_code = {};     // hash of the presale code that the user has; zero: none
  static auto tie(auto& v) {
    return std::tie(v.concert, v.user, v.challenge, v.is_late, v.access_code);
  }
};
struct ReadToken {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
// For a pass, which proves to other services that the user is in the shop.
struct ReadPass {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
struct Leave {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
// For routes of another slot that ask for an active or completed token.
struct CheckToken {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
struct ReadConcert {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
// For caches: how far the line is, and who waits at the places of a block (kLineBlockPlaces).
struct ReadLine {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
struct ReadLineBlock {
  ConcertId concert;
  std::uint32_t block = 0;  // from 0
  static auto tie(auto& v) { return std::tie(v.concert, v.block); }
};
struct ReadDates {
  ConcertId concert;
  bool all = false;
  static auto tie(auto& v) { return std::tie(v.concert, v.all); }
};
struct ReadSeats {
  ConcertId concert;
  Date date;
  std::optional<std::uint64_t> since = {};  // the version that the caller has: changes suffice
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.since); }
};
// For an event stream of a date's changes. By a fan as the stream begins; later by the instance
// itself, without a caller, for all of its streams that know this version.
struct WatchSeats {
  ConcertId concert;
  Date date;
  std::optional<std::uint64_t> since = {};  // the version that the streams' clients have
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.since); }
};
// Of these seats; or, where none are named, of the best `quantity` seats that the date has in a
// section, a category or at all.
struct PlaceHold {
  ConcertId concert;
  Date date;
  SeatList seats;
  std::string section = {};
  std::uint32_t quantity = 0;
  bool together = false;      // side by side, or none
  std::string category = {};  // of a plan's seats
  static auto tie(auto& v) {
    return std::tie(v.concert, v.date, v.seats, v.section, v.quantity, v.together, v.category);
  }
};
struct ReadHold {
  HoldId hold;
  static auto tie(auto& v) { return std::tie(v.hold); }
};
// The caller's own holds that are not paid and not over.
struct ReadHolds {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
// By its user, or by the box office.
struct ReleaseHold {
  HoldId hold;
  static auto tie(auto& v) { return std::tie(v.hold); }
};
struct ExtendHold {
  HoldId hold;
  static auto tie(auto& v) { return std::tie(v.hold); }
};
// Several holds become one, the first of them, whether the payment succeeds or fails.
struct Pay {
  ConcertId concert;
  HoldIds holds;  // ascending, each once, at least one
  static auto tie(auto& v) { return std::tie(v.concert, v.holds); }
};
// Waits for seats of a date that come back: they are offered as a hold.
struct JoinWaitlist {
  ConcertId concert;
  Date date;
  std::string section = {};  // empty: any
  std::uint32_t quantity = 0;
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.section, v.quantity); }
};
struct LeaveWaitlist {
  ConcertId concert;
  std::optional<Date> date;  // none: of all dates
  static auto tie(auto& v) { return std::tie(v.concert, v.date); }
};
// The caller's own entries and offers.
struct ReadWaitlist {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
struct ReadPayment {
  PaymentId payment;
  static auto tie(auto& v) { return std::tie(v.payment); }
};
// The tickets of a payment.
struct ReadTickets {
  PaymentId payment;
  SeatNumber seat;  // none: all
  static auto tie(auto& v) { return std::tie(v.payment, v.seat); }
};
// --- to a concert's slot, by the operator
// At the gate. A ticket is used once.
struct UseTicket {
  PaymentId payment;
  SeatNumber seat;
  static auto tie(auto& v) { return std::tie(v.payment, v.seat); }
};
struct ChangeConcert {
  ConcertId concert;
  std::optional<Phase> phase;
  std::optional<std::string> title;
  std::optional<Instant> opens_at, closes_at;
  std::optional<bool> no_single_seats, stay_after_payment;
  std::optional<std::uint32_t> max_active, admit_per_second, session_s, idle_s;
  std::optional<std::uint32_t> hold_s, seats_per_user, hold_extensions, offer_s;
  bool revoke_tokens = false;
  std::vector<DateSpec> add_dates = {};
  std::vector<DateChange> change_dates = {};  // each date once; before dates are added
  // How the added dates get their sections, or empty. Only until ExpandDates has filled these in.
  std::vector<PlannedDate> planned = {};
  // Tags of the settings (settings_tag.h) that the change was made for: other settings reject it.
  std::optional<std::vector<std::uint64_t>> expected;
  static auto tie(auto& v) {
    return std::tie(v.concert, v.phase, v.title, v.opens_at, v.closes_at, v.no_single_seats,
                    v.max_active, v.admit_per_second, v.session_s, v.idle_s, v.hold_s,
                    v.seats_per_user, v.stay_after_payment, v.hold_extensions, v.offer_s,
                    v.revoke_tokens, v.add_dates, v.change_dates);
  }
};
struct BlockSeat {
  ConcertId concert;
  Date date;
  SeatNumber seat;
  bool blocked = true;
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.seat, v.blocked); }
};
// Many seats of a date at once: all, or none if one is held or sold.
struct BlockSeats {
  ConcertId concert;
  Date date;
  std::vector<SeatRange> ranges;  // ascending, apart, at least one
  bool blocked = true;
  std::string label = {};  // the reason, for the audit
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.ranges, v.blocked, v.label); }
};
// A date, or all of them, is not played: its payments are refunded.
struct CancelDates {
  ConcertId concert;
  std::optional<Date> date;
  std::string reason = {};  // for the audit
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.reason); }
};
// A batch of presale codes, by their hashes: the codes themselves stay with who made the command.
struct AddAccessCodes {
  ConcertId concert;
  std::vector<Hash128> hashes;  // ascending, each once
  std::uint32_t uses = 0;       // of each code
  Instant opens_at;
  static auto tie(auto& v) { return std::tie(v.concert, v.hashes, v.uses, v.opens_at); }
};
struct ReadAccessCodes {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};
// How far the refunds of a cancellation are.
struct ReadCancellation {
  ConcertId concert;
  std::optional<Date> date;
  static auto tie(auto& v) { return std::tie(v.concert, v.date); }
};
// Of some seats of a payment, or of all that are left.
struct Refund {
  PaymentId payment;
  SeatList seats;  // ascending, each once; none: all that are left
  static auto tie(auto& v) { return std::tie(v.payment, v.seats); }
};
// --- to a concert's slot, by the box office
// Sells seats that are free or blocked at the counter, where the money was taken.
struct SellSeats {
  ConcertId concert;
  Date date;
  SeatList seats;              // ascending, each once, at least one
  UserId user = {};            // nil: nobody's by name
  std::optional<Money> price;  // of each seat; none: the seats' own prices
  std::string note = {};       // for the audit
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.seats, v.user, v.price, v.note); }
};
// Which holds or payments are wanted; a field that is not set wants all.
template <class State>
struct SaleFilter {
  std::optional<Date> date;
  std::optional<State> state;
  UserId user;
  SeatNumber seat;
  static auto tie(auto& v) { return std::tie(v.date, v.state, v.user, v.seat); }
};
// The payments behind `after`, in the order of their ids.
struct FindPayments {
  ConcertId concert;
  SaleFilter<PaymentState> filter;
  PaymentId after;
  std::uint32_t limit = 0;
  static auto tie(auto& v) { return std::tie(v.concert, v.filter, v.after, v.limit); }
};
struct FindHolds {
  ConcertId concert;
  SaleFilter<HoldState> filter;
  HoldId after;
  std::uint32_t limit = 0;
  static auto tie(auto& v) { return std::tie(v.concert, v.filter, v.after, v.limit); }
};
// Who has the seat, and how it came to that.
struct ReadSeat {
  ConcertId concert;
  Date date;
  SeatNumber seat;
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.seat); }
};
// The state of every seat of a date.
struct ReadSeatStates {
  ConcertId concert;
  Date date;
  static auto tie(auto& v) { return std::tie(v.concert, v.date); }
};
// A user's token, holds, payments and places in the waitlist of a concert.
struct ReadVisitor {
  ConcertId concert;
  UserId user;
  static auto tie(auto& v) { return std::tie(v.concert, v.user); }
};
// Rows of one moment of the concert, from row `offset` on. Moment 0 is the present one: the reply
// names it, and the further pages ask for it. Limit 0: no rows; the moment is kept for longer.
struct ReadExport {
  ConcertId concert;
  ExportKind what = ExportKind::kPayments;
  std::uint64_t moment = 0;
  std::uint32_t offset = 0;
  std::uint32_t limit = 0;
  static auto tie(auto& v) { return std::tie(v.concert, v.what, v.moment, v.offset, v.limit); }
};
// Ends a place in the line, or the session that it led to, with its holds.
struct EndToken {
  ConcertId concert;
  TicketNumber number;
  static auto tie(auto& v) { return std::tie(v.concert, v.number); }
};
// --- to a user's slot
struct ReadBalance {
  UserId user;
  static auto tie(auto& v) { return std::tie(v.user); }
};
// A reference is the payment provider's id of the money: it credits a wallet once for ever.
struct Charge {
  UserId user;
  Money amount;
  std::string reference = {};  // empty: none; at most kReferenceCharsMax characters
  static auto tie(auto& v) { return std::tie(v.user, v.amount, v.reference); }
};
// By the operator: adds to a balance, or takes from it.
struct AdjustBalance {
  UserId user;
  Money amount;  // of either sign
  std::string reason;
  static auto tie(auto& v) { return std::tie(v.user, v.amount, v.reason); }
};
struct ReadPayments {
  UserId user;
  std::uint32_t limit = 0;
  PaymentId before;
  static auto tie(auto& v) { return std::tie(v.user, v.limit, v.before); }
};
// --- to the directory's slot
struct CreateConcert {
  ConcertSpec spec;
  std::vector<PlannedDate> planned = {};  // for each date of the spec, or empty
  std::optional<Bytes32> seed = {};       // of an order at random; none: in order of arrival
  static auto tie(auto& v) { return std::tie(v.spec, v.planned, v.seed); }
};
// A seating plan in the compact form of plan_codec.h.
struct CreatePlan {
  std::vector<std::byte> document;
  static auto tie(auto& v) { return std::tie(v.document); }
};
struct ReadPlan {
  PlanId plan;
  static auto tie(auto& v) { return std::tie(v.plan); }
};
// Reads the sections of dates from their plans.
struct ExpandDates {
  std::vector<DateSpec> dates;
  std::vector<PlannedDate> planned;  // for each date
  static auto tie(auto& v) { return std::tie(v.dates, v.planned); }
};
struct ListPlans {
  static auto tie(auto&) { return std::tuple<>(); }
};
struct ListConcerts {
  static auto tie(auto&) { return std::tuple<>(); }
};

// --- to any slot, by the operator: its acts behind a position, oldest first
struct ReadAudit {
  SlotId slot;
  ActPosition after;
  std::uint32_t limit = 0;
  static auto tie(auto& v) { return std::tie(v.slot, v.after, v.limit); }
};

// --- messages: concert's slot -> user's slot
struct ReserveMoney {
  Purchase purchase;
  static auto tie(auto& v) { return std::tie(v.purchase); }
};
struct SettleMoney {
  PaymentId payment;
  UserId user;
  bool post = false;
  Instant paid_at;
  static auto tie(auto& v) { return std::tie(v.payment, v.user, v.post, v.paid_at); }
};
// Carries `paid_at`, as this message may overtake the one that posts the payment. Seats and money
// are those of all refunds of the payment so far, so that a message twice returns nothing twice.
struct ReturnMoney {
  PaymentId payment;
  UserId user;
  Instant paid_at;
  SeatList seats;
  Money total;
  static auto tie(auto& v) { return std::tie(v.payment, v.user, v.paid_at, v.seats, v.total); }
};
// Of a sale at the box office, which has a buyer by name: the payments of that user list it.
struct ListSale {
  PaymentId payment;
  UserId user;
  Instant paid_at;
  static auto tie(auto& v) { return std::tie(v.payment, v.user, v.paid_at); }
};
// --- messages: user's slot -> concert's slot
struct ReserveAnswer {
  PaymentId payment;
  bool granted = false;
  Money balance;
  static auto tie(auto& v) { return std::tie(v.payment, v.granted, v.balance); }
};
struct SettleDone {
  PaymentId payment;
  static auto tie(auto& v) { return std::tie(v.payment); }
};
struct ReturnDone {
  PaymentId payment;
  std::uint32_t seats = 0;  // of the message that this answers
  Money balance;
  static auto tie(auto& v) { return std::tie(v.payment, v.seats, v.balance); }
};
// --- messages: directory's slot <-> concert's slot
struct OpenConcert {
  ConcertId concert;
  ConcertSpec spec;
  std::optional<Bytes32> seed = {};
  static auto tie(auto& v) { return std::tie(v.concert, v.spec, v.seed); }
};
struct OpenDone {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};

// --- the table of commands

// The slot that decides a command: of its concert (or of the concert of its hold or payment), of
// its user, of the directory, or the one that it names.
enum class DecidedBy : std::uint8_t { kConcert, kUser, kDirectory, kNamedSlot };

struct CommandSpec {
  enum Trait : unsigned {
    kReads = 1,         // changes nothing: without a reply it can be sent again
    kMessage = 2,       // from one slot to another; has no reply
    kSlow = 4,          // replied to when another slot has acted
    kNewWork = 8,       // promises something new: rejected first when disk or memory run low
    kKeepsAnswer = 16,  // its reply is kept under the Idempotency-Key
  };

  std::uint8_t tag;  // on the wire (docs/WIRE_FORMAT.md); never reused
  const char* name;  // in logs and metrics
  DecidedBy decided_by;
  unsigned traits;

  constexpr bool has(Trait trait) const { return (traits & trait) != 0; }
};

template <class C>
using CommandRow = KindRow<C, CommandSpec>;
template <class C>
constexpr CommandRow<C> row(std::uint8_t tag, const char* name, DecidedBy decided_by,
                            unsigned traits = 0) {
  return {{tag, name, decided_by, traits}};
}

// The tags 28 to 30 were those of slots that moved within a static cluster.
inline constexpr auto kCommandTable = [] {
  using enum DecidedBy;
  using enum CommandSpec::Trait;
  return std::tuple{
      row<Join>(0, "join", kConcert, kNewWork | kKeepsAnswer),
      row<ReadToken>(1, "read_token", kConcert, kReads),
      row<Leave>(2, "leave", kConcert),
      row<CheckToken>(3, "check_token", kConcert, kReads),
      row<ReadConcert>(4, "read_concert", kConcert, kReads),
      row<ReadDates>(5, "read_dates", kConcert, kReads),
      row<ReadSeats>(6, "read_seats", kConcert, kReads),
      row<PlaceHold>(7, "place_hold", kConcert, kNewWork | kKeepsAnswer),
      row<ReadHold>(8, "read_hold", kConcert, kReads),
      row<ReleaseHold>(9, "release_hold", kConcert),
      row<Pay>(10, "pay", kConcert, kSlow | kKeepsAnswer),
      row<ReadPayment>(11, "read_payment", kConcert, kReads),
      row<ChangeConcert>(12, "change_concert", kConcert),
      row<BlockSeat>(13, "block_seat", kConcert),
      row<Refund>(14, "refund", kConcert, kSlow | kKeepsAnswer),
      row<ReadBalance>(15, "read_balance", kUser, kReads),
      row<Charge>(16, "charge", kUser, kNewWork | kKeepsAnswer),
      row<ReadPayments>(17, "read_payments", kUser, kReads),
      row<CreateConcert>(18, "create_concert", kDirectory, kSlow | kNewWork | kKeepsAnswer),
      row<ListConcerts>(19, "list_concerts", kDirectory, kReads),
      row<ReserveMoney>(20, "reserve_money", kUser, kMessage),
      row<SettleMoney>(21, "settle_money", kUser, kMessage),
      row<ReturnMoney>(22, "return_money", kUser, kMessage),
      row<ReserveAnswer>(23, "reserve_answer", kConcert, kMessage),
      row<SettleDone>(24, "settle_done", kConcert, kMessage),
      row<ReturnDone>(25, "return_done", kConcert, kMessage),
      row<OpenConcert>(26, "open_concert", kConcert, kMessage),
      row<OpenDone>(27, "open_done", kDirectory, kMessage),
      row<ReadAudit>(31, "read_audit", kNamedSlot, kReads),
      row<AdjustBalance>(32, "adjust_balance", kUser, kNewWork | kKeepsAnswer),
      row<ReadHolds>(33, "read_holds", kConcert, kReads),
      row<ReadPass>(34, "read_pass", kConcert, kReads),
      row<ReadTickets>(35, "read_tickets", kConcert, kReads),
      row<UseTicket>(36, "use_ticket", kConcert, kKeepsAnswer),
      row<FindPayments>(37, "find_payments", kConcert, kReads),
      row<FindHolds>(38, "find_holds", kConcert, kReads),
      row<ReadSeat>(39, "read_seat", kConcert, kReads),
      row<ReadVisitor>(40, "read_visitor", kConcert, kReads),
      row<EndToken>(41, "end_token", kConcert),
      row<CreatePlan>(42, "create_plan", kDirectory, kNewWork | kKeepsAnswer),
      row<ReadPlan>(43, "read_plan", kDirectory, kReads),
      row<ListPlans>(44, "list_plans", kDirectory, kReads),
      row<ExtendHold>(45, "extend_hold", kConcert, kKeepsAnswer),
      row<BlockSeats>(46, "block_seats", kConcert),
      row<CancelDates>(47, "cancel_dates", kConcert),
      row<ReadCancellation>(48, "read_cancellation", kConcert, kReads),
      row<JoinWaitlist>(49, "join_waitlist", kConcert, kNewWork),
      row<LeaveWaitlist>(50, "leave_waitlist", kConcert),
      row<ReadWaitlist>(51, "read_waitlist", kConcert, kReads),
      row<AddAccessCodes>(52, "add_access_codes", kConcert, kNewWork),
      row<ReadAccessCodes>(53, "read_access_codes", kConcert, kReads),
      row<WatchSeats>(54, "watch_seats", kConcert, kReads),
      row<ReadExport>(55, "read_export", kConcert, kReads),
      row<SellSeats>(56, "sell_seats", kConcert, kNewWork | kKeepsAnswer),
      row<ListSale>(57, "list_sale", kUser, kMessage),
      row<ExpandDates>(58, "expand_dates", kDirectory, kReads),
      row<ReadSeatStates>(59, "read_seat_states", kConcert, kReads),
      row<ReadLine>(60, "read_line", kConcert, kReads),
      row<ReadLineBlock>(61, "read_line_block", kConcert, kReads)};
}();

using CommandBody = VariantOfRows<decltype(kCommandTable)>::type;

inline constexpr auto kCommandSpecs = specs_of(kCommandTable);
static_assert(has_distinct_tags(kCommandSpecs));
inline constexpr std::size_t kCommandKinds = kCommandSpecs.size();

template <class C>
inline constexpr CommandSpec kSpecOf = std::get<CommandRow<C>>(kCommandTable).spec;

struct Command {
  Caller caller;
  RequestKey key;
  CommandBody body;
};

// Which slot decides a command.
SlotId slot_of_concert(ConcertId concert);
SlotId slot_of_user(const UserId& user);
SlotId slot_of_directory();
SlotId slot_of(const CommandBody& body);

// Below kCommandKinds: the place of a command's row, for counters by kind.
inline std::size_t kind_of(const CommandBody& body) { return body.index(); }
inline const CommandSpec& spec_of(const CommandBody& body) { return kCommandSpecs[kind_of(body)]; }

inline const char* name_of(const CommandBody& body) { return spec_of(body).name; }
inline bool is_read(const CommandBody& body) { return spec_of(body).has(CommandSpec::kReads); }
inline bool is_message(const CommandBody& body) { return spec_of(body).has(CommandSpec::kMessage); }
inline bool is_slow(const CommandBody& body) { return spec_of(body).has(CommandSpec::kSlow); }
inline bool is_new_work(const CommandBody& body) {
  return spec_of(body).has(CommandSpec::kNewWork);
}
// Only a request with an Idempotency-Key has its reply kept.
inline bool keeps_answer(const Command& command) {
  return command.key.present() && spec_of(command.body).has(CommandSpec::kKeepsAnswer);
}

}  // namespace frontrow
