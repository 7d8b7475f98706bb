// The journal thread: group commit over all shards. All batches that were submitted while the last
// group was written form the next group, or several if the journal bounds a group's bytes. One
// write in flight.
//
// A shard submits the records gathered in a turn, then gathers the next batch. When the records are
// on disk, the pump sets the batch's done flag and wakes the shard. Batches of a shard become
// durable in the order of submission. After a failure no batch is ever reported durable again.
//
// Threads: submit() from the shards' threads; the pump's own thread does all writing.
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
  std::atomic<bool> done{false};  // set when durable; the owner may then reuse the batch

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
  // Writes the submitted batches, then ends the thread.
  void stop();
  // Writes the submitted batches; false if there are none. Called by the journal thread,
  // or by a caller that has not started it.
  bool write_waiting();
  void submit(Batch* batch);
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  const PumpStats& stats() const { return stats_; }

 private:
  void run();
  // A place in the taken batches: whole batches before it, and bytes of the next one.
  struct Place {
    std::size_t batch = 0;
    std::size_t offset = 0;
  };
  void write_batches(std::size_t batches);
  GroupParts gather(std::size_t batches, Place& next);
  bool write_group(GroupParts& group);

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
