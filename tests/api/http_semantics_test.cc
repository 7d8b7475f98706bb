// HTTP semantics beyond the contract: ignored upgrade offers, conditions, entity tags, compression,
// equivalent spellings of a path.

#include <fmt/format.h>

#include <atomic>
#include <cstdio>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class HttpSemantics : public ApiTest {
 protected:
  static constexpr std::string_view kH2c =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: "
      "AAMAAABkAAQAAP__\r\n";

  std::string concert_path(std::int64_t c) { return fmt::format("/v1/admin/concerts/{}", c); }
  Response change(std::int64_t c, std::string_view body, const std::string& if_match) {
    return shop.admin("PATCH", concert_path(c), body, {{"If-Match", if_match}});
  }
};

// The server ignores the offer of another protocol and keeps the connection.
TEST_F(HttpSemantics, offers_to_upgrade_are_ignored) {
  const std::int64_t c = shop.create_concert();
  HttpClient http(server().port());
  ASSERT_TRUE(http.connect());
  http.send(
      fmt::format("GET /livez HTTP/1.1\r\nHost: x\r\n{0}\r\nGET /livez HTTP/1.1\r\nHost: x\r\n"
                  "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "\r\n",
                  kH2c));
  for (int i = 0; i < 2; ++i) {
    const Response answer = http.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Upgrade"), "");
    EXPECT_EQ(answer.header("Connection"), "");
  }
  const std::string body = fmt::format(R"({{"userId":"{}"}})", new_user());
  const std::string head =
      fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{}",
                  Shop::path(c, "/queue/tokens"), kH2c);
  http.send(fmt::format("{}Content-Length: {}\r\n\r\n{}", head, body.size(), body));
  EXPECT_EQ(http.receive().status, 201);
  http.send(fmt::format("{}Transfer-Encoding: chunked\r\n\r\n{:x};a;b=\"c;d\"\r\n{}\r\n0\r\n\r\n",
                        head, body.size(), body));
  EXPECT_EQ(http.receive().status, 200);
  http.send(fmt::format("GET /livez HTTP/1.0\r\n{}\r\n", kH2c));
  EXPECT_EQ(http.receive().status, 200);
}

TEST_F(HttpSemantics, curl_that_offers_http2_is_served) {
  const std::string command = fmt::format(
      "curl --silent --show-error --max-time 10 --http2 -o /dev/null "
      "-w '%{{http_version}} %{{http_code}}' http://127.0.0.1:{}/livez 2>&1",
      server().port());
  std::FILE* curl = popen(command.c_str(), "r");
  ASSERT_NE(curl, nullptr);
  char text[200] = {};
  const std::size_t size = std::fread(text, 1, sizeof text - 1, curl);
  EXPECT_EQ(pclose(curl), 0) << text;
  EXPECT_EQ(std::string_view(text, size), "1.1 200");
}

TEST_F(HttpSemantics, idempotency_key_that_is_there_must_be_one) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  for (const std::string& key : {std::string(), std::string(" \t "), std::string(256, 'k'),
                                 std::string("a b"), std::string("\xc3\xa9")}) {
    SCOPED_TRACE(key);
    expect_problem(shop.post_charge(fan, 70, {{"Idempotency-Key", key}}), 400, "malformed-request");
    expect_problem(shop.post_join(c, new_user(), {{"Idempotency-Key", key}}), 400,
                   "malformed-request");
    expect_problem(shop.post_hold(c, fan, {1}, {{"Idempotency-Key", key}}), 400,
                   "malformed-request");
  }
  expect_problem(shop.post_charge(fan, 70, {{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}),
                 400, "malformed-request");
  EXPECT_EQ(shop.balance(fan.user), 0);
  EXPECT_EQ(shop.concert(c)["joined"].integer(), 1);
  // Reads ignore the header.
  EXPECT_EQ(
      shop.fan(fan, "GET", Shop::path(c, "/queue/token"), {}, {{"Idempotency-Key", ""}}).status,
      200);
}

