// Large and popular documents: seat maps, public views of concerts, lists, metrics. Each is
// rendered once a version, compressed for clients that accept it, and never older than an earlier
// response.

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/api/support/seat_bits.h"
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

// Whether the list has the seat, for each seat in order.
std::vector<bool> free_of(const Json& map) {
  std::vector<bool> bits(static_cast<std::size_t>(map["seatsTotal"].integer()));
  for (std::size_t i = 0; i < map["sections"].size(); ++i) {
    for (const std::int64_t seat : map["sections"][i]["available"].integers())
      bits.at(static_cast<std::size_t>(seat - 1)) = true;
  }
  return bits;
}

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

TEST_F(Views, bitmap_has_the_bits_of_the_list) {
  for (const int seats : {1, 50, 700, 7'001}) {
    SCOPED_TRACE(seats);
    const std::int64_t c = shop.create_concert(fmt::format(
        R"("maxSeatsPerUser":20,"dates":[{{"date":"2047-05-01","sections":[)"
        R"({{"name":"a","seats":{},"price":7}},{{"name":"b","seats":13,"price":5}}]}}])",
        seats));
    const Fan fan = shop.enter(c);
    const std::string list = Shop::path(c, "/dates/2047-05-01/seats");
    for (const int seat : {1, seats + 1, seats + 13}) {
      shop.hold(c, fan, {seat});
      const Json map = shop.fan(fan, "GET", list).json();
      const Json bitmap = shop.fan(fan, "GET", list + "?view=bitmap").json();
      bitmap.expect_shape("concertId:i date:d version:i seatsTotal:i seatsAvailable:i bits:s");
      for (const char* same : {"concertId", "version", "seatsTotal", "seatsAvailable"})
        EXPECT_EQ(bitmap[same].integer(), map[same].integer()) << same;
      EXPECT_EQ(bits_of(bitmap), free_of(map));
    }
    EXPECT_EQ(shop.fan(fan, "GET", list + "?view=list").body, shop.fan(fan, "GET", list).body);
  }
}

TEST_F(Views, bitmap_has_an_etag_and_is_compressed_where_it_is_large) {
  const std::int64_t c = shop.create_concert(
      R"("dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":50000,"price":7}]}])");
  const Fan fan = shop.enter(c);
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
  const Response plain = shop.fan(fan, "GET", seats + "?view=bitmap");
  ASSERT_EQ(plain.status, 200);
  EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
  EXPECT_NE(plain.header("ETag"), shop.fan(fan, "GET", seats).header("ETag"));
  const Response zipped = shop.fan(fan, "GET", seats + "?view=bitmap", {}, kTakesGzip);
  EXPECT_EQ(zipped.header("Content-Encoding"), "gzip");
  EXPECT_EQ(unzipped(zipped.body), plain.body);
  const Response head = shop.fan(fan, "HEAD", seats + "?view=bitmap");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("Content-Length"), std::to_string(plain.body.size()));
  EXPECT_EQ(head.header("ETag"), plain.header("ETag"));

  const Headers conditional = {{"If-None-Match", plain.header("ETag")}};
  const Response same = shop.fan(fan, "GET", seats + "?view=bitmap", {}, conditional);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.header("ETag"), plain.header("ETag"));
  EXPECT_EQ(shop.fan(fan, "GET", seats, {}, conditional).status, 200) << "the list is another one";
  shop.hold(c, fan, {7});
  const Response next = shop.fan(fan, "GET", seats + "?view=bitmap", {}, conditional);
  EXPECT_EQ(next.status, 200);
  EXPECT_FALSE(bits_of(next.json()).at(6));
}

