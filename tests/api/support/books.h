#pragma once

// The test's ledger of successful responses, compared with the server's own figures. Clients on
// several threads may add to one ledger.

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "tests/api/support/shop.h"

namespace frontrow::api {

class Books {
 public:
  void charged(const std::string& user, std::int64_t amount);
  void paid(const std::string& user, const Json& payment);

  // No seat was sold twice among the responses.
  void expect_seats_sold_once() const;
  // Every acknowledged payment reads as it was answered; revenue is the sum of payments, and
  // balances are charges less payments. `uncertain`: requests without a response may have acted
  // too, so figures are bounds.
  void expect_agree(Shop& shop, std::int64_t concert, bool uncertain = false) const;

  std::size_t payments() const { return payments_.size(); }

 private:
  struct Payment {
    std::string user;
    std::int64_t amount = 0;
    std::vector<std::int64_t> seats;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> charges_;
  std::map<std::int64_t, Payment> payments_;
};

// Checks the server's own payments of all users: no seat twice, each balance is `charged` less the
// payments, the concert's revenue is their sum.
void expect_books_balance(Shop& shop, std::int64_t concert,
                          const std::map<std::string, std::int64_t>& charged);

}  // namespace frontrow::api
