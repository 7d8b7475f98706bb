// Small POSIX file helpers of the storage layer: a descriptor that closes itself, and errors that
// name the path and the system's message.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"

namespace frontrow {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// "<path>: cannot <doing>: <errno's text>". Reads errno.
Error errno_error(std::string_view path, std::string_view doing);

bool path_exists(const std::string& path);

// Makes the directory's entries durable.
Status sync_directory(const std::string& path);

// Creates the directory for its owner alone (0700) and makes it durable in its parent; leaves an
// existing one as it is. The parent must exist.
Status make_private_directory(const std::string& path);

// Writes the file for its owner alone (0600) and syncs it. An existing one is replaced in place; a
// symbolic link is refused. The directory's entry is not made durable.
Status write_private_file(const std::string& path, std::string_view text);

}  // namespace frontrow
