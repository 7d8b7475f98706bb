// Overload through real sockets: a rejected client gets a Retry-After, rejected requests change no
// state, acknowledged ones are done, and afterwards all are served.

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <map>
#include <regex>
#include <set>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr std::int64_t kAmount = 700;

// Expects a 503 with the problem and Retry-After.
void expect_overloaded(const Response& response) {
  expect_problem(response, 503, "overloaded");
  EXPECT_GT(std::atoi(response.header("Retry-After").c_str()), 0) << response.body;
}

// One change that no other client asks for: its user and key show afterwards whether it was done.
struct Work {
  enum Kind { kJoin, kCharge };
  Kind kind = kCharge;
  std::string user = new_user();
  bool done = false;
  std::int64_t number = 0;  // in the response to the join

  std::string key() const { return "once-" + user; }
  std::string path(std::int64_t concert) const {
    return kind == kJoin ? Shop::path(concert, "/queue/tokens")
                         : fmt::format("/v1/users/{}/balance/charges", user);
  }
  std::string body() const {
    return kind == kJoin ? fmt::format(R"({{"userId":"{}"}})", user)
                         : fmt::format(R"({{"amount":{}}})", kAmount);
  }
};

class Overload : public testing::Test {
 protected:
  static constexpr int kClients = 8;
  static constexpr int kPipelined = 64;
  static constexpr int kWorkPerRound = kClients * kPipelined;

  std::string request_bytes(const Work& work) const {
    const std::string body = work.body();
    // Joining needs no token; the operator may charge any wallet.
    const std::string key =
        work.kind == Work::kJoin ? "" : "Authorization: Bearer " + server.admin_key() + "\r\n";
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: x\r\n{}Idempotency-Key: {}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        work.path(concert), key, work.key(), body.size(), body);
  }

  // Sends all work of one client at once on a new connection, so that over the rounds every thread
  // reaches every other.
  void flood_from_one_client(Work* first) {
    HttpClient client(server.port());
    ASSERT_TRUE(client.connect());
    std::string bytes;
    for (int i = 0; i < kPipelined; ++i) bytes += request_bytes(first[i]);
    ASSERT_TRUE(client.send(bytes));
    for (int i = 0; i < kPipelined; ++i) {
      const Response answer = client.receive();
      if (answer.status == 201) {
        first[i].done = true;
        if (first[i].kind == Work::kJoin) first[i].number = answer.json()["number"].integer();
      } else {
        expect_overloaded(answer);
      }
    }
  }

  // Whether each kind of work was both done and rejected.
  bool saw_everything() const {
    std::set<std::pair<Work::Kind, bool>> seen;
    for (const auto& round : rounds) {
      for (const Work& work : round) seen.emplace(work.kind, work.done);
    }
    return seen.size() == 4;
  }

  void flood() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!saw_everything() && std::chrono::steady_clock::now() < end && !HasFailure()) {
      std::vector<Work>& round = rounds.emplace_back(kWorkPerRound);
      for (int i = 0; i < kWorkPerRound; i += 2) round[i].kind = Work::kJoin;
      in_parallel(kClients, [&](int i) { flood_from_one_client(&round[i * kPipelined]); });
    }
    ASSERT_TRUE(saw_everything()) << "nothing was refused in " << rounds.size() << " rounds";
  }

  // Repeats the request while it is rejected as overloaded, as Retry-After asks.
  Response ask_until_taken(HttpClient& client, const Work& work) {
    Response answer;
    EXPECT_TRUE(await([&] {
      if (!client.connected() && !client.connect()) return false;
      client.send(request_bytes(work));
      answer = client.receive();
      if (answer.status == 503) expect_overloaded(answer);
      return answer.status != 503;
    }));
    return answer;
  }

  // The ledger holds exactly the changes that were answered with success.
  void expect_books() {
    Shop shop(server);
    std::int64_t joined = 0;
    std::set<std::int64_t> numbers;
    for (const auto& round : rounds) {
      for (const Work& work : round) {
        if (work.kind == Work::kJoin) {
          joined += work.done;
          EXPECT_TRUE(!work.done || numbers.insert(work.number).second) << work.number << " twice";
        } else {
          EXPECT_EQ(shop.balance(work.user), work.done ? kAmount : 0) << work.user;
        }
      }
    }
    EXPECT_EQ(shop.concert(concert)["joined"].integer(), joined);
  }

  // Sends the same keys once more: work that was done gets its stored answer, rejected work is done
  // now.
  void send_everything_again() {
    HttpClient client(server.port());
    for (auto& round : rounds) {
      for (Work& work : round) {
        const Response answer = ask_until_taken(client, work);
        EXPECT_EQ(answer.status, 201) << answer.body;
        EXPECT_EQ(answer.header("Idempotency-Replayed"), work.done ? "true" : "") << work.user;
        if (work.kind == Work::kJoin) {
          const std::int64_t number = answer.json()["number"].integer();
          EXPECT_TRUE(!work.done || number == work.number) << number << " was " << work.number;
          work.number = number;
        }
        work.done = true;
      }
    }
  }

  void restart_with(std::vector<std::string> arguments) {
    server.set_arguments(std::move(arguments));
    ASSERT_TRUE(server.start());
  }

  ServerProcess server{{"--threads", "2"}};
  std::int64_t concert =
      Shop(server).create_concert(R"("queue":{"maxActive":1,"idleSeconds":3600})");
  std::vector<std::vector<Work>> rounds;
};

