// The events of a slot: facts that are logged, listed by type number (the table at the end). A
// number is never reused. The layout of each event is its tie(), in order (field_codec.h). Adding a
// field or a type raises kGroupFormatVersion.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/kinds.h"
#include "engine/core/protocol/reject.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

// --- the directory
struct ConcertRegistered {
  ConcertId concert;
  ConcertSpec spec;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.spec, e.key); }
};
// A seating plan, in the compact form of plan_codec.h.
struct PlanRegistered {
  PlanId plan;
  std::string name;
  std::uint32_t seats = 0;
  std::vector<std::byte> document;
  static auto tie(auto& e) { return std::tie(e.plan, e.name, e.seats, e.document); }
};
struct RegistrationConfirmed {
  ConcertId concert;
  static auto tie(auto& e) { return std::tie(e.concert); }
};

// --- a concert
struct ConcertCreatedEvent {
  ConcertId concert;
  ConcertSpec spec;
  static auto tie(auto& e) { return std::tie(e.concert, e.spec); }
};
// All settings as of this event.
struct ConcertChanged {
  ConcertId concert;
  std::string title;
  Instant opens_at;
  SaleRules rules;
  std::uint32_t token_epoch = 0;
  Instant closes_at = {};  // of the dates (ConcertDate::closing_for); not set: as they are
  static auto tie(auto& e) {
    return std::tie(e.concert, e.title, e.opens_at, e.rules, e.token_epoch, e.closes_at);
  }
};
// New dates, behind those that the concert has.
struct DatesAdded {
  ConcertId concert;
  std::vector<DateSpec> dates;
  static auto tie(auto& e) { return std::tie(e.concert, e.dates); }
};
// Their seats have the numbers behind the present ones.
struct SectionsAdded {
  ConcertId concert;
  std::uint16_t date_index = 0;
  std::vector<SectionSpec> sections;
  static auto tie(auto& e) { return std::tie(e.concert, e.date_index, e.sections); }
};
// For holds made later. Of categories on a date with a plan, else of sections.
struct PricesChanged {
  ConcertId concert;
  std::uint16_t date_index = 0;
  std::vector<CategoryPrice> prices;
  static auto tie(auto& e) { return std::tie(e.concert, e.date_index, e.prices); }
};
struct DatePostponed {
  ConcertId concert;
  std::uint16_t date_index = 0;
  Date date;
  Instant starts_at;
  Instant closes_at;
  static auto tie(auto& e) {
    return std::tie(e.concert, e.date_index, e.date, e.starts_at, e.closes_at);
  }
};
// The order is random, not that of arrival. In the directory's slot of the registration right
// before, in the concert's slot of the concert that was created.
struct OrderSet {
  ConcertId concert;
  Bytes32 seed{};
  static auto tie(auto& e) { return std::tie(e.concert, e.seed); }
};
struct PhaseChanged {
  ConcertId concert;
  Phase phase = Phase::kOpen;
  static auto tie(auto& e) { return std::tie(e.concert, e.phase); }
};

// --- the line
struct TokenJoined {
  ConcertId concert;
  TicketNumber number;
  UserId user;
  static auto tie(auto& e) { return std::tie(e.concert, e.number, e.user); }
};
// A join that follows solved this challenge, which no other join may name again.
struct ChallengeSpent {
  ConcertId concert;
  std::uint64_t challenge = 0;
  static auto tie(auto& e) { return std::tie(e.concert, e.challenge); }
};
// Codes that let their owners join before the public opening, by their hashes (access_codes.h).
struct AccessCodesAdded {
  ConcertId concert;
  std::uint16_t batch = 0;  // from 1
  std::uint32_t uses = 0;   // of each code
  Instant opens_at;         // of the batch
  RequestKey key;
  std::vector<Hash128> hashes;  // ascending
  static auto tie(auto& e) {
    return std::tie(e.concert, e.batch, e.uses, e.opens_at, e.key, e.hashes);
  }
};
// The join that follows spends a use of this code.
struct AccessCodeUsed {
  ConcertId concert;
  std::uint16_t batch = 0;
  Hash128 code;
  static auto tie(auto& e) { return std::tie(e.concert, e.batch, e.code); }
};
// The sale opens for the first time: the numbers drawn so far get their places by the seed.
struct LineShuffled {
  ConcertId concert;
  std::uint32_t count = 0;
  static auto tie(auto& e) { return std::tie(e.concert, e.count); }
};
// Every token waiting at the places [first, last] is active from the record's time on.
struct TokensAdmitted {
  ConcertId concert;
  LinePlace first;
  LinePlace last;
  std::uint32_t count = 0;
  static auto tie(auto& e) { return std::tie(e.concert, e.first, e.last, e.count); }
};
struct TokenEnded {
  ConcertId concert;
  TicketNumber number;
  TokenState state = TokenState::kExpired;
  static auto tie(auto& e) { return std::tie(e.concert, e.number, e.state); }
};

