// Damage on which RocksDB aborts instead of returning an error: every command reports it, and
// salvage works around it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "storage/local/store_repair.h"
#include "tests/api/support/server_process.h"
#include "tests/tools/frontrow/recover/salvage_support.h"
#include "tests/tools/frontrow/recover/verify_support.h"
#include "tools/frontrow/recover/breakdown.h"
#include "tools/frontrow/recover/last_words.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The threads of a server alone take more.
constexpr int kStartTooSmallKiB = 40 * 1024;

TEST(Breakdown, child_that_breaks_down_is_noticed) {
  const auto good = survives([] {});
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(*good);
  const auto bad = survives([] { std::abort(); });
  ASSERT_TRUE(bad.ok());
  EXPECT_FALSE(*bad);
}

TEST(Breakdown, code_of_a_child_is_told_and_its_breakdown_is_none) {
  const auto code = run_in_child([] { return 7; });
  ASSERT_TRUE(code.ok());
  EXPECT_EQ(*code, std::optional<int>(7));
  const auto none = run_in_child([]() -> int { std::abort(); });
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, std::nullopt);
  const auto killed = run_in_child([] { return ::raise(SIGKILL); });
  ASSERT_FALSE(killed.ok()) << "somebody else did that";
  EXPECT_THAT(killed.error(), HasSubstr("ended by SIGKILL (Killed)"));
  EXPECT_THAT(killed.error(), HasSubstr("memory"));
}

// Ends of a child that are not signs of damage.
struct OtherEnd {
  const char* name;
  std::function<void()> end;
  const char* told;
};
class OtherEnds : public testing::TestWithParam<OtherEnd> {};
INSTANTIATE_TEST_SUITE_P(
    All, OtherEnds,
    testing::Values(OtherEnd{"check", [] { check_failed("file.cc", 1, "false"); },
                             "a check of the program failed"},
                    OtherEnd{"signal", [] { ::raise(SIGALRM); }, "ended by SIGALRM (Alarm clock)"},
                    OtherEnd{"kill", [] { ::raise(SIGKILL); }, "memory runs out: see dmesg"}),
    [](const auto& end) { return end.param.name; });

TEST_P(OtherEnds, end_of_a_child_is_an_error_that_names_it) {
  const auto run = run_in_child([] {
    GetParam().end();
    return 0;
  });
  ASSERT_FALSE(run.ok());
  EXPECT_THAT(run.error(), HasSubstr(GetParam().told));
  const auto survived = survives(GetParam().end);
  ASSERT_FALSE(survived.ok()) << "taken for a breakdown";
  EXPECT_THAT(survived.error(), HasSubstr(GetParam().told));
}

// Exit code and stderr of a child with this limit of memory.
CommandRun run_with_data_limit(std::uint64_t bytes, const std::function<int()>& work) {
  return run_command([&] {
    const auto code = run_in_child([&] {
      const rlimit limit{bytes, bytes};
      EXPECT_EQ(::setrlimit(RLIMIT_DATA, &limit), 0);
      name_out_of_memory("serve");  // as the command `serve` would do
      return work();
    });
    return code.ok() ? code->value_or(-1) : -2;
  });
}

int take_all_memory() {
  std::vector<std::unique_ptr<std::vector<char>>> all;
  for (;;) all.push_back(std::make_unique<std::vector<char>>(1 << 20, 'x'));
}

TEST(OutOfMemory, end_of_a_child_is_named_with_what_it_had) {
  const auto run = run_with_data_limit(std::uint64_t{256} << 20, take_all_memory);
  EXPECT_EQ(run.code, kExitOutOfMemory);
  EXPECT_THAT(run.err, HasSubstr("serve: out of memory: 2"));
  EXPECT_THAT(run.err, HasSubstr("ulimit -d) is 256 MiB"));
  EXPECT_THAT(run.err, testing::Not(HasSubstr("salvage")));
}

// RocksDB requests such a size when a length is damaged.
TEST(OutOfMemory, absurd_size_is_told_apart) {
  const auto run = run_with_data_limit(std::uint64_t{512} << 20, [] {
    const LastWords words("serve", "/nowhere");
    // As in a thread's outermost function, the stack is not unwound.
    return []() noexcept {
      return static_cast<int>(std::vector<char>(std::size_t{1} << 46).size());
    }();
  });
  EXPECT_EQ(run.code, -1);
  EXPECT_THAT(run.err, HasSubstr("an absurd amount was requested"));
  EXPECT_THAT(run.err, HasSubstr("`frontrow recover verify` tells whether it is damaged"));
}

TEST(OutOfMemory, start_of_a_server_says_so_and_does_not_call_it_damage) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  const std::string command = fmt::format(
      "ulimit -c 0; ulimit -d {}; exec {} serve --listen 127.0.0.1:0 --data-dir {} 2>&1",
      kStartTooSmallKiB, FRONTROW_BINARY, dir.data());
  FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  const int status = ::pclose(pipe);
  ASSERT_TRUE(WIFEXITED(status)) << output;
  EXPECT_EQ(WEXITSTATUS(status), kExitOutOfMemory) << output;
  EXPECT_THAT(output, HasSubstr("frontrow: out of memory"));
  EXPECT_THAT(output, testing::Not(HasSubstr("salvage")));
}

