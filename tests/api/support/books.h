#pragma once

// What clients were told, and whether a server's own figures agree with it. Clients of many threads
// add to one book.

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

  // No seat was sold twice among the answers.
  void expect_seats_sold_once() const;
  // Every acknowledged payment is readable as it was answered; revenue is what was paid and
  // balances are what was charged less what was paid. `uncertain`: requests without an answer may
  // have acted too, so figures are bounds.
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

// What the server itself says of all payments of the users: no seat twice, each balance is
// `charged` less the payments, the concert's revenue is their sum.
void expect_books_balance(Shop& shop, std::int64_t concert,
                          const std::map<std::string, std::int64_t>& charged);

}  // namespace frontrow::api
