// The changes of a date's seats as server-sent events.

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <regex>
#include <thread>

#include "tests/api/support/seat_bits.h"
#include "tests/api/support/server_events.h"
#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using SeatNumbers = std::vector<std::int64_t>;

constexpr std::string_view kSeats = "/dates/2047-05-01/seats";

std::string seats_path(std::int64_t concert, std::string_view query = {}) {
  return Shop::path(concert, fmt::format("{}{}", kSeats, query));
}
std::string events_path(std::int64_t concert, std::optional<std::int64_t> since = std::nullopt) {
  const std::string query = since ? fmt::format("/events?since={}", *since) : "/events";
  return seats_path(concert, query);
}

// One date of so many seats, of which a user may have many.
std::string hall(int seats, std::string_view more = {}) {
  return fmt::format(
      R"("maxSeatsPerUser":1000,"dates":[{{"date":"2047-05-01","sections":[{{"name":"all",)"
      R"("seats":{},"price":1}}]}}]{})",
      seats, more);
}

class SeatStream : public ServerEvents {
 public:
  SeatStream(const ServerProcess& server, std::int64_t concert, const Fan& fan,
             std::optional<std::int64_t> since, const std::string& headers = {},
             int receive_buffer = 0)
      : ServerEvents({.port = server.port(), .receive_buffer = receive_buffer},
                     events_path(concert, since), fan.token, headers) {}

  // The next event's data; it must have that name.
  std::optional<Json> next(std::string_view name, int timeout_ms = 3000) {
    const std::optional<ServerEvent> event = next_event(timeout_ms);
    if (!event) return std::nullopt;
    EXPECT_EQ(event->name, name) << event->data;
    if (event->name != "end") {
      EXPECT_EQ(event->id, std::to_string(version_of(*event)));
    }
    return event->json();
  }
  static std::int64_t version_of(const ServerEvent& event) {
    return event.json()["version"].integer();
  }
};

// The seats as a client knows them, by a bitmap and the events behind it.
struct Knowledge {
  std::vector<bool> free;
  std::int64_t version = 0;

  void load(const Json& bitmap) {
    free = bits_of(bitmap);
    version = bitmap["version"].integer();
  }
  void apply(const Json& changes) {
    if (changes["version"].integer() <= version) return;  // the map was newer
    EXPECT_LE(changes["since"].integer(), version) << "something is missing";
    for (const std::int64_t seat : changes["freed"].integers()) free.at(seat - 1) = true;
    for (const std::int64_t seat : changes["taken"].integers()) free.at(seat - 1) = false;
    version = changes["version"].integer();
    EXPECT_EQ(std::count(free.begin(), free.end(), true), changes["seatsAvailable"].integer());
  }
};

class SeatEvents : public ApiTest {
 protected:
  std::int64_t version(std::int64_t c, const Fan& fan) {
    return shop.fan(fan, "GET", seats_path(c)).json()["version"].integer();
  }
  void release(std::int64_t c, const Fan& fan, std::int64_t hold) {
    EXPECT_EQ(shop.fan(fan, "DELETE", Shop::path(c, fmt::format("/holds/{}", hold))).status, 204);
  }
  Json bitmap(std::int64_t c, const Fan& fan) {
    return shop.fan(fan, "GET", seats_path(c, "?view=bitmap")).json();
  }
  void block(std::int64_t c, bool blocked, int first, int last) {
    const std::string body = fmt::format(R"({{"ranges":[[{},{}]],"blocked":{}}})", first, last,
                                         blocked ? "true" : "false");
    const Response done =
        shop.admin("PUT", fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/blocks", c), body);
    EXPECT_EQ(done.status, 204) << done.body;
  }
};

TEST_F(SeatEvents, begin_with_the_changes_since_a_version_and_follow_the_seats) {
  const std::int64_t c = shop.create_concert(hall(100));
  const Fan fan = shop.enter(c);
  const Fan other = shop.enter(c);
  const std::int64_t first = version(c, fan);
  const std::int64_t hold = shop.hold(c, other, {7, 9});
  SeatStream stream(server(), c, fan, first);
  EXPECT_TRUE(stream.head().starts_with("HTTP/1.1 200"));
  EXPECT_NE(stream.head().find("Content-Type: text/event-stream"), std::string::npos);
  std::optional<Json> event = stream.next("seats");
  ASSERT_TRUE(event);
  EXPECT_GE(stream.retry_ms(), 2000);
  event->expect_shape("concertId:i date:d version:i since:i seatsAvailable:i freed:a taken:a");
  EXPECT_EQ((*event)["since"].integer(), first);
  EXPECT_EQ((*event)["version"].integer(), first + 1);
  EXPECT_EQ((*event)["seatsAvailable"].integer(), 98);
  EXPECT_EQ((*event)["taken"].integers(), (SeatNumbers{7, 9}));
  release(c, other, hold);
  event = stream.next("seats");
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["since"].integer(), first + 1);
  EXPECT_EQ((*event)["freed"].integers(), (SeatNumbers{7, 9}));
  EXPECT_EQ((*event)["taken"].size(), 0U);
  EXPECT_FALSE(stream.next("seats", 1500)) << "nothing has changed";
  // Who knows the newest version gets an event as well: the stream is there.
  SeatStream newest(server(), c, other, first + 2);
  event = newest.next("seats");
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["version"].integer(), first + 2);
  EXPECT_EQ((*event)["freed"].size() + (*event)["taken"].size(), 0U);
}

