#include "tests/replication/cluster_rig.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "engine/runtime/membership/cluster_record.h"
#include "engine/runtime/membership/map_changes.h"
#include "engine/runtime/membership/placement.h"
#include "engine/runtime/shard/worker.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

constexpr const char* kCluster = "tour";
constexpr int kGiveTicksMax = 100;

bool gives_up(const std::string&) { return true; }

}  // namespace

void HeldStore::hold_appends(bool on) {
  const std::lock_guard lock(mutex_);
  holds_ = on;
  changed_.notify_all();
}

Commit HeldStore::commit(const Transaction& transaction) {
  const bool is_append =
      std::any_of(transaction.puts.begin(), transaction.puts.end(),
                  [](const auto& put) { return put.key.find("/log/") != std::string_view::npos; });
  if (is_append) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !holds_; });
  }
  return store_.commit(transaction);
}

// --- a process

RigNode::RigNode(ClusterRig& rig, std::string name, const std::string& directory)
    : rig_(rig), name_(std::move(name)), store_(rig.store_), log_(store_, kCluster) {
  port_.node = this;
  auto local = RocksDbJournal::open({.directory = directory});
  EXPECT_TRUE(local.ok()) << (local.ok() ? "" : local.error());
  local_ = std::move(*local);
  MemberRecord record{.name = name_,
                      .process = rig_.next_writer_++,
                      .stream = local_->stream(),
                      .http = name_ + ":1",
                      .peer = name_ + ":2",
                      .version = "1"};
  join_ = std::make_unique<MemberJoin>(rig_.store_, log_.keys(), record,
                                       [this] { return rig_.now_ms_; });
  next_beat_ms_ = rig_.now_ms_;
}

RigNode::~RigNode() {
  store_.hold_appends(false);
  if (journal_ != nullptr) journal_->end_waiting();
  if (engine_ != nullptr) engine_->stop();
}

bool RigNode::join() {
  if (rig_.now_ms_ < next_beat_ms_) return false;
  next_beat_ms_ = rig_.now_ms_ + 400;
  if (join_->step().outcome != JoinOutcome::kJoined) return false;
  beat_ = std::make_unique<MemberBeat>(rig_.store_, log_.keys(), join_->record(), lease_,
                                       [this] { return rig_.now_ms_; });
  beat_->set_state(MemberState::kServing);
  join_.reset();
  return begin();
}

