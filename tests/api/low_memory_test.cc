// Memory runs out under joins of new users, each with a key of its own. Below the reserve the
// server rejects new work and completes promised work; a restart under the same limit fits where
// the last life did. The limit is real (ulimit -d): allocations beyond it fail.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr std::int64_t kPrice = 1000;
constexpr int kClients = 8;
constexpr int kPipelined = 16;
// An empty server of one thread uses a third: stacks, buffers, tables. A quarter is reserve.
constexpr rlim_t kDataBytes = rlim_t{208} << 20;
// Seat maps of 4.6 MiB each, so that few joins fill the rest.
constexpr int kLargeConcerts = 12;
constexpr int kLargeDates = 30;
constexpr auto kRefusedFor = std::chrono::milliseconds(300);
constexpr int kJoinsMax = 1'000'000;

// Limits the processes that are started during its lifetime.
class DataLimit {
 public:
  explicit DataLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_DATA, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_DATA, &limit);
  }
  ~DataLimit() { ::setrlimit(RLIMIT_DATA, &before_); }
  DataLimit(const DataLimit&) = delete;
  DataLimit& operator=(const DataLimit&) = delete;

 private:
  rlimit before_{};
};

void expect_low_memory(const Response& response) {
  expect_problem(response, 503, "low-memory");
  EXPECT_GT(std::atoi(response.header("Retry-After").c_str()), 0) << response.body;
}

class LowMemory : public testing::Test {
 protected:
  LowMemory() {
    const DataLimit limit(kDataBytes);
    server = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--threads", "1", "--snapshots-interval-seconds", "1"});
  }

  bool start_again() {
    server->kill();
    const DataLimit limit(kDataBytes);
    return server->start();
  }

  void open_sale(Shop& shop) {
    concert = shop.create_concert(R"("queue":{"maxActive":100000,"admitPerSecond":10000})");
    buyer = shop.enter(concert);
    shop.charge(buyer, 5 * kPrice);
    hold = shop.hold(concert, buyer, {1});
    dropper = shop.enter(concert);
    dropped = shop.hold(concert, dropper, {2});
    line = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":3600})");
    shop.enter(line);
    last = shop.join(line, known);
    std::string dates;
    for (int i = 1; i <= kLargeDates; ++i) {
      dates += fmt::format(
          R"({}{{"date":"2047-06-{:02}","sections":[{{"name":"a","seats":20000,"price":1}}]}})",
          i == 1 ? "" : ",", i);
    }
    for (int i = 0; i < kLargeConcerts; ++i)
      shop.create_concert(fmt::format(R"("dates":[{}])", dates));
  }

  std::string join_bytes(const std::string& user) const {
    const std::string body = fmt::format(R"({{"userId":"{}"}})", user);
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: once-{}\r\nContent-Type: "
        "application/json\r\nContent-Length: {}\r\n\r\n{}",
        Shop::path(line, "/queue/tokens"), user, body.size(), body);
  }

  // Joins until the server rejects all joins for a while.
  void join_until_refused(Shop& shop) {
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(std::make_unique<HttpClient>(server->port()));
      ASSERT_TRUE(clients.back()->connect());
    }
    auto taken = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - taken < kRefusedFor) {
      for (const auto& client : clients) {
        std::string bytes;
        for (int i = 0; i < kPipelined; ++i) bytes += join_bytes(new_user());
        ASSERT_TRUE(client->send(bytes)) << "the server has ended after " << joined << " joins";
      }
      for (int i = 0; i < kClients * kPipelined; ++i) {
        const Response answer = clients[static_cast<std::size_t>(i / kPipelined)]->receive();
        if (answer.status == 201) {
          ++joined;
          taken = std::chrono::steady_clock::now();
          continue;
        }
        ASSERT_EQ(answer.status, 503) << answer.body << " after " << joined << " joins";
        ASSERT_EQ(answer.slug(), "low-memory");
      }
      ASSERT_LT(joined, kJoinsMax) << "nothing was refused";
    }
    ASSERT_TRUE(server->running());
    const std::string metrics = shop.http.request("GET", "/metrics").body;
    EXPECT_NE(metrics.find("\nfrontrow_low_memory 1\n"), metrics.npos);
    EXPECT_NE(metrics.find(fmt::format("\nfrontrow_memory_limit_bytes {}\n", kDataBytes)),
              metrics.npos)
        << metrics;
  }

  void expect_new_work_refused(Shop& shop) {
    const std::string stranger = new_user();
    expect_low_memory(shop.post_join(line, stranger));
    expect_low_memory(shop.post_hold(concert, dropper, {4}));
    expect_low_memory(shop.post_charge(buyer, kPrice));
    expect_low_memory(shop.admin("POST", "/v1/admin/concerts",
                                 R"({"title":"An encore","dates":[{"date":"2047-06-01"}]})"));
  }

  std::unique_ptr<ServerProcess> server;
  const std::string known = new_user();
  std::int64_t concert = 0, line = 0, hold = 0, dropped = 0;
  Fan buyer, dropper, last;
  int joined = 0;
};

TEST_F(LowMemory, new_work_is_refused_promises_are_kept_and_a_start_fits) {
  {
    Shop shop(*server);
    open_sale(shop);
    ASSERT_NO_FATAL_FAILURE(join_until_refused(shop));
    expect_new_work_refused(shop);
    EXPECT_EQ(shop.post_join(line, known).status, 200) << "who is in the line is known";
    EXPECT_EQ(shop.entry(line, last)["position"].integer(), 1);
    EXPECT_EQ(shop.post_payment(concert, buyer, hold).status, 201);
    EXPECT_EQ(
        shop.fan(dropper, "DELETE", Shop::path(concert, fmt::format("/holds/{}", dropped))).status,
        204);
    shop.change(line, R"({"holdSeconds":200})");
    EXPECT_EQ(shop.http.request("GET", "/readyz").status, 200);
  }
  for (int life = 2; life <= 3; ++life) {
    SCOPED_TRACE(life);
    ASSERT_TRUE(start_again()) << server->log();
    Shop shop(*server);
    EXPECT_EQ(shop.balance(buyer.user), 4 * kPrice);
    EXPECT_EQ(shop.entry(line, last)["position"].integer(), 1);
    EXPECT_EQ(shop.concert(line)["joined"].integer(), joined + 2);
    ASSERT_NO_FATAL_FAILURE(join_until_refused(shop));
    expect_new_work_refused(shop);
  }
  EXPECT_EQ(server->log().find("out of memory"), std::string::npos) << server->log();
  EXPECT_EQ(server->stop(), 0) << server->log();
}

}  // namespace
}  // namespace frontrow::api
