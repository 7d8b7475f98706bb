#include "tools/frontrow/recover/verify_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/local/snapshot_scan.h"
#include "tools/frontrow/recover/gathering.h"
#include "tools/frontrow/recover/walk.h"

namespace frontrow::recover {
namespace {

constexpr auto kShowEvery = std::chrono::milliseconds(100);

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

void VerifyLog::run() {
  const RocksArchive& archive = log_.archive();
  report_.forgotten = archive.log_start().number;
  report_.checkpoint_group = log_.archive().checkpoint_group();
  check_watermark();
  check_snapshots();
  last_ = archive.log_start();
  if (report_.forgotten == 0) {
    replay_ = std::make_unique<LooseReplay>(*slots_, LooseReplay::Kind::kOwn);
    if (!report_.snapshots_check.failed()) replay_->found_with(log_.archive(), heads_);
    report_.source = StateSource::kLog;
    applying_ = true;
  } else {
    start_from_snapshots();
  }
  const Status scanned = log_.scan(
      [this](const FoundGroup& found) {
        on_group(found);
        return Status();
      },
      [this](std::uint64_t, const std::string& what) {
        if (unread_.empty()) unread_ = what;
      });
  if (!scanned.ok()) report_.groups_check.fail(scanned.error());
  finish();
}

void VerifyLog::check_watermark() {
  const auto& watermark = log_.watermark();
  Check& check = report_.watermark;
  if (!watermark.ok()) return check.fail(watermark.error());
  const ChainPosition& position = watermark->position;
  if (position.stream != log_.identity().stream) {
    check.fail(fmt::format("it is of stream {:016x}, the database of stream {:016x}",
                           position.stream, log_.identity().stream));
  }
  if (position.epoch > log_.epoch()) {
    check.fail(
        fmt::format("it is of epoch {}, the database of epoch {}", position.epoch, log_.epoch()));
  }
  if (Status other = check_other_half(log_.directory() + "/watermark"); !other.ok())
    check.fail(other.error());
  check.pass(fmt::format("group {}, {}", position.number,
                         watermark->clean_stop ? "stopped cleanly" : "not stopped cleanly"));
}

// --- snapshots

void VerifyLog::check_snapshots() {
  auto heads = log_.archive().snapshots();
  if (heads.ok()) {
    heads_ = std::move(*heads);
  } else {
    report_.snapshots_check.fail(heads.error());
    scan_snapshots(log_.store(), log_.identity().stream,
                   {[this](const SnapshotHead& head) { heads_.push_back(head); },
                    [this](SlotId slot, const std::string& what) {
                      report_.snapshots_check.fail(fmt::format("slot {}: {}", slot.value, what));
                    }});
  }
  report_.snapshots = heads_.size();
  std::stable_sort(heads_.begin(), heads_.end(),
                   [](const SnapshotHead& a, const SnapshotHead& b) { return a.group < b.group; });
  for (const SnapshotHead& head : heads_) {
    // Each snapshot is loaded into a table of its own, so that one slot at a time is in memory.
    SlotTable scratch;
    if (Status s = LooseReplay(scratch, LooseReplay::Kind::kOwn).load(log_.archive(), head);
        !s.ok())
      report_.snapshots_check.fail(s.error());
    else
      tenures_[head.slot.value] = scratch.at(head.slot).tenure;
    show_progress();
  }
}

// Compares the snapshots that were made right after this group.
void VerifyLog::check_snapshot_against_state(std::uint64_t group) {
  while (next_head_ < heads_.size() && heads_[next_head_].group <= group) {
    const SnapshotHead& head = heads_[next_head_++];
    if (report_.source != StateSource::kLog || head.group != group) continue;
    const Slot& slot = slots_->at(head.slot);
    ++heads_compared_;
    const bool is_same = slot.seq == head.seq && slot.state_hash() == head.state_hash;
    // The ownership is no part of the state hash.
    if (is_same && slot.tenure == tenures_[head.slot.value]) continue;
    if (is_same) {
      report_.snapshots_check.fail(fmt::format(
          "slot {}: its snapshot at group {} does not say as the log does where the slot is in the "
          "cluster",
          head.slot.value, group));
      continue;
    }
    std::string fault = fmt::format(
        "slot {}: its snapshot at group {} has sequence {} and state hash {:016x}, the log leads "
        "to {} and {:016x}",
        head.slot.value, group, head.seq, head.state_hash, slot.seq, slot.state_hash());
    if (head.seq > slot.seq)
      heads_ahead_.emplace_back(head, std::move(fault));
    else
      report_.snapshots_check.fail(std::move(fault));
  }
}

// A slot that was taken over has a snapshot of the other stream's end. Its records here go on from
// there, unless a power cut took them while the snapshot was on disk.
void VerifyLog::check_snapshots_ahead() {
  for (auto& [head, fault] : heads_ahead_) {
    const Slot* slot = slots_->find(head.slot);
    const bool ends_before = report_.has_copies && (slot == nullptr || slot->seq < head.seq);
    if (replay_->was_founded(head.slot) || ends_before) continue;
    report_.snapshots_check.fail(std::move(fault));
  }
}

// Checks that every slot with a record up to the checkpoint position has a snapshot that covers it:
// a start of the server relies on that.
void VerifyLog::check_checkpoint() {
  for (const SnapshotHead& head : heads_) {
    if (head.group > report_.last_group)
      report_.snapshots_check.fail(
          fmt::format("slot {}: its snapshot is of group {}, beyond the end of the log at group {}",
                      head.slot.value, head.group, report_.last_group));
    if (head.seq >= seq_at_checkpoint_[head.slot.value]) seq_at_checkpoint_[head.slot.value] = 0;
  }
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (seq_at_checkpoint_[id] == 0) continue;
    report_.snapshots_check.fail(fmt::format(
        "slot {}: no snapshot covers sequence {}, though snapshots are to stand for everything up "
        "to group {}",
        id, seq_at_checkpoint_[id], report_.checkpoint_group));
  }
}

void VerifyLog::start_from_snapshots() {
  if (replay_ != nullptr) hashes_before_ += replay_->hashes_compared();
  slots_ = std::make_unique<SlotTable>();
  replay_ = std::make_unique<LooseReplay>(*slots_, LooseReplay::Kind::kOwn);
  heads_ahead_.clear();
  report_.source = StateSource::kNothing;
  report_.state_group = 0;
  applying_ = false;
  if (report_.snapshots_check.failed()) return;
  for (const SnapshotHead& head : heads_) {
    if (Status s = replay_->load(log_.archive(), head); !s.ok())
      return report_.snapshots_check.fail(s.error());
  }
  report_.source = StateSource::kSnapshots;
  report_.state_group = report_.checkpoint_group;
  applying_ = true;
}

// --- groups

void VerifyLog::on_group(const FoundGroup& found) {
  if (found.number != last_.number + 1) on_missing(found.number - 1);
  unread_.clear();
  ++report_.groups;
  if (report_.first_group == 0) report_.first_group = found.number;
  report_.last_group = found.number;
  if (!found.group.ok()) {
    on_damage(found.number, found.number, found.group.error());
    last_.number = found.number;
    report_.bytes += found.bytes;
    return;
  }
  const GroupHeader& header = found.group->header;
  if (header.number != found.number) {
    on_damage(found.number, found.number,
              fmt::format("its bytes are those of group {}", header.number));
  } else if (header.stream != log_.identity().stream) {
    on_damage(found.number, found.number, fmt::format("it is of stream {:016x}", header.stream));
  } else if (Status s = chained_ ? check_follows(last_, header) : Status(); !s.ok()) {
    on_damage(found.number, found.number, s.error());
  }
  if (header.epoch > log_.epoch()) {
    report_.groups_check.fail(fmt::format("group {} is of epoch {}, the database of epoch {}",
                                          found.number, header.epoch, log_.epoch()));
  }
  last_ = position_of(header);
  last_.number = found.number;
  chained_ = true;
  check_mark(last_);
  report_.bytes += found.bytes;
  const GroupView& view = found.group->view;
  report_.events += view.event_count;
  const bool walked = check_records(view);
  if (walked && applying_ && view.number > report_.state_group) {
    applying_ = apply(view);
    if (applying_) report_.state_group = view.number;
  } else if (walked) {
    check_events(view);
  }
  if (applying_) check_snapshot_against_state(view.number);
  show_progress();
}

void VerifyLog::check_mark(const ChainPosition& position) {
  if (!log_.watermark().ok()) return;
  const ChainPosition& watermark = log_.watermark()->position;
  if (position.number != watermark.number || position.hash == watermark.hash) return;
  report_.watermark.fail(fmt::format("group {}: it has chain hash {:016x}, the log {:016x}",
                                     watermark.number, watermark.hash, position.hash));
}

// Reports groups that are missing before the found one, or before the watermark.
void VerifyLog::on_missing(std::uint64_t through) {
  const std::uint64_t first = last_.number + 1;
  if (through < first) {
    return on_damage(through + 1, through + 1,
                     fmt::format("it stands behind group {}", last_.number));
  }
  on_damage(first, through, unread_.empty() ? "missing" : unread_);
}

void VerifyLog::on_damage(std::uint64_t first, std::uint64_t last, const std::string& what) {
  report_.damage.push_back({first, last, report_.bytes, what});
  const std::string groups =
      first == last ? fmt::format("group {}", first) : fmt::format("groups {} to {}", first, last);
  report_.groups_check.fail(fmt::format(
      "{} (byte {}{}): {}", groups, report_.bytes,
      report_.forgotten == 0 ? " of the stream" : fmt::format(" after group {}", report_.forgotten),
      what));
  chained_ = false;
  if (first <= report_.checkpoint_group && report_.source == StateSource::kLog)
    start_from_snapshots();
  if (last > report_.checkpoint_group) applying_ = false;
  // The checkpoint's chain position is stored apart, so that the chain continues behind it.
  if (last == report_.checkpoint_group) {
    last_ = log_.archive().checkpoint_position();
    chained_ = true;
  }
}

// --- records and events

bool VerifyLog::check_records(const GroupView& group) {
  std::uint64_t events = 0;
  std::uint64_t records = 0;
  const Status walked = for_each_record(group, [&](const RecordView& record) {
    events += record.event_count;
    ++records;
    check_record(group.number, record);
    return Status();
  });
  report_.records += records;
  if (!walked.ok()) {
    report_.records_check.fail(fmt::format("group {}: {}", group.number, walked.error()));
  } else if (events != group.event_count) {
    report_.records_check.fail(fmt::format("group {}: its header counts {} events, its records {}",
                                           group.number, group.event_count, events));
  }
  if (!walked.ok()) applying_ = false;
  return walked.ok();
}

void VerifyLog::check_record(std::uint64_t group, const RecordView& record) {
  SlotEnd& end = ends_[record.slot.value];
  // The slot's beginning may be in a forgotten group.
  const bool is_known = end.seq != 0 || report_.forgotten == 0;
  const bool is_taken = taken_by(record).has_value();
  has_taken_ = has_taken_ || is_taken;
  const bool fits = follows(record, end.seq) || (is_taken && record.seq > end.seq);
  if (is_known && !fits && record.seq > end.seq + 1 && !report_.damage.empty()) {
    report_.lost.push_back({record.slot.value, end.seq + 1, record.seq - 1, end.group, group,
                            end.is_released || end.seq == 0});
  } else if (is_known && !fits) {
    report_.records_check.fail(fmt::format("group {}: slot {}: sequence {} follows {}", group,
                                           record.slot.value, record.seq, end.seq));
  }
  if (record.time < end.time) {
    report_.records_check.fail(fmt::format("group {}: slot {}: sequence {} goes back in time",
                                           group, record.slot.value, record.seq));
  }
  const auto first_type =
      record.events.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(record.events[0]);
  end = {record.seq, group, record.time, first_type == kTypeOf<SlotReleased>};
  has_moves_ = has_moves_ || first_type == kTypeOf<SlotReleased> ||
               first_type == kTypeOf<SlotAdopted> || first_type == kTypeOf<SlotOpened>;
  if (group <= report_.checkpoint_group) seq_at_checkpoint_[record.slot.value] = record.seq;
}

bool VerifyLog::apply(const GroupView& group) {
  const Status applied = replay_->apply_group(group);
  if (!applied.ok()) tell_why_not_applied(group, applied.error());
  return applied.ok();
}

bool VerifyLog::check_events(const GroupView& group) {
  const Status decoded = for_each_record(
      group, [](const RecordView& record) { return for_each_event(record, [](const Event&) {}); });
  if (!decoded.ok())
    report_.events_check.fail(fmt::format("group {}: {}", group.number, decoded.error()));
  return decoded.ok();
}

// Finds the check that failed: the slots are in the state right before the rejected record.
void VerifyLog::tell_why_not_applied(const GroupView& group, const std::string& error) {
  if (!check_events(group)) return;
  bool is_hash = false;
  bool found = false;
  const Status walked = for_each_record(group, [&](const RecordView& record) {
    const Slot& slot = slots_->at(record.slot);
    if (found || !follows(record, slot.seq)) return Status();
    found = true;
    return for_each_event(record, [&](const Event& event) {
      const auto* hashed = std::get_if<SlotHashed>(&event);
      if (hashed != nullptr && hashed->hash != slot.state_hash()) is_hash = true;
    });
  });
  FR_CHECK(walked.ok());
  (is_hash ? report_.state_hashes : report_.replay).fail(error);
}

// --- the end

void VerifyLog::finish() {
  const std::uint64_t marked = log_.watermark().ok() ? log_.watermark()->position.number : 0;
  if (last_.number < marked) on_missing(marked);
  if (!unread_.empty() && last_.number >= marked)
    on_damage(last_.number + 1, last_.number + 1, unread_);
  if (report_.last_group == 0) report_.last_group = report_.forgotten;
  check_checkpoint();
  if (replay_ != nullptr) check_snapshots_ahead();
  if (replay_ != nullptr) open_ = replay_->open_runs();
  for (const OpenRun& run : open_)
    report_.replay.notes.push_back(describe(run, log_.directory()) + ", which is not read here");
  // Only in a cluster can a slot without earlier records here have a past on another instance.
  for (LostRecords& lost : report_.lost) lost.elsewhere = lost.elsewhere && has_moves_;
  report_.slots = static_cast<std::uint64_t>(
      std::count_if(ends_.begin(), ends_.end(), [](const SlotEnd& end) { return end.seq != 0; }));

  report_.groups_check.pass(
      report_.groups == 0
          ? "none yet"
          : fmt::format("{} to {}, {:.1f} MiB, each chained to the one before{}",
                        report_.first_group, report_.last_group, mebibytes(report_.bytes),
                        report_.forgotten == 0 ? "" : fmt::format("; older ones are not kept")));
  if (!report_.lost.empty()) {
    report_.records_check.fail(
        fmt::format("{} gaps in the sequences of slots, listed below", report_.lost.size()));
  }
  report_.records_check.pass(fmt::format("{} of {} slots, each slot's sequence without a gap",
                                         report_.records, report_.slots));
  report_.events_check.pass(fmt::format("{} read", report_.events));
  const std::uint64_t hashes =
      hashes_before_ + (replay_ == nullptr ? 0 : replay_->hashes_compared());
  if (report_.source == StateSource::kNothing) {
    report_.replay.fail("there is no state: history is cut, and not all snapshots are whole");
    report_.state_hashes.skip("there is no state to compare");
  } else {
    const std::string from = report_.source == StateSource::kLog
                                 ? "from group 1"
                                 : fmt::format("from {} snapshots, then groups above {}",
                                               report_.snapshots, report_.checkpoint_group);
    if (!applying_ && !report_.replay.failed() && !report_.state_hashes.failed()) {
      report_.replay.skip(
          fmt::format("{} to group {}, where the damage begins", from, report_.state_group));
    }
    if (applying_) report_.replay.pass(fmt::format("{} to group {}", from, report_.state_group));
    report_.state_hashes.pass(fmt::format("{} in the log, all agree", hashes));
  }
  report_.snapshots_check.pass(
      report_.source == StateSource::kLog
          ? fmt::format("{} load, {} compared with the log's state at their group",
                        report_.snapshots, heads_compared_)
          : fmt::format("{} load; the log to compare them with is not whole", report_.snapshots));
}

void VerifyLog::show_progress() {
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < kShowEvery) return;
  shown_ = now;
  const std::uint64_t end = log_.watermark().ok() ? log_.watermark()->position.number : 0;
  bar_.show(report_.groups, end > report_.forgotten ? end - report_.forgotten : 0,
            fmt::format("group {} of {}", report_.last_group, end));
}

}  // namespace frontrow::recover
