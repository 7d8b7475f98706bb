#include "engine/runtime/shared_log/shared_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/runtime/shared_log/shared_group.h"

namespace frontrow {
namespace {

// Of the local log's group, so that its value fits into the store with any content.
constexpr std::size_t kGroupBytes = std::size_t{512} << 10;
// Groups that are read from the store at a time: a few values of full size.
constexpr std::size_t kCatchUpGroups = 16;
constexpr auto kWaitFirst = std::chrono::milliseconds(5);
constexpr auto kWaitMax = std::chrono::milliseconds(200);
constexpr int kWaitsBeforeNote = 3;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

SharedJournal::SharedJournal(SharedLog& log, Journal& journal, LocalLog& local,
                             SharedJournalOptions options)
    : log_(log), journal_(journal), local_(local), options_(std::move(options)) {}

SharedJournal::~SharedJournal() { stop_syncs(); }

std::size_t SharedJournal::group_bytes_max() const { return kGroupBytes; }

// --- start

Status SharedJournal::replay(const ReplayVisitor& visitor) {
  FR_CHECK(!appender_);
  if (Status s = journal_.replay(visitor); !s.ok()) return s;
  if (Status s = open_stream(); !s.ok()) return s;
  if (Status s = catch_up(visitor); !s.ok()) return s;
  last_.store(local_.end().number, std::memory_order_release);
  // The groups of before may be in the page cache only.
  const auto synced = local_.sync();
  if (!synced.ok()) return Error{synced.error()};
  synced_.store(*synced, std::memory_order_release);
  syncs_ = std::thread([this] { run_syncs(); });
  return {};
}

Status SharedJournal::open_stream() {
  const StreamIdentity identity{local_.stream(), options_.instance, options_.writer};
  const auto give_up = [this](const std::string& reason) { return wait_after(reason); };
  const LogEnd end = local_.end();
  bool is_new = false;
  if (end.number == 0) {
    // A new directory, unless an earlier start of it got as far as its stream.
    for (;;) {
      const auto known = log_.state(identity.stream);
      if (known.ok()) {
        is_new = !known->has_value();
        break;
      }
      if (wait_after(known.error())) return Error{known.error()};
    }
  }
  auto opened = is_new ? StreamAppender::create(log_, identity, give_up)
                       : StreamAppender::open(log_, identity, {end.number, end.hash}, give_up);
  if (!opened.ok()) return Error{opened.error()};
  answered();
  appender_ = std::move(*opened);
  return {};
}

// Adds the groups that only the store has to the local log.
Status SharedJournal::catch_up(const ReplayVisitor& visitor) {
  const StreamState& state = appender_->state();
  const std::uint64_t begin = local_.end().number;
  while (local_.end().number < state.last) {
    const std::uint64_t after = local_.end().number;
    const auto groups = log_.groups(appender_->stream(), after, state.last, kCatchUpGroups);
    if (!groups.ok()) {
      if (wait_after(groups.error())) return Error{groups.error()};
      continue;
    }
    answered();
    for (const SharedGroup& group : *groups) {
      const auto bytes = decode_shared_group(group.bytes);
      if (!bytes.ok()) return Error{fmt::format("group {}: {}", group.number, bytes.error())};
      const auto view = local_.add(*bytes);
      if (!view.ok()) return Error{view.error()};
      if (Status s = visitor.on_group(*view); !s.ok()) return s;
      note_stored(group.number, group.bytes.size());
      stats_.caught_up.add();
    }
    const ReplayProgress progress{local_.end().number - begin, state.last - begin, 0};
    if (visitor.on_progress && !visitor.on_progress(progress))
      return Error{fmt::format("stopped after group {} of {}", local_.end().number, state.last)};
  }
  if (local_.end().hash == state.hash) return {};
  return Error{fmt::format("group {} has the chain hash {:016x}, the cluster names {:016x}",
                           state.last, local_.end().hash, state.hash)};
}

// --- appending

void SharedJournal::await_turn() { std::this_thread::sleep_until(next_turn_); }

AppendStatus SharedJournal::append(const GroupParts& group) {
  FR_CHECK(appender_.has_value());
  if (!failure().empty()) return AppendStatus::kFailed;
  const LogEnd next = local_.encode_next(group, group_);
  encode_shared_group(group_, value_);
  if (value_.size() > kStoreValueMax) {
    return fail(AppendStatus::kFailed, fmt::format("group {} has {} bytes, the shared log takes {}",
                                                   next.number, value_.size(), kStoreValueMax));
  }
  appender_->trim_to(std::min(released_.load(), synced_.load()));
  const std::uint64_t trimmed_before = appender_->state().trimmed;
  const auto begin = Steady::now();
  waiting_since_ms_.store(steady_ms(), std::memory_order_relaxed);
  const SharedAppend appended = appender_->append(
      value_, next.hash, [this](const std::string& reason) { return wait_after(reason); });
  waiting_since_ms_.store(0, std::memory_order_relaxed);
  const auto end = Steady::now();
  next_turn_ = end + std::min<Steady::duration>(end - begin, options_.pause_max);
  switch (appended) {
    case SharedAppend::kDurable:
      break;
    case SharedAppend::kFenced:
      return fail(AppendStatus::kFenced,
                  "the stream was taken over by another instance, or by another process of this "
                  "directory");
    case SharedAppend::kDiverged:
      return fail(AppendStatus::kFailed,
                  "the store has lost groups that it had confirmed, or it is another cluster's");
    case SharedAppend::kRefused:
    case SharedAppend::kGivenUp:
      return fail(AppendStatus::kFailed,
                  fmt::format("group {}: outcome unknown: the store did not answer", next.number));
  }
  answered();
  stats_.group_bytes.add(group_.size());
  stats_.stored_bytes.add(value_.size());
  if (const auto added = local_.add(group_); !added.ok())
    return fail(AppendStatus::kFailed, added.error());
  note_stored(next.number, value_.size());
  if (appender_->state().trimmed != trimmed_before) {
    const std::lock_guard lock(mutex_);
    while (!stored_.empty() && stored_.front().number <= appender_->state().trimmed) {
      stored_bytes_ -= stored_.front().bytes;
      stored_.pop_front();
    }
  }
  last_.store(next.number, std::memory_order_release);
  if (options_.on_durable) options_.on_durable(next.number, group_);
  return AppendStatus::kDurable;
}

AppendStatus SharedJournal::fail(AppendStatus status, std::string why) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(why);
  return status;
}

std::string SharedJournal::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

// Sleeps before the next attempt; true: the caller gives up.
bool SharedJournal::wait_after(const std::string& reason) {
  stats_.attempts_failed.add();
  if (++waits_ == kWaitsBeforeNote)
    options_.on_note("the shared log does not answer, it is asked again: " + reason);
  const auto pause = std::min(kWaitFirst * (1 << std::min(waits_, 6)), kWaitMax);
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, pause, [this] { return ends_.load(); });
  return ends_.load();
}

