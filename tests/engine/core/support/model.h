// A reference model of the engine in maps and vectors, written from the design and the API, not
// from the engine: slow, obvious, without timers, hashes, slots or events. Simulations run it
// beside the engine and compare.
//
// It shares only the vocabulary (commands, replies, views). Payments are kept for ever, each by its
// id; the owner of a seat is searched among all holds each time.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/machine.h"

namespace frontrow::model {

struct Place {
  UserId user;
  TokenState state = TokenState::kWaiting;
  Instant seen;
  Instant admitted_at, expires_at, no_show_at;
  bool no_show_checked = false;
  bool is_for_offer = false;  // the session of an active place
  PaymentId paying;
};

struct HoldRow {
  UserId user;
  TicketNumber number;
  std::size_t date = 0;
  SeatList seats;
  Money amount;
  Instant expires_at;
  HoldState state = HoldState::kHeld;
  PaymentId payment;
  std::uint32_t extensions = 0;
  std::set<HoldId> merged = {};
  bool is_offer = false;
};

enum class Stage { kStarted, kSold, kFailed, kRefunding, kRefunded };
// Of all seats of a payment or of some.
struct RefundRow {
  SeatList seats;
  Money amount;
  Instant at;  // not set: under way
  Money balance;
};
struct PaymentRow {
  HoldId hold;
  UserId user;
  TicketNumber number;
  std::size_t date = 0;
  SeatList seats;
  Money amount, balance;
  Instant decide_by, paid_at;
  Stage stage = Stage::kStarted;
  bool settled = false;
  bool of_office = false;
  RequestKey key, refund_key;
  std::vector<TicketUse> uses;
  std::vector<RefundRow> refunds = {};  // oldest first; only the last one may be under way
};

struct Kept {
  RequestKey key;
  Instant at;
  Reply reply;
};
std::string of_refund(PaymentId payment);  // the subject of a refund's key
// By sender and subject of the key, as text; oldest first.
using Kepts = std::map<std::string, std::vector<Kept>>;

// A hold that ended unpaid: the latest deadline of its user's next hold, and the time until which
// its user can't hold the seats again.
struct GivenUpRow {
  UserId user;
  std::size_t date = 0;
  SeatList seats;
  Instant deadline, rests_until;
};

struct WaitingRow {
  UserId user;
  std::string section;  // empty: any
  std::uint32_t quantity = 0;
  Instant since;
};

struct CodesRow {
  Instant opens_at;
  std::uint32_t uses = 0;
  RequestKey key;
  std::map<Hash128, std::uint32_t> left;  // uses of each code
};

struct ConcertRow {
  ConcertSpec spec;
  Phase phase = Phase::kOpen;
  std::uint32_t epoch = 0;
  std::vector<Place> places;  // index = number - 1
  std::map<HoldId, HoldRow> holds;
  std::map<PaymentId, PaymentRow> payments;
  std::vector<GivenUpRow> given_up;
  std::set<std::pair<std::size_t, SeatNumber>> blocked;
  std::map<std::size_t, std::pair<Instant, RequestKey>> cancelled;  // dates
  std::map<std::size_t, std::vector<WaitingRow>> waitlists;         // by date, in order
  LinePlace let_in;                                                 // by the line, the last one
  std::map<std::uint64_t, Instant> challenges;                      // that were spent, and when
  std::vector<CodesRow> codes;                                      // batches
  std::uint32_t hold_counter = 0, payment_counter = 0;
  std::optional<Bytes32> seed;       // of an order at random
  bool is_shuffled = false;          // it has been
  std::vector<std::uint32_t> order;  // the shuffled numbers, by place
  double credit = 0;                 // of the admission rate, as of credit_at
  Instant credit_at, swept_at, refunds_at;

  // When the sale opens by itself, for a presale or for all.
  Instant opening_at() const;
  // All numbers in the order in which they are let in.
  std::vector<TicketNumber> in_line() const;
  LinePlace place_of(TicketNumber number) const;
  // When the last date goes off sale; not set if one never does.
  Instant closes_at() const {
    Instant last;
    for (const DateSpec& date : spec.dates) {
      if (!date.closes_at.is_set()) return {};
      last = std::max(last, date.closes_at);
    }
    return last;
  }
};

struct WalletRow {
  Money balance, charged;
  std::map<PaymentId, TransferState> transfers;
  std::map<PaymentId, Money> answered;  // the balance in the answer
  std::map<PaymentId, Purchase> purchases;
  std::vector<WalletPayment> paid;  // oldest first
  std::map<std::string, ChargeView> by_reference;
};

Purchase purchase(ConcertId id, const ConcertRow& c, PaymentId payment_id);

class Model {
 public:
  explicit Model(const Policy& policy) : policy_(policy) {}

