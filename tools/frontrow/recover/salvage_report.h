// What a salvage found: the damage, what is beyond it, and what no longer fits. Its two forms:
// lines for people, and one JSON object (docs/RECOVERY.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "tools/frontrow/recover/salvage_transfers.h"

namespace frontrow::recover {

// Groups that are missing, or whose bytes are not what was written.
struct DamagedGroups {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string what;
  bool replaced = false;  // snapshots of all slots hold what was in them
};

// A snapshot that is not used. Nothing is lost by it where the slot's groups are all there.
struct DamagedSnapshot {
  std::optional<SlotId> slot;  // none: it can't be told whose
  std::string what;
};

// Where a slot's history breaks off.
struct CutSlot {
  SlotId slot;
  std::uint64_t seq = 0;  // of the last record that was applied; 0: nothing of the slot is left
  std::uint64_t next_seq = 0;  // of the first one beyond the damage
  std::uint64_t group = 0;     // which holds that one
  std::string what;
};

// A record that can be read but does not follow what is left of its slot. Not applied.
struct RecordBeyond {
  SlotId slot;
  std::uint64_t seq = 0;
  std::uint64_t group = 0;
  Instant time;
  std::vector<const char*> events;  // names
};

struct SalvageReport {
  std::string source;
  std::string target;
  bool repaired = false;              // RocksDB's list of its files had to be made anew
  std::vector<std::string> left_out;  // table files on which RocksDB breaks down
  std::string list_taken;             // of files, as CURRENT names none; empty: CURRENT is sound
  std::vector<std::string> doubts;    // what can't be told: a watermark or floor that is lost
  std::vector<DamagedGroups> groups;
  std::vector<DamagedSnapshot> snapshots;
  bool snapshots_needed = false;  // the damaged ones stand for groups that are gone
  std::vector<CutSlot> cut;
  std::vector<RecordBeyond> beyond;
  std::vector<Misfit> misfits;
  std::uint64_t not_judged = 0;  // payments or concerts with one side on another instance
  // What was taken over.
  std::uint64_t first_group = 0;  // of those read; 0: none
  std::uint64_t last_group = 0;
  std::uint64_t groups_read = 0;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t snapshots_used = 0;
  std::uint64_t slots = 0;

  // Whether everything that was ever acknowledged is there, as far as the directory can tell.
  bool is_whole() const;
};

std::string describe(const SalvageReport& report);
std::string to_json(const SalvageReport& report);

}  // namespace frontrow::recover
