#include "engine/runtime/instance/cluster_instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "engine/runtime/controller/control_codec.h"
#include "engine/runtime/membership/map_changes.h"
#include "engine/runtime/replication/copy_codec.h"

namespace frontrow {
namespace {

constexpr auto kAskEvery = std::chrono::milliseconds(100);   // the store, at the start
constexpr auto kStepEvery = std::chrono::milliseconds(250);  // of the control, without news
constexpr auto kStepAgain = std::chrono::milliseconds(20);   // while something is under way
constexpr auto kStepMax = std::chrono::milliseconds(500);
// Of a new cluster: instances that start together share the slots from the beginning.
constexpr auto kBeginAfter = std::chrono::milliseconds(1500);
constexpr auto kReclaimEvery = std::chrono::seconds(10);
// After the end of a link: how long its instance is looked at for a planned stop.
constexpr auto kLeaversFor = std::chrono::seconds(2);
// In a planned stop: the others learn of it with their next beats, and ask then.
constexpr auto kGiveNoneFor = std::chrono::seconds(2);
constexpr auto kGiveLook = std::chrono::milliseconds(10);
// Between appends: more would add more to the time of a hold than it saves at etcd.
constexpr auto kPauseMax = std::chrono::milliseconds(10);
// A healthy store answers an append within milliseconds, and after the loss of its leader within
// two seconds or three.
constexpr auto kRefuseAfter = std::chrono::milliseconds(400);
constexpr auto kStuckAfter = std::chrono::seconds(5);

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

ClusterInstance::ClusterInstance(ConsensusStore& store, ConsensusStore& beats,
                                 ClusterInstanceOptions options)
    : beat_store_(beats),
      options_(std::move(options)),
      log_(store, options_.cluster),
      keys_(options_.cluster) {}

ClusterInstance::~ClusterInstance() {
  end_waiting();
  stop();
  if (beats_ != nullptr) beats_->stop();
}

// --- the start

Result<std::uint64_t> ClusterInstance::open(std::optional<std::uint64_t> id) {
  for (bool has_told = false;;) {
    // Whether the store answers at all is told apart from its answer.
    const auto answer = read_value(log_.store(), keys_.id());
    if (answer.ok()) break;
    if (!std::exchange(has_told, true))
      log(true, "waiting for the cluster's store: " + answer.error());
    if (options_.stop_asked())
      return Error{"the cluster's store does not answer: " + answer.error()};
    std::this_thread::sleep_for(kAskEvery);
  }
  auto record = open_cluster(log_, options_.cluster, id);
  if (!record.ok()) return Error{record.error()};
  return record->id;
}

BeatCallbacks ClusterInstance::beat_callbacks() {
  BeatCallbacks callbacks;
  callbacks.on_waiting = [this](const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(waits_for_, reason) != reason) log(false, "joining the cluster: " + reason);
  };
  callbacks.on_joined = [this] {
    const std::lock_guard lock(mutex_);
    has_joined_ = true;
    wake_.notify_all();
  };
  callbacks.on_members = [this](const MemberList& list) {
    for (const UnreadableMember& member : list.unreadable)
      log(true, fmt::format("the record of {} can't be read: {}", member.name, member.reason));
    {
      const std::lock_guard lock(mutex_);
      for (const Member& member : list.members) addresses_[member.record.name] = member.record.peer;
      members_.emplace_back(list);
    }
    wake();
  };
  callbacks.on_departed = [this](const Member& member) {
    if (member.record.name != options_.name)
      log(true, fmt::format("{} is gone ({})", member.record.name, name_of(member.record.state)));
    {
      const std::lock_guard lock(mutex_);
      members_.emplace_back(member);
    }
    wake();
  };
  callbacks.on_store_away = [this](const StoreAway& away) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(is_store_away_, true)) return;
    }
    log(true, fmt::format("the cluster's store does not answer; this instance decides for another "
                          "{} ms: {}",
                          away.lease_left_ms, away.reason));
  };
  callbacks.on_store_back = [this] {
    {
      const std::lock_guard lock(mutex_);
      is_store_away_ = false;
    }
    log(false, "the cluster's store answers again");
  };
  callbacks.on_ended = [this](BeatOutcome outcome, const std::string& reason) {
    const char* remedy =
        outcome == BeatOutcome::kNameTaken
            ? "give each instance a name of its own"
            : "its slots are served by others; start it again, and it joins as it is";
    fail(fmt::format("this instance is no member of the cluster any more: {}; {}", reason, remedy));
  };
  return callbacks;
}

