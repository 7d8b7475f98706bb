#include "tests/api/support/shop.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

namespace frontrow::api {

std::string new_user() {
  static std::atomic<std::uint64_t> next{1};
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", static_cast<unsigned>(getpid()), next++);
}

Header bearer(std::string_view token) { return {"Authorization", "Bearer " + std::string(token)}; }

bool await(const std::function<bool()>& condition, int timeout_ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

void in_parallel(int threads, const std::function<void(int)>& work) {
  std::latch start(threads);
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&start, &work, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

std::string time_from_now(int ms) {
  const auto at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) +
                  std::chrono::milliseconds(ms);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (at - seconds).count());
}

Response Shop::admin(std::string_view method, std::string_view path, std::string_view body,
                     Headers headers) {
  headers.push_back(bearer(admin_key_));
  return http.request(method, path, headers, body);
}

Response Shop::fan(const Fan& fan, std::string_view method, std::string_view path,
                   std::string_view body, Headers headers) {
  headers.push_back(bearer(fan.token));
  return http.request(method, path, headers, body);
}

std::string Shop::path(std::int64_t concert, std::string_view rest) {
  return fmt::format("/v1/concerts/{}{}", concert, rest);
}

std::int64_t Shop::create_concert(std::string_view members) {
  std::string body = R"({"title":"A night at the opera")";
  if (!members.empty()) body += "," + std::string(members);
  if (members.find("\"dates\"") == members.npos) {
    body +=
        R"(,"dates":[{"date":"2047-05-01","sections":[{"name":"all","seats":50,"price":1000}]}])";
  }
  const Response made = admin("POST", "/v1/admin/concerts", body + "}");
  EXPECT_EQ(made.status, 201) << made.body;
  return made.json()["concertId"].integer();
}

Json Shop::concert(std::int64_t concert) {
  const Response read = admin("GET", fmt::format("/v1/admin/concerts/{}", concert));
  EXPECT_EQ(read.status, 200) << read.body;
  return read.json();
}

void Shop::change(std::int64_t concert, std::string_view body) {
  const Response changed = admin("PATCH", fmt::format("/v1/admin/concerts/{}", concert), body);
  EXPECT_EQ(changed.status, 200) << changed.body;
}

Response Shop::post_join(std::int64_t concert, std::string_view user, Headers headers) {
  return http.request("POST", path(concert, "/queue/tokens"), headers,
                      fmt::format(R"({{"userId":"{}"}})", user));
}

Fan Shop::join(std::int64_t concert, const std::string& user) {
  const Response joined = post_join(concert, user);
  EXPECT_TRUE(joined.status == 201 || joined.status == 200) << joined.status << joined.body;
  return {user, joined.json()["token"].text(), joined.json()["number"].integer()};
}

Fan Shop::enter(std::int64_t concert, const std::string& user) {
  const Fan fan = join(concert, user);
  EXPECT_TRUE(await([&] { return state(concert, fan) == "active"; })) << state(concert, fan);
  return fan;
}

Json Shop::entry(std::int64_t concert, const Fan& f) {
  const Response read = fan(f, "GET", path(concert, "/queue/token"));
  EXPECT_EQ(read.status, 200) << read.body;
  return read.json();
}

std::string Shop::state(std::int64_t concert, const Fan& fan) {
  return entry(concert, fan)["state"].text();
}

Response Shop::post_hold(std::int64_t concert, const Fan& f, const std::vector<int>& seats,
                         Headers headers) {
  return fan(f, "POST", path(concert, "/holds"),
             fmt::format(R"({{"date":"2047-05-01","seats":[{}]}})", fmt::join(seats, ",")),
             std::move(headers));
}

std::int64_t Shop::hold(std::int64_t concert, const Fan& fan, const std::vector<int>& seats) {
  const Response held = post_hold(concert, fan, seats);
  EXPECT_EQ(held.status, 201) << held.body;
  return held.json()["holdId"].integer();
}

Response Shop::post_payment(std::int64_t concert, const Fan& f, std::int64_t hold,
                            Headers headers) {
  return fan(f, "POST", path(concert, "/payments"), fmt::format(R"({{"holdId":{}}})", hold),
             std::move(headers));
}

std::int64_t Shop::pay(std::int64_t concert, const Fan& fan, std::int64_t hold) {
  const Response paid = post_payment(concert, fan, hold);
  EXPECT_EQ(paid.status, 201) << paid.body;
  return paid.json()["paymentId"].integer();
}

Response Shop::post_charge(const Fan& f, std::int64_t amount, Headers headers) {
  return fan(f, "POST", fmt::format("/v1/users/{}/balance/charges", f.user),
             fmt::format(R"({{"amount":{}}})", amount), std::move(headers));
}

void Shop::charge(const Fan& fan, std::int64_t amount) {
  const Response charged = post_charge(fan, amount);
  EXPECT_EQ(charged.status, 201) << charged.body;
}

std::int64_t Shop::balance(std::string_view user) {
  const Response read = admin("GET", fmt::format("/v1/users/{}/balance", user));
  EXPECT_EQ(read.status, 200) << read.body;
  return read.json()["balance"].integer();
}

Response Shop::refund(std::int64_t concert, std::int64_t payment, Headers headers) {
  return admin("POST", fmt::format("/v1/admin/concerts/{}/payments/{}/refunds", concert, payment),
               {}, headers);
}

void expect_problem(const Response& response, int status, std::string_view slug) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.slug(), slug) << response.body;
  EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
  EXPECT_FALSE(response.header("X-Request-Id").empty());
  EXPECT_EQ(response.json()["status"].integer(), status);
  EXPECT_TRUE(response.json()["title"].is_text());
  EXPECT_EQ(response.header("WWW-Authenticate").starts_with("Bearer"), status == 401);
}

void ApiTest::TearDownTestSuite() {
  EXPECT_TRUE(server_->running()) << server_->log();
  EXPECT_EQ(server_->stop(), 0) << server_->log();
  server_.reset();
}

}  // namespace frontrow::api
