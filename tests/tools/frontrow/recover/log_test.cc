// `recover log`: logged events line by line, of a stopped instance and of a running one.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <thread>

#include "engine/core/protocol/command.h"
#include "tests/api/support/json.h"
#include "tests/api/support/shop.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> logged(const LogArgs& args) {
  const CommandRun run = run_command([&] { return log(args); });
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  return lines_of(run.out);
}

TEST(Log, holds_every_fact_of_the_books_once) {
  const TempDirectory dir;
  Sale sale(dir.data());
  const Played played = sale.play();
  const SaleLedger books = sale.books();
  sale.stop();
  std::size_t sold = 0;
  std::size_t refunded = 0;
  std::size_t held = 0;
  std::int64_t charged = 0;
  std::int64_t group = 0;
  std::map<std::int64_t, std::int64_t> seqs;
  for (const std::string& line : logged({.data_dir = dir.data(), .json = true})) {
    const Json json = Json::parse(line);
    const std::string event = json["event"].text();
    EXPECT_GE(json["group"].integer(), group) << "groups stand in order";
    group = json["group"].integer();
    std::int64_t& seq = seqs[json["slot"].integer()];
    EXPECT_TRUE(json["seq"].integer() == seq || json["seq"].integer() == seq + 1) << line;
    seq = json["seq"].integer();
    if (event == "wallet_charged") charged += json["amount"].integer();
    if (event == "seats_held") {
      ++held;
      const auto& hold = books.holds.at(HoldId{static_cast<std::uint64_t>(json["hold"].integer())});
      EXPECT_EQ(json["amount"].integer(), hold.amount);
      EXPECT_EQ(json["time"].text(), to_string(hold.placed_at));
      EXPECT_EQ(json["expiresAt"].text(), to_string(hold.expires_at));
      EXPECT_EQ(json["seats"].integers(),
                std::vector<std::int64_t>(hold.seats.begin(), hold.seats.end()));
    }
    if (event == "sold") {
      ++sold;
      const PaymentId id{static_cast<std::uint64_t>(json["payment"].integer())};
      EXPECT_EQ(json["time"].text(), to_string(books.payments.at(id).paid_at));
    }
    if (event == "refunded") {
      ++refunded;
      EXPECT_EQ(json["payment"].integer(), static_cast<std::int64_t>(played.refunded.value));
    }
  }
  EXPECT_EQ(sold, books.payments.size());
  EXPECT_EQ(held, books.holds.size());
  EXPECT_EQ(refunded, 1U);
  std::int64_t acknowledged = 0;
  for (const auto& [user, amount] : books.charged) acknowledged += amount;
  EXPECT_EQ(charged, acknowledged);
}

TEST(Log, slot_and_from_choose_lines_and_change_none) {
  const TempDirectory dir;
  Sale sale(dir.data());
  const Played played = sale.play();
  sale.stop();
  const std::uint16_t slot = slot_of_concert(played.concert).value;
  const auto all = logged({.data_dir = dir.data()});
  std::vector<std::string> of_slot;
  std::vector<std::string> late;
  for (const std::string& line : all) {
    std::istringstream words(line);
    std::string time, word;
    std::uint64_t group = 0;
    std::uint16_t its_slot = 0;
    words >> time >> word >> group >> word >> its_slot;
    if (its_slot == slot) of_slot.push_back(line);
    if (group >= 20) late.push_back(line);
  }
  EXPECT_EQ(logged({.data_dir = dir.data(), .slot = slot}), of_slot);
  EXPECT_EQ(logged({.data_dir = dir.data(), .from = 20}), late);
  EXPECT_GT(of_slot.size(), 10U);
  EXPECT_GT(late.size(), 10U);
  EXPECT_LT(late.size(), all.size());
}

TEST(Log, running_instance_is_refused_without_follow) {
  const TempDirectory dir;
  const Sale sale(dir.data());
  const CommandRun run = run_command([&] { return log({.data_dir = dir.data()}); });
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr(fmt::format("in use by process {}", ::getpid())));
}

TEST(Log, damaged_log_is_printed_around_the_damage_which_is_named) {
  const TempDirectory dir;
  Sale sale(dir.data());
  sale.play();
  sale.stop();
  const auto whole = logged({.data_dir = dir.data()});
  const std::string key = group_key(dir.data(), 12);
  through_rocksdb(dir.data(), [&key](const Families& f) {
    std::string value;
    ASSERT_TRUE(f.db.Get(rocksdb::ReadOptions(), f.groups, key, &value).ok());
    value[100] ^= 1;
    ASSERT_TRUE(f.db.Put(rocksdb::WriteOptions(), f.groups, key, value).ok());
  });
  const CommandRun run = run_command([&] { return log({.data_dir = dir.data()}); });
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("group 12: chain hash"));
  EXPECT_EQ(lines_of(run.err).size(), 1U) << run.err;
  std::vector<std::string> kept = whole;
  std::erase_if(kept, [](const std::string& line) { return line.find(" group 12 ") != line.npos; });
  EXPECT_LT(kept.size(), whole.size());
  EXPECT_EQ(lines_of(run.out), kept);
}

TEST(Log, missing_group_is_named) {
  const TempDirectory dir;
  Sale sale(dir.data());
  sale.play();
  sale.stop();
  const std::string key = group_key(dir.data(), 12);
  through_rocksdb(dir.data(), [&key](const Families& f) {
    ASSERT_TRUE(f.db.Delete(rocksdb::WriteOptions(), f.groups, key).ok());
  });
  const CommandRun run = run_command([&] { return log({.data_dir = dir.data()}); });
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("group 13: group number: expected 12, found 13"));
  EXPECT_THAT(run.out, HasSubstr(" group 13 "));
}

