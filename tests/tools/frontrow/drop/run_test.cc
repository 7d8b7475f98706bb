// Whole load tests: the real program and a real server, over sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "engine/base/uuid.h"
#include "tests/api/support/json.h"
#include "tests/api/support/server_process.h"
#include "tests/api/support/shop.h"
#include "tests/tools/frontrow/drop/drop_process.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {
namespace {

using api::await;
using api::Json;
using api::ServerProcess;
using api::Shop;
using testing::HasSubstr;
using testing::Not;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> at(const ServerProcess& server, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(),
                   {"--target", "http://127.0.0.1:" + std::to_string(server.port())});
  return arguments;
}

TEST(DropRun, with_a_server_of_its_own_sells_out_and_checks_everything) {
  DropProcess place({"--help"});  // provides a directory
  ASSERT_EQ(place.wait(), 0);
  const std::string json = place.directory() / "report.json";
  const std::string html = place.directory() / "report.html";
  DropProcess run({"--fans",         "600", "--arrive",      "1s",  "--dates",  "2",
                   "--seats",        "60",  "--connections", "50",  "--think",  "20ms",
                   "--hold-seconds", "1",   "--max-active",  "100", "--retry",  "20",
                   "--double-click", "30",  "--two-tabs",    "20",  "--expire", "10",
                   "--abandon",      "10",  "--waitlist",    "0",   "--json",   json,
                   "--html",         html});
  EXPECT_EQ(run.wait(), 0) << run.progress() << run.report();
  EXPECT_THAT(run.report(), HasSubstr("PASSED"));
  EXPECT_THAT(run.report(), HasSubstr("Everything is sound."));
  EXPECT_THAT(run.progress(), HasSubstr("50 connections open"));
  EXPECT_THAT(run.progress(), HasSubstr("open files allowed"));
  const Json report = Json::parse(read_file(json));
  ASSERT_TRUE(report.valid());
  const Json ended = report["fans"]["ended"];
  EXPECT_EQ(report["fans"]["arrived"].integer(), 600);
  EXPECT_EQ(ended["unfinished"].integer(), 0);
  EXPECT_EQ(ended["refused"].integer(), 0);
  EXPECT_GT(ended["left"].integer(), 0);
  EXPECT_GT(ended["lapsed"].integer(), 0);
  EXPECT_GT(ended["soldOut"].integer(), 0);
  EXPECT_GT(report["requests"]["noAnswer"]["cut"].integer(), 0);
  EXPECT_GT(report["requests"]["replayed"].integer(), 0);
  EXPECT_GT(report["requests"]["conflicts"].integer(), 0);
  EXPECT_EQ(report["requests"]["errors"].integer(), 0);
  EXPECT_EQ(report["checks"]["books"]["payments"].integer(), report["sale"]["sold"].integer());
  EXPECT_EQ(report["sale"]["sold"].integer(), ended["bought"].integer());
  EXPECT_GT(ended["bought"].integer(), 60);
  EXPECT_LE(report["checks"]["mostInside"].integer(), 100);
  EXPECT_GT(report["checks"]["mostInside"].integer(), 10);
  EXPECT_GE(report["samples"].size(), 2U);
  EXPECT_THAT(read_file(html), HasSubstr("</html>"));
}

// The crowd has gone when the first holds run out; only the waitlist can sell these seats.
TEST(DropRun, waitlist_sells_seats_and_standing_places_that_come_back) {
  DropProcess place({"--help"});  // provides a directory
  ASSERT_EQ(place.wait(), 0);
  const auto run = [&](const std::string& name, std::vector<std::string> more) {
    const std::string json = place.directory() / name;
    more.insert(more.end(), {"--fans",          "700", "--arrive",   "1s",  "--dates",        "1",
                             "--showings",      "2",   "--seats",    "60",  "--standing",     "40",
                             "--connections",   "50",  "--think",    "5ms", "--hold-seconds", "6",
                             "--offer-seconds", "8",   "--quantity", "40",  "--expire",       "10",
                             "--abandon",       "10",  "--json",     json});
    DropProcess drop(more);
    EXPECT_EQ(drop.wait(), 0) << drop.progress() << drop.report();
    EXPECT_THAT(drop.report(), HasSubstr("PASSED"));
    return Json::parse(read_file(json));
  };
  const Json without = run("without.json", {"--waitlist", "0"});
  EXPECT_EQ(without["waitlist"]["joined"].integer(), 0);
  EXPECT_LT(without["sale"]["sold"].integer(), 200);
  const Json with = run("with.json", {"--waitlist", "50"});
  EXPECT_EQ(with["sale"]["seats"].integer(), 200);
  EXPECT_EQ(with["sale"]["sold"].integer(), 200);
  EXPECT_EQ(with["fans"]["seats"].integer(), 200);
  EXPECT_LT(with["fans"]["bought"].integer(), 200) << "some buy several seats";
  EXPECT_EQ(with["fans"]["ended"]["unfinished"].integer(), 0);
  const Json waitlist = with["waitlist"];
  EXPECT_GT(waitlist["paid"].integer(), 0);
  EXPECT_EQ(waitlist["offers"].integer(),
            waitlist["paid"].integer() + waitlist["lapsed"].integer());
  EXPECT_LE(waitlist["offers"].integer(), waitlist["joined"].integer());
}