// The name is this process's: opens the stream, and reads the map after that.
bool RigNode::begin() {
  ClusterMapStore maps(log_, name_, rig_.next_writer_++);
  int attempts = 0;
  const MapChange added = maps.change(
      [&](const ClusterMap& map) -> Result<ClusterMap> {
        return map.find(name_) != nullptr ? map : add_instance(map, name_, 100);
      },
      [&attempts](const std::string&) { return ++attempts > 100; });
  EXPECT_TRUE(added.ok()) << added.reason;
  id_ = added.map.find(name_)->id;
  journal_ = std::make_unique<SharedJournal>(
      log_, *local_, *local_,
      SharedJournalOptions{
          .instance = name_,
          .writer = rig_.next_writer_++,
          .on_durable = [this](std::uint64_t number, std::span<const std::byte> group) {
            feeder_->publish(number, std::make_shared<ByteBuffer>(group.begin(), group.end()));
          }});
  EngineOptions options;
  options.serves_on_order = true;
  options.self = id_;
  options.on_yielded = [this](SlotId slot, std::unique_ptr<Slot> state) {
    controller_->note_yielded(slot, std::move(state));
  };
  options.on_taken = [this](SlotId slot) {
    if (may_found_) controller_->note_taken(slot);
  };
  options.may_decide = [this] { return lease_.is_valid(rig_.now_ms_); };
  options.on_failure = [this](const std::string&) { has_failed_ = true; };
  engine_ = std::make_unique<Engine>(options, rig_.clock_, *journal_);
  const auto recovered = engine_->recover();
  EXPECT_TRUE(recovered.ok()) << (recovered.ok() ? "" : recovered.error());
  follower_ = std::make_unique<Follower>(
      *local_->copies(), FollowerOptions{.send =
                                             [this](std::uint64_t stream, ToOwner&& message) {
                                               for (RigNode* owner : rig_.nodes()) {
                                                 if (owner->stream() != stream || owner->id_ == 0)
                                                   continue;
                                                 auto& queue = rig_.link(id_, owner->id_).to_owner;
                                                 if (queue.size() > 64) return false;
                                                 queue.push_back(std::move(message));
                                                 return true;
                                               }
                                               return false;
                                             },
                                         .on_note =
                                             [this](const std::string& note) {
                                               rig_.notes_.push_back(name_ + ": " + note);
                                             }});
  feeder_ = std::make_unique<Feeder>(
      journal_->archive(), journal_->last_group(),
      FeederOptions{.send =
                        [this](InstanceId to, const ToFollower& message) {
                          auto& queue = rig_.link(id_, to).to_follower;
                          if (rig_.node(to) == nullptr || queue.size() > 64) return false;
                          queue.emplace_back(stream(), message);
                          return true;
                        },
                    .on_copied = [this](std::uint64_t group) { journal_->release_to(group); },
                    .snapshot_bytes_per_s = std::uint64_t{1} << 40});
  engine_->start();
  driver_ = std::make_unique<WorkerDriver>(*engine_, 1);
  engine_->worker(0).set_port(&port_);
  controller_ = std::make_unique<ClusterController>(
      log_, *engine_, *feeder_,
      ControllerOptions{
          .name = name_,
          .self = id_,
          .stream = stream(),
          .writer = rig_.next_writer_++,
          .on_follower = [this](const auto& task) { task(*follower_); },
          .journal = journal_.get(),
          .send =
              [this](InstanceId to, ControlMessage&& message) {
                if (rig_.node(to) != nullptr)
                  rig_.link(id_, to).control.push_back(std::move(message));
              },
          .on_note =
              [this](const std::string& note) { rig_.notes_.push_back(name_ + ": " + note); }});
  return true;
}

void RigNode::Port::send(InstanceId to, const Command& command, const ReplyTo& reply_to) {
  if (reply_to.expects_reply()) {
    node->engine_->worker(0).answer(
        reply_to, Reply{Reject::kInstanceUnavailable, false, false, RejectDetail{}});
  } else if (node->rig_.node(to) != nullptr) {
    node->rig_.link(node->id_, to).messages.push_back(command);
  }
}

void RigNode::deliver() {
  for (RigNode* from : rig_.nodes()) {
    if (from == this || from->id_ == 0) continue;
    if (!engine_->links().is_up(from->id_) && from->engine_ != nullptr) {
      engine_->link_is_up(from->id_, 0);
      follower_->ask(from->stream());
    }
    ClusterRig::Link& link = rig_.link(from->id_, id_);
    for (auto& [stream, message] : std::exchange(link.to_follower, {}))
      follower_->take(stream, std::move(message));
    for (ToOwner& message : std::exchange(link.to_owner, {}))
      feeder_->take(from->id_, std::move(message));
    for (ControlMessage& message : std::exchange(link.control, {}))
      controller_->take(from->id_, std::move(message));
    for (Command& message : std::exchange(link.messages, {})) engine_->deliver(std::move(message));
  }
}

bool RigNode::turn() {
  if (is_suspended_) return true;
  if (beat_ == nullptr) return join() || true;
  if (rig_.now_ms_ >= next_beat_ms_) {
    next_beat_ms_ = rig_.now_ms_ + 400;
    const BeatStep step = beat_->beat();
    if (step.list) controller_->note_members(*step.list);
    for (const Member& member : step.departed) controller_->note_departed(member);
    if (lease_.is_revoked()) has_failed_ = true;
  }
  if (has_failed_ || engine_->failed()) return false;
  deliver();
  driver_->turn();
  while (feeder_->step()) {
  }
  EXPECT_TRUE(follower_->sync().ok());
  if (rig_.now_ms_ >= next_ask_ms_) {
    next_ask_ms_ = rig_.now_ms_ + 1000;
    follower_->ask_again();
  }
  controller_->step();
  return true;
}

