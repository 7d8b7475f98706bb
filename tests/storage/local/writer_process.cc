#include "tests/storage/local/writer_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

constexpr const char* kDirectoryVariable = "FRONTROW_TEST_WRITER_DIRECTORY";
constexpr const char* kGroupsVariable = "FRONTROW_TEST_WRITER_GROUPS";
constexpr int kAcknowledgeFd = 3;

// Runs in the started program before any test.
[[noreturn]] void write_groups(const std::string& directory, std::uint64_t groups) {
  auto journal = RocksDbJournal::open({.directory = directory});
  if (!journal.ok()) ::_exit(2);
  const auto on_group = [](const GroupView&) { return Status(); };
  if (!(*journal)->replay({.on_group = on_group, .on_progress = {}}).ok()) ::_exit(3);
  while ((*journal)->last_group() < groups) {
    const std::uint64_t number = (*journal)->last_group() + 1;
    if (append_text(**journal, group_text(number)) != AppendStatus::kDurable) ::_exit(4);
    if (::write(kAcknowledgeFd, &number, sizeof number) != sizeof number) ::_exit(5);
  }
  const bool closed = (*journal)->close().ok();
  journal->reset();
  ::_exit(closed ? 0 : 6);
}

// Google Test calls it before the first test.
class WriterEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    const char* directory = std::getenv(kDirectoryVariable);
    const char* groups = std::getenv(kGroupsVariable);
    if (directory != nullptr && groups != nullptr)
      write_groups(directory, std::strtoull(groups, nullptr, 10));
  }
};

const ::testing::Environment* const g_environment =
    ::testing::AddGlobalTestEnvironment(new WriterEnvironment);

}  // namespace

WriterProcess::WriterProcess(const std::string& directory, std::uint64_t groups) {
  std::array<int, 2> ends;
  FR_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kAcknowledgeFd);
  std::vector<std::string> settings;
  for (char** entry = environ; *entry != nullptr; ++entry) settings.emplace_back(*entry);
  settings.push_back(std::string(kDirectoryVariable) + "=" + directory);
  settings.push_back(std::string(kGroupsVariable) + "=" + std::to_string(groups));
  std::vector<char*> environment;
  for (std::string& entry : settings) environment.push_back(entry.data());
  environment.push_back(nullptr);
  std::string program = "/proc/self/exe";
  std::array<char*, 2> arguments{program.data(), nullptr};
  FR_CHECK(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(),
                         environment.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  pipe_ = ends[0];
}

WriterProcess::~WriterProcess() {
  kill();
  ::close(pipe_);
}

std::optional<std::uint64_t> WriterProcess::next_acknowledged() {
  std::uint64_t number = 0;
  if (::read(pipe_, &number, sizeof number) != sizeof number) return std::nullopt;
  return number;
}

void WriterProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  reap();
}

bool WriterProcess::ended_well() {
  if (pid_ >= 0) reap();
  return WIFEXITED(wait_status_) && WEXITSTATUS(wait_status_) == 0;
}

void WriterProcess::reap() {
  FR_CHECK(::waitpid(pid_, &wait_status_, 0) == pid_);
  pid_ = -1;
}

}  // namespace frontrow
