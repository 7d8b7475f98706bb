// The probes and the operator's view of the cluster: the API over a real engine, with turns run by
// the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "net/api/api.h"
#include "net/auth/token.h"
#include "tests/engine/runtime/support/test_engine.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct FixedViews final : OperatorViews {
  std::unique_ptr<MetricsScrape> scrape(std::size_t) const override { return nullptr; }
  LoadTotals load() const override { return {}; }
  bool render_cluster(std::string& out, ServiceState) const override {
    out += cluster;
    return !cluster.empty();
  }
  std::string cluster;
};

class OperatorAnswers : public testing::Test {
 protected:
  OperatorAnswers() {
    service.set_state(ServiceState::kReady);
    api.set_server(&server);
    EXPECT_TRUE(server.listen({asio::ip::make_address("127.0.0.1"), 0}).ok());
  }

  std::string get(const std::string& path) {
    asio::io_context client_io;
    asio::ip::tcp::socket socket(client_io);
    socket.connect({asio::ip::make_address("127.0.0.1"), server.port()});
    socket.write_some(asio::buffer("GET " + path +
                                   " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + kKey +
                                   "\r\nConnection: close\r\n\r\n"));
    socket.non_blocking(true);
    std::string answer;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
      io.restart();
      io.poll();
      engine.engine().worker(0).turn();
      api.tick();
      server.flush();
      std::array<char, 4'096> bytes;
      asio::error_code error;
      answer.append(bytes.data(), socket.read_some(asio::buffer(bytes), error));
      if (error && error != asio::error::would_block) break;
    }
    return answer;
  }

  static constexpr const char* kKey = "sixteen-characters-or-more";
  bool may_decide = true;
  MemoryJournal journal;
  TestEngine engine{journal, {.may_decide = [this] { return may_decide; }}};
  asio::io_context io{1};
  ServiceSettings settings;
  Service service;
  std::vector<TokenKey> keys{{"k1", "0123456789abcdef0123456789abcdef"}};
  KeyRing key_ring{{kKey, {admin_service_key(kKey)}, *TokenSigner::create(keys)}};
  FixedViews views;
  Api api{settings, service, engine.engine(), engine.engine().worker(0), key_ring, views};
  HttpLimits limits;
  HttpShared shared;
  HttpServer server{io, api, limits, shared};
};

TEST_F(OperatorAnswers, instance_that_may_not_decide_is_alive_and_not_ready) {
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
  may_decide = false;
  const std::string answer = get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("/problems/cut-off\""));
  EXPECT_THAT(answer, HasSubstr("out of touch with its cluster"));
  EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 "));
  may_decide = true;
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(OperatorAnswers, cluster_of_a_single_instance_is_not_found) {
  const std::string answer = get("/v1/admin/cluster");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answer, HasSubstr("This server is not one of several instances."));
}

TEST_F(OperatorAnswers, cluster_is_what_the_view_says_of_it) {
  views.cluster = R"({"cluster":"shop"})";
  const std::string answer = get("/v1/admin/cluster");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n" + views.cluster));
}

}  // namespace
}  // namespace frontrow