TEST_F(HttpSemantics, bearer_may_be_followed_by_several_spaces) {
  const std::string path = concert_path(shop.create_concert());
  const auto status = [&](const std::string& authorization) {
    return shop.http.request("GET", path, {{"Authorization", authorization}}).status;
  };
  const std::string key = server().admin_key();
  EXPECT_EQ(status("Bearer " + key), 200);
  EXPECT_EQ(status("bEARER    " + key), 200);
  EXPECT_EQ(status("Bearer" + key), 401);
  EXPECT_EQ(status("Bearer\t" + key), 401);
  EXPECT_EQ(status("Bearer " + key + " x"), 401);
  EXPECT_EQ(status("Bearer"), 401);
  EXPECT_EQ(status("Bearer   "), 401);
  EXPECT_EQ(status(""), 401);
}

TEST_F(HttpSemantics, change_made_for_older_settings_is_refused) {
  const std::int64_t c = shop.create_concert();
  const std::string first = shop.admin("GET", concert_path(c)).header("ETag");
  ASSERT_TRUE(first.starts_with('"') && first.ends_with('"') && first.size() > 2) << first;
  const Response changed = change(c, R"({"holdSeconds":100})", first);
  ASSERT_EQ(changed.status, 200) << changed.body;
  const std::string second = changed.header("ETag");
  EXPECT_NE(second, first);
  expect_problem(change(c, R"({"holdSeconds":200})", first), 412, "precondition-failed");
  EXPECT_EQ(shop.concert(c)["holdSeconds"].integer(), 100);
  EXPECT_EQ(shop.admin("GET", concert_path(c)).header("ETag"), second);
  // Weak tags match no tag, and neither does a malformed list.
  for (const std::string& none :
       {"W/" + second, std::string(), std::string("\"\""), second.substr(1, second.size() - 2),
        second + "x", "x" + second, first + ", W/" + second}) {
    expect_problem(change(c, R"({"holdSeconds":200})", none), 412, "precondition-failed");
  }
  EXPECT_EQ(change(c, R"({"holdSeconds":200})", first + " ,\t" + second + ", \"x\"").status, 200);
  EXPECT_EQ(change(c, R"({"holdSeconds":300})", "*").status, 200);
  EXPECT_EQ(shop.admin("PATCH", concert_path(c), R"({"holdSeconds":400})").status, 200);
  // Errors other than the condition take precedence.
  expect_problem(change(c, R"({"holdSeconds":0})", first), 422, "invalid-field");
  expect_problem(change(999'999, R"({"holdSeconds":9})", first), 404, "not-found");
  expect_problem(change(999'999, R"({"holdSeconds":9})", "*"), 404, "not-found");
}

TEST_F(HttpSemantics, tag_of_settings_follows_settings_and_not_counters) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":5})");
  const auto tag = [&] { return shop.admin("GET", concert_path(c)).header("ETag"); };
  const std::string first = tag();
  shop.hold(c, shop.enter(c), {1, 2});
  EXPECT_EQ(tag(), first);
  std::string before = first;
  for (const char* body :
       {R"({"title":"other"})", R"({"phase":"paused"})", R"({"queue":{"maxActive":6}})",
        R"({"queue":{"admitPerSecond":7}})", R"({"queue":{"sessionSeconds":61}})",
        R"({"queue":{"idleSeconds":62}})", R"({"holdSeconds":63})", R"({"maxSeatsPerUser":2})",
        R"({"revokeTokens":true})"}) {
    const Response changed = change(c, body, before);
    ASSERT_EQ(changed.status, 200) << body << changed.body;
    EXPECT_NE(changed.header("ETag"), before) << body;
    before = changed.header("ETag");
    EXPECT_EQ(tag(), before) << body;
  }
  const Response created =
      shop.admin("POST", "/v1/admin/concerts", R"({"title":"t","dates":[{"date":"2047-05-01"}]})");
  EXPECT_EQ(created.header("ETag"),
            shop.admin("GET", concert_path(created.json()["concertId"].integer())).header("ETag"));
}

// Of several clients with the same tag, one succeeds.
TEST_F(HttpSemantics, one_of_many_changes_of_the_same_settings_is_made) {
  const std::int64_t c = shop.create_concert();
  const std::string tag = shop.admin("GET", concert_path(c)).header("ETag");
  std::atomic<int> made{0};
  in_parallel(8, [&](int i) {
    Shop own(server());
    const Response answer =
        own.admin("PATCH", concert_path(c), fmt::format(R"({{"holdSeconds":{}}})", 500 + i),
                  {{"If-Match", tag}});
    EXPECT_TRUE(answer.status == 200 || answer.status == 412) << answer.status;
    made += answer.status == 200;
  });
  EXPECT_EQ(made, 1);
}

TEST_F(HttpSemantics, if_match_matches_nothing_where_there_is_no_tag) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const Headers tag = {{"If-Match", "\"x\""}};
  const Headers any = {{"If-Match", "*"}};
  expect_problem(shop.post_charge(fan, 70, tag), 412, "precondition-failed");
  EXPECT_EQ(shop.balance(fan.user), 0);
  expect_problem(shop.post_hold(c, fan, {1}, tag), 412, "precondition-failed");
  const std::string block = fmt::format("{}/dates/2047-05-01/seats/9/block", concert_path(c));
  expect_problem(shop.admin("PUT", block, {}, tag), 412, "precondition-failed");
  expect_problem(shop.fan(fan, "DELETE", Shop::path(c, "/queue/token"), {}, tag), 412,
                 "precondition-failed");
  EXPECT_EQ(shop.concert(c)["dates"][0]["free"].integer(), 50);
  EXPECT_EQ(shop.post_charge(fan, 70, any).status, 201);
  EXPECT_EQ(shop.post_hold(c, fan, {1}, any).status, 201);
  // Reads with an entity tag compare it.
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
  const std::string etag = shop.fan(fan, "GET", seats).header("ETag");
  EXPECT_EQ(shop.fan(fan, "GET", seats, {}, {{"If-Match", etag}}).status, 200);
  expect_problem(shop.fan(fan, "GET", seats, {}, tag), 412, "precondition-failed");
  expect_problem(shop.admin("GET", concert_path(c), {}, tag), 412, "precondition-failed");
  expect_problem(shop.http.request("GET", "/openapi.json", tag), 412, "precondition-failed");
}

TEST_F(HttpSemantics, seats_compare_whole_tags) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
  const std::string etag = shop.fan(fan, "GET", seats).header("ETag");
  const auto status = [&](const std::string& list) {
    return shop.fan(fan, "GET", seats, {}, {{"If-None-Match", list}}).status;
  };
  EXPECT_EQ(status(etag), 304);
  EXPECT_EQ(status("W/" + etag), 304);
  EXPECT_EQ(status("\"a\", " + etag), 304);
  EXPECT_EQ(status("*"), 304);
  EXPECT_EQ(status("\"a" + etag), 200);
  EXPECT_EQ(status(""), 200);
  EXPECT_EQ(
      shop.fan(fan, "GET", seats, {}, {{"If-None-Match", "\"a\""}, {"If-None-Match", etag}}).status,
      304);
}

