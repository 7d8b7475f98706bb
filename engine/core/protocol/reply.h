// The replies of a slot. Typed; net turns them into HTTP responses. Views are copies of small
// facts, or shared immutable snapshots if a copy would be large.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/sha256.h"
#include "engine/core/protocol/act.h"
#include "engine/core/protocol/exported.h"
#include "engine/core/protocol/kinds.h"
#include "engine/core/protocol/reject.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

struct QueueEntry {
  ConcertId concert;
  UserId user;
  TokenState state = TokenState::kWaiting;
  TicketNumber number;
  std::uint32_t token_epoch = 0;
  std::uint32_t position = 0;  // 0 once active
  std::uint32_t waiting = 0;
  std::int32_t estimated_wait_s = -1;  // -1 while unknown
  std::uint32_t poll_after_ms = 0;
  Instant expires_at;  // set once active
  Instant at;          // time of the read
  // Phase of the sale. None (0) if an older version, which did not write the phase, stored or sent
  // the entry.
  Phase phase{};
  // Of the waitlist, as of the read: a hold that is offered, and the place before the first offer
  // (0: not on a waitlist).
  HoldId offered;
  std::uint32_t waitlist_position = 0;
  // Until the shuffle, `position` is the last one. After it, the place that the number got.
  Shuffle shuffle = Shuffle::kNone;
  LinePlace place;
  // The logged fields. The others are encoded apart (answer_codec.cc, wire_codec.cc).
  static auto tie(auto& v) {
    return std::tie(v.concert, v.user, v.state, v.number, v.token_epoch, v.position, v.waiting,
                    v.estimated_wait_s, v.poll_after_ms, v.expires_at, v.at);
  }
};

struct HoldView {
  HoldId hold;
  ConcertId concert;
  Date date;
  SeatList seats;
  Money amount;
  Currency currency;
  Instant expires_at;
  HoldState state = HoldState::kHeld;
  static auto tie(auto& v) {
    return std::tie(v.hold, v.concert, v.date, v.seats, v.amount, v.currency, v.expires_at,
                    v.state);
  }
};

struct HoldsView {
  ConcertId concert;
  std::vector<HoldView> holds;  // oldest first
};

// A user's place in the waitlist of a date.
struct WaitlistPlace {
  Date date;
  std::string section;  // empty: any
  std::uint32_t quantity = 0;
  std::uint32_t position = 0;  // in the order of the date's entries, from 1
  std::uint32_t waiting = 0;   // entries of the date
  Instant since;
  static auto tie(auto& v) {
    return std::tie(v.date, v.section, v.quantity, v.position, v.waiting, v.since);
  }
};
// The user's entries by date, and the holds that are offered now.
struct WaitlistView {
  ConcertId concert;
  std::vector<WaitlistPlace> places;
  std::vector<HoldView> offers;
  static auto tie(auto& v) { return std::tie(v.concert, v.places, v.offers); }
};

struct PaymentView {
  Purchase purchase;
  Currency currency;
  Money balance;  // right after this payment
  Instant paid_at;
  PaymentState state = PaymentState::kCompleted;
  HoldIds released = {};      // the session's other holds, in the reply to the payment itself
  bool is_of_office = false;  // made at the box office: there is no balance
  SeatList refunded = {};     // the seats that went back, and their money
  Money refunded_amount;
  // Without those from `released` on, which are encoded apart (answer_codec.cc, wire_codec.cc). No
  // stored answer has the refunds.
  static auto tie(auto& v) {
    return std::tie(v.purchase, v.currency, v.balance, v.paid_at, v.state);
  }
};

struct RefundView {
  Purchase purchase;  // with the seats and the amount of this refund
  Currency currency;
  Money balance;  // right after this refund
  Instant refunded_at;
  bool is_of_office = false;  // encoded apart, as that of a payment
  static auto tie(auto& v) { return std::tie(v.purchase, v.currency, v.balance, v.refunded_at); }
};

// A user who is in the shop, for other services.
struct PassView {
  ConcertId concert;
  UserId user;
  TicketNumber number;
  Instant admitted_at;
  Instant expires_at;
};

