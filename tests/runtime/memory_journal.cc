#include "tests/runtime/memory_journal.h"

#include <chrono>
#include <thread>

namespace frontrow {

MemoryJournal::MemoryJournal(std::vector<MemoryGroup> groups) : groups_(std::move(groups)) {
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
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (Status seen = visitor.on_group(groups_[i].view(i + 1)); !seen.ok()) return seen;
    if (visitor.on_progress) visitor.on_progress({i + 1, groups_.size(), 0});
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
