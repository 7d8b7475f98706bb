// Reads what can still be read of a damaged log, and brings every slot as far as its history is
// certain.
//
// How it works. A slot begins with its snapshot if that one is whole, else with nothing. Then every
// sound group is gone through in order; a record is applied if it is the very next of its slot.
// From the first one that is not, the slot is cut: its later records are listed and not applied. So
// a slot always comes to a state that it once had. Records pass through Replay, one by one:
// whatever a start of the server would refuse, cuts the slot. A record by which a slot came from
// another instance holds its whole state: a slot that was cut goes on from there, and nothing of it
// is lost; where that record is lost, the slot is cut.
//
// What is damage: a group that RocksDB can't read, whose own hash is wrong, or that is missing
// between its neighbours or below the watermark. Groups up to the floor are no loss as long as
// every snapshot is whole (engine/runtime/journal/archive.h tells why).
//
// One thread.
#pragma once

#include <memory>

#include "engine/base/result.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/salvage_report.h"

namespace frontrow::recover {

// Fills `slots`, and the report but for its names of directories. Doubts about snapshots may be in
// the report already.
Status salvage_slots(StoppedLog& log, std::unique_ptr<SlotTable>& slots, SalvageReport& report);

}  // namespace frontrow::recover
