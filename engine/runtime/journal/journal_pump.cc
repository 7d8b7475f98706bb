#include "engine/runtime/journal/journal_pump.h"

#include <chrono>

#include "engine/runtime/journal/record.h"

namespace frontrow {
namespace {

constexpr std::size_t kBatchesMax = 256;

}  // namespace

JournalPump::JournalPump(Journal& journal, const Clock& clock,
                         std::function<void(const std::string&)> on_failure)
    : journal_(journal), clock_(clock), on_failure_(std::move(on_failure)), taken_(kBatchesMax) {
  parts_.reserve(kBatchesMax);
}

JournalPump::~JournalPump() { stop(); }

void JournalPump::start() {
  thread_ = std::thread([this] { run(); });
}

void JournalPump::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  handed_over_.fetch_add(1, std::memory_order_release);
  handed_over_.notify_one();
  thread_.join();
}

void JournalPump::submit(Batch* batch) {
  queue_.enqueue(batch);
  handed_over_.fetch_add(1, std::memory_order_release);
  handed_over_.notify_one();
}

void JournalPump::run() {
  while (true) {
    const std::uint32_t seen = handed_over_.load(std::memory_order_acquire);
    if (write_waiting()) continue;
    if (stopping_.load()) return;
    handed_over_.wait(seen, std::memory_order_acquire);
  }
}

bool JournalPump::write_waiting() {
  if (queue_.size_approx() == 0) return false;
  journal_.await_turn();
  const std::size_t batches = queue_.try_dequeue_bulk(taken_.begin(), kBatchesMax);
  if (batches > 0) write_batches(batches);
  return batches > 0;
}

void JournalPump::write_batches(std::size_t batches) {
  for (Place next; next.batch < batches;) {
    const std::size_t first = next.batch;
    GroupParts group = gather(batches, next);
    if (failed() || !write_group(group)) return;
    for (std::size_t i = first; i < next.batch; ++i) {
      Waker* owner = taken_[i]->owner;
      taken_[i]->done.store(true, std::memory_order_release);
      owner->wake();
    }
  }
}

// The next group: as many whole batches as the journal's bound allows. A batch above the bound is
// cut between two records.
GroupParts JournalPump::gather(std::size_t batches, Place& next) {
  GroupParts group;
  parts_.clear();
  std::size_t room = journal_.group_bytes_max();
  for (; next.batch < batches; ++next.batch) {
    const Batch& batch = *taken_[next.batch];
    if (next.offset == 0 && batch.records.size() <= room) {
      parts_.push_back(batch.records);
      group.record_count += batch.record_count;
      group.event_count += batch.event_count;
      room -= batch.records.size();
      continue;
    }
    if (!parts_.empty()) break;
    const std::span<const std::byte> left = std::span(batch.records).subspan(next.offset);
    const RecordRun run = leading_records(left, room);
    parts_.push_back(left.first(run.bytes));
    group.record_count = run.records;
    group.event_count = run.events;
    next.offset += run.bytes;
    if (next.offset == batch.records.size()) next = {next.batch + 1, 0};
    break;
  }
  group.records = parts_;
  return group;
}

bool JournalPump::write_group(GroupParts& group) {
  std::uint64_t bytes = 0;
  for (const auto& part : group.records) bytes += part.size();
  group.time = clock_.now();
  const auto begin = std::chrono::steady_clock::now();
  const AppendStatus status = journal_.append(group);
  const auto took = std::chrono::steady_clock::now() - begin;
  if (status != AppendStatus::kDurable) {
    failed_.store(true, std::memory_order_release);
    on_failure_(journal_.failure());
    return false;
  }
  stats_.groups.add();
  stats_.records.add(group.record_count);
  stats_.events.add(group.event_count);
  stats_.bytes.add(bytes);
  stats_.group_records.add(group.record_count);
  stats_.append_us.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  return true;
}

}  // namespace frontrow
