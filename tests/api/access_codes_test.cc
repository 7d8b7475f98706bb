// Presales over HTTP: codes are told once, let their owners in before the others, and survive the
// server.
#include <fmt/format.h>

#include <cctype>
#include <set>
#include <tuple>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr std::string_view kOpensLate = R"("opensAt":"2046-05-01T10:00:00Z")";

std::string codes_path(std::int64_t c) {
  return fmt::format("/v1/admin/concerts/{}/access-codes", c);
}

std::string request_for(int count, int uses, std::string_view opens_at = "2026-01-01T00:00:00Z") {
  return fmt::format(R"({{"count":{},"uses":{},"opensAt":"{}"}})", count, uses, opens_at);
}

Response join_with(Shop& shop, std::int64_t c, std::string_view code,
                   const std::string& user = new_user()) {
  return shop.http.request("POST", Shop::path(c, "/queue/tokens"), {},
                           fmt::format(R"({{"userId":"{}","accessCode":"{}"}})", user, code));
}

class AccessCodes : public ApiTest {
 protected:
  Response add(std::int64_t c, const std::string& body, Headers headers = {}) {
    return shop.admin("POST", codes_path(c), body, std::move(headers));
  }
  Response join(std::int64_t c, std::string_view code, const std::string& user = new_user()) {
    return join_with(shop, c, code, user);
  }
};

TEST_F(AccessCodes, let_their_owners_into_the_shop_before_the_opening) {
  const std::int64_t c = shop.create_concert(kOpensLate);
  const Response made = add(c, request_for(2, 2));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("Cache-Control"), "no-store");
  made.json().expect_shape(
      "concertId:i batch:i count:i uses:i opensAt:t addedAt:t codesUsed:i usesSpent:i codes:a");
  ASSERT_EQ(made.json()["codes"].size(), 2U);
  const std::string first = made.json()["codes"][0].text();
  const std::string second = made.json()["codes"][1].text();
  EXPECT_EQ(first.size(), 19U);
  EXPECT_NE(first, second);
  ASSERT_TRUE(await([&] { return shop.concert(c)["phase"].text() == "open"; }));

  expect_problem(shop.post_join(c, new_user()), 403, "access-code-required");
  expect_problem(join(c, "0000-0000-0000-0000"), 403, "access-code-invalid");
  expect_problem(join(c, "not a code at all"), 403, "access-code-invalid");
  const std::string user = new_user();
  const Response joined = join(c, first, user);
  ASSERT_EQ(joined.status, 201) << joined.body;
  EXPECT_EQ(joined.json()["state"].text(), "active");
  EXPECT_EQ(join(c, "nonsense", user).status, 200) << "the same place";
  EXPECT_EQ(shop.post_join(c, user).status, 200);

  std::string typed;  // as a fan may type it
  for (const char letter : first)
    if (letter != '-') typed += static_cast<char>(std::tolower(letter));
  EXPECT_EQ(join(c, typed).status, 201);
  expect_problem(join(c, first), 403, "access-code-used");
  EXPECT_EQ(join(c, second).status, 201);

  const Json list = shop.admin("GET", codes_path(c)).json();
  ASSERT_EQ(list["batches"].size(), 1U);
  list["batches"][0].expect_shape(
      "batch:i count:i uses:i opensAt:t addedAt:t codesUsed:i usesSpent:i");
  EXPECT_EQ(list["batches"][0]["codesUsed"].integer(), 2);
  EXPECT_EQ(list["batches"][0]["usesSpent"].integer(), 3);
  const Response acts = shop.admin("GET", "/v1/admin/audit?limit=1000");
  EXPECT_NE(acts.body.find("add-access-codes"), acts.body.npos);
  EXPECT_EQ(acts.body.find(first), acts.body.npos);
}

TEST_F(AccessCodes, of_a_batch_that_opens_later_are_not_valid_yet) {
  const std::int64_t c = shop.create_concert(kOpensLate);
  const Response made = add(c, request_for(1, 1, time_from_now(1500)));
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string code = made.json()["codes"][0].text();
  expect_problem(join(c, code), 403, "access-code-invalid");
  EXPECT_EQ(shop.concert(c)["phase"].text(), "scheduled");
  EXPECT_TRUE(await([&] { return join(c, code).status == 201; }));
}

TEST_F(AccessCodes, are_not_needed_from_the_public_opening_on) {
  const std::int64_t c = shop.create_concert(kOpensLate);
  ASSERT_EQ(add(c, request_for(1, 1)).status, 201);
  expect_problem(shop.post_join(c, new_user()), 403, "access-code-required");
  shop.change(c, fmt::format(R"({{"opensAt":"{}"}})", time_from_now(0)));
  EXPECT_TRUE(await([&] { return shop.post_join(c, new_user()).status == 201; }));
  EXPECT_EQ(join(c, "0000-0000-0000-0000").status, 201);
  EXPECT_EQ(shop.admin("GET", codes_path(c)).json()["batches"][0]["usesSpent"].integer(), 0);
  expect_problem(add(c, request_for(1, 1)), 409, "conflicting-settings");
}

