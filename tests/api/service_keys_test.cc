// Service keys over HTTP: the routes of each scope, keys limited to concerts, their change by
// SIGHUP, and the audit that names them.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "net/auth/service_key.h"
#include "tests/api/support/shop.h"
#include "tests/support/temp_directory.h"
#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/service_keys.h"

namespace frontrow::api {
namespace {

namespace fs = std::filesystem;

struct TestKey {
  std::string id;
  std::string scopes;    // as in TOML
  std::string concerts;  // likewise; empty: all
  std::string secret() const { return "frk_secret-of-the-test-key-" + id; }
  std::string table() const {
    const Sha256Digest digest = sha256(secret());
    const std::string hex =
        format_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
    std::string text =
        fmt::format("[[keys]]\nid = \"{}\"\nsha256 = \"{}\"\nscopes = [{}]\n", id, hex, scopes);
    if (!concerts.empty()) text += fmt::format("concerts = [{}]\n", concerts);
    return text;
  }
};

const std::vector<TestKey> kKeys = {
    {"op", R"("operate")", ""},      {"till", R"("box-office")", ""},
    {"shop", R"("charge")", ""},     {"auditor", R"("read")", ""},
    {"scraper", R"("metrics")", ""}, {"venue", R"("operate", "box-office", "read")", "1"}};

std::string config_of(const std::vector<TestKey>& keys) {
  std::string text = "[metrics]\nneed_key = true\n";
  for (const TestKey& key : keys) text += key.table();
  return text;
}

class ServiceKeys : public testing::Test {
 protected:
  ServiceKeys()
      : file_(directory_.path() / "frontrow.toml"),
        server_((put(config_of(kKeys)), std::vector<std::string>{"--config", file_.string()})),
        shop(server_) {}

  void put(const std::string& text) { std::ofstream(file_) << text; }
  Response as(const std::string& id, std::string_view method, std::string_view path,
              std::string_view body = {}, Headers headers = {}) {
    headers.push_back(bearer(TestKey{id, "", ""}.secret()));
    return shop.http.request(method, path, headers, body);
  }
  Json audit(std::string_view query = "") {
    const Response page = as("auditor", "GET", fmt::format("/v1/admin/audit{}", query));
    EXPECT_EQ(page.status, 200) << page.body;
    return page.json();
  }

