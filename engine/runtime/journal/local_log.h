// The directory of a stream whose groups are durable elsewhere first (shared_log/shared_journal.h):
// it takes groups as bytes and does not wait for the disk.
//
// storage/local/rocksdb_journal.h is the implementation. Opening, replay, space and closing are
// those of the Journal (journal.h) that it is as well; append() is not called then.
//
// Threads: sync() from one thread at any time after replay; the rest from the journal's thread.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/runtime/journal/journal.h"

namespace frontrow {

// The newest group of a log: its number and chain hash. An empty log ends at number 0, hash 0.
struct LogEnd {
  std::uint64_t number = 0;
  std::uint64_t hash = 0;
  bool operator==(const LogEnd&) const = default;
};

class LocalLog {
 public:
  virtual ~LocalLog() = default;

  // Drawn at random when the directory was made; it names the stream in the shared log too.
  virtual std::uint64_t stream() const = 0;
  // The newest group that was written.
  virtual LogEnd end() const = 0;
  // Puts the bytes of the group that comes next into `out`, and returns the end that it makes.
  // Writes nothing: the same call gives the same bytes.
  virtual LogEnd encode_next(const GroupParts& group, ByteBuffer& out) const = 0;
  // Writes the group that comes next. It survives the end of the process at once, and a power cut
  // after the next sync(). Fails if the bytes are not the group that follows end(). The view is
  // valid as long as `group`. After an error every later call fails.
  virtual Result<GroupView> add(std::span<const std::byte> group) = 0;
  // Waits until every group that add() has returned is on disk; returns the newest one's number.
  virtual Result<std::uint64_t> sync() = 0;
};

}  // namespace frontrow
