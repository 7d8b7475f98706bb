#include "tools/recover/breakdown.h"

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
#include <filesystem>
#include <system_error>

#include "storage/posix_file.h"
#include "storage/store_repair.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

constexpr int kExitAborted = 1;

// The status that waitpid() gives.
Result<int> run_child(const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return errno_error("child process", "start");
  if (child == 0) {
    const rlimit no_core{0, 0};
    static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
    static_cast<void>(::prctl(PR_SET_PDEATHSIG, SIGKILL));
    const int code = work();
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

// Where a handler can reach them.
std::string last_words;
struct sigaction action_before;

void say_last_words(int) {
  const ssize_t ignored = ::write(STDERR_FILENO, last_words.data(), last_words.size());
  static_cast<void>(ignored);
  ::_exit(kExitAborted);
}

}  // namespace

Result<std::optional<int>> run_in_child(const std::function<int()>& work) {
  const auto status = run_child(work);
  if (!status.ok()) return Error{status.error()};
  if (WIFEXITED(*status)) return std::optional<int>(WEXITSTATUS(*status));
  if (is_breakdown(WTERMSIG(*status))) return std::optional<int>();
  return Error{fmt::format("child process: ended by signal {}", WTERMSIG(*status))};
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
  return WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
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

LastWords::LastWords(const char* command, const std::string& data_dir) {
  last_words = fmt::format(
      "{}: RocksDB broke down on a damaged file in {}/db. Keep a copy of the whole "
      "directory; `frontrow recover verify` tells more, `frontrow recover salvage` makes a "
      "directory of what can still be read\n",
      command, data_dir);
  struct sigaction action = {};
  action.sa_handler = say_last_words;
  ::sigaction(SIGABRT, &action, &action_before);
}

LastWords::~LastWords() { ::sigaction(SIGABRT, &action_before, nullptr); }

}  // namespace frontrow::recover
