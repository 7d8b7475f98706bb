#include "engine/runtime/journal/journal_pump.h"

#include <chrono>

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
  const std::size_t batches = queue_.try_dequeue_bulk(taken_.begin(), kBatchesMax);
  if (batches > 0) write_group(batches);
  return batches > 0;
}

void JournalPump::write_group(std::size_t batches) {
  if (failed()) return;
  GroupParts group;
  parts_.clear();
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < batches; ++i) {
    parts_.push_back(taken_[i]->records);
    group.record_count += taken_[i]->record_count;
    group.event_count += taken_[i]->event_count;
    bytes += taken_[i]->records.size();
  }
  group.records = parts_;
  group.time = clock_.now();
  const auto begin = std::chrono::steady_clock::now();
  const AppendStatus status = journal_.append(group);
  const auto took = std::chrono::steady_clock::now() - begin;
  if (status != AppendStatus::kDurable) {
    failed_.store(true, std::memory_order_release);
    on_failure_(journal_.failure());
    return;
  }
  stats_.groups.add();
  stats_.records.add(group.record_count);
  stats_.events.add(group.event_count);
  stats_.bytes.add(bytes);
  stats_.group_records.add(group.record_count);
  stats_.append_us.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  for (std::size_t i = 0; i < batches; ++i) {
    Waker* owner = taken_[i]->owner;
    taken_[i]->done.store(true, std::memory_order_release);
    owner->wake();
  }
}

}  // namespace frontrow