// A seat whose ticket was used.
struct TicketUse {
  SeatNumber seat;
  Instant at;
  Actor by;
  static auto tie(auto& v) { return std::tie(v.seat, v.at, v.by); }
};

// Each seat of a payment has a ticket, which is void once the seat is refunded.
struct TicketsView {
  Purchase purchase;
  PaymentState state = PaymentState::kCompleted;
  Instant paid_at;
  std::vector<TicketUse> uses;  // in the order of time
  SeatNumber seat;              // the one that was asked for; none: all
  SeatList refunded = {};       // seats whose refund was begun; encoded apart (wire_codec.cc)
  static auto tie(auto& v) { return std::tie(v.purchase, v.state, v.paid_at, v.uses, v.seat); }
};

struct ActView {
  ActPosition position;
  Act act;
  static auto tie(auto& v) { return std::tie(v.position, v.act); }
};

// A payment as the box office sees it.
struct PaymentRecord {
  Purchase purchase;
  TicketNumber number;  // none: made at the box office
  PaymentState state = PaymentState::kStarted;
  Instant paid_at;      // not set: not decided yet
  Instant refunded_at;  // not set: not refunded
  SeatList refunded;    // the seats that went back, and their money
  Money refunded_amount;
};
struct FoundPayments {
  std::vector<PaymentRecord> payments;
  PaymentId next;  // to go on behind; none: all were looked at
  Currency currency;
};

struct HoldRecord {
  HoldView hold;
  UserId user;
  TicketNumber number;
  PaymentId payment;  // once paying or paid
};
struct FoundHolds {
  std::vector<HoldRecord> holds;
  HoldId next;
};

// Who has a seat, and how it came to that.
struct SeatRecord {
  ConcertId concert;
  Date date;
  SeatNumber seat;
  SeatState state = SeatState::kFree;
  std::string section;
  Money price;
  Currency currency;
  std::optional<HoldRecord> hold;       // of a held or sold seat
  std::vector<PaymentRecord> payments;  // that had the seat or have it, newest first
  bool is_complete = true;              // false: older payments were not looked at
  // That blocked it or gave it back, those on many seats, and sales at the box office.
  std::vector<ActView> acts;
};

// Neighbours by number in one state.
struct SeatRun {
  SeatNumber first;
  SeatNumber last;
  SeatState state = SeatState::kFree;
  static auto tie(auto& v) { return std::tie(v.first, v.last, v.state); }
};
// The state of every seat of a date, as of the version.
struct SeatStates {
  ConcertId concert;
  Date date;
  std::uint64_t version = 0;
  std::uint32_t total = 0;
  std::vector<SeatRun> runs;  // ascending; seats in none are free
  static auto tie(auto& v) { return std::tie(v.concert, v.date, v.version, v.total, v.runs); }
};

// A user's token, holds, payments and places in the waitlist of a concert.
struct VisitorRecord {
  ConcertId concert;
  UserId user;
  Currency currency;
  std::optional<QueueEntry> place;  // the newest one
  std::uint32_t seats_held = 0;
  std::uint32_t seats_paid = 0;
  std::vector<HoldRecord> holds;        // of the present session
  std::vector<PaymentRecord> payments;  // newest first
  bool is_complete = true;              // false: older payments were not looked at
  std::vector<WaitlistPlace> waitlist;  // by date
};

struct BalanceView {
  UserId user;
  Money balance;
};

struct ChargeView {
  ChargeId charge;
  UserId user;
  Money amount;
  Money balance;
  static auto tie(auto& v) { return std::tie(v.charge, v.user, v.amount, v.balance); }
};

struct AdjustmentView {
  ChargeId adjustment;
  UserId user;
  Money amount;
  Money balance;
  std::string reason;
  static auto tie(auto& v) { return std::tie(v.adjustment, v.user, v.amount, v.balance, v.reason); }
};

// The refunds of cancelled dates.
struct CancellationView {
  ConcertId concert;
  std::optional<Date> date;  // none: of the whole concert
  Instant cancelled_at;
  std::uint32_t payments = 0;  // of the dates: those below and those that are not begun
  std::uint32_t refunding = 0;
  std::uint32_t refunded = 0;
  std::uint32_t undecided = 0;  // were under way at the cancellation; not among `payments` yet
  static auto tie(auto& v) {
    return std::tie(v.concert, v.date, v.cancelled_at, v.payments, v.refunding, v.refunded,
                    v.undecided);
  }
};

