// Fans who buy, all the time, through any instance, whatever happens to the instances meanwhile:
// they join, charge, hold, pay, give back, look; an operator refunds. Each fan is a new user; the
// concerts and the wallets are spread over all instances.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster/books.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/patient_client.h"

namespace frontrow::cluster {

class Crowd {
 public:
  static constexpr int kFans = 36;  // at a time

  // Puts concerts on sale, at least two on each instance, of which one admits nobody.
  Crowd(Cluster& cluster, std::uint64_t seed);
  ~Crowd() { end(); }
  Crowd(const Crowd&) = delete;

  void begin();
  // Nobody new comes; returns when all have the answers that they asked for.
  void end();

  // Returns when a fan is about to pay; false if nobody is for ten seconds.
  bool await_payment();
  // Until so many further purchases were answered; false if they were not within the time.
  bool await_sales(std::uint64_t count, int timeout_ms);

  const Books& books() const { return books_; }
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
  // 0: the seats were taken.
  std::int64_t hold(PatientClient& client, const Guest& guest);
  void release(PatientClient& client, const Guest& guest, std::int64_t hold);
  // 0: it was too dear.
  std::int64_t pay(PatientClient& client, const Guest& guest, std::int64_t hold);
  void refund(PatientClient& client, std::int64_t concert, std::int64_t payment);
  void look(PatientClient& client, const Guest& guest, std::int64_t payment);
  void create_concerts(Cluster& cluster);

  std::vector<api::HttpPlace> places_;
  Prng random_;
  std::vector<std::int64_t> shops_;
  std::vector<std::int64_t> lines_;  // whose shop is full
  Books books_;
  Encounters encounters_;
  std::vector<std::jthread> threads_;
  std::atomic<bool> ending_{false};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t payments_asked_ = 0;
  std::uint64_t sales_ = 0;
};

}  // namespace frontrow::cluster
