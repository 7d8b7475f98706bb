#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "engine/base/seeded_shuffle.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/codec/plan_codec.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/codec/snapshot_rows.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

// A bound for every instant of a snapshot: the end of the year 9999.
constexpr Instant kInstantMax{253'402'300'799'999};

std::uint32_t counter_of(std::uint64_t id) { return static_cast<std::uint32_t>(id); }

bool is_instant(Instant t) { return t.ms >= 0 && t <= kInstantMax; }
bool is_amount(Money m) { return m.minor >= 0 && m.minor <= kBalanceMax; }
// Sums over many payments and charges.
bool is_sum(Money m) {
  return m.minor >= 0 && m.minor <= std::numeric_limits<std::int64_t>::max() / 2;
}

template <class Enum>
bool is_between(Enum value, Enum first, Enum last) {
  return value >= first && value <= last;
}

struct PartHeader {
  PartKind kind = PartKind::kSlot;
  ConcertId concert;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

class PartLoader {
 public:
  PartLoader(std::span<const std::byte> part, Slot& slot) : reader_(part), slot_(slot) {}

  Status load() {
    const auto kind = reader_.get<std::uint32_t>();
    header_ = {static_cast<PartKind>(kind), reader_.get<ConcertId>(), reader_.get<std::uint32_t>(),
               reader_.get<std::uint32_t>()};
    if (reader_.failed() || kind > 0xff) return error("no header");
    const bool loaded = load_kind();
    if (!loaded) return error(fmt::format("row {} is impossible", rows_));
    if (!reader_.at_end()) return error("bytes after the last row");
    return {};
  }

 private:
  Status error(std::string_view what) const {
    return Error{fmt::format("snapshot part of kind {}, concert {}: {}",
                             static_cast<unsigned>(header_.kind), header_.concert.value, what)};
  }

  // Passes each row to `put`, which returns false for an impossible one.
  template <class Row, class Put>
  bool rows(const Put& put) {
    for (rows_ = 0; rows_ < header_.count; ++rows_) {
      Row row{};
      read_field(reader_, row);
      if (reader_.failed() || !put(row)) return false;
    }
    return true;
  }
  template <class Row>
  bool rows(bool (PartLoader::*put)(const Row&)) {
    return rows<Row>([&](const Row& row) { return (this->*put)(row); });
  }

  bool load_kind() {
    switch (header_.kind) {
      case PartKind::kSlot:
        return header_.count == 1 && rows(&PartLoader::put_slot);
      case PartKind::kRegistrations:
        return rows(&PartLoader::put_registration);
      case PartKind::kFormerRegistrations:
        return rows(&PartLoader::put_former_registration);
      case PartKind::kPlans:
        return rows(&PartLoader::put_plan);
      case PartKind::kWallets:
        return rows(&PartLoader::put_wallet);
      case PartKind::kBegun:
        return rows(&PartLoader::put_begun);
      case PartKind::kReturned:
        return rows(&PartLoader::put_returned);
      case PartKind::kReferences:
        return rows(&PartLoader::put_reference);
      case PartKind::kActs:
        return rows(&PartLoader::put_act);
      case PartKind::kTenure:
        return header_.count == 1 && rows(&PartLoader::put_tenure);
      case PartKind::kConcert:
        return header_.count == 1 && rows(&PartLoader::put_concert);
      case PartKind::kFormerConcert:
        return header_.count == 1 && rows(&PartLoader::put_former_concert);
      case PartKind::kAnswers:
        if (!header_.concert) return rows(&PartLoader::put_answer);
        break;
      case PartKind::kShuffles:
        if (!header_.concert) return rows(&PartLoader::put_seed);
        break;
      default:
        break;
    }
    concert_ = slot_.find_concert(header_.concert);
    return concert_ != nullptr && load_of_concert();
  }