TEST(DropRun, bots_beside_the_fans_get_few_seats_from_a_server_that_defends_itself) {
  DropProcess place({"--help"});  // provides a directory
  ASSERT_EQ(place.wait(), 0);
  const auto run = [&](const std::string& name, std::vector<std::string> more) {
    const std::string json = place.directory() / name;
    more.insert(more.end(), {"--fans",   "300", "--arrive",      "1s",   "--dates",        "1",
                             "--seats",  "150", "--connections", "50",   "--think",        "20ms",
                             "--expire", "0",   "--abandon",     "0",    "--hold-seconds", "2",
                             "--attack", "300", "--attack-rate", "3000", "--json",         json});
    DropProcess drop(more);
    EXPECT_EQ(drop.wait(), 0) << drop.progress() << drop.report();
    EXPECT_THAT(drop.report(), HasSubstr("% of the sold seats are the fans'"));
    const Json report = Json::parse(read_file(json));
    EXPECT_EQ(report["fans"]["ended"]["refused"].integer(), 0);
    const std::int64_t bought =
        report["fans"]["bought"].integer() + report["attack"]["bought"].integer();
    EXPECT_EQ(report["checks"]["books"]["payments"].integer(), bought);
    EXPECT_EQ(report["sale"]["sold"].integer(), bought);
    return report["attack"];
  };
  const Json defended = run("defended.json", {"--attack-hashes", "20000"});
  EXPECT_GT(defended["toldToWait429"].integer(), 0) << "polls without a pause are limited";
  EXPECT_LT(defended["joined"].integer(), 300) << "each name costs work";
  const Json bare = run("bare.json", {"--bare"});
  EXPECT_EQ(bare["toldToWait429"].integer(), 0);
  EXPECT_GT(bare["bought"].integer(), defended["bought"].integer());
}

TEST(DropRun, repeats_with_its_seed) {
  const auto users = [] {
    ServerProcess server;
    DropProcess run(at(server, {"--fans", "20", "--arrive", "100ms", "--connections", "5",
                                "--abandon", "0", "--expire", "0", "--seed", "77"}),
                    server.admin_key());
    EXPECT_EQ(run.wait(), 0) << run.progress() << run.report();
    EXPECT_THAT(run.report(), HasSubstr("20 bought"));
    Shop shop(server);
    return shop.balance(to_string(user_of(77, 0))) == 0 &&
           shop.admin("GET", "/v1/users/" + to_string(user_of(77, 19)) + "/payments")
                   .json()["payments"]
                   .size() == 1;
  };
  EXPECT_TRUE(users());
  EXPECT_TRUE(users());
}

TEST(DropRun, against_two_addresses_and_a_concert_that_others_use_too) {
  ServerProcess server;
  Shop shop(server);
  const std::int64_t concert = shop.create_concert();
  const api::Fan other = shop.enter(concert);
  shop.charge(other, 1000);
  shop.pay(concert, other, shop.hold(concert, other, {1}));
  DropProcess run(
      at(server, {"--target", "http://localhost:" + std::to_string(server.port()), "--concert",
                  std::to_string(concert), "--fans", "100", "--arrive", "200ms", "--connections",
                  "10", "--think", "5ms", "--expire", "0", "--abandon", "0"}),
      server.admin_key());
  EXPECT_EQ(run.wait(), 0) << run.progress() << run.report();
  EXPECT_THAT(run.report(), HasSubstr("49 bought"));
  EXPECT_THAT(run.report(), HasSubstr("50 of 50 sold"));
  EXPECT_THAT(run.report(), Not(HasSubstr("recover")));
}