  void create(ConcertId id, const ConcertSpec& spec, Instant now, std::optional<Bytes32> seed = {});
  // The reply; nullopt while the command waits.
  std::optional<Reply> execute(const Command& command, Instant now);
  void tick(Instant now);
  void restart(Instant now);
  // Waits that were resolved since the last call.
  std::vector<Resolved> take_resolved();

  // The next instant at which an entity is due; for tests that aim at boundaries.
  Instant next_deadline() const;
  Money charged_in_all() const;
  Money spent_on(ConcertId concert) const;  // price of owned seats, by the concerts
  Money taken_at_office() const;            // the part of it that no wallet paid
  bool quiet() const;                       // no payment or refund is open
  const ConcertRow& concert(ConcertId id) const { return concerts_.at(id); }
  const std::map<UserId, WalletRow>& wallets() const { return wallets_; }

 private:
  struct Context {
    const Command& command;
    Instant now;
    Reply reply;
    bool made = false;  // the command created an entity
    bool waits = false;
  };
  Reply refuse(Reject reject, RejectDetail detail = {}) const {
    return {reject, false, false, detail};
  }
  ConcertRow* find(ConcertId id);

  // model_line.cc
  bool is_own_token(const ConcertRow& c, const Caller& caller) const;
  bool has_bought(const ConcertRow& c, const UserId& user) const;
  // The state in which a session ends that would end as `state`.
  TokenState end_of(const ConcertRow& c, const Place& place, TokenState state) const;
  TokenState state_of(const ConcertRow& c, const Place& place, Instant now) const;
  QueueEntry entry(ConcertId id, const ConcertRow& c, TicketNumber number, Instant now) const;
  enum class Who { kActive, kActiveOrCompleted, kAnybody };
  std::optional<Reply> access(ConcertId id, ConcertRow& c, const Caller& caller, Who who,
                              Instant now) const;
  void end_place(ConcertRow& c, TicketNumber number, TokenState state, Instant now);
  void give_up(ConcertRow& c, HoldId id, Instant freed_at);
  double credit(const ConcertRow& c, Instant now) const;
  static void open(ConcertRow& c);
  void admit(ConcertRow& c, TicketNumber number, Instant now);
  void pass_time(ConcertId id, ConcertRow& c, Instant now);
  bool one_due(ConcertRow& c, ConcertId id, Instant now);
  Reply join(Context& x, const Join& j);
  Reply read_pass(Context& x, const ReadPass& r);
  Reply leave(Context& x, const Leave& l);
  Reply change(Context& x, const ChangeConcert& change);

  // model_dates.cc
  static const DateChange* change_of(const ChangeConcert& change, Date date);
  // The dates as the change makes them, whether or not they may be.
  static std::vector<DateSpec> dates_after(const ConcertRow& c, const ChangeConcert& change,
                                           Instant now);
  static Reject why_not(const ConcertRow& c, const ChangeConcert& change, Instant now);
  // The places of the dates in their order.
  static std::vector<std::size_t> by_date(const ConcertRow& c);

  // model_codes.cc
  static Reject find_code(ConcertRow& c, const Join& j, Instant now, std::uint32_t** left);
  Reply add_codes(Context& x, const AddAccessCodes& a);
  Reply read_codes(Context& x, const ReadAccessCodes& r);

  // model_shop.cc
  const HoldRow* owner(const ConcertRow& c, std::size_t date, SeatNumber seat,
                       HoldId* id = nullptr) const;
  std::uint32_t free_seats(const ConcertRow& c, std::size_t date) const;
  bool is_over(const HoldRow& hold, Instant now) const;
  bool is_refunded(const ConcertRow& c, const HoldRow& hold) const;
  HoldView view(ConcertId id, const ConcertRow& c, HoldId hold_id) const;
  PaymentView view(ConcertId id, const ConcertRow& c, PaymentId payment_id) const;
  Reply tickets(Context& x, PaymentId payment_id, SeatNumber seat, bool uses);
  std::optional<Reply> own_hold(Context& x, HoldId id);
  Reply place_hold(Context& x, const PlaceHold& p);
  Reply end_token(Context& x, const EndToken& e);
  Reply release(Context& x, const ReleaseHold& r);
  Reply extend(Context& x, const ExtendHold& e);
  std::optional<Reply> merge(Context& x, const Pay& p, bool really);
  Reply pay(Context& x, const Pay& p);
  Reply read_payment(Context& x, const ReadPayment& r);
  Reply block(Context& x, const BlockSeat& b);
  Reply block_many(Context& x, const BlockSeats& b);
  Reply cancel(Context& x, const CancelDates& d);
  Reply read_cancellation(Context& x, const ReadCancellation& r);
  Reply sell(Context& x, const SellSeats& s);
  Reply read_dates(Context& x, const ReadDates& r);
  Reply read_seats(Context& x, const ReadSeats& r);
  Reply read_concert(Context& x, ConcertId id);

