// Compares the replies that the fans received with the server's books. Pure: audit.h fetches the
// books.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/calendar.h"
#include "tools/frontrow/drop/sale.h"
#include "tools/frontrow/workload/watch.h"

namespace frontrow::drop {

// One fan who chose a seat, as known from the replies to the fan.
struct ToldFan {
  std::uint32_t fan = 0;
  std::string user;
  // Acknowledged payment; 0: none.
  std::uint64_t payment = 0;
  std::int64_t amount = 0;
  Date date;
  std::vector<std::uint32_t> seats;
  bool unsure = false;                  // a payment may exist that was not acknowledged
  std::optional<std::int64_t> balance;  // expected in the wallet; empty if not known
};

// One payment in the books.
struct BookedPayment {
  std::uint64_t payment = 0;
  std::int64_t amount = 0;
  Date date;
  std::vector<std::uint32_t> seats;
};

// One fan's entries in the books.
struct BookedFan {
  std::vector<BookedPayment> payments;  // of this concert, completed
  std::int64_t balance = 0;
};

struct BooksReport {
  std::uint64_t fans = 0;
  std::uint64_t payments = 0;  // found in the books
  std::uint64_t unsure = 0;    // of those, paid without an acknowledgement
  std::int64_t revenue = 0;
};

// Checks fan by fan, then finish(). One thread. Memory: one bit per seat.
class BooksCheck {
 public:
  // `before` and `after`: the operator's view of the sale. `exclusive`: only these fans bought.
  BooksCheck(const SaleView& before, Violations& violations);

  void check(const ToldFan& told, const BookedFan& booked);
  BooksReport finish(const SaleView& after, bool exclusive);

 private:
  void check_seats(const ToldFan& told, const BookedPayment& payment);
  void check_payment(const ToldFan& told, const BookedFan& booked);

  SaleView before_;
  Violations& violations_;
  BooksReport report_;
  std::vector<std::vector<bool>> sold_;    // by date, by seat
  std::vector<std::uint64_t> sold_count_;  // by date
};

}  // namespace frontrow::drop
