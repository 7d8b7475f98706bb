// How long a concert stands still for the first page of an export: the copy of 100,000 payments of
// one seat each, and one page of it.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>

#include "engine/core/state/export_copy.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kPayments = 100'000;
constexpr ConcertId kSoldOut{7};
constexpr Instant kPaidAt{1'800'000'000'000};

std::unique_ptr<Concert> sold_out() {
  ConcertSpec spec;
  spec.title = "Sold out";
  DateSpec& date = spec.dates.emplace_back();
  date.date = Date{21'000};
  for (int i = 0; i < 100; ++i)
    date.sections.push_back({"section " + std::to_string(i), kPayments / 100, Money{1000}});
  auto concert = std::make_unique<Concert>(kSoldOut, spec, kPaidAt);
  for (std::uint32_t n = 1; n <= kPayments; ++n) {
    Hold hold{.id = make_hold_id(kSoldOut, n), .state = HoldState::kPaid};
    hold.user.bytes[0] = static_cast<std::uint8_t>(n);
    hold.payment = make_payment_id(kSoldOut, n);
    // Neighbours in the hall have paid at different times.
    const SeatNumber seat{static_cast<std::uint32_t>(std::uint64_t{n} * 7919 % kPayments) + 1};
    hold.seats = {seat};
    Payment payment{.id = hold.payment, .hold = hold.id, .user = hold.user};
    payment.state = PaymentState::kCompleted;
    payment.seats = hold.seats;
    payment.amount = Money{1000};
    payment.paid_at = kPaidAt;
    concert->dates[0]->seats.set(seat, SeatState::kSold, n);
    concert->holds.emplace(hold.id, hold);
    concert->payments.emplace(payment.id, payment);
  }
  return concert;
}

void copy(benchmark::State& state, ExportKind what) {
  static const std::unique_ptr<Concert> concert = sold_out();
  for (auto _ : state) {
    ExportCopy made = copy_for_export(*concert, what);
    benchmark::DoNotOptimize(made);
    if (made.rows() != kPayments) state.SkipWithError("rows are missing");
  }
}
BENCHMARK_CAPTURE(copy, seats, ExportKind::kSeats)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(copy, payments, ExportKind::kPayments)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(copy, tickets, ExportKind::kTickets)->Unit(benchmark::kMillisecond);

void page(benchmark::State& state, ExportKind what) {
  const ExportCopy whole = copy_for_export(*sold_out(), what);
  std::uint32_t offset = 0;
  for (auto _ : state) {
    ExportPage made = page_of(whole, offset, kExportRowsPerReplyMax);
    benchmark::DoNotOptimize(made);
    offset = made.next;
  }
}
BENCHMARK_CAPTURE(page, seats, ExportKind::kSeats)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, payments, ExportKind::kPayments)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