// --- seats
struct SeatsHeld {
  ConcertId concert;
  HoldId hold;
  TicketNumber number;
  std::uint16_t date_index = 0;
  SeatList seats;
  Money amount;
  Instant expires_at;
  static auto tie(auto& e) {
    return std::tie(e.concert, e.hold, e.number, e.date_index, e.seats, e.amount, e.expires_at);
  }
};
// Released by its owner or because the session ended; the hold is erased.
struct HoldReleased {
  ConcertId concert;
  HoldId hold;
  static auto tie(auto& e) { return std::tie(e.concert, e.hold); }
};
struct HoldExpired {
  ConcertId concert;
  HoldId hold;
  static auto tie(auto& e) { return std::tie(e.concert, e.hold); }
};
// Its user has it until a later time.
struct HoldExtended {
  ConcertId concert;
  HoldId hold;
  Instant expires_at;
  static auto tie(auto& e) { return std::tie(e.concert, e.hold, e.expires_at); }
};
// Two holds of a session on one date become one, to be paid at once. `merged` is erased.
struct HoldsMerged {
  ConcertId concert;
  HoldId hold;
  HoldId merged;
  static auto tie(auto& e) { return std::tie(e.concert, e.hold, e.merged); }
};
struct SeatBlocked {
  ConcertId concert;
  std::uint16_t date_index = 0;
  SeatNumber seat;
  bool blocked = true;
  static auto tie(auto& e) { return std::tie(e.concert, e.date_index, e.seat, e.blocked); }
};

struct SeatsBlocked {
  ConcertId concert;
  std::uint16_t date_index = 0;
  std::vector<SeatRange> ranges;
  bool blocked = true;
  static auto tie(auto& e) { return std::tie(e.concert, e.date_index, e.ranges, e.blocked); }
};
// The date is not played: it goes off sale, and its payments are refunded one after the other.
struct DateCancelled {
  ConcertId concert;
  std::uint16_t date_index = 0;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.date_index, e.key); }
};

// --- the waitlist of a date
struct WaitlistJoined {
  ConcertId concert;
  std::uint16_t date_index = 0;
  std::uint32_t entry = 0;
  UserId user;
  std::string section;  // empty: any
  std::uint32_t quantity = 0;
  static auto tie(auto& e) {
    return std::tie(e.concert, e.date_index, e.entry, e.user, e.section, e.quantity);
  }
};
// By the user's wish, or because the user has as many seats as allowed.
struct WaitlistLeft {
  ConcertId concert;
  std::uint16_t date_index = 0;
  std::uint32_t entry = 0;
  static auto tie(auto& e) { return std::tie(e.concert, e.date_index, e.entry); }
};
// The entry became a hold. It is in the session of this token; if there is none, one begins that
// ends with the hold, also for a token that waits in the line or whose session was over.
struct SeatsOffered {
  ConcertId concert;
  std::uint16_t date_index = 0;
  std::uint32_t entry = 0;
  HoldId hold;
  TicketNumber number;
  SeatList seats;
  Money amount;
  Instant expires_at;
  static auto tie(auto& e) {
    return std::tie(e.concert, e.date_index, e.entry, e.hold, e.number, e.seats, e.amount,
                    e.expires_at);
  }
};