TEST_F(Views, changes_since_a_version_are_the_seats_that_differ) {
  const std::int64_t c = shop.create_concert(R"("maxSeatsPerUser":20)");
  const Fan fan = shop.enter(c);
  const Fan other = shop.enter(c);
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
  const std::int64_t version = shop.fan(fan, "GET", seats).json()["version"].integer();
  const auto since = [&](std::int64_t v) { return fmt::format("{}?since={}", seats, v); };
  using Seats = std::vector<std::int64_t>;

  const Response none = shop.fan(fan, "GET", since(version));
  ASSERT_EQ(none.status, 200);
  none.json().expect_shape("concertId:i date:d version:i since:i seatsAvailable:i freed:a taken:a");
  EXPECT_EQ(none.json()["taken"].size(), 0U);
  const std::int64_t hold = shop.hold(c, fan, {7, 9});
  shop.hold(c, other, {50});
  const Json taken = shop.fan(fan, "GET", since(version)).json();
  EXPECT_EQ(taken["since"].integer(), version);
  EXPECT_EQ(taken["version"].integer(), version + 2);
  EXPECT_EQ(taken["seatsAvailable"].integer(), 47);
  EXPECT_EQ(taken["taken"].integers(), (Seats{7, 9, 50}));
  EXPECT_EQ(taken["freed"].size(), 0U);
  EXPECT_EQ(shop.fan(fan, "DELETE", Shop::path(c, fmt::format("/holds/{}", hold))).status, 204);
  EXPECT_EQ(shop.fan(fan, "GET", since(version)).json()["taken"].integers(), Seats{50});
  const Response freed = shop.fan(fan, "GET", since(version + 2));
  EXPECT_EQ(freed.json()["freed"].integers(), (Seats{7, 9}));
  EXPECT_EQ(freed.json()["taken"].size(), 0U);
  EXPECT_EQ(shop.fan(fan, "GET", since(version + 2) + "&view=bitmap").body, freed.body)
      << "changes have one form";

  const Response head = shop.fan(fan, "HEAD", since(version + 2));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), std::to_string(freed.body.size()));
  const Headers conditional = {{"If-None-Match", freed.header("ETag")}};
  EXPECT_EQ(shop.fan(fan, "GET", since(version + 2), {}, conditional).status, 304);
  EXPECT_EQ(shop.fan(fan, "GET", since(version), {}, conditional).status, 200);
  EXPECT_EQ(shop.fan(fan, "GET", seats, {}, conditional).status, 200);
}

TEST_F(Views, changes_since_an_unknown_version_are_the_whole_map) {
  const std::int64_t c = shop.create_concert(R"("maxSeatsPerUser":100)");
  const Fan fan = shop.enter(c);
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
  const std::int64_t version = shop.fan(fan, "GET", seats).json()["version"].integer();
  for (const std::int64_t unknown : {std::int64_t{0}, version + 1, std::int64_t{1} << 60}) {
    const std::string path = fmt::format("{}?since={}", seats, unknown);
    const Response whole = shop.fan(fan, "GET", path);
    EXPECT_EQ(whole.body, shop.fan(fan, "GET", seats).body) << unknown;
    EXPECT_EQ(shop.fan(fan, "GET", path + "&view=bitmap").body,
              shop.fan(fan, "GET", seats + "?view=bitmap").body);
    const Headers conditional = {{"If-None-Match", whole.header("ETag")}};
    EXPECT_EQ(shop.fan(fan, "GET", path, {}, conditional).status, 304);
  }
  // As many changes are kept as the date has seats.
  const std::string first = fmt::format("{}?since={}", seats, version);
  for (int seat = 1; seat <= 50; ++seat) shop.hold(c, fan, {seat});
  EXPECT_EQ(shop.fan(fan, "GET", first).json()["taken"].size(), 50U);
  ASSERT_EQ(shop.fan(fan, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  const Fan next = shop.enter(c);
  const Json whole = shop.fan(next, "GET", first).json();
  EXPECT_FALSE(whole.has("since"));
  EXPECT_EQ(whole["seatsAvailable"].integer(), 50);
}

TEST_F(Views, changes_before_a_restart_are_unknown) {
  if (ServerProcess::instances() > 1) GTEST_SKIP() << "restarts one process";
  ServerProcess server;
  std::int64_t c = 0;
  std::int64_t version = 0;
  Fan fan;
  {
    Shop own(server);
    c = own.create_concert();
    fan = own.enter(c);
    own.hold(c, fan, {7});
    const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
    version = own.fan(fan, "GET", seats).json()["version"].integer();
  }
  server.kill();
  ASSERT_TRUE(server.start());
  Shop own(server);
  const std::string since = Shop::path(c, "/dates/2047-05-01/seats?since=");
  const Json whole = own.fan(fan, "GET", since + std::to_string(version - 1)).json();
  EXPECT_FALSE(whole.has("since"));
  EXPECT_EQ(whole["version"].integer(), version);
  const Json none = own.fan(fan, "GET", since + std::to_string(version)).json();
  EXPECT_TRUE(none.has("since"));
  EXPECT_EQ(none["taken"].size(), 0U);
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