// --- following

// `frontrow recover log --follow` as a process of its own.
class Follower {
 public:
  Follower(const std::string& data, const TempDirectory& dir, std::vector<std::string> more = {})
      : out_(dir / "follower.out"), scratch_(dir / "scratch") {
    std::filesystem::create_directory(scratch_);
    std::vector<std::string> args = {FRONTROW_BINARY, "recover", "log",
                                     "--data-dir",    data,      "--follow"};
    args.insert(args.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    const int fd = ::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    pid_ = ::fork();
    if (pid_ != 0) {
      ::close(fd);
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setenv("TMPDIR", scratch_.c_str(), 1);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ~Follower() {
    if (pid_ > 0) end(SIGKILL);
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  std::vector<std::string> lines() const { return lines_of(read_file(out_)); }
  // Waits until the newest line is of this group or a later one.
  void await_group(std::uint64_t group) const {
    const bool came = api::await(
        [&] {
          const auto all = lines();
          if (all.empty()) return false;
          std::istringstream words(all.back());
          std::string time, word;
          std::uint64_t newest = 0;
          words >> time >> word >> newest;
          return newest >= group;
        },
        20'000);
    EXPECT_TRUE(came) << "group " << group << " was not followed: " << read_file(out_);
  }
  // Ends it with this signal; returns its exit code.
  int end(int signal) {
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  bool left_files() const { return !std::filesystem::is_empty(scratch_); }

 private:
  std::string out_;
  std::string scratch_;
  pid_t pid_ = -1;
};

TEST(LogFollow, prints_what_becomes_durable_over_flushes_and_restarts) {
  const TempDirectory dir;
  SaleOptions options;
  options.write_buffer_bytes = 64 << 10;  // RocksDB often flushes its log to files
  Sale sale(dir.data(), options);
  sale.play();
  Follower follower(dir.data(), dir);
  follower.await_group(sale.last_group());
  EXPECT_TRUE(follower.left_files()) << "it has a place of its own while it runs";
  for (int i = 0; i < 1500; ++i) sale.charge(1 + static_cast<std::uint32_t>(i % 7), 1);
  follower.await_group(sale.last_group());
  sale.restart();
  sale.charge(1, 1);
  follower.await_group(sale.last_group());
  sale.checkpoint();
  sale.kill();
  sale.start();
  for (int i = 0; i < 500; ++i) sale.charge(1, 1);
  const std::uint64_t last = sale.last_group();
  follower.await_group(last);
  EXPECT_EQ(follower.end(SIGTERM), 0);
  EXPECT_FALSE(follower.left_files());
  sale.stop();
  const auto followed = follower.lines();
  const auto all = logged({.data_dir = dir.data()});
  const auto [f, a] = std::mismatch(followed.begin(), followed.end(), all.begin(), all.end());
  EXPECT_TRUE(f == followed.end() && a == all.end())
      << "line " << f - followed.begin() << ": " << (f == followed.end() ? "(end)" : *f) << "\nnot "
      << (a == all.end() ? "(end)" : *a);
}

TEST(LogFollow, from_and_slot_and_format_apply_and_sigint_ends_it) {
  const TempDirectory dir;
  Sale sale(dir.data());
  sale.play();
  const std::uint64_t from = sale.last_group() + 1;
  const SlotId slot = slot_of_user(user_id(3));
  Follower follower(
      dir.data(), dir,
      {"--from", std::to_string(from), "--slot", std::to_string(slot.value), "--format", "ndjson"});
  sale.charge(4, 10);
  sale.charge(3, 30);
  EXPECT_TRUE(api::await([&] { return follower.lines().size() == 1; }, 20'000));
  EXPECT_EQ(follower.end(SIGINT), 0);
  ASSERT_EQ(follower.lines().size(), 1U);
  const Json json = Json::parse(follower.lines()[0]);
  EXPECT_EQ(json["event"].text(), "wallet_charged");
  EXPECT_EQ(json["amount"].integer(), 30);
  sale.stop();
  EXPECT_EQ(follower.lines(),
            logged({.data_dir = dir.data(), .slot = slot.value, .from = from, .json = true}));
}

TEST(LogFollow, directory_without_an_instance_is_refused) {
  const TempDirectory dir;
  const CommandRun run = run_command([&] { return log({.data_dir = dir.data(), .follow = true}); });
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("watermark"));
}

// The real server under load, followed to the end: every line once, in order.
TEST(LogFollow, real_server_under_load_is_followed_without_a_gap) {
  const TempDirectory dir;
  api::ServerProcess server({"--snapshots-interval-seconds=1"}, dir.data());
  Follower follower(dir.data(), dir);
  {
    api::Shop shop(server);
    const std::int64_t concert = shop.create_concert();
    api::in_parallel(4, [&](int) {
      api::Shop mine(server);
      for (int i = 0; i < 100; ++i) {
        const api::Fan fan = mine.enter(concert);
        mine.charge(fan, 1000);
      }
    });
  }
  EXPECT_EQ(server.stop(), 0);
  const auto whole = logged({.data_dir = dir.data()});
  EXPECT_GT(whole.size(), 800U);
  EXPECT_TRUE(api::await([&] { return follower.lines().size() >= whole.size(); }, 20'000));
  EXPECT_EQ(follower.end(SIGTERM), 0);
  EXPECT_EQ(follower.lines(), whole);
}

}  // namespace
}  // namespace frontrow::recover
