// Feeds the instances that copy this one's stream (follower.h): the groups as they become durable,
// older ones from the log, and the snapshots that a new follower begins with.
//
// Durable groups stay in memory for a while (kRecentBytes), so that a follower that keeps up costs
// no read of the disk. Snapshots are sent at a bounded rate, between the groups: the clients of
// this instance are not to notice a follower that begins.
//
// copied() is the newest group that all followers that count have on disk: the shared log may let
// go of groups up to it.
//
// A message that a link does not take now is sent later; a follower whose link breaks asks anew.
//
// Threads: publish() from the journal's; take(), lose() and set_followers() from any; the sending
// has a thread of its own (start()), or a test calls step().
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/types.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/replication/copy_messages.h"

namespace frontrow {

struct FeederOptions {
  // Sends to an instance; false: its link is down or has no room now.
  std::function<bool(InstanceId to, const ToFollower&)> send;
  // The newest group that all counted followers have on disk has moved up.
  std::function<void(std::uint64_t group)> on_copied = [](std::uint64_t) {};
  std::function<void(const std::string&)> on_note = [](const std::string&) {};
  std::uint64_t snapshot_bytes_per_s = std::uint64_t{64} << 20;
};

// A follower, for status and metrics.
struct FedFollower {
  InstanceId instance = 0;
  std::uint64_t sent = 0;  // newest group
  std::uint64_t synced = 0;
  std::size_t snapshots_left = 0;  // slots to send
};

class Feeder {
 public:
  // The archive of the own stream; its reads may run beside the checkpoint's writes.
  Feeder(Archive& archive, std::uint64_t last_group, FeederOptions options);
  ~Feeder();

  void start();
  void stop();
  // Sends as much as the links take now; false: nothing.
  bool step();

  // A group is durable and in the log.
  void publish(std::uint64_t number, SharedBytes group);
  void take(InstanceId from, ToOwner&& message);
  // The link to the follower is down.
  void lose(InstanceId follower);
  // The followers that count, by the slot map.
  void set_followers(const std::vector<InstanceId>& followers);

  std::uint64_t copied() const { return copied_.load(std::memory_order_acquire); }
  std::vector<FedFollower> followers() const;

 private:
  using Steady = std::chrono::steady_clock;
  struct Fed {
    std::uint64_t generation = 0;          // of its question
    std::optional<CopyWanted> asked;       // not yet looked at
    std::uint64_t next = 0;                // group to send; 0: none
    bool is_too_large = false;             // that group, for a message
    std::uint64_t synced = 0;              // stays while the link is down
    std::vector<SlotId> wanted;            // snapshots to send, the next one last
    std::map<SlotId, SnapshotHead> heads;  // of the snapshots, as of the question
    std::deque<ToFollower> parts;          // of the snapshot that is being sent
    SnapshotsSent ends;                    // follows the last part
  };
  static constexpr std::uint64_t kRecentBytes = std::uint64_t{32} << 20;
  static constexpr std::uint64_t kAnswerBytes = std::uint64_t{64} << 20;  // of snapshots

  void run();
  bool serve(InstanceId follower);
  static void cut(std::vector<SlotId>& slots, const std::map<SlotId, SnapshotHead>& heads);
  void answer(InstanceId follower, std::uint64_t generation, CopyWanted&& asked);
  bool begin_copy(InstanceId follower, std::uint64_t checkpoint);
  bool feed_groups(InstanceId follower);
  bool feed_behind(InstanceId follower, std::uint64_t group, std::uint64_t generation);
  bool feed_snapshots(InstanceId follower);
  std::vector<CopyGroup> groups_from(std::uint64_t next);
  Result<std::deque<ToFollower>> parts_of(SlotId slot, std::optional<SnapshotHead> head);
  bool may_send(std::uint64_t bytes);
  void note_copied();

  Archive& archive_;
  const std::uint64_t stream_;
  const FeederOptions options_;
  std::atomic<std::uint64_t> copied_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool has_news_ = false;
  bool stops_ = false;
  std::map<InstanceId, Fed> fed_;
  std::vector<InstanceId> counted_;
  std::deque<CopyGroup> recent_;
  std::uint64_t recent_bytes_ = 0;
  std::uint64_t last_;

  // The sending thread's.
  double allowed_bytes_ = 0;  // of snapshots, now
  Steady::time_point allowed_at_ = Steady::now();
  std::thread thread_;
};

}  // namespace frontrow
