// Latches the first error that RocksDB meets in its own threads (a flush, a compaction, its
// manifest), or a writer reports for all others, and prevents RocksDB from recovering by itself:
// after a full disk it would resume and leave a hole in the log.
//
// Threads: RocksDB's own call the listener; failed() is one atomic load, cheap before every append.
#pragma once

#include <rocksdb/listener.h>

#include <atomic>
#include <mutex>
#include <string>

namespace frontrow {

class BackgroundErrors final : public rocksdb::EventListener {
 public:
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  // The first error; empty if there is none.
  std::string message() const;
  void latch(std::string message);

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status error,
                            bool* auto_recovery) override;

 private:
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;  // guards message_
  std::string message_;
};

}  // namespace frontrow
