// Large and popular documents: seat maps, public views of concerts, lists, metrics. Each is
// rendered once a version, compressed for clients that accept it, and never older than an earlier
// response.

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class Views : public ApiTest {
 protected:
  static std::string unzipped(const std::string& bytes) {
    z_stream z{};
    EXPECT_EQ(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
    std::string text(8 * 1024 * 1024, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    z.next_out = reinterpret_cast<Bytef*>(text.data());
    z.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
    text.resize(z.total_out);
    inflateEnd(&z);
    return text;
  }
  static Json json_of(const Response& zipped) {
    EXPECT_EQ(zipped.status, 200) << zipped.body;
    EXPECT_EQ(zipped.header("Content-Encoding"), "gzip");
    return Json::parse(unzipped(zipped.body));
  }
  // The value of a sample of /metrics; -1 if absent.
  static double sample(const std::string& metrics, const std::string& name) {
    const std::size_t at = metrics.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(metrics.substr(at + name.size() + 2));
  }
  static std::size_t lines_of(const std::string& metrics, const std::string& name) {
    std::size_t count = 0;
    for (std::size_t at = metrics.find("\n" + name + "{"); at != std::string::npos;
         at = metrics.find("\n" + name + "{", at + 1)) {
      ++count;
    }
    return count;
  }
};

const Headers kTakesGzip = {{"Accept-Encoding", "gzip, deflate, br"}};

TEST_F(Views, large_seat_map_is_compressed_for_those_who_take_it_and_is_that_of_the_newest_hold) {
  const std::int64_t c = shop.create_concert(
      R"("maxSeatsPerUser":20,"dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":5000,"price":7}]}])");
  const Fan fan = shop.enter(c);
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
  const Response plain = shop.fan(fan, "GET", seats);
  ASSERT_EQ(plain.status, 200);
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
  const Response zipped = shop.fan(fan, "GET", seats, {}, kTakesGzip);
  ASSERT_EQ(zipped.status, 200);
  EXPECT_EQ(zipped.header("Content-Encoding"), "gzip");
  EXPECT_EQ(zipped.header("Vary"), "Accept-Encoding");
  EXPECT_EQ(unzipped(zipped.body), plain.body);
  EXPECT_LT(zipped.body.size(), plain.body.size() / 2);
  EXPECT_NE(zipped.header("ETag"), plain.header("ETag"));

  Headers conditional = kTakesGzip;
  conditional.push_back({"If-None-Match", zipped.header("ETag")});
  const Response same = shop.fan(fan, "GET", seats, {}, conditional);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.header("ETag"), zipped.header("ETag"));
  EXPECT_EQ(same.header("Vary"), "Accept-Encoding");
  EXPECT_EQ(same.header("Content-Encoding"), "");

  const Response head = shop.fan(fan, "HEAD", seats, {}, kTakesGzip);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("Content-Length"), std::to_string(zipped.body.size()));

  for (int seat = 1; seat <= 5000; seat += 500) {
    shop.hold(c, fan, {seat});
    const Json map = json_of(shop.fan(fan, "GET", seats, {}, conditional));
    const auto available = map["sections"][0]["available"].integers();
    EXPECT_EQ(available.size(), 5000U - static_cast<std::size_t>(seat / 500 + 1));
    EXPECT_EQ(map["seatsAvailable"].integer(), static_cast<std::int64_t>(available.size()));
    EXPECT_EQ(std::count(available.begin(), available.end(), seat), 0);
  }
}

TEST_F(Views, small_seat_map_is_not_compressed) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const Response map =
      shop.fan(fan, "GET", Shop::path(c, "/dates/2047-05-01/seats"), {}, kTakesGzip);
  EXPECT_EQ(map.status, 200);
  EXPECT_EQ(map.header("Content-Encoding"), "");
  EXPECT_EQ(map.header("Vary"), "Accept-Encoding");
  EXPECT_EQ(map.json()["seatsAvailable"].integer(), 50);
}