TEST_F(SeatEvents, begin_with_a_reset_where_the_changes_are_unknown) {
  const std::int64_t c = shop.create_concert(hall(100));
  const Fan fan = shop.enter(c);
  const Fan other = shop.enter(c);
  const std::int64_t hold = shop.hold(c, other, {5});
  const std::int64_t present = version(c, fan);
  for (const auto& since : {std::optional<std::int64_t>(), std::optional<std::int64_t>(0),
                            std::optional(present + 1)}) {
    SeatStream stream(server(), c, fan, since);
    const std::optional<Json> event = stream.next("reset");
    ASSERT_TRUE(event);
    event->expect_shape("concertId:i date:d version:i seatsAvailable:i");
    EXPECT_EQ((*event)["version"].integer(), present);
    EXPECT_EQ((*event)["seatsAvailable"].integer(), 99);
  }
  SeatStream garbled(server(), c, fan, present, "Last-Event-ID: x\r\n");
  EXPECT_TRUE(garbled.next("reset"));
  // The map may be newer than the reset, by a change that is taken back before the next event.
  SeatStream stream(server(), c, fan, std::nullopt);
  ASSERT_TRUE(stream.next("reset"));
  release(c, other, hold);
  Knowledge known;
  known.load(bitmap(c, fan));
  EXPECT_TRUE(known.free[4]);
  shop.hold(c, fan, {5});
  while (known.version < present + 2) {
    const std::optional<Json> event = stream.next("seats");
    ASSERT_TRUE(event);
    known.apply(*event);
  }
  EXPECT_EQ(known.free, bits_of(bitmap(c, fan)));
}

