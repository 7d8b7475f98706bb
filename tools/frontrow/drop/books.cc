#include "tools/frontrow/drop/books.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace frontrow::drop {
namespace {

std::string who(const ToldFan& told) { return fmt::format("fan {} ({})", told.fan, told.user); }

}  // namespace

BooksCheck::BooksCheck(const SaleView& before, Violations& violations)
    : before_(before), violations_(violations), sold_count_(before.dates.size()) {
  for (const SaleDate& date : before_.dates) sold_.emplace_back(date.seats + 1);
}

void BooksCheck::check(const ToldFan& told, const BookedFan& booked) {
  ++report_.fans;
  for (const BookedPayment& payment : booked.payments) {
    ++report_.payments;
    report_.revenue += payment.amount;
    check_seats(told, payment);
  }
  check_payment(told, booked);
  if (told.balance && *told.balance != booked.balance) {
    violations_.add(fmt::format("money: {} should have {} in the wallet, the books say {}",
                                who(told), *told.balance, booked.balance));
  }
}

void BooksCheck::check_seats(const ToldFan& told, const BookedPayment& payment) {
  const auto date = std::find_if(before_.dates.begin(), before_.dates.end(),
                                 [&payment](const SaleDate& d) { return d.date == payment.date; });
  if (date == before_.dates.end()) {
    violations_.add(fmt::format("seats: payment {} of {} is for {}, which is no date of the sale",
                                payment.payment, who(told), to_string(payment.date)));
    return;
  }
  const auto index = static_cast<std::size_t>(date - before_.dates.begin());
  for (const std::uint32_t seat : payment.seats) {
    if (seat == 0 || seat > date->seats || sold_[index][seat]) {
      violations_.add(
          fmt::format("seats: seat {} of {} {}; the second one is payment {} of {}", seat,
                      to_string(payment.date),
                      seat == 0 || seat > date->seats ? "does not exist" : "was sold twice",
                      payment.payment, who(told)));
      continue;
    }
    sold_[index][seat] = true;
    ++sold_count_[index];
  }
}

void BooksCheck::check_payment(const ToldFan& told, const BookedFan& booked) {
  const auto& payments = booked.payments;
  if (payments.size() > 1) {
    violations_.add(fmt::format("payments: {} paid {} times: payments {} and {}", who(told),
                                payments.size(), payments[0].payment, payments[1].payment));
    return;
  }
  if (told.payment == 0) {
    if (payments.empty()) return;
    ++report_.unsure;
    if (!told.unsure) {
      violations_.add(fmt::format("payments: payment {} of {} was never acknowledged",
                                  payments[0].payment, who(told)));
    }
    return;
  }
  if (payments.empty() || payments[0].payment != told.payment) {
    violations_.add(fmt::format("payments: payment {} of {} was acknowledged, the books have {}",
                                told.payment, who(told),
                                payments.empty() ? "none" : "another one"));
    return;
  }
  const BookedPayment& payment = payments[0];
  if (payment.amount != told.amount || payment.date != told.date || payment.seats != told.seats) {
    violations_.add(fmt::format(
        "payments: payment {} of {} is not what was acknowledged: {} for "
        "seats {} of {}",
        told.payment, who(told), told.amount, fmt::join(told.seats, ", "), to_string(told.date)));
  }
}

BooksReport BooksCheck::finish(const SaleView& after, bool exclusive) {
  const auto wrong = [exclusive](auto ours, auto theirs) {
    return exclusive ? ours != theirs : ours > theirs;
  };
  const char* what = exclusive ? "not" : "more than";
  const std::int64_t revenue = after.revenue - before_.revenue;
  if (wrong(report_.revenue, revenue)) {
    violations_.add(fmt::format("revenue: the fans' payments are {}, {} the revenue of {}",
                                report_.revenue, what, revenue));
  }
  const std::uint64_t payments = after.payments - before_.payments;
  if (wrong(report_.payments, payments)) {
    violations_.add(fmt::format("revenue: the fans made {} payments, {} the {} of the sale",
                                report_.payments, what, payments));
  }
  for (std::size_t i = 0; i < before_.dates.size() && i < after.dates.size(); ++i) {
    const std::uint64_t sold = after.dates[i].sold - before_.dates[i].sold;
    if (!wrong(sold_count_[i], sold)) continue;
    violations_.add(fmt::format("seats: the fans have {} seats of {}, {} the {} that are sold",
                                sold_count_[i], to_string(before_.dates[i].date), what, sold));
  }
  return report_;
}

}  // namespace frontrow::drop
