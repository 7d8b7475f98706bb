// Requests from pages of other origins.

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr std::string_view kShop = "https://shop.example";

class CrossOrigin : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--http-cors-origins", std::string(kShop)});
  }
  static void TearDownTestSuite() { server_.reset(); }
  CrossOrigin() : shop(*server_) {}

  Response from(std::string_view origin, std::string_view method, std::string_view path,
                std::string_view body = {}, Headers headers = {}) {
    headers.push_back({"Origin", std::string(origin)});
    return shop.http.request(method, path, headers, body);
  }

  Shop shop;
  static inline std::unique_ptr<ServerProcess> server_;
};

TEST_F(CrossOrigin, preflight_of_the_shop_is_answered_for_each_route) {
  for (const auto& [path, method] :
       std::vector<std::pair<std::string, std::string>>{{"/v1/concerts/1/queue/tokens", "POST"},
                                                        {"/v1/concerts/1/queue/token", "DELETE"},
                                                        {"/v1/admin/concerts/1", "PATCH"}}) {
    const Response answer = from(kShop, "OPTIONS", path, {},
                                 {{"Access-Control-Request-Method", method},
                                  {"Access-Control-Request-Headers", "authorization"}});
    EXPECT_EQ(answer.status, 204) << path;
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), kShop);
    EXPECT_NE(answer.header("Access-Control-Allow-Methods").find(method), std::string::npos);
    EXPECT_NE(answer.header("Access-Control-Allow-Headers").find("Authorization"),
              std::string::npos);
    EXPECT_EQ(answer.header("Access-Control-Allow-Credentials"), "");
    EXPECT_EQ(answer.header("Vary"), "Origin");
  }
}

TEST_F(CrossOrigin, responses_and_refusals_can_be_read_by_the_shop) {
  const std::int64_t c = shop.create_concert();
  for (const Response& answer :
       {from(kShop, "GET", Shop::path(c, "")), from(kShop, "GET", "/v1/concerts/999"),
        from(kShop, "POST", Shop::path(c, "/queue/tokens"), "{}"),
        from(kShop, "GET", Shop::path(c, "/queue/token"))}) {
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), kShop) << answer.status;
    EXPECT_NE(answer.header("Access-Control-Expose-Headers").find("Retry-After"),
              std::string::npos);
  }
}

TEST_F(CrossOrigin, other_origins_get_no_permission_and_caches_keep_them_apart) {
  const std::int64_t c = shop.create_concert();
  for (const char* origin : {"https://evil.example", "null", "https://shop.example.evil"}) {
    const Response read = from(origin, "GET", Shop::path(c, ""));
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "");
    const Response preflight = from(origin, "OPTIONS", Shop::path(c, "/holds"), {},
                                    {{"Access-Control-Request-Method", "POST"}});
    EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "");
  }
  EXPECT_NE(shop.http.request("GET", Shop::path(c, "/queue/token")).header("Vary").find("Origin"),
            std::string::npos);
}

}  // namespace
}  // namespace frontrow::api