TEST_F(Views, wide_concert_is_compressed_and_counts_what_was_answered_before) {
  std::string dates;
  for (int day = 1; day <= 20; ++day) {
    std::string sections;
    for (int s = 0; s < 30; ++s) {
      sections +=
          fmt::format(R"({}{{"name":"section {}","seats":3,"price":1000}})", s == 0 ? "" : ",", s);
    }
    dates += fmt::format(R"({}{{"date":"2047-05-{:02}","sections":[{}]}})", day == 1 ? "" : ",",
                         day, sections);
  }
  const std::int64_t c = shop.create_concert(fmt::format(R"("dates":[{}])", dates));
  const std::string path = Shop::path(c, "");
  const Response plain = shop.http.request("GET", path);
  ASSERT_EQ(plain.status, 200);
  ASSERT_EQ(plain.json()["dates"].size(), 20U);
  ASSERT_EQ(plain.json()["dates"][19]["sections"].size(), 30U);
  const Response zipped = shop.http.request("GET", path, kTakesGzip);
  EXPECT_EQ(unzipped(zipped.body), plain.body);
  EXPECT_LT(zipped.body.size(), plain.body.size() / 5);
  EXPECT_EQ(zipped.header("Cache-Control"), "no-cache");
  Headers conditional = kTakesGzip;
  conditional.push_back({"If-None-Match", zipped.header("ETag")});
  EXPECT_EQ(shop.http.request("GET", path, conditional).status, 304);
  for (int i = 1; i <= 3; ++i) {
    const Fan fan = shop.enter(c);
    shop.hold(c, fan, {i});
    const Json view = json_of(shop.http.request("GET", path, conditional));
    EXPECT_EQ(view["active"].integer(), i);
    EXPECT_EQ(view["dates"][0]["seatsAvailable"].integer(), 90 - i);
    EXPECT_EQ(view["dates"][0]["sections"][0]["seatsAvailable"].integer(), 3 - i);
    EXPECT_EQ(view["dates"][1]["seatsAvailable"].integer(), 90);
  }
}

TEST_F(Views, list_of_more_concerts_than_a_step_renders_has_them_all_by_id) {
  std::vector<std::int64_t> made;
  for (int i = 0; i < 230; ++i) made.push_back(shop.create_concert());
  const Json list = shop.http.request("GET", "/v1/concerts").json()["concerts"];
  std::int64_t last = 0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::int64_t id = list[i]["concertId"].integer();
    EXPECT_GT(id, last);
    last = id;
    found += static_cast<std::size_t>(std::count(made.begin(), made.end(), id));
  }
  EXPECT_EQ(found, made.size());
}

TEST_F(Views, metrics_tell_the_busiest_concerts_and_the_sums_of_all) {
  if (ServerProcess::instances() > 1) GTEST_SKIP() << "each instance has its own concerts";
  ServerProcess server({"--metrics-concerts-max", "2"});
  Shop own(server);
  std::vector<std::int64_t> concerts;
  for (int i = 0; i < 150; ++i)
    concerts.push_back(own.create_concert(R"("queue":{"maxActive":1})"));
  for (int i = 0; i < 3; ++i) own.join(concerts[140]);
  for (int i = 0; i < 2; ++i) own.join(concerts[7]);
  own.join(concerts[70]);
  const std::string text = own.http.request("GET", "/metrics").body;
  EXPECT_EQ(lines_of(text, "frontrow_line_waiting"), 2U);
  EXPECT_EQ(lines_of(text, "frontrow_seats"), 8U);
  EXPECT_EQ(sample(text, fmt::format("frontrow_line_waiting{{concert=\"{}\"}}", concerts[140])), 2);
  EXPECT_EQ(sample(text, fmt::format("frontrow_line_waiting{{concert=\"{}\"}}", concerts[7])), 1);
  EXPECT_EQ(sample(text, "frontrow_all_concerts"), 150);
  EXPECT_EQ(sample(text, "frontrow_all_concerts_omitted"), 148);
  EXPECT_EQ(sample(text, "frontrow_all_concerts_line_waiting"), 3);
  EXPECT_EQ(sample(text, "frontrow_all_concerts_sessions_active"), 3);
  EXPECT_EQ(sample(text, "frontrow_all_concerts_tokens_joined_total"), 6);
  EXPECT_EQ(sample(text, "frontrow_all_concerts_seats{state=\"free\"}"), 150 * 50);
}

TEST_F(Views, document_that_many_ask_for_and_never_read_costs_little) {
  if (ServerProcess::instances() > 1) GTEST_SKIP() << "counted by one instance";
  std::string many;
  for (int i = 0; i < 200; ++i) many += "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<HttpClient>(server().port()));
    ASSERT_TRUE(clients.back()->connect());
    ASSERT_TRUE(clients.back()->send(many));
  }
  // Each client has sent its request, and the server has stopped reading from it.
  std::string metrics;
  EXPECT_TRUE(await([&] {
    metrics = shop.http.request("GET", "/metrics").body;
    return sample(metrics, "frontrow_http_requests_total{route=\"openapi\",status=\"200\"}") >=
               400 &&
           sample(metrics, "frontrow_http_unsent_bytes") > 0;
  }));
  EXPECT_LT(sample(metrics, "frontrow_http_unsent_bytes"), 200 * 20'000);
}

}  // namespace
}  // namespace frontrow::api
