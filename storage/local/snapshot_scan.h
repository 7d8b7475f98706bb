// Scans the heads of the own stream's snapshots in a database that may be damaged, slot by slot:
// the damage of one slot does not hide the others. SnapshotStore::heads (snapshot_store.h), which a
// server starts from, stops at the first error.
//
// Thread: the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/runtime/journal/archive.h"
#include "storage/local/journal_store.h"

namespace frontrow {

struct SnapshotScan {
  std::function<void(const SnapshotHead&)> on_head;
  // Called for a slot whose head can't be read, or is missing although parts exist; the slot is the
  // position of the scan.
  std::function<void(SlotId, const std::string& what)> on_damage;
};

// `stream`: of the directory. Snapshots of copied streams are passed over.
void scan_snapshots(const Store& store, std::uint64_t stream, const SnapshotScan& scan);

}  // namespace frontrow
