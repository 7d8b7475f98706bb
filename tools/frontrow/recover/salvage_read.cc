#include "tools/frontrow/recover/salvage_read.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/core/codec/event_codec.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/replay.h"
#include "storage/local/snapshot_scan.h"
#include "storage/local/stopped_copies.h"
#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/recover/loose_replay.h"
#include "tools/frontrow/recover/stream_id.h"

namespace frontrow::recover {
namespace {

constexpr std::uint64_t kGroupsAReport = 256;

class SalvageReader {
 public:
  SalvageReader(StoppedLog& log, SalvageReport& report)
      : log_(log), report_(report), at_(log.archive().log_start()) {
    at_.stream = log.identity().stream;  // also if the log start could not be read
  }

  Status run();
  std::unique_ptr<SlotTable> take_slots() { return std::move(slots_); }

 private:
  // Progress of one slot.
  struct Course {
    std::uint64_t snapshot_group = 0;
    bool is_cut = false;
  };

  void load_snapshots();
  bool load_all(std::map<SlotId, SnapshotHead>& heads);
  void start_afresh();
  Status take(const FoundGroup& found);
  std::string why_unsound(const FoundGroup& found) const;
  void miss_up_to(std::uint64_t last);
  void take_records(const GroupView& group);
  void take_record(const GroupView& group, const RecordView& record,
                   std::span<const std::byte> bytes);
  std::string why_not_applied(const GroupView& group, const RecordView& record,
                              std::span<const std::byte> bytes);
  void mend(SlotId slot);
  void check_end();
  void judge();

