// SIGHUP changes keys while the server is in use: no fan loses a connection, request or place, and
// no error in the new keys stops the server.

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <deque>
#include <fstream>
#include <sstream>
#include <thread>

#include "net/auth/token_base64.h"
#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

namespace fs = std::filesystem;

// Secrets differ in the first digit.
constexpr std::string_view kDigits =
    "c41f0b75e2d8a3361c7d4500f9eb82a73e0156bd98c4f2a0b67e1c3a5d49f80";
std::string token_key_line(std::string_view id, char digit) {
  return fmt::format("{}:{}{}", id, digit, kDigits);
}

// Whether the token begins with the JWS header of this key (net/auth/token.h).
bool signed_by(std::string_view token, std::string_view id) {
  const std::string header = fmt::format(R"({{"alg":"HS256","kid":"{}","typ":"JWT"}})", id);
  return token.starts_with(
      base64url_encode({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()}) +
      ".");
}

std::string file_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Replaces the file atomically, as an operator should: written aside, then renamed.
void put_file(const fs::path& path, std::string_view text) {
  std::ofstream(path.string() + ".new") << text;
  ASSERT_EQ(::chmod((path.string() + ".new").c_str(), 0600), 0);
  fs::rename(path.string() + ".new", path);
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
  return count;
}

constexpr std::string_view kRenewed = "keys renewed: ";
constexpr std::string_view kKept = "the keys stay as they are: ";

