#include "storage/local/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace frontrow {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Error errno_error(std::string_view path, std::string_view doing) {
  const int code = errno;
  return Error{
      fmt::format("{}: cannot {}: {}", path, doing, std::generic_category().message(code))};
}

bool path_exists(const std::string& path) {
  struct stat st;
  return ::lstat(path.c_str(), &st) == 0;
}

Status sync_directory(const std::string& path) {
  const FileDescriptor dir(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir.is_open()) return errno_error(path, "open the directory");
  if (::fsync(dir.get()) != 0) return errno_error(path, "sync the directory");
  return {};
}

Status make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno != EEXIST) return errno_error(path, "create the directory");
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) return errno_error(path, "look at the directory");
    if (!S_ISDIR(st.st_mode)) return Error{fmt::format("{}: is not a directory", path)};
    return {};
  }
  const std::string parent = std::filesystem::absolute(path + "/.")
                                 .lexically_normal()
                                 .parent_path()
                                 .parent_path()
                                 .string();
  return sync_directory(parent);
}

Status write_private_file(const std::string& path, std::string_view text) {
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return errno_error(path, "create");
  if (::fchmod(file.get(), 0600) != 0) return errno_error(path, "protect");
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return errno_error(path, "write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.get()) == 0 ? Status() : Status(errno_error(path, "sync"));
}

}  // namespace frontrow