TEST_F(SeatEvents, go_on_without_a_loss_behind_the_last_event) {
  const std::int64_t c = shop.create_concert(hall(2000));
  const Fan fan = shop.enter(c);
  const std::int64_t first = version(c, fan);
  Knowledge known;
  known.load(bitmap(c, fan));
  std::atomic<bool> is_over = false;
  std::thread crowd([&] {
    // The server keeps as many changes as the date has seats: at this pace a reader would have to
    // stand still for 20 s to miss one.
    constexpr auto kPace = std::chrono::milliseconds(10);
    Shop own(server());
    std::vector<std::pair<Fan, std::int64_t>> holds;
    std::uint32_t drawn = 17;
    const auto below = [&drawn](std::uint32_t n) {
      return static_cast<int>((drawn = drawn * 1664525 + 1013904223) >> 8) % static_cast<int>(n);
    };
    std::vector<Fan> fans;
    for (int i = 0; i < 20; ++i) fans.push_back(own.enter(c));
    while (!is_over) {
      std::this_thread::sleep_for(kPace);
      if (holds.size() > 50 || (!holds.empty() && below(3) == 0)) {
        std::swap(holds[static_cast<std::size_t>(below(static_cast<std::uint32_t>(holds.size())))],
                  holds.back());
        const auto [owner, hold] = holds.back();
        own.fan(owner, "DELETE", Shop::path(c, fmt::format("/holds/{}", hold)));
        holds.pop_back();
        continue;
      }
      const Fan& owner = fans[static_cast<std::size_t>(below(20))];
      const Response held = own.post_hold(c, owner, {below(300) + 1});  // often the same seats
      if (held.status == 201) holds.emplace_back(owner, held.json()["holdId"].integer());
    }
  });
  int resets = 0;
  for (int round = 0; round < 8; ++round) {
    // As an EventSource asks: by the same target, with the last id in a header.
    const std::string last = round == 0 ? "" : fmt::format("Last-Event-ID: {}\r\n", known.version);
    SeatStream stream(server(), c, fan, first, last);
    for (int events = 0; events <= round % 3; ++events) {
      const std::optional<ServerEvent> event = stream.next_event(3000);
      if (!event) {
        ADD_FAILURE() << "no event in round " << round;
        break;
      }
      EXPECT_EQ(std::to_string(SeatStream::version_of(*event)), event->id);
      if (event->name == "reset") {
        ++resets;
        known.load(bitmap(c, fan));
      } else {
        known.apply(event->json());
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(30 * round));
  }
  is_over = true;
  crowd.join();
  EXPECT_EQ(resets, 0);
  const Json last = bitmap(c, fan);
  EXPECT_GT(last["version"].integer(), first + 100) << "too little happened";
  SeatStream stream(server(), c, fan, known.version);
  while (known.version < last["version"].integer()) {
    const std::optional<Json> event = stream.next("seats");
    ASSERT_TRUE(event);
    known.apply(*event);
  }
  EXPECT_EQ(known.free, bits_of(last));
}

TEST_F(SeatEvents, come_at_most_twice_a_second_with_all_changes) {
  const std::int64_t c = shop.create_concert(hall(500));
  const Fan fan = shop.enter(c);
  const Fan other = shop.enter(c);
  SeatStream stream(server(), c, fan, version(c, fan));
  ASSERT_TRUE(stream.next("seats"));
  const auto start = std::chrono::steady_clock::now();
  for (int seat = 1; seat <= 100; ++seat) {
    shop.hold(c, other, {seat});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  int events = 0;
  std::size_t taken = 0;
  while (const std::optional<Json> event = stream.next("seats", 1200)) {
    ++events;
    taken += (*event)["taken"].size();
  }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::steady_clock::now() - start)
                      .count();
  EXPECT_EQ(taken, 100U);
  EXPECT_LE(events, ms / 500 + 1);
  EXPECT_GE(events, 2);
}

TEST_F(SeatEvents, end_with_the_payment) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.charge(fan, 1000);
  SeatStream stream(server(), c, fan, version(c, fan));
  ASSERT_TRUE(stream.next("seats"));
  shop.pay(c, fan, shop.hold(c, fan, {1}));
  std::optional<ServerEvent> last;
  while (const auto event = stream.next_event(3000)) last = event;
  ASSERT_TRUE(last);
  EXPECT_EQ(last->name, "end");
  EXPECT_EQ(last->id, "") << "the client keeps the version that it has";
  last->json().expect_shape("reason:s");
  EXPECT_EQ(last->json()["reason"].text(), "completed");
  EXPECT_TRUE(stream.ended());
  expect_problem(shop.fan(fan, "GET", events_path(c)), 401, "token-expired");
}

TEST_F(SeatEvents, end_with_the_session) {
  const std::int64_t c = shop.create_concert(R"("queue":{"sessionSeconds":2})");
  const Fan fan = shop.enter(c);
  const Fan leaver = shop.enter(c);
  SeatStream stream(server(), c, fan, std::nullopt);
  SeatStream left(server(), c, leaver, std::nullopt);
  ASSERT_TRUE(stream.next("reset"));
  ASSERT_TRUE(left.next("reset"));
  EXPECT_EQ(shop.fan(leaver, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  std::optional<Json> event = left.next("end");
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["reason"].text(), "left");
  event = stream.next("end", 6000);
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["reason"].text(), "expired");
  EXPECT_FALSE(stream.next_event(1000));
  EXPECT_TRUE(stream.ended());
}

