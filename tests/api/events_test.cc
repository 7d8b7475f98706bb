// Queue entries as server-sent events.

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <set>
#include <thread>

#include "tests/api/support/server_events.h"
#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using std::chrono::steady_clock;

// The queue entries of a stream.
class EventStream : public ServerEvents {
 public:
  EventStream(const ServerProcess& server, std::int64_t concert, const Fan& fan,
              const std::string& headers = {})
      : ServerEvents({.port = server.port()}, Shop::path(concert, "/queue/token/events"), fan.token,
                     headers) {}

  std::optional<Json> next(int timeout_ms) {
    const std::optional<ServerEvent> event = next_event(timeout_ms);
    if (!event) return std::nullopt;
    EXPECT_EQ(event->name, "queue");
    return event->json();
  }
};

class Events : public ApiTest {};

// A waiting fan receives the closing of the sale, and the stream ends; the stream of an active fan
// goes on.
TEST_F(Events, end_for_who_waits_when_the_sale_is_closed) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const Fan inside = shop.enter(c);
  const Fan waiting = shop.join(c);
  EventStream theirs(server(), c, inside);
  EventStream stream(server(), c, waiting);
  std::optional<Json> event = stream.next(2000);
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["phase"].text(), "open");
  ASSERT_TRUE(theirs.next(2000));
  shop.change(c, R"({"phase":"closed"})");
  event = stream.next(3000);
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["phase"].text(), "closed");
  EXPECT_EQ((*event)["state"].text(), "waiting");
  EXPECT_EQ((*event)["position"].integer(), 1);
  EXPECT_FALSE(stream.next(3000));
  EXPECT_TRUE(stream.ended());
  event = theirs.next(3000);
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["phase"].text(), "closed");
  EXPECT_EQ((*event)["state"].text(), "active");
  EXPECT_FALSE(theirs.ended());
  // After the sale reopens, the fan has the same place.
  shop.change(c, R"({"phase":"open"})");
  shop.fan(inside, "DELETE", Shop::path(c, "/queue/token"));
  EXPECT_TRUE(await([&] { return shop.state(c, waiting) == "active"; }));
}

TEST_F(Events, follow_a_place_to_the_shop_and_out) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const Fan first = shop.enter(c);
  const Fan second = shop.join(c);
  const Fan third = shop.join(c);
  EventStream stream(server(), c, third);
  EXPECT_TRUE(stream.head().starts_with("HTTP/1.1 200"));
  EXPECT_NE(stream.head().find("text/event-stream"), std::string::npos);
  EXPECT_NE(stream.head().find("X-Request-Id"), std::string::npos);
  std::optional<Json> event = stream.next(2000);
  ASSERT_TRUE(event);
  event->expect_shape(
      "concertId:i userId:s state:s number:i position:i waiting:i estimatedWaitSeconds:in "
      "pollAfterMs:i expiresAt:tn phase:s");
  EXPECT_EQ((*event)["position"].integer(), 2);
  shop.fan(second, "DELETE", Shop::path(c, "/queue/token"));
  event = stream.next(3000);
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["position"].integer(), 1);
  shop.fan(first, "DELETE", Shop::path(c, "/queue/token"));
  do event = stream.next(3000);
  while (event && (*event)["state"].text() == "waiting");
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["state"].text(), "active");
  EXPECT_FALSE((*event)["expiresAt"].is_null());
  shop.fan(third, "DELETE", Shop::path(c, "/queue/token"));
  event = stream.next(3000);
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["state"].text(), "left");
  EXPECT_FALSE(stream.next(3000));
  EXPECT_TRUE(stream.ended());
}

TEST_F(Events, come_at_most_once_a_second_and_end_with_the_newest) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  std::vector<Fan> fans;
  for (int i = 0; i < 100; ++i) fans.push_back(shop.join(c));
  EventStream stream(server(), c, fans[99]);
  ASSERT_TRUE(stream.next(2000));
  const auto start = steady_clock::now();
  for (int i = 1; i < 90; ++i) {
    shop.fan(fans[i], "DELETE", Shop::path(c, "/queue/token"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  int events = 0;
  std::int64_t position = 0;
  while (const std::optional<Json> event = stream.next(1500)) {
    ++events;
    position = (*event)["position"].integer();
  }
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - start).count();
  EXPECT_EQ(position, 10);
  EXPECT_LE(events, seconds + 1);
  EXPECT_GE(events, 1);
}

TEST_F(Events, keep_who_watches_in_the_line) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":1})");
  const Fan inside = shop.enter(c);
  shop.hold(c, inside, {1});
  const Fan watching = shop.join(c);
  EventStream stream(server(), c, watching);
  ASSERT_TRUE(stream.next(2000));
  while (stream.next(2500)) {
  }
  EXPECT_FALSE(stream.ended());
  EXPECT_EQ(shop.state(c, watching), "waiting");
}

