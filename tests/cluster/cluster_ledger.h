// The clients' ledger, kept outside all instances, and its comparison with the instances' responses
// and logs. Clients ask until they have a final answer, so no operation is in doubt at the end:
// each one in the ledger has acted exactly once, and no other has.
//
// Clients on several threads add to it; the checks run when they have ended.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/cluster/cluster.h"

namespace frontrow::cluster {

// The clock of a ledger.
std::int64_t now_us();

using SeatKey = std::pair<std::string, std::int64_t>;  // date, number

struct ClusterLedger {
  struct Join {
    std::int64_t number = 0;
    std::int64_t asked_us = 0;     // before the first request was sent
    std::int64_t answered_us = 0;  // after the answer came
  };
  struct Charge {
    std::string user;
    std::int64_t amount = 0;
  };
  struct Hold {
    std::int64_t concert = 0;
    std::string token;
    std::vector<SeatKey> seats;
  };
  struct Payment {
    std::int64_t concert = 0;
    std::string user;
    std::int64_t hold = 0;
    std::int64_t amount = 0;
    std::vector<SeatKey> seats;
    bool refunded = false;
  };

  std::map<std::int64_t, std::map<std::string, Join>> joins;  // by concert and user
  std::map<std::int64_t, Charge> charges;
  std::map<std::int64_t, Hold> holds;  // neither paid nor released
  std::set<std::int64_t> all_holds;    // including paid and released ones
  std::map<std::int64_t, Payment> payments;
  std::mutex mutex;

  // Of the answers alone: a user who joined after another one's answer has a later number; no seat
  // has two owners. And over HTTP through different instances: lines, holds, seats, revenues,
  // balances, payments.
  void check(Cluster& cluster) const;

 private:
  void check_line() const;
  void check_seats() const;
  void check_answers(Cluster& cluster) const;
  void check_concert(Cluster& cluster, std::int64_t concert) const;
  void check_user(api::Shop& shop, const std::string& user) const;
};

}  // namespace frontrow::cluster