// --- payment, the concert's side
struct PaymentStarted {
  ConcertId concert;
  PaymentId payment;
  HoldId hold;
  Instant decide_by;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.hold, e.decide_by, e.key); }
};
// The commit point: the seats are owned from here on.
struct Sold {
  ConcertId concert;
  PaymentId payment;
  Money balance;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.balance); }
};
struct PaymentFailed {
  ConcertId concert;
  PaymentId payment;
  Reject reason = Reject::kInsufficientBalance;
  Money balance;  // of the wallet at the refusal
  Money amount;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.reason, e.balance, e.amount); }
};
// The user's slot has posted or voided the payment: the outbox entry is erased.
struct PaymentSettled {
  ConcertId concert;
  PaymentId payment;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment); }
};
struct RefundStarted {
  ConcertId concert;
  PaymentId payment;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.key); }
};
// A refund of some seats, or of those that earlier ones have left.
struct SeatsRefundStarted {
  ConcertId concert;
  PaymentId payment;
  SeatList seats;  // ascending
  Money amount;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.seats, e.amount, e.key); }
};
// The refund that was started last is done.
struct Refunded {
  ConcertId concert;
  PaymentId payment;
  Money balance;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.balance); }
};

// Sold at the box office, which took the money: a payment and its hold in one step, without a place
// in the line and without a wallet. Nil user: the buyer has no name.
struct SeatsSoldAtOffice {
  ConcertId concert;
  PaymentId payment;
  HoldId hold;
  std::uint16_t date_index = 0;
  SeatList seats;
  UserId user;
  Money amount;
  static auto tie(auto& e) {
    return std::tie(e.concert, e.payment, e.hold, e.date_index, e.seats, e.user, e.amount);
  }
};

// The holder of this seat's ticket has entered, at the record's time.
struct TicketUsed {
  ConcertId concert;
  PaymentId payment;
  SeatNumber seat;
  Actor by;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.seat, e.by); }
};

// --- a wallet
struct WalletCharged {
  UserId user;
  ChargeId charge;
  Money amount;
  static auto tie(auto& e) { return std::tie(e.user, e.charge, e.amount); }
};
// A charge with a reference, which later charges of the wallet do not repeat.
struct WalletChargedOnce {
  UserId user;
  ChargeId charge;
  Money amount;
  std::string reference;
  static auto tie(auto& e) { return std::tie(e.user, e.charge, e.amount, e.reference); }
};
// By an operator. The amount has either sign; the balance stays above or at zero.
struct WalletAdjusted {
  UserId user;
  ChargeId adjustment;  // drawn from the numbers of the slot's charges
  Money amount;
  std::string reason;
  static auto tie(auto& e) { return std::tie(e.user, e.adjustment, e.amount, e.reason); }
};
struct MoneyReserved {
  Purchase purchase;
  static auto tie(auto& e) { return std::tie(e.purchase); }
};
// A tombstone: the refusal of this payment is final.
struct ReserveRefused {
  UserId user;
  PaymentId payment;
  Money balance;
  static auto tie(auto& e) { return std::tie(e.user, e.payment, e.balance); }
};
struct MoneyPosted {
  UserId user;
  PaymentId payment;
  Instant paid_at;
  static auto tie(auto& e) { return std::tie(e.user, e.payment, e.paid_at); }
};
// Also logged for an unknown payment: a tombstone that rejects a late reservation.
struct MoneyVoided {
  UserId user;
  PaymentId payment;
  static auto tie(auto& e) { return std::tie(e.user, e.payment); }
};
struct MoneyReturned {
  UserId user;
  PaymentId payment;
  static auto tie(auto& e) { return std::tie(e.user, e.payment); }
};
// The user's payments list this one, which was made at the box office: the concert's slot has all
// of it.
struct SaleListed {
  UserId user;
  PaymentId payment;
  Instant paid_at;
  static auto tie(auto& e) { return std::tie(e.user, e.payment, e.paid_at); }
};
// For some seats of the payment. Seats and money are those of all its refunds so far.
struct MoneyReturnedInPart {
  UserId user;
  PaymentId payment;
  SeatList seats;
  Money total;
  static auto tie(auto& e) { return std::tie(e.user, e.payment, e.seats, e.total); }
};

