// Exports of a running sale against the recovery tool's of the stopped one.
#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

std::string export_path(std::int64_t c, std::string_view query) {
  return fmt::format("/v1/admin/concerts/{}/export{}", c, query);
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Json> lines_of(const std::string& ndjson) {
  std::vector<Json> lines;
  for (std::size_t at = 0; at < ndjson.size();) {
    const std::size_t end = ndjson.find('\n', at);
    lines.push_back(Json::parse(ndjson.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

constexpr std::string_view kHall =
    R"("maxSeatsPerUser":32,"queue":{"maxActive":1000,"admitPerSecond":1000},)"
    R"("dates":[{"date":"2047-05-01","sections":[{"name":"=floor","seats":3000,"price":10},)"
    R"({"name":"rank, left","seats":1000,"price":7}]},{"date":"2047-05-02"}])";

Response refund_seat(Shop& shop, std::int64_t c, std::int64_t payment, int seat) {
  return shop.admin("POST", fmt::format("/v1/admin/concerts/{}/payments/{}/refunds", c, payment),
                    fmt::format(R"({{"seats":[{}]}})", seat));
}

// Buys these seats, and refunds every fifth purchase; returns the ids of the payments.
std::set<std::int64_t> sell(Shop& shop, std::int64_t c, int first_seat, int purchases, int each) {
  std::set<std::int64_t> paid;
  for (int i = 0; i < purchases; ++i) {
    const Fan fan = shop.enter(c);
    shop.charge(fan, 1000);
    std::vector<int> seats;
    for (int s = 0; s < each; ++s) seats.push_back(first_seat + i * each + s);
    paid.insert(shop.pay(c, fan, shop.hold(c, fan, seats)));
    if (i % 5 == 4) shop.refund(c, *paid.rbegin());
  }
  return paid;
}

TEST(Export, of_a_running_sale_is_one_moment_and_the_last_one_is_what_recovery_exports) {
  ServerProcess server;
  Shop shop(server);
  const std::int64_t c = shop.create_concert(kHall);
  std::mutex mutex;
  std::set<std::int64_t> acknowledged;
  std::atomic<int> sellers = 3;
  in_parallel(4, [&](int thread) {
    Shop own(server);
    if (thread < 3) {
      for (int round = 0; round < 10; ++round) {
        const auto paid = sell(own, c, 1 + thread * 1300 + round * 100, 10, 3);
        const std::lock_guard lock(mutex);
        acknowledged.insert(paid.begin(), paid.end());
      }
      --sellers;
      return;
    }
    int exports = 0;
    while (sellers > 0 || exports == 0) {
      std::set<std::int64_t> before;
      {
        const std::lock_guard lock(mutex);
        before = acknowledged;
      }
      const Response payments = own.admin("GET", export_path(c, "?format=ndjson"));
      ASSERT_EQ(payments.status, 200) << payments.body;
      std::int64_t last = 0;
      for (const Json& row : lines_of(payments.body)) {
        EXPECT_GT(row["payment"].integer(), last) << "each once, in their order";
        last = row["payment"].integer();
        before.erase(last);
      }
      EXPECT_TRUE(before.empty()) << "a payment that was acknowledged before is missing";
      const Response seats = own.admin("GET", export_path(c, "?what=seats&format=ndjson"));
      std::set<std::string> sold;
      std::map<std::int64_t, int> seats_of;
      for (const Json& row : lines_of(seats.body)) {
        const std::string seat = row["date"].text() + " " + std::to_string(row["seat"].integer());
        EXPECT_TRUE(sold.insert(seat).second) << seat;
        ++seats_of[row["payment"].integer()];
      }
      for (const auto& [payment, count] : seats_of)
        EXPECT_EQ(count, 3) << "a payment is sold or refunded as a whole: " << payment;
      ++exports;
    }
  });
  EXPECT_EQ(acknowledged.size(), 300U);

  // Of the first payment one seat goes back, then prices change: what was paid stays.
  const Json first = lines_of(shop.admin("GET", export_path(c, "?format=ndjson")).body)[0];
  const std::int64_t payment = first["payment"].integer();
  const auto back = static_cast<int>(first["seats"].integers()[1]);
  const Response refunded = refund_seat(shop, c, payment, back);
  ASSERT_EQ(refunded.status, 201) << refunded.body;
  const Response prices =
      shop.admin("PATCH", fmt::format("/v1/admin/concerts/{}", c),
                 R"({"changeDates":[{"date":"2047-05-01","prices":{"=floor":99}}]})");
  ASSERT_EQ(prices.status, 200) << prices.body;
  const Json row = lines_of(shop.admin("GET", export_path(c, "?format=ndjson")).body)[0];
  EXPECT_EQ(row["state"].text(), "completed");
  EXPECT_EQ(row["refunded_seats"].integers(), (std::vector<std::int64_t>{back}));
  EXPECT_EQ(row["refunded_amount"].integer(), 10);
  std::int64_t paid_for_seats = 0;
  for (const Json& seat :
       lines_of(shop.admin("GET", export_path(c, "?what=seats&format=ndjson")).body)) {
    paid_for_seats += seat["price"].integer();
    EXPECT_FALSE(seat["payment"].integer() == payment && seat["seat"].integer() == back);
  }
  const Response seats = shop.admin("GET", export_path(c, "?what=seats"));
  const Response payments = shop.admin("GET", export_path(c, "?what=payments&format=csv"));
  const Response tickets = shop.admin("GET", export_path(c, "?what=tickets&format=ndjson"));
  EXPECT_EQ(lines_of(tickets.body).size(), 900U);
  int tickets_seen = 0;
  for (const Json& ticket : lines_of(tickets.body)) {
    if (ticket["payment"].integer() != payment) continue;
    EXPECT_EQ(ticket["state"].text(), ticket["seat"].integer() == back ? "void" : "valid");
    ++tickets_seen;
  }
  EXPECT_EQ(tickets_seen, 3);
  const std::int64_t revenue = shop.concert(c)["revenue"].integer();
  EXPECT_EQ(paid_for_seats, revenue);
  ASSERT_EQ(server.stop(), 0) << server.log();
  const std::filesystem::path books = server.directory() / "books";
  std::string output;
  ASSERT_EQ(ServerProcess::run_once(
                {"recover", "export", "--data-dir", server.data().string(), "--to", books.string()},
                output),
            0)
      << output;
  EXPECT_EQ(file_text(books / "seats.csv"), seats.body);
  EXPECT_EQ(file_text(books / "payments.csv"), payments.body);
  const std::string totals = file_text(books / "totals.csv");
  EXPECT_NE(totals.find(fmt::format("concert {},seats sold,719,\r\n", c)), totals.npos) << totals;
  EXPECT_NE(totals.find(fmt::format("concert {},revenue,{},\r\n", c, revenue)), totals.npos)
      << totals;
  EXPECT_NE(totals.find(fmt::format("concert {},amount refunded in part,10,\r\n", c)), totals.npos)
      << totals;
}

class ExportApi : public ApiTest {
 protected:
  // Takes a response in pieces.
  struct Reader {
    explicit Reader(const ServerProcess& server) : http(server.port()) {}
    HttpClient http;
    std::string text;
  };
  void begin(Reader& reader, std::int64_t c, std::string_view query) {
    ASSERT_TRUE(reader.http.connect());
    ASSERT_TRUE(reader.http.send(
        fmt::format("GET {} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n",
                    export_path(c, query), server().admin_key())));
  }
};

TEST_F(ExportApi, reply_names_its_type_and_file) {
  const std::int64_t c = shop.create_concert(kHall);
  sell(shop, c, 1, 2, 2);
  const Response csv = shop.admin("GET", export_path(c, ""));
  EXPECT_EQ(csv.status, 200);
  EXPECT_EQ(csv.header("Content-Type"), "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(csv.header("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(csv.header("Content-Disposition")
                  .starts_with(fmt::format("attachment; filename=\"concert-{}-payments-", c)));
  EXPECT_TRUE(csv.body.starts_with("\xEF\xBB\xBFpayment,concert,date,user,hold,seats,amount,"));
  const Response seats = shop.admin("GET", export_path(c, "?what=seats"));
  EXPECT_NE(seats.body.find(",'=floor,10,"), std::string::npos) << seats.body;
  const Response lines = shop.admin("GET", export_path(c, "?format=ndjson&what=tickets"));
  EXPECT_EQ(lines.header("Content-Type"), "application/x-ndjson");
  ASSERT_EQ(lines_of(lines.body).size(), 4U);
  lines_of(lines.body)[0].expect_shape(
      "ticket:s concert:i date:d seat:i section:s category:s row:s label:s payment:i user:s "
      "state:s paid_at:t used_at:tn used_by:sn");
  const Response head = shop.admin("HEAD", export_path(c, ""));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(ExportApi, faults_are_named) {
  const std::int64_t c = shop.create_concert();
  for (const char* query : {"?what=wallets", "?what=holds", "?format=xlsx", "?format=", "?limit=3"})
    expect_problem(shop.admin("GET", export_path(c, query)), 400, "malformed-request");
  EXPECT_NE(shop.admin("GET", export_path(c, "?what=wallets")).body.find("belong to users"),
            std::string::npos);
  expect_problem(shop.admin("GET", export_path(999'999, "")), 404, "not-found");
  expect_problem(shop.admin("GET", export_path(c, ""), {}, {{"Accept", "application/json"}}), 406,
                 "not-acceptable");
  EXPECT_EQ(shop.admin("GET", export_path(c, ""), {}, {{"Accept", "application/x-ndjson"}}).status,
            200);
}

TEST_F(ExportApi, clients_that_leave_in_the_middle_disturb_nobody) {
  const std::int64_t c = shop.create_concert(kHall);
  sell(shop, c, 1, 60, 32);
  const std::string whole = shop.admin("GET", export_path(c, "?what=tickets")).body;
  for (int i = 0; i < 20; ++i) {
    Reader reader(server());
    begin(reader, c, "?what=tickets");
    EXPECT_FALSE(reader.http.receive_some(5'000).empty());
    reader.http.close();
  }
  EXPECT_EQ(shop.admin("GET", export_path(c, "?what=tickets")).body, whole);
}

TEST_F(ExportApi, client_that_reads_slowly_gets_all_of_its_moment) {
  const std::int64_t c = shop.create_concert(kHall);
  sell(shop, c, 1, 30, 32);
  const std::string whole = shop.admin("GET", export_path(c, "?what=tickets")).body;
  Reader reader(server());
  begin(reader, c, "?what=tickets");
  sell(shop, c, 2000, 5, 4);
  while (reader.text.find("\r\n0\r\n\r\n") == std::string::npos) {
    const std::string more = reader.http.receive_some(5'000);
    ASSERT_FALSE(more.empty());
    reader.text += more;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::string body;
  for (std::size_t at = reader.text.find("\r\n\r\n") + 4;;) {
    const std::size_t line = reader.text.find("\r\n", at);
    const std::size_t size = std::stoul(reader.text.substr(at, line - at), nullptr, 16);
    if (size == 0) break;
    body += reader.text.substr(line + 2, size);
    at = line + 2 + size + 2;
  }
  EXPECT_EQ(body, whole);
}

}  // namespace
}  // namespace frontrow::api