  bool load_of_concert() {
    switch (header_.kind) {
      case PartKind::kAnswers:
        return rows(&PartLoader::put_answer);
      case PartKind::kChangedDates:
        return rows(&PartLoader::put_changed_date);
      case PartKind::kTokens:
        return header_.first == concert_->line.drawn() + 1 && load_tokens();
      case PartKind::kShuffles:
        return header_.count == 1 && rows(&PartLoader::put_shuffle);
      case PartKind::kChallenges:
        return rows(&PartLoader::put_challenge);
      case PartKind::kAccessCodes:
        return header_.first == 0 ? rows(&PartLoader::put_code_batch) : rows(&PartLoader::put_code);
      case PartKind::kSeats:
        return header_.first < concert_->dates.size() && rows(&PartLoader::put_seat);
      case PartKind::kWaitlist:
        return header_.first < concert_->dates.size() && rows(&PartLoader::put_waiting);
      case PartKind::kOfferSessions:
        return rows(&PartLoader::put_offer_session);
      case PartKind::kSessions:
        return rows(&PartLoader::put_session);
      case PartKind::kHolds:
        return rows(&PartLoader::put_hold);
      case PartKind::kFormerHolds:
        return rows(&PartLoader::put_former_hold);
      case PartKind::kExpiredHolds:
        return rows(&PartLoader::put_expired_hold);
      case PartKind::kPayments:
        return rows(&PartLoader::put_payment);
      case PartKind::kTicketUses:
        return rows(&PartLoader::put_ticket_use);
      case PartKind::kSeatRefunds:
        return rows(&PartLoader::put_seat_refund);
      case PartKind::kOutboxEntries:
        return rows(&PartLoader::put_outbox);
      case PartKind::kBuyers:
        return rows(&PartLoader::put_buyer);
      default:
        return false;
    }
  }

  // Rows are read some places ahead of the one being put, so that the index of the line is in the
  // cache by then: memory latency dominates a restart with millions of tokens.
  bool load_tokens() {
    constexpr std::uint32_t kAhead = 16;
    std::array<TokenRow, kAhead> ahead;
    std::uint32_t read = 0;
    for (rows_ = 0; rows_ < header_.count; ++rows_) {
      for (; read < header_.count && read < rows_ + kAhead; ++read) {
        TokenRow& row = ahead[read % kAhead];
        read_field(reader_, row);
        concert_->line.prefetch(row.user);
      }
      if (reader_.failed() || !put_token(ahead[rows_ % kAhead])) return false;
    }
    return true;
  }

  bool put_slot(const SlotRow& row);
  bool put_tenure(const Tenure& row);
  bool put_begun(const InstanceId& row);
  bool put_act(const AuditEntry& row);
  bool put_registration(const Registration& row);
  bool put_former_registration(const FormerRegistration& row);
  bool put_seed(const SeedRow& row);
  bool put_plan(const RegisteredPlan& row);
  bool put_wallet(const Wallet& row);
  bool put_returned(const ReturnedRow& row);
  bool put_reference(const ReferenceRow& row);
  bool put_answer(const AnswerRow& row);
  bool put_concert(const ConcertRow& row);
  bool put_former_concert(const ConcertRowOf<FormerSpec>& row);
  bool put_changed_date(const std::uint16_t& row);
  bool put_token(const TokenRow& row);
  bool put_shuffle(const ShuffleRow& row);
  bool put_challenge(const SpentChallenge& row);
  bool put_code_batch(const CodeBatchTerms& row);
  bool put_code(const AccessCodeRow& row);
  bool put_seat(const SeatRow& row);
  bool put_waiting(const WaitlistEntry& row);
  bool put_session(const SessionRow& row);
  bool put_offer_session(const TicketNumber& row);
  bool put_hold(const Hold& row);
  bool put_former_hold(const FormerHold& row);
  bool put_expired_hold(const HoldId& row);
  bool put_payment(const Payment& row);
  bool put_ticket_use(const TicketUseRow& row);
  bool put_seat_refund(const SeatRefundRow& row);
  bool put_outbox(const OutboxRow& row);
  bool put_buyer(const BuyerRow& row);

  bool is_sellable(std::uint16_t date_index, const SeatList& seats) const;