  // model_refunds.cc
  enum class Refunds { kBegun, kDone };
  static SeatList seats_refunded(const PaymentRow& p, Refunds which);
  static Money money_refunded(const PaymentRow& p, Refunds which);
  static SeatList seats_left(const PaymentRow& p);
  static Money share_of(const ConcertRow& c, const PaymentRow& p, const SeatList& seats);
  static void begin_refund(const ConcertRow& c, PaymentRow& p, const SeatList& seats,
                           const RequestKey& key, Instant now);
  static void end_refund(PaymentRow& p, Money balance, Instant now);
  RefundView refund_view(ConcertId id, const ConcertRow& c, PaymentId payment_id,
                         const RefundRow& row) const;
  Reply refund(Context& x, const Refund& r);
  static void refund_cancelled(ConcertRow& c, Instant now);
  void on(const ReturnMoney& m, Instant now);
  void on(const ReturnDone& m, Instant now);

  // model_waitlist.cc
  std::uint32_t seats_counted(const ConcertRow& c, const UserId& user, Instant now) const;
  static std::set<std::string> claimed(const ConcertRow& c, std::size_t date,
                                       std::size_t before = ~std::size_t{0});
  std::uint32_t count_free(const ConcertRow& c, std::size_t date, const std::string& section,
                           const std::set<std::string>& left_out) const;
  WaitlistView waitlist_view(ConcertId id, const ConcertRow& c, const UserId& user,
                             Instant now) const;
  Reply join_waitlist(Context& x, const JoinWaitlist& j);
  Reply leave_waitlist(Context& x, const LeaveWaitlist& l);
  Reply read_waitlist(Context& x, const ReadWaitlist& r);
  void offer_to(ConcertRow& c, ConcertId id, std::size_t date, const WaitingRow& row,
                const SeatList& seats, Instant now);
  bool offer_next(ConcertRow& c, ConcertId id, std::size_t date, Instant now);
  void offer_seats(ConcertRow& c, ConcertId id, Instant now);

  // model_seats.cc
  struct SeatBits {
    std::vector<std::uint64_t> free, row_ends, mask;
    std::vector<SectionView> sections;
  };
  SeatBits bits_of(const ConcertRow& c, std::size_t date, const std::string& category = {},
                   const std::set<std::string>& left_out = {}) const;
  static SeatList choose(const SeatBits& bits, const PlaceHold& p,
                         const std::vector<SeatNumber>& without);
  static Money price_of(const DateSpec& date, SeatNumber seat);
  bool rests(const ConcertRow& c, std::size_t date, SeatNumber seat, const UserId& user,
             Instant now) const;
  SeatList best_seats(const ConcertRow& c, std::size_t date, const PlaceHold& p, const UserId& user,
                      Instant now) const;
  void count_available(const ConcertRow& c, std::size_t date, const PlaceHold& p,
                       RejectDetail& detail) const;
  SeatList singles_left(const ConcertRow& c, std::size_t date, const SeatList& seats,
                        const UserId& user, Instant now) const;
  static std::vector<SectionView> parts_of(const SeatBits& bits, const std::string& name);
  SeatList restless(const ConcertRow& c, std::size_t date, const UserId& user, Instant now,
                    const std::function<SeatList(const std::vector<SeatNumber>&)>& find) const;

  // model_money.cc
  void fail(ConcertRow& c, PaymentId id, Reject why, Money balance, bool settled);
  void on(const ReserveMoney& m, Instant now);
  void on(const SettleMoney& m, Instant now);
  void on(const ListSale& m, Instant now);
  void on(const ReserveAnswer& m, Instant now);
  void on(const SettleDone& m, Instant now);
  Reply charge(Context& x, const Charge& c);
  Reply adjust(Context& x, const AdjustBalance& c);
  static std::int64_t reserved_in(WalletRow& w);
  Reply read_payments(const ReadPayments& r);
  const Kept* kept(const Command& command, Instant now) const;
  void keep(const std::string& whose, const RequestKey& key, const Reply& reply, Instant now);

  Policy policy_;
  std::map<ConcertId, ConcertRow> concerts_;
  std::map<UserId, WalletRow> wallets_;
  Kepts kepts_;
  std::vector<Resolved> resolved_;
};

// All comparable parts of a reply, as text; estimates, jitter and charge ids are left out.
std::string describe(const Reply& reply);
std::string describe(const CommandBody& body);

}  // namespace frontrow::model
