// Bodies, headers and targets that the server must reject, each with the status that names the
// reason. A rejected request changes no state.

#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class BadInput : public ApiTest {
 protected:
  struct Case {
    std::string body;
    int status;
    std::string_view field = {};  // named by an invalid-field problem
  };

  static void expect_refused(const Response& response, const Case& test) {
    SCOPED_TRACE(test.body.substr(0, 200));
    EXPECT_EQ(response.status, test.status) << response.body;
    if (response.status == 400) {
      EXPECT_EQ(response.slug(), "malformed-request");
      EXPECT_TRUE(response.json()["detail"].is_text());
    }
    if (response.status != 422) return;
    EXPECT_EQ(response.slug(), "invalid-field");
    EXPECT_EQ(response.json()["field"].text(), test.field) << response.body;
  }
};

TEST_F(BadInput, bodies_that_are_no_json) {
  const std::int64_t c = shop.create_concert();
  for (const std::string& body :
       {std::string("{"),
        std::string("}"),
        std::string("{\"userId\":}"),
        std::string("{'userId':1}"),
        std::string("nul"),
        std::string("{\"userId\":\"x\""),
        std::string("{\"userId\":\"x\"}}"),
        std::string("{\"userId\":\"x\"} x"),
        std::string("{\"userId\":\"x\",}"),
        std::string("{\"userId\":\"\xff\xfe\"}"),
        std::string("{\"userId\":\"\xc0\x80\"}"),
        std::string("{\"userId\":\"\xed\xa0\x80\"}"),
        std::string("{\"userId\":\"a\nb\"}"),
        std::string("\xef\xbb\xbf{}"),
        std::string("{\"userId\":\"\\x\"}"),
        std::string("{\"userId\":\"\\ud800\"}"),
        std::string("{\"userId\":01}"),
        std::string("{\"userId\":+1}"),
        std::string("{\"userId\":NaN}"),
        std::string("\0", 1),
        std::string("   "),
        std::string("{\"userId\":\"a\0b\"}", 16),
        std::string("/**/{}"),
        std::string(17, '['),
        std::string(5000, '['),
        "{\"userId\":" + std::string(200, '[') + std::string(200, ']') + "}"}) {
    expect_refused(shop.http.request("POST", Shop::path(c, "/queue/tokens"), {}, body),
                   {body, 400});
  }
  expect_refused(shop.http.request("POST", Shop::path(c, "/queue/tokens")), {"", 400});
  EXPECT_EQ(shop.concert(c)["joined"].integer(), 0);
}

TEST_F(BadInput, joins) {
  const std::int64_t c = shop.create_concert();
  const std::string user = new_user();
  for (const Case& test : std::vector<Case>{
           {"{}", 422, "userId"},
           {R"({"userId":null})", 422, "userId"},
           {R"({"userId":7})", 422, "userId"},
           {R"({"userId":""})", 422, "userId"},
           {R"({"userId":"not-a-uuid"})", 422, "userId"},
           {fmt::format(R"({{"userId":"{}0"}})", user), 422, "userId"},
           {fmt::format(R"({{"userId":" {}"}})", user), 422, "userId"},
           {fmt::format(R"({{"userId":["{}"]}})", user), 422, "userId"},
           {fmt::format(R"({{"userId":"{}","vip":true}})", user), 422, "vip"},
           {fmt::format(R"({{"userId":"{0}","userId":"{0}"}})", user), 422, "userId"},
           {fmt::format(R"({{"UserId":"{}"}})", user), 422, "UserId"},
       }) {
    expect_refused(shop.http.request("POST", Shop::path(c, "/queue/tokens"), {}, test.body), test);
  }
  for (const char* body : {"[]", "\"x\"", "7", "null", "true"}) {
    const int status = shop.http.request("POST", Shop::path(c, "/queue/tokens"), {}, body).status;
    EXPECT_TRUE(status == 400 || status == 422) << body << status;
  }
  EXPECT_EQ(shop.concert(c)["joined"].integer(), 0);
}

TEST_F(BadInput, holds) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::string date = R"("date":"2047-05-01")";
  for (const Case& test : std::vector<Case>{
           {"{}", 422, "date"},
           {"{" + date + "}", 422, "seats"},
           {R"({"seats":[1]})", 422, "date"},
           {R"({"date":20270501,"seats":[1]})", 422, "date"},
           {R"({"date":"2027-5-1","seats":[1]})", 422, "date"},
           {R"({"date":"2047-02-30","seats":[1]})", 422, "date"},
           {R"({"date":"2047-05-01T00:00:00Z","seats":[1]})", 422, "date"},
           {"{" + date + R"(,"seats":[]})", 422, "seats"},
           {"{" + date + R"(,"seats":1})", 422, "seats"},
           {"{" + date + R"(,"seats":[1,1]})", 422, "seats"},
           {"{" + date + R"(,"seats":[0]})", 422, "seats[0]"},
           {"{" + date + R"(,"seats":[-1]})", 422, "seats[0]"},
           {"{" + date + R"(,"seats":[1,2.5]})", 422, "seats[1]"},
           {"{" + date + R"(,"seats":["1"]})", 422, "seats[0]"},
           {"{" + date + R"(,"seats":[null]})", 422, "seats[0]"},
           {"{" + date + R"(,"seats":[4294967296]})", 422, "seats[0]"},
           {"{" + date + R"(,"seats":[1e2]})", 422, "seats[0]"},
           {"{" + date + R"(,"seats":[99999999999999999999999999]})", 422, "seats[0]"},
           {"{" + date + R"(,"seats":[1],"ttl":5})", 422, "ttl"},
       }) {
    expect_refused(shop.fan(fan, "POST", Shop::path(c, "/holds"), test.body), test);
  }
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 0);
}