void RigNode::checkpoint() {
  if (!controller_->may_checkpoint()) return;
  const std::uint64_t round = engine_->ask_for_hashes();
  driver_->run_until([&] { return engine_->worker(0).hashed_round() >= round; }, "the hashes");
  Checkpointer checkpointer(*engine_, *journal_, {});
  const auto report = checkpointer.run_cycle();
  EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error());
}

void RigNode::give_slots_away() {
  controller_->drain();
  beat_->set_state(MemberState::kStopping);
}

bool RigNode::has_given_all() const {
  const ControllerStatus status = controller_->status();
  return status.is_draining && status.to_give == 0;
}

void RigNode::leave() {
  journal_->end_waiting();
  engine_->stop();
  static_cast<void>(journal_->close());
  // The store may not answer: the others wait then, as for a killed one.
  static_cast<void>(beat_->leave());
}

// --- the cluster

ClusterRig::ClusterRig(std::uint64_t seed, std::uint32_t copies)
    : store_(seed), log_(store_, kCluster), clock_(kDay) {
  const ClusterRecord record{.cluster = kCluster, .id = 7, .created = kDay};
  const Status created = create_cluster(log_, record, "init", copies, gives_up);
  EXPECT_TRUE(created.ok()) << created.error();
}

ClusterRig::~ClusterRig() = default;

RigNode& ClusterRig::start(const std::string& name) {
  auto& disk = disks_[name];
  if (disk == nullptr) disk = std::make_unique<TempDirectory>();
  nodes_.erase(name);
  auto node = std::make_unique<RigNode>(*this, name, disk->data());
  RigNode& started = *node;
  nodes_[name] = std::move(node);
  return started;
}

void ClusterRig::drop_links(InstanceId id) {
  std::erase_if(
      links_, [id](const auto& each) { return each.first.first == id || each.first.second == id; });
  for (RigNode* node : nodes()) {
    if (node->id() == 0 || node->id() == id || !node->has_begun()) continue;
    node->engine().link_is_down(id);
    node->feeder().lose(id);
  }
}

void ClusterRig::kill(const std::string& name) {
  const InstanceId id = nodes_.at(name)->id();
  nodes_.erase(name);
  drop_links(id);
}

void ClusterRig::stop(const std::string& name) {
  RigNode* stopping = node(name);
  if (stopping->has_begun()) stopping->give_slots_away();
  for (int ticks = 0; ticks < kGiveTicksMax && stopping != nullptr && stopping->has_begun() &&
                      !stopping->has_given_all();
       ++ticks) {
    tick();
    stopping = node(name);
  }
  if (stopping == nullptr) return;
  if (stopping->has_begun()) stopping->leave();
  kill(name);
}

void ClusterRig::wipe(const std::string& name) { disks_.erase(name); }

RigNode* ClusterRig::node(const std::string& name) {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second.get();
}

RigNode* ClusterRig::node(InstanceId id) {
  for (const auto& [name, node] : nodes_) {
    if (node->id() == id && node->has_begun()) return node.get();
  }
  return nullptr;
}

std::vector<RigNode*> ClusterRig::nodes() {
  std::vector<RigNode*> all;
  all.reserve(nodes_.size());
  for (const auto& [name, node] : nodes_) all.push_back(node.get());
  return all;
}

void ClusterRig::tick(std::int64_t ms) {
  now_ms_ += ms;
  clock_.advance(milliseconds(ms));
  for (const std::string& name : [&] {
         std::vector<std::string> names;
         names.reserve(nodes_.size());
         for (const auto& [each, node] : nodes_) names.push_back(each);
         return names;
       }()) {
    if (RigNode* const node = this->node(name); node != nullptr && !node->turn()) kill(name);
  }
}

void ClusterRig::run_until(const std::function<bool()>& condition, const char* what,
                           std::int64_t limit_ms) {
  const std::int64_t end = now_ms_ + limit_ms;
  while (!condition()) {
    if (now_ms_ >= end) {
      std::string notes = unsettled();
      for (const std::string& note : notes_) notes += "\n" + note;
      for (RigNode* each : nodes()) {
        if (!each->has_begun()) continue;
        const ControllerStatus status = each->controller().status();
        notes += fmt::format("\n{} {}: owned {}, serving {}, lonely {}", each->name(), each->id(),
                             status.owned, status.serving, status.lonely);
        for (const FollowedStream& stream : each->follower().streams()) {
          notes += fmt::format("\n  stream {:016x}: group {}, wanted {}, warm {}", stream.stream,
                               stream.newest, stream.wanted, stream.warm);
        }
        for (const FedFollower& fed : each->feeder().followers()) {
          notes += fmt::format("\n  fed {}: sent {}, synced {}, snapshots left {}", fed.instance,
                               fed.sent, fed.synced, fed.snapshots_left);
        }
      }
      FAIL() << "waited in vain: " << what << notes;
    }
    tick();
    // The journals' threads are real.
    std::this_thread::yield();
  }
}