TEST_F(SeatEvents, end_with_the_sale_of_the_date) {
  const std::int64_t c = shop.create_concert(
      R"("dates":[{"date":"2047-05-01"},{"date":"2047-05-02"},{"date":"2047-05-03"}])");
  const Fan fan = shop.enter(c);
  SeatStream stream(server(), c, fan, version(c, fan));
  ASSERT_TRUE(stream.next("seats"));
  const std::string cancellation =
      fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/cancellation", c);
  EXPECT_LT(shop.admin("POST", cancellation).status, 300);
  std::optional<Json> event = stream.next("end");
  ASSERT_TRUE(event);
  EXPECT_EQ((*event)["reason"].text(), "cancelled");
  EXPECT_FALSE(stream.next_event(1000));
  EXPECT_TRUE(stream.ended());
  const Response again = shop.fan(fan, "GET", events_path(c));
  EXPECT_EQ(again.status, 204) << again.body;
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("Content-Type"), "");

  ServerEvents other({.port = server().port()}, Shop::path(c, "/dates/2047-05-02/seats/events"),
                     fan.token);
  ASSERT_TRUE(other.next_event(2000));
  shop.change(c, fmt::format(R"({{"closesAt":"{}"}})", time_from_now(700)));
  const std::optional<ServerEvent> last = other.next_event(4000);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->name, "end");
  EXPECT_EQ(last->json()["reason"].text(), "off-sale");
}

TEST_F(SeatEvents, begin_anew_with_new_sections_and_end_when_the_date_is_postponed) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  SeatStream stream(server(), c, fan, version(c, fan));
  ASSERT_TRUE(stream.next("seats"));
  const auto change = [&](std::string_view members) {
    shop.change(c, fmt::format(R"({{"changeDates":[{{"date":"2047-05-01",{}}}]}})", members));
  };
  change(R"("addSections":[{"name":"box","seats":2,"price":9}])");
  const std::optional<Json> reset = stream.next("reset");
  ASSERT_TRUE(reset);
  EXPECT_EQ((*reset)["seatsAvailable"].integer(), 52);
  change(R"("postponeTo":"2047-05-03")");
  const std::optional<Json> end = stream.next("end");
  ASSERT_TRUE(end);
  EXPECT_EQ((*end)["reason"].text(), "postponed");
}

TEST_F(SeatEvents, are_refused_like_the_map) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const Fan fan = shop.enter(c);
  const Fan waiting = shop.join(c);
  expect_problem(shop.fan(waiting, "GET", events_path(c)), 403, "not-admitted");
  expect_problem(shop.fan(fan, "GET", events_path(1'000'000)), 403, "wrong-token");
  expect_problem(shop.fan(fan, "GET", Shop::path(c, "/dates/2047-05-02/seats/events")), 404,
                 "date-not-found");
  expect_problem(shop.fan(fan, "GET", seats_path(c, "/events?since=new")), 422, "invalid-field");
  expect_problem(shop.http.request("GET", events_path(c)), 401, "invalid-token");
  expect_problem(shop.fan(fan, "GET", events_path(c), {}, {{"Accept", "application/json"}}), 406,
                 "not-acceptable");
  const Response head = shop.fan(fan, "HEAD", events_path(c));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
}

