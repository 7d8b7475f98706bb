// The disk under the journal fills up while the server works. Below the reserve the server rejects
// new work and completes promised work. Without free bytes it stops rather than acknowledge a
// change that may be lost. The test fills a small disk from outside; without root the suites are
// skipped.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "tests/api/support/shop.h"
#include "tests/api/support/small_disk.h"

namespace frontrow::api {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk.why_not().empty()) GTEST_SKIP() << "no small disk to fill: " << disk.why_not();
  }

  void start_server(std::int64_t reserve_mib) {
    server = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--threads", "2", "--journal-write-buffer-mib", "1",
                                 "--journal-low-space-mib", std::to_string(reserve_mib)},
        disk.root() / "data");
  }

  // Charges one unit at a time until the server reacts to the free space: the charge is rejected as
  // low-disk, or accepted.
  void await_new_work(Shop& shop, int status) {
    const Fan by_operator = {probe, server->admin_key(), 0};
    Response answer;
    EXPECT_TRUE(await([&] {
      answer = shop.post_charge(by_operator, 1);
      probe_charged += answer.status == 201;
      return answer.status == status;
    })) << answer.body;
  }

  SmallDisk disk;
  std::unique_ptr<ServerProcess> server;
  const std::string probe = new_user();
  std::int64_t probe_charged = 0;
};

// Expects a 503 with Retry-After.
void expect_503(const Response& response, std::string_view slug) {
  expect_problem(response, 503, slug);
  EXPECT_GT(std::atoi(response.header("Retry-After").c_str()), 0) << response.body;
}

class LowDisk : public FullDisk {
 protected:
  static constexpr std::int64_t kReserveMib = 16;
  static constexpr std::int64_t kPrice = 1000;

  // Promised work: a hold to be paid, a hold to be released, a payment to be refunded, and a line
  // behind a shop with one place.
  void open_sale(Shop& shop) {
    concert = shop.create_concert();
    buyer = shop.enter(concert);
    shop.charge(buyer, 5 * kPrice);
    hold = shop.hold(concert, buyer, {1});
    dropper = shop.enter(concert);
    dropped = shop.hold(concert, dropper, {2});
    returner = shop.enter(concert);
    shop.charge(returner, kPrice);
    payment = shop.pay(concert, returner, shop.hold(concert, returner, {3}));
    line = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":600})");
    inside = shop.enter(line);
    next = shop.join(line);
    last = shop.join(line);
  }

  // One request of each kind of new work.
  std::vector<Response> ask_for_new_work(Shop& shop) {
    const auto once = [](std::string_view key) { return Headers{{"Idempotency-Key", key.data()}}; };
    return {shop.post_join(line, newcomer, once("join")),
            shop.post_hold(concert, dropper, {4}, once("hold")),
            shop.post_charge(buyer, kPrice, once("charge")),
            shop.admin("POST", "/v1/admin/concerts",
                       R"({"title":"An encore","dates":[{"date":"2047-06-01"}]})", once("create"))};
  }

  void expect_promises_kept(Shop& shop) {
    EXPECT_EQ(shop.post_payment(concert, buyer, hold).status, 201);
    EXPECT_EQ(
        shop.fan(dropper, "DELETE", Shop::path(concert, fmt::format("/holds/{}", dropped))).status,
        204);
    EXPECT_EQ(shop.refund(concert, payment).status, 201);
    EXPECT_EQ(shop.fan(inside, "DELETE", Shop::path(line, "/queue/token")).status, 204);
    EXPECT_TRUE(await([&] { return shop.state(line, next) == "active"; }));
    EXPECT_EQ(shop.entry(line, last)["position"].integer(), 1);
    shop.change(line, R"({"holdSeconds":200})");
    EXPECT_EQ(shop.admin("PUT", block_path(10)).status, 204);
    for (const char* read : {"/dates", "/dates/2047-05-01/seats"})
      EXPECT_EQ(shop.fan(dropper, "GET", Shop::path(concert, read)).status, 200);
    // The server still serves, so a load balancer must keep it in rotation.
    EXPECT_EQ(shop.http.request("GET", "/readyz").status, 200);
    EXPECT_EQ(shop.http.request("GET", "/livez").status, 200);
    const std::string metrics = shop.http.request("GET", "/metrics").body;
    EXPECT_NE(metrics.find("\nfrontrow_low_disk 1\n"), metrics.npos);
  }

  std::string block_path(int seat) const {
    return fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/seats/{}/block", concert, seat);
  }

  // The ledger holds every change that was answered with success and no other. `taken`: the new
  // work was done.
  void expect_books(Shop& shop, bool taken) {
    EXPECT_EQ(shop.balance(buyer.user), (taken ? 5 : 4) * kPrice);
    EXPECT_EQ(shop.balance(returner.user), kPrice);
    EXPECT_EQ(shop.balance(probe), probe_charged);
    const Json sale = shop.concert(concert);
    EXPECT_EQ(sale["revenue"].integer(), kPrice);
    EXPECT_EQ(sale["joined"].integer(), 3);
    EXPECT_EQ(sale["dates"][0]["sold"].integer(), 1);
    EXPECT_EQ(sale["dates"][0]["held"].integer(), taken ? 1 : 0);
    EXPECT_EQ(sale["dates"][0]["blocked"].integer(), 1);
    EXPECT_EQ(shop.concert(line)["joined"].integer(), taken ? 4 : 3);
    EXPECT_EQ(shop.state(line, next), "active");
    EXPECT_EQ(shop.entry(line, last)["position"].integer(), 1);
    const Json concerts = shop.http.request("GET", "/v1/concerts").json()["concerts"];
    EXPECT_EQ(concerts.size(), taken ? 3U : 2U);
  }

  std::int64_t concert = 0;
  std::int64_t line = 0;
  Fan buyer, dropper, returner, inside, next, last;
  std::int64_t hold = 0, dropped = 0, payment = 0;
  const std::string newcomer = new_user();
};

