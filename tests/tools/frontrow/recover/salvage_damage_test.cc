// Damage to any file, and the judgements of the three readers of a data directory. Salvage: always
// a state that every slot once had, with all losses reported. A start of the server: refused with
// a message, or the newest state. Verify: sound only if no group is missing. The seed determines
// the damages.
//
// Long: 4,000 damages.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <vector>

#include "tests/tools/frontrow/recover/any_damage.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

// Compares the result and the report of a salvage with the history.
class Verdict {
 public:
  // `is_nothing`: no directory was made.
  Verdict(const History& history, const std::string& to, int code, const std::string& out,
          bool is_nothing)
      : history_(history),
        to_(to),
        code_(code),
        is_nothing_(is_nothing),
        report_(parser_.parse(out)) {}

  // Fails the test at a state that never existed; returns unreported losses.
  std::vector<std::string> losses() {
    std::vector<std::string> untold;
    const SlotVersions after = is_nothing_ ? SlotVersions{} : versions_in(to_);
    for (const auto& [slot, version] : after) {
      const auto step = history_.steps.find({slot, version.seq});
      const bool was = step != history_.steps.end() && step->second.hash == version.hash;
      EXPECT_TRUE(was) << "slot " << slot.value << " seq " << version.seq << " never was so";
    }
    EXPECT_EQ(code_ == 0, bool(report_["whole"]));
    if (code_ == 0) {
      if (Status same = compare_versions(history_.newest, after); !same.ok())
        untold.push_back(same.error());
      return untold;
    }
    gather();
    for (const auto& [at, step] : history_.steps) {
      const auto reached = after.find(at.first);
      if (reached != after.end() && at.second <= reached->second.seq) continue;
      if (is_told(at, step.group)) continue;
      untold.push_back(
          fmt::format("slot {} sequence {} in group {}", at.first.value, at.second, step.group));
    }
    return untold;
  }

 private:
  void gather() {
    for (const auto record : report_["beyond"].get_array())
      beyond_.emplace(record["slot"].get_uint64(), record["seq"].get_uint64());
    for (const auto group : report_["damaged_groups"].get_array()) {
      if (!bool(group["replaced_by_snapshots"]))
        ranges_.emplace_back(group["first"].get_uint64(), group["last"].get_uint64());
    }
    if (!bool(report_["snapshots_needed"])) return;
    for (const auto snapshot : report_["damaged_snapshots"].get_array()) {
      if (snapshot["slot"].is_null()) {
        lost_from_ = 0;
      } else {
        lost_from_ = std::min<std::uint64_t>(lost_from_, snapshot["slot"].get_uint64());
      }
    }
  }
  bool is_told(const std::pair<SlotId, std::uint64_t>& at, std::uint64_t group) const {
    if (beyond_.contains({at.first.value, at.second})) return true;
    for (const auto& [first, last] : ranges_) {
      if (first <= group && group <= last) return true;
    }
    // Trimmed groups live on in snapshots only; a damaged file hides all slots from one on.
    if (at.first.value >= lost_from_) return true;
    const bool is_behind = group > std::uint64_t(report_["last_group"]);
    return is_behind && report_["doubts"].get_array().size() > 0;
  }

  const History& history_;
  std::string to_;
  int code_;
  bool is_nothing_;
  simdjson::dom::parser parser_;
  simdjson::dom::element report_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> beyond_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
  std::uint64_t lost_from_ = kSlotCount;
};

// Judgements of one reader.
struct Tally {
  int sound = 0;
  int refused = 0;
  int broke_down = 0;
  int silent_losses = 0;

  void add(const char* reader, const Judged& judged) {
    ++(judged.judgement == Judgement::kSound       ? sound
       : judged.judgement == Judgement::kRefused   ? refused
       : judged.judgement == Judgement::kBrokeDown ? broke_down
                                                   : silent_losses);
    EXPECT_NE(judged.judgement, Judgement::kSilentLoss) << reader << ": " << judged.said;
    EXPECT_FALSE(judged.judgement == Judgement::kRefused && judged.said.empty()) << reader;
    for (const char* ours : {"Sanitizer", "runtime error"})  // must not pass as RocksDB's
      EXPECT_EQ(judged.said.find(ours), std::string::npos) << reader << ": " << judged.said;
  }
};

struct Round {
  std::string name;
  bool trim;
  std::uint64_t seed;
  int damages;
};
void PrintTo(const Round& round, std::ostream* out) { *out << round.name; }

