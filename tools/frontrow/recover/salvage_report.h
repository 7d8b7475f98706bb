// Report of a salvage: the damage, the records beyond it, and the mismatches. Its two forms: lines
// for people, and one JSON object (docs/RECOVERY.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "tools/frontrow/recover/salvage_transfers.h"

namespace frontrow::recover {

// Groups that are missing, or whose bytes differ from the written ones.
struct DamagedGroups {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string what;
  bool replaced = false;  // snapshots of all slots hold their content
};

// A snapshot that is not used. No loss if the slot's groups are complete.
struct DamagedSnapshot {
  std::optional<SlotId> slot;  // none: the slot is unknown
  std::string what;
};

// The place where a slot's history breaks off.
struct CutSlot {
  SlotId slot;
  std::uint64_t seq = 0;       // of the last applied record; 0: the slot is lost entirely
  std::uint64_t next_seq = 0;  // of the first record beyond the damage
  std::uint64_t group = 0;     // which holds that record
  std::string what;
};

// A readable record that does not follow the salvaged state of its slot. Not applied.
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
  bool repaired = false;              // RocksDB's list of its files was rebuilt
  std::vector<std::string> left_out;  // table files on which RocksDB breaks down
  std::string list_taken;             // file list used instead of CURRENT's; empty: CURRENT's
  std::vector<std::string> doubts;    // uncertainties: a lost watermark or checkpoint position
  std::vector<DamagedGroups> groups;
  std::vector<DamagedSnapshot> snapshots;
  bool snapshots_needed = false;  // groups that the damaged snapshots replace are gone
  std::vector<CutSlot> cut;
  std::vector<RecordBeyond> beyond;
  std::vector<Misfit> misfits;
  std::vector<std::uint64_t> copies;  // streams whose copies are left out
  std::uint64_t not_judged = 0;       // payments or concerts with one side on another instance
  // The salvaged data.
  std::uint64_t first_group = 0;  // of those read; 0: none
  std::uint64_t last_group = 0;
  std::uint64_t groups_read = 0;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t snapshots_used = 0;
  std::uint64_t slots = 0;

  // True if all acknowledged data is there, as far as the directory can show.
  bool is_whole() const;
};

std::string describe(const SalvageReport& report);
std::string to_json(const SalvageReport& report);

}  // namespace frontrow::recover
