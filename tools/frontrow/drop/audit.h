// Fetches the books of every fan who chose a seat, with the operator's key, and checks them
// (books.h). Uses all connections of the pool. One thread; bounded by the number of connections.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/frontrow/drop/books.h"
#include "tools/frontrow/drop/crowd.h"
#include "tools/frontrow/drop/pool.h"

namespace frontrow::drop {

class Audit : public PoolUser {
 public:
  struct Plan {
    std::uint32_t concert = 0;
    std::uint64_t seed = 0;
    std::string admin_key;
    std::vector<Date> dates;
  };
  // `done` is called when all buyers are checked, or when the audit failed: see failure().
  Audit(Plan plan, const Crowd& crowd, BooksCheck& check, std::function<void()> done);
  ~Audit() override;

  // Takes over the pool's requests. The caller calls on_turn_end() regularly, so that delayed
  // retries are sent.
  void start(ConnectionPool& pool);
  std::uint64_t checked() const { return checked_; }
  std::uint64_t total() const { return total_; }
  const std::string& failure() const { return failure_; }

  void on_answer(std::uint32_t connection, Fault fault, const HttpAnswer& answer) override;
  void on_turn_end() override { pump(); }

 private:
  enum class Page : std::uint8_t { kPayments, kBalance };
  struct Job {
    std::uint32_t buyer = 0;
    Page page = Page::kPayments;
    int failures = 0;
    std::int64_t not_before_us = 0;
    BookedFan booked;
  };
  struct Reader;

  void pump();
  void send(std::uint32_t connection, Job job);
  void again(Job job, std::int64_t after_ms, const std::string& why);
  bool retry_is_due() const;
  bool read(Job& job, const HttpAnswer& answer);
  void finish(const Job& job);
  void end();

  Plan plan_;
  const Crowd& crowd_;
  BooksCheck& check_;
  std::function<void()> done_;
  ConnectionPool* pool_ = nullptr;
  std::unique_ptr<Reader> reader_;
  std::deque<Job> retries_;                      // and second pages
  std::unordered_map<std::uint32_t, Job> jobs_;  // by connection
  std::uint32_t next_ = 0;
  std::uint64_t checked_ = 0;
  std::uint64_t total_ = 0;
  bool ended_ = false;
  std::string failure_;
};

}  // namespace frontrow::drop