// --- idempotency: a stored answer of a concert or, without a concert, of the slot itself
struct AnswerStored {
  ConcertId concert;
  UserId user;  // AnswerScope::owner: a fan, or an id derived from the operator and a resource
  RequestKey key;
  std::string answer;  // encoded by answer_codec.h
  static auto tie(auto& e) { return std::tie(e.concert, e.user, e.key, e.answer); }
};

// --- audit: the operator's act that caused the other events of the record
struct OperatorActed {
  Act act;
  static auto tie(auto& e) { return std::tie(e.act); }
};

// --- proof: the slot's state hash when this record was decided. Changes no state; a replay
// compares it with the replayed state (engine/runtime/recovery/replay.h).
struct SlotHashed {
  StateHash hash = 0;
  static auto tie(auto& e) { return std::tie(e.hash); }
};

// --- ownership of a slot in a static cluster (Tenure in slot.h): in old logs only

// This instance stops deciding on the slot. The slot's state, this record included, goes to another
// instance.
struct SlotSealed {
  InstanceId to = 0;
  std::uint64_t map = 0;  // hash of the slot map that names the new owner
  static auto tie(auto& e) { return std::tie(e.to, e.map); }
};
// The new owner has the slot on disk: the state of the slot is erased here.
struct SlotReleased {
  InstanceId to = 0;
  static auto tie(auto& e) { return std::tie(e.to); }
};
// No other instance has the slot: it begins here, or continues from the local state.
struct SlotOpened {
  std::uint64_t map = 0;
  static auto tie(auto& e) { return std::tie(e.map); }
};
// The slot's state is imported from another instance and replaces any local state. First event of
// its record, which holds the whole state in the SlotPart events that follow.
struct SlotAdopted {
  InstanceId from = 0;
  std::uint64_t seq = 0;  // of the sealing record, which the parts include
  StateHash hash = 0;     // state hash of the imported parts
  std::uint64_t map = 0;
  static auto tie(auto& e) { return std::tie(e.from, e.seq, e.hash, e.map); }
};
// One part of an imported state (snapshot_codec.h).
struct SlotPart {
  std::vector<std::byte> part;
  static auto tie(auto& e) { return std::tie(e.part); }
};

// An instance of the cluster has all slots that it owns. Logged in a slot of each other instance,
// so that the instance does not start afresh if it ever returns with an empty disk.
struct InstanceBegan {
  InstanceId instance = 0;
  static auto tie(auto& e) { return std::tie(e.instance); }
};

// --- ownership of a slot in a cluster

// This instance decides on the slot from here on. The state came from another instance's stream, or
// from this one's before another owner had it or before the import of its static cluster: the state
// as of `group` of that stream, which has this sequence and hash. Ends the slot's tenure and
// changes no other state; a replay compares both.
struct SlotTaken {
  std::uint64_t stream = 0;
  std::uint64_t group = 0;
  std::uint64_t seq = 0;
  StateHash hash = 0;
  static auto tie(auto& e) { return std::tie(e.stream, e.group, e.seq, e.hash); }
};

// --- the table of events

struct EventSpec {
  std::uint8_t tag;  // the type on disk (docs/LOG_FORMAT.md); never reused
  const char* name;  // for logs and the recovery tool
};

template <class E>
using EventRow = KindRow<E, EventSpec>;
template <class E>
constexpr EventRow<E> event_row(std::uint8_t tag, const char* name) {
  return {{tag, name}};
}