void SharedJournal::answered() {
  if (waits_ >= kWaitsBeforeNote) options_.on_note("the shared log answers again");
  waits_ = 0;
}

void SharedJournal::end_waiting() {
  const std::lock_guard lock(mutex_);
  ends_.store(true);
  wake_.notify_all();
}

std::chrono::milliseconds SharedJournal::unanswered_for() const {
  const std::int64_t since = waiting_since_ms_.load(std::memory_order_relaxed);
  return std::chrono::milliseconds(since == 0 ? 0 : std::max<std::int64_t>(steady_ms() - since, 0));
}

// --- the tail in the store

void SharedJournal::note_stored(std::uint64_t number, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  stored_.push_back({number, bytes});
  stored_bytes_ += bytes;
}

SharedTail SharedJournal::tail() const {
  const std::lock_guard lock(mutex_);
  return {stored_.size(), stored_bytes_};
}

void SharedJournal::release_to(std::uint64_t number) {
  std::uint64_t before = released_.load();
  while (before < number && !released_.compare_exchange_weak(before, number)) {
  }
}

// --- the local disk

void SharedJournal::run_syncs() {
  std::unique_lock lock(mutex_);
  while (!stops_syncing_) {
    wake_.wait_for(lock, options_.sync_interval, [this] { return stops_syncing_; });
    if (!failure_.empty()) return;
    lock.unlock();
    sync_local();
    lock.lock();
  }
}

void SharedJournal::sync_local() {
  if (synced_.load() == last_.load(std::memory_order_acquire)) return;
  const auto begin = Steady::now();
  const auto synced = local_.sync();
  if (!synced.ok()) {
    fail(AppendStatus::kFailed, synced.error());
    return;
  }
  stats_.sync_us.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin).count()));
  synced_.store(*synced, std::memory_order_release);
}

void SharedJournal::stop_syncs() {
  {
    const std::lock_guard lock(mutex_);
    stops_syncing_ = true;
    wake_.notify_all();
  }
  if (syncs_.joinable()) syncs_.join();
}

Status SharedJournal::close() {
  stop_syncs();
  if (appender_ && failure().empty()) {
    sync_local();
    appender_->trim_to(std::min(released_.load(), synced_.load()));
    // Not needed for a clean stop: the next append would erase them as well.
    static_cast<void>(appender_->trim_now([](const std::string&) { return true; }));
  }
  const std::string why = failure();
  Status closed = journal_.close();
  if (!why.empty()) return Error{why};
  return closed;
}

}  // namespace frontrow
