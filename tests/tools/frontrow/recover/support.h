// Data directories with content: a small sale, played by the real engine over the real journal, and
// the ledger of its acknowledged operations; damage; and commands with their output.
//
//   Sale sale(dir.data());
//   const Played played = sale.play();
//   sale.stop();
//   const CommandRun run = run_command([&] { return recover::verify({{dir.data()}}); });
//
// The clock stands until advance(). One thread: the test's.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "engine/runtime/checkpoint/checkpointer.h"
#include "engine/runtime/shard/engine.h"
#include "storage/local/rocksdb_journal.h"
#include "tests/engine/runtime/support/worker_driver.h"
#include "tests/support/files.h"
#include "tests/support/temp_directory.h"

namespace rocksdb {
class DB;
class ColumnFamilyHandle;
}  // namespace rocksdb

namespace frontrow::recover {

// 2026-12-24T20:00:00Z
inline constexpr Instant kDoorsOpen{1'798'142'400'000};

UserId user_id(std::uint32_t n);

// The ledger of acknowledged operations. Money in minor units.
struct SaleLedger {
  struct Hold {
    UserId user;
    ConcertId concert;
    std::vector<std::uint32_t> seats;
    std::int64_t amount = 0;
    Instant placed_at;
    Instant expires_at;
  };
  struct Payment {
    UserId user;
    ConcertId concert;
    HoldId hold;
    std::vector<std::uint32_t> seats;
    std::int64_t amount = 0;
    Instant paid_at;
    Instant refunded_at;  // not set: the user still owns the seats
  };
  std::map<UserId, std::int64_t> charged;
  std::map<HoldId, Hold> holds;  // all granted holds, ended ones too
  std::map<PaymentId, Payment> payments;
  std::map<std::pair<ConcertId, UserId>, TicketNumber> numbers;

  std::int64_t balance(const UserId& user) const;  // without payments in flight
  std::int64_t revenue(ConcertId concert) const;   // less refunds
  std::size_t seats_sold(ConcertId concert) const;
};

struct SaleOptions {
  std::size_t workers = 2;
  Instant start = kDoorsOpen;
  Policy policy;
  Retention retention;  // of checkpoint()
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
};

// The entities that play() made.
struct Played {
  ConcertId concert;        // open, two dates of 20 seats at 1,000 and 5 at 2,500
  ConcertId other;          // paused, one date of 30 seats at 700
  std::uint32_t buyer = 1;  // paid seats 1 and 2, later 3 in `other`
  std::uint32_t refunded_buyer = 2;
  std::uint32_t holder = 3;   // still holds seats 7 and 8
  std::uint32_t late = 4;     // let a hold of seat 9 expire
  std::uint32_t poor = 5;     // holds seat 11, lacked money for a payment
  std::uint32_t waiting = 6;  // in the line of `other`
  PaymentId paid;
  PaymentId paid_other;
  PaymentId refunded;  // of seats 4 and 5
  HoldId held;
  HoldId expired;
  HoldId unaffordable;
  HoldId released;  // seat 12, by `holder`
  Instant held_at;  // when seats 7 and 8 were taken
  Instant refunded_at;
};

class Sale {
 public:
  explicit Sale(std::string data, SaleOptions options = {});
  // A kill, unless stop() was called.
  ~Sale();
  Sale(const Sale&) = delete;
  Sale& operator=(const Sale&) = delete;

  // One of each: charges, joins, holds that are paid, released, expire and stay, a payment that is
  // rejected, a refund, a blocked seat, a pause, stored answers.
  Played play();

  ConcertId create(const std::string& title, std::uint32_t dates, std::int64_t price,
                   std::uint32_t hold_s = 300);
  void charge(std::uint32_t user, std::int64_t amount);
  // Joins; admitted if there is room and the sale is open.
  Caller join(ConcertId concert, std::uint32_t user);
  HoldId hold(const Caller& caller, ConcertId concert, std::initializer_list<std::uint32_t> seats,
              std::uint32_t date = 0);
  void release(const Caller& caller, HoldId hold);
  // Returns the payment; none, and no entry in the ledger, if it was rejected.
  PaymentId pay(const Caller& caller, HoldId hold);
  void refund(PaymentId payment);
  void set_phase(ConcertId concert, Phase phase);
  void block(ConcertId concert, std::uint32_t seat, bool blocked = true, std::uint32_t date = 0);
  void advance(Duration time);
  // One checkpoint: snapshots of changed slots, a new checkpoint position, trimming by `retention`.
  CheckpointReport checkpoint();

  // Waits until no work is in flight, then closes.
  void stop();
  // Ends at once, without closing.
  void kill();
  void start();
  void restart() { stop(), start(); }

  // Sends without waiting for the reply.
  void send(const Command& command);
  Reply ask(const Command& command);
  void turn() { driver_->turn(); }
  void settle() { driver_->settle(); }

  const SaleLedger& books() const { return books_; }
  Instant now() const { return clock_.now(); }
  SlotTable& slots() { return engine_->slots(); }
  RocksDbJournal& journal() { return *journal_; }
  std::uint64_t last_group() const { return journal_->last_group(); }
  std::map<std::uint16_t, StateHash> hashes();

 private:
  void run_until(const std::function<bool()>& condition, const char* what) {
    driver_->run_until(condition, what);
  }

  std::string data_;
  SaleOptions options_;
  ManualClock clock_;
  SaleLedger books_;
  std::unique_ptr<RocksDbJournal> journal_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<WorkerDriver> driver_;
};

// Plays a sale without snapshots; returns its newest group.
std::uint64_t play_and_stop(const std::string& data);

// --- commands

struct CommandRun {
  int code = -1;
  std::string out;
  std::string err;
};
// In this process, with both outputs captured.
CommandRun run_command(const std::function<int()>& command);

// --- damage

// The stored value of one group.
std::string group_bytes(const std::string& data, std::uint64_t group);
// Flips a bit of the group in a database file, `at` bytes into its value.
void flip_bit_on_disk(const std::string& data, std::uint64_t group, std::size_t at);

struct Families {
  rocksdb::DB& db;
  rocksdb::ColumnFamilyHandle* meta;
  rocksdb::ColumnFamilyHandle* groups;
  rocksdb::ColumnFamilyHandle* snapshots;
};
// Changes stored data through RocksDB, so that its own checksums are right.
void through_rocksdb(const std::string& data, const std::function<void(const Families&)>& change);
std::string group_key(const std::string& data, std::uint64_t group);
// Overwrites the first stored snapshot.
void spoil_snapshot(const std::string& data);
// Flushes RocksDB's log to table files.
void flush(const std::string& data);

}  // namespace frontrow::recover
