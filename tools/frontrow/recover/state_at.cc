#include "tools/frontrow/recover/state_at.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/recover/walk.h"
#include "tools/frontrow/recover/whereabouts.h"

namespace frontrow::recover {
namespace {

// Reads the groups after `after`, with a progress bar.
Status read(StoppedLog& log, std::uint64_t after, const std::string& what,
            const std::function<Status(const GroupView&)>& on_group) {
  ProgressBar bar(what);
  const auto on_progress = [&bar](const ReplayProgress& p) {
    bar.show(p.groups_done, p.groups_total,
             fmt::format("group {} of {}", p.groups_done, p.groups_total));
    return true;
  };
  const auto end = log.read(after, ~std::uint64_t{0}, {on_group, on_progress});
  return end.ok() ? Status() : Status(Error{end.error()});
}

}  // namespace

StateAt::StateAt(StoppedLog& log, const AskedTime& at, std::vector<SlotId> wanted)
    : log_(log), at_(at), wanted_(std::move(wanted)) {
  for (const SlotId slot : wanted_) is_wanted_[slot.value] = true;
  cut_.fill(kAll);
}

Status StateAt::build() {
  if (is_past()) {
    if (Status s = find_cut(); !s.ok()) return s;
  }
  replay_ = std::make_unique<LooseReplay>(*slots_, LooseReplay::Kind::kOwn);
  if (!wanted_.empty()) replay_->only(wanted_);
  const bool is_whole = log_.archive().log_start().number == 0;
  const bool from_snapshots = !is_past() || !is_whole;
  if (from_snapshots) {
    if (Status s = load_snapshots(); !s.ok()) return s;
    group_ = log_.archive().checkpoint_group();
  } else {
    found_with_snapshots();
  }
  Status applied = read(log_, from_snapshots ? log_.archive().checkpoint_group() : 0, "replaying",
                        [this](const GroupView& group) { return apply_up_to_cut(group); });
  find_time();
  return applied;
}

void StateAt::find_time() {
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (const Slot* slot = slots_->find(SlotId{id})) time_ = std::max(time_, slot->time);
  }
}

void StateAt::use(std::unique_ptr<SlotTable> slots, std::uint64_t group) {
  slots_ = std::move(slots);
  group_ = group;
  find_time();
}

std::optional<OpenRun> StateAt::open_run(SlotId slot) const {
  if (replay_ == nullptr || !replay_->has_open_run(slot)) return std::nullopt;
  std::optional<OpenRun> newest;
  for (const OpenRun& run : replay_->open_runs()) {
    if (run.slot == slot) newest = run;
  }
  return newest;
}

// --- the cut

Status StateAt::find_cut() {
  if (const auto* record = std::get_if<AtRecord>(&at_)) return find_record(*record);
  const Instant time = std::get<Instant>(at_);
  return read(log_, log_.archive().log_start().number, "looking for the time",
              [&](const GroupView& group) {
                return for_each_record(group, [&](const RecordView& record) {
                  std::uint64_t& cut = cut_[record.slot.value];
                  if (record.time > time) cut = std::min(cut, record.seq);
                  return Status();
                });
              });
}

// Cuts off all records behind the given one in the order of the log.
Status StateAt::find_record(const AtRecord& at) {
  bool found = false;
  std::uint64_t newest = 0;
  const std::uint64_t log_start = log_.archive().log_start().number;
  Status walked = read(log_, log_start, "looking for the record", [&](const GroupView& group) {
    return for_each_record(group, [&](const RecordView& record) {
      std::uint64_t& cut = cut_[record.slot.value];
      if (found) cut = std::min(cut, record.seq);
      if (record.slot != at.slot) return Status();
      newest = record.seq;
      found = found || record.seq == at.seq;
      return Status();
    });
  });
  if (!walked.ok() || found) return walked;
  const auto moves = Whereabouts::read(log_, {at.slot});
  if (!moves.ok()) return Error{moves.error()};
  if (std::string why = moves->why_not_here(at.slot, at.seq, nullptr); !why.empty())
    return Error{std::move(why)};
  if (at.seq > newest && newest > 0) {
    return Error{
        fmt::format("slot {} has no sequence {}: its newest is {}", at.slot.value, at.seq, newest)};
  }
  if (log_start == 0) return Error{fmt::format("slot {} has no records", at.slot.value)};
  return Error{fmt::format("slot {} sequence {} is not in the log: groups up to {} were forgotten",
                           at.slot.value, at.seq, log_start)};
}

// --- the state

Status StateAt::load_snapshots() {
  const auto heads = log_.archive().snapshots();
  if (!heads.ok()) return Error{heads.error()};
  Instant earliest;
  bool is_too_new = false;
  const auto* limit = std::get_if<Instant>(&at_);
  for (const SnapshotHead& head : *heads) {
    if (!wants(head.slot)) continue;
    if (Status s = replay_->load(log_.archive(), head); !s.ok()) return s;
    const Instant newest = slots_->at(head.slot).time;
    earliest = std::max(earliest, newest);
    is_too_new =
        is_too_new || head.seq >= cut_[head.slot.value] || (limit != nullptr && newest > *limit);
  }
  if (!is_too_new) return {};
  return Error{fmt::format(
      "that state can't be rebuilt any more: groups up to {} were forgotten, and snapshots stand "
      "for everything up to {}",
      log_.archive().log_start().number, to_string(earliest))};
}

// A slot that came from another stream goes on from its snapshot, if that is not beyond the cut.
void StateAt::found_with_snapshots() {
  auto heads = log_.archive().snapshots();
  if (!heads.ok()) return;  // only slots with a gap need them
  std::erase_if(*heads,
                [this](const SnapshotHead& head) { return head.seq >= cut_[head.slot.value]; });
  replay_->found_with(log_.archive(), *heads);
}

Status StateAt::apply_up_to_cut(const GroupView& group) {
  std::uint32_t kept = 0;
  std::uint32_t events = 0;
  filtered_.clear();
  const Status walked = for_each_record(group, [&](const RecordView& record) {
    if (record.seq >= cut_[record.slot.value]) return Status();
    ++kept;
    events += record.event_count;
    return Status();
  });
  if (!walked.ok()) return walked;
  if (kept == 0) return {};
  group_ = group.number;
  if (kept == group.record_count) return replay_->apply_group(group);
  const Status copied = for_each_record(group, [&](const RecordView& record) {
    if (record.seq >= cut_[record.slot.value]) return Status();
    const std::byte* begin = record.events.data() - kRecordHeaderSize;
    filtered_.insert(filtered_.end(), begin, record.events.data() + record.events.size());
    return Status();
  });
  if (!copied.ok()) return copied;
  return replay_->apply_group({group.number, group.time, kept, events, filtered_});
}

Status StateAt::for_each_event_before(
    const std::function<void(const EventPlace&, const Event&)>& visit) {
  return read(log_, log_.archive().log_start().number, "looking for events",
              [&](const GroupView& group) {
                return for_each_record(group, [&](const RecordView& record) {
                  if (!wants(record.slot) || record.seq >= cut_[record.slot.value]) return Status();
                  const EventPlace place{record.time, group.number, record.slot, record.seq};
                  return for_each_event(record, [&](const Event& event) { visit(place, event); });
                });
              });
}

}  // namespace frontrow::recover