TEST_F(HttpSemantics, constant_bodies_have_tags_and_are_compressed) {
  for (const std::string path : {"/", "/openapi.json", "/problems/not-found"}) {
    SCOPED_TRACE(path);
    const auto get = [&](const Headers& headers) {
      return shop.http.request("GET", path, headers);
    };
    const Response plain = get({});
    ASSERT_EQ(plain.status, 200);
    const std::string etag = plain.header("ETag");
    EXPECT_TRUE(etag.starts_with('"')) << etag;
    EXPECT_TRUE(plain.header("Vary").ends_with("Accept-Encoding"));
    EXPECT_EQ(plain.header("Content-Encoding"), "");
    EXPECT_EQ(get({{"Accept-Encoding", "gzip;q=0, *"}}).body, plain.body);

    const Response packed = get({{"Accept-Encoding", "br, gzip"}});
    EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
    EXPECT_EQ(packed.header("Vary"), plain.header("Vary"));
    EXPECT_TRUE(packed.body.starts_with("\x1f\x8b"));
    EXPECT_LT(packed.body.size(), plain.body.size() * 7 / 10);
    EXPECT_NE(packed.header("ETag"), etag);

    const Response same = get({{"If-None-Match", etag}});
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.header("ETag"), etag);
    EXPECT_EQ(same.header("Vary"), plain.header("Vary"));
    EXPECT_EQ(same.header("Cache-Control"), plain.header("Cache-Control"));
    // Each encoding has its own tag.
    EXPECT_EQ(get({{"If-None-Match", etag}, {"Accept-Encoding", "gzip"}}).status, 200);
    EXPECT_EQ(get({{"If-None-Match", packed.header("ETag")}, {"Accept-Encoding", "gzip"}}).status,
              304);
  }
}