TEST_F(SeatEvents, keep_the_fan_in_the_shop_and_the_connection_open) {
  const std::int64_t c =
      shop.create_concert(R"("queue":{"idleSeconds":2,"maxActive":2,"sessionSeconds":600})");
  const Fan fan = shop.enter(c);
  SeatStream stream(server(), c, fan, std::nullopt);
  ASSERT_TRUE(stream.next("reset"));
  EXPECT_FALSE(stream.next_event(16'500));
  EXPECT_FALSE(stream.ended());
  EXPECT_EQ(stream.comments(), 1);
  EXPECT_EQ(shop.state(c, fan), "active");
}

// A client whose kernel takes no more, while each event is large.
TEST_F(SeatEvents, slow_reader_gets_the_changes_merged) {
  constexpr int kBlocked = 4000;  // as many changes as are kept
  constexpr int kRounds = 8;
  const std::int64_t c = shop.create_concert(hall(20'000));
  const Fan fan = shop.enter(c);
  Knowledge known;
  known.load(bitmap(c, fan));
  SeatStream slow(server(), c, fan, known.version, {}, 2048);
  const auto read = [&](int timeout_ms) -> std::optional<ServerEvent> {
    const auto event = slow.next_event(timeout_ms);
    if (event && event->name == "reset") known.load(bitmap(c, fan));
    if (event && event->name == "seats") known.apply(event->json());
    return event;
  };
  ASSERT_TRUE(read(2000));
  for (int round = 0; round < kRounds; ++round) {  // each event has about 20 kB
    block(c, round % 2 == 0, 1, kBlocked);
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
  }
  shop.hold(c, fan, {kBlocked + 1});
  const std::int64_t newest = version(c, fan);
  int events = 0;
  while (known.version < newest) {
    ASSERT_TRUE(read(5000));
    ++events;
  }
  EXPECT_LE(events, kRounds / 2) << "the events waited in a queue";
  EXPECT_EQ(known.free, bits_of(bitmap(c, fan)));
}

// One poll serves all streams of a thread that show the same version.
TEST(SeatEventsCost, polls_of_a_date_do_not_grow_with_its_streams) {
  if (ServerProcess::instances() > 1) GTEST_SKIP() << "reads the counters of one process";
  ServerProcess server({"--threads", "2"});
  Shop shop(server);
  const std::int64_t c = shop.create_concert(hall(100, R"(,"queue":{"maxActive":1000})"));
  const auto polls = [&shop] {
    const std::string text = shop.http.request("GET", "/metrics").body;
    const std::regex line(R"re(frontrow_commands_total\{command="watch_seats",[^}]*\} (\d+))re");
    std::int64_t count = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it)
      count += std::stoll((*it)[1].str());
    return count;
  };
  constexpr int kStreams = 150;
  std::vector<std::unique_ptr<SeatStream>> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(std::make_unique<SeatStream>(server, c, shop.enter(c), std::nullopt));
    ASSERT_TRUE(streams.back()->next("reset"));
  }
  const Fan buyer = shop.enter(c);
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  const std::int64_t before = polls();
  const auto start = std::chrono::steady_clock::now();
  for (int seat = 1; seat <= 20; ++seat) {
    shop.hold(c, buyer, {seat});
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto rate = static_cast<double>(polls() - before) / seconds;
  EXPECT_GT(rate, 1.0);
  EXPECT_LT(rate, 80.0) << "each of " << kStreams << " streams asks for itself";
  for (const auto& stream : streams) {
    std::size_t taken = 0;
    while (taken < 20) {
      const std::optional<Json> event = stream->next("seats");
      ASSERT_TRUE(event);
      taken += (*event)["taken"].size();
    }
    EXPECT_EQ(taken, 20U);
  }
}

TEST(SeatEventsByProxy, end_after_a_while_and_go_on_behind_the_last_event) {
  ServerProcess server({"--http-proxied-stream-seconds", "1"});
  Shop shop(server);
  const std::int64_t c =
      shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":3,"sessionSeconds":600})");
  const Fan fan = shop.enter(c);
  std::string headers = "X-Forwarded-For: 203.0.113.7\r\n";
  for (int i = 0; i < 5; ++i) {  // longer than idleSeconds
    SeatStream stream(server, c, fan, std::nullopt, headers);
    const std::optional<ServerEvent> event = stream.next_event(2000);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, i == 0 ? "reset" : "seats");
    headers = "X-Forwarded-For: 203.0.113.7\r\nLast-Event-ID: " + event->id + "\r\n";
    EXPECT_FALSE(stream.next_event(3000));
    EXPECT_TRUE(stream.ended());
    EXPECT_LT(stream.retry_ms(), 1000);
  }
  EXPECT_EQ(shop.state(c, fan), "active");
}

TEST(SeatEventsStop, drain_ends_the_streams) {
  if (ServerProcess::instances() > 1) GTEST_SKIP() << "stops one process";
  ServerProcess server;
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  SeatStream stream(server, c, shop.enter(c), std::nullopt);
  ASSERT_TRUE(stream.next("reset"));
  server.send_signal(SIGTERM);
  EXPECT_FALSE(stream.next_event(5000));
  EXPECT_TRUE(stream.ended());
  EXPECT_EQ(server.wait(20'000), 0) << server.log();
}

}  // namespace
}  // namespace frontrow::api
