// The thread that joins the cluster and then beats every 400 ms.
//
// A step that took longer is followed by the next one at once, and the period begins anew there:
// missed beats are not made up for.
//
//   BeatThread beats(store, keys, record, lease, {.on_joined = ..., .on_departed = ...});
//   beats.start();  ...  beats.set_state(MemberState::kServing);  ...  beats.leave();
//
// The thread logs nothing: the callbacks have the lines. It ends by itself when the membership has
// ended.
//
// Threads: start(), stop() and leave() from one; set_state(), set_weight() and expect() from any.
// The callbacks are called on the thread of the beats; a callback that takes long makes beats late,
// and none may call stop() or leave().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/membership/lease.h"
#include "engine/runtime/membership/member_beat.h"
#include "engine/runtime/membership/member_join.h"

namespace frontrow {

inline constexpr std::int64_t kBeatIntervalMs = 400;

// The time of the step after the one that was due at `due_ms` and ended at `now_ms`.
constexpr std::int64_t next_beat_ms(std::int64_t due_ms, std::int64_t now_ms) {
  return due_ms + kBeatIntervalMs > now_ms ? due_ms + kBeatIntervalMs : now_ms;
}

struct StoreAway {
  std::int64_t away_ms = 0;        // since the last good step, or since the start
  std::int64_t lease_left_ms = 0;  // not above 0: this member decides on nothing
  std::string reason;
};

// Each may be empty.
struct BeatCallbacks {
  // The name is in use: after each attempt, with the reason.
  std::function<void(const std::string& reason)> on_waiting;
  std::function<void()> on_joined;
  // The list has changed in more than beats.
  std::function<void(const MemberList&)> on_members;
  // May be taken over (member_beat.h); once for each departure.
  std::function<void(const Member&)> on_departed;
  // After each step without a good beat, and after each without a list of members.
  std::function<void(const StoreAway&)> on_store_away;
  // After the first good step behind those.
  std::function<void()> on_store_back;
  // The membership has ended, and the lease is revoked.
  std::function<void(BeatOutcome, const std::string& reason)> on_ended;
};

class BeatThread {
 public:
  // The store and the lease must outlive the object.
  BeatThread(ConsensusStore& store, const SharedLogKeys& keys, MemberRecord self, Lease& lease,
             BeatCallbacks callbacks, MonotonicMs clock = monotonic_ms);
  ~BeatThread();
  BeatThread(const BeatThread&) = delete;
  BeatThread& operator=(const BeatThread&) = delete;

  void start();
  // Ends the wait for the next step at once; a step that has begun is waited for. The lease runs
  // out by itself.
  void stop();
  // stop(), then MemberBeat::leave(). REQUIRES: the caller has stopped deciding.
  Status leave();

  void set_state(MemberState state);
  void set_weight(std::uint32_t weight);
  void expect(std::vector<std::string> names);

  // One step, for tests that do not start the thread. False: the membership has ended.
  bool step();

 private:
  struct Wanted {
    std::optional<MemberState> state;
    std::optional<std::uint32_t> weight;
    std::optional<std::vector<std::string>> expected;
  };

  void run();
  void join_step();
  bool beat_step();
  void apply_wanted();
  void report_away(const std::string& reason);
  void report_members(const MemberList& list);

  ConsensusStore& store_;
  SharedLogKeys keys_;
  Lease& lease_;
  BeatCallbacks callbacks_;
  MonotonicMs clock_;
  MemberJoin join_;
  std::optional<MemberBeat> beat_;  // once joined
  std::int64_t good_ms_;            // time of the last good step
  bool is_away_ = false;
  std::string reported_members_;  // a text of the last list, without beats

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Wanted wanted_;
  std::thread thread_;
};

}  // namespace frontrow
