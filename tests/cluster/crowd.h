// Fans who buy continuously through any instance, also while instances fail: they join, charge,
// hold, pay, release, read; an operator refunds. Each fan is a new user; the concerts and the
// wallets are spread over all instances.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster/cluster.h"
#include "tests/cluster/cluster_ledger.h"
#include "tests/cluster/patient_client.h"

namespace frontrow::cluster {

class Crowd {
 public:
  static constexpr int kFans = 36;  // at a time

  // Puts concerts on sale, at least two on each living instance, of which one admits no fan.
  Crowd(Cluster& cluster, std::uint64_t seed);
  ~Crowd() { end(); }
  Crowd(const Crowd&) = delete;

  // Lets the fans buy during rounds 0 to count - 1, or up to the first failure of the test.
  void play_rounds(int count, const std::function<void(int)>& round);

  void begin();
  // Starts no further fan; returns when all fans have their answers.
  void end();

  // Returns when a fan is about to pay; false if none is within ten seconds.
  bool await_payment();
  // Waits until so many further purchases were answered; false after the timeout.
  bool await_sales(std::uint64_t count, int timeout_ms);

  const ClusterLedger& books() const { return books_; }
  const Encounters& encounters() const { return encounters_; }

 private:
  struct Guest {
    std::string user;
    std::string token;
    std::int64_t concert = 0;
    std::int64_t money = 0;
  };

  void be_fans(std::uint64_t seed);
  void be_one_fan(PatientClient& client);
  void wait_in_line(PatientClient& client);
  bool join(PatientClient& client, Guest& guest);
  bool enter(PatientClient& client, Guest& guest);
  void charge(PatientClient& client, Guest& guest);
  // Returns 0 if the seats were taken.
  std::int64_t hold(PatientClient& client, const Guest& guest);
  void release(PatientClient& client, const Guest& guest, std::int64_t hold);
  // Returns 0 if the balance was too low.
  std::int64_t pay(PatientClient& client, const Guest& guest, std::int64_t hold);
  void refund(PatientClient& client, std::int64_t concert, std::int64_t payment);
  void look(PatientClient& client, const Guest& guest, std::int64_t payment);
  void create_concerts(Cluster& cluster);

  std::vector<api::HttpPlace> places_;
  Prng random_;
  std::vector<std::int64_t> shops_;
  std::vector<std::int64_t> lines_;  // concerts with a full shop
  ClusterLedger books_;
  Encounters encounters_;
  std::vector<std::jthread> threads_;
  std::atomic<bool> ending_{false};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t payments_asked_ = 0;
  std::uint64_t sales_ = 0;
};

}  // namespace frontrow::cluster