Result<InstanceId> ClusterInstance::join(Journal& journal, LocalLog& local) {
  local_ = &local;
  MemberRecord record{.name = options_.name,
                      .process = random_number(),
                      .stream = local.stream(),
                      .weight = options_.weight,
                      .http = options_.http,
                      .peer = options_.peer,
                      .version = options_.version};
  if (const std::string fault = fault_of(record); !fault.empty()) return Error{fault};
  beats_ =
      std::make_unique<BeatThread>(beat_store_, keys_, std::move(record), lease_, beat_callbacks());
  beats_->start();
  if (Status s = wait_for_join(); !s.ok()) return Error{s.error()};
  // The map is read after the name is this process's.
  auto id = join_map();
  if (!id.ok()) return id;
  id_ = *id;
  journal_ = std::make_unique<SharedJournal>(
      log_, journal, local,
      SharedJournalOptions{.instance = options_.name,
                           .writer = random_number(),
                           .pause_max = kPauseMax,
                           .on_durable =
                               [this](std::uint64_t number, std::span<const std::byte> group) {
                                 feeder_->publish(number, std::make_shared<ByteBuffer>(
                                                              group.begin(), group.end()));
                               },
                           .on_note = [this](const std::string& line) { log(true, line); }});
  return id;
}

Status ClusterInstance::wait_for_join() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kAskEvery, [this] { return has_joined_; })) {
    if (options_.stop_asked())
      return Error{waits_for_.empty() ? "the cluster's store does not answer" : waits_for_};
  }
  return {};
}

Result<InstanceId> ClusterInstance::join_map() {
  ClusterMapStore maps(log_, options_.name, random_number());
  const MapChange joined = maps.change(
      [&](const ClusterMap& map) -> Result<ClusterMap> {
        if (map.find(options_.name) != nullptr) return map;
        return add_instance(map, options_.name, options_.weight);
      },
      [this](const std::string&) {
        std::this_thread::sleep_for(kAskEvery);
        return options_.stop_asked();
      });
  if (!joined.ok()) return Error{joined.reason};
  note_map(joined.map);
  return joined.map.find(options_.name)->id;
}

void ClusterInstance::configure(EngineOptions& engine) {
  engine.serves_on_order = true;
  engine.self = id_;
  engine.on_yielded = [this](SlotId slot, std::unique_ptr<Slot> state) {
    controller_->note_yielded(slot, std::move(state));
    wake();
  };
  engine.on_taken = [this](SlotId slot) {
    controller_->note_taken(slot);
    wake();
  };
  engine.may_decide = [this] { return lease_.is_valid(monotonic_ms()); };
}

void ClusterInstance::start(Engine& engine, std::function<void(const PeerNames&)> on_peers) {
  engine_ = &engine;
  on_peers_ = std::move(on_peers);
  begin_copies();
  begin_control();
  beats_->set_state(MemberState::kServing);
  control_ = std::thread([this] { run_control(); });
}

void ClusterInstance::begin_copies() {
  FollowerOptions follower;
  follower.send = [this](std::uint64_t stream, ToOwner&& message) {
    const auto owner = owner_of(stream);
    if (!owner || *owner == id_) return false;
    ByteBuffer bytes;
    encode_to_owner(message, bytes);
    return send(*owner, PeerChannel::kToOwner, std::move(bytes));
  };
  follower.retention = options_.retention;
  follower.now = [this] { return engine_->clock().now(); };
  follower.on_note = [this](const std::string& line) { log(true, line); };
  copies_ = std::make_unique<CopyThread>(
      *journal_->copies(), std::move(follower), [this](const std::string& why) {
        log(true, "this instance keeps no copies any more, its disk has failed: " + why);
      });
  copies_->start();
  FeederOptions feeder;
  feeder.send = [this](InstanceId to, const ToFollower& message) {
    if (!engine_->links().is_up(to)) return false;
    ByteBuffer bytes;
    encode_to_follower(message, bytes);
    return send(to, PeerChannel::kToFollower, std::move(bytes));
  };
  feeder.on_copied = [this](std::uint64_t group) { journal_->release_to(group); };
  feeder.on_note = [this](const std::string& line) { log(true, line); };
  feeder_ = std::make_unique<Feeder>(journal_->archive(), journal_->last_group(), feeder);
  feeder_->start();
}

