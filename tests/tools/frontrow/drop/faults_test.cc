// Faults of networks and servers during a load test: counted by kind, retried with the same key,
// and distinguished from failures of the server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>

#include "tests/api/support/json.h"
#include "tests/api/support/server_process.h"
#include "tests/tools/frontrow/drop/drop_process.h"
#include "tests/tools/frontrow/drop/faulty_proxy.h"

namespace frontrow::drop {
namespace {

using api::Json;
using api::ServerProcess;
using testing::HasSubstr;

std::string file_contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string url_of(const ServerProcess& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

// A run of forty fans who all want to buy.
struct Played {
  int exit_code = -1;
  std::string report;
  std::string progress;
  Json json;
};

Played play(const ServerProcess& server, const std::vector<std::string>& targets,
            std::vector<std::string> more = {}) {
  const std::filesystem::path file = server.directory() / "report.json";
  std::vector<std::string> arguments = {
      "--fans",     "40", "--arrive", "300ms", "--connections", "8", "--think",        "0ms",
      "--abandon",  "0",  "--expire", "0",     "--retry",       "0", "--double-click", "0",
      "--two-tabs", "0",  "--json",   file};
  for (const std::string& target : targets) arguments.insert(arguments.end(), {"--target", target});
  arguments.insert(arguments.end(), more.begin(), more.end());
  DropProcess run(arguments, server.admin_key());
  Played played{.exit_code = run.wait()};
  played.report = run.report();
  played.progress = run.progress();
  played.json = Json::parse(file_contents(file));
  return played;
}

// The same mishap for every seventh request of the fans; `at_most` times.
FaultyProxy::Plan every_seventh(Mishap mishap, std::uint64_t at_most = UINT64_MAX) {
  return [mishap, at_most,
          seen = std::make_shared<std::atomic<std::uint64_t>>(0)](std::string_view line) {
    if (!is_of_a_fan(line)) return Mishap::kNone;
    const std::uint64_t number = ++*seen;
    return number % 7 == 0 && number / 7 <= at_most ? mishap : Mishap::kNone;
  };
}

struct FaultCase {
  const char* name;
  Mishap mishap;
  const char* counted_as;
  std::uint64_t at_most;
};
void PrintTo(const FaultCase& c, std::ostream* out) { *out << c.name; }

class DropFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(DropFaults, are_counted_by_kind_and_asked_again_with_the_same_key) {
  const FaultCase& c = GetParam();
  ServerProcess server;
  FaultyProxy proxy(server.port(), every_seventh(c.mishap, c.at_most));
  // Only silence may run into the time limit, even on a busy machine.
  const char* timeout = c.mishap == Mishap::kSilence ? "12s" : "60s";
  const Played played = play(server, {proxy.url()}, {"--timeout", timeout});
  EXPECT_EQ(played.exit_code, 0) << played.progress << played.report;
  EXPECT_THAT(played.report, HasSubstr("PASSED"));
  const Json requests = played.json["requests"];
  const auto mishaps = static_cast<std::int64_t>(proxy.count(c.mishap));
  EXPECT_GT(mishaps, 2);
  std::int64_t all = 0;
  for (const char* kind :
       {"refused", "reset", "closed", "timeout", "unreachable", "garbage", "cut"})
    all += requests["noAnswer"][kind].integer();
  EXPECT_EQ(requests["noAnswer"][c.counted_as].integer(), mishaps) << played.report;
  EXPECT_EQ(all, mishaps) << played.report;
  EXPECT_EQ(requests["repeated"].integer(), mishaps);
  EXPECT_EQ(requests["errors"].integer(), mishaps);
  EXPECT_EQ(played.json["fans"]["bought"].integer(), 40);
  EXPECT_EQ(played.json["checks"]["books"]["payments"].integer(), 40);
  // Unanswered requests that the server had executed were not executed again.
  const bool did = c.mishap != Mishap::kResetBefore;
  EXPECT_EQ(requests["replayed"].integer() > 0, did) << played.report;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DropFaults,
    testing::Values(FaultCase{"reset_before", Mishap::kResetBefore, "reset", UINT64_MAX},
                    FaultCase{"reset_after", Mishap::kResetAfter, "reset", UINT64_MAX},
                    FaultCase{"closed_midway", Mishap::kBreaksOff, "closed", UINT64_MAX},
                    FaultCase{"silence", Mishap::kSilence, "timeout", 3}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(DropFaultsOnce, a_target_that_refuses_connections_is_counted_and_the_others_serve) {
  ServerProcess server;
  const std::string url = url_of(server);
  const std::string nobody = "http://127.0.0.1:" + std::to_string(closed_port());
  const Played played = play(server, {url, url, url, nobody});
  EXPECT_EQ(played.exit_code, 0) << played.progress << played.report;
  EXPECT_EQ(played.json["fans"]["bought"].integer(), 40);
  const Json targets = played.json["targets"];
  ASSERT_EQ(targets.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(targets[i]["errors"].integer(), 0);
  const std::int64_t refused = targets[3]["noAnswer"]["refused"].integer();
  EXPECT_GT(refused, 0);
  EXPECT_EQ(targets[3]["errors"].integer(), refused);
  EXPECT_EQ(targets[3]["sent"].integer(), refused);
  EXPECT_EQ(targets[3]["answered"].integer(), 0);
  EXPECT_EQ(played.json["requests"]["noAnswer"]["refused"].integer(), refused);
}

TEST(DropFaultsOnce, the_report_tells_the_targets_apart) {
  ServerProcess server;
  std::atomic<std::int64_t> passed = 0;
  FaultyProxy proxy(server.port(), [&passed](std::string_view line) {
    if (is_of_a_fan(line)) ++passed;
    return Mishap::kNone;
  });
  const Played played = play(server, {url_of(server), proxy.url()});
  EXPECT_EQ(played.exit_code, 0) << played.progress << played.report;
  const Json targets = played.json["targets"];
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0]["url"].text(), url_of(server));
  EXPECT_EQ(targets[1]["url"].text(), proxy.url());
  EXPECT_EQ(targets[1]["sent"].integer(), passed.load());
  EXPECT_GT(passed.load(), 0);
  EXPECT_EQ(targets[0]["sent"].integer() + targets[1]["sent"].integer(),
            played.json["requests"]["sent"].integer());
  EXPECT_EQ(targets[1]["latency"]["count"].integer(), passed.load());
  EXPECT_THAT(played.report, HasSubstr("\n" + proxy.url()));
  EXPECT_THAT(played.report, HasSubstr("\ntarget  "));
}

TEST(DropFaultsOnce, an_answer_that_should_not_have_come_is_a_failure_and_is_named) {
  ServerProcess server;
  std::atomic<int> seen = 0;
  FaultyProxy proxy(server.port(), [&seen](std::string_view line) {
    const bool holds = line.find("/holds ") != line.npos;
    return holds && ++seen == 3 ? Mishap::kWrongStatus : Mishap::kNone;
  });
  const Played played = play(server, {proxy.url()});
  EXPECT_EQ(played.exit_code, 1);
  // The fan retried, and the server's figures agree; but a 500 is a failure of the server.
  EXPECT_EQ(played.json["fans"]["bought"].integer(), 40) << played.report;
  EXPECT_EQ(played.json["requests"]["unexpected"].integer(), 1);
  EXPECT_THAT(played.report, HasSubstr("FAILED: 1 unexpected responses: 500 x 1"));
  EXPECT_THAT(played.progress, HasSubstr("frontrow: FAILED: 1 unexpected"));
}

}  // namespace
}  // namespace frontrow::drop