// The tags 1, 10 and 11 are those of concerts in a former layout (former_layouts.h).
inline constexpr auto kEventTable =
    std::tuple{event_row<ConcertRegistered>(3, "concert_registered"),
               event_row<PlanRegistered>(4, "plan_registered"),
               event_row<RegistrationConfirmed>(2, "registration_confirmed"),
               event_row<ConcertCreatedEvent>(13, "concert_created"),
               event_row<ConcertChanged>(14, "concert_changed"),
               event_row<PhaseChanged>(12, "phase_changed"),
               event_row<DatesAdded>(15, "dates_added"),
               event_row<SectionsAdded>(16, "sections_added"),
               event_row<PricesChanged>(17, "prices_changed"),
               event_row<DatePostponed>(18, "date_postponed"),
               event_row<TokenJoined>(20, "token_joined"),
               event_row<TokensAdmitted>(21, "tokens_admitted"),
               event_row<TokenEnded>(22, "token_ended"),
               event_row<ChallengeSpent>(23, "challenge_spent"),
               event_row<AccessCodesAdded>(24, "access_codes_added"),
               event_row<AccessCodeUsed>(25, "access_code_used"),
               event_row<LineShuffled>(26, "line_shuffled"),
               event_row<OrderSet>(27, "order_set"),
               event_row<SeatsHeld>(30, "seats_held"),
               event_row<HoldReleased>(31, "hold_released"),
               event_row<HoldExpired>(32, "hold_expired"),
               event_row<SeatBlocked>(33, "seat_blocked"),
               event_row<HoldExtended>(34, "hold_extended"),
               event_row<HoldsMerged>(35, "holds_merged"),
               event_row<SeatsBlocked>(36, "seats_blocked"),
               event_row<DateCancelled>(37, "date_cancelled"),
               event_row<WaitlistJoined>(38, "waitlist_joined"),
               event_row<WaitlistLeft>(39, "waitlist_left"),
               event_row<SeatsOffered>(47, "seats_offered"),
               event_row<PaymentStarted>(40, "payment_started"),
               event_row<Sold>(41, "sold"),
               event_row<PaymentFailed>(42, "payment_failed"),
               event_row<PaymentSettled>(43, "payment_settled"),
               event_row<RefundStarted>(44, "refund_started"),
               event_row<Refunded>(45, "refunded"),
               event_row<TicketUsed>(46, "ticket_used"),
               event_row<SeatsSoldAtOffice>(48, "seats_sold_at_office"),
               event_row<SeatsRefundStarted>(49, "seats_refund_started"),
               event_row<WalletCharged>(60, "wallet_charged"),
               event_row<MoneyReserved>(61, "money_reserved"),
               event_row<ReserveRefused>(62, "reserve_refused"),
               event_row<MoneyPosted>(63, "money_posted"),
               event_row<MoneyVoided>(64, "money_voided"),
               event_row<MoneyReturned>(65, "money_returned"),
               event_row<WalletChargedOnce>(66, "wallet_charged_once"),
               event_row<WalletAdjusted>(67, "wallet_adjusted"),
               event_row<MoneyReturnedInPart>(68, "money_returned_in_part"),
               event_row<SaleListed>(69, "sale_listed"),
               event_row<AnswerStored>(80, "answer_stored"),
               event_row<OperatorActed>(81, "operator_acted"),
               event_row<SlotHashed>(90, "slot_hashed"),
               event_row<SlotSealed>(91, "slot_sealed"),
               event_row<SlotReleased>(92, "slot_released"),
               event_row<SlotOpened>(93, "slot_opened"),
               event_row<SlotAdopted>(94, "slot_adopted"),
               event_row<SlotPart>(95, "slot_part"),
               event_row<InstanceBegan>(96, "instance_began"),
               event_row<SlotTaken>(97, "slot_taken")};

using Event = VariantOfRows<decltype(kEventTable)>::type;

inline constexpr auto kEventSpecs = specs_of(kEventTable);
static_assert(has_distinct_tags(kEventSpecs));

// The type on disk.
template <class E>
inline constexpr std::uint8_t kTypeOf = std::get<EventRow<E>>(kEventTable).spec.tag;

inline const EventSpec& spec_of(const Event& event) { return kEventSpecs[event.index()]; }
inline const char* name_of(const Event& event) { return spec_of(event).name; }

using EventBatch = std::vector<Event>;

}  // namespace frontrow