// Fans who poll with their tokens, join with new users, and use each new token at once on another
// connection, which usually belongs to another thread.
class Crowd {
 public:
  Crowd(const ServerProcess& server, std::int64_t concert, std::vector<Fan> fans)
      : concert_(concert), fans_(std::move(fans)) {
    for (std::size_t i = 0; i < kThreads; ++i)
      threads_[i] = std::thread([this, &server, i] { run(server, i); });
  }
  ~Crowd() { stop(); }

  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  // Waits until each thread has played so many more rounds.
  void await_rounds(std::uint64_t more) {
    for (const auto& rounds : rounds_) {
      const std::uint64_t until = rounds + more;
      ASSERT_TRUE(await([&] { return rounds >= until || failed_; }, 60'000));
    }
  }
  std::string fault() const { return failed_ ? fault_ : ""; }

 private:
  static constexpr std::size_t kThreads = 3;
  static constexpr std::size_t kConnections = 4;

  void fail(const std::string& why) {
    if (!failed_.exchange(true)) fault_ = why;
  }
  void expect(Shop& shop, const Response& response, int status, const char* what) {
    if (response.status != status)
      fail(fmt::format("{}: {} {}", what, response.status, response.body));
    if (!shop.http.connected()) fail(fmt::format("{}: the connection was cut", what));
  }

  void run(const ServerProcess& server, std::size_t index) {
    std::deque<Shop> shops;
    for (std::size_t i = 0; i < kConnections; ++i) shops.emplace_back(server);
    const std::string place = Shop::path(concert_, "/queue/token");
    for (std::size_t round = 0; !stop_ && !failed_; ++round) {
      Shop& one = shops[round % kConnections];
      expect(one, one.fan(fans_[round % fans_.size()], "GET", place), 200, "old token");
      const std::string user = new_user();
      const Response joined = one.post_join(concert_, user);
      expect(one, joined, 201, "join");
      if (failed_) return;
      const Fan fan{user, joined.json()["token"].text(), joined.json()["number"].integer()};
      for (std::size_t i = 1; i < kConnections; ++i) {
        Shop& other = shops[(round + i) % kConnections];
        expect(other, other.fan(fan, "GET", place), 200, "new token");
      }
      ++rounds_[index];
    }
  }

  const std::int64_t concert_;
  const std::vector<Fan> fans_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::string fault_;
  std::array<std::atomic<std::uint64_t>, kThreads> rounds_{};
  std::array<std::thread, kThreads> threads_;
};

class TokenRotation : public testing::Test {
 protected:
  TokenRotation() {
    std::string name = (fs::temp_directory_path() / "frontrow-rotation-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    config = directory / "frontrow.toml";
    write_config({winter});
    server = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--config", config.string(), "--threads", "2"},
        directory / "data");
  }
  ~TokenRotation() override {
    server.reset();
    fs::remove_all(directory);
  }

  void write_config(const std::vector<std::string>& keys) {
    put_file(config,
             keys.empty() ? "" : fmt::format("token_keys = [\"{}\"]\n", fmt::join(keys, "\", \"")));
  }
  // Sends SIGHUP and waits for the outcome in the log.
  void hang_up(std::string_view outcome) {
    const std::size_t before = count_of(server->log(), outcome);
    server->send_signal(SIGHUP);
    ASSERT_TRUE(await([&] { return count_of(server->log(), outcome) == before + 1; }))
        << server->log();
  }
  void rotate(const std::vector<std::string>& keys) {
    ASSERT_NO_FATAL_FAILURE(write_config(keys));
    ASSERT_NO_FATAL_FAILURE(hang_up(kRenewed));
  }
  std::int64_t make_concert() {
    return Shop(*server).create_concert(R"("queue":{"maxActive":1,"idleSeconds":600})");
  }
  int status_of(std::int64_t concert, const Fan& fan) {
    return Shop(*server).fan(fan, "GET", Shop::path(concert, "/queue/token")).status;
  }

  const std::string winter = token_key_line("winter", 'a');
  const std::string spring = token_key_line("spring", 'b');
  fs::path directory;
  fs::path config;
  std::unique_ptr<ServerProcess> server;
};

TEST_F(TokenRotation, sighup_changes_keys_under_load_and_cuts_nothing) {
  const std::int64_t concert = make_concert();
  std::vector<Fan> old;
  old.reserve(20);
  for (int i = 0; i < 20; ++i) old.push_back(Shop(*server).join(concert));
  for (const Fan& fan : old) ASSERT_TRUE(signed_by(fan.token, "winter")) << fan.token;
  Crowd crowd(*server, concert, old);
  ASSERT_NO_FATAL_FAILURE(crowd.await_rounds(20));
  // Rotates back and forth, so that a late thread is noticed. Before "spring" goes, no fan may be
  // left with a fresh token of it.
  for (int i = 0; i < 20; ++i) {
    ASSERT_NO_FATAL_FAILURE(rotate({spring, winter}));
    ASSERT_NO_FATAL_FAILURE(crowd.await_rounds(3));
    if (i == 19) break;
    ASSERT_NO_FATAL_FAILURE(rotate({winter, spring}));
    ASSERT_NO_FATAL_FAILURE(crowd.await_rounds(2));
    ASSERT_NO_FATAL_FAILURE(rotate({winter}));
  }
  EXPECT_TRUE(signed_by(Shop(*server).join(concert).token, "spring"));
  crowd.stop();
  EXPECT_EQ(crowd.fault(), "");
  for (const Fan& fan : old) EXPECT_EQ(status_of(concert, fan), 200);
}

TEST_F(TokenRotation, dropped_key_opens_nothing_and_joining_again_gives_the_same_place) {
  const std::int64_t concert = make_concert();
  Shop shop(*server);
  Fan fan = shop.join(concert);
  ASSERT_EQ(status_of(concert, fan), 200);  // from now on threads may cache the token
  for (int i = 0; i < 16; ++i) ASSERT_EQ(status_of(concert, fan), 200);
  ASSERT_NO_FATAL_FAILURE(rotate({spring, winter}));
  const Fan newcomer = shop.join(concert);
  ASSERT_TRUE(signed_by(newcomer.token, "spring"));
  ASSERT_NO_FATAL_FAILURE(rotate({spring}));
  EXPECT_TRUE(shop.http.connected());
  for (int i = 0; i < 16; ++i) {
    expect_problem(Shop(*server).fan(fan, "GET", Shop::path(concert, "/queue/token")), 401,
                   "invalid-token");
  }
  EXPECT_EQ(status_of(concert, newcomer), 200);
  const Response again = shop.post_join(concert, fan.user);
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json()["number"].integer(), fan.number);
  fan.token = again.json()["token"].text();
  EXPECT_TRUE(signed_by(fan.token, "spring"));
  EXPECT_EQ(status_of(concert, fan), 200);
}

TEST_F(TokenRotation, fault_in_the_new_keys_leaves_the_old_ones) {
  const std::int64_t concert = make_concert();
  const Fan fan = Shop(*server).join(concert);
  const std::pair<std::string, std::string> faults[] = {
      {"token_keys = [\"spring:12\"]", ":1: token_keys is refused"},
      {"token_keys = [\"" + spring + "\"", ":1: "},
      {"token_keys = [\"" + spring + "\", \"" + spring + "\"]", "two token keys have the id"},
      {"token_keys = [\"" + spring + "\"]\nthreads = 0", ":2: threads must be"},
      {"", (server->data() / "token.keys").string() + ": is not there"},
  };
  for (const auto& [text, fault] : faults) {
    ASSERT_NO_FATAL_FAILURE(put_file(config, text));
    ASSERT_NO_FATAL_FAILURE(hang_up(kKept));
    const std::string log = server->log();
    EXPECT_NE(log.find(fault, log.rfind(kKept)), log.npos) << log;
    EXPECT_EQ(log.find(kDigits), log.npos) << "a secret is in the log";
    EXPECT_EQ(status_of(concert, fan), 200);
    EXPECT_TRUE(signed_by(Shop(*server).join(concert).token, "winter"));
  }
  fs::remove(config);
  ASSERT_NO_FATAL_FAILURE(hang_up(kKept));
  EXPECT_FALSE(fs::exists(server->data() / "token.keys")) << "made while serving";
  ASSERT_NO_FATAL_FAILURE(rotate({spring, winter}));
  EXPECT_TRUE(signed_by(Shop(*server).join(concert).token, "spring"));
  EXPECT_EQ(status_of(concert, fan), 200);
  EXPECT_EQ(count_of(server->log(), kRenewed), 1U);
}

TEST_F(TokenRotation, files_of_the_data_directory_are_read_again_the_admin_key_too) {
  EXPECT_EQ(server->stop(), 0) << server->log();
  ASSERT_NO_FATAL_FAILURE(write_config({}));
  ASSERT_TRUE(server->start());
  const std::int64_t concert = make_concert();
  const Fan fan = Shop(*server).join(concert);
  const fs::path tokens = server->data() / "token.keys";
  ASSERT_NO_FATAL_FAILURE(put_file(tokens, spring + "\n" + file_text(tokens)));
  ASSERT_NO_FATAL_FAILURE(hang_up("the admin key is as before"));
  EXPECT_EQ(status_of(concert, fan), 200);
  EXPECT_TRUE(signed_by(Shop(*server).join(concert).token, "spring"));

  const Fan before{"", server->admin_key(), 0};
  const Fan after{"", "another-key-of-the-operators", 0};
  const std::string path = fmt::format("/v1/admin/concerts/{}", concert);
  EXPECT_EQ(Shop(*server).fan(before, "GET", path).status, 200);
  expect_problem(Shop(*server).fan(after, "GET", path), 401, "invalid-token");
  ASSERT_NO_FATAL_FAILURE(put_file(server->data() / "admin.key", after.token + "\n"));
  ASSERT_NO_FATAL_FAILURE(hang_up("the admin key is another one"));
  for (int i = 0; i < 8; ++i) {
    expect_problem(Shop(*server).fan(before, "GET", path), 401, "invalid-token");
    EXPECT_EQ(Shop(*server).fan(after, "GET", path).status, 200);
  }
}

TEST_F(TokenRotation, metrics_tell_the_keys_and_which_one_signs) {
  const auto keys = [this] {
    const std::string metrics = Shop(*server).http.request("GET", "/metrics").body;
    std::istringstream lines(metrics);
    std::string found;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("frontrow_token_keys{")) found += line.substr(19) + ";";
    }
    return found;
  };
  EXPECT_EQ(keys(), R"({kid="winter"} 1;)");
  ASSERT_NO_FATAL_FAILURE(rotate({winter, spring}));
  EXPECT_EQ(keys(), R"({kid="winter"} 1;{kid="spring"} 0;)");
  ASSERT_NO_FATAL_FAILURE(rotate({spring, winter}));
  EXPECT_EQ(keys(), R"({kid="spring"} 1;{kid="winter"} 0;)");
}

