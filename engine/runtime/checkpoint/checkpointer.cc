#include "engine/runtime/checkpoint/checkpointer.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "engine/runtime/recovery/replay.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"

namespace frontrow {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto kLookEvery = std::chrono::milliseconds(100);
constexpr auto kHashPoll = std::chrono::milliseconds(5);
// Idle time between cycles, as a multiple of the last cycle's length: a large slot, whose snapshot
// is rewritten each time, then takes a twentieth of a core at most.
constexpr int kRestFactor = 19;
constexpr int kLowestPriority = 19;
// A copy is abandoned when less than this is left above the reserve: before new work would be
// rejected.
constexpr std::uint64_t kRoomMin = std::uint64_t{32} << 20;
// Memory of a copy, as a multiple of its snapshot's size.
constexpr std::uint64_t kCopyTimes = 8;

// Linux keeps the nice value per thread.
void lower_priority() {
  static_cast<void>(
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kLowestPriority));
}

}  // namespace

Checkpointer::Checkpointer(Engine& engine, Journal& journal, const CheckpointOptions& options)
    : engine_(engine), journal_(journal), options_(options), cycle_ended_(Steady::now()) {}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::start(std::uint64_t backlog, OnReport on_report) {
  backlog_ = backlog;
  on_report_ = std::move(on_report);
  thread_ = std::thread([this] {
    lower_priority();
    run();
  });
}

void Checkpointer::stop() {
  stopping_.store(true);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
  }
  thread_.join();
}

void Checkpointer::run() {
  while (!stopping_) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kLookEvery, [this] { return stopping_.load(); });
    }
    if (stopping_ || engine_.failed() || !due()) continue;
    const auto begin = Steady::now();
    const std::uint64_t events_before = events_at_cycle_;
    const std::uint64_t backlog_before = backlog_;
    auto report = run_once();
    if (stopping_ || engine_.failed()) return;
    if (!report.ok() && passes_) {
      ::malloc_trim(0);  // returns the copy's memory to the live slots
      events_at_cycle_ = events_before;
      backlog_ = backlog_before;
      cycle_ended_ = Steady::now();
      cycle_took_ = std::max<Steady::duration>(
          cycle_ended_ - begin, std::chrono::milliseconds(options_.interval.ms) / kRestFactor);
      stats_.postponed.add();
      report = CheckpointReport{.postponed = true, .postponed_for = report.error()};
    }
    on_report_(report);
    if (!report.ok()) return;
  }
}

bool Checkpointer::due() const {
  const auto rested = Steady::now() - cycle_ended_;
  if (rested < cycle_took_ * kRestFactor) return false;
  if (options_.may_begin && !options_.may_begin()) return false;
  const std::uint64_t events = backlog_ + engine_.pump().stats().events.get() - events_at_cycle_;
  return events >= options_.events ||
         (events > 0 && rested >= std::chrono::milliseconds(options_.interval.ms));
}

Status Checkpointer::stopping_error() const {
  if (stopping_ || engine_.failed()) return Error{"given up: the server ends"};
  return {};
}

Status Checkpointer::check_memory() {
  if (engine_.memory_room() >= kRoomMin) return stopping_error();
  passes_ = true;
  return Error{"too little memory is left for a copy of the slots"};
}

bool Checkpointer::wait_for_hashes() {
  const std::uint64_t round = engine_.ask_for_hashes();
  for (std::size_t i = 0; i < engine_.worker_count();) {
    if (!stopping_error().ok()) return false;
    if (engine_.worker(i).hashed_round() >= round) {
      ++i;
    } else {
      std::this_thread::sleep_for(kHashPoll);
    }
  }
  return true;
}

Result<CheckpointReport> Checkpointer::run_once() {
  if (!wait_for_hashes()) return Error{stopping_error().error()};
  return run_cycle();
}

