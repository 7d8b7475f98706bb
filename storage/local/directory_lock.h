// One owner per data directory: DIR/LOCK, held with flock for the life of the process.
//
// The lock goes with the process, so a killed server leaves nothing to clean up. The file says who
// holds it ("pid 4711 epoch 9"): the second opener names that process, and the owner can see before
// every append whether the file is still the one it locked. Somebody who removed LOCK to get past
// it, or a file system whose flock does nothing, shows as another file or another text: then the
// owner is fenced.
//
// Thread: the journal's. Left out: a copy of the directory is another directory and fences nobody.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "storage/local/posix_file.h"

namespace frontrow {

// For readers of a stopped instance's directory: keeps instances out while the descriptor is open,
// and fails at once, naming the holder, if one runs. A directory without a lock file (a copy) gives
// a closed descriptor. Writes nothing.
Result<FileDescriptor> lock_for_reading(const std::string& path);

class DirectoryLock {
 public:
  // `path` is the lock file. Fails at once, naming the holder, if another process has it.
  static Result<DirectoryLock> acquire(std::string path);

  // Writes pid and epoch into the file.
  Status announce(std::uint64_t epoch);

  // Two system calls, no disk access. Only after announce().
  bool still_ours() const;

 private:
  DirectoryLock(std::string path, FileDescriptor file, dev_t device, ino_t inode)
      : path_(std::move(path)), file_(std::move(file)), device_(device), inode_(inode) {}

  std::string path_;
  FileDescriptor file_;
  dev_t device_;
  ino_t inode_;
  std::string announced_;
};

}  // namespace frontrow
