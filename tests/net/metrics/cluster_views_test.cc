// An instance of a cluster as its operators see it: its metrics, and GET /v1/admin/cluster. The
// report is made up; the links' counters are those of two threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "engine/runtime/checkpoint/checkpointer.h"
#include "net/auth/token.h"
#include "net/metrics/metrics.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

ClusterReport made_up_report() {
  ClusterReport report;
  report.cluster = "shop";
  report.name = "box-2";
  report.id = 2;
  report.control = {.revision = 17,
                    .owned = 1366,
                    .serving = 1300,
                    .awaited = 66,
                    .lonely = 5,
                    .takeovers = 3,
                    .slots_taken = 70,
                    .slots_given = 80};
  report.lease_ms = 2500;
  report.beat_age_ms = 400;
  report.unanswered_ms = 30;
  report.tail = {.groups = 12, .bytes = 34'567};
  report.group = 1000;
  report.synced_group = 990;
  report.peers = {{1, {"box-1", "10.0.0.1:7101"}}, {3, {"box-3", "10.0.0.3:7101"}}};
  report.followers = {{.instance = 1, .sent = 999, .synced = 960, .snapshots_left = 4},
                      {.instance = 9, .sent = 1000, .synced = 1005, .snapshots_left = 0}};
  report.follows = {{.stream = 0xab, .newest = 50, .synced = 49, .wanted = 100, .warm = 90},
                    {.stream = 0xcd, .newest = 60, .synced = 60, .wanted = 7, .warm = 7}};
  report.owners = {{0xab, 3}};
  report.dropped_groups = 6;
  report.appends_failed = 8;
  report.group_bytes = 5'000'000;
  report.stored_bytes = 1'000'000;
  return report;
}

class ClusterViews : public testing::Test {
 protected:
  ClusterViews() {
    source.engine = &engine.engine();
    source.keys = &keys;
    source.checkpoints = &checkpoints;
    source.journal_space = [] { return JournalSpace{}; };
    source.links = {&threads[0], &threads[1]};
    // The first thread holds the link to 1, and held the one to 3 before the second did.
    PeerStats& one = threads[0].at(1);
    one.up.set(1);
    one.rtt_us.set(1'500);
    one.up_since_s.set(1'800'000'000);
    one.connections.set(2);
    one.requests_out.set(10);
    one.copied_out.set(7'000);
    one.copied_in.set(900);
    one.messages_dropped.set(2);
    threads[0].at(3).requests_out.set(100);
    threads[1].at(3).requests_out.set(11);
    threads[1].at(3).handshakes_refused.set(4);
    threads[1].at(3).last_refusal.set("its cluster is another");
  }
  std::string metrics() {
    std::string text;
    const auto scrape = views.scrape(0);
    while (scrape->step(text)) {
    }
    return text;
  }
  // The value of each sample; every line must be a comment or a sample.
  static std::map<std::string, double> samples_of(const std::string& text) {
    static const std::regex kComment(R"(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+)");
    static const std::regex kSample(
        R"(([a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="[^"]*",?)*\})?) ([-+.eE0-9]+|NaN|[+-]Inf))");
    std::map<std::string, double> values;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (line.empty() || std::regex_match(line, kComment)) continue;
      EXPECT_TRUE(std::regex_match(line, match, kSample)) << line;
      if (match.empty()) continue;
      EXPECT_TRUE(values.emplace(match[1], std::strtod(match[4].str().c_str(), nullptr)).second)
          << "twice: " << line;
    }
    return values;
  }

  MemoryJournal journal;
  TestEngine engine{journal};
  std::vector<TokenKey> token_keys{{"k1", "0123456789abcdef0123456789abcdef"}};
  KeyRing keys{{"", {}, *TokenSigner::create(token_keys)}};
  CheckpointStats checkpoints;
  ThreadLinks threads[2];
  MetricsSource source;
  MetricsViews views{source};
};