Result<CheckpointReport> Checkpointer::run_cycle() {
  const std::lock_guard snapshots(engine_.snapshot_writer());
  const auto begin = Steady::now();
  Archive& archive = journal_.archive();
  CheckpointReport report;
  passes_ = false;
  // Again: a slot may have come since, and its snapshot was written while the hashes were waited
  // for.
  if (options_.may_begin && !options_.may_begin()) {
    passes_ = true;
    return Error{"a slot has come from another instance, and the slot map still says from where"};
  }
  events_at_cycle_ = engine_.pump().stats().events.get();
  backlog_ = 0;
  const std::uint64_t checkpoint_group = archive.checkpoint_group();
  const std::uint64_t through = journal_.last_group();
  auto changed = changed_slots(checkpoint_group, through);
  if (!changed.ok()) return Error{changed.error()};
  for (std::size_t next = 0; next < changed->size();) {
    std::vector<SlotId> slots;
    std::uint64_t bytes = 0;
    const std::uint64_t bytes_max =
        std::min(options_.copy_bytes, engine_.memory_room() / kCopyTimes);
    do {
      slots.push_back((*changed)[next].slot);
      bytes += (*changed)[next].bytes;
      ++next;
    } while (next < changed->size() && bytes + (*changed)[next].bytes <= bytes_max);
    if (Status s = checkpoint(slots, checkpoint_group, through, report); !s.ok()) {
      if (!passes_) stats_.failed.add();
      return Error{s.error()};
    }
  }
  if (Status s = archive.set_checkpoint_group(through); !s.ok()) return Error{s.error()};
  const auto trimmed = archive.trim(options_.retention, engine_.clock().now());
  if (!trimmed.ok()) return Error{trimmed.error()};
  report.trimmed = *trimmed;
  report.checkpoint_group = through;
  cycle_ended_ = Steady::now();
  cycle_took_ = cycle_ended_ - begin;
  report.seconds = std::chrono::duration<double>(cycle_took_).count();
  stats_.cycles.add();
  stats_.snapshots.add(report.slots);
  stats_.snapshot_bytes.add(report.snapshot_bytes);
  stats_.checkpoint_group.set(through);
  stats_.first_group.set(trimmed->first);
  stats_.last_cycle_ms.set(static_cast<std::uint64_t>(report.seconds * 1000));
  return report;
}

// Slots with records in the groups after+1 to through, and the sizes of their last snapshots.
Result<std::vector<Checkpointer::Changed>> Checkpointer::changed_slots(std::uint64_t after,
                                                                       std::uint64_t through) {
  std::vector<bool> seen(kSlotCount, false);
  Status read =
      journal_.archive().read_groups(after, through, [&](const GroupView& group) -> Status {
        ByteReader reader(group.records);
        for (std::uint32_t i = 0; i < group.record_count; ++i) {
          const RecordView record = read_record(reader);
          if (reader.failed() || record.slot.value >= kSlotCount)
            return Error{fmt::format("group {}: record {} is malformed", group.number, i)};
          seen[record.slot.value] = true;
        }
        return stopping_error();
      });
  if (!read.ok()) return Error{read.error()};
  const auto heads = journal_.archive().snapshots();
  if (!heads.ok()) return Error{heads.error()};
  std::map<SlotId, std::uint64_t> bytes;
  for (const SnapshotHead& head : *heads) bytes[head.slot] = head.bytes;
  std::vector<Changed> changed;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (seen[id]) changed.push_back({SlotId{id}, bytes[SlotId{id}]});
  }
  return changed;
}

Status Checkpointer::checkpoint(std::span<const SlotId> slots, std::uint64_t checkpoint_group,
                                std::uint64_t through, CheckpointReport& report) {
  Archive& archive = journal_.archive();
  SlotTable copy;
  Replay replay(copy);
  replay.only(slots);
  bool has_gap = false;
  if (engine_.options().serves_on_order) replay.leave_out_gaps([&](SlotId) { has_gap = true; });
  const auto heads = archive.snapshots();
  if (!heads.ok()) return Error{heads.error()};
  for (const SnapshotHead& head : *heads) {
    if (std::find(slots.begin(), slots.end(), head.slot) == slots.end()) continue;
    if (Status s = replay.load(archive, head, [this] { return check_memory(); }); !s.ok()) return s;
  }
  Status read =
      archive.read_groups(checkpoint_group, through, [&](const GroupView& group) -> Status {
        report.events += group.event_count;
        if (Status s = replay.apply_group(group); !s.ok()) return s;
        return check_memory();
      });
  if (!read.ok()) return read;
  if (has_gap) {
    passes_ = true;
    return Error{"a slot has come from another instance and has no snapshot here yet"};
  }
  report.hashes += replay.hashes_compared();
  for (const SlotId id : slots) {
    const Slot& slot = *copy.find(id);
    SnapshotHead head{.slot = id,
                      .group = through,
                      .seq = slot.seq,
                      .state_hash = slot.state_hash(),
                      .time = replay.shown(id)};
    const Status written = archive.write_snapshot(head, [&](const PartSink& sink) {
      return encode_snapshot(slot, [&](std::span<const std::byte> part) -> Status {
        report.snapshot_bytes += part.size();
        if (Status s = check_memory(); !s.ok()) return s;
        return sink(part);
      });
    });
    if (!written.ok()) return written;
    ++report.slots;
  }
  return {};
}

}  // namespace frontrow
