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

#include "tests/storage/local/copies_support.h"
#include "tests/storage/local/faulty_file_system.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

constexpr const char* kDirectoryVariable = "FRONTROW_TEST_WRITER_DIRECTORY";
constexpr const char* kWritesVariable = "FRONTROW_TEST_WRITER_WRITES";
constexpr const char* kNumberVariable = "FRONTROW_TEST_WRITER_NUMBER";
constexpr int kAcknowledgeFd = 3;
constexpr int kRefusedStatus = 10;
constexpr int kUnharmedStatus = 11;

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

[[noreturn]] void write_copy(const std::string& directory) {
  auto journal = RocksDbJournal::open({.directory = directory});
  if (!journal.ok()) ::_exit(2);
  Copies& copies = *(*journal)->copies();
  StreamOwner owner(kWriterCopy);
  if (!copies.begin(owner.position(0)).ok()) ::_exit(3);
  while (true) {
    const std::uint64_t number = copy_of(copies, kWriterCopy).newest.number + 1;
    if (!copies.add(kWriterCopy, owner.group(number)).ok()) ::_exit(4);
    if (::write(kAcknowledgeFd, &number, sizeof number) != sizeof number) ::_exit(5);
    if (number % 5 == 0 && !copies.sync().ok()) ::_exit(6);
  }
}

[[noreturn]] void write_local_log(const std::string& directory, int fault) {
  const FaultyEnv faulty;
  auto journal = RocksDbJournal::open({.directory = directory,
                                       .env = faulty.env.get(),
                                       .write_buffer_bytes = std::size_t{64} << 10});
  if (!journal.ok()) ::_exit(2);
  RocksDbJournal& log = **journal;
  const auto on_group = [](const GroupView&) { return Status(); };
  if (!log.replay({.on_group = on_group, .on_progress = {}}).ok()) ::_exit(3);
  faulty.files->arm(fault, rocksdb::IOStatus::IOError("injected"));
  bool has_failed = false;
  for (std::uint64_t i = 0; i < kLocalLogGroups; ++i) {
    const std::string text = group_text(log.end().number + 1, kLocalLogBytes);
    const auto bytes = std::as_bytes(std::span(text));
    ByteBuffer group;
    log.encode_next({.records = {&bytes, 1}, .record_count = 2, .event_count = 3, .time = {}},
                    group);
    const bool is_added = log.add(group).ok();
    if (is_added && has_failed) ::_exit(4);
    has_failed |= !is_added;
    if (i % 2 == 0) continue;
    const auto synced = log.sync();
    if (synced.ok() && has_failed) ::_exit(5);
    has_failed |= !synced.ok();
    if (!synced.ok()) continue;
    const std::uint64_t number = *synced;
    if (::write(kAcknowledgeFd, &number, sizeof number) != sizeof number) ::_exit(6);
  }
  if (log.failure().empty() == has_failed) ::_exit(7);
  if (has_failed && !faulty.files->fired()) ::_exit(8);
  const bool fired = faulty.files->fired();
  journal->reset();
  ::_exit(has_failed ? kRefusedStatus : fired ? kUnharmedStatus : 0);
}

// Google Test calls it before the first test.
class WriterEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    const char* directory = std::getenv(kDirectoryVariable);
    const char* writes = std::getenv(kWritesVariable);
    const char* text = std::getenv(kNumberVariable);
    if (directory == nullptr || writes == nullptr || text == nullptr) return;
    const std::uint64_t number = std::strtoull(text, nullptr, 10);
    switch (static_cast<WriterProcess::Writes>(std::atoi(writes))) {
      case WriterProcess::Writes::kJournal:
        write_groups(directory, number);
      case WriterProcess::Writes::kCopy:
        write_copy(directory);
      case WriterProcess::Writes::kLocalLog:
        write_local_log(directory, static_cast<int>(number));
    }
  }
};

const ::testing::Environment* const g_environment =
    ::testing::AddGlobalTestEnvironment(new WriterEnvironment);

}  // namespace

WriterProcess::WriterProcess(const std::string& directory, std::uint64_t number, Writes writes) {
  std::array<int, 2> ends;
  FR_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kAcknowledgeFd);
  std::vector<std::string> settings;
  for (char** entry = environ; *entry != nullptr; ++entry) settings.emplace_back(*entry);
  settings.push_back(std::string(kDirectoryVariable) + "=" + directory);
  settings.push_back(std::string(kWritesVariable) + "=" + std::to_string(static_cast<int>(writes)));
  settings.push_back(std::string(kNumberVariable) + "=" + std::to_string(number));
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

WriterProcess::End WriterProcess::end() {
  if (pid_ >= 0) reap();
  if (WIFSIGNALED(wait_status_) && WTERMSIG(wait_status_) == SIGABRT) return End::kAborted;
  if (!WIFEXITED(wait_status_)) return End::kWrong;
  switch (WEXITSTATUS(wait_status_)) {
    case 0:
      return End::kWell;
    case kRefusedStatus:
      return End::kRefused;
    case kUnharmedStatus:
      return End::kUnharmed;
    default:
      return End::kWrong;
  }
}

void WriterProcess::reap() {
  FR_CHECK(::waitpid(pid_, &wait_status_, 0) == pid_);
  pid_ = -1;
}

}  // namespace frontrow