TEST_F(HttpSemantics, problem_types_are_explained_at_their_address) {
  const Response refused = shop.http.request("GET", "/v1/concerts/999999");
  const std::string type = refused.json()["type"].text();
  const Response page = shop.http.request("GET", type, {{"Accept", "text/html,*/*;q=0.8"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.header("Content-Type").starts_with("text/html"));
  EXPECT_NE(page.header("Content-Security-Policy"), "");
  EXPECT_EQ(page.header("Vary"), "Accept, Accept-Encoding");
  EXPECT_NE(page.body.find("<h1>Not found</h1>"), std::string::npos);
  const Response json = shop.http.request("GET", type, {{"Accept", "application/json"}});
  EXPECT_EQ(json.header("Content-Type"), "application/json");
  json.json().expect_shape("type:s status:i title:s meaning:s advice:s");
  EXPECT_EQ(json.json()["type"].text(), type);
  expect_problem(shop.http.request("GET", "/problems/no-such"), 404, "not-found");
  expect_problem(shop.http.request("GET", "/problems/"), 404, "not-found");
  expect_problem(shop.http.request("GET", type, {{"Accept", "image/png"}}), 406, "not-acceptable");
  EXPECT_EQ(shop.http.request("POST", type).status, 405);
}

TEST_F(HttpSemantics, unreserved_characters_mean_the_same_encoded) {
  const std::int64_t c = shop.create_concert();
  const std::string digits = fmt::format("{}", c);
  std::string encoded;
  for (const char digit : digits) encoded += fmt::format("%{:02x}", digit);
  const Fan fan = shop.enter(c);
  EXPECT_EQ(shop.http.request("GET", "/v1/concerts/" + encoded).json()["concertId"].integer(), c);
  EXPECT_EQ(shop.http.request("GET", "/%76%31/concerts").status, 200);
  EXPECT_EQ(shop.fan(fan, "GET", "/v1/concerts/" + encoded + "/dates/2047%2D05%2d01/seats").status,
            200);
  EXPECT_EQ(shop.fan(fan, "GET", Shop::path(c, "/dates?%61ll=tr%75e")).status, 200);
  // The same request in another spelling gets the stored answer of its key.
  const Headers key = {bearer(fan.token), {"Idempotency-Key", "k"}};
  const std::string hold = R"({"date":"2047-05-01","seats":[7]})";
  EXPECT_EQ(shop.http.request("POST", Shop::path(c, "/holds"), key, hold).status, 201);
  const Response again =
      shop.http.request("POST", "/v1/concerts/" + encoded + "/%68olds", key, hold);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true") << again.body;
  // An encoded slash is not a separator, and decoding happens once.
  expect_problem(shop.http.request("GET", "/v1%2Fconcerts"), 404, "not-found");
  expect_problem(shop.http.request("GET", "/v1/concerts/" + digits + "%2Fdates"), 404, "not-found");
  expect_problem(shop.http.request("GET", "/v1/%2563oncerts"), 404, "not-found");
}

TEST_F(HttpSemantics, bytes_that_can_not_become_a_header_are_refused_at_once) {
  for (const std::string& bytes :
       {std::string("GET /livez HTTP/1.1\r\nHost: x\r\n\x01"),
        std::string("GET /livez HTTP/1.1\r\nHost: x\r\nX-\xff"),
        std::string("GET /livez HTTP/1.1\r\nno colon\r"),
        std::string("GET /livez HTTP/1.1\r\nX: \x7f"), std::string("GET /livez HTTP/1.1\r\n\0", 22),
        std::string("\0", 1), std::string("GET / x"),
        std::string("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx")}) {
    SCOPED_TRACE(testing::PrintToString(bytes));
    HttpClient http(server().port());
    ASSERT_TRUE(http.connect());
    http.send(bytes);
    EXPECT_EQ(http.receive().status, 400);
    EXPECT_TRUE(http.closed_by_server(2000));
  }
}

}  // namespace
}  // namespace frontrow::api
