#include "tools/frontrow/recover/loose_replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/state/slot.h"
#include "tools/frontrow/recover/walk.h"

namespace frontrow::recover {

LooseReplay::LooseReplay(SlotTable& slots, Kind kind)
    : slots_(slots), kind_(kind), replay_(slots), courses_(kSlotCount) {
  replay_.leave_out_gaps([](SlotId) {});  // note() has seen it
}

void LooseReplay::only(std::span<const SlotId> slots) {
  replay_.only(slots);
  wanted_.assign(kSlotCount, false);
  for (const SlotId slot : slots) wanted_[slot.value] = true;
}

void LooseReplay::cover(const SnapshotHead& head) {
  Course& course = courses_[head.slot.value];
  course.seq = head.seq;
  course.covered_group = head.group;
  course.covered_seq = head.seq;
}

Status LooseReplay::load(Archive& archive, const SnapshotHead& head) {
  cover(head);
  return replay_.load(archive, head);
}

void LooseReplay::found_with(Archive& archive, std::span<const SnapshotHead> heads) {
  archive_ = &archive;
  for (const SnapshotHead& head : heads) heads_[head.slot] = head;
}

// Whether the slot was handed over and goes on in another log, though the sequence follows.
bool LooseReplay::is_elsewhere(const RecordView& record) const {
  const Slot* slot = slots_.find(record.slot);
  return slot != nullptr && follows(record, slot->seq) && !goes_on(record, *slot);
}

// Decides as Replay does whether the record can be applied.
void LooseReplay::note(std::uint64_t group, const RecordView& record) {
  if (!wanted_.empty() && !wanted_[record.slot.value]) return;
  Course& course = courses_[record.slot.value];
  course.read = record.seq;
  const auto taken = taken_by(record);
  if (taken) course.taken = taken;
  if (group <= course.covered_group && record.seq <= course.covered_seq) return;
  if (course.run >= 0) {
    OpenRun& run = *runs_[static_cast<std::size_t>(course.run)];
    if (adopts_slot(record) && record.seq > run.last && group > run.group) {
      begin_anew(record);
      return;
    }
    if (record.seq == run.last + 1) {
      run.last = record.seq;
      return;
    }
  } else if (follows(record, course.seq) && !is_elsewhere(record)) {
    course.seq = record.seq;
    return;
  }
  const std::uint64_t before =
      course.run >= 0 ? runs_[static_cast<std::size_t>(course.run)]->last : course.seq;
  const bool was_not_followed = kind_ == Kind::kCopy && before == 0;
  if (record.seq <= before || (!taken && !was_not_followed)) {
    if (fault_.empty()) {
      fault_ =
          fmt::format("slot {}: sequence {} follows {}", record.slot.value, record.seq, before);
    }
    return;
  }
  course.run = static_cast<int>(runs_.size());
  runs_.push_back(OpenRun{record.slot, record.seq, record.seq, group, taken});
  gaps_.push_back(record.slot);
}

// The record of a static cluster has the whole state: nothing before it is needed any more.
void LooseReplay::begin_anew(const RecordView& record) {
  Course& course = courses_[record.slot.value];
  runs_[static_cast<std::size_t>(course.run)].reset();
  course.run = -1;
  course.seq = record.seq;
  replay_.include(record.slot);
}

// The slot goes on from its snapshot: applies the group's records that the snapshot does not cover.
Status LooseReplay::found(SlotId slot, const SnapshotHead& head, const GroupView& group) {
  static_cast<void>(slots_.release(slot));
  Replay beside(slots_);
  beside.only({&slot, 1});
  beside.leave_out_gaps([](SlotId) {});
  if (Status s = beside.load(*archive_, head); !s.ok()) return s;
  if (Status s = beside.apply_group(group); !s.ok()) return s;
  hashes_beside_ += beside.hashes_compared();
  replay_.include(slot);
  replay_.covers(head);
  cover(head);
  for (auto& run : runs_) {
    if (run && run->slot == slot) run.reset();
  }
  Course& course = courses_[slot.value];
  course.run = -1;
  course.seq = slots_.at(slot).seq;
  course.was_founded = true;
  course.shown = beside.shown(slot);
  return {};
}

Status LooseReplay::apply_group(const GroupView& group) {
  gaps_.clear();
  fault_.clear();
  // An error of the walk is found, and told, by Replay.
  static_cast<void>(for_each_record(group, [&](const RecordView& record) {
    note(group.number, record);
    return Status();
  }));
  if (!fault_.empty()) return Error{fmt::format("group {}: {}", group.number, fault_)};
  if (Status s = replay_.apply_group(group); !s.ok()) return s;
  for (const SlotId slot : gaps_) {
    const auto head = heads_.find(slot);
    const int run = courses_[slot.value].run;
    if (head == heads_.end() || run < 0) continue;
    if (head->second.seq + 1 < runs_[static_cast<std::size_t>(run)]->first) continue;
    if (Status s = found(slot, head->second, group); !s.ok())
      return Error{fmt::format("group {}: {}", group.number, s.error())};
  }
  return {};
}

std::vector<OpenRun> LooseReplay::open_runs() const {
  std::vector<OpenRun> open;
  for (const auto& run : runs_) {
    if (run) open.push_back(*run);
  }
  return open;
}

Instant LooseReplay::shown(SlotId slot) const {
  return std::max(replay_.shown(slot), courses_[slot.value].shown);
}

}  // namespace frontrow::recover