// The program as ServerProcess starts it, but stopped by a signal before it is ready.
class EarlyServer {
 public:
  EarlyServer(const fs::path& directory, const fs::path& config) : log_(directory / "early-log") {
    const std::string data = (directory / "data").string();
    fs::remove(log_);  // left by an earlier one
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execl(FRONTROW_BINARY, FRONTROW_BINARY, "serve", "--data-dir", data.c_str(), "--config",
            config.c_str(), "--listen", "127.0.0.1:0", nullptr);
    ::_exit(127);
  }
  ~EarlyServer() {
    if (pid_ > 0) finish(SIGKILL);
  }

  bool is_stopped() const {
    std::ifstream lines(fmt::format("/proc/{}/status", pid_));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("State:\tT")) return true;
    }
    return false;
  }
  // Returns as soon as the log contains the text.
  bool await_log(std::string_view text) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (log().find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
  }
  void send(int signal) const { ::kill(pid_, signal); }
  std::string log() const { return file_text(log_); }
  // The program's exit code, or 128 + the signal that ended it.
  int finish(int signal) {
    send(signal);
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  fs::path log_;
  pid_t pid_ = -1;
};

TEST_F(TokenRotation, sighup_while_the_log_is_replayed_waits_until_the_server_is_ready) {
  Shop shop(*server);
  const std::int64_t concert = make_concert();
  for (int i = 0; i < 300; ++i) shop.join(concert);  // each a group of its own
  server->kill();
  // A replay is short: each start is stopped at another moment, and only starts that were stopped
  // before the end of the replay count.
  int caught = 0;
  for (int start = 0; start < 60 && caught < 2; ++start) {
    EarlyServer early(directory, config);
    ASSERT_TRUE(early.await_log("listening on")) << early.log();  // it listens before it replays
    std::this_thread::sleep_for(std::chrono::microseconds(200 * (start % 6)));
    early.send(SIGSTOP);
    ASSERT_TRUE(await([&] { return early.is_stopped(); })) << early.log();
    if (early.log().find("replayed") != std::string::npos) continue;
    ++caught;
    early.send(SIGHUP);
    // Longer than the interval at which a replay checks for a stop.
    std::this_thread::sleep_for(std::chrono::milliseconds(110));
    early.send(SIGCONT);
    ASSERT_TRUE(early.await_log(kRenewed)) << early.log();
    EXPECT_LT(early.log().find(" ready: "), early.log().find(kRenewed));
    EXPECT_EQ(early.finish(SIGTERM), 0) << early.log();
  }
  EXPECT_GT(caught, 0);
}

}  // namespace
}  // namespace frontrow::api
