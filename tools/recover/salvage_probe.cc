#include "tools/recover/salvage_probe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "storage/posix_file.h"
#include "storage/store_repair.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void run_as_child(const std::function<void()>& work) {
  const rlimit no_core{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO})
    static_cast<void>(::dup2(nowhere, output));
  work();
  ::_exit(0);
}

}  // namespace

Result<bool> survives(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return errno_error("child process", "start");
  if (child == 0) run_as_child(work);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return errno_error("child process", "wait for");
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Result<ReadableView> ReadableView::open(const std::string& data_dir, const std::string& links) {
  ReadableView view(data_dir);
  std::error_code error;
  for (fs::directory_iterator at(data_dir + "/db", error), end; !error && at != end;
       at.increment(error)) {
    if (!is_table(at->path().string())) continue;
    const auto opens = survives([&] { static_cast<void>(open_table(at->path().string())); });
    if (!opens.ok()) return Error{opens.error()};
    if (!*opens) view.left_out_.push_back(at->path().filename().string());
    if (!*opens || !open_table(at->path().string()).ok()) view.has_unreadable_tables_ = true;
  }
  if (error) return Error{fmt::format("{}/db: {}", data_dir, error.message())};
  if (view.left_out_.empty()) return view;
  std::sort(view.left_out_.begin(), view.left_out_.end());
  if (Status s = view.link_all(links); !s.ok()) return Error{s.error()};
  return view;
}

ReadableView::ReadableView(ReadableView&& other) noexcept
    : data_dir_(std::move(other.data_dir_)),
      links_(std::exchange(other.links_, {})),
      left_out_(std::move(other.left_out_)),
      has_unreadable_tables_(other.has_unreadable_tables_) {}

ReadableView::~ReadableView() {
  std::error_code ignored;
  if (!links_.empty()) fs::remove_all(links_, ignored);
}

Status ReadableView::link_all(const std::string& links) {
  links_ = links;
  for (const std::string& path : {links, links + "/db"}) {
    if (Status s = make_private_directory(path); !s.ok()) return s;
  }
  std::error_code error;
  const fs::path from = fs::canonical(data_dir_, error);
  if (!error && fs::exists(from / "watermark"))
    fs::create_symlink(from / "watermark", fs::path(links) / "watermark", error);
  for (fs::directory_iterator at(from / "db", error), end; !error && at != end;
       at.increment(error)) {
    const fs::path name = at->path().filename();
    if (std::find(left_out_.begin(), left_out_.end(), name.string()) != left_out_.end()) continue;
    fs::create_symlink(at->path(), fs::path(links) / "db" / name, error);
    if (error) break;
  }
  if (error)
    return Error{fmt::format("{}: cannot link to {}: {}", links, data_dir_, error.message())};
  return {};
}

}  // namespace frontrow::recover
