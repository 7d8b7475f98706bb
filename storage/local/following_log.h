// The log of an instance that runs, read along while it grows.
//
// The database is opened as a RocksDB secondary: it reads the instance's files, writes nothing
// there and keeps nothing from being written. A group is handed out once the instance's watermark
// vouches for it (watermark.h), so nothing is shown that a crash could take back. On an instance
// that has stopped it reads what there is, and goes on when it starts again.
//
// Threads: one. Left out: what the instance forgets (trims) before it was read is gone; then poll()
// says so.
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
  // `from`: the first group wanted; an older one than is stored means the oldest stored.
  static Result<std::unique_ptr<FollowingLog>> open(const std::string& directory,
                                                    std::uint64_t from);
  ~FollowingLog();

  // Hands out the groups that have become durable since the last call, each checked against the one
  // before.
  Status poll(const std::function<Status(const GroupView&)>& on_group);

 private:
  FollowingLog(std::string directory, std::uint64_t from);
  Status open_store();

  std::string directory_;
  std::string own_directory_;  // what a secondary wants to have for itself; removed at the end
  Store store_;
  std::uint64_t stream_ = 0;
  std::uint64_t next_;
  ChainPosition last_;  // number 0: nothing was handed out yet
  int failures_ = 0;    // to catch up, in a row
};

}  // namespace frontrow
