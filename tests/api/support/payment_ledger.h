#pragma once

// The test's ledger of acknowledged payments, compared with the server's own figures; and a check
// of the server's figures against each other. Clients on several threads may add to one ledger.

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "tests/api/support/shop.h"

namespace frontrow::api {

class PaymentLedger {
 public:
  void paid(const std::string& user, const Json& payment);

  // No seat was sold twice among the acknowledged payments, each of them reads as it was answered,
  // and the revenue is at least their sum: requests without a response may have acted too.
  void expect_agree(Shop& shop, std::int64_t concert) const;

  std::size_t payments() const { return payments_.size(); }

 private:
  struct Payment {
    std::string user;
    std::int64_t amount = 0;
    std::vector<std::int64_t> seats;
  };

  std::mutex mutex_;
  std::map<std::int64_t, Payment> payments_;
};

// Checks the server's own payments of all users: no seat twice, each balance is `charged` less the
// payments, the concert's revenue is their sum.
void expect_books_balance(Shop& shop, std::int64_t concert,
                          const std::map<std::string, std::int64_t>& charged);

}  // namespace frontrow::api
