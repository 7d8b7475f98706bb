// The journal thread: group commit over all shards. Whatever has been handed over while the last
// group was written is the next group. One write in flight.
//
// A shard hands over what it gathered in a turn and gathers on; it is told by the batch's done
// flag, and woken, when that is on disk. Batches of a shard become durable in the order in which
// they were handed over. After a failure nothing is ever reported durable again.
//
// Threads: hand_over from the shards' threads; everything is written by the pump's own thread.
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/histogram.h"
#include "engine/base/time.h"
#include "engine/base/waker.h"
#include "engine/runtime/journal/journal.h"

namespace frontrow {

// The records that a shard gathered for one group.
struct Batch {
  ByteBuffer records;
  std::uint32_t record_count = 0;
  std::uint32_t event_count = 0;
  Waker* owner = nullptr;
  std::atomic<bool> done{false};  // set when durable; the owner takes the batch back then

  bool empty() const { return record_count == 0; }
  void clear() {
    records.clear();
    record_count = 0;
    event_count = 0;
    done.store(false, std::memory_order_relaxed);
  }
};

struct PumpStats {
  Counter groups, records, events, bytes;
  Histogram group_records;
  Histogram append_us;
};

class JournalPump {
 public:
  // `on_failure` is called once, on the pump's thread, with a line for the person who must act.
  JournalPump(Journal& journal, const Clock& clock,
              std::function<void(const std::string&)> on_failure);
  ~JournalPump();

  void start();
  // Writes what was handed over, then ends the thread.
  void stop();
  // Writes one group of what was handed over; false when there is nothing. The journal thread calls
  // it; so may whoever has not started that thread.
  bool write_waiting();
  void hand_over(Batch* batch);
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  const PumpStats& stats() const { return stats_; }

 private:
  void run();
  void write_group(std::size_t batches);

  Journal& journal_;
  const Clock& clock_;
  std::function<void(const std::string&)> on_failure_;
  moodycamel::ConcurrentQueue<Batch*> queue_;
  std::atomic<std::uint32_t> handed_over_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::vector<Batch*> taken_;
  std::vector<std::span<const std::byte>> parts_;
  PumpStats stats_;
  std::thread thread_;
};

}  // namespace frontrow
