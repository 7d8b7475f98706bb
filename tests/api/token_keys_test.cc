// Keys of the queue tokens over restarts: an operator rotates them as the contract says, and no fan
// loses a place.

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

// Secrets of 32 bytes, as a configuration spells them; they differ in the first digit.
std::string key_line(std::string_view id, char digit) {
  return fmt::format("{}:{}c41f0b75e2d8a3361c7d4500f9eb82a73e0156bd98c4f2a0b67e1c3a5d49f80", id,
                     digit);
}

std::vector<std::string> key_arguments(const std::vector<std::string>& keys) {
  std::vector<std::string> arguments;
  for (const std::string& key : keys) {
    arguments.emplace_back("--token-keys");
    arguments.push_back(key);
  }
  return arguments;
}

// RFC 4648, section 5, without padding; other characters fail the test.
std::string base64url_text(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    EXPECT_NE(digit, kDigits.npos) << text;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

// The key that a token names as its signing key: `kid` of its JWS header.
std::string key_of(const std::string& token) {
  const Json header = Json::parse(base64url_text(token.substr(0, token.find('.'))));
  EXPECT_EQ(header["alg"].text(), "HS256");
  return header["kid"].text();
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

// One fan in the shop with a hold and one waiting, in the order of joining.
struct OwnLine {
  std::int64_t concert = 0;
  Fan inside;
  std::int64_t hold = 0;
  Fan waiting;
};

class TokenKeys : public testing::Test {
 protected:
  // Restarts with these keys.
  void restart_with(const std::vector<std::string>& keys) {
    EXPECT_EQ(server->stop(), 0) << server->log();
    server->set_arguments(key_arguments(keys));
    ASSERT_TRUE(server->start());
  }

  OwnLine make_line() {
    Shop shop(*server);
    OwnLine line;
    line.concert = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":600})");
    line.inside = shop.enter(line.concert);
    shop.charge(line.inside, 1000);
    line.hold = shop.hold(line.concert, line.inside, {1});
    line.waiting = shop.join(line.concert);
    return line;
  }

  // The tokens authorize the same requests as before.
  void expect_good(const OwnLine& line) {
    Shop shop(*server);
    EXPECT_EQ(shop.state(line.concert, line.inside), "active");
    const Response hold = shop.fan(line.inside, "GET", hold_path(line));
    EXPECT_EQ(hold.status, 200) << hold.body;
    const Json entry = shop.entry(line.concert, line.waiting);
    EXPECT_EQ(entry["state"].text(), "waiting");
    EXPECT_EQ(entry["number"].integer(), line.waiting.number);
    EXPECT_EQ(entry["position"].integer(), 1);
  }

  void expect_refused(const OwnLine& line) {
    Shop shop(*server);
    const std::string place = Shop::path(line.concert, "/queue/token");
    expect_problem(shop.fan(line.inside, "GET", place), 401, "invalid-token");
    expect_problem(shop.fan(line.waiting, "GET", place), 401, "invalid-token");
    expect_problem(shop.fan(line.inside, "GET", hold_path(line)), 401, "invalid-token");
    expect_problem(shop.post_payment(line.concert, line.inside, line.hold), 401, "invalid-token");
  }

  // A fan who joins again with a live place keeps it: 200, the same number, a token of the present
  // signing key.
  void join_again(OwnLine& line, std::string_view key) {
    Shop shop(*server);
    for (Fan* fan : {&line.inside, &line.waiting}) {
      const Response joined = shop.post_join(line.concert, fan->user);
      ASSERT_EQ(joined.status, 200) << joined.body;
      EXPECT_EQ(joined.json()["number"].integer(), fan->number);
      fan->token = joined.json()["token"].text();
      EXPECT_EQ(key_of(fan->token), key);
    }
  }

  static std::string hold_path(const OwnLine& line) {
    return Shop::path(line.concert, fmt::format("/holds/{}", line.hold));
  }

  const std::string key_a = key_line("winter", 'a');
  const std::string key_b = key_line("spring", 'b');
  std::unique_ptr<ServerProcess> server;
};

TEST_F(TokenKeys, rotation_keeps_tokens_while_both_keys_live_and_places_after) {
  server = std::make_unique<ServerProcess>(key_arguments({key_a}));
  OwnLine line = make_line();
  EXPECT_EQ(key_of(line.inside.token), "winter");
  EXPECT_EQ(key_of(line.waiting.token), "winter");
  expect_good(line);

  // With both keys, old tokens are valid and new ones are signed by the new key.
  ASSERT_NO_FATAL_FAILURE(restart_with({key_b, key_a}));
  expect_good(line);
  OwnLine under_new = line;
  ASSERT_NO_FATAL_FAILURE(join_again(under_new, "spring"));
  expect_good(under_new);
  expect_good(line);
  const Fan newcomer = Shop(*server).join(line.concert);
  EXPECT_EQ(key_of(newcomer.token), "spring");
  EXPECT_GT(newcomer.number, line.waiting.number);

  // Without the old key its tokens are rejected; those of the new key remain valid.
  ASSERT_NO_FATAL_FAILURE(restart_with({key_b}));
  expect_refused(line);
  expect_good(under_new);
  ASSERT_NO_FATAL_FAILURE(join_again(line, "spring"));
  expect_good(line);
  Shop shop(*server);
  EXPECT_EQ(shop.entry(line.concert, newcomer)["position"].integer(), 2);
  shop.pay(line.concert, line.inside, line.hold);
  EXPECT_TRUE(await([&] { return shop.state(line.concert, line.waiting) == "active"; }));
  EXPECT_EQ(shop.concert(line.concert)["joined"].integer(), 3);
}

TEST_F(TokenKeys, key_of_the_same_name_with_another_secret_opens_nothing) {
  server = std::make_unique<ServerProcess>(key_arguments({key_a}));
  OwnLine line = make_line();
  ASSERT_NO_FATAL_FAILURE(restart_with({key_line("winter", 'b')}));
  expect_refused(line);
  ASSERT_NO_FATAL_FAILURE(join_again(line, "winter"));
  expect_good(line);
}

TEST_F(TokenKeys, order_of_two_keys_says_which_one_signs) {
  server = std::make_unique<ServerProcess>(key_arguments({key_a, key_b}));
  OwnLine line = make_line();
  EXPECT_EQ(key_of(line.inside.token), "winter");
  ASSERT_NO_FATAL_FAILURE(restart_with({key_b, key_a}));
  ASSERT_NO_FATAL_FAILURE(join_again(line, "spring"));
  ASSERT_NO_FATAL_FAILURE(restart_with({key_a, key_b}));
  expect_good(line);
  ASSERT_NO_FATAL_FAILURE(join_again(line, "winter"));
}

TEST_F(TokenKeys, generated_keys_are_private_and_outlive_restarts) {
  server = std::make_unique<ServerProcess>();
  const std::filesystem::path file = server->data() / "token.keys";
  const std::string keys = text_of(file);
  EXPECT_EQ(mode_of(server->data()), 0700U);
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(server->data() / "admin.key"), 0600U);
  const OwnLine line = make_line();
  EXPECT_EQ(key_of(line.inside.token), keys.substr(0, keys.find(':')));

  EXPECT_EQ(server->stop(), 0) << server->log();
  ASSERT_TRUE(server->start());
  expect_good(line);
  server->kill();
  ASSERT_TRUE(server->start());
  expect_good(line);
  EXPECT_EQ(text_of(file), keys);
  EXPECT_EQ(mode_of(file), 0600U);
}

