// Any damage to any file: what is salvaged is always a state that every slot once had, and what is
// lost is told. The seed names the damages.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include "engine/base/prng.h"
#include "tests/recover/salvage_support.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Sales with restarts and snapshots; `trim`: the old groups are forgotten, too.
void play_long(const std::string& data, History& history, bool trim) {
  SaleOptions options;
  options.write_buffer_bytes = 256 << 10;
  if (trim) options.retention = {.everything = false, .time = seconds(1)};
  Sale sale(data, options);
  const Played played = sale.play();
  const auto more = [&](std::uint32_t first_user) {
    for (std::uint32_t user = first_user; user < first_user + 4; ++user) {
      sale.charge(user, 5'000);
      const Caller caller = sale.join(played.concert, user);
      const HoldId hold = sale.hold(caller, played.concert, {user}, 1);
      if (user % 2 == 0) sale.pay(caller, hold);
    }
  };
  if (trim) {
    for (std::uint32_t i = 0; i < 1100; ++i) sale.charge(1 + i % 40, 10);
  }
  sale.advance(seconds(60));
  sale.stop();
  history.add(data);
  sale.start();
  EXPECT_EQ(sale.rehearse().trimmed.groups > 0, trim);
  more(12);
  sale.restart();
  more(16);
  sale.kill();
  history.add(data);
}

struct Damage {
  std::string file;
  std::string kind;
};

// One damage to one file of the directory.
Damage damage(const std::string& data, Prng& prng) {
  std::vector<fs::path> files{data + "/watermark"};
  for (const auto& entry : fs::directory_iterator(data + "/db")) {
    const std::string name = entry.path().filename().string();
    if (name != "LOCK" && fs::file_size(entry.path()) > 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  // Tables and logs hold what was sold: they are hit most.
  fs::path file = files[prng.below(files.size())];
  if (prng.below(3) > 0) {
    std::erase_if(files, [](const fs::path& f) {
      return f.extension() != ".sst" && f.extension() != ".log";
    });
    if (!files.empty()) file = files[prng.below(files.size())];
  }
  std::string bytes = read_bytes(file);
  const std::size_t at = prng.below(bytes.size());
  Damage done{file.filename().string(), ""};
  switch (prng.below(4)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + prng.below(255)));
      done.kind = fmt::format("byte {} flipped", at);
      break;
    case 1: {
      const std::size_t page = at / 4096 * 4096;
      const std::size_t size = std::min<std::size_t>(4096, bytes.size() - page);
      bytes.replace(page, size, size, '\0');
      done.kind = fmt::format("page {} zeroed", at / 4096);
      break;
    }
    case 2:
      bytes.resize(at);
      done.kind = fmt::format("cut at {}", at);
      break;
    default:
      fs::remove(file);
      done.kind = "deleted";
      return done;
  }
  write_bytes(file, bytes);
  return done;
}

// Compares what a salvage left and said with the history.
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

  void check() {
    const SlotMarks after = is_nothing_ ? SlotMarks{} : marks_in(to_);
    for (const auto& [slot, mark] : after) {
      const auto step = history_.steps.find({slot, mark.seq});
      ASSERT_NE(step, history_.steps.end()) << "slot " << slot.value << " seq " << mark.seq;
      EXPECT_EQ(mark.hash, step->second.hash)
          << "slot " << slot.value << " was never in this state";
    }
    EXPECT_EQ(code_ == 0, bool(report_["whole"]));
    if (code_ == 0) {
      EXPECT_EQ(after, history_.newest) << "something was lost and not told";
      return;
    }
    gather();
    for (const auto& [at, step] : history_.steps) {
      const auto reached = after.find(at.first);
      if (reached != after.end() && at.second <= reached->second.seq) continue;
      EXPECT_TRUE(is_told(at, step.group)) << "slot " << at.first.value << " sequence " << at.second
                                           << " in group " << step.group << " is lost and not told";
    }
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
    // Forgotten groups live on in snapshots only; a damaged file hides all slots from one on.
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

struct Round {
  const char* name;
  bool trim;
  std::uint64_t seed;
  int damages;
};

class AnyDamage : public testing::TestWithParam<Round> {};

TEST_P(AnyDamage, leaves_true_states_and_a_full_list) {
  const TempDirectory dir;
  History history;
  ASSERT_NO_FATAL_FAILURE(play_long(dir.data(), history, GetParam().trim));
  Prng prng(GetParam().seed);
  int whole = 0;
  int partly = 0;
  int nothing = 0;
  for (int i = 0; i < GetParam().damages; ++i) {
    const std::string copy = dir / "copy";
    const std::string to = dir / "to";
    fs::remove_all(copy);
    fs::remove_all(to);
    fs::copy(dir.data(), copy, fs::copy_options::recursive);
    Damage done = damage(copy, prng);
    if (i % 4 == 3) {
      const Damage second = damage(copy, prng);
      done = {done.file + " and " + second.file, done.kind + " and " + second.kind};
    }
    SCOPED_TRACE(fmt::format("damage {}: {} {}", i, done.file, done.kind));
    const auto run = run_salvage(copy, to, true);
    const bool is_nothing = run.err.find("what is left to do") != run.err.npos;
    EXPECT_EQ(run.err.empty(), !is_nothing) << run.err;
    ++(run.code == 0 ? whole : is_nothing ? nothing : partly);
    if (run.out.empty()) {
      // Neither RocksDB nor its repair found anything to read.
      EXPECT_TRUE(is_nothing);
      EXPECT_TRUE(done.file.find("MANIFEST") != done.file.npos ||
                  done.file.find("CURRENT") != done.file.npos)
          << run.err;
      continue;
    }
    Verdict(history, to, run.code, run.out, is_nothing).check();
    if (HasFatalFailure()) return;
    if (is_nothing) continue;
    if (i % 10 != 0) continue;
    Sale sale(to);
    sale.charge(30, 100);
    sale.stop();
  }
  std::printf("%d damages: %d whole, %d partly, %d nothing\n", GetParam().damages, whole, partly,
              nothing);
  EXPECT_GT(whole, 0);
  EXPECT_GT(partly, 0);
  // A trimmed log lives in its snapshots, which are one small file here.
  EXPECT_LT(nothing, GetParam().damages / (GetParam().trim ? 3 : 20));
}

std::string name_of_round(const testing::TestParamInfo<Round>& round) { return round.param.name; }

INSTANTIATE_TEST_SUITE_P(All, AnyDamage,
                         testing::Values(Round{"untrimmed", false, 20261224, 70},
                                         Round{"trimmed", true, 20270501, 50}),
                         name_of_round);
INSTANTIATE_TEST_SUITE_P(Long, AnyDamage,
                         testing::Values(Round{"untrimmed", false, 1, 2000},
                                         Round{"trimmed", true, 2, 2000}),
                         name_of_round);

}  // namespace
}  // namespace frontrow::recover
