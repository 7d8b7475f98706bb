#include "engine/runtime/membership/beat_thread.h"

#include <chrono>
#include <utility>

namespace frontrow {
namespace {

template <class Callback, class... Arguments>
void call(const Callback& callback, const Arguments&... arguments) {
  if (callback) callback(arguments...);
}

// A text that differs where two lists differ in more than beats.
std::string text_without_beats(const MemberList& list) {
  std::string text;
  for (const Member& member : list.members) {
    MemberRecord record = member.record;
    record.beat = 0;
    text += encode_member_record(record);
    text += '\n';
  }
  for (const UnreadableMember& member : list.unreadable) text += member.name + " unreadable\n";
  return text;
}

}  // namespace

BeatThread::BeatThread(ConsensusStore& store, const SharedLogKeys& keys, MemberRecord self,
                       Lease& lease, BeatCallbacks callbacks, MonotonicMs clock)
    : store_(store),
      keys_(keys),
      lease_(lease),
      callbacks_(std::move(callbacks)),
      clock_(std::move(clock)),
      join_(store, keys, std::move(self), clock_),
      good_ms_(clock_()) {}

BeatThread::~BeatThread() { stop(); }

void BeatThread::start() {
  thread_ = std::thread([this] { run(); });
}

void BeatThread::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

Status BeatThread::leave() {
  stop();
  return beat_ ? beat_->leave() : Status();
}

void BeatThread::run() {
  std::int64_t due_ms = clock_();
  while (step()) {
    due_ms = next_beat_ms(due_ms, clock_());
    std::unique_lock lock(mutex_);
    const std::chrono::milliseconds pause(due_ms - clock_());
    if (wake_.wait_for(lock, pause, [this] { return stopping_; })) return;
  }
}

bool BeatThread::step() {
  if (beat_) return beat_step();
  join_step();
  return true;
}

void BeatThread::join_step() {
  const JoinStep step = join_.step();
  switch (step.outcome) {
    case JoinOutcome::kStoreAway:
      report_away(step.reason);
      return;
    case JoinOutcome::kWaiting:
      good_ms_ = clock_();
      call(callbacks_.on_waiting, step.reason);
      return;
    case JoinOutcome::kJoined:
      beat_.emplace(store_, keys_, join_.record(), lease_, clock_);
      good_ms_ = clock_();
      call(callbacks_.on_joined);
      return;
  }
}

bool BeatThread::beat_step() {
  apply_wanted();
  const BeatStep step = beat_->beat();
  if (step.outcome == BeatOutcome::kStoreAway) {
    report_away(step.reason);
    return true;
  }
  if (step.outcome != BeatOutcome::kGood) {
    call(callbacks_.on_ended, step.outcome, step.reason);
    return false;
  }
  if (!step.list) {
    report_away(step.reason);
    return true;
  }
  good_ms_ = clock_();
  if (std::exchange(is_away_, false)) call(callbacks_.on_store_back);
  report_members(*step.list);
  for (const Member& member : step.departed) call(callbacks_.on_departed, member);
  return true;
}

void BeatThread::apply_wanted() {
  Wanted wanted;
  {
    const std::lock_guard lock(mutex_);
    wanted = std::exchange(wanted_, {});
  }
  if (wanted.state) beat_->set_state(*wanted.state);
  if (wanted.weight) beat_->set_weight(*wanted.weight);
  if (wanted.expected) beat_->expect(std::move(*wanted.expected));
}

void BeatThread::report_away(const std::string& reason) {
  is_away_ = true;
  const std::int64_t now_ms = clock_();
  const std::int64_t left_ms = lease_.is_valid(now_ms) ? lease_.until_ms() - now_ms : 0;
  call(callbacks_.on_store_away,
       StoreAway{.away_ms = now_ms - good_ms_, .lease_left_ms = left_ms, .reason = reason});
}

void BeatThread::report_members(const MemberList& list) {
  std::string text = text_without_beats(list);
  if (text == reported_members_) return;
  reported_members_ = std::move(text);
  call(callbacks_.on_members, list);
}

void BeatThread::set_state(MemberState state) {
  const std::lock_guard lock(mutex_);
  wanted_.state = state;
}

void BeatThread::set_weight(std::uint32_t weight) {
  const std::lock_guard lock(mutex_);
  wanted_.weight = weight;
}

void BeatThread::expect(std::vector<std::string> names) {
  const std::lock_guard lock(mutex_);
  wanted_.expected = std::move(names);
}

}  // namespace frontrow