class AnyDamage : public testing::TestWithParam<Round> {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(play_long(dir.data(), history, GetParam().trim));
    groups = count_groups(dir.data());
    ASSERT_GT(groups, 0U);
    // The readers judge the undamaged directory as sound.
    fs::copy(dir.data(), copy, fs::copy_options::recursive);
    const Judged verified = judge_verify(copy, history.newest, groups);
    ASSERT_EQ(verified.judgement, Judgement::kSound) << verified.said;
    const Judged started = judge_start(copy, history.newest);
    ASSERT_EQ(started.judgement, Judgement::kSound) << started.said;
  }

  // Damages a copy; every fourth copy twice.
  std::string damage_copy(int i) {
    fs::remove_all(copy);
    fs::copy(dir.data(), copy, fs::copy_options::recursive);
    std::string what;
    for (int n = 0; n < (i % 4 == 3 ? 2 : 1); ++n) {
      const Damage done = damage(copy, prng);
      kinds.insert(done.kind);
      what += (n == 0 ? "" : ", ") + done.what;
    }
    return what;
  }

  void judge_salvage(bool sell_on) {
    fs::remove_all(to);
    const auto run = run_salvage(copy, to, true);
    const bool is_nothing = run.err.find("what is left to do") != run.err.npos;
    EXPECT_EQ(run.err.empty(), !is_nothing) << run.err;
    ++(run.code == 0 ? whole : is_nothing ? nothing : partly);
    if (run.out.empty()) {
      EXPECT_TRUE(is_nothing) << "no list, and no word why";
      return;
    }
    for (const std::string& loss : Verdict(history, to, run.code, run.out, is_nothing).losses()) {
      ADD_FAILURE() << "lost and not told: " << loss;
      ++salvage_losses;
    }
    if (is_nothing || !sell_on) return;
    Sale sale(to);
    sale.charge(30, 100);
    sale.stop();
  }

  void print_summary() const {
    std::printf(
        "%d damages: salvage %d in full, %d in part, %d nothing left and said so; start %d in "
        "full, "
        "%d refused by name, %d by an abort of RocksDB; verify %d sound, %d told by name, %d by an "
        "abort of RocksDB; silent losses %d\n",
        GetParam().damages, whole, partly, nothing, start.sound, start.refused, start.broke_down,
        check.sound, check.refused, check.broke_down,
        salvage_losses + start.silent_losses + check.silent_losses);
  }

  const TempDirectory dir;
  const std::string copy = dir / "copy";
  const std::string to = dir / "to";
  History history;
  std::uint64_t groups = 0;
  Prng prng{GetParam().seed};
  std::set<DamageKind> kinds;
  int whole = 0;
  int partly = 0;
  int nothing = 0;
  int salvage_losses = 0;
  Tally start;
  Tally check;
};

TEST_P(AnyDamage, leaves_true_states_and_a_full_list) {
  for (int i = 0; i < GetParam().damages && !HasFatalFailure(); ++i) {
    SCOPED_TRACE(fmt::format("damage {}: {}", i, damage_copy(i)));
    judge_salvage(i % 10 == 0);
    check.add("verify", judge_verify(copy, history.newest, groups));
    start.add("start", judge_start(copy, history.newest));
  }
  print_summary();
  EXPECT_EQ(kinds.size(), kDamageKinds);
  for (const int some : {whole, partly, start.sound, start.refused, check.sound, check.refused})
    EXPECT_GT(some, 0);
  // The state of a trimmed log is in its snapshots, which are one small file here.
  EXPECT_LT(nothing, GetParam().damages / (GetParam().trim ? 3 : 8));
}

std::vector<Round> rounds(int untrimmed, int trimmed, int damages, std::uint64_t seed) {
  std::vector<Round> all;
  for (int i = 1; i <= untrimmed + trimmed; ++i) {
    const bool trim = i > untrimmed;
    const int number = trim ? i - untrimmed : i;
    all.push_back(
        {fmt::format("{}_{}", trim ? "trimmed" : "untrimmed", number), trim, seed++, damages});
  }
  return all;
}

std::string name_of_round(const testing::TestParamInfo<Round>& round) { return round.param.name; }

INSTANTIATE_TEST_SUITE_P(Few, AnyDamage, testing::ValuesIn(rounds(1, 1, 20, 20261224)),
                         name_of_round);
INSTANTIATE_TEST_SUITE_P(Thorough, AnyDamage, testing::ValuesIn(rounds(1, 1, 40, 20261228)),
                         name_of_round);
INSTANTIATE_TEST_SUITE_P(Long, AnyDamage, testing::ValuesIn(rounds(4, 4, 500, 1)), name_of_round);

}  // namespace
}  // namespace frontrow::recover
