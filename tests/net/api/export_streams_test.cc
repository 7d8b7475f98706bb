// Exports over sockets: one moment for slow clients too, bounded memory, transfers that break.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/codec/plan_codec.h"
#include "net/api/api.h"
#include "net/auth/service_key.h"
#include "net/auth/token.h"
#include "tests/engine/runtime/support/test_engine.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

constexpr std::string_view kExportKey = "an-admin-key-of-the-export-test";
constexpr std::uint32_t kBuyers = 60;
constexpr std::uint32_t kSeatsEach = 32;

Plan hall_of_rows() {
  Plan plan{.name = "Hall", .categories = {"R"}};
  plan.sections.push_back({.name = "floor"});
  for (int row = 1; row <= 50; ++row) {
    PlanRow& added = plan.sections[0].rows.emplace_back();
    added.label = "R" + std::to_string(row);
    for (int seat = 1; seat <= 40; ++seat)
      added.seats.push_back({.label = std::to_string(seat), .x = seat * 100, .y = row * 100});
  }
  return plan;
}

struct NoViews final : OperatorViews {
  std::unique_ptr<MetricsScrape> scrape(std::size_t /*concerts*/) const override { return nullptr; }
  LoadTotals load() const override { return {}; }
  bool render_cluster(std::string& /*out*/, ServiceState /*state*/) const override { return false; }
};

// The body of a chunked response, as far as it has come.
struct Chunked {
  std::string text;
  bool is_complete = false;
};
Chunked unchunk(std::string_view response) {
  Chunked body;
  const std::size_t head = response.find("\r\n\r\n");
  if (head == response.npos) return body;
  response.remove_prefix(head + 4);
  for (;;) {
    const std::size_t line = response.find("\r\n");
    if (line == response.npos) return body;
    std::size_t size = 0;
    std::from_chars(response.data(), response.data() + line, size, 16);
    response.remove_prefix(line + 2);
    if (size == 0) {
      body.is_complete = response == "\r\n";
      return body;
    }
    if (response.size() < size + 2) return body;
    body.text += response.substr(0, size);
    response.remove_prefix(size + 2);
  }
}

class ExportStreamsTest : public testing::Test {
 protected:
  ExportStreamsTest() {
    ByteBuffer document;
    encode_plan(hall_of_rows(), document);
    const Caller admin{{}, {}, 0, kAdminActor};
    const Reply planned = engine_.ask({admin, {}, CreatePlan{{document.begin(), document.end()}}});
    ConcertSpec spec = small_concert();
    spec.rules.seats_per_user = kSeatsEach;
    spec.dates = {{first_date(), {}}};
    const Reply made = engine_.ask(
        {admin,
         {},
         CreateConcert{spec, {{body_of<PlanCreated>(planned).plan, {{"R", Money{10}}}}}}});
    concert_ = body_of<ConcertCreated>(made).concert;
    for (std::uint32_t user = 1; user <= kBuyers; ++user) buy(user, (user - 1) * kSeatsEach + 1);
    service_.set_state(ServiceState::kReady);
    api_ = std::make_unique<Api>(settings_, service_, engine_.engine(), engine_.engine().worker(1),
                                 key_ring_, operator_views_);
    server_ = std::make_unique<HttpServer>(io_, *api_, limits_, shared_);
    api_->set_server(server_.get());
    EXPECT_TRUE(server_->listen({asio::ip::make_address("127.0.0.1"), 0}).ok());
  }
  ~ExportStreamsTest() override {
    for (const int fd : sockets_) ::close(fd);
  }