void ClusterInstance::begin_control() {
  ControllerOptions control;
  control.name = options_.name;
  control.self = id_;
  control.stream = local_->stream();
  control.writer = random_number();
  control.on_follower = [this](const std::function<void(Follower&)>& task) { copies_->run(task); };
  control.journal = journal_.get();
  control.send = [this](InstanceId to, ControlMessage&& message) {
    ByteBuffer bytes;
    encode_control(message, bytes);
    send(to, PeerChannel::kControl, std::move(bytes));
  };
  control.may_begin_slots = [began = Steady::now()] { return Steady::now() - began > kBeginAfter; };
  control.now_ms = monotonic_ms;
  control.give_up = [this](const std::string&) { return gives_up(); };
  control.on_map = [this](const ClusterMap& map) { note_map(map); };
  control.on_note = [this](const std::string& line) { log(false, line); };
  controller_ = std::make_unique<ClusterController>(log_, *engine_, *feeder_, std::move(control));
}

// --- the control loop

void ClusterInstance::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  wake_.notify_all();
}

// Changes of the map compete; one that is refused a few times leaves the rest to the next step.
bool ClusterInstance::gives_up() {
  if (Steady::now() - step_began_ > kStepMax) return true;
  std::this_thread::sleep_for(std::chrono::milliseconds(1 + random_.below(6)));
  const std::lock_guard lock(mutex_);
  return stops_;
}

void ClusterInstance::run_control() {
  Steady::time_point reclaimed_at = Steady::now();
  std::unique_lock lock(mutex_);
  while (!stops_) {
    is_woken_ = false;
    const auto members = std::exchange(members_, {});
    lock.unlock();
    for (const auto& news : members) {
      const auto* list = std::get_if<MemberList>(&news);
      list != nullptr ? controller_->note_members(*list)
                      : controller_->note_departed(std::get<Member>(news));
    }
    look_for_leavers();
    step_began_ = Steady::now();
    controller_->step();
    publish_peers();
    auto follows = copies_->run([](const Follower& follower) { return follower.streams(); });
    if (Steady::now() - reclaimed_at > kReclaimEvery) {
      reclaimed_at = Steady::now();
      static_cast<void>(log_.store().reclaim());
    }
    lock.lock();
    follows_ = std::move(follows);
    const auto pause = link_ends_.empty() && !controller_->is_moving() ? kStepEvery : kStepAgain;
    wake_.wait_for(lock, pause, [this] { return stops_ || is_woken_; });
  }
}

// The end of a link is the first sign of a planned stop: the others need not wait for their next
// beat. Of a process that was killed the record says nothing until it has stood still.
void ClusterInstance::look_for_leavers() {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Steady::now();
    std::erase_if(link_ends_, [now](const auto& each) { return now - each.second > kLeaversFor; });
    for (const auto& [id, at] : link_ends_) {
      if (const auto peer = peers_.find(id); peer != peers_.end())
        names.push_back(peer->second.name);
    }
  }
  for (const std::string& name : names) {
    const auto text = read_member_text(log_.store(), keys_.member(name));
    if (!text.ok() || !*text) continue;
    const auto record = decode_member_record(**text);
    if (!record.ok() || !record->is_departed()) continue;
    controller_->note_departed({*record, *text});
    const std::lock_guard lock(mutex_);
    std::erase_if(link_ends_, [&](const auto& each) {
      const auto peer = peers_.find(each.first);
      return peer != peers_.end() && peer->second.name == name;
    });
  }
}

void ClusterInstance::note_map(const ClusterMap& map) {
  const std::lock_guard lock(mutex_);
  instances_ = map.instances;
}

void ClusterInstance::publish_peers() {
  PeerNames peers;
  {
    const std::lock_guard lock(mutex_);
    for (const MapInstance& instance : instances_) {
      const auto address = addresses_.find(instance.name);
      if (instance.id == id_ || address == addresses_.end()) continue;
      peers[instance.id] = {instance.name, address->second};
    }
    if (peers == peers_) return;
    peers_ = peers;
  }
  on_peers_(peers);
}

std::optional<InstanceId> ClusterInstance::owner_of(std::uint64_t stream) const {
  const std::lock_guard lock(mutex_);
  for (const MapInstance& instance : instances_) {
    if (instance.stream == stream) return instance.id;
  }
  return std::nullopt;
}

bool ClusterInstance::send(InstanceId to, PeerChannel channel, ByteBuffer&& bytes) {
  return engine_->send_bytes({to, channel, std::make_shared<const ByteBuffer>(std::move(bytes))});
}

// --- from the links

