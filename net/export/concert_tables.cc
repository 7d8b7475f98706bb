#include "net/export/concert_tables.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "engine/core/codec/plan_codec.h"

namespace frontrow {
namespace {

constexpr const char* kSeatColumns[] = {"concert", "date",     "seat", "section",
                                        "price",   "user",     "hold", "payment",
                                        "paid_at", "category", "row",  "label"};
constexpr const char* kPaymentColumns[] = {"payment",
                                           "concert",
                                           "date",
                                           "user",
                                           "hold",
                                           "seats",
                                           "amount",
                                           "currency",
                                           "state",
                                           "paid_at",
                                           "balance_after",
                                           "refunded_at",
                                           "balance_after_refund",
                                           "paid_by",
                                           "refunded_seats",
                                           "refunded_amount"};
constexpr const char* kTicketColumns[] = {"ticket",   "concert", "date",    "seat",    "section",
                                          "category", "row",     "label",   "payment", "user",
                                          "state",    "paid_at", "used_at", "used_by"};

std::string_view text_of_payment(PaymentState state) {
  static constexpr std::array<std::string_view, 5> kTexts = {"", "started", "completed",
                                                             "refunding", "refunded"};
  return kTexts[static_cast<std::size_t>(state)];
}

// Empty for a buyer without a name.
std::optional<UserId> named(const UserId& user) {
  return user.is_nil() ? std::nullopt : std::optional(user);
}

// A ticket whose money is on its way back is void already.
std::string_view text_of_ticket(const ExportedTicket& ticket) {
  if (ticket.is_void) return "void";
  return ticket.used_at.is_set() ? "used" : "valid";
}

}  // namespace

std::string_view name_of(ExportKind what) {
  static constexpr std::array<std::string_view, 4> kNames = {"", "seats", "payments", "tickets"};
  return kNames[static_cast<std::size_t>(what)];
}

ExportColumns columns_of(ExportKind what) {
  switch (what) {
    case ExportKind::kSeats:
      return kSeatColumns;
    case ExportKind::kTickets:
      return kTicketColumns;
    case ExportKind::kPayments:
      break;
  }
  return kPaymentColumns;
}

SeatLabels labels_of_plan(std::span<const std::byte> document) {
  SeatLabels labels;
  const std::optional<Plan> plan = decode_plan(document);
  if (!plan) return labels;
  for (const PlanSection& section : plan->sections) {
    labels.resize(labels.size() + section.capacity);
    for (const PlanRow& row : section.rows)
      for (const PlanSeat& seat : row.seats) labels.push_back({row.label, seat.label});
  }
  return labels;
}

const SeatLabel& label_of(const SeatLabels& labels, SeatNumber seat) {
  static const SeatLabel kNone;
  return seat.value >= 1 && seat.value <= labels.size() ? labels[seat.value - 1] : kNone;
}

void append_exported(std::string& out, ExportFormat format, ConcertId concert,
                     const ExportedRun& run, const SeatLabel& label, const ExportedSeat& s) {
  append_export_row(out, format, kSeatColumns, concert, run.date, s.seat, run.section, s.price,
                    named(s.user), s.hold, s.payment, s.paid_at, run.category, label.row,
                    label.seat);
}

void append_exported(std::string& out, ExportFormat format, ConcertId concert, Currency currency,
                     const ExportedPayment& p) {
  const auto of_wallet = [&p](Money balance) {
    return p.is_of_office ? std::nullopt : std::optional(balance);
  };
  append_export_row(out, format, kPaymentColumns, p.payment, concert, p.date, named(p.user), p.hold,
                    p.seats, p.amount, currency, text_of_payment(p.state), p.paid_at,
                    of_wallet(p.balance), p.refunded_at,
                    p.refunded_at.is_set() ? of_wallet(p.refund_balance) : std::nullopt,
                    p.is_of_office ? "box-office" : "wallet", p.refunded, p.refunded_amount);
}

void append_exported(std::string& out, ExportFormat format, ConcertId concert,
                     const ExportedRun& run, const SeatLabel& label, const ExportedTicket& t) {
  const std::string id = fmt::format("{}-{}", t.payment.value, t.seat.value);
  const bool is_used = t.used_at.is_set();
  append_export_row(out, format, kTicketColumns, id, concert, run.date, t.seat, run.section,
                    run.category, label.row, label.seat, t.payment, named(t.user),
                    text_of_ticket(t), t.paid_at, t.used_at,
                    is_used ? std::optional(t.used_by.text()) : std::nullopt);
}

}  // namespace frontrow
