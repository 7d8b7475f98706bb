#include "tools/frontrow/recover/export_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace frontrow::recover {
namespace {

constexpr std::size_t kFileWriteBytes = std::size_t{1} << 20;

}  // namespace

Result<ExportFile> ExportFile::create(const std::string& directory, const std::string& name,
                                      ExportColumns columns, ExportFormat format) {
  const std::string path =
      fmt::format("{}/{}.{}", directory, name, format == ExportFormat::kCsv ? "csv" : "ndjson");
  const std::string draft = path + ".new";
  FileDescriptor file(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return errno_error(draft, "create");
  ExportFile made(path, std::move(file), columns, format);
  append_export_head(made.text_, format, columns);
  return made;
}

void ExportFile::end_row() {
  ++rows_;
  if (text_.size() >= kFileWriteBytes) write();
}

void ExportFile::write() {
  std::string_view left = text_;
  while (failed_.ok() && !left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      failed_ = errno_error(path_ + ".new", "write");
      break;
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  text_.clear();
}

Status ExportFile::finish() {
  write();
  if (!failed_.ok()) return failed_;
  if (::fsync(file_.get()) != 0) return errno_error(path_ + ".new", "sync");
  if (std::rename((path_ + ".new").c_str(), path_.c_str()) != 0) return errno_error(path_, "name");
  return {};
}

}  // namespace frontrow::recover
