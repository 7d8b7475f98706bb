// Results of `frontrow recover verify`, as text and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/core/state/state_hash.h"

namespace frontrow::recover {

enum class CheckResult : std::uint8_t { kOk, kFailed, kSkipped };

// One line of the report.
struct Check {
  const char* name;
  CheckResult result = CheckResult::kSkipped;
  std::string detail;               // the checked items, or the reason for skipping
  std::vector<std::string> faults;  // one line each
  std::vector<std::string> notes;   // one line each, no faults

  void pass(std::string what);
  void fail(std::string fault);
  void skip(std::string why);
  bool failed() const { return result == CheckResult::kFailed; }
};

// A run of groups that are unreadable or missing.
struct Damage {
  std::uint64_t group = 0;
  std::uint64_t last_group = 0;  // of the run
  std::uint64_t byte = 0;        // begin of the run, in bytes of groups from the first kept one
  std::string what;
};

// Records of a slot that are lost by damage, as the later records prove.
struct LostRecords {
  std::uint16_t slot = 0;
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;
  std::uint64_t after_group = 0;   // which holds the record before them
  std::uint64_t before_group = 0;  // which holds the record after them
  bool elsewhere = false;          // the slot was not here before: another instance may have some
};

// A copy of another instance's stream in the directory.
struct CopyReport {
  std::uint64_t stream = 0;
  std::uint64_t log_start = 0;         // groups up to it are not there
  std::uint64_t checkpoint_group = 0;  // its snapshots replace all groups up to this one
  std::uint64_t last_group = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t slots = 0;      // it leads to a state of
  std::uint64_t hashes = 0;     // in the log, that agree
  std::uint64_t stateless = 0;  // further slots: it has records of them, and no state before these
  std::string damage;
};

enum class StateSource : std::uint8_t { kNothing, kLog, kSnapshots };

struct VerifyReport {
  std::string data_dir;
  bool is_part = false;     // one of several instances: transfers and money are not checked
  bool unreadable = false;  // too damaged for any further check
  std::uint64_t stream = 0;
  std::uint64_t epoch = 0;
  Instant created;

  std::uint64_t first_group = 0;  // the oldest kept one; 0: none
  std::uint64_t last_group = 0;
  std::uint64_t groups = 0;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t slots = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t checkpoint_group = 0;  // snapshots replace all groups up to this one
  std::uint64_t forgotten = 0;         // groups before the first kept one
  StateSource source = StateSource::kNothing;
  std::uint64_t state_group = 0;  // the checked state is the one after this group
  bool has_copies = false;        // of other streams
  std::vector<CopyReport> copies;

  Check directory{"directory"};
  Check watermark{"watermark"};
  Check groups_check{"groups"};
  Check records_check{"records"};
  Check events_check{"events"};
  Check replay{"replay"};
  Check state_hashes{"state hashes"};
  Check snapshots_check{"snapshots"};
  Check invariants{"invariants"};
  Check copies_check{"copies"};  // if there are any
  Check transfers{"transfers"};
  Check money{"money"};

  std::vector<Damage> damage;
  std::vector<LostRecords> lost;

  std::vector<const Check*> checks() const;
  // Marks all checks but that of the directory as skipped.
  void skip_all_but_directory(const std::string& why);
  bool sound() const;
  // Advice for the operator, one sentence each; empty if all is sound.
  std::vector<std::string> advice() const;
};

// A slot in the directories of several instances.
struct SlotReport {
  SlotId slot;
  std::uint64_t seq = 0;  // of the newest state
  StateHash hash = 0;
  std::uint64_t stream = 0;        // that has its newest records
  std::string data_dir;            // where they were read
  std::vector<std::string> agree;  // directories that lead to this state by themselves
  struct Behind {
    std::string data_dir;
    std::uint64_t records = 0;
  };
  std::vector<Behind> behind;  // directories that lead to an older state
};

// Result of the directories of several instances together, or of one with its copies. Skipped if
// one of them is not sound by itself.
struct TogetherReport {
  std::vector<std::string> data_dirs;
  bool has_streams = false;  // of a cluster with a shared log
  std::vector<SlotReport> slots;
  Check owners{"owners"};
  Check slots_check{"slots"};  // with streams
  Check transfers{"transfers"};
  Check money{"money"};

  std::vector<const Check*> checks() const;
  bool sound() const;
};

std::string to_text(const VerifyReport& report);
std::string to_json(const VerifyReport& report);
std::string to_text(const TogetherReport& report);
std::string to_json(const TogetherReport& report);

}  // namespace frontrow::recover
