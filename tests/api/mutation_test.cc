// Valid requests with random damage: the server answers or closes each, never fails, and serves the
// next client. The seed is printed; FRONTROW_SEED repeats a run.

#include <fmt/format.h>

#include <cstdlib>
#include <random>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr int kRequests = 20'000;

class Mutation : public ApiTest {
 protected:
  using Random = std::mt19937_64;

  static std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

  std::vector<std::string> good_requests() {
    const std::int64_t c = shop.create_concert();
    const Fan fan = shop.enter(c);
    shop.charge(fan, 10'000);
    const std::int64_t hold = shop.hold(c, fan, {1});
    const std::string token = "Authorization: Bearer " + fan.token + "\r\n";
    const std::string key = "Authorization: Bearer " + server().admin_key() + "\r\n";
    std::vector<std::string> requests;
    const auto add = [&requests](std::string_view method, const std::string& path,
                                 const std::string& headers, const std::string& body = {}) {
      std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}", method, path, headers);
      if (!body.empty())
        text +=
            fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
      requests.push_back(text + "\r\n" + body);
    };
    add("POST", Shop::path(c, "/queue/tokens"), "Idempotency-Key: a\r\n",
        fmt::format(R"({{"userId":"{}"}})", new_user()));
    add("GET", Shop::path(c, "/queue/token"), token);
    add("GET", "/v1/concerts", "Accept: application/json\r\n");
    add("GET", Shop::path(c, "/dates?all=true"), token);
    add("GET", Shop::path(c, "/dates/2047-05-01/seats"), token + "If-None-Match: \"1\"\r\n");
    add("GET", Shop::path(c, "/dates/2047-05-01/seats?view=bitmap&since=1"), token);
    add("POST", Shop::path(c, "/holds"), token + "Idempotency-Key: b\r\n",
        R"({"date":"2047-05-01","seats":[2]})");
    add("GET", Shop::path(c, fmt::format("/holds/{}", hold)), token);
    add("DELETE", Shop::path(c, fmt::format("/holds/{}", hold + 1)), token);
    add("POST", Shop::path(c, "/payments"), token, fmt::format(R"({{"holdId":{}}})", hold + 2));
    add("GET", fmt::format("/v1/users/{}/payments?limit=5&before=77", fan.user), token);
    add("POST", fmt::format("/v1/users/{}/balance/charges", fan.user), token, R"({"amount":3})");
    add("POST", "/v1/admin/concerts", key,
        R"({"title":"t","opensAt":"2047-01-01T00:00:00.000Z","dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":3,"price":4}]}],"queue":{"maxActive":3}})");
    add("PATCH", fmt::format("/v1/admin/concerts/{}", c), key,
        R"({"queue":{"admitPerSecond":9},"holdSeconds":30})");
    add("PUT", fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/seats/9/block", c), key);
    add("POST", fmt::format("/v1/admin/concerts/{}/payments/1/refunds", c), key);
    add("GET", "/metrics", "");
    requests.push_back(
        "POST /v1/concerts/1/queue/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"userId\r\n3\r\n\":1\r\n1\r\n}\r\n0\r\n\r\n");
    return requests;
  }

  static void damage(Random& random, std::string& text, const std::vector<std::string>& all) {
    static const std::vector<std::string> kPieces = {
        "\r\n",
        "\n",
        "\0",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "-",
        "1e999",
        "99999999999999999999",
        "null",
        "\xff",
        "\\u0000",
        "%00",
        "../",
        "//",
        "?",
        "#",
        " ",
        "\t",
        "chunked",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Host: y\r\n",
        "Connection: close\r\n",
        "Connection: upgrade\r\nUpgrade: websocket\r\n",
        "Expect: 100-continue\r\n"};
    if (text.empty()) text = "x";
    const std::size_t at = below(random, text.size());
    switch (below(random, 8)) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + below(random, 8));
        break;
      case 2:
        text.insert(at, kPieces[below(random, kPieces.size())]);
        break;
      case 3:
        text.insert(at, text.substr(below(random, text.size()), below(random, 40)));
        break;
      case 4:
        text.resize(at);
        break;
      case 5:
        text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
        break;
      case 6:
        text += all[below(random, all.size())];
        break;
      default:
        text.insert(at, std::string(below(random, 3000), text[at]));
        break;
    }
  }
};

TEST_F(Mutation, damaged_requests_never_break_the_server) {
  const char* given = std::getenv("FRONTROW_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE(fmt::format("FRONTROW_SEED={}", seed));
  Random random(seed);
  const std::vector<std::string> good = good_requests();
  std::map<int, int> statuses;
  for (int i = 0; i < kRequests; ++i) {
    std::string text = good[below(random, good.size())];
    for (std::size_t n = 1 + below(random, 3); n > 0; --n) damage(random, text, good);
    HttpClient http(server().port());
    ASSERT_TRUE(http.connect()) << server().log();
    if (!http.send(text)) continue;
    // Ends the input, so that the server does not wait for the rest of a request that is now
    // incomplete.
    http.close_sending_half();
    int answers = 0;
    for (Response answer = http.receive(text.starts_with("HEAD")); answer.status != 0;
         answer = http.receive()) {
      ++statuses[answer.status];
      ++answers;
      if (answer.status < 500 || answer.status == 503 || answer.status == 501 ||
          answer.status == 505)
        continue;
      ADD_FAILURE() << answer.status << " to\n" << text;
      return;
    }
    if (i % 1000 == 0) {
      ASSERT_EQ(shop.http.request("GET", "/readyz").status, 200) << server().log();
    }
  }
  EXPECT_TRUE(server().running()) << server().log();
  EXPECT_GT(statuses[200] + statuses[201], kRequests / 100);
  EXPECT_GT(statuses[400], kRequests / 100);
  EXPECT_GT(statuses[404], 0);
}

}  // namespace
}  // namespace frontrow::api
