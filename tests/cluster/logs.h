// The combined logs of all instances, read by the recovery tool when the instances have stopped,
// and their comparison with the clients' ledger.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/cluster/cluster.h"
#include "tests/cluster/cluster_ledger.h"

namespace frontrow::cluster {

// How often each step of a payment is in the logs.
struct PaymentSteps {
  int started = 0, sold = 0, failed = 0, settled = 0;                   // in the concert's log
  int refunds_started = 0, refunded = 0;                                // in the concert's log
  int reserved = 0, refused = 0, posted = 0, voided = 0, returned = 0;  // in the wallet's
  std::int64_t hold = 0;
};

class Logs {
 public:
  // Compares all answers of the clients with the running instances, then stops these and compares
  // the answers with the logs, which are returned.
  static Logs stop_and_check(Cluster& cluster, const ClusterLedger& books);

  // Reads all logs; fails the test if the tool finds a fault, or if an instance has written to a
  // slot that another instance owned then.
  explicit Logs(Cluster& cluster);

  // Every payment has one end, the same in both slots; no seat was sold while it was owned.
  void check_payments() const;
  // The logs hold exactly the ledger's operations.
  void check_books(const ClusterLedger& books) const;
  // The sum of charges equals wallets plus revenue of concerts, over all instances.
  void check_money(const ClusterLedger& books) const;

  // `recover verify` finds all these data directories sound, checked together.
  static void verify(const std::vector<std::string>& directories);

  std::size_t moves() const { return moves_; }
  std::size_t payments() const { return payments_.size(); }
  std::size_t failed_payments() const;
  // Payments whose concert and wallet belong to different instances.
  std::size_t payments_between_instances() const;

 private:
  // An event of one of the logs.
  struct Line {
    std::int64_t slot = 0;
    std::int64_t seq = 0;
    int instance = 0;
    std::string json;
  };
  class Reader;
  struct WalletRow {
    std::int64_t balance = 0, reserved = 0, charged = 0;
  };
  void read(std::vector<Line>& lines);
  void read_wallets(const std::vector<std::string>& directories, const std::string& to);

  std::size_t moves_ = 0;  // of slots, between instances
  std::map<std::int64_t, PaymentSteps> payments_;
  std::map<std::int64_t, std::set<int>> touched_;  // by payment, the instances that log it
  std::set<std::int64_t> holds_;
  std::map<std::int64_t, ClusterLedger::Charge> charges_;
  std::map<std::pair<std::int64_t, std::string>, std::int64_t> joins_;  // by concert, user
  std::map<std::string, WalletRow> wallets_;
};

}  // namespace frontrow::cluster
