// `frontrow simulate` as its users run it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/api/support/json.h"
#include "tests/tools/frontrow/drop/drop_process.h"

namespace frontrow::simulate {
namespace {

using api::Json;
using drop::DropProcess;
using testing::HasSubstr;
using testing::Not;

class Simulate : public DropProcess {
 public:
  explicit Simulate(std::vector<std::string> arguments)
      : DropProcess(std::move(arguments), {}, "simulate") {}
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::vector<std::string> kSmall = {"--fans",
                                         "2000",
                                         "--arrive",
                                         "5s",
                                         "--dates",
                                         "2",
                                         "--seats",
                                         "50",
                                         "--think",
                                         "1s",
                                         "--think-pay",
                                         "1s",
                                         "--admit-per-second",
                                         "10"};

std::vector<std::string> small_and(std::vector<std::string> more) {
  more.insert(more.begin(), kSmall.begin(), kSmall.end());
  return more;
}

// Plays one run to its end; returns its JSON report.
Json played(const std::vector<std::string>& arguments) {
  Simulate place({"--help"});  // provides a directory
  EXPECT_EQ(place.wait(), 0);
  const std::string file = place.directory() / "report.json";
  std::vector<std::string> all = arguments;
  all.insert(all.end(), {"--json", file});
  Simulate run(all);
  EXPECT_EQ(run.wait(), 0) << run.progress() << run.report();
  EXPECT_THAT(run.report(), HasSubstr("PASSED"));
  return Json::parse(read_file(file));
}

TEST(SimulateRun, sells_out_and_adds_up_to_the_last_seat) {
  const Json report = played(small_and({"--hold-seconds", "20", "--abandon", "10"}));
  ASSERT_TRUE(report.valid());
  ASSERT_EQ(report["runs"].size(), 1U);
  const Json result = report["runs"][0]["result"];
  EXPECT_EQ(result["ending"].text(), "done");
  EXPECT_EQ(result["arrived"].integer(), 2'000);
  EXPECT_EQ(result["sold"].integer(), 100);
  EXPECT_EQ(result["bought"].integer(), 100);
  EXPECT_EQ(result["paid"].integer(), 100 * 50'000);
  EXPECT_EQ(result["ended"]["unfinished"].integer(), 0);
  std::int64_t ended = 0;
  for (const std::string& name : result["ended"].names()) ended += result["ended"][name].integer();
  EXPECT_EQ(ended, 2'000);
  std::int64_t asked = 0;
  for (const char* ask : {"join", "poll", "dates", "seats", "hold", "charge", "pay", "leave",
                          "wait", "offer", "unwait"})
    asked += result["requests"][ask].integer();
  EXPECT_EQ(asked, result["requests"]["all"].integer());
  EXPECT_EQ(result["requests"]["join"].integer(), 2'000);
  EXPECT_EQ(result["requests"]["pay"].integer(),
            100 + result["ended"]["lapsed"].integer() + result["ended"]["tooSlow"].integer());
  EXPECT_EQ(result["violationCount"].integer(), 0);
}

TEST(SimulateRun, the_same_seed_gives_the_same_figures_and_hash) {
  const auto result = [](const char* seed) {
    return played(small_and({"--seed", seed}))["runs"][0]["result"];
  };
  const Json once = result("9");
  const Json again = result("9");
  for (const std::string& name : once.names()) {
    if (once[name].is_integer()) {
      EXPECT_EQ(once[name].integer(), again[name].integer()) << name;
    }
    if (once[name].is_text()) {
      EXPECT_EQ(once[name].text(), again[name].text()) << name;
    }
  }
  EXPECT_EQ(once["stateHash"].text().size(), 16U);
  EXPECT_NE(result("10")["stateHash"].text(), once["stateHash"].text());
}

TEST(SimulateRun, compares_all_combinations_row_by_row) {
  const Json report = played(small_and({"--max-active", "10,200", "--hold-seconds", "20,60"}));
  ASSERT_EQ(report["runs"].size(), 4U);
  const std::vector<std::pair<int, int>> expected = {{10, 20}, {10, 60}, {200, 20}, {200, 60}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(report["runs"][i]["maxActive"].integer(), expected[i].first);
    EXPECT_EQ(report["runs"][i]["holdSeconds"].integer(), expected[i].second);
    EXPECT_EQ(report["runs"][i]["result"]["sold"].integer(), 100);
    EXPECT_LE(report["runs"][i]["result"]["activeMost"].integer(), expected[i].first);
  }
  // A row equals the run alone: no state is left from the row before.
  const Json alone = played(small_and({"--max-active", "200", "--hold-seconds", "60"}));
  EXPECT_EQ(alone["runs"][0]["result"]["stateHash"].text(),
            report["runs"][3]["result"]["stateHash"].text());
}

TEST(SimulateRun, arrivals_of_a_file) {
  Simulate place({"--help"});
  ASSERT_EQ(place.wait(), 0);
  const std::string file = place.directory() / "arrivals.csv";
  std::ofstream(file) << "seconds,fans\n0,30\n10,12\n";
  const Json report = played({"--shape", "csv:" + file, "--think", "0s", "--think-pay", "0s"});
  EXPECT_EQ(report["settings"]["fans"].integer(), 42);
  EXPECT_EQ(report["runs"][0]["result"]["arrived"].integer(), 42);
  EXPECT_EQ(report["runs"][0]["samples"][9]["arrived"].integer(), 30);
  Simulate none({"--shape", "csv:/nonexistent/file"});
  EXPECT_EQ(none.wait(), 1);
  EXPECT_THAT(none.progress(), HasSubstr("frontrow: /nonexistent/file: "));
  Simulate unwritable(small_and({"--json", "/nonexistent/report.json"}));
  EXPECT_EQ(unwritable.wait(), 1);
  EXPECT_THAT(unwritable.progress(), HasSubstr("/nonexistent/report.json: can't be written"));
}

// So long that no machine finishes before the signal.
const std::vector<std::string> kLong = {
    "--fans",  "300000", "--arrive",           "10m", "--max-active",   "1",
    "--limit", "18h",    "--admit-per-second", "1",   "--idle-seconds", "3600"};

TEST(SimulateRun, an_interrupt_prints_and_checks_what_was_there) {
  Simulate run(kLong);
  ASSERT_TRUE(run.await_progress("simulate run=")) << run.progress();
  EXPECT_THAT(run.progress(), HasSubstr("requests_per_s="));
  run.send_signal(SIGINT);
  EXPECT_EQ(run.wait(60'000), 0) << run.progress() << run.report();
  EXPECT_THAT(run.report(), HasSubstr("the run was interrupted"));
  EXPECT_THAT(run.report(), HasSubstr("PASSED"));
}

TEST(SimulateRun, a_second_interrupt_ends_at_once) {
  Simulate run(kLong);
  ASSERT_TRUE(run.await_progress("simulate run=")) << run.progress();
  run.send_signal(SIGTERM);
  run.send_signal(SIGINT);
  EXPECT_EQ(run.wait(5'000), 130) << run.progress();
  EXPECT_THAT(run.report(), Not(HasSubstr("PASSED")));
}

TEST(SimulateRun, mistakes_are_refused_in_one_line) {
  Simulate run({"--fans", "0"});
  EXPECT_EQ(run.wait(), 2);
  EXPECT_EQ(run.progress(), "frontrow: --fans: must be an integer from 1 to 50000000, not \"0\"\n");
  EXPECT_EQ(run.report(), "");
}

}  // namespace
}  // namespace frontrow::simulate