  void buy(std::uint32_t user, std::uint32_t first_seat) {
    engine_.charge(user, 10 * kSeatsEach);
    const Caller caller = engine_.join(concert_, user);
    PlaceHold place{concert_, first_date(), {}};
    for (std::uint32_t i = 0; i < kSeatsEach; ++i)
      place.seats.push_back(SeatNumber{first_seat + i});
    const HoldId hold = body_of<HoldView>(engine_.ask({caller, {}, place})).hold;
    const Reply paid = engine_.ask({caller, {}, Pay{concert_, {hold}}});
    EXPECT_EQ(outcome(paid), "none");
    last_payment_ = body_of<PaymentView>(paid).purchase.payment;
  }

  // One turn of a reactor.
  void turn() {
    io_.restart();
    io_.poll();
    engine_.turn();
    api_->tick();
    server_->flush();
  }
  bool until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      turn();
    }
    return true;
  }

  // A client whose kernel takes few bytes ahead.
  int ask(const std::string& query, std::string_view method = "GET",
          std::string_view version = "1.1") {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockets_.push_back(fd);
    const int few = 4096;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string text = std::string(method) + " /v1/admin/concerts/" +
                             std::to_string(concert_.value) + "/export" + query + " HTTP/" +
                             std::string(version) + "\r\nHost: a\r\nAuthorization: Bearer " +
                             std::string(kExportKey) + "\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    return fd;
  }
  // Reads the available bytes; true at the end.
  static bool receive(int fd, std::string& text) {
    std::array<char, 65'536> bytes;
    for (;;) {
      const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got > 0) {
        text.append(bytes.data(), static_cast<std::size_t>(got));
        continue;
      }
      return got == 0 || (errno != EAGAIN && errno != EINTR);
    }
  }
  // Until the end of the connection.
  std::string whole(int fd) {
    std::string text;
    EXPECT_TRUE(until([&] { return receive(fd, text); }));
    return text;
  }
  // Until the client's kernel is full and the stream waits.
  void stall(int fd) {
    std::array<char, 1> first;
    EXPECT_TRUE(until([&] { return ::recv(fd, first.data(), 1, MSG_DONTWAIT | MSG_PEEK) == 1; }));
    for (int i = 0; i < 2'000; ++i) turn();
    EXPECT_FALSE(api_->has_work());
  }
  void pass(Duration time) {
    engine_.settle();
    engine_.advance(time);
    for (int i = 0; i < 20; ++i) turn();
  }

  MemoryJournal journal_;
  // Its own requests come by worker 0, and those of the API by worker 1.
  TestEngine engine_{journal_, {.workers = 2}};
  ConcertId concert_;
  PaymentId last_payment_;
  asio::io_context io_{1};
  ServiceSettings settings_;
  Service service_;
  std::vector<TokenKey> keys_{{"k1", "0123456789abcdef0123456789abcdef"}};
  KeyRing key_ring_{
      {std::string(kExportKey), {admin_service_key(kExportKey)}, *TokenSigner::create(keys_)}};
  NoViews operator_views_;
  HttpLimits limits_;
  HttpShared shared_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
  std::vector<int> sockets_;
};

TEST_F(ExportStreamsTest, table_is_whole_and_has_the_labels_of_the_plan) {
  const std::string response = whole(ask("?what=seats"));
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 ")) << response.substr(0, 500);
  EXPECT_NE(response.find("Content-Type: text/csv; charset=utf-8; header=present\r\n"),
            response.npos);
  EXPECT_NE(response.find("Content-Disposition: attachment; filename=\"concert-1-seats-"),
            response.npos);
  EXPECT_EQ(response.find("Content-Length"), response.npos);
  const Chunked body = unchunk(response);
  EXPECT_TRUE(body.is_complete);
  EXPECT_TRUE(
      body.text.starts_with("\xEF\xBB\xBF"
                            "concert,date,seat,"));
  EXPECT_EQ(count_of(body.text, "\r\n"), 1 + kBuyers * kSeatsEach);
  EXPECT_NE(body.text.find(",R,R2,1\r\n"), body.text.npos) << body.text.substr(0, 1000);
}

