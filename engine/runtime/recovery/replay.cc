#include "engine/runtime/recovery/replay.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "engine/core/apply.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/codec/snapshot_codec.h"

namespace frontrow {
namespace {

// The prefetch steps of an event, and how many events before its apply each runs.
struct Asked {
  PrefetchStep step;
  std::size_t events_ahead;
};
constexpr std::array<Asked, 3> kAsked = {{
    {PrefetchStep::kIndexes, 24},
    {PrefetchStep::kEntries, 16},
    {PrefetchStep::kTails, 8},
}};
constexpr std::string_view kBytesLeft = "bytes after the last event";

Error at_record(const RecordView& record, std::string_view what) {
  return Error{fmt::format("slot {}: sequence {}: {}", record.slot.value, record.seq, what)};
}

// Checks the loaded parts of an imported slot against the event that announced them.
Status check_adopted(const Slot& slot, const SlotAdopted& adopted) {
  if (slot.seq == adopted.seq && slot.state_hash() == adopted.hash) return {};
  return Error{fmt::format(
      "sequence {} and state hash {:016x} were taken over from instance {}, the log leads to {} "
      "and {:016x}",
      adopted.seq, adopted.hash, adopted.from, slot.seq, slot.state_hash())};
}

// Checks the preconditions of apply: a record with sound bytes may still hold an event that was
// never decided.
Status check_tenure(const Slot& slot, const Event& event) {
  const bool is_sealed = slot.tenure.state == Tenure::State::kSealed;
  const auto* released = std::get_if<SlotReleased>(&event);
  const auto* began = std::get_if<InstanceBegan>(&event);
  if (began != nullptr && (began->instance == 0 || began->instance > kInstanceIdMax))
    return Error{fmt::format("instance {} does not exist", began->instance)};
  if (std::holds_alternative<SlotSealed>(event) && !slot.is_here())
    return Error{"sealed, and it is not here"};
  if (released != nullptr && !(is_sealed && slot.tenure.peer == released->to))
    return Error{fmt::format("released to instance {}, for which it was not sealed", released->to)};
  return {};
}

}  // namespace

std::optional<SlotTaken> taken_by(const RecordView& record) {
  if (record.events.empty() || static_cast<std::uint8_t>(record.events[0]) != kTypeOf<SlotTaken>)
    return std::nullopt;
  ByteReader reader(record.events);
  Event event;
  if (!decode_event(reader, event).ok()) return std::nullopt;
  const auto* taken = std::get_if<SlotTaken>(&event);
  return taken == nullptr ? std::nullopt : std::optional(*taken);
}

bool goes_on(const RecordView& record, const Slot& slot) {
  const bool has_state = slot.tenure.state != Tenure::State::kReleased || adopts_slot(record);
  return has_state && follows(record, slot.seq);
}

void Replay::only(std::span<const SlotId> slots) {
  wanted_.assign(kSlotCount, false);
  for (const SlotId slot : slots) wanted_[slot.value] = true;
}

void Replay::include(SlotId slot) {
  if (!wanted_.empty()) wanted_[slot.value] = true;
}

void Replay::leave_out(SlotId slot) {
  if (wanted_.empty()) wanted_.assign(kSlotCount, true);
  wanted_[slot.value] = false;
}

Status Replay::load(Archive& archive, const SnapshotHead& head,
                    const std::function<Status()>& may_go_on) {
  if (head.stream != archive.stream()) {
    return Error{fmt::format("snapshot of slot {}: it is of stream {:016x}, not of {:016x}",
                             head.slot.value, head.stream, archive.stream())};
  }
  Slot& slot = slots_.at(head.slot);
  FR_CHECK(slot.seq == 0);
  const Status loaded = archive.read_snapshot(head, [&](std::span<const std::byte> part) -> Status {
    if (may_go_on) {
      if (Status s = may_go_on(); !s.ok()) return s;
    }
    return load_snapshot_part(part, slot);
  });
  if (!loaded.ok())
    return Error{fmt::format("snapshot of slot {}: {}", head.slot.value, loaded.error())};
  if (slot.seq != head.seq || slot.state_hash() != head.state_hash) {
    return Error{fmt::format(
        "snapshot of slot {}: sequence {} and state hash {:016x} expected, {} and {:016x} loaded",
        head.slot.value, head.seq, head.state_hash, slot.seq, slot.state_hash())};
  }
  covers(head);
  shown_[head.slot.value] = std::min(slot.time, head.time);
  return {};
}

void Replay::covers(const SnapshotHead& head) {
  covered_[head.slot.value] = {head.group, head.seq};
}

// Collects the records of the group that are to be applied.
Status Replay::find_records(const GroupView& group) {
  ByteReader reader(group.records);
  records_.clear();
  for (std::uint32_t i = 0; i < group.record_count; ++i) {
    const RecordView record = read_record(reader);
    if (reader.failed()) return Error{fmt::format("record {} is cut short", i)};
    if (record.slot.value >= kSlotCount)
      return Error{fmt::format("slot {} does not exist", record.slot.value)};
    if (const auto taken = taken_by(record))
      taken_[record.slot] = {{taken->stream, taken->group}, group.number};
    const Covered& covered = covered_[record.slot.value];
    if (group.number <= covered.group && record.seq <= covered.seq) continue;
    if (wanted_.empty() || wanted_[record.slot.value]) records_.push_back(record);
  }
  if (!reader.at_end()) return Error{"bytes after the last record"};
  return {};
}

// --- reading ahead: every event reads tables that are far larger than the cache, so the memory of
// later events is prefetched while earlier ones are applied.

void Replay::begin_reading() {
  applied_ = read_ = reading_ = 0;
  asked_.fill(0);
  events_left_ = 0;
  read_error_ = {};
}

// Reads the next event of the group; false at its end, and if the bytes are not events
// (read_error_).
bool Replay::read_step(Step& step) {
  while (events_left_ == 0) {
    if (!read_error_.empty() || reading_ == records_.size()) return false;
    const RecordView& record = records_[reading_++];
    reader_ = ByteReader(record.events);
    events_left_ = record.event_count;
    if (events_left_ == 0 && !reader_.at_end()) read_error_ = kBytesLeft;
  }
  if (const Status decoded = decode_event(reader_, step.event); !decoded.ok()) {
    read_error_ = decoded.error();
    events_left_ = 0;
    return false;
  }
  if (--events_left_ == 0 && !reader_.at_end()) read_error_ = kBytesLeft;
  step.slot = slots_.find(records_[reading_ - 1].slot);
  return true;
}

void Replay::read_ahead() {
  while (read_ < applied_ + kStepsAhead) {
    Step& step = steps_[read_ % kStepsAhead];
    if (!read_step(step)) break;
    ++read_;
    if (step.slot != nullptr) prefetch(*step.slot);
  }
  for (std::size_t i = 0; i < kAsked.size(); ++i) {
    for (; asked_[i] < std::min(read_, applied_ + kAsked[i].events_ahead); ++asked_[i]) {
      const Step& step = steps_[asked_[i] % kStepsAhead];
      if (step.slot != nullptr) prefetch(*step.slot, step.event, kAsked[i].step);
    }
  }
}

// --- applying

Status Replay::check_hash(const Slot& slot, const SlotHashed& logged) {
  ++hashes_compared_;
  if (logged.hash == slot.state_hash()) return {};
  return Error{
      fmt::format("the state hash was {:016x} when this was logged, the log leads to {:016x}",
                  logged.hash, slot.state_hash())};
}

Status Replay::check_event(const Slot& slot, const Event& event) {
  if (const auto* hashed = std::get_if<SlotHashed>(&event)) {
    if (Status same = check_hash(slot, *hashed); !same.ok()) return same;
  }
  const auto* taken = std::get_if<SlotTaken>(&event);
  if (taken != nullptr && (taken->seq != slot.seq || taken->hash != slot.state_hash())) {
    return Error{fmt::format(
        "taken over at sequence {} and state hash {:016x} from stream {:016x}, the log leads to {} "
        "and {:016x}",
        taken->seq, taken->hash, taken->stream, slot.seq, slot.state_hash())};
  }
  return check_tenure(slot, event);
}

// Reads past the events of a record that is not applied.
void Replay::pass_over(const RecordView& record) {
  for (std::uint16_t i = 0; i < record.event_count; ++i) {
    read_ahead();
    if (applied_ == read_) return;
    ++applied_;
  }
}

Status Replay::apply_record(std::size_t index, Instant shown) {
  const RecordView& record = records_[index];
  if (!wanted_.empty() && !wanted_[record.slot.value]) {  // left out by an earlier record
    pass_over(record);
    return {};
  }
  Slot& slot = slots_.at(record.slot);
  if (!goes_on(record, slot) && on_gap_) {
    leave_out(record.slot);
    gaps_.push_back(record.slot);
    pass_over(record);
    return {};
  }
  if (!goes_on(record, slot)) {
    return Error{
        fmt::format("slot {}: sequence {} follows {}", record.slot.value, record.seq, slot.seq)};
  }
  if (record.time < slot.time) {
    return Error{
        fmt::format("slot {}: sequence {} goes back in time", record.slot.value, record.seq)};
  }
  std::optional<SlotAdopted> adopted;
  for (std::uint16_t i = 0; i < record.event_count; ++i) {
    read_ahead();
    if (applied_ == read_) break;  // read_error_ has the reason
    const Event& event = steps_[applied_ % kStepsAhead].event;
    if (Status s = check_event(slot, event); !s.ok()) return at_record(record, s.error());
    if (const auto* part = std::get_if<SlotPart>(&event)) {
      if (Status s = load_state_part(part->part, slot); !s.ok())
        return at_record(record, s.error());
    } else {
      apply(slot, event, record.time);
    }
    if (const auto* as = std::get_if<SlotAdopted>(&event)) adopted = *as;
    ++applied_;
  }
  read_ahead();
  if (!read_error_.empty() && reading_ == index + 1) return at_record(record, read_error_);
  if (adopted) {
    if (Status s = check_adopted(slot, *adopted); !s.ok()) return at_record(record, s.error());
  }
  slot.seq = record.seq;
  slot.time = record.time;
  shown_[slot.id.value] = std::min(record.time, shown);
  return {};
}

Status Replay::apply_group(const GroupView& group) {
  Status done = find_records(group);
  begin_reading();
  for (std::size_t i = 0; done.ok() && i < records_.size(); ++i) done = apply_record(i, group.time);
  // Not earlier: the caller may drop the slot, and later events of the group have been read ahead.
  for (const SlotId slot : std::exchange(gaps_, {})) on_gap_(slot);
  return done.ok() ? done : Error{fmt::format("group {}: {}", group.number, done.error())};
}

}  // namespace frontrow