  TempDirectory directory_;
  fs::path file_;
  ServerProcess server_;
  Shop shop;
};

struct ScopeCase {
  std::string_view method;
  std::string path;
  std::string body;
  std::vector<std::string> keys;  // that may
};

TEST_F(ServiceKeys, each_scope_opens_its_routes_and_no_other) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.charge(fan, 5000);
  const std::int64_t payment = shop.pay(c, fan, shop.hold(c, fan, {1}));
  const std::string concert = fmt::format("/v1/admin/concerts/{}", c);
  const std::string user = fmt::format("/v1/users/{}", fan.user);
  const std::vector<ScopeCase> cases = {
      {"POST", "/v1/admin/concerts", R"({"title":"T","dates":[{"date":"2047-05-01"}]})", {"op"}},
      {"GET", concert, "", {"op", "till", "auditor", "venue"}},
      {"PATCH", concert, R"({"holdSeconds":100})", {"op", "venue"}},
      {"PUT", concert + "/dates/2047-05-01/seats/9/block", "", {"op", "till", "venue"}},
      {"DELETE", concert + "/dates/2047-05-01/seats/9/block", "", {"op", "till", "venue"}},
      {"GET", user + "/balance", "", {"till", "shop", "auditor"}},
      {"GET", user + "/payments", "", {"till", "shop", "auditor"}},
      {"POST", user + "/balance/charges", R"({"amount":10})", {"shop"}},
      {"POST", concert + fmt::format("/payments/{}/refunds", payment), "", {"till", "venue"}},
      {"GET", "/v1/admin/audit", "", {"auditor"}},
      {"GET", "/metrics", "", {"scraper"}}};
  for (const ScopeCase& one : cases) {
    for (const TestKey& key : kKeys) {
      SCOPED_TRACE(fmt::format("{} {} by {}", one.method, one.path, key.id));
      const Response answer = as(key.id, one.method, one.path, one.body);
      const bool may = std::ranges::find(one.keys, key.id) != one.keys.end();
      if (may) {
        EXPECT_LT(answer.status, 300) << answer.body;
      } else {
        expect_problem(answer, 403, "key-not-allowed");
      }
    }
    EXPECT_EQ(
        shop.http.request(one.method, one.path, {bearer("frk_of-no-key-of-this-server")}, one.body)
            .status,
        401);
    EXPECT_EQ(shop.http.request(one.method, one.path, {}, one.body).status, 401) << one.path;
  }
}

TEST_F(ServiceKeys, refusal_names_the_scopes_that_are_needed) {
  const std::int64_t c = shop.create_concert();
  const Response refused =
      as("shop", "PUT", fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/seats/1/block", c));
  expect_problem(refused, 403, "key-not-allowed");
  ASSERT_EQ(refused.json()["needs"].size(), 2U);
  EXPECT_EQ(refused.json()["needs"][0].text(), "operate");
  EXPECT_EQ(refused.json()["needs"][1].text(), "box-office");
}

TEST_F(ServiceKeys, limited_key_is_good_for_its_concerts_only) {
  ASSERT_EQ(shop.create_concert(), 1);
  const std::int64_t other = shop.create_concert();
  EXPECT_EQ(as("venue", "GET", "/v1/admin/concerts/1").status, 200);
  expect_problem(as("venue", "GET", fmt::format("/v1/admin/concerts/{}", other)), 403,
                 "key-not-allowed");
  expect_problem(as("venue", "GET", "/v1/admin/concerts/01"), 403, "key-not-allowed");
  expect_problem(as("venue", "GET", "/v1/admin/audit"), 403, "key-not-allowed");
  expect_problem(
      as("venue", "POST", "/v1/admin/concerts", R"({"title":"T","dates":[{"date":"2047-05-01"}]})"),
      403, "key-not-allowed");
  expect_problem(as("venue", "GET", fmt::format("/v1/users/{}/balance", new_user())), 403,
                 "key-not-allowed");
}

TEST_F(ServiceKeys, key_is_no_queue_token) {
  const std::int64_t c = shop.create_concert();
  expect_problem(as("op", "GET", Shop::path(c, "/queue/token")), 401, "invalid-token");
  expect_problem(as("op", "POST", Shop::path(c, "/holds"), R"({"date":"2047-05-01","seats":[1]})"),
                 401, "invalid-token");
}

TEST_F(ServiceKeys, sighup_adds_and_drops_keys_and_keeps_them_when_the_file_is_wrong) {
  const auto renew = [&](const std::string& text, std::string_view line) {
    const std::string before = server_.log();
    put(text);
    server_.send_signal(SIGHUP);
    ASSERT_TRUE(await([&] {
      return server_.log().substr(before.size()).find(line) != before.npos;
    })) << server_.log();
  };
  const TestKey late{"late", R"("read")", ""};
  EXPECT_EQ(as("late", "GET", "/v1/admin/audit").status, 401);
  renew(config_of({late}), "keys renewed");
  EXPECT_EQ(as("late", "GET", "/v1/admin/audit").status, 200);
  EXPECT_EQ(as("auditor", "GET", "/v1/admin/audit").status, 401);
  renew("[[keys]]\nid = \"late\"\n", "the keys stay as they are");
  EXPECT_EQ(as("late", "GET", "/v1/admin/audit").status, 200);
  EXPECT_EQ(shop.admin("GET", "/v1/admin/audit").status, 200);
}

TEST_F(ServiceKeys, audit_names_the_key_of_each_act) {
  // Acts of one millisecond are in the order of their slots.
  const auto pass_a_moment = [] { await([] { return false; }, 5); };
  const std::int64_t c = shop.create_concert();
  pass_a_moment();
  const Fan fan = shop.enter(c);
  const std::string concert = fmt::format("/v1/admin/concerts/{}", c);
  const Response charged = as("shop", "POST", fmt::format("/v1/users/{}/balance/charges", fan.user),
                              R"({"amount":5000})");
  ASSERT_EQ(charged.status, 201);
  pass_a_moment();
  const std::int64_t payment = shop.pay(c, fan, shop.hold(c, fan, {1}));
  ASSERT_EQ(as("op", "PATCH", concert, R"({"holdSeconds":100,"queue":{"maxActive":7}})").status,
            200);
  ASSERT_EQ(as("till", "PUT", concert + "/dates/2047-05-01/seats/9/block").status, 204);
  ASSERT_EQ(as("till", "PUT", concert + "/dates/2047-05-01/seats/9/block").status, 204);
  ASSERT_TRUE(await([&] {
    return as("till", "POST", concert + fmt::format("/payments/{}/refunds", payment)).status == 201;
  }));
  const Json page = audit();
  const Json acts = page["acts"];
  ASSERT_EQ(acts.size(), 5U) << "the second block changed nothing";
  EXPECT_TRUE(page["nextAfter"].is_null());
  EXPECT_EQ(acts[0]["key"].text(), "admin");
  EXPECT_EQ(acts[0]["action"].text(), "create-concert");
  EXPECT_EQ(acts[0]["concertId"].integer(), c);
  EXPECT_EQ(acts[1]["key"].text(), "shop");
  EXPECT_EQ(acts[1]["action"].text(), "charge");
  EXPECT_EQ(acts[1]["userId"].text(), fan.user);
  EXPECT_EQ(acts[1]["chargeId"].integer(), charged.json()["chargeId"].integer());
  EXPECT_EQ(acts[1]["amount"].integer(), 5000);
  EXPECT_EQ(acts[2]["key"].text(), "op");
  EXPECT_EQ(acts[2]["action"].text(), "change-concert");
  EXPECT_EQ(acts[2]["note"].text(), "queue.maxActive=7 holdSeconds=100");
  EXPECT_EQ(acts[3]["action"].text(), "block-seat");
  EXPECT_EQ(acts[3]["date"].text(), "2047-05-01");
  EXPECT_EQ(acts[3]["seat"].integer(), 9);
  EXPECT_EQ(acts[4]["key"].text(), "till");
  EXPECT_EQ(acts[4]["action"].text(), "refund");
  EXPECT_EQ(acts[4]["paymentId"].integer(), payment);
  EXPECT_EQ(acts[4]["userId"].text(), fan.user);
}

TEST_F(ServiceKeys, audit_is_read_page_by_page_and_survives_a_crash) {
  constexpr int kCharges = 7;
  for (int i = 0; i < kCharges; ++i) {
    ASSERT_EQ(as("shop", "POST", fmt::format("/v1/users/{}/balance/charges", new_user()),
                 fmt::format(R"({{"amount":{}}})", i + 1))
                  .status,
              201);
  }
  server_.kill();
  ASSERT_TRUE(server_.start());
  Shop after(server_);
  const auto audit = [&](std::string_view query) {
    return after.http
        .request("GET", fmt::format("/v1/admin/audit{}", query),
                 {bearer(TestKey{"auditor", "", ""}.secret())})
        .json();
  };
  std::vector<std::int64_t> amounts;
  std::string query = "?limit=2";
  for (int page = 0; page < kCharges; ++page) {
    const Json acts = audit(query);
    EXPECT_LE(acts["acts"].size(), 2U);
    for (std::size_t i = 0; i < acts["acts"].size(); ++i)
      amounts.push_back(acts["acts"][i]["amount"].integer());
    if (acts["nextAfter"].is_null()) break;
    query = "?limit=2&after=" + acts["nextAfter"].text();
  }
  std::ranges::sort(amounts);  // acts of one millisecond are in the order of their slots
  EXPECT_EQ(amounts, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7}));
}