TEST_F(LowDisk, new_work_is_refused_and_promises_are_kept_until_there_is_room) {
  start_server(kReserveMib);
  {
    Shop shop(*server);
    open_sale(shop);
    disk.fill_until_free(kReserveMib * kMiB / 2);
    await_new_work(shop, 503);
    for (const Response& refused : ask_for_new_work(shop)) expect_503(refused, "low-disk");
    expect_promises_kept(shop);
    for (const Response& refused : ask_for_new_work(shop)) expect_503(refused, "low-disk");
    expect_books(shop, false);
  }
  // A start with too little free space recovers, and rejects new work as before.
  server->kill();
  ASSERT_TRUE(server->start());
  {
    Shop shop(*server);
    for (const Response& refused : ask_for_new_work(shop)) expect_503(refused, "low-disk");
    expect_books(shop, false);
    disk.make_room();
    await_new_work(shop, 201);
    for (const Response& taken : ask_for_new_work(shop)) {
      EXPECT_EQ(taken.status, 201) << taken.body;
      EXPECT_TRUE(taken.header("Idempotency-Replayed").empty());
    }
    expect_books(shop, true);
  }
  EXPECT_EQ(server->stop(), 0) << server->log();
  ASSERT_TRUE(server->start());
  Shop shop(*server);
  expect_books(shop, true);
}

