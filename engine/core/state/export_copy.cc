#include "engine/core/state/export_copy.h"

#include <algorithm>
#include <limits>

#include "engine/core/state/paid_prices.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kNoRun = std::numeric_limits<std::uint32_t>::max();

// The runs of the rows, each once, in the order of their first row. Dates come one after another.
class ExportRuns {
 public:
  explicit ExportRuns(std::vector<ExportedRun>& runs) : runs_(runs) {}

  void begin(const ConcertDate& date) {
    date_ = &date;
    run_of_section_.assign(date.seats.sections().size(), kNoRun);
  }
  std::uint32_t of(SeatNumber seat) {
    const Section& section = date_->seats.section_of(seat);
    const auto index = static_cast<std::size_t>(&section - date_->seats.sections().data());
    std::uint32_t& run = run_of_section_[index];
    if (run == kNoRun) {
      run = static_cast<std::uint32_t>(runs_.size());
      runs_.push_back({date_->date, date_->plan, section.name, section.category});
    }
    return run;
  }

 private:
  std::vector<ExportedRun>& runs_;
  const ConcertDate* date_ = nullptr;
  std::vector<std::uint32_t> run_of_section_;
};

void copy_seats(const Concert& concert, ExportCopy& copy) {
  std::size_t sold = 0;
  for (const auto& date : concert.dates) sold += date->seats.count(SeatState::kSold);
  copy.seats.reserve(sold);
  ExportRuns runs(copy.runs);
  PaidPrices prices(concert);
  for (const std::uint16_t index : concert.by_date) {
    const auto& date = concert.dates[index];
    const SeatMap& map = date->seats;
    if (map.count(SeatState::kSold) == 0) continue;
    runs.begin(*date);
    for (std::uint32_t n = 1; n <= map.total(); ++n) {
      const SeatNumber seat{n};
      if (map.state(seat) != SeatState::kSold) continue;
      const Hold* hold = concert.find_hold(make_hold_id(concert.id, map.owner(seat)));
      const Payment* paid = hold == nullptr ? nullptr : concert.find_payment(hold->payment);
      // A sold seat without an owner, in a damaged state, is listed all the same.
      ExportedSeat& row = copy.seats.emplace_back();
      row.run = runs.of(seat);
      row.seat = seat;
      row.price = paid == nullptr ? map.price_of(seat) : prices.of(*paid, seat);
      if (hold != nullptr) row.hold = hold->id;
      if (paid == nullptr) continue;
      row.user = paid->user;
      row.payment = paid->id;
      row.paid_at = paid->paid_at;
    }
  }
}

void copy_payments(const Concert& concert, ExportCopy& copy) {
  copy.payments.reserve(concert.payments.size());
  for (const auto& [id, p] : concert.payments) {
    copy.payments.push_back({id, concert.dates[p.date_index]->date, p.user, p.hold, p.seats,
                             p.amount, p.state, p.paid_at, p.balance, p.refunded_at,
                             p.refund_balance, p.is_of_office(), seats_refunded(p),
                             money_refunded(p)});
  }
}

// By date, so that the labels of one plan are needed at a time.
void copy_tickets(const Concert& concert, ExportCopy& copy) {
  std::vector<std::vector<const Payment*>> paid(concert.dates.size());
  std::size_t count = 0;
  for (const auto& [id, p] : concert.payments) {
    if (p.state == PaymentState::kStarted) continue;
    paid[p.date_index].push_back(&p);
    count += p.seats.size();
  }
  copy.tickets.reserve(count);
  ExportRuns runs(copy.runs);
  for (const std::uint16_t i : concert.by_date) {
    if (paid[i].empty()) continue;
    runs.begin(*concert.dates[i]);
    for (const Payment* p : paid[i]) {
      for (const SeatNumber seat : p->seats) {
        ExportedTicket& row = copy.tickets.emplace_back();
        row.run = runs.of(seat);
        row.seat = seat;
        row.payment = p->id;
        row.user = p->user;
        row.is_void = !owns_seat(*p, seat);
        row.paid_at = p->paid_at;
        const auto use = std::ranges::find(p->uses, seat, &TicketUse::seat);
        if (use == p->uses.end()) continue;
        row.used_at = use->at;
        row.used_by = use->by;
      }
    }
  }
}