TEST_F(BadInput, payments) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  for (const char* value :
       {"null", "\"1\"", "-1", "1.5", "[1]", "{}", "true", "18446744073709551616", "1e400"}) {
    const std::string body = fmt::format(R"({{"holdId":{}}})", value);
    const Response refused = shop.fan(fan, "POST", Shop::path(c, "/payments"), body);
    if (refused.status == 400)
      continue;  // some parsers reject a number outside the range of double
    expect_refused(refused, {body, 422, "holdId"});
  }
}

TEST_F(BadInput, concerts) {
  const std::string dates = R"("dates":[{"date":"2047-05-01"}])";
  for (
      const Case& test : std::vector<Case>{
          {"{}", 422, "title"},
          {R"({"title":"t"})", 422, "dates"},
          {R"({"title":"",)" + dates + "}", 422, "title"},
          {R"({"title":7,)" + dates + "}", 422, "title"},
          {R"({"title":")" + std::string(5000, 't') + "\"," + dates + "}", 422, "title"},
          {R"({"title":"t","dates":[]})", 422, "dates"},
          {R"({"title":"t","dates":[{}]})", 422, "dates[0].date"},
          {R"({"title":"t","dates":[{"date":"2047-05-01"},{"date":"2047-05-01"}]})", 422,
           "dates[1].date"},
          {R"({"title":"t","dates":[{"date":"2027-13-01"}]})", 422, "dates[0].date"},
          {R"({"title":"t","dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":0,"price":1}]}]})",
           422, "dates[0].sections[0].seats"},
          {R"({"title":"t","dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":1,"price":-1}]}]})",
           422, "dates[0].sections[0].price"},
          {R"({"title":"t","dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":1}]}]})",
           422, "dates[0].sections[0].price"},
          {R"({"title":"t","dates":[{"date":"2047-05-01","sections":[{"seats":1,"price":1}]}]})",
           422, "dates[0].sections[0].name"},
          {R"({"title":"t","dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":1,"price":9223372036854775807}]}]})",
           422, "dates[0].sections[0].price"},
          {R"({"title":"t","dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":4294967297,"price":1}]}]})",
           422, "dates[0].sections[0].seats"},
          {R"({"title":"t","opensAt":"tomorrow",)" + dates + "}", 422, "opensAt"},
          {R"({"title":"t","opensAt":1793000000,)" + dates + "}", 422, "opensAt"},
          {R"({"title":"t","currency":"won",)" + dates + "}", 422, "currency"},
          {R"({"title":"t","holdSeconds":0,)" + dates + "}", 422, "holdSeconds"},
          {R"({"title":"t","holdSeconds":1.0,)" + dates + "}", 422, "holdSeconds"},
          {R"({"title":"t","maxSeatsPerUser":0,)" + dates + "}", 422, "maxSeatsPerUser"},
          {R"({"title":"t","queue":{"maxActive":0},)" + dates + "}", 422, "queue.maxActive"},
          {R"({"title":"t","queue":{"admitPerSecond":-5},)" + dates + "}", 422,
           "queue.admitPerSecond"},
          {R"({"title":"t","queue":{"sessionSeconds":"5"},)" + dates + "}", 422,
           "queue.sessionSeconds"},
          {R"({"title":"t","queue":{"idleSeconds":null},)" + dates + "}", 422, "queue.idleSeconds"},
          {R"({"title":"t","queue":{"speed":1},)" + dates + "}", 422, "queue.speed"},
          {R"({"title":"t","queue":[],)" + dates + "}", 422, "queue"},
          {R"({"title":"t","title":"u",)" + dates + "}", 422, "title"},
      }) {
    expect_refused(shop.admin("POST", "/v1/admin/concerts", test.body), test);
  }
  const std::string concert = fmt::format("/v1/admin/concerts/{}", shop.create_concert());
  for (const Case& test :
       std::vector<Case>{{R"({"phase":"dancing"})", 422, "phase"},
                         {R"({"phase":1})", 422, "phase"},
                         {R"({"phase":"open","x":1})", 422, "x"},
                         {R"({"queue":{"maxActive":0}})", 422, "queue.maxActive"},
                         {R"({"holdSeconds":-1})", 422, "holdSeconds"}}) {
    expect_refused(shop.admin("PATCH", concert, test.body), test);
  }
}

