// Reads the data directory of a stopped instance, or a copy of one, for the recovery tool. Writes
// nothing there, and an instance can't start on it meanwhile.
//
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "storage/local/group_replay.h"
#include "storage/local/journal_store.h"
#include "storage/local/posix_file.h"
#include "storage/local/rocks_archive.h"
#include "storage/local/watermark.h"

namespace frontrow {

// A stored group: the number of its key, and the decoded bytes or an error.
struct FoundGroup {
  std::uint64_t number = 0;
  Result<DecodedGroup> group;
  std::size_t bytes = 0;
  std::span<const std::byte> value;  // as stored; valid during the call only
};

class StoppedLog {
 public:
  // Rejects a directory without a database, and one that an instance runs on (naming its process).
  // Rejects a damaged one too unless the strictness is kForgiving; then an identity that can't be
  // read is taken from the watermark or from the oldest group's key, without its time of creation.
  static Result<std::unique_ptr<StoppedLog>> open(const std::string& directory,
                                                  Strictness strictness = Strictness::kWhole);

  const std::string& directory() const { return directory_; }
  const StoreIdentity& identity() const { return identity_; }
  std::uint64_t epoch() const { return epoch_; }
  // The watermark, or the reason why it can't be read.
  const Result<WatermarkValue>& watermark() const { return watermark_; }
  RocksArchive& archive() { return *archive_; }
  // For callers that read single families, or the archives of copies.
  const Store& store() const { return store_; }
  Store& store() { return store_; }

  // Reads the groups after `after` to `through` (or the newest), checked as at a start of the
  // server, also against the watermark when read to the end. Returns the position of the last one.
  Result<ChainPosition> read(std::uint64_t after, std::uint64_t through,
                             const ReplayVisitor& visitor);
  // Visits every stored group in order of numbers, each checked by itself only; continues past
  // damage. Calls `on_damage` for data that RocksDB itself could not read, with the group before
  // it.
  Status scan(const std::function<Status(const FoundGroup&)>& on_group,
              const std::function<void(std::uint64_t after, const std::string& what)>& on_damage);

 private:
  StoppedLog(std::string directory, FileDescriptor lock, Store store,
             Result<WatermarkValue> watermark);

  std::string directory_;
  FileDescriptor lock_;
  Store store_;
  Result<WatermarkValue> watermark_;
  StoreIdentity identity_;
  std::uint64_t epoch_ = 0;
  std::unique_ptr<RocksArchive> archive_;
};

}  // namespace frontrow
