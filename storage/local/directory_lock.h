// One owner per data directory: DIR/LOCK, held with flock for the life of the process.
//
// The lock ends with the process, so a killed server leaves nothing to clean up. The file names its
// holder ("pid 4711 epoch 9"): the second opener reports that process, and the owner checks before
// every append that the file is still the one it locked. If LOCK was removed to bypass it, or flock
// has no effect on the file system, the file or its text differs: then the owner is fenced.
//
// Thread: the journal's. Left out: a copy of the directory is another directory and fences no
// process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "storage/local/posix_file.h"

namespace frontrow {

// For readers of a stopped instance's directory: keeps instances out while the descriptor is open,
// and fails at once, naming the holder, if one runs. Returns a closed descriptor for a directory
// without a lock file (a copy). Writes nothing.
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
