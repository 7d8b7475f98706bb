// The clients' ledger, kept outside the server: every acknowledged operation, and the operations in
// doubt, whose response never arrived.
//
// Clients work until the server is killed; the server restarts; check() then reads all entries of
// the ledger. No acknowledged operation may be lost, none may have acted twice, and the server may
// have no state that no client asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/api/support/shop.h"

namespace frontrow::faults {

class CrashLedger {
 public:
  static constexpr int kClients = 8;

  // Puts a concert on sale and admits the clients.
  explicit CrashLedger(const api::ServerProcess& server);

  // Clients join, charge and hold until `answers` were given in this life of the server and
  // `fault`, which is called once then, has returned.
  void work(const api::ServerProcess& server, int answers, const std::function<void()>& fault);
  void check(const api::ServerProcess& server);

  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t in_doubt() const { return in_doubt_; }

 private:
  struct Client {
    api::Fan fan;
    std::int64_t charged = 0;  // acknowledged
    std::int64_t charges_in_doubt = 0;
    std::map<int, std::int64_t> holds;  // by seat
    std::vector<int> seats_in_doubt;
    int next_seat = 0;
  };
  void act(const api::ServerProcess& server, int number, std::atomic<int>& answered);
  bool charge(api::Shop& shop, Client& client);
  bool hold(api::Shop& shop, Client& client, int number);
  bool join(api::Shop& shop);
  void settle(api::Shop& shop, Client& client);
  void check_holds(api::Shop& shop, Client& client);

  std::int64_t concert_ = 0;
  std::int64_t line_ = 0;  // a second concert, with a full shop
  std::vector<Client> clients_;
  std::mutex mutex_;
  std::map<std::string, std::int64_t> numbers_;  // drawn in the second, by user, not checked yet
  std::set<std::int64_t> drawn_;
  std::atomic<std::uint64_t> acknowledged_{0};
  std::atomic<std::uint64_t> in_doubt_{0};
};

}  // namespace frontrow::faults