Status ClusterInstance::take(InstanceId from, PeerChannel channel,
                             std::span<const std::byte> bytes) {
  switch (channel) {
    case PeerChannel::kToOwner: {
      auto message = decode_to_owner(bytes);
      if (!message.ok()) return Error{message.error()};
      feeder_->take(from, std::move(*message));
      return {};
    }
    case PeerChannel::kToFollower: {
      auto message = decode_to_follower(bytes);
      if (!message.ok()) return Error{message.error()};
      const std::uint64_t stream = stream_of(*message);
      // Of an instance that has another stream by now.
      if (owner_of(stream) != from) return {};
      copies_->put(stream, std::move(*message));
      return {};
    }
    case PeerChannel::kControl: {
      auto message = decode_control(bytes);
      if (!message.ok()) return Error{message.error()};
      controller_->take(from, std::move(*message));
      wake();
      return {};
    }
  }
  return {};
}

void ClusterInstance::on_link(InstanceId peer, bool is_up) {
  std::uint64_t stream = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const MapInstance& instance : instances_) {
      if (instance.id == peer) stream = instance.stream;
    }
    is_up ? link_ends_.erase(peer) : link_ends_.insert_or_assign(peer, Steady::now()).second;
  }
  if (!is_up) {
    feeder_->lose(peer);
    return wake();
  }
  if (stream != 0) copies_->post([stream](Follower& follower) { follower.ask(stream); });
}

// --- questions

bool ClusterInstance::refuses_work() const {
  return journal_->unanswered_for() > kRefuseAfter ||
         journal_->tail().bytes > options_.tail_bytes_max;
}

bool ClusterInstance::is_stuck() const { return journal_->unanswered_for() > kStuckAfter; }

ClusterReport ClusterInstance::report() const {
  ClusterReport report;
  report.cluster = options_.cluster;
  report.name = options_.name;
  report.id = id_;
  if (controller_ == nullptr) return report;
  report.control = controller_->status();
  const std::int64_t now = monotonic_ms();
  const std::int64_t until = lease_.is_revoked() ? now - kLeaseMs : lease_.until_ms();
  report.lease_ms = std::max<std::int64_t>(until - now, 0);
  report.beat_age_ms = now - (until - kLeaseMs);
  report.unanswered_ms = journal_->unanswered_for().count();
  report.tail = journal_->tail();
  report.group = journal_->last_group();
  report.synced_group = journal_->synced_group();
  report.followers = feeder_->followers();
  report.dropped_groups = copies_->dropped_groups();
  const SharedJournalStats& stats = journal_->stats();
  report.appends_failed = stats.attempts_failed.get();
  report.group_bytes = stats.group_bytes.get();
  report.stored_bytes = stats.stored_bytes.get();
  report.caught_up = stats.caught_up.get();
  const std::lock_guard lock(mutex_);
  report.peers = peers_;
  report.follows = follows_;
  for (const MapInstance& instance : instances_) {
    if (instance.stream != 0) report.owners[instance.stream] = instance.id;
  }
  return report;
}

// --- the end

void ClusterInstance::fail(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_failed_, true)) return;
  }
  end_waiting();
  options_.on_failure(why);
}

void ClusterInstance::give_slots_away(std::chrono::milliseconds limit) {
  const ControllerStatus before = controller_->status();
  controller_->drain();
  beats_->set_state(MemberState::kStopping);
  wake();
  const auto begin = Steady::now();
  auto given_at = begin;
  std::uint64_t given = before.slots_given;
  for (auto now = begin; now - begin < limit && now - given_at < kGiveNoneFor && !has_failed();
       now = Steady::now()) {
    const ControllerStatus status = controller_->status();
    if (status.is_draining && status.to_give == 0) break;
    if (std::exchange(given, status.slots_given) != status.slots_given) given_at = now;
    std::this_thread::sleep_for(kGiveLook);
  }
  const ControllerStatus status = controller_->status();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begin);
  const std::string text =
      fmt::format("{} of {} slots were given to other instances in {} ms",
                  status.slots_given - before.slots_given, before.owned, took.count());
  if (status.to_give == 0) return log(false, text);
  log(true, fmt::format("{}; {} were not asked for, and are taken over after the end of this one",
                        text, status.to_give));
}

bool ClusterInstance::has_failed() const {
  const std::lock_guard lock(mutex_);
  return has_failed_;
}

void ClusterInstance::end_waiting() {
  if (journal_ != nullptr) journal_->end_waiting();
}

void ClusterInstance::stop() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
    wake_.notify_all();
  }
  if (control_.joinable()) control_.join();
  if (feeder_ != nullptr) feeder_->stop();
  if (copies_ != nullptr) copies_->stop();
}

Status ClusterInstance::leave() { return beats_->leave(); }

}  // namespace frontrow