TEST_F(ExportStreamsTest, payments_are_the_default_and_ndjson_has_no_head) {
  const Chunked csv = unchunk(whole(ask("")));
  EXPECT_EQ(count_of(csv.text, "\r\n"), 1 + kBuyers);
  const Chunked lines = unchunk(whole(ask("?format=ndjson&what=payments")));
  EXPECT_TRUE(lines.is_complete);
  EXPECT_TRUE(lines.text.starts_with("{\"payment\":"));
  EXPECT_EQ(count_of(lines.text, "\n"), kBuyers);
}

TEST_F(ExportStreamsTest, slow_client_gets_its_moment_in_bounded_memory) {
  const int fd = ask("?what=tickets");
  stall(fd);
  EXPECT_GT(server_->stats().unsent_bytes, 0U);
  EXPECT_LT(server_->stats().unsent_bytes, 64U * 1024);
  buy(kBuyers + 1, kBuyers * kSeatsEach + 1);
  engine_.ask({{{}, {}, 0, kAdminActor}, {}, Refund{last_payment_}});
  // The stream keeps the moment for longer than a copy lives.
  for (int i = 0; i < 6; ++i) pass(seconds(21));
  const Chunked body = unchunk(whole(fd));
  EXPECT_TRUE(body.is_complete);
  EXPECT_EQ(count_of(body.text, "\r\n"), 1 + kBuyers * kSeatsEach);
  EXPECT_EQ(count_of(body.text, ",valid,"), kBuyers * kSeatsEach);
  EXPECT_EQ(count_of(unchunk(whole(ask("?what=tickets"))).text, ",void,"), kSeatsEach);
}

TEST_F(ExportStreamsTest, moment_that_is_gone_breaks_the_transfer) {
  const int fd = ask("?what=tickets");
  stall(fd);
  buy(kBuyers + 1, kBuyers * kSeatsEach + 1);
  EXPECT_TRUE(unchunk(whole(ask("?what=seats"))).is_complete);
  EXPECT_TRUE(unchunk(whole(ask("?what=payments"))).is_complete);
  const Chunked body = unchunk(whole(fd));
  EXPECT_FALSE(body.is_complete);
  EXPECT_LT(count_of(body.text, "\r\n"), kBuyers * kSeatsEach);
  EXPECT_TRUE(until([&] { return server_->open_connections() == 0; }));
}

TEST_F(ExportStreamsTest, client_that_leaves_ends_its_stream) {
  const int fd = ask("?what=tickets");
  stall(fd);
  ::close(fd);
  std::erase(sockets_, fd);
  ASSERT_TRUE(until([&] { return server_->open_connections() == 0; }));
  // The reply to the stream's last question may still be on its way.
  EXPECT_TRUE(until([&] { return api_->open_requests() == 0 && !api_->has_work(); }));
  EXPECT_TRUE(unchunk(whole(ask("?what=tickets"))).is_complete);
}

TEST_F(ExportStreamsTest, head_copies_nothing) {
  const std::string response = whole(ask("?what=seats", "HEAD"));
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 "));
  EXPECT_NE(response.find("Content-Disposition: "), response.npos);
  EXPECT_TRUE(response.ends_with("\r\n\r\n"));
  EXPECT_EQ(engine_.slot(slot_of_concert(concert_)).exports.next_expiry(), kNever);
}

TEST_F(ExportStreamsTest, version_1_0_and_wrong_parameters_are_refused) {
  EXPECT_TRUE(whole(ask("", "GET", "1.0")).starts_with("HTTP/1.1 505 "));
  for (const char* query : {"?what=wallets", "?what=", "?what=holds", "?format=xlsx", "?wat=seats"})
    EXPECT_TRUE(whole(ask(query)).starts_with("HTTP/1.1 400 ")) << query;
  concert_.value += 1;
  EXPECT_TRUE(whole(ask("")).starts_with("HTTP/1.1 404 "));
}

}  // namespace
}  // namespace frontrow
