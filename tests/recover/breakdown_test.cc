// Damage on which RocksDB does not refuse but aborts: every command says so, and salvage gets
// around it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include "storage/store_repair.h"
#include "tests/api/support/server_process.h"
#include "tests/recover/salvage_support.h"
#include "tests/recover/verify_support.h"
#include "tools/recover/breakdown.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

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
  EXPECT_THAT(killed.error(), HasSubstr("ended by signal 9"));
}

// With a byte of a table's properties on which RocksDB aborts.
class BreakdownFiles : public SalvageTest {
 protected:
  void SetUp() override {
    SalvageTest::SetUp();
    flush(dir.data());
    const std::string group = group_bytes(dir.data(), 5);
    for (const fs::path& file : database_files(dir.data(), ".sst")) {
      if (read_bytes(file).find(group) != std::string::npos) table = file;
    }
    ASSERT_FALSE(table.empty());
    if (!spoil()) GTEST_SKIP() << "this RocksDB aborts on no byte of the table's end";
  }
  bool spoil() const {
    const std::string bytes = read_bytes(table);
    for (std::size_t back = 60; back < 1500 && back < bytes.size(); ++back) {
      for (const int bit : {0x80, 0x01}) {
        std::string damaged = bytes;
        damaged[bytes.size() - back] ^= static_cast<char>(bit);
        write_bytes(table, damaged);
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
