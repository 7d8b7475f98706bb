// The pass of `frontrow recover verify` over all stored data: every group by itself and as the
// successor of the one before, every record, every event, and the resulting state.
//
// Source of the state: the log from group 1 if it is complete; otherwise snapshots and the groups
// above the checkpoint position. On damage below the checkpoint position the pass changes to the
// snapshots. On damage above it, the state remains the one before the damage, while groups, records
// and events are checked to the end.
//
// A slot that the stream took over from another one (loose_replay.h) goes on from its snapshot. If
// it has none yet, it stays as it was before: its later records are noted.
//
// One thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "engine/core/state/slot.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/recover/loose_replay.h"
#include "tools/frontrow/recover/verify_report.h"

namespace frontrow::recover {

class VerifyLog {
 public:
  VerifyLog(StoppedLog& log, VerifyReport& report) : log_(log), report_(report) {}

  // Fills in the figures and all checks up to the snapshots.
  void run();
  // Records that go on from the state of another stream, which is not here.
  const std::vector<OpenRun>& open_runs() const { return open_; }
  bool has_taken_slots() const { return has_taken_; }
  // The resulting slots; empty if there is no state.
  SlotTable& slots() { return *slots_; }

 private:
  struct SlotEnd {
    std::uint64_t seq = 0;
    std::uint64_t group = 0;
    Instant time;
    bool is_released = false;  // to another instance
  };

  void check_watermark();
  void check_snapshots();
  void check_snapshot_against_state(std::uint64_t group);
  void check_snapshots_ahead();
  void check_checkpoint();
  void start_from_snapshots();

  void on_group(const FoundGroup& found);
  void on_missing(std::uint64_t number);
  void on_damage(std::uint64_t first, std::uint64_t last, const std::string& what);
  void check_mark(const ChainPosition& position);
  bool check_records(const GroupView& group);
  void check_record(std::uint64_t group, const RecordView& record);
  bool apply(const GroupView& group);
  bool check_events(const GroupView& group);
  void tell_why_not_applied(const GroupView& group, const std::string& error);
  void finish();
  void show_progress();

  StoppedLog& log_;
  VerifyReport& report_;
  std::unique_ptr<SlotTable> slots_ = std::make_unique<SlotTable>();
  std::unique_ptr<LooseReplay> replay_;
  std::uint64_t hashes_before_ = 0;  // compared by replays that were abandoned
  bool applying_ = false;
  std::vector<SnapshotHead> heads_;           // by group
  std::array<Tenure, kSlotCount> tenures_{};  // in the snapshots
  std::size_t next_head_ = 0;
  std::uint64_t heads_compared_ = 0;
  // Snapshots that are newer than the log's state at their group, and the fault that they are
  // unless the slot goes on from them: it came from another stream.
  std::vector<std::pair<SnapshotHead, std::string>> heads_ahead_;

  ChainPosition last_;
  bool chained_ = true;  // the next group must follow last_ by its hash; false after damage
  std::string unread_;   // RocksDB's error about groups that it could not read
  std::array<SlotEnd, kSlotCount> ends_{};
  std::array<std::uint64_t, kSlotCount> seq_at_checkpoint_{};
  bool has_moves_ = false;  // of slots between instances
  bool has_taken_ = false;  // slots came from other streams
  std::vector<OpenRun> open_;

  ProgressBar bar_{"verifying"};
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace frontrow::recover