class NoByteLeft : public FullDisk {
 protected:
  // The log names the reason, and the exit code reports the failure.
  void expect_stopped() {
    EXPECT_EQ(server->wait(20'000), 1);
    const std::string log = server->log();
    EXPECT_NE(log.find(" critical the journal failed"), log.npos) << log;
  }

  // A start without free space fails with a message and changes no file.
  void expect_no_start() {
    std::string output;
    const std::string data = server->data();
    EXPECT_EQ(
        ServerProcess::run_once({"serve", "--data-dir", data, "--listen", "127.0.0.1:0"}, output),
        1)
        << output;
    EXPECT_NE(output.find("No space left on device"), output.npos) << output;
  }
};

// One client: its acknowledged changes and those in doubt.
struct Client {
  Fan fan;
  std::int64_t charged = 0;
  std::string charge_refusal;  // of the charge after those; empty without an answer
  int first_seat = 0;
  int blocked = 0;  // seats from the first on, acknowledged; a few after them are in doubt

  static constexpr std::int64_t kUnit = 7;
  Headers key_of_next_charge() const {
    return {{"Idempotency-Key", fmt::format("{}-{}", fan.user, charged)}};
  }
};

class NoByteLeftForRecords : public NoByteLeft {
 protected:
  static constexpr int kClients = 8;
  static constexpr int kSeatsEach = 8'000;
  static constexpr int kPipelined = 16;  // makes the log grow by more than one record a sync

  void open_sale() {
    Shop shop(*server);
    std::string sections;  // one for each client
    for (int i = 0; i < kClients; ++i) {
      sections +=
          fmt::format(R"({}{{"name":"{}","seats":{},"price":1}})", i > 0 ? "," : "", i, kSeatsEach);
    }
    concert = shop.create_concert(
        fmt::format(R"("dates":[{{"date":"2047-05-01","sections":[{}]}}])", sections));
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(
          {.fan = shop.enter(concert), .charge_refusal = {}, .first_seat = i * kSeatsEach + 1});
    }
  }

  // Charges until the server rejects a charge. If the reason is low-disk, blocks seats, which the
  // reserve still allows, until the log can't be written.
  void work(Client& client) {
    Shop shop(*server);
    Response answer;
    while ((answer = shop.post_charge(client.fan, Client::kUnit, client.key_of_next_charge()))
               .status == 201) {
      ++client.charged;
      ++acknowledged;
    }
    client.charge_refusal = answer.slug();
    if (client.charge_refusal == "low-disk") {
      expect_503(answer, "low-disk");
      answer = block_seats(shop.http, client);
    }
    if (answer.status == 0) return;  // the connection ended first
    expect_503(answer, "outcome-unknown");
    ++heard_unknown;
  }

  // Blocks seats until one is rejected; returns that response.
  Response block_seats(HttpClient& http, Client& client) {
    while (client.blocked + kPipelined <= kSeatsEach) {
      std::string bytes;
      for (int i = 0; i < kPipelined; ++i) {
        bytes += fmt::format(
            "PUT /v1/admin/concerts/{}/dates/2047-05-01/seats/{}/block HTTP/1.1\r\nHost: x\r\n"
            "Authorization: Bearer {}\r\n\r\n",
            concert, client.first_seat + client.blocked + i, server->admin_key());
      }
      if (!http.connected() || !http.send(bytes)) return {};
      for (int i = 0; i < kPipelined; ++i) {
        Response answer = http.receive();
        if (answer.status != 204) return answer;
        ++client.blocked;
      }
    }
    ADD_FAILURE() << "the log takes everything";
    return {};
  }

  void expect_charges(Shop& shop, const Client& client) {
    const std::int64_t charged = client.charged * Client::kUnit;
    const std::int64_t balance = shop.balance(client.fan.user);
    if (client.charge_refusal == "low-disk") {
      EXPECT_EQ(balance, charged);
    } else {
      EXPECT_TRUE(balance == charged || balance == charged + Client::kUnit)
          << balance << " of " << charged;
    }
    // Sent again with its key, the charge has been done once, however the first attempt ended.
    EXPECT_EQ(shop.post_charge(client.fan, Client::kUnit, client.key_of_next_charge()).status, 201);
    EXPECT_EQ(shop.balance(client.fan.user), charged + Client::kUnit);
  }

  // Acknowledged seats are blocked, and no client has more blocked seats than it asked for.
  void expect_blocks(Shop& shop) {
    const std::string path = Shop::path(concert, "/dates/2047-05-01/seats");
    const Json seats = shop.fan(clients[0].fan, "GET", path).json();
    for (int i = 0; i < kClients; ++i) {
      const std::vector<std::int64_t> free = seats["sections"][i]["available"].integers();
      ASSERT_FALSE(free.empty());
      const int end = clients[i].first_seat + clients[i].blocked;
      EXPECT_GE(free.front(), end);
      EXPECT_LE(free.front(), end + kPipelined);
      EXPECT_EQ(free.back() - free.front() + 1, static_cast<std::int64_t>(free.size()));
    }
  }

  std::int64_t concert = 0;
  std::vector<Client> clients;
  std::atomic<int> acknowledged{0};
  std::atomic<int> heard_unknown{0};
};

TEST_F(NoByteLeftForRecords, server_stops_and_what_it_acknowledged_is_there_once) {
  start_server(1);
  open_sale();
  std::jthread filler([&] {
    EXPECT_TRUE(await([&] { return acknowledged > 200; }, 20'000));
    disk.fill_up();
  });
  in_parallel(kClients, [&](int i) { work(clients[i]); });
  filler.join();
  EXPECT_GT(heard_unknown, 0);
  expect_stopped();
  disk.fill_up();  // including the space that the server freed at its end
  expect_no_start();
  disk.make_room();
  ASSERT_TRUE(server->start());
  Shop shop(*server);
  expect_blocks(shop);
  for (const Client& client : clients) expect_charges(shop, client);
}

// One piece of the new work is larger than the reserve, so the check of the free space comes too
// late.
class NoByteLeftForLargeRecords : public NoByteLeft {
 protected:
  static constexpr int kClients = 8;

  struct Creation {
    std::string title = "Festival " + new_user();
    int status = 0;
    std::string refusal;
    Headers key() const { return {{"Idempotency-Key", title.substr(9)}}; }
  };

  // Nearly as large as an operator's request may be.
  static std::string body_of(const Creation& creation) {
    std::string dates;
    for (int day = 1; day <= 28; ++day) {
      dates += fmt::format(R"({}{{"date":"2047-02-{:02}","sections":[)", day > 1 ? "," : "", day);
      for (int i = 0; i < 200; ++i) {
        dates += fmt::format(R"({}{{"name":"{:x<100}","seats":1,"price":1}})", i > 0 ? "," : "", i);
      }
      dates += "]}";
    }
    return fmt::format(R"({{"title":"{}","dates":[{}]}})", creation.title, dates);
  }

  Response create(const Creation& creation) {
    return Shop(*server).admin("POST", "/v1/admin/concerts", body_of(creation), creation.key());
  }

  std::multiset<std::string> titles() {
    std::multiset<std::string> found;
    Shop shop(*server);
    const Json concerts = shop.http.request("GET", "/v1/concerts").json()["concerts"];
    for (std::size_t i = 0; i < concerts.size(); ++i) found.insert(concerts[i]["title"].text());
    return found;
  }
};

TEST_F(NoByteLeftForLargeRecords, nothing_is_acknowledged_that_a_restart_does_not_find) {
  start_server(1);
  std::vector<Creation> creations(kClients);
  creations[0].status = create(creations[0]).status;
  EXPECT_EQ(creations[0].status, 201);
  disk.fill_until_free(3 * kMiB / 2);
  in_parallel(kClients - 1, [&](int i) {
    const Response answer = create(creations[i + 1]);
    creations[i + 1].status = answer.status;
    creations[i + 1].refusal = answer.slug();
  });
  const auto refused_as = [&](std::string_view slug) {
    return std::count_if(creations.begin() + 1, creations.end(),
                         [&](const Creation& creation) { return creation.refusal == slug; });
  };
  if (refused_as("outcome-unknown") > 0) {
    expect_stopped();
  } else {
    // The check of the free space came between two of them.
    EXPECT_GT(refused_as("low-disk"), 0);
    server->kill();
  }
  disk.make_room();
  ASSERT_TRUE(server->start());
  std::multiset<std::string> found = titles();
  for (const Creation& creation : creations) {
    const std::size_t count = found.count(creation.title);
    EXPECT_TRUE(creation.status != 201 || count == 1) << creation.title;
    EXPECT_TRUE(creation.refusal != "low-disk" || count == 0) << creation.title;
    EXPECT_EQ(create(creation).status, 201) << creation.title;
  }
  found = titles();
  for (const Creation& creation : creations) EXPECT_EQ(found.count(creation.title), 1U);
}

}  // namespace
}  // namespace frontrow::api