TEST_F(AccessCodes, are_made_once_under_a_key_and_told_once) {
  const std::int64_t c = shop.create_concert(kOpensLate);
  const Headers key = {{"Idempotency-Key", "presale-1"}};
  const Response made = add(c, request_for(3, 1), key);
  ASSERT_EQ(made.status, 201) << made.body;
  const Response again = add(c, request_for(3, 1), key);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_FALSE(again.json().has("codes"));
  EXPECT_EQ(again.json()["batch"].integer(), 1);
  EXPECT_EQ(again.json()["count"].integer(), 3);
  expect_problem(add(c, request_for(4, 1), key), 422, "idempotency-key-reused");
  EXPECT_EQ(shop.admin("GET", codes_path(c)).json()["batches"].size(), 1U);
  EXPECT_EQ(join(c, made.json()["codes"][2].text()).status, 201);
}

TEST_F(AccessCodes, request_has_bounds) {
  const std::int64_t c = shop.create_concert(kOpensLate);
  for (const auto& [count, uses, field] :
       {std::tuple{0, 1, "count"}, {50'001, 1, "count"}, {1, 0, "uses"}, {1, 10'001, "uses"}}) {
    const Response no = add(c, request_for(count, uses));
    expect_problem(no, 422, "invalid-field");
    EXPECT_EQ(no.json()["field"].text(), field);
  }
  for (const char* body : {R"({"uses":1,"opensAt":"2026-01-01T00:00:00Z"})",
                           R"({"count":1,"opensAt":"2026-01-01T00:00:00Z"})",
                           R"({"count":1,"uses":1})", R"({"count":1,"uses":1,"opensAt":"soon"})",
                           R"({"count":1,"uses":1,"opensAt":"2026-01-01T00:00:00Z","name":"a"})"})
    expect_problem(add(c, body), 422, "invalid-field");
  expect_problem(add(c, request_for(1, 1, "2046-05-01T10:00:00Z")), 409, "conflicting-settings");
  expect_problem(add(999'999, request_for(1, 1)), 404, "not-found");
  expect_problem(shop.admin("GET", codes_path(999'999)), 404, "not-found");
  EXPECT_EQ(join(c, std::string(64, 'A')).status, 201) << "without codes none is looked at";
  expect_problem(join(c, std::string(65, 'A')), 422, "invalid-field");
  expect_problem(join(c, ""), 422, "invalid-field");
  for (int batch = 1; batch <= 64; ++batch)
    ASSERT_EQ(add(c, request_for(1, 10'000)).status, 201) << batch;
  expect_problem(add(c, request_for(1, 1)), 409, "too-many-access-codes");
}

TEST_F(AccessCodes, largest_batch_has_distinct_codes_that_work) {
  const std::int64_t c = shop.create_concert(kOpensLate);
  const Response made = add(c, request_for(50'000, 1));
  ASSERT_EQ(made.status, 201);
  const Json codes = made.json()["codes"];
  ASSERT_EQ(codes.size(), 50'000U);
  std::set<std::string> distinct;
  for (std::size_t at = made.body.find("\"codes\"");
       (at = made.body.find("-", at)) != made.body.npos; at += 18)
    distinct.insert(made.body.substr(at - 4, 19));
  EXPECT_EQ(distinct.size(), 50'000U);
  EXPECT_EQ(join(c, *distinct.begin()).status, 201);
  EXPECT_EQ(join(c, *distinct.rbegin()).status, 201);
}

TEST_F(AccessCodes, and_their_uses_survive_the_server) {
  ServerProcess other;
  std::int64_t c = 0;
  std::string first;
  std::string second;
  const Headers key = {{"Idempotency-Key", "presale-1"}};
  {
    Shop before(other);
    c = before.create_concert(kOpensLate);
    const Response made = before.admin("POST", codes_path(c), request_for(2, 1), key);
    ASSERT_EQ(made.status, 201) << made.body;
    first = made.json()["codes"][0].text();
    second = made.json()["codes"][1].text();
    EXPECT_EQ(join_with(before, c, first).status, 201);
  }
  other.kill();
  ASSERT_TRUE(other.start());
  Shop after(other);
  expect_problem(join_with(after, c, first), 403, "access-code-used");
  expect_problem(after.post_join(c, new_user()), 403, "access-code-required");
  EXPECT_EQ(join_with(after, c, second).status, 201);
  EXPECT_EQ(after.admin("POST", codes_path(c), request_for(2, 1), key).status, 200);
  EXPECT_EQ(after.admin("GET", codes_path(c)).json()["batches"][0]["usesSpent"].integer(), 2);
}

}  // namespace
}  // namespace frontrow::api