// Each cause of SIGABRT has its own message.
struct Abort {
  const char* name;
  std::function<void()> abort;
  const char* said;
};
class Aborts : public testing::TestWithParam<Abort> {};
INSTANTIATE_TEST_SUITE_P(
    All, Aborts,
    testing::Values(Abort{"check", [] { check_failed("file.cc", 1, "false"); },
                          "recover show: an internal check failed"},
                    Abort{"exception", [] { throw std::length_error("too long"); },
                          "nothing handles this exception: too long\n"
                          "recover show: ended by the exception above, while it read /nowhere"},
                    Abort{"outside",
                          [] {
                            if (::fork() == 0) {
                              ::kill(::getppid(), SIGABRT);
                              ::_exit(0);
                            }
                            ::pause();
                          },
                          "recover show: ended by a signal that another process sent"},
                    Abort{"fault", [] { ::raise(SIGSEGV); },
                          "recover show: ended by SIGSEGV (Segmentation fault), while it read"}),
    [](const auto& abort) { return abort.param.name; });

TEST_P(Aborts, cause_is_named_and_damage_is_not_claimed) {
  const auto run = run_command([] {
    const auto code = run_in_child([] {
      const LastWords words("recover show", "/nowhere");
      []() noexcept { GetParam().abort(); }();
      return 0;
    });
    return code.ok() ? code->value_or(-1) : -2;
  });
  EXPECT_EQ(run.code, -1);
  EXPECT_THAT(run.err, HasSubstr(GetParam().said));
  EXPECT_THAT(run.err, testing::Not(HasSubstr("RocksDB broke down")));
}

// A table whose properties have a changed byte on which RocksDB aborts.
class BreakdownFiles : public SalvageTest {
 protected:
  void SetUp() override {
    SalvageTest::SetUp();
    flush(dir.data());
    const std::string group = group_bytes(dir.data(), 5);
    for (const fs::path& file : database_files(dir.data(), ".sst")) {
      if (read_file(file).find(group) != std::string::npos) table = file;
    }
    ASSERT_FALSE(table.empty());
    if (!spoil()) GTEST_SKIP() << "this RocksDB aborts on no byte of the table's end";
  }
  bool spoil() const {
    const std::string bytes = read_file(table);
    for (std::size_t back = 60; back < 1500 && back < bytes.size(); ++back) {
      for (const int bit : {0x80, 0x01}) {
        std::string damaged = bytes;
        damaged[bytes.size() - back] ^= static_cast<char>(bit);
        write_file(table, damaged);
        const auto opens = survives([&] { static_cast<void>(open_table(table.string())); });
        EXPECT_TRUE(opens.ok());
        if (opens.ok() && !*opens) return true;
      }
    }
    return false;
  }

  fs::path table;
};

TEST_F(BreakdownFiles, salvage_leaves_the_table_out) {
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("left out: db/" + table.filename().string()));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("damaged: groups 1 to {}", history.end)));
  EXPECT_FALSE(fs::exists(to + "/links.tmp"));
}

TEST_F(BreakdownFiles, verify_names_the_table_and_what_to_do) {
  const api::Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "directory");
  EXPECT_THAT(check(json, "directory"), HasSubstr("RocksDB breaks down while it reads it"));
  EXPECT_THAT(check(json, "directory"), HasSubstr(table.filename().string() + ": is damaged"));
  EXPECT_THAT(advice(json), HasSubstr("Keep a copy"));
  EXPECT_THAT(advice(json), HasSubstr("recover salvage"));
}

TEST_F(BreakdownFiles, other_commands_say_it_as_their_last_words) {
  const std::string data = dir.data();
  const std::pair<const char*, std::function<int()>> commands[] = {
      {"show", [&] { return show({.data_dir = data}); }},
      {"log", [&] { return log({.data_dir = data}); }},
      {"export", [&] { return export_books({.data_dirs = {data}, .to = to + "1"}); }},
      {"rebuild", [&] { return rebuild({.data_dir = data, .to = to + "2"}); }},
  };
  for (const auto& [name, command] : commands) {
    SCOPED_TRACE(name);
    const auto run = run_command([&command] {
      const auto code = run_in_child(command);
      return code.ok() ? code->value_or(-1) : -2;
    });
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.err, HasSubstr(fmt::format("recover {}: RocksDB broke down", name)));
    EXPECT_THAT(run.err, HasSubstr(data + "/db"));
    EXPECT_THAT(run.err, HasSubstr("frontrow recover salvage"));
  }
}

TEST_F(BreakdownFiles, server_says_it_and_does_not_start) {
  std::string output;
  const int code = api::ServerProcess::run_once(
      {"serve", "--listen", "127.0.0.1:0", "--data-dir", dir.data()}, output);
  EXPECT_EQ(code, 1) << output;
  EXPECT_THAT(output, HasSubstr("serve: RocksDB broke down on a damaged file in " + dir.data()));
}

}  // namespace
}  // namespace frontrow::recover
