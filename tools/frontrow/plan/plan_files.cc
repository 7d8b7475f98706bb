#include "tools/frontrow/plan/plan_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "storage/local/posix_file.h"

namespace frontrow::plans {
namespace {

constexpr mode_t kPlanFileMode = 0666;  // less the process's mask
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

}  // namespace

Result<std::string> read_whole_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno_error(path, "open");
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + kReadBytes);
    const ssize_t bytes = ::read(file.get(), text.data() + size, kReadBytes);
    text.resize(size + static_cast<std::size_t>(bytes > 0 ? bytes : 0));
    if (bytes == 0) return text;
    if (bytes < 0 && errno != EINTR) return errno_error(path, "read");
  }
}

Status replace_file(const std::string& path, std::string_view text) {
  const std::string draft = path + ".new";
  {
    const FileDescriptor file(
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kPlanFileMode));
    if (!file.is_open()) return errno_error(draft, "create");
    while (!text.empty()) {
      const ssize_t written = ::write(file.get(), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        Error error = errno_error(draft, "write");
        ::unlink(draft.c_str());
        return error;
      }
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) return errno_error(draft, "sync");
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) return errno_error(path, "name");
  return {};
}

}  // namespace frontrow::plans
