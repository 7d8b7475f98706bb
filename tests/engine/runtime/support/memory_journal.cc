#include "tests/engine/runtime/support/memory_journal.h"

#include <chrono>
#include <thread>

namespace frontrow {

Result<std::vector<SnapshotHead>> MemoryArchive::snapshots() {
  std::vector<SnapshotHead> heads;
  for (const auto& [slot, snapshot] : snapshots_) heads.push_back(snapshot.first);
  return heads;
}

Status MemoryArchive::read_snapshot(const SnapshotHead& head, const PartSink& on_part) {
  for (const ByteBuffer& part : snapshots_.at(head.slot).second) {
    if (Status s = on_part(part); !s.ok()) return s;
  }
  return {};
}

Status MemoryArchive::write_snapshot(const SnapshotHead& head,
                                     const std::function<Status(const PartSink&)>& encode) {
  std::vector<ByteBuffer> parts;
  const Status encoded = encode([&parts](std::span<const std::byte> part) {
    parts.emplace_back(part.begin(), part.end());
    return Status();
  });
  if (encoded.ok()) snapshots_[head.slot] = {head, std::move(parts)};
  return encoded;
}

Status MemoryArchive::set_checkpoint_group(std::uint64_t group) {
  checkpoint_group_ = group;
  return {};
}

Status MemoryArchive::read_groups(std::uint64_t after, std::uint64_t through,
                                  const std::function<Status(const GroupView&)>& on_group) {
  const std::vector<MemoryGroup> groups = groups_();
  for (std::uint64_t n = after + 1; n <= through; ++n) {
    if (Status s = on_group(groups[n - 1].view(n)); !s.ok()) return s;
  }
  return {};
}

void MemoryArchive::put_back(Content content) {
  snapshots_ = std::move(content.snapshots);
  checkpoint_group_ = content.checkpoint_group;
}

MemoryJournal::MemoryJournal(std::vector<MemoryGroup> groups)
    : groups_(std::move(groups)), archive_([this] { return this->groups(); }) {
  for (const MemoryGroup& group : groups_) records_ += group.record_count;
}

MemoryJournal::~MemoryJournal() { release(); }

void MemoryJournal::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
  passes_ = 0;
}

void MemoryJournal::release() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

void MemoryJournal::release_one() {
  const std::lock_guard lock(mutex_);
  ++passes_;
  changed_.notify_all();
}

bool MemoryJournal::wait_for_records(std::uint64_t n) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return records_ >= n; });
}

void MemoryJournal::set_append_time_us(std::uint32_t us) {
  const std::lock_guard lock(mutex_);
  append_time_us_ = us;
}

void MemoryJournal::fail_at(std::uint64_t group, AppendStatus how) {
  const std::lock_guard lock(mutex_);
  fail_at_ = group;
  fail_how_ = how;
}

bool MemoryJournal::wait_for_append(std::uint64_t n) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return begun_ >= n; });
}

std::vector<MemoryGroup> MemoryJournal::groups() const {
  const std::lock_guard lock(mutex_);
  return groups_;
}

std::uint64_t MemoryJournal::appends_begun() const {
  const std::lock_guard lock(mutex_);
  return begun_;
}

Status MemoryJournal::replay(const ReplayVisitor& visitor) {
  for (std::size_t i = archive_.checkpoint_group(); i < groups_.size(); ++i) {
    if (Status seen = visitor.on_group(groups_[i].view(i + 1)); !seen.ok()) return seen;
    if (visitor.on_progress && !visitor.on_progress({i + 1, groups_.size(), 0}))
      return Error{"stopped"};
  }
  return {};
}

AppendStatus MemoryJournal::append(const GroupParts& group) {
  MemoryGroup copy{group.time, group.record_count, group.event_count, {}};
  for (const auto& part : group.records)
    copy.records.insert(copy.records.end(), part.begin(), part.end());
  std::unique_lock lock(mutex_);
  ++begun_;
  changed_.notify_all();
  if (append_time_us_ > 0) {
    const auto slow = std::chrono::microseconds(append_time_us_);
    lock.unlock();
    std::this_thread::sleep_for(slow);
    lock.lock();
  }
  changed_.wait(lock, [&] { return !holding_ || passes_ > 0; });
  if (holding_) --passes_;
  if (failed_) return AppendStatus::kFailed;
  if (fail_at_ != 0 && groups_.size() + 1 >= fail_at_) {
    failed_ = true;
    return fail_how_;
  }
  records_ += copy.record_count;
  groups_.push_back(std::move(copy));
  changed_.notify_all();
  return AppendStatus::kDurable;
}

std::string MemoryJournal::failure() const {
  const std::lock_guard lock(mutex_);
  return failed_ ? "the test's disk is broken" : "";
}

std::uint64_t MemoryJournal::last_group() const {
  const std::lock_guard lock(mutex_);
  return groups_.size();
}

}  // namespace frontrow