// The presale codes of a request: all that is ever told about them after they were made.
struct CodeBatchView {
  std::uint16_t batch = 0;  // from 1
  std::uint32_t count = 0;
  std::uint32_t uses = 0;  // of each code
  Instant opens_at;
  Instant added_at;
  std::uint32_t codes_used = 0;  // at least once
  std::uint64_t uses_spent = 0;  // of all codes together
  static auto tie(auto& v) {
    return std::tie(v.batch, v.count, v.uses, v.opens_at, v.added_at, v.codes_used, v.uses_spent);
  }
};
struct AccessCodesView {
  ConcertId concert;
  std::vector<CodeBatchView> batches;  // the new one, or all of the concert
  static auto tie(auto& v) { return std::tie(v.concert, v.batches); }
};

// Some rows of an export.
struct ExportPage {
  ConcertId concert;
  ExportKind what = ExportKind::kPayments;
  std::uint64_t moment = 0;
  Instant at;  // when the rows were as they are
  Currency currency;
  std::uint32_t next = 0;  // the row to go on with; 0: no more rows
  std::vector<ExportedRun> runs;
  // One of these is filled.
  std::vector<ExportedSeat> seats;
  std::vector<ExportedPayment> payments;
  std::vector<ExportedTicket> tickets;
  static auto tie(auto& v) {
    return std::tie(v.concert, v.what, v.moment, v.at, v.currency, v.next, v.runs, v.seats,
                    v.payments, v.tickets);
  }
};

struct PlanCreated {
  PlanId plan;
  std::uint32_t seats = 0;
  static auto tie(auto& v) { return std::tie(v.plan, v.seats); }
};

struct PlanSummary {
  PlanId plan;
  std::string name;
  std::uint32_t seats = 0;
  static auto tie(auto& v) { return std::tie(v.plan, v.name, v.seats); }
};
struct PlansView {
  std::vector<PlanSummary> plans;
  static auto tie(auto& v) { return std::tie(v.plans); }
};

// With the sections of their plans.
struct ExpandedDates {
  std::vector<DateSpec> dates;
  static auto tie(auto& v) { return std::tie(v.dates); }
};

// In the compact form of plan_codec.h, which never changes.
using PlanDocument = std::shared_ptr<const std::vector<std::byte>>;
struct PlanView {
  PlanId plan;
  PlanDocument document;
  static auto tie(auto& v) { return std::tie(v.plan, v.document); }
};

struct ConcertCreated {
  ConcertId concert;
  static auto tie(auto& v) { return std::tie(v.concert); }
};

struct PaymentsView {
  std::vector<PaymentView> payments;  // newest first
  // Reserved in this wallet, decided in the concert's slot: the reader must ask the concert for the
  // outcome of these (newest) payments.
  std::vector<PaymentId> undecided;
  bool more = false;
  // Payments of the page that were made at the box office: the concert has them. Newest first.
  std::vector<PaymentId> of_office;
};

struct DateView {
  Date date;
  std::uint32_t total = 0;
  std::uint32_t free = 0;
  Instant starts_at;  // not set: not known
  Instant closes_at;  // not set: never
  bool is_cancelled = false;
};
struct DatesView {
  ConcertId concert;
  std::vector<DateView> dates;
};

struct SectionView {
  std::string name;
  Money price;
  SeatNumber first;
  SeatNumber last;
  std::uint32_t free = 0;
  SectionKind kind = SectionKind::kNumbered;
  std::string category = {};  // of a plan's seats
};
// Immutable; made once per version of a date's map.
struct SeatsSnapshot {
  ConcertId concert;
  Date date;
  std::uint64_t version = 0;
  std::uint32_t total = 0;
  std::uint32_t free = 0;
  std::vector<SectionView> sections;
  std::vector<std::uint64_t> free_bits;  // bit n-1 is seat n
  PlanId plan = {};                      // none: the date has no plan
};
using SeatsView = std::shared_ptr<const SeatsSnapshot>;

