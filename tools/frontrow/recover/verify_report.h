// What `frontrow recover verify` finds out, as text and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace frontrow::recover {

enum class CheckResult : std::uint8_t { kOk, kFailed, kSkipped };

// One line of the report.
struct Check {
  const char* name;
  CheckResult result = CheckResult::kSkipped;
  std::string detail;               // what was looked at, or why it was not
  std::vector<std::string> faults;  // one line each
  std::vector<std::string> notes;   // one line each, of what is no fault

  void pass(std::string what);
  void fail(std::string fault);
  void skip(std::string why);
  bool failed() const { return result == CheckResult::kFailed; }
};

// A run of groups that can't be read, or that is not there.
struct Damage {
  std::uint64_t group = 0;
  std::uint64_t last_group = 0;  // of the run
  std::uint64_t byte = 0;        // where it begins, in bytes of groups from the first kept one
  std::string what;
};

// Records of a slot that damage took, as those after them tell.
struct LostRecords {
  std::uint16_t slot = 0;
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;
  std::uint64_t after_group = 0;   // which holds the one before them
  std::uint64_t before_group = 0;  // which holds the one after them
  bool elsewhere = false;          // the slot was not here before: another instance may have some
};

enum class StateSource : std::uint8_t { kNothing, kLog, kSnapshots };

struct VerifyReport {
  std::string data_dir;
  bool is_part = false;     // of an instance of several: transfers and money are not looked at
  bool unreadable = false;  // damaged so that nothing could be looked at
  std::uint64_t stream = 0;
  std::uint64_t epoch = 0;
  Instant created;

  std::uint64_t first_group = 0;  // the oldest that is kept; 0: there is none
  std::uint64_t last_group = 0;
  std::uint64_t groups = 0;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t slots = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t floor = 0;      // snapshots stand for everything up to this group
  std::uint64_t forgotten = 0;  // groups before the first kept one
  StateSource source = StateSource::kNothing;
  std::uint64_t state_group = 0;  // the state that was checked is the one after this group

  Check directory{"directory"};
  Check watermark{"watermark"};
  Check groups_check{"groups"};
  Check records_check{"records"};
  Check events_check{"events"};
  Check replay{"replay"};
  Check state_hashes{"state hashes"};
  Check snapshots_check{"snapshots"};
  Check invariants{"invariants"};
  Check transfers{"transfers"};
  Check money{"money"};

  std::vector<Damage> damage;
  std::vector<LostRecords> lost;

  std::vector<const Check*> checks() const;
  // Nothing but the directory could be looked at.
  void skip_all_but_directory(const std::string& why);
  bool sound() const;
  // What to do now, one sentence each; empty if all is sound.
  std::vector<std::string> advice() const;
};

// What the directories of several instances come to together. Skipped where one of them is not
// sound by itself.
struct TogetherReport {
  std::vector<std::string> data_dirs;
  Check owners{"owners"};
  Check transfers{"transfers"};
  Check money{"money"};

  bool sound() const;
};

std::string to_text(const VerifyReport& report);
std::string to_json(const VerifyReport& report);
std::string to_text(const TogetherReport& report);
std::string to_json(const TogetherReport& report);

}  // namespace frontrow::recover
