#include <algorithm>

#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/codec/snapshot_rows.h"

namespace frontrow {
namespace {

// Gathers rows into parts; the first error of the sink latches and ends the encoding.
class PartWriter {
 public:
  explicit PartWriter(const PartSink& sink) : sink_(sink), writer_(bytes_) {}

  void begin(PartKind kind, ConcertId concert, std::uint32_t first = 0) {
    kind_ = kind;
    concert_ = concert;
    first_ = first;
    open();
  }
  template <class Row>
  void add(const Row& row) {
    if (!status_.ok()) return;
    write_field(writer_, row);
    ++count_;
    if (bytes_.size() < kPartBytesGoal) return;
    const std::uint32_t next = kind_ == PartKind::kTokens ? first_ + count_ : first_;
    end();
    first_ = next;
    open();
  }
  void end() {
    if (count_ != 0 && status_.ok()) {
      writer_.patch(12, count_);
      status_ = sink_(bytes_);
    }
    count_ = 0;
  }
  const Status& status() const { return status_; }

 private:
  void open() {
    bytes_.clear();
    count_ = 0;
    writer_.put(static_cast<std::uint32_t>(kind_));
    writer_.put(concert_);
    writer_.put(first_);
    writer_.put(std::uint32_t{0});
  }

  const PartSink& sink_;
  ByteBuffer bytes_;
  ByteWriter writer_;
  PartKind kind_ = PartKind::kSlot;
  ConcertId concert_;
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
  Status status_;
};

// The entries of a table in the order of their keys.
template <class Table>
auto in_order(const Table& table) {
  std::vector<const typename Table::value_type*> entries;
  entries.reserve(table.size());
  for (const auto& entry : table) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  return entries;
}

void write_answers(PartWriter& out, ConcertId concert, const AnswerTable& answers) {
  out.begin(PartKind::kAnswers, concert);
  answers.for_each_by_age([&out](const UserId& user, const StoredAnswer& answer) {
    out.add(AnswerRow{user, answer.key, answer.at, answer.answer});
  });
  out.end();
}

ConcertRow row_of(const Concert& c) {
  ConcertRow row;
  row.spec = {c.title, c.opens_at, c.currency, c.rules, {}, c.time_zone};
  for (const auto& date : c.dates) {
    row.spec.dates.push_back(date->spec());
    row.date_versions.push_back(date->seats.version());
    if (!date->is_cancelled()) continue;
    const auto index = static_cast<std::uint16_t>(row.spec.dates.size() - 1);
    row.cancelled.push_back({index, date->cancelled_at, date->cancel_key});
  }
  const bool has_waited =
      std::ranges::any_of(c.dates, [](const auto& date) { return date->waitlist.drawn() != 0; });
  for (const auto& date : c.dates)
    if (has_waited) row.waitlist_drawn.push_back(date->waitlist.drawn());
  row.created_at = c.created_at;
  row.phase = c.phase;
  row.token_epoch = c.token_epoch;
  row.admitted_up_to = c.admitted_up_to;
  row.admission = c.admission;
  row.last_hold = c.last_hold;
  row.last_payment = c.last_payment;
  row.revenue = c.revenue;
  row.payments_completed = c.payments_completed;
  row.payments_refunded = c.payments_refunded;
  row.admissions = c.admissions;
  row.sales = c.sales;
  return row;
}

void write_line(PartWriter& out, const Concert& c) {
  out.begin(PartKind::kTokens, c.id, 1);
  for (std::uint32_t n = 1; n <= c.line.drawn(); ++n) {
    const Token& token = c.line.token(TicketNumber{n});
    out.add(TokenRow{token.user, token.state});
  }
  out.end();
}

// Behind the tokens, which it gives their places.
void write_shuffle(PartWriter& out, const Concert& c) {
  if (!c.shuffle) return;
  out.begin(PartKind::kShuffles, c.id);
  out.add(ShuffleRow{c.shuffle->seed, c.shuffle->is_done, c.shuffle->count});
  out.end();
}

void write_challenges(PartWriter& out, const Concert& c) {
  out.begin(PartKind::kChallenges, c.id);
  for (const SpentChallenge& spent : c.challenges.entries()) out.add(spent);
  out.end();
}

void write_codes(PartWriter& out, const Concert& c) {
  out.begin(PartKind::kAccessCodes, c.id);
  for (const CodeBatch& batch : c.codes.batches()) out.add(batch.terms());
  out.end();
  std::uint32_t number = 0;
  for (const CodeBatch& batch : c.codes.batches()) {
    out.begin(PartKind::kAccessCodes, c.id, ++number);
    batch.for_each([&out](const Hash128& hash, std::uint32_t uses_left) {
      out.add(AccessCodeRow{hash, static_cast<std::uint16_t>(uses_left)});
    });
    out.end();
  }
}

void write_seats(PartWriter& out, const Concert& c) {
  for (std::uint32_t index = 0; index < c.dates.size(); ++index) {
    const SeatMap& map = c.dates[index]->seats;
    out.begin(PartKind::kSeats, c.id, index);
    for (std::uint32_t n = 1; n <= map.total(); ++n) {
      const SeatNumber seat{n};
      if (!map.is_free(seat)) out.add(SeatRow{seat, map.state(seat), map.owner(seat)});
    }
    out.end();
  }
}

void write_waitlists(PartWriter& out, const Concert& c) {
  for (std::uint32_t index = 0; index < c.dates.size(); ++index) {
    out.begin(PartKind::kWaitlist, c.id, index);
    for (const auto& numbered : c.dates[index]->waitlist.entries()) out.add(numbered.second);
    out.end();
  }
}

void write_sessions(PartWriter& out, const Concert& c) {
  out.begin(PartKind::kSessions, c.id);
  for (const auto& [number, s] : c.sessions) {
    SessionRow row{number, s.admitted_at, s.expires_at, s.paying, {}, {}};
    row.holds.assign(s.holds.begin(), s.holds.end());
    if (s.no_show_timer != TimerWheel::kNone) row.no_show_at = c.timers.deadline(s.no_show_timer);
    out.add(row);
  }
  out.end();
  out.begin(PartKind::kOfferSessions, c.id);
  for (const auto& numbered : c.sessions)
    if (numbered.second.is_for_offer) out.add(numbered.first);
  out.end();
}

void write_concert(PartWriter& out, const Concert& c) {
  out.begin(PartKind::kConcert, c.id);
  out.add(row_of(c));
  out.end();
  out.begin(PartKind::kChangedDates, c.id);
  for (std::uint16_t index = 0; index < c.dates.size(); ++index)
    if (c.dates[index]->is_changed) out.add(index);
  out.end();
  write_line(out, c);
  write_shuffle(out, c);
  write_challenges(out, c);
  write_codes(out, c);
  write_seats(out, c);
  write_waitlists(out, c);
  out.begin(PartKind::kHolds, c.id);
  for (const auto& [id, hold] : c.holds) out.add(hold);
  out.end();
  out.begin(PartKind::kExpiredHolds, c.id);
  for (const HoldId id : c.expired_holds) out.add(id);
  out.end();
  out.begin(PartKind::kPayments, c.id);
  for (const auto& [id, payment] : c.payments) out.add(payment);
  out.end();
  out.begin(PartKind::kTicketUses, c.id);
  for (const auto& [id, payment] : c.payments)
    for (const TicketUse& use : payment.uses) out.add(TicketUseRow{id, use});
  out.end();
  out.begin(PartKind::kSeatRefunds, c.id);
  for (const auto& [id, payment] : c.payments)
    for (const SeatRefund& refund : payment.refunds) out.add(SeatRefundRow{id, refund});
  out.end();
  write_sessions(out, c);
  out.begin(PartKind::kOutboxEntries, c.id);
  for (const auto& [id, entry] : c.outbox) out.add(OutboxRow{id, entry});
  out.end();
  out.begin(PartKind::kBuyers, c.id);
  for (const auto* entry : in_order(c.buyers)) out.add(BuyerRow{entry->first, entry->second});
  out.end();
  write_answers(out, c.id, c.answers);
}

void write_state(PartWriter& out, const Slot& slot) {
  out.begin(PartKind::kSlot, {});
  out.add(SlotRow{slot.seq, slot.time, slot.last_charge});
  out.end();
  out.begin(PartKind::kRegistrations, {});
  for (const Registration& r : slot.registrations) out.add(r);
  out.end();
  out.begin(PartKind::kShuffles, {});
  for (const Registration& r : slot.registrations)
    if (r.seed) out.add(SeedRow{r.concert, *r.seed});
  out.end();
  out.begin(PartKind::kPlans, {});
  for (const RegisteredPlan& p : slot.plans) out.add(p);
  out.end();
  out.begin(PartKind::kWallets, {});
  const auto wallets = in_order(slot.wallets);
  for (const auto* entry : wallets) out.add(entry->second);
  out.end();
  out.begin(PartKind::kReturned, {});
  for (const auto* entry : wallets) {
    for (const WalletPayment& p : entry->second.payments) {
      if (!p.returned.empty())
        out.add(ReturnedRow{entry->first, p.purchase.payment, p.returned, p.returned_total});
    }
  }
  out.end();
  out.begin(PartKind::kReferences, {});
  for (const auto& [key, charge] : slot.references.sorted()) out.add(ReferenceRow{key, charge});
  out.end();
  write_answers(out, {}, slot.answers);
  out.begin(PartKind::kBegun, {});
  for (const InstanceId instance : slot.begun) out.add(instance);
  out.end();
  out.begin(PartKind::kActs, {});
  for (const AuditEntry& entry : slot.audit.entries()) out.add(entry);
  out.end();
  for (const auto& concert : slot.concerts) {
    if (!out.status().ok()) break;
    write_concert(out, *concert);
  }
}

}  // namespace

Status encode_state(const Slot& slot, const PartSink& sink) {
  PartWriter out(sink);
  write_state(out, slot);
  return out.status();
}

Status encode_snapshot(const Slot& slot, const PartSink& sink) {
  PartWriter out(sink);
  write_state(out, slot);
  if (slot.tenure != Tenure{}) {
    out.begin(PartKind::kTenure, {});
    out.add(slot.tenure);
    out.end();
  }
  return out.status();
}

}  // namespace frontrow