TEST_F(Events, many_streams_at_once) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const Fan first = shop.enter(c);
  std::vector<std::unique_ptr<EventStream>> streams;
  for (int i = 0; i < 200; ++i) {
    streams.push_back(std::make_unique<EventStream>(server(), c, shop.join(c)));
    const std::optional<Json> event = streams.back()->next(3000);
    ASSERT_TRUE(event);
    EXPECT_EQ((*event)["position"].integer(), i + 1);
  }
  shop.fan(first, "DELETE", Shop::path(c, "/queue/token"));
  for (int i = 0; i < 200; ++i) {
    std::int64_t position = -1;
    while (position != i) {
      const std::optional<Json> event = streams[i]->next(5000);
      ASSERT_TRUE(event) << i;
      position = (*event)["position"].integer();
    }
  }
}

TEST_F(Events, stream_of_a_place_that_is_over_is_204_and_ends_reconnecting) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":2,"sessionSeconds":4})");
  const Fan buyer = shop.enter(c);
  const Fan leaver = shop.enter(c);
  EventStream stream(server(), c, buyer);
  ASSERT_TRUE(stream.next(2000));
  shop.charge(buyer, 1000);
  shop.pay(c, buyer, shop.hold(c, buyer, {1}));
  std::optional<Json> last;
  while (const std::optional<Json> event = stream.next(3000)) last = event;
  ASSERT_TRUE(last);
  EXPECT_EQ((*last)["state"].text(), "completed");
  EXPECT_TRUE(stream.ended());
  shop.fan(leaver, "DELETE", Shop::path(c, "/queue/token"));
  const Fan expired = shop.enter(c);
  ASSERT_TRUE(await([&] { return shop.state(c, expired) == "expired"; }, 8000));
  for (const Fan& fan : {buyer, leaver, expired}) {
    const Response again = shop.fan(fan, "GET", Shop::path(c, "/queue/token/events"));
    EXPECT_EQ(again.status, 204) << again.body;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.header("Content-Type"), "");
  }
}

TEST_F(Events, begin_with_a_spread_time_after_which_to_connect_again) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  std::set<int> times;
  for (int i = 0; i < 8; ++i) {
    EventStream stream(server(), c, shop.join(c));
    ASSERT_TRUE(stream.next(2000));
    EXPECT_GE(stream.retry_ms(), 2000);
    EXPECT_LE(stream.retry_ms(), 5000);
    times.insert(stream.retry_ms());
  }
  EXPECT_GT(times.size(), 1U);
}

TEST_F(Events, fan_out_of_reach_who_is_admitted_is_a_no_show) {
  const std::int64_t c =
      shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":3,"sessionSeconds":600})");
  const Fan first = shop.enter(c);
  const Fan gone = shop.join(c);
  const Fan next = shop.join(c);
  EventStream stream(server(), c, gone);
  ASSERT_TRUE(stream.next(2000));
  ASSERT_TRUE(stream.lose_network());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  shop.fan(first, "DELETE", Shop::path(c, "/queue/token"));
  ASSERT_TRUE(await([&] { return shop.concert(c)["active"].integer() == 1; }));
  EXPECT_EQ(shop.state(c, next), "waiting");
  EXPECT_TRUE(await([&] { return shop.state(c, next) == "active"; }, 12'000));
}

TEST_F(Events, fan_out_of_reach_leaves_the_line) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":2})");
  const Fan inside = shop.enter(c);
  shop.hold(c, inside, {1});
  const Fan gone = shop.join(c);
  EventStream stream(server(), c, gone);
  ASSERT_TRUE(stream.next(2000));
  ASSERT_TRUE(stream.lose_network());
  EXPECT_TRUE(await([&] { return shop.concert(c)["waiting"].integer() == 0; }, 14'000));
}

TEST_F(Events, fan_who_only_watches_is_no_no_show) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":2})");
  const Fan first = shop.enter(c);
  const Fan watching = shop.join(c);
  EventStream stream(server(), c, watching);
  ASSERT_TRUE(stream.next(2000));
  shop.fan(first, "DELETE", Shop::path(c, "/queue/token"));
  std::optional<Json> event;
  do event = stream.next(3000);
  while (event && (*event)["state"].text() == "waiting");
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["state"].text(), "active");
  EXPECT_FALSE(stream.next(4000));
  EXPECT_FALSE(stream.ended());
  EXPECT_EQ(shop.concert(c)["active"].integer(), 1);
}

