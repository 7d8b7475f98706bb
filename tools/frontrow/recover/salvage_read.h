// Reads the readable part of a damaged log, and replays every slot as far as its history is
// certain.
//
// How it works. A slot begins with its snapshot if that is whole, otherwise empty. Every sound
// group is then processed in order; a record is applied if it directly follows its slot's sequence.
// At the first record that does not, the slot is cut: its later records are listed and not applied.
// So the result of a slot is always a state that it once had. Records pass through Replay, one by
// one: a record that a start of the server would refuse cuts the slot. A record that imports a slot
// from another instance holds its whole state: a slot that was cut continues from there without a
// loss; if that record is lost, the slot is cut.
//
// Damage is a group that RocksDB can't read, whose own hash is wrong, or that is missing between
// its neighbours or below the watermark. Groups up to the checkpoint position are no loss as long
// as every snapshot is whole (engine/runtime/journal/archive.h gives the reason).
//
// One thread.
#pragma once

#include <memory>

#include "engine/base/result.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/salvage_report.h"

namespace frontrow::recover {

// Fills `slots`, and the report except its names of directories. The report may contain doubts
// about snapshots already.
Status salvage_slots(StoppedLog& log, std::unique_ptr<SlotTable>& slots, SalvageReport& report);

}  // namespace frontrow::recover