// An operator refunds a payment during the sale: the server's figures lack an acknowledged
// purchase.
TEST(DropRun, names_what_the_books_do_not_have) {
  ServerProcess server;
  Shop shop(server);
  const std::int64_t concert = shop.create_concert(R"("holdSeconds":4)");
  DropProcess run(at(server, {"--concert", std::to_string(concert), "--fans", "40", "--arrive",
                              "100ms", "--connections", "10", "--think", "0ms", "--abandon", "0",
                              "--expire", "30", "--seed", "5"}),
                  server.admin_key());
  // Fans who let their holds expire keep the run going meanwhile.
  std::int64_t payment = 0;
  std::string user;
  EXPECT_TRUE(await(
      [&] {
        for (std::uint32_t fan = 0; fan < 40 && payment == 0; ++fan) {
          user = to_string(user_of(5, fan));
          const Json paid = shop.admin("GET", "/v1/users/" + user + "/payments").json()["payments"];
          if (paid.size() > 0) payment = paid[0]["paymentId"].integer();
        }
        return payment != 0;
      },
      20'000));
  EXPECT_TRUE(run.await_progress("drop t=1."));
  EXPECT_EQ(shop.refund(concert, payment).status, 201);
  EXPECT_EQ(run.wait(), 1) << run.progress() << run.report();
  const std::string named = "payments: payment " + std::to_string(payment) + " of fan ";
  EXPECT_THAT(run.report(), HasSubstr("FAILED"));
  EXPECT_THAT(run.report(), HasSubstr(named));
  EXPECT_THAT(run.report(), HasSubstr("(" + user + ") was acknowledged, the books have none"));
  EXPECT_THAT(run.progress(), HasSubstr("frontrow: FAILED"));
}

TEST(DropRun, an_interrupt_ends_the_arrivals_and_reports_what_was_there) {
  DropProcess run({"--fans", "100000", "--arrive", "1h", "--connections", "20", "--shape", "ramp"});
  ASSERT_TRUE(run.await_progress("drop t=2.")) << run.progress();
  run.send_signal(SIGINT);
  EXPECT_EQ(run.wait(), 0) << run.progress() << run.report();
  EXPECT_THAT(run.report(), HasSubstr("PASSED"));
  EXPECT_THAT(run.report(), HasSubstr("interrupted"));
  EXPECT_THAT(run.report(), Not(HasSubstr("100 000 arrived")));
}

TEST(DropRun, a_server_that_dies_is_counted_and_not_called_right) {
  ServerProcess server;
  DropProcess run(at(server, {"--fans", "400", "--arrive", "4s", "--shape", "ramp", "--connections",
                              "20", "--limit", "5s"}),
                  server.admin_key());
  ASSERT_TRUE(run.await_progress("drop t=1.")) << run.progress();
  server.kill();
  EXPECT_EQ(run.wait(), 1) << run.progress() << run.report();
  EXPECT_THAT(run.report(), testing::ContainsRegex("no answer  .*[0-9] refused"));
  EXPECT_THAT(run.report(), HasSubstr("NOT CHECKED"));
}

TEST(DropRun, says_in_one_line_why_there_can_be_no_run) {
  ServerProcess server;
  const std::vector<std::string> arguments = at(server, {"--fans", "5", "--arrive", "1s"});
  DropProcess wrong_key(arguments, "not-the-key-at-all");
  EXPECT_EQ(wrong_key.wait(), 1);
  EXPECT_THAT(wrong_key.progress(), HasSubstr("answers 401"));
  server.kill();
  DropProcess nobody_there(arguments, server.admin_key());
  EXPECT_EQ(nobody_there.wait(), 1);
  EXPECT_THAT(nobody_there.progress(), HasSubstr("Connection refused"));
  DropProcess no_file({"--shape", "csv:/nonexistent/file"});
  EXPECT_EQ(no_file.wait(), 1);
  EXPECT_THAT(no_file.progress(), HasSubstr("/nonexistent/file: "));
}

}  // namespace
}  // namespace frontrow::drop