TEST_F(TokenKeys, another_instance_has_other_keys) {
  server = std::make_unique<ServerProcess>();
  const OwnLine line = make_line();
  ServerProcess other;
  EXPECT_NE(text_of(other.data() / "token.keys"), text_of(server->data() / "token.keys"));
  EXPECT_NE(other.admin_key(), server->admin_key());
  Shop shop(other);
  ASSERT_EQ(shop.create_concert(), line.concert);
  expect_problem(shop.fan(line.inside, "GET", Shop::path(line.concert, "/queue/token")), 401,
                 "invalid-token");
}

TEST_F(TokenKeys, file_is_rotated_by_a_line_in_front) {
  server = std::make_unique<ServerProcess>();
  const std::filesystem::path file = server->data() / "token.keys";
  OwnLine line = make_line();
  EXPECT_EQ(server->stop(), 0) << server->log();
  const std::string old_keys = text_of(file);
  std::ofstream(file, std::ios::trunc) << key_b << "\n" << old_keys;
  ASSERT_TRUE(server->start());
  expect_good(line);
  ASSERT_NO_FATAL_FAILURE(join_again(line, "spring"));

  // After the loss of the file the server makes a new key, and the places are still there.
  EXPECT_EQ(server->stop(), 0) << server->log();
  std::filesystem::remove(file);
  ASSERT_TRUE(server->start());
  EXPECT_EQ(mode_of(file), 0600U);
  expect_refused(line);
  const std::string made = text_of(file);
  ASSERT_NO_FATAL_FAILURE(join_again(line, made.substr(0, made.find(':'))));
  expect_good(line);
}

TEST_F(TokenKeys, file_that_others_can_read_is_refused) {
  server = std::make_unique<ServerProcess>();
  const std::filesystem::path file = server->data() / "token.keys";
  const OwnLine line = make_line();
  EXPECT_EQ(server->stop(), 0) << server->log();
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  std::string output;
  EXPECT_EQ(
      ServerProcess::run_once(
          {"serve", "--data-dir", server->data().string(), "--listen", "127.0.0.1:0"}, output),
      1);
  // The message names the remedy.
  EXPECT_NE(output.find("chmod 600 " + file.string()), output.npos) << output;
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  ASSERT_TRUE(server->start());
  expect_good(line);
}

}  // namespace
}  // namespace frontrow::api
