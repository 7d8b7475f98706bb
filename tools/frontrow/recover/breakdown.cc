#include "tools/frontrow/recover/breakdown.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "storage/local/posix_file.h"
#include "storage/local/store_repair.h"
#include "tools/frontrow/recover/last_words.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

// Runs `work` in a child process; returns the status of waitpid().
Result<int> run_child(const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return errno_error("child process", "start");
  if (child == 0) {
    const rlimit no_core{0, 0};
    static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
    static_cast<void>(::prctl(PR_SET_PDEATHSIG, SIGKILL));
    tell_causes_apart();
    const auto to_the_end = [&work]() noexcept { return work(); };  // ends on exceptions, too
    const int code = to_the_end();
    std::fflush(nullptr);
    ::_exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return errno_error("child process", "wait for");
  }
  return status;
}

bool is_breakdown(int signal) {
  return signal == SIGABRT || signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE ||
         signal == SIGILL;
}

// The error for a child that neither returned nor broke down.
Error other_end(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitOutOfMemory)
    return Error{"child process: out of memory. That is no damage: give it more, and try again"};
  if (WIFEXITED(status))
    return Error{"child process: a check of the program failed: a mistake in it, to be reported"};
  const int signal = WTERMSIG(status);
  const char* often =
      signal == SIGKILL ? ", as the system does when memory runs out: see dmesg" : "";
  return Error{fmt::format("child process: ended by SIG{} ({}){}. That is no damage",
                           ::sigabbrev_np(signal), ::sigdescr_np(signal), often)};
}

}  // namespace

Result<std::optional<int>> run_in_child(const std::function<int()>& work) {
  const auto status = run_child(work);
  if (!status.ok()) return Error{status.error()};
  if (WIFEXITED(*status) && WEXITSTATUS(*status) != kExitCheckFailed)
    return std::optional<int>(WEXITSTATUS(*status));
  if (WIFSIGNALED(*status) && is_breakdown(WTERMSIG(*status))) return std::optional<int>();
  return other_end(*status);
}

Result<bool> survives(const std::function<void()>& work) {
  const auto status = run_child([&work] {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO})
      static_cast<void>(::dup2(nowhere, output));
    work();
    return 0;
  });
  if (!status.ok()) return Error{status.error()};
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return true;
  if (WIFSIGNALED(*status) && is_breakdown(WTERMSIG(*status))) return false;
  return other_end(*status);
}

Result<ProbedTables> probe_tables(const std::string& data_dir) {
  ProbedTables tables;
  std::error_code error;
  for (fs::directory_iterator at(data_dir + "/db", error), end; !error && at != end;
       at.increment(error)) {
    const std::string path = at->path().string();
    if (!is_table(path)) continue;
    const auto opens = survives([&] { static_cast<void>(open_table(path)); });
    if (!opens.ok()) return Error{opens.error()};
    if (!*opens) tables.breaking.push_back(at->path().filename().string());
    if (!*opens || !open_table(path).ok()) tables.has_unreadable = true;
  }
  if (error) return Error{fmt::format("{}/db: {}", data_dir, error.message())};
  std::sort(tables.breaking.begin(), tables.breaking.end());
  return tables;
}

}  // namespace frontrow::recover
