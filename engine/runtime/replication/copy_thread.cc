#include "engine/runtime/replication/copy_thread.h"

namespace frontrow {
namespace {

constexpr auto kSyncEvery = std::chrono::milliseconds(100);
constexpr auto kAskEvery = std::chrono::seconds(1);

std::uint64_t bytes_of(const ToFollower& message) {
  if (const auto* group = std::get_if<CopyGroup>(&message)) return group->bytes->size();
  const auto* part = std::get_if<SnapshotPart>(&message);
  return part == nullptr ? 0 : part->bytes->size();
}

}  // namespace

CopyThread::CopyThread(Copies& copies, FollowerOptions options,
                       std::function<void(const std::string&)> on_failure)
    : follower_(copies, std::move(options)), on_failure_(std::move(on_failure)) {}

CopyThread::~CopyThread() { stop(); }

void CopyThread::start() {
  synced_at_ = asked_at_ = Steady::now();
  thread_ = std::thread([this] { work(); });
}

void CopyThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void CopyThread::put(std::uint64_t stream, ToFollower&& message) {
  const std::uint64_t bytes = bytes_of(message);
  {
    const std::lock_guard lock(mutex_);
    // Snapshots come at the rate at which they are sent, and would have to be asked for as a whole.
    if (std::holds_alternative<CopyGroup>(message) && queued_bytes_ + bytes > kQueueBytesMax) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
  enqueue([stream, m = std::make_shared<ToFollower>(std::move(message))](
              Follower& follower) { follower.take(stream, std::move(*m)); },
          bytes);
}

void CopyThread::post(std::function<void(Follower&)> task) { enqueue(std::move(task), 0); }

void CopyThread::enqueue(std::function<void(Follower&)>&& task, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  queue_.push_back({std::move(task), bytes});
  queued_bytes_ += bytes;
  wake_.notify_one();
}

void CopyThread::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_until(lock, synced_at_ + kSyncEvery, [this] { return stops_ || !queue_.empty(); });
    std::deque<Queued> taken = std::exchange(queue_, {});
    const bool ends = stops_ && taken.empty();
    lock.unlock();
    for (Queued& each : taken) {
      each.task(follower_);
      const std::lock_guard guard(mutex_);
      queued_bytes_ -= each.bytes;
    }
    keep_time();
    lock.lock();
    if (ends) return;
  }
}

void CopyThread::keep_time() {
  const auto now = Steady::now();
  if (now - synced_at_ >= kSyncEvery && !has_failed_) {
    synced_at_ = now;
    Status done = follower_.sync();
    for (const FollowedStream& stream : follower_.streams()) {
      if (done.ok()) done = follower_.checkpoint(stream.stream);
    }
    if (!done.ok() && !follower_.failure().empty()) {
      has_failed_ = true;
      on_failure_(follower_.failure());
    }
  }
  if (now - asked_at_ >= kAskEvery) {
    asked_at_ = now;
    follower_.ask_again();
  }
}

}  // namespace frontrow