ClusterMap ClusterRig::map() {
  ClusterMapStore maps(log_, "test", 1);
  auto map = maps.read();
  for (int i = 0; i < 100 && !map.ok(); ++i) map = maps.read();  // the answer was lost
  EXPECT_TRUE(map.ok()) << (map.ok() ? "" : map.error());
  return std::move(*map);
}

void ClusterRig::change(const ClusterMapStore::Change& change) {
  ClusterMapStore maps(log_, "test", next_writer_++);
  MapChange changed = maps.change(change, [](const std::string&) { return true; });
  for (int i = 0; i < 100 && !changed.ok(); ++i)  // the answer was lost
    changed = maps.change(change, [](const std::string&) { return true; });
  EXPECT_TRUE(changed.ok()) << changed.reason;
}

void ClusterRig::pin(const std::vector<SlotId>& slots, InstanceId to) {
  change([&](const ClusterMap& map) -> Result<ClusterMap> {
    ClusterMap next = map;
    for (const SlotId slot : slots) next.pins[slot] = to;
    return next;
  });
}

bool ClusterRig::serves_all() {
  const ClusterMap now = map();
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    RigNode* const owner = node(now.places[id].owner);
    if (owner == nullptr || owner->is_suspended() || !owner->engine().worker(0).is_live(SlotId{id}))
      return false;
  }
  return true;
}

std::string ClusterRig::unsettled() {
  if (!serves_all()) return "a slot is not served";
  const ClusterMap now = map();
  Living living;
  for (RigNode* each : nodes()) {
    if (!each->has_begun() || each->is_suspended()) return each->name() + " does not serve";
    living.insert(each->id());
  }
  if (!now.taken.empty()) return fmt::format("{} slots are taken", now.taken.size());
  if (const auto moves = moves_wanted(now, living); !moves.empty()) {
    return fmt::format("{} slots are to move, slot {} from {} to {}", moves.size(),
                       moves[0].slot.value, moves[0].from, moves[0].to);
  }
  if (const auto moves = follower_moves_wanted(now, living); !moves.empty())
    return fmt::format("{} slots are followed by the wrong instance", moves.size());
  const std::size_t followers = std::min<std::size_t>(now.copies, living.size()) - 1;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotPlace& place = now.places[id];
    if (place.follower_count() != followers)
      return fmt::format("slot {} has {} followers", id, place.follower_count());
    for (const InstanceId follower : place.followers) {
      if (follower == 0) continue;
      RigNode* const second = node(follower);
      if (second == nullptr || !second->follower().is_warm(node(place.owner)->stream(), SlotId{id}))
        return fmt::format("slot {} is cold at {}", id, follower);
    }
  }
  return {};
}

Reply ClusterRig::ask(const Command& command) {
  const SlotId slot = slot_of(command.body);
  Reply last{Reject::kInstanceUnavailable, false, false, RejectDetail{}};
  for (int attempt = 0; attempt < 200; ++attempt) {
    RigNode* const owner = node(map().place(slot).owner);
    if (owner != nullptr && !owner->is_suspended()) {
      const std::string name = owner->name();
      const std::uint32_t sent = owner->driver().send(0, command);
      for (int i = 0; i < 400; ++i) {
        RigNode* const still = node(name);
        if (still != owner) break;
        if (!owner->driver().replies(0, sent).empty()) {
          last = owner->driver().replies(0, sent).front();
          break;
        }
        tick(1);
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
    }
    if (last.reject != Reject::kInstanceUnavailable) return last;
    tick();
  }
  return last;
}

}  // namespace frontrow