// The difference between two versions of a date's map. Seats are ascending.
struct SeatChanges {
  ConcertId concert;
  Date date;
  std::uint64_t version = 0;
  std::uint64_t since = 0;
  std::uint32_t free = 0;  // in `version`
  std::vector<SeatNumber> freed;
  std::vector<SeatNumber> taken;
  static auto tie(auto& v) {
    return std::tie(v.concert, v.date, v.version, v.since, v.free, v.freed, v.taken);
  }
};

// The next event of a date's event streams. The lists of `changes` name every seat that changed
// since, as it is now, also one that is again as it was: so they lead from any map that is no older
// than `since` to the version. Empty lists, and since 0, if that version is not known any more.
struct WatchedSeats {
  SeatChanges changes;
  bool is_reset = false;  // the changes are not known: the client has to load the map
  bool is_closed = false;
  bool is_cancelled = false;
  static auto tie(auto& v) { return std::tie(v.changes, v.is_reset, v.is_closed, v.is_cancelled); }
};

struct ConcertDateView {
  Date date;
  std::uint32_t free = 0, held = 0, sold = 0, blocked = 0;
  std::vector<SectionView> sections;
  Instant starts_at;
  Instant closes_at;
  PlanId plan = {};
  bool is_cancelled = false;
};
// Immutable; made once per version of a date's map.
using ConcertDateRef = std::shared_ptr<const ConcertDateView>;
// Of a concert whose order is random. The seed is told once it has decided the order.
struct RevealedSeed {
  Bytes32 seed{};
  std::uint32_t count = 0;  // numbers that were shuffled
  static auto tie(auto& v) { return std::tie(v.seed, v.count); }
};
struct ShuffleView {
  Bytes32 commitment{};
  std::optional<RevealedSeed> revealed = {};
  static auto tie(auto& v) { return std::tie(v.commitment, v.revealed); }
};

struct ConcertView {
  ConcertId concert;
  std::string title;
  Instant opens_at;
  Currency currency;
  SaleRules rules;
  Phase phase = Phase::kScheduled;
  std::uint32_t joined = 0, waiting = 0, active = 0, token_epoch = 0;
  std::uint32_t admitted_per_minute = 0, sold_per_minute = 0;
  Money revenue;  // of completed payments, minus refunds
  std::uint32_t payments = 0, refunds = 0;
  std::vector<ConcertDateRef> dates;
  std::string time_zone;
  Instant closes_at;                        // the last of the dates'; not set: never
  std::optional<ShuffleView> shuffle = {};  // none: the order is that of arrival
};

// The state of a line for clients behind a cache, besides its blocks. A waiting place after
// `admitted_up_to` is at the position of its rank; a client at or before it asks for its token.
struct LineView {
  ConcertId concert;
  Phase phase = Phase::kScheduled;
  Shuffle shuffle = Shuffle::kNone;
  std::uint32_t waiting = 0;
  std::uint32_t places = 0;  // drawn so far
  LinePlace admitted_up_to;  // no place at or before it waits
  std::uint32_t room = 0;    // people who may enter at once
  std::uint32_t admit_per_second = 0, admitted_per_minute = 0, idle_s = 0;
  Instant opens_at;
  Instant at;  // time of the read
  static auto tie(auto& v) {
    return std::tie(v.concert, v.phase, v.shuffle, v.waiting, v.places, v.admitted_up_to, v.room,
                    v.admit_per_second, v.admitted_per_minute, v.idle_s, v.opens_at, v.at);
  }
};
// The places of one block of a line: bit i is the place block * kLineBlockPlaces + 1 + i, set if it
// waits. The position of a waiting place is `before` plus the set bits up to its own. A block
// beyond the line, and every block before a shuffle, has no places.
struct LineBlock {
  ConcertId concert;
  std::uint32_t block = 0;   // from 0
  std::uint32_t places = 0;  // of this block, drawn so far
  std::uint32_t before = 0;  // waiting places before the block
  std::vector<std::uint64_t> bits;
  Instant at;  // time of the read
  static auto tie(auto& v) {
    return std::tie(v.concert, v.block, v.places, v.before, v.bits, v.at);
  }
};

struct ConcertIds {
  std::vector<ConcertId> concerts;
};

struct AuditView {
  std::vector<ActView> acts;  // of one slot, oldest first
  bool more = false;
};

