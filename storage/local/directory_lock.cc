#include "storage/local/directory_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace frontrow {
namespace {

constexpr std::size_t kTextBytesMax = 64;

// The content of the file; empty if it can't be read.
std::string read_text(int fd) {
  std::array<char, kTextBytesMax> text;
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  return n > 0 ? std::string(text.data(), static_cast<std::size_t>(n)) : std::string();
}

// "pid 4711 epoch 9\n" -> "4711"
std::string holder_of(std::string_view text) {
  constexpr std::string_view kPrefix = "pid ";
  if (!text.starts_with(kPrefix)) return "unknown";
  text.remove_prefix(kPrefix.size());
  return std::string(text.substr(0, text.find_first_not_of("0123456789")));
}

Error in_use(const std::string& path, int fd) {
  return Error{fmt::format("{}: the data directory is in use by process {}", path,
                           holder_of(read_text(fd)))};
}

}  // namespace

Result<FileDescriptor> lock_for_reading(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return FileDescriptor();
    return errno_error(path, "open the lock file");
  }
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return errno_error(path, "lock");
  return in_use(path, file.get());
}

Result<DirectoryLock> DirectoryLock::acquire(std::string path) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno_error(path, "open the lock file");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return errno_error(path, "lock");
    return in_use(path, file.get());
  }
  struct stat st;
  if (::fstat(file.get(), &st) != 0) return errno_error(path, "look at the lock file");
  return DirectoryLock(std::move(path), std::move(file), st.st_dev, st.st_ino);
}

Status DirectoryLock::announce(std::uint64_t epoch) {
  announced_ = fmt::format("pid {} epoch {}\n", ::getpid(), epoch);
  FR_CHECK(announced_.size() < kTextBytesMax);
  const auto size = static_cast<ssize_t>(announced_.size());
  if (::ftruncate(file_.get(), 0) != 0 ||
      ::pwrite(file_.get(), announced_.data(), announced_.size(), 0) != size) {
    return errno_error(path_, "write the lock file");
  }
  return {};
}

bool DirectoryLock::still_ours() const {
  struct stat st;
  if (::stat(path_.c_str(), &st) != 0 || st.st_dev != device_ || st.st_ino != inode_) return false;
  std::array<char, kTextBytesMax> text;
  const ssize_t n = ::pread(file_.get(), text.data(), text.size(), 0);
  return n >= 0 && std::string_view(text.data(), static_cast<std::size_t>(n)) == announced_;
}

}  // namespace frontrow