TEST_F(ClusterViews, metrics_have_every_family_of_the_cluster) {
  source.cluster = made_up_report;
  const std::string text = metrics();
  const auto values = samples_of(text);
  const std::pair<const char*, double> expected[] = {
      {R"(frontrow_instance_info{cluster="shop",instance="box-2",id="2"})", 1},
      {"frontrow_map_revision", 17},
      {R"(frontrow_slots{state="serving"})", 1300},
      {R"(frontrow_slots{state="awaited"})", 66},
      {R"(frontrow_slots{state="lonely"})", 5},
      {"frontrow_takeovers_total", 3},
      {"frontrow_slots_taken_total", 70},
      {"frontrow_slots_given_total", 80},
      {"frontrow_lease_seconds", 2.5},
      {"frontrow_beat_age_seconds", 0.4},
      {"frontrow_append_waiting_seconds", 0.03},
      {"frontrow_appends_repeated_total", 8},
      {"frontrow_shared_log_group_bytes_total", 5'000'000},
      {"frontrow_shared_log_stored_bytes_total", 1'000'000},
      {"frontrow_tail_groups", 12},
      {"frontrow_tail_bytes", 34'567},
      {"frontrow_unsynced_groups", 10},
      {R"(frontrow_follower_lag_groups{peer="box-1"})", 40},
      {R"(frontrow_follower_lag_groups{peer="9"})", 0},  // ahead, and not among the names
      {R"(frontrow_follower_snapshots_left{peer="box-1"})", 4},
      {R"(frontrow_followed_slots{peer="box-3",state="wanted"})", 100},
      {R"(frontrow_followed_slots{peer="box-3",state="warm"})", 90},
      {"frontrow_copy_groups_dropped_total", 6},
      {R"(frontrow_link_up{peer="box-1"})", 1},
      {R"(frontrow_link_up{peer="box-3"})", 0},
      {R"(frontrow_link_round_trip_seconds{peer="box-1"})", 0.0015},
      {R"(frontrow_link_outstanding{peer="box-1"})", 0},
      {R"(frontrow_link_unsent_bytes{peer="box-1"})", 0},
      {R"(frontrow_link_connections_total{peer="box-1"})", 2},
      {R"(frontrow_link_requests_sent_total{peer="box-1"})", 10},
      {R"(frontrow_link_requests_sent_total{peer="box-3"})", 111},  // of both threads
      {R"(frontrow_link_requests_received_total{peer="box-1"})", 0},
      {R"(frontrow_link_messages_sent_total{peer="box-1"})", 0},
      {R"(frontrow_link_messages_received_total{peer="box-1"})", 0},
      {R"(frontrow_link_messages_dropped_total{peer="box-1"})", 2},
      {R"(frontrow_link_sent_bytes_total{peer="box-1"})", 0},
      {R"(frontrow_link_received_bytes_total{peer="box-1"})", 0},
      {R"(frontrow_link_copied_sent_bytes_total{peer="box-1"})", 7'000},
      {R"(frontrow_link_copied_received_bytes_total{peer="box-1"})", 900},
      {R"(frontrow_link_overloaded_total{peer="box-1"})", 0},
      {R"(frontrow_link_unavailable_total{peer="box-1"})", 0},
      {R"(frontrow_link_outcomes_unknown_total{peer="box-1"})", 0},
      {R"(frontrow_link_late_total{peer="box-1"})", 0},
      {R"(frontrow_link_handshakes_refused_total{peer="box-3"})", 4},
  };
  for (const auto& [name, value] : expected) {
    const auto found = values.find(name);
    ASSERT_NE(found, values.end()) << name << " is missing in\n" << text;
    EXPECT_DOUBLE_EQ(found->second, value) << name;
  }
  for (const auto& [name, value] : values)
    EXPECT_EQ(name.find("peer=\"\""), name.npos) << name << " is of nobody";
}

TEST_F(ClusterViews, single_instance_has_no_metrics_of_a_cluster) {
  const std::string text = metrics();
  EXPECT_FALSE(samples_of(text).empty());
  for (const char* family : {"frontrow_instance_info", "frontrow_map_revision", "frontrow_slots{",
                             "frontrow_link_", "frontrow_tail_", "frontrow_follow"})
    EXPECT_EQ(text.find(family), text.npos) << family;
  std::string body;
  EXPECT_FALSE(views.render_cluster(body, ServiceState::kReady));
  EXPECT_EQ(body, "");
}

TEST_F(ClusterViews, operators_read_the_cluster_as_this_instance_knows_it) {
  source.cluster = made_up_report;
  std::string body;
  ASSERT_TRUE(views.render_cluster(body, ServiceState::kReady));
  for (const char* part :
       {R"({"cluster":"shop","instance":"box-2","id":2,"state":"ready","mapRevision":17,)",
        R"("slots":{"owned":1366,"serving":1300,"awaited":66,"lonely":5,"taken":70,"given":80},)",
        R"("takeovers":3,"store":{"leaseMs":2500,"beatAgeMs":400,"unansweredMs":30,)",
        R"("tailGroups":12,"tailBytes":34567},"groups":1000,"syncedGroups":990,)",
        R"("tokenKeys":["k1"],)",
        R"("followers":[{"instance":"box-1","sent":999,"synced":960,"snapshotsLeft":4},)",
        R"("follows":[{"stream":"00000000000000ab","instance":"box-3","newest":50,"synced":49,)",
        R"("slots":100,"warm":90},{"stream":"00000000000000cd","instance":null,)",
        R"("links":[{"instance":1,"name":"box-1","address":"10.0.0.1:7101","up":true,)",
        R"("roundTripMs":1.500,"connections":2,)", R"("requestsOut":10,)",
        R"({"instance":3,"name":"box-3","address":"10.0.0.3:7101","up":false,"since":null,)",
        R"("requestsOut":111,)", R"("lastRefusal":"its cluster is another"}]})"})
    EXPECT_THAT(body, HasSubstr(part));
}

TEST_F(ClusterViews, reason_of_a_refusal_is_history_once_the_link_is_up) {
  source.cluster = made_up_report;
  threads[0].at(3).up.set(1);
  std::string body;
  ASSERT_TRUE(views.render_cluster(body, ServiceState::kReady));
  EXPECT_EQ(body.find("its cluster is another"), body.npos);
}

TEST(ThreadLinks, counters_of_a_peer_are_there_from_the_first_meeting_on) {
  ThreadLinks links;
  EXPECT_EQ(links.find(5), nullptr);
  links.at(5).requests_in.add();
  links.at(5).requests_in.add();
  ASSERT_NE(links.find(5), nullptr);
  EXPECT_EQ(links.find(5)->requests_in.get(), 2U);
  EXPECT_EQ(links.find(4), nullptr);
  links.at(kInstanceIdMax).requests_in.add();
  EXPECT_NE(links.find(kInstanceIdMax), nullptr);
}

}  // namespace
}  // namespace frontrow