TEST_F(Overload, full_intake_refuses_before_anything_is_done) {
  EXPECT_EQ(server.stop(), 0) << server.log();
  ASSERT_NO_FATAL_FAILURE(
      restart_with({"--threads", "2", "--engine-intake-max", "1", "--http-pipeline-depth", "64"}));
  ASSERT_NO_FATAL_FAILURE(flood());
  // Reads pass through the same intake: the ledger is checked on a server with a wide one.
  server.kill();
  ASSERT_NO_FATAL_FAILURE(restart_with({"--threads", "2"}));
  expect_books();
}

TEST_F(Overload, all_are_served_once_when_they_come_again) {
  EXPECT_EQ(server.stop(), 0) << server.log();
  ASSERT_NO_FATAL_FAILURE(
      restart_with({"--threads", "2", "--engine-intake-max", "1", "--http-pipeline-depth", "64"}));
  ASSERT_NO_FATAL_FAILURE(flood());
  send_everything_again();
  EXPECT_EQ(HttpClient(server.port()).request("GET", "/readyz").status, 200);
  EXPECT_EQ(server.stop(), 0) << server.log();
  ASSERT_NO_FATAL_FAILURE(restart_with({"--threads", "2"}));
  expect_books();
}

// A charge whose last bytes are not sent yet.
struct SlowCharge {
  std::string user = new_user();
  std::unique_ptr<HttpClient> client;
  std::string answer;
};

TEST(OverloadedFrontEnd, requests_that_do_not_arrive_whole_are_bounded_in_memory) {
  constexpr int kSlow = 100;
  constexpr std::int64_t kBound = 1 << 20;
  ServerProcess server({"--threads", "1", "--http-input-bytes-per-thread", std::to_string(kBound),
                        "--http-body-timeout-ms", "60000"});
  Shop shop(server);
  int asked = 0;
  // Each metrics request is counted as received too, and has the same size.
  const auto received_bytes = [&] {
    const std::string text = shop.http.request("GET", "/metrics").body;
    std::smatch match;
    static const std::regex kLine("\nfrontrow_http_received_bytes_total ([0-9.e+]+)");
    EXPECT_TRUE(std::regex_search(text, match, kLine)) << text;
    ++asked;
    return match.empty() ? 0 : std::strtod(match[1].str().c_str(), nullptr);
  };
  const std::string body = fmt::format(R"({{{:<15000}"amount":{}}})", "", kAmount);
  const std::string start = body.substr(0, body.size() - 2);
  const std::string rest = body.substr(start.size());

  const double before = received_bytes();
  const double an_asking = received_bytes() - before;
  asked = 0;
  double sent = 0;
  std::vector<SlowCharge> slow(kSlow);
  for (SlowCharge& charge : slow) {
    charge.client = std::make_unique<HttpClient>(server.port());
    ASSERT_TRUE(charge.client->connect());
    const std::string head = fmt::format(
        "POST /v1/users/{}/balance/charges HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        charge.user, server.admin_key(), body.size());
    ASSERT_TRUE(charge.client->send(head + start));
    sent += static_cast<double>(head.size() + start.size());
  }
  ASSERT_GT(sent, kBound);
  ASSERT_TRUE(await([&] {
    const double now = received_bytes();
    return now - before - (asked + 1) * an_asking >= sent;
  }));
  // The only thread handles this request after it has sent all other responses.
  ASSERT_EQ(shop.http.request("GET", "/livez").status, 200);
  int told = 0;
  for (SlowCharge& charge : slow) {
    charge.answer = charge.client->receive_some(0);
    told += !charge.answer.empty();
  }
  EXPECT_GE(told, 1);
  EXPECT_LE((kSlow - told) * static_cast<std::int64_t>(start.size()), kBound);

  for (SlowCharge& charge : slow) {
    if (charge.answer.empty()) {
      ASSERT_TRUE(charge.client->send(rest));
      EXPECT_EQ(charge.client->receive().status, 201);
    } else {
      EXPECT_TRUE(charge.answer.starts_with("HTTP/1.1 503 ")) << charge.answer;
      EXPECT_NE(charge.answer.find("\r\nRetry-After: "), charge.answer.npos) << charge.answer;
      EXPECT_NE(charge.answer.find("/problems/overloaded"), charge.answer.npos) << charge.answer;
    }
  }
  for (const SlowCharge& charge : slow)
    EXPECT_EQ(shop.balance(charge.user), charge.answer.empty() ? kAmount : 0);
}

}  // namespace
}  // namespace frontrow::api