TEST_F(BadInput, queries) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  EXPECT_EQ(shop.fan(fan, "GET", Shop::path(c, "/dates?all=maybe")).json()["field"].text(), "all");
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats?");
  for (const char* query : {"view=", "view=Bitmap", "view=bits", "view=bitmap&view=x"})
    expect_refused(shop.fan(fan, "GET", seats + query), {query, 422, "view"});
  for (const char* query : {"since", "since=", "since=-1", "since=1.0", "since=01", "since=x",
                            "since=18446744073709551616"}) {
    expect_refused(shop.fan(fan, "GET", seats + query), {query, 422, "since"});
  }
  for (const char* query : {"limit=0", "limit=x", "limit=-1", "limit=100000", "limit="}) {
    EXPECT_EQ(shop.fan(fan, "GET", fmt::format("/v1/users/{}/payments?{}", fan.user, query)).status,
              422)
        << query;
  }
  for (const char* query : {"before=x", "before=-1", "before=99999999999999999999"}) {
    EXPECT_EQ(shop.fan(fan, "GET", fmt::format("/v1/users/{}/payments?{}", fan.user, query)).status,
              422)
        << query;
  }
  for (const char* user : {"x", "1", "11111111-2222-4333-8444-55555555555g"}) {
    const int status = shop.admin("GET", fmt::format("/v1/users/{}/balance", user)).status;
    EXPECT_TRUE(status == 404 || status == 422) << user << status;
  }
}

TEST_F(BadInput, media_types) {
  const std::int64_t c = shop.create_concert();
  const std::string path = Shop::path(c, "/queue/tokens");
  const std::string body = fmt::format(R"({{"userId":"{}"}})", new_user());
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonp",
                           "application/xml", "json", "application/json; charset=latin1"}) {
    const Response refused = shop.http.request("POST", path, {{"Content-Type", type}}, body);
    EXPECT_EQ(refused.status, 415) << type << refused.body;
    EXPECT_EQ(refused.slug(), "unsupported-media-type");
  }
  EXPECT_EQ(
      shop.http.request("POST", path, {{"Content-Type", "Application/JSON; charset=UTF-8"}}, body)
          .status,
      201);
  for (const char* accept : {"text/html", "image/*", "application/json;q=0", "*/*;q=0"}) {
    const Response refused = shop.http.request("GET", "/v1/concerts", {{"Accept", accept}});
    EXPECT_EQ(refused.status, 406) << accept;
    EXPECT_EQ(refused.slug(), "not-acceptable");
  }
  for (const char* accept : {"*/*", "application/*", "application/json",
                             "text/html, application/json;q=0.1", "text/html,*/*;q=0.8"}) {
    EXPECT_EQ(shop.http.request("GET", "/v1/concerts", {{"Accept", accept}}).status, 200) << accept;
  }
}

TEST_F(BadInput, methods) {
  const std::int64_t c = shop.create_concert();
  const std::string concert = fmt::format("/v1/admin/concerts/{}", c);
  struct Path {
    std::string path;
    std::vector<std::string> allowed;
  };
  for (const Path& test :
       std::vector<Path>{{"/v1/concerts", {"GET"}},
                         {Shop::path(c, ""), {"GET"}},
                         {Shop::path(c, "/queue/tokens"), {"POST"}},
                         {Shop::path(c, "/queue/token"), {"GET", "DELETE"}},
                         {Shop::path(c, "/holds"), {"GET", "POST"}},
                         {Shop::path(c, "/holds/1"), {"GET", "DELETE"}},
                         {Shop::path(c, "/payments"), {"POST"}},
                         {"/v1/admin/concerts", {"POST"}},
                         {concert, {"GET", "PATCH"}},
                         {concert + "/dates/2047-05-01/seats/1/block", {"PUT", "DELETE"}},
                         {"/livez", {"GET"}},
                         {"/metrics", {"GET"}}}) {
    for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      const bool allowed =
          std::find(test.allowed.begin(), test.allowed.end(), method) != test.allowed.end();
      if (allowed) continue;
      const Response refused =
          shop.http.request(method, test.path, {}, method == "GET" ? "" : "{}");
      EXPECT_EQ(refused.status, 405) << method << test.path << refused.body;
      for (const std::string& name : test.allowed)
        EXPECT_NE(refused.header("Allow").find(name), std::string::npos);
      EXPECT_EQ(refused.header("Allow").find(method), std::string::npos) << refused.header("Allow");
    }
  }
  const Response head = shop.http.request("HEAD", "/v1/concerts");
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.header("Content-Length"), "0");
}

TEST_F(BadInput, bodies_too_large) {
  const std::int64_t c = shop.create_concert();
  const std::string pad(17 * 1024, ' ');
  const Response refused =
      shop.http.request("POST", Shop::path(c, "/queue/tokens"), {},
                        fmt::format(R"({{"userId":"{}"}}{})", new_user(), pad));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.header("Connection"), "close");
  // Operators may send larger bodies.
  EXPECT_EQ(shop.admin("POST", "/v1/admin/concerts",
                       R"({"title":"t","dates":[{"date":"2047-05-01"}]})" + pad)
                .status,
            201);
  EXPECT_EQ(shop.admin("POST", "/v1/admin/concerts", std::string(8200 * 1024, ' ')).status, 413);
}

}  // namespace
}  // namespace frontrow::api
