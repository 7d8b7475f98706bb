// Reads the log of a running instance while it grows.
//
// The database is opened as a RocksDB secondary: it reads the instance's files, writes nothing
// there and never blocks a writer. A group is passed on once the instance's watermark covers it
// (watermark.h), so no group is shown that a crash could take back. On a stopped instance it reads
// the existing groups, and continues when the instance starts again.
//
// Threads: one. Left out: groups that the instance trims before they were read; poll() then returns
// an error.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "storage/local/group_codec.h"
#include "storage/local/journal_store.h"

namespace frontrow {

class FollowingLog {
 public:
  // `from`: the first wanted group. If it is older than the oldest stored group, starts there.
  static Result<std::unique_ptr<FollowingLog>> open(const std::string& directory,
                                                    std::uint64_t from);
  ~FollowingLog();

  // Passes on the groups that have become durable since the last call, each checked against the one
  // before.
  Status poll(const std::function<Status(const GroupView&)>& on_group);

 private:
  FollowingLog(std::string directory, std::uint64_t from);
  Status open_store();

  std::string directory_;
  std::string own_directory_;  // RocksDB's own files of the secondary; removed at the end
  Store store_;
  std::uint64_t stream_ = 0;
  std::uint64_t next_;
  ChainPosition last_;  // number 0: no group passed on yet
  int failures_ = 0;    // to catch up, in a row
};

}  // namespace frontrow