TEST_F(ServiceKeys, audit_refuses_impossible_pages) {
  for (const char* bad : {"?limit=0", "?limit=1001", "?limit=x", "?after=", "?after=1-2",
                          "?after=1-4096-1", "?after=-1-0-1", "?after=1-2-3-4", "?after=01-2-3"}) {
    expect_problem(as("auditor", "GET", fmt::format("/v1/admin/audit{}", bad)), 422,
                   "invalid-field");
  }
}

TEST_F(ServiceKeys, idempotency_keys_of_two_keys_are_apart) {
  const std::string user = new_user();
  const std::string path = fmt::format("/v1/users/{}/balance/charges", user);
  const Headers key = {{"Idempotency-Key", "same"}};
  EXPECT_EQ(as("shop", "POST", path, R"({"amount":10})", key).status, 201);
  EXPECT_EQ(as("shop", "POST", path, R"({"amount":10})", key).header("Idempotency-Replayed"),
            "true");
  const Response other = shop.admin("POST", path, R"({"amount":10})", key);
  EXPECT_EQ(other.status, 201);
  EXPECT_EQ(other.header("Idempotency-Replayed"), "");
  EXPECT_EQ(shop.balance(user), 20);
}

TEST_F(ServiceKeys, idempotency_keys_of_one_key_are_not_evicted_by_another_key) {
  const std::string path = fmt::format("/v1/users/{}/balance/charges", new_user());
  const Headers first = {{"Idempotency-Key", "first"}};
  ASSERT_EQ(as("shop", "POST", path, R"({"amount":10})", first).status, 201);
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(shop.admin("POST", path, R"({"amount":1})",
                         {{"Idempotency-Key", fmt::format("other-{}", i)}})
                  .status,
              201);
  }
  EXPECT_EQ(as("shop", "POST", path, R"({"amount":10})", first).header("Idempotency-Replayed"),
            "true");
}

}  // namespace
}  // namespace frontrow::api
