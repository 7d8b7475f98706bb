#include "tools/frontrow/recover/target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "storage/local/posix_file.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

// True if `path` is `directory` or lies inside it; both must be canonical.
bool lies_in(const fs::path& path, const fs::path& directory) {
  const fs::path inside = path.lexically_relative(directory);
  return !inside.empty() && *inside.begin() != "..";
}

}  // namespace

Status make_target(const std::string& to, const std::string& source) {
  std::error_code error;
  const fs::path from = fs::canonical(source, error);
  if (error) return Error{fmt::format("{}: {}", source, error.message())};
  fs::path target = fs::weakly_canonical(fs::absolute(to), error);
  if (error) return Error{fmt::format("{}: {}", to, error.message())};
  if (!target.has_filename()) target = target.parent_path();
  if (lies_in(target, from)) {
    return Error{fmt::format("{}: is inside {}, which is never written to", to, source)};
  }
  if (Status s = make_private_directory(target.string()); !s.ok()) return s;
  const bool is_empty = fs::is_empty(target, error);
  if (error) return Error{fmt::format("{}: {}", to, error.message())};
  if (!is_empty) return Error{fmt::format("{}: is not empty", to)};
  if (::chmod(target.c_str(), 0700) != 0) return errno_error(to, "protect the directory");
  return {};
}

Status write_whole_file(const std::string& path, std::string_view text) {
  const std::string draft = path + ".new";
  const FileDescriptor file(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return errno_error(draft, "create");
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return errno_error(draft, "write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return errno_error(draft, "sync");
  if (std::rename(draft.c_str(), path.c_str()) != 0) return errno_error(path, "name");
  return {};
}

Result<std::vector<std::string>> copy_secrets(const std::string& source, const std::string& to) {
  std::vector<std::string> copied;
  for (const char* name : {"admin.key", "token.keys", "signing.pem"}) {
    const std::string from = source + "/" + name;
    if (!path_exists(from)) continue;
    std::ifstream in(from, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof()) return errno_error(from, "read");
    if (Status s = write_whole_file(to + "/" + name, text); !s.ok()) return Error{s.error()};
    copied.emplace_back(name);
  }
  return copied;
}

std::string describe_secrets(const std::vector<std::string>& copied) {
  if (copied.empty()) {
    return "no admin.key, token.keys or signing.pem beside the log; if the server had its keys "
           "elsewhere, give "
           "it "
           "the same ones, or the tokens of all waiting users are void";
  }
  return fmt::format("copied, so that the tokens of all waiting users stay good: {}",
                     fmt::join(copied, ", "));
}

}  // namespace frontrow::recover
