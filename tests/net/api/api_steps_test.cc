// Long responses beside short ones on one thread: the API over a real engine, with turns run by the
// test.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "engine/runtime/checkpoint/checkpointer.h"
#include "net/api/api.h"
#include "net/auth/token.h"
#include "net/metrics/metrics.h"
#include "tests/engine/runtime/support/test_engine.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

constexpr std::size_t kConcerts = 1'200;

class ApiSteps : public testing::Test {
 protected:
  ApiSteps() {
    for (std::size_t i = 0; i < kConcerts; ++i)
      concerts_.push_back(engine_.create(small_concert()));
    service_.set_state(ServiceState::kReady);
    metrics_.engine = &engine_.engine();
    metrics_.keys = &key_ring_;
    metrics_.checkpoints = &checkpoints_;
    metrics_.journal_space = [] { return JournalSpace{}; };
    api_ = std::make_unique<Api>(settings_, service_, engine_.engine(), engine_.engine().worker(0),
                                 key_ring_, operator_views_);
    metrics_.edges.push_back(&api_->stats());
    server_ = std::make_unique<HttpServer>(io_, *api_, limits_, shared_);
    api_->set_server(server_.get());
    EXPECT_TRUE(server_->listen({asio::ip::make_address("127.0.0.1"), 0}).ok());
  }

  // One turn of a reactor.
  void turn() {
    io_.restart();
    io_.poll();
    engine_.engine().worker(0).turn();
    api_->tick();
    server_->flush();
  }

  int connect_and_get(const std::string& path) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string text = "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    return fd;
  }
  // Reads the available bytes; true at the end.
  static bool receive(int fd, std::string& answer) {
    std::array<char, 65'536> bytes;
    for (;;) {
      const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got == 0) return true;
      if (got < 0) return false;
      answer.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }

  // Counts the turns from the long request to its whole response, with a short request in each.
  std::size_t turns_of(const std::string& path, std::string& answer) {
    const int fd = connect_and_get(path);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::size_t turns = 0;
    while (!receive(fd, answer) && std::chrono::steady_clock::now() < end) {
      std::string other;
      const int short_fd = connect_and_get("/livez");
      const bool is_working = api_->has_work();
      turn();
      if (is_working) {
        ++turns;
        receive(short_fd, other);
        EXPECT_TRUE(other.starts_with("HTTP/1.1 200 ")) << "not answered within the turn";
      }
      ::close(short_fd);
    }
    ::close(fd);
    return turns;
  }

  MemoryJournal journal_;
  TestEngine engine_{journal_};
  std::vector<ConcertId> concerts_;
  asio::io_context io_{1};
  ServiceSettings settings_;
  Service service_;
  std::vector<TokenKey> keys_{{"k1", "0123456789abcdef0123456789abcdef"}};
  KeyRing key_ring_{{"", {}, *TokenSigner::create(keys_)}};
  CheckpointStats checkpoints_;
  MetricsSource metrics_;
  MetricsViews operator_views_{metrics_};
  HttpLimits limits_;
  HttpShared shared_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ApiSteps, metrics_of_many_concerts_leave_turns_to_others) {
  std::string answer;
  EXPECT_GE(turns_of("/metrics", answer), kConcerts / 100);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(count_of(answer, "\nfrontrow_line_waiting{"), metrics_.concerts_max);
  EXPECT_EQ(count_of(answer, "# TYPE frontrow_seats gauge\n"), 1U);
  EXPECT_EQ(count_of(answer, "\nfrontrow_seats{"), 4 * metrics_.concerts_max);
  EXPECT_EQ(count_of(answer, "\nfrontrow_all_concerts 1200\n"), 1U);
  EXPECT_EQ(count_of(answer, "\nfrontrow_all_concerts_omitted 1100\n"), 1U);
}

TEST_F(ApiSteps, list_of_many_concerts_leaves_turns_to_others) {
  std::string answer;
  EXPECT_GE(turns_of("/v1/concerts", answer), kConcerts / 100);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(count_of(answer, "{\"concertId\":"), kConcerts);
  EXPECT_TRUE(answer.ends_with("]}]}")) << answer.substr(answer.size() - 100);
}

TEST_F(ApiSteps, client_that_leaves_a_long_answer_ends_it) {
  const int fd = connect_and_get("/metrics");
  while (!api_->has_work()) turn();
  ::close(fd);
  for (int i = 0; i < 2'000 && api_->open_requests() != 0; ++i) turn();
  EXPECT_EQ(api_->open_requests(), 0U);
  EXPECT_FALSE(api_->has_work());
}

}  // namespace
}  // namespace frontrow