// Rows `offset` to before `end`; their runs are those of the page.
template <class Row>
void take_rows(const std::vector<Row>& rows, std::uint32_t offset, std::uint32_t end,
               std::vector<Row>& out) {
  const auto first = std::min<std::size_t>(offset, rows.size());
  const auto last = std::min<std::size_t>(end, rows.size());
  if (first < last) out.assign(rows.begin() + first, rows.begin() + last);
}

template <class Row>
void take_runs(const std::vector<ExportedRun>& runs, std::vector<Row>& rows,
               std::vector<ExportedRun>& out) {
  std::uint32_t newest = kNoRun;  // as the copy numbers it
  std::vector<std::pair<std::uint32_t, std::uint32_t>> known;
  for (Row& row : rows) {
    if (row.run != newest) {
      newest = row.run;
      const auto found =
          std::ranges::find(known, newest, &std::pair<std::uint32_t, std::uint32_t>::first);
      if (found == known.end()) {
        known.emplace_back(newest, static_cast<std::uint32_t>(out.size()));
        out.push_back(runs[newest]);
      } else {
        std::iter_swap(found, known.end() - 1);
      }
    }
    row.run = known.back().second;
  }
}

}  // namespace

ExportCopy copy_for_export(const Concert& concert, ExportKind what) {
  ExportCopy copy{.concert = concert.id, .what = what, .currency = concert.currency};
  switch (what) {
    case ExportKind::kSeats:
      copy_seats(concert, copy);
      break;
    case ExportKind::kPayments:
      copy_payments(concert, copy);
      break;
    case ExportKind::kTickets:
      copy_tickets(concert, copy);
      break;
  }
  return copy;
}

ExportPage page_of(const ExportCopy& copy, std::uint32_t offset, std::uint32_t limit) {
  ExportPage page{.concert = copy.concert,
                  .what = copy.what,
                  .moment = copy.moment,
                  .at = copy.at,
                  .currency = copy.currency};
  const std::uint32_t first = std::min(offset, copy.rows());
  const std::uint32_t end = first + std::min(limit, copy.rows() - first);
  take_rows(copy.seats, first, end, page.seats);
  take_rows(copy.payments, first, end, page.payments);
  take_rows(copy.tickets, first, end, page.tickets);
  take_runs(copy.runs, page.seats, page.runs);
  take_runs(copy.runs, page.tickets, page.runs);
  if (end > first && end < copy.rows()) page.next = end;
  return page;
}

const ExportCopy* ExportCopies::find(ConcertId concert, ExportKind what, std::uint64_t moment,
                                     Instant now) {
  for (Kept& kept : kept_) {
    const ExportCopy& copy = *kept.copy;
    if (copy.concert != concert || copy.what != what || copy.moment != moment) continue;
    kept.used_at = now;
    return &copy;
  }
  return nullptr;
}

bool ExportCopies::has(ConcertId concert, ExportKind what, std::uint64_t moment) const {
  return std::ranges::any_of(kept_, [&](const Kept& kept) {
    return kept.copy->concert == concert && kept.copy->what == what && kept.copy->moment == moment;
  });
}

const ExportCopy& ExportCopies::keep(ExportCopy&& copy, Instant now) {
  if (kept_.size() >= kExportCopiesPerSlot)
    kept_.erase(std::ranges::min_element(kept_, {}, &Kept::used_at));
  kept_.push_back({std::make_unique<const ExportCopy>(std::move(copy)), now});
  return *kept_.back().copy;
}

void ExportCopies::expire(Instant now) {
  std::erase_if(kept_, [now](const Kept& kept) { return kept.used_at + kExportKeptFor <= now; });
}

Instant ExportCopies::next_expiry() const {
  Instant next = kNever;
  for (const Kept& kept : kept_) next = std::min(next, kept.used_at + kExportKeptFor);
  return next;
}

}  // namespace frontrow
