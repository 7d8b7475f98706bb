// Heads of snapshots from a database that may be damaged, slot by slot: what one slot has lost does
// not hide the others. SnapshotStore::heads (snapshot_store.h), which a server starts from, gives
// up at the first.
//
// Thread: the caller's.
#pragma once

#include <functional>
#include <string>

#include "engine/runtime/journal/archive.h"
#include "storage/local/journal_store.h"

namespace frontrow {

struct SnapshotScan {
  std::function<void(const SnapshotHead&)> on_head;
  // A slot whose head can't be read or is missing though parts are there; the slot is where the
  // reading stood.
  std::function<void(SlotId, const std::string& what)> on_damage;
};

void scan_snapshots(const Store& store, const SnapshotScan& scan);

}  // namespace frontrow