struct Done {};

// Details of a rejection; only the fields that belong to the code are set.
struct RejectDetail {
  QueueEntry entry;            // not_admitted
  SeatList seats;              // seat_unavailable: the taken ones; seat_not_found: the unknown ones
  std::uint32_t free = 0;      // seat_unavailable: seats available on the date
  std::uint32_t limit = 0;     // limit_exceeded
  std::uint32_t held = 0;      // limit_exceeded: seats already counted
  Money balance;               // insufficient_balance
  Money amount;                // insufficient_balance, invalid_amount: the bound
  PaymentId payment;           // already_paid, hold_refunded
  TicketUse use;               // ticket_used
  Date date;                   // date_passed, and others about one of several dates
  std::uint32_t together = 0;  // not_available: the most that are free side by side
  // price_missing, no_such_category: the category; section_not_found, section_exists: the name;
  // plan_refused, change_refused: why
  std::string text = {};
};

// --- the table of replies

struct ReplySpec {
  std::uint8_t tag;  // on the wire (docs/WIRE_FORMAT.md); never reused
  const char* name;  // for the recovery tool
};

template <class R>
constexpr KindRow<R, ReplySpec> reply_row(std::uint8_t tag, const char* name) {
  return {{tag, name}};
}

// The tag 14 was that of the reply to the offer of a slot in a static cluster.
inline constexpr auto kReplyTable = std::tuple{reply_row<Done>(0, "done"),
                                               reply_row<QueueEntry>(1, "queue_entry"),
                                               reply_row<HoldView>(2, "hold"),
                                               reply_row<PaymentView>(3, "payment"),
                                               reply_row<RefundView>(4, "refund"),
                                               reply_row<BalanceView>(5, "balance"),
                                               reply_row<ChargeView>(6, "charge"),
                                               reply_row<ConcertCreated>(7, "concert_created"),
                                               reply_row<PaymentsView>(8, "payments"),
                                               reply_row<DatesView>(9, "dates"),
                                               reply_row<SeatsView>(10, "seats"),
                                               reply_row<ConcertView>(11, "concert"),
                                               reply_row<ConcertIds>(12, "concerts"),
                                               reply_row<RejectDetail>(13, "rejection"),
                                               reply_row<AuditView>(15, "audit"),
                                               reply_row<AdjustmentView>(16, "adjustment"),
                                               reply_row<HoldsView>(17, "holds"),
                                               reply_row<PassView>(18, "pass"),
                                               reply_row<TicketsView>(19, "tickets"),
                                               reply_row<FoundPayments>(20, "found_payments"),
                                               reply_row<FoundHolds>(21, "found_holds"),
                                               reply_row<SeatRecord>(22, "seat"),
                                               reply_row<VisitorRecord>(23, "visitor"),
                                               reply_row<SeatChanges>(24, "seat_changes"),
                                               reply_row<PlanCreated>(25, "plan_created"),
                                               reply_row<PlanView>(26, "plan"),
                                               reply_row<PlansView>(27, "plans"),
                                               reply_row<CancellationView>(28, "cancellation"),
                                               reply_row<WaitlistView>(29, "waitlist"),
                                               reply_row<AccessCodesView>(30, "access_codes"),
                                               reply_row<WatchedSeats>(31, "watched_seats"),
                                               reply_row<ExportPage>(32, "export_page"),
                                               reply_row<ExpandedDates>(33, "expanded_dates"),
                                               reply_row<SeatStates>(34, "seat_states"),
                                               reply_row<LineView>(35, "line"),
                                               reply_row<LineBlock>(36, "line_block")};

using ReplyBody = VariantOfRows<decltype(kReplyTable)>::type;

inline constexpr auto kReplySpecs = specs_of(kReplyTable);
static_assert(has_distinct_tags(kReplySpecs));

inline const ReplySpec& spec_of(const ReplyBody& body) { return kReplySpecs[body.index()]; }
inline const char* name_of(const ReplyBody& body) { return spec_of(body).name; }

struct Reply {
  Reject reject = Reject::kNone;
  bool created = false;   // a new entity was created: 201 rather than 200
  bool replayed = false;  // a stored answer
  ReplyBody body;
};

}  // namespace frontrow