  ByteReader reader_;
  Slot& slot_;
  Concert* concert_ = nullptr;
  PartHeader header_;
  std::uint32_t rows_ = 0;
};

// --- the slot itself

bool PartLoader::put_slot(const SlotRow& row) {
  if (slot_.seq != 0 || !is_instant(row.time)) return false;
  slot_.seq = row.seq;
  slot_.time = row.time;
  slot_.last_charge = row.last_charge;
  return true;
}

bool PartLoader::put_tenure(const Tenure& row) {
  if (slot_.tenure != Tenure{} || row.peer > kInstanceIdMax) return false;
  if ((row.state == Tenure::State::kOpened) != (row.peer == 0)) return false;
  slot_.tenure = row;
  return true;
}

bool PartLoader::put_begun(const InstanceId& row) {
  if (row == 0 || row > kInstanceIdMax) return false;
  slot_.begun.push_back(row);
  slot_.own_hash += hash_of_begun(row);
  return true;
}

bool PartLoader::put_act(const AuditEntry& row) {
  const auto& entries = slot_.audit.entries();
  const std::uint64_t seq_min = entries.empty() ? 1 : entries.back().seq + 1;
  if (entries.size() == kActsPerSlotKept || row.seq < seq_min || row.seq > slot_.seq) return false;
  if (!row.act.actor || !is_instant(row.at) || row.act.note.size() > kActNoteBytesMax) return false;
  slot_.audit.put(row);
  return true;
}

// Rows make up all seats, or none are listed.
bool are_possible(const std::vector<std::uint32_t>& rows, std::uint64_t seats) {
  if (rows.empty()) return true;
  if (rows.size() > seats) return false;
  std::uint64_t sum = 0;
  for (const std::uint32_t length : rows) {
    if (length == 0) return false;
    sum += length;
  }
  return sum == seats;
}

bool is_possible(const ConcertSpec& spec) {
  if (spec.dates.empty() || spec.dates.size() > kDatesPerConcertMax) return false;
  if (!is_instant(spec.opens_at) || spec.time_zone.size() > kTimeZoneBytesMax) return false;
  std::set<Date> dates;
  for (const DateSpec& date : spec.dates) {
    if (!dates.insert(date.date).second) return false;
    if (!is_instant(date.starts_at) || !is_instant(date.closes_at)) return false;
    if (date.sections.empty() || date.sections.size() > kRunsPerDateMax) return false;
    std::uint64_t seats = 0;
    for (const SectionSpec& section : date.sections) {
      if (section.seats == 0 || section.price.minor < 0 || section.price.minor > kPriceMax)
        return false;
      seats += section.seats;
    }
    if (seats > kSeatsPerDateMax || !are_possible(date.rows, seats)) return false;
  }
  return true;
}

bool PartLoader::put_registration(const Registration& row) {
  const bool spec_fits = row.confirmed ? row.spec.dates.empty() : is_possible(row.spec);
  if (row.concert.value != slot_.registrations.size() + 1 || !spec_fits) return false;
  slot_.registrations.push_back(row);
  slot_.own_hash += hash_of(row);
  return true;
}

bool PartLoader::put_former_registration(const FormerRegistration& row) {
  return put_registration({row.concert, row.confirmed, row.spec.present(), row.key});
}

bool PartLoader::put_seed(const SeedRow& row) {
  if (row.concert.value < 1 || row.concert.value > slot_.registrations.size()) return false;
  Registration& registration = slot_.registrations[row.concert.value - 1];
  if (registration.confirmed || registration.seed) return false;
  Rehash guard(slot_.own_hash, registration);
  registration.seed = row.seed;
  return true;
}

bool PartLoader::put_plan(const RegisteredPlan& row) {
  const std::optional<Plan> plan = decode_plan(*row.document);
  if (row.plan.value != slot_.plans.size() + 1 || slot_.plans.size() == kPlansMax) return false;
  if (!plan || plan->name != row.name || plan->seat_count() != row.seats) return false;
  slot_.plans.push_back(row);
  slot_.own_hash += hash_of(row);
  return true;
}

bool PartLoader::put_wallet(const Wallet& row) {
  // A refund may lift a balance above the bound of charges.
  if (!is_sum(row.balance) || !is_sum(row.reserved) || !is_sum(row.charged) || !is_sum(row.spent)) {
    return false;
  }
  for (const Transfer& t : row.transfers) {
    if (!is_between(t.state, TransferState::kReserved, TransferState::kVoided)) return false;
    if (!is_sum(t.balance) || !is_amount(t.purchase.amount)) return false;
  }
  for (const WalletPayment& p : row.payments) {
    if (p.state != PaymentState::kCompleted && p.state != PaymentState::kRefunded) return false;
    if (!is_amount(p.purchase.amount) || !is_sum(p.balance)) return false;
  }
  const auto [wallet, is_new] = slot_.wallets.try_emplace(row.user, row);
  if (!is_new) return false;
  add_to_sum(slot_.own_hash, wallet->second);
  for (const Transfer& t : row.transfers) slot_.own_hash += hash_of(t);
  for (const WalletPayment& p : row.payments) slot_.own_hash += hash_of(p);
  return true;
}

bool PartLoader::put_returned(const ReturnedRow& row) {
  const auto wallet = slot_.wallets.find(row.user);
  if (wallet == slot_.wallets.end()) return false;
  for (WalletPayment& payment : wallet->second.payments) {
    const Purchase& purchase = payment.purchase;
    if (purchase.payment != row.payment) continue;
    const bool are_its_seats = std::ranges::all_of(row.seats, [&purchase](SeatNumber seat) {
      return std::ranges::find(purchase.seats, seat) != purchase.seats.end();
    });
    if (row.seats.empty() || !are_its_seats || !payment.returned.empty()) return false;
    if (row.total.minor < 0 || row.total > purchase.amount) return false;
    Rehash guard(slot_.own_hash, payment);
    payment.returned = row.seats;
    payment.returned_total = row.total;
    return true;
  }
  return false;
}

bool PartLoader::put_reference(const ReferenceRow& row) {
  if (slot_.find_wallet(row.key.user) == nullptr || !is_amount(row.charge.amount) ||
      !is_sum(row.charge.balance)) {
    return false;
  }
  return slot_.references.put(row.key, row.charge);
}

bool PartLoader::put_answer(const AnswerRow& row) {
  if (!is_instant(row.at) || !decode_answer(row.answer).ok()) return false;
  AnswerTable& table = concert_ != nullptr ? concert_->answers : slot_.answers;
  table.put(row.user, {row.key, row.at, row.answer});
  return true;
}

// --- a concert

bool PartLoader::put_concert(const ConcertRow& row) {
  if (!header_.concert || slot_.find_concert(header_.concert) != nullptr) return false;
  if (!is_possible(row.spec) || !is_instant(row.created_at) || !is_instant(row.admission.at))
    return false;
  if (!is_between(row.phase, Phase::kScheduled, Phase::kClosed) || !is_sum(row.revenue))
    return false;
  if (row.admission.milli < -kFullBucket || row.admission.milli > kFullBucket) return false;
  if (row.date_versions.size() != row.spec.dates.size()) return false;
  std::size_t index_min = 0;
  for (const CancelledDate& date : row.cancelled) {
    if (date.date_index < index_min || date.date_index >= row.spec.dates.size()) return false;
    if (!is_instant(date.at) || !date.at.is_set()) return false;
    index_min = date.date_index + std::size_t{1};
  }
  if (!row.waitlist_drawn.empty() && row.waitlist_drawn.size() != row.spec.dates.size())
    return false;
  for (const std::uint32_t drawn : row.waitlist_drawn)
    if (drawn > kWaitlistDrawnMax) return false;
  auto concert = std::make_unique<Concert>(header_.concert, row.spec, row.created_at);
  {
    Rehash guard(concert->hash, *concert);
    for (const CancelledDate& date : row.cancelled) {
      concert->dates[date.date_index]->cancelled_at = date.at;
      concert->dates[date.date_index]->cancel_key = date.key;
    }
    concert->phase = row.phase;
    concert->token_epoch = row.token_epoch;
  }
  if (row.phase == Phase::kScheduled) {
    concert->opening_timer =
        concert->timers.schedule(concert->opens_at, timer_key(TimerKind::kOpening, 0));
  }
  schedule_closing(*concert);
  concert->admitted_up_to = row.admitted_up_to;
  concert->admission = row.admission;
  concert->last_hold = row.last_hold;
  concert->last_payment = row.last_payment;
  concert->revenue = row.revenue;
  concert->payments_completed = row.payments_completed;
  concert->payments_refunded = row.payments_refunded;
  concert->admissions = row.admissions;
  concert->sales = row.sales;
  for (std::size_t i = 0; i < row.date_versions.size(); ++i)
    concert->dates[i]->seats.restore_version(row.date_versions[i]);
  for (std::size_t i = 0; i < row.waitlist_drawn.size(); ++i)
    concert->dates[i]->waitlist.restore_drawn(row.waitlist_drawn[i]);
  slot_.concerts.push_back(std::move(concert));
  return true;
}

bool PartLoader::put_former_concert(const ConcertRowOf<FormerSpec>& row) {
  ConcertRow present;
  static_cast<ConcertProgress&>(present) = row;
  present.spec = row.spec.present();
  return put_concert(present);
}

bool PartLoader::put_changed_date(const std::uint16_t& row) {
  if (row >= concert_->dates.size() || concert_->dates[row]->is_changed) return false;
  Rehash guard(concert_->hash, *concert_);
  concert_->dates[row]->is_changed = true;
  return true;
}

bool PartLoader::put_token(const TokenRow& row) {
  if (!is_between(row.state, TokenState::kWaiting, TokenState::kLeft)) return false;
  return concert_->line.drawn() < kDrawnPerConcertMax &&
         concert_->line.restore(row.user, row.state);
}

bool PartLoader::put_shuffle(const ShuffleRow& row) {
  Concert& c = *concert_;
  if (c.shuffle || row.count > (row.is_done ? c.line.drawn() : 0)) return false;
  Rehash guard(c.hash, c);
  c.shuffle = OpeningShuffle{row.seed, commitment_of(row.seed), row.is_done, row.count};
  if (row.is_done) c.line.shuffle(row.seed, row.count);
  return true;
}

bool PartLoader::put_challenge(const SpentChallenge& row) {
  const auto& entries = concert_->challenges.entries();
  if (!is_instant(row.at) || (!entries.empty() && row.at < entries.back().at)) return false;
  return concert_->challenges.restore(row.challenge, row.at);
}

bool PartLoader::put_code_batch(const CodeBatchTerms& row) {
  if (concert_->codes.batches().size() != rows_) return false;
  if (!is_instant(row.opens_at) || !is_instant(row.added_at)) return false;
  if (!concert_->codes.restore_batch(row)) return false;
  concert_->schedule_opening();
  return true;
}

bool PartLoader::put_code(const AccessCodeRow& row) {
  return concert_->codes.restore_code(header_.first, row.hash, row.uses_left);
}

bool PartLoader::put_seat(const SeatRow& row) {
  SeatMap& map = concert_->dates[header_.first]->seats;
  if (!is_between(row.state, SeatState::kHeld, SeatState::kBlocked)) return false;
  if (!map.contains(row.seat) || !map.is_free(row.seat)) return false;
  if ((row.owner == 0) != (row.state == SeatState::kBlocked)) return false;
  map.set(row.seat, row.state, row.owner);
  return true;
}

bool PartLoader::put_waiting(const WaitlistEntry& row) {
  if (row.quantity == 0 || row.quantity > kSeatsPerHoldMax || !is_instant(row.since)) return false;
  if (!concert_->line.find(row.user)) return false;
  ConcertDate& date = *concert_->dates[header_.first];
  // A wish that an entry before has is known to be possible.
  if (!row.section.empty() && date.waitlist.first_of(row.section) == nullptr &&
      !date.seats.has_section(row.section)) {
    return false;
  }
  if (date.waitlist.size() >= kWaitlistPerDateMax || !date.waitlist.restore(row)) return false;
  ++concert_->waitlist_entries;
  return true;
}

bool PartLoader::is_sellable(std::uint16_t date_index, const SeatList& seats) const {
  if (date_index >= concert_->dates.size() || seats.empty()) return false;
  const SeatMap& map = concert_->dates[date_index]->seats;
  return std::all_of(seats.begin(), seats.end(), [&](SeatNumber s) { return map.contains(s); });
}

bool PartLoader::put_hold(const Hold& row) {
  if (concert_of(row.id) != concert_->id || counter_of(row.id.value) > concert_->last_hold)
    return false;
  if (!is_between(row.state, HoldState::kHeld, HoldState::kExpired)) return false;
  const bool is_of_office = !row.number && row.state == HoldState::kPaid;
  if (!is_sellable(row.date_index, row.seats)) return false;
  if (!is_of_office && !concert_->line.was_drawn(row.number)) return false;
  if (!is_amount(row.amount) || !is_instant(row.expires_at)) return false;
  if (row.extensions > kHoldExtensionsMax || row.merged.size() >= kSeatsPerHoldMax) return false;
  Hold hold = row;
  if (row.state == HoldState::kHeld) {
    hold.timer = concert_->timers.schedule(row.expires_at,
                                           timer_key(TimerKind::kHold, counter_of(row.id.value)));
  }
  add_to_sum(concert_->hash, hold);
  return concert_->holds.emplace(row.id, std::move(hold)).second;
}

bool PartLoader::put_former_hold(const FormerHold& row) { return put_hold(row.hold); }

bool PartLoader::put_expired_hold(const HoldId& row) {
  const Hold* hold = concert_->find_hold(row);
  if (hold == nullptr || hold->state != HoldState::kExpired) return false;
  concert_->expired_holds.push_back(row);
  return true;
}

bool PartLoader::put_payment(const Payment& row) {
  if (concert_of(row.id) != concert_->id || counter_of(row.id.value) > concert_->last_payment)
    return false;
  if (!is_between(row.state, PaymentState::kStarted, PaymentState::kRefunded)) return false;
  const bool is_decided_in_one =
      row.state == PaymentState::kCompleted || row.state == PaymentState::kRefunded;
  if (!is_sellable(row.date_index, row.seats)) return false;
  if (row.is_of_office() ? !is_decided_in_one : !concert_->line.was_drawn(row.number)) return false;
  if (!is_amount(row.amount) || !is_instant(row.decide_by)) return false;
  Payment payment = row;
  if (row.state == PaymentState::kStarted) {
    payment.timer = concert_->timers.schedule(
        row.decide_by, timer_key(TimerKind::kPayment, counter_of(row.id.value)));
  }
  // Its token is not completed if the session stayed; the user's newest one has bought as well.
  if (row.state != PaymentState::kStarted && !row.is_of_office() &&
      concert_->line.token(row.number).state != TokenState::kCompleted) {
    concert_->line.mark_bought(row.number);
    concert_->line.mark_bought(std::max(concert_->line.find(row.user), row.number));
  }
  ConcertDate& date = *concert_->dates[row.date_index];
  if (row.state == PaymentState::kStarted) ++date.payments_undecided;
  if (row.state == PaymentState::kCompleted) ++date.payments_paid;
  if (row.state == PaymentState::kRefunding) ++date.payments_refunding;
  if (row.state == PaymentState::kRefunded) ++date.payments_refunded;
  add_to_sum(concert_->hash, payment);
  return concert_->payments.emplace(row.id, std::move(payment)).second;
}

bool PartLoader::put_ticket_use(const TicketUseRow& row) {
  const auto found = concert_->payments.find(row.payment);
  if (found == concert_->payments.end() || !is_instant(row.use.at)) return false;
  Payment& payment = found->second;
  const bool is_used =
      std::ranges::find(payment.uses, row.use.seat, &TicketUse::seat) != payment.uses.end();
  if (is_used || std::ranges::find(payment.seats, row.use.seat) == payment.seats.end())
    return false;
  Rehash guard(concert_->hash, payment);
  payment.uses.push_back(row.use);
  return true;
}

bool PartLoader::put_seat_refund(const SeatRefundRow& row) {
  const auto found = concert_->payments.find(row.payment);
  if (found == concert_->payments.end() || row.refund.seats.empty()) return false;
  Payment& payment = found->second;
  const bool is_after_done = payment.refunds.empty() || payment.refunds.back().refunded_at.is_set();
  const bool is_under_way = !row.refund.refunded_at.is_set();
  if (!is_after_done || (is_under_way && payment.state != PaymentState::kRefunding)) return false;
  const bool are_left = std::ranges::all_of(row.refund.seats, [&payment](SeatNumber seat) {
    return std::ranges::find(payment.seats, seat) != payment.seats.end() &&
           std::ranges::none_of(payment.refunds, [seat](const SeatRefund& earlier) {
             return std::ranges::find(earlier.seats, seat) != earlier.seats.end();
           });
  });
  const std::int64_t rest = payment.amount.minor - money_of(payment.refunds).minor;
  if (!are_left || row.refund.amount.minor < 0 || row.refund.amount.minor > rest) return false;
  if (!is_instant(row.refund.refunded_at) || !is_sum(row.refund.balance)) return false;
  Rehash guard(concert_->hash, payment);
  payment.refunds.push_back(row.refund);
  return true;
}

// A session comes after the holds and payments that it names. Its timer rests while a payment runs.
bool PartLoader::put_session(const SessionRow& row) {
  if (!concert_->line.was_drawn(row.number) ||
      concert_->line.token(row.number).state != TokenState::kActive) {
    return false;
  }
  if (!is_instant(row.admitted_at) || !is_instant(row.expires_at) || !is_instant(row.no_show_at))
    return false;
  if (row.paying && concert_->find_payment(row.paying) == nullptr) return false;
  Session session{
      .number = row.number, .admitted_at = row.admitted_at, .expires_at = row.expires_at};
  session.paying = row.paying;
  for (const HoldId hold : row.holds) {
    if (concert_->find_hold(hold) == nullptr) return false;
    session.holds.push_back(hold);
  }
  if (concert_->sessions.contains(row.number)) return false;
  add_to_sum(concert_->hash, session);
  TimerWheel& timers = concert_->timers;
  const std::uint32_t n = row.number.value;
  if (!row.paying) {
    session.timer = timers.schedule(row.expires_at, timer_key(TimerKind::kSession, n));
  }
  if (row.no_show_at.is_set()) {
    session.no_show_timer = timers.schedule(row.no_show_at, timer_key(TimerKind::kNoShow, n));
  }
  concert_->sessions.emplace(row.number, std::move(session));
  return true;
}

bool PartLoader::put_offer_session(const TicketNumber& row) {
  const auto found = concert_->sessions.find(row);
  if (found == concert_->sessions.end() || found->second.is_for_offer) return false;
  Rehash guard(concert_->hash, found->second);
  found->second.is_for_offer = true;
  return true;
}

bool PartLoader::put_outbox(const OutboxRow& row) {
  if (!is_between(row.entry.kind, OutboxKind::kReserve, OutboxKind::kList)) return false;
  if (concert_of(row.payment) != concert_->id) return false;
  const Payment* payment = concert_->find_payment(row.payment);
  // Only a failed payment is erased before its outbox entry.
  if ((payment == nullptr) != (row.entry.kind == OutboxKind::kVoid)) return false;
  return concert_->outbox.emplace(row.payment, row.entry).second;
}

bool PartLoader::put_buyer(const BuyerRow& row) {
  return concert_->buyers.try_emplace(row.user, row.buyer).second;
}

}  // namespace

Status load_snapshot_part(std::span<const std::byte> part, Slot& slot) {
  return PartLoader(part, slot).load();
}

Status load_state_part(std::span<const std::byte> part, Slot& slot) {
  if (!part.empty() && static_cast<PartKind>(part[0]) == PartKind::kTenure)
    return Error{"the tenure of another instance"};
  return load_snapshot_part(part, slot);
}

}  // namespace frontrow