  StoppedLog& log_;
  SalvageReport& report_;
  std::unique_ptr<SlotTable> slots_;
  std::unique_ptr<Replay> replay_;
  std::map<SlotId, Course> courses_;
  ChainPosition at_;        // the newest sound group
  std::uint64_t seen_ = 0;  // number of the newest group, sound or not
  std::string unreadable_;  // RocksDB's error about groups behind seen_
  std::string broken_;      // reason why no further record is applied; empty: continue
};

Status decode_all(const RecordView& record, std::vector<const char*>* names) {
  ByteReader reader(record.events);
  Event event;
  for (std::uint16_t i = 0; i < record.event_count; ++i) {
    if (Status s = decode_event(reader, event); !s.ok()) return s;
    if (names != nullptr) names->push_back(name_of(event));
  }
  return reader.at_end() ? Status() : Error{"bytes after the last event"};
}

// --- snapshots

void SalvageReader::start_afresh() {
  replay_.reset();
  slots_ = std::make_unique<SlotTable>();
  replay_ = std::make_unique<Replay>(*slots_);
}

// Removes the snapshots that do not load; false if any was removed, and `slots_` is unusable then.
bool SalvageReader::load_all(std::map<SlotId, SnapshotHead>& heads) {
  ProgressBar bar("loading snapshots");
  const std::size_t total = heads.size();
  std::size_t done = 0;
  for (auto at = heads.begin(); at != heads.end();) {
    const Status loaded = replay_->load(log_.archive(), at->second);
    bar.show(++done, total, fmt::format("slot {} of {}", done, total));
    if (!loaded.ok()) report_.snapshots.push_back({at->first, loaded.error()});
    at = loaded.ok() ? std::next(at) : heads.erase(at);
  }
  return heads.size() == total;
}

void SalvageReader::load_snapshots() {
  std::map<SlotId, SnapshotHead> heads;
  scan_snapshots(
      log_.store(), log_.identity().stream,
      {.on_head = [&](const SnapshotHead& head) { heads[head.slot] = head; },
       .on_damage = [&](SlotId slot,
                        const std::string& what) { report_.snapshots.push_back({slot, what}); }});
  if (const auto strict = log_.archive().snapshots(); !strict.ok() && report_.snapshots.empty())
    report_.snapshots.push_back({std::nullopt, strict.error()});
  start_afresh();
  while (!load_all(heads)) start_afresh();
  for (const auto& [slot, head] : heads) courses_[slot].snapshot_group = head.group;
  report_.snapshots_used = heads.size();
}

// --- groups

// Reports the groups between the newest one seen and `last` as missing.
void SalvageReader::miss_up_to(std::uint64_t last) {
  if (seen_ < last) {
    report_.groups.push_back(
        {seen_ + 1, last, unreadable_.empty() ? "missing" : "unreadable: " + unreadable_});
    seen_ = last;
  } else if (!unreadable_.empty()) {
    // RocksDB met damage, but no number is missing behind it: the damage may hide the log's end.
    report_.doubts.push_back(fmt::format("behind group {}: {}", seen_, unreadable_));
  }
  unreadable_.clear();
}

std::string SalvageReader::why_unsound(const FoundGroup& found) const {
  if (!found.group.ok()) return found.group.error();
  const GroupHeader& header = found.group->header;
  if (header.number != found.number) return fmt::format("its header says {}", header.number);
  if (header.stream != log_.identity().stream)
    return fmt::format("of another stream ({:016x})", header.stream);
  return {};
}

Status SalvageReader::take(const FoundGroup& found) {
  if (found.number > seen_ + 1 || !unreadable_.empty()) miss_up_to(found.number - 1);
  seen_ = found.number;
  if (const std::string why = why_unsound(found); !why.empty()) {
    report_.groups.push_back({found.number, found.number, why});
    return {};
  }
  const GroupHeader& header = found.group->header;
  const bool is_next = header.number == at_.number + 1;
  const Status follows = is_next ? check_follows(at_, header) : Status();
  if (broken_.empty() && (!follows.ok() || header.epoch < at_.epoch)) {
    broken_ = follows.ok() ? "the epoch goes back" : follows.error();
    report_.doubts.push_back(fmt::format(
        "group {} does not belong behind group {}: {}; nothing from there on is applied",
        header.number, at_.number, broken_));
  }
  const ChainPosition& watermark =
      log_.watermark().ok() ? log_.watermark()->position : ChainPosition{};
  if (header.number == watermark.number && header.chain_hash != watermark.hash) {
    report_.doubts.push_back(
        fmt::format("group {} is not the one that the watermark names", header.number));
  }
  at_ = position_of(header);
  if (report_.first_group == 0) report_.first_group = header.number;
  report_.last_group = header.number;
  ++report_.groups_read;
  take_records(found.group->view);
  return {};
}

void SalvageReader::take_records(const GroupView& group) {
  ByteReader reader(group.records);
  for (std::uint32_t i = 0; i < group.record_count; ++i) {
    const std::size_t begin = reader.position();
    const RecordView record = read_record(reader);
    if (reader.failed() || record.slot.value >= kSlotCount) {
      report_.groups.push_back(
          {group.number, group.number, fmt::format("record {} is malformed", i)});
      return;
    }
    take_record(group, record, group.records.subspan(begin, reader.position() - begin));
  }
}

// The gap between the slot's state and the record.
std::string what_is_missing(const Slot& slot, const RecordView& record) {
  if (const auto taken = taken_by(record)) {
    return fmt::format(
        "it goes on from sequence {} in group {} of stream {}, which has that state, and no "
        "snapshot "
        "here has it",
        taken->seq, taken->group, stream_text(taken->stream));
  }
  if (slot.tenure.state == Tenure::State::kReleased) {
    return fmt::format(
        "it was handed over to instance {}, and the record by which it came back is missing",
        slot.tenure.peer);
  }
  if (slot.seq == 0)
    return "sequence 1 is missing, or the record by which it came from another instance";
  return fmt::format("sequence {} is missing", slot.seq + 1);
}

// The reason why the record was not applied; empty if it was.
std::string SalvageReader::why_not_applied(const GroupView& group, const RecordView& record,
                                           std::span<const std::byte> bytes) {
  if (!broken_.empty()) return broken_;
  const Slot& slot = slots_->at(record.slot);
  if (record.seq <= slot.seq) return fmt::format("sequence {} comes again", record.seq);
  if (!goes_on(record, slot)) return what_is_missing(slot, record);
  // Decoded before it is applied: a half-applied record would leave a state that never existed.
  if (Status s = decode_all(record, nullptr); !s.ok()) return s.error();
  const GroupView one{group.number, group.time, 1, record.event_count, bytes};
  if (adopts_slot(record)) {
    SlotTable scratch;
    if (Status s = Replay(scratch).apply_group(one); !s.ok()) return s.error();
  }
  const Status applied = replay_->apply_group(one);
  return applied.ok() ? std::string() : applied.error();
}

// The slot was imported from another instance with its whole state, which includes all earlier
// losses.
void SalvageReader::mend(SlotId slot) {
  courses_[slot].is_cut = false;
  std::erase_if(report_.cut, [slot](const CutSlot& cut) { return cut.slot == slot; });
  std::erase_if(report_.beyond, [slot](const RecordBeyond& beyond) { return beyond.slot == slot; });
}

void SalvageReader::take_record(const GroupView& group, const RecordView& record,
                                std::span<const std::byte> bytes) {
  Course& course = courses_[record.slot];
  const std::uint64_t seq = slots_->at(record.slot).seq;
  if (!course.is_cut && group.number <= course.snapshot_group && record.seq <= seq) return;
  if (!course.is_cut || adopts_slot(record)) {
    const std::string why = why_not_applied(group, record, bytes);
    if (why.empty()) {
      if (course.is_cut) mend(record.slot);
      ++report_.records;
      report_.events += record.event_count;
      return;
    }
    if (!course.is_cut) report_.cut.push_back({record.slot, seq, record.seq, group.number, why});
    course.is_cut = true;
  }
  RecordBeyond beyond{record.slot, record.seq, group.number, record.time, {}};
  if (!decode_all(record, &beyond.events).ok()) beyond.events.push_back("(unreadable)");
  report_.beyond.push_back(std::move(beyond));
}

// --- the end

void SalvageReader::check_end() {
  const std::uint64_t watermark = log_.watermark().ok() ? log_.watermark()->position.number : 0;
  if (!unreadable_.empty()) {
    report_.doubts.push_back(fmt::format("whether there are more groups behind {}: {}",
                                         report_.last_group, unreadable_));
  }
  if (seen_ < watermark) miss_up_to(watermark);
  if (!log_.watermark().ok()) {
    report_.doubts.push_back(
        fmt::format("whether groups behind {} are lost: {}", seen_, log_.watermark().error()));
    return;
  }
  if (const Status other = check_other_half(log_.directory() + "/watermark"); !other.ok()) {
    report_.doubts.push_back(
        fmt::format("whether groups behind {} are lost: {}", seen_, other.error()));
  }
  if (log_.watermark()->position.stream != log_.identity().stream) {
    report_.doubts.push_back(
        fmt::format("the watermark is of stream {:016x}, the log of stream {:016x}",
                    log_.watermark()->position.stream, log_.identity().stream));
  }
}

// Decides which damage is a loss.
void SalvageReader::judge() {
  const std::uint64_t checkpoint_group = log_.archive().checkpoint_group();
  const bool all_snapshots = report_.snapshots.empty();
  for (DamagedGroups& g : report_.groups) g.replaced = all_snapshots && g.last <= checkpoint_group;
  report_.snapshots_needed =
      !all_snapshots && (log_.archive().log_start().number > 0 || !report_.groups.empty());
  for (std::uint32_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots_->find(SlotId{static_cast<std::uint16_t>(id)});
    if (slot != nullptr && slot->seq > 0) ++report_.slots;
  }
  std::sort(report_.cut.begin(), report_.cut.end(),
            [](const CutSlot& a, const CutSlot& b) { return a.slot < b.slot; });
  report_.misfits = find_misfits(*slots_, report_.not_judged);
}

Status SalvageReader::run() {
  seen_ = log_.archive().log_start().number;
  load_snapshots();
  ProgressBar bar("reading the journal");
  const std::uint64_t end = log_.watermark().ok() ? log_.watermark()->position.number : 0;
  const Status read = log_.scan(
      [&](const FoundGroup& found) {
        if (found.number % kGroupsAReport == 0)
          bar.show(found.number, end, fmt::format("group {} of {}", found.number, end));
        return take(found);
      },
      [&](std::uint64_t, const std::string& what) { unreadable_ = what; });
  if (!read.ok()) return read;
  check_end();
  judge();
  // Damage of the copies is none of the own stream.
  if (const auto copies = open_copies(log_); copies.ok()) {
    for (const CopiedStream& copy : *copies) report_.copies.push_back(copy.stream);
  }
  return {};
}

}  // namespace

Status salvage_slots(StoppedLog& log, std::unique_ptr<SlotTable>& slots, SalvageReport& report) {
  SalvageReader reader(log, report);
  if (Status s = reader.run(); !s.ok()) return s;
  slots = reader.take_slots();
  return {};
}

}  // namespace frontrow::recover