constexpr const char* kByProxy = "X-Forwarded-For: 203.0.113.7\r\n";

TEST(EventsByProxy, end_after_a_while_so_that_the_fan_asks_again) {
  ServerProcess server({"--http-proxied-stream-seconds", "1"});
  Shop shop(server);
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":3})");
  shop.hold(c, shop.enter(c), {1});
  const Fan fan = shop.join(c);
  const Fan direct = shop.join(c);
  EventStream direct_stream(server, c, direct);
  for (int i = 0; i < 5; ++i) {  // longer than idleSeconds
    EventStream stream(server, c, fan, kByProxy);
    while (stream.next(3000)) {
    }
    EXPECT_TRUE(stream.ended());
    EXPECT_LT(stream.retry_ms(), 1000);
  }
  EXPECT_EQ(shop.state(c, fan), "waiting");
  while (direct_stream.next(100)) {
  }
  EXPECT_FALSE(direct_stream.ended());
}

TEST(EventsByProxy, end_with_the_admission_and_who_does_not_ask_again_is_a_no_show) {
  ServerProcess server({"--http-proxied-stream-seconds", "3600", "--http-behind-proxy"});
  Shop shop(server);
  const std::int64_t c =
      shop.create_concert(R"("queue":{"maxActive":2,"idleSeconds":2,"sessionSeconds":600})");
  const Fan first = shop.enter(c);
  const Fan second = shop.enter(c);
  const Fan gone = shop.join(c);
  const Fan back = shop.join(c);
  EventStream gone_stream(server, c, gone);
  EventStream back_stream(server, c, back);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  shop.fan(first, "DELETE", Shop::path(c, "/queue/token"));
  shop.fan(second, "DELETE", Shop::path(c, "/queue/token"));
  for (EventStream* stream : {&gone_stream, &back_stream}) {
    std::optional<Json> last;
    while (const std::optional<Json> event = stream->next(3000)) last = event;
    ASSERT_TRUE(last);
    EXPECT_EQ((*last)["state"].text(), "active");
    EXPECT_TRUE(stream->ended());
    EXPECT_LT(stream->retry_ms(), 1000);
  }
  EventStream again(server, c, back);
  EXPECT_TRUE(again.next(2000));
  EXPECT_TRUE(await([&] { return shop.concert(c)["active"].integer() == 1; }, 8000));
  EXPECT_EQ(shop.state(c, back), "active");
  EXPECT_FALSE(again.ended());
}

TEST_F(Events, heartbeat_is_a_comment_after_15_seconds) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  shop.enter(c);
  const Fan fan = shop.join(c);
  HttpClient http(server().port());
  ASSERT_TRUE(http.connect());
  http.send(
      fmt::format("GET /v1/concerts/{}/queue/token/events HTTP/1.1\r\nHost: x\r\nAuthorization: "
                  "Bearer {}\r\n\r\n",
                  c, fan.token));
  const auto start = steady_clock::now();
  std::string text;
  const bool came = await(
      [&] {
        text += http.receive_some(50);
        return text.find("\n:") != text.npos;
      },
      17'000);
  EXPECT_TRUE(came) << text;
  EXPECT_GE(steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(Events, go_on_for_a_user_on_the_waitlist_until_an_offer) {
  const std::int64_t c = shop.create_concert(
      R"("dates":[{"date":"2047-05-01","sections":[{"name":"all","seats":2,"price":1000}]}])");
  const Fan holder = shop.enter(c);
  const std::int64_t hold = shop.hold(c, holder, {1, 2});
  const Fan fan = shop.enter(c);
  ASSERT_EQ(
      shop.fan(fan, "POST", Shop::path(c, "/waitlist"), R"({"date":"2047-05-01","quantity":1})")
          .status,
      201);
  EXPECT_EQ(shop.fan(fan, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  EventStream stream(server(), c, fan);
  const auto first = stream.next(5000);
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)["state"].text(), "left");
  EXPECT_EQ((*first)["waitlistPosition"].integer(), 1);
  EXPECT_EQ(shop.fan(holder, "DELETE", Shop::path(c, fmt::format("/holds/{}", hold))).status, 204);
  const auto offer = stream.next(5000);
  ASSERT_TRUE(offer);
  EXPECT_EQ((*offer)["state"].text(), "active");
  EXPECT_GT((*offer)["offeredHoldId"].integer(), 0);
}

}  // namespace
}  // namespace frontrow::api
