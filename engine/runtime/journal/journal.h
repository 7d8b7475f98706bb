// The engine's interface to the durable log of one instance: a stream of groups.
//
// A group carries the records of one commit, of any slots, in order (record.h gives their layout).
// Groups are numbered from 1 without a gap; each is chained to the one before by a hash.
// storage/local/rocksdb_journal.h is the implementation; tests wrap it to inject faults.
//
// Threads: open and replay on the starting thread; then append only from the journal thread, one at
// a time. space() may be called from any thread at any time; archive() and copies() have
// threads of their own (archive.h, copies.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace frontrow {

class Archive;
class Copies;

// The input of append(): the records of the gathered batches, one span each, in the order that they
// take in the group.
struct GroupParts {
  std::span<const std::span<const std::byte>> records;
  std::uint32_t record_count = 0;
  std::uint32_t event_count = 0;
  Instant time;  // of the commit
};

enum class AppendStatus {
  kDurable,  // on disk; may be acknowledged
  kFenced,   // another owner took the stream over: not written, stop
  kFailed,   // outcome unknown: stop acknowledging, end the process; recovery finds the outcome
};

// A group during replay; valid during the call only.
struct GroupView {
  std::uint64_t number = 0;
  Instant time;
  std::uint32_t record_count = 0;
  std::uint32_t event_count = 0;
  std::span<const std::byte> records;
  std::span<const std::byte> bytes{};  // the whole group as it is in the log; empty in memory
};

struct ReplayProgress {
  std::uint64_t groups_done = 0;
  std::uint64_t groups_total = 0;  // 0 while unknown
  std::uint64_t bytes_done = 0;
};

struct ReplayVisitor {
  std::function<Status(const GroupView&)> on_group{};  // an error stops the replay
  // Called at most ten times a second; false stops replay(), which then returns an error.
  std::function<bool(const ReplayProgress&)> on_progress{};
};

struct JournalSpace {
  std::uint64_t free_bytes = 0;     // left on the file system that holds the journal
  std::uint64_t reserve_bytes = 0;  // with less free, new work is rejected
  bool low() const { return free_bytes < reserve_bytes; }
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Reads every group above the checkpoint position (archive.h) to the newest, checking number,
  // chain hash and watermark. Must be called once, before the first append.
  virtual Status replay(const ReplayVisitor& visitor) = 0;

  // Waits until the next group may be gathered: a journal whose groups cost more than their bytes
  // lets more records come together. Called by the journal thread when there are records.
  virtual void await_turn() {}

  // Writes one group and waits until it is on disk. After any result but kDurable every later call
  // returns kFailed: a sync is never retried.
  virtual AppendStatus append(const GroupParts& group) = 0;

  // Bytes of records that a group should have at most; a single record may be larger.
  virtual std::size_t group_bytes_max() const { return std::size_t{1} << 30; }

  // The reason why append() did not return kDurable; empty while it always has.
  virtual std::string failure() const = 0;

  // Number of the newest durable group; 0 for an empty stream. From any thread.
  virtual std::uint64_t last_group() const = 0;

  virtual JournalSpace space() const = 0;

  virtual Archive& archive() = 0;

  // Copies of other streams beside this one (copies.h); nullptr: this journal keeps none.
  virtual Copies* copies() { return nullptr; }

  // Marks a clean stop. No append after it.
  virtual Status close() = 0;
};

}  // namespace frontrow
