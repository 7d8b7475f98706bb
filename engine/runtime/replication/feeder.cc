#include "engine/runtime/replication/feeder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/runtime/journal/journal.h"
#include "engine/runtime/replication/copy_codec.h"

namespace frontrow {
namespace {

// Groups that are sent to one follower before the next one has its turn.
constexpr std::size_t kGroupsATurn = 64;
// The wait for a link that takes nothing, and for the allowance of snapshots.
constexpr auto kPause = std::chrono::milliseconds(5);
// Snapshots that may be sent at once after a rest, in seconds of their rate.
constexpr double kBurst_s = 0.1;

}  // namespace

Feeder::Feeder(Archive& archive, std::uint64_t last_group, FeederOptions options)
    : archive_(archive),
      stream_(archive.stream()),
      options_(std::move(options)),
      last_(last_group) {}

Feeder::~Feeder() { stop(); }

void Feeder::start() {
  thread_ = std::thread([this] { run(); });
}

void Feeder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Feeder::run() {
  std::unique_lock lock(mutex_);
  while (!stops_) {
    has_news_ = false;
    lock.unlock();
    const bool sent = step();
    lock.lock();
    if (sent || stops_) continue;
    const bool has_more = std::any_of(fed_.begin(), fed_.end(), [this](const auto& fed) {
      return fed.second.next != 0 && (fed.second.next <= last_ || fed.second.ends.stream != 0);
    });
    if (has_more) {
      wake_.wait_for(lock, kPause, [this] { return stops_; });
    } else {
      wake_.wait(lock, [this] { return stops_ || has_news_; });
    }
  }
}

bool Feeder::step() {
  std::vector<InstanceId> followers;
  {
    const std::lock_guard lock(mutex_);
    followers.reserve(fed_.size());
    for (const auto& [id, fed] : fed_) followers.push_back(id);
  }
  bool any = false;
  for (const InstanceId id : followers) any |= serve(id);
  return any;
}

bool Feeder::serve(InstanceId follower) {
  std::optional<CopyWanted> asked;
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    asked = std::exchange(fed_[follower].asked, std::nullopt);
    generation = fed_[follower].generation;
  }
  if (asked) answer(follower, generation, std::move(*asked));
  const bool has_fed = feed_groups(follower);
  return feed_snapshots(follower) || has_fed || asked;
}

// --- from other threads

void Feeder::publish(std::uint64_t number, SharedBytes group) {
  const std::lock_guard lock(mutex_);
  last_ = number;
  recent_bytes_ += group->size();
  recent_.push_back({stream_, number, std::move(group)});
  while (recent_bytes_ > kRecentBytes && recent_.size() > 1) {
    recent_bytes_ -= recent_.front().bytes->size();
    recent_.pop_front();
  }
  has_news_ = true;
  wake_.notify_one();
}

void Feeder::take(InstanceId from, ToOwner&& message) {
  const std::lock_guard lock(mutex_);
  if (auto* wanted = std::get_if<CopyWanted>(&message)) {
    if (wanted->newest.stream != stream_) return;  // of an earlier directory of this instance
    Fed& fed = fed_[from];
    const std::uint64_t synced = fed.synced;
    fed = {.generation = fed.generation + 1, .asked = std::move(*wanted), .synced = synced};
    has_news_ = true;
    wake_.notify_one();
    return;
  }
  const auto& synced = std::get<CopySynced>(message);
  if (synced.stream != stream_ || synced.group > last_) return;
  // Not the maximum: a copy that was begun anew has less.
  fed_[from].synced = synced.group;
  note_copied();
}

void Feeder::lose(InstanceId follower) {
  const std::lock_guard lock(mutex_);
  Fed& fed = fed_[follower];
  fed = {.generation = fed.generation + 1, .synced = fed.synced};
}

void Feeder::set_followers(const std::vector<InstanceId>& followers) {
  const std::lock_guard lock(mutex_);
  counted_ = followers;
  note_copied();
}

void Feeder::note_copied() {
  if (counted_.empty()) return;
  std::uint64_t least = last_;
  for (const InstanceId id : counted_) least = std::min(least, fed_[id].synced);
  if (least <= copied_.load()) return;
  copied_.store(least, std::memory_order_release);
  options_.on_copied(least);
}

std::vector<FedFollower> Feeder::followers() const {
  const std::lock_guard lock(mutex_);
  std::vector<FedFollower> all;
  for (const auto& [id, fed] : fed_) {
    all.push_back({.instance = id,
                   .sent = fed.next == 0 ? 0 : fed.next - 1,
                   .synced = fed.synced,
                   .snapshots_left = fed.wanted.size()});
  }
  return all;
}

// --- the questions of a follower

// The first of the slots, with about kAnswerBytes: the follower keeps them in memory until the last
// one has come, and then asks for the rest.
void Feeder::cut(std::vector<SlotId>& slots, const std::map<SlotId, SnapshotHead>& heads) {
  std::uint64_t bytes = 0;
  std::erase_if(slots, [&](SlotId slot) {
    const auto head = heads.find(slot);
    if (head == heads.end()) return false;
    const bool is_left = bytes > kAnswerBytes;
    bytes += head->second.bytes;
    return is_left;
  });
}

void Feeder::answer(InstanceId follower, std::uint64_t generation, CopyWanted&& asked) {
  // Before any snapshot is read: each of them covers the records up to it.
  const std::uint64_t checkpoint = archive_.checkpoint_group();
  const std::uint64_t newest = asked.newest.number;
  const auto position = archive_.position_at(newest);
  const bool is_reached = newest > 0 || checkpoint == 0;
  const bool goes_on =
      asked.has_copy && is_reached && position.ok() && position->hash == asked.newest.hash;
  if (!goes_on) {
    static_cast<void>(begin_copy(follower, checkpoint));
    return;
  }
  std::map<SlotId, SnapshotHead> heads;
  if (!asked.snapshots.empty()) {
    const auto all = archive_.snapshots();
    if (!all.ok()) return options_.on_note("a follower gets no snapshots: " + all.error());
    for (const SnapshotHead& head : *all) heads[head.slot] = head;
    cut(asked.snapshots, heads);
  }
  const std::lock_guard lock(mutex_);
  Fed& fed = fed_[follower];
  if (fed.generation != generation) return;  // it has asked again
  fed.next = newest + 1;
  if (asked.snapshots.empty()) return;
  fed.wanted = std::move(asked.snapshots);
  fed.heads = std::move(heads);
  fed.ends = {stream_, checkpoint, fed.wanted, {}};
}

// The follower asks again then.
bool Feeder::begin_copy(InstanceId follower, std::uint64_t checkpoint) {
  const auto begin = archive_.position_at(checkpoint);
  if (begin.ok()) return options_.send(follower, CopyBegins{*begin});
  options_.on_note(fmt::format("instance {} can't copy this stream: {}", follower, begin.error()));
  return false;
}

// --- groups

// From the recent ones, or from the log; none if the log has none from there on.
std::vector<CopyGroup> Feeder::groups_from(std::uint64_t next) {
  std::uint64_t through = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!recent_.empty() && next >= recent_.front().number) {
      const auto first =
          recent_.begin() + static_cast<std::ptrdiff_t>(next - recent_.front().number);
      const auto count = std::min<std::ptrdiff_t>(recent_.end() - first, kGroupsATurn);
      return {first, first + count};
    }
    through = std::min(last_, next + kGroupsATurn - 1);
  }
  std::vector<CopyGroup> groups;
  const Status read =
      archive_.read_groups(next - 1, through, [&](const GroupView& group) -> Status {
        groups.push_back({stream_, group.number,
                          std::make_shared<ByteBuffer>(group.bytes.begin(), group.bytes.end())});
        return {};
      });
  if (!read.ok()) options_.on_note("a follower can't be fed from the log: " + read.error());
  return groups;
}

bool Feeder::feed_groups(InstanceId follower) {
  std::uint64_t next = 0;
  std::uint64_t generation = 0;
  bool is_too_large = false;
  {
    const std::lock_guard lock(mutex_);
    const Fed& fed = fed_[follower];
    if (fed.next == 0 || fed.next > last_) return false;
    next = fed.next;
    generation = fed.generation;
    is_too_large = fed.is_too_large;
  }
  if (is_too_large) return feed_behind(follower, next, generation);
  const auto is_large = [](const CopyGroup& group) { return group.bytes->size() > kCopyBytesMax; };
  const std::vector<CopyGroup> groups = groups_from(next);
  std::uint64_t sent = 0;
  while (sent < groups.size() && !is_large(groups[sent]) && options_.send(follower, groups[sent]))
    ++sent;
  const std::lock_guard lock(mutex_);
  Fed& fed = fed_[follower];
  if (fed.generation == generation) {
    fed.next = next + sent;
    fed.is_too_large = sent < groups.size() && is_large(groups[sent]);
  }
  return sent > 0;
}

// A directory that was imported may have groups that no message carries. The copy begins at a
// checkpoint behind such a group, once there is one.
bool Feeder::feed_behind(InstanceId follower, std::uint64_t group, std::uint64_t generation) {
  const std::uint64_t checkpoint = archive_.checkpoint_group();
  if (checkpoint < group || !begin_copy(follower, checkpoint)) return false;
  const std::lock_guard lock(mutex_);
  Fed& fed = fed_[follower];
  if (fed.generation == generation) fed.next = 0;
  return true;
}

// --- snapshots

bool Feeder::may_send(std::uint64_t bytes) {
  const auto now = Steady::now();
  const double rate = static_cast<double>(options_.snapshot_bytes_per_s);
  allowed_bytes_ += std::chrono::duration<double>(now - allowed_at_).count() * rate;
  allowed_bytes_ = std::min(allowed_bytes_, rate * kBurst_s);
  allowed_at_ = now;
  if (allowed_bytes_ <= 0) return false;
  allowed_bytes_ -= static_cast<double>(bytes);
  return true;
}

// `head`: as of the question; none: the slot had no snapshot then. Empty: it has none.
Result<std::deque<ToFollower>> Feeder::parts_of(SlotId slot, std::optional<SnapshotHead> head) {
  std::deque<ToFollower> parts;
  if (!head) return parts;
  const Status read = archive_.read_snapshot(*head, [&](std::span<const std::byte> part) -> Status {
    parts.push_back(SnapshotPart{*head, static_cast<std::uint32_t>(parts.size()),
                                 std::make_shared<ByteBuffer>(part.begin(), part.end())});
    return {};
  });
  if (!read.ok())
    return Error{fmt::format("the snapshot of slot {}: {}", slot.value, read.error())};
  return parts;
}

bool Feeder::feed_snapshots(InstanceId follower) {
  std::unique_lock lock(mutex_);
  bool any = false;
  while (fed_[follower].ends.stream != 0) {
    Fed& fed = fed_[follower];
    const std::uint64_t generation = fed.generation;
    if (fed.parts.empty() && !fed.wanted.empty()) {
      const SlotId slot = fed.wanted.back();
      fed.wanted.pop_back();
      const auto found = fed.heads.find(slot);
      const auto head = found == fed.heads.end() ? std::nullopt : std::optional(found->second);
      lock.unlock();
      auto parts = parts_of(slot, head);
      lock.lock();
      if (fed_[follower].generation != generation) return any;
      if (parts.ok() && parts->empty()) fed_[follower].ends.without.push_back(slot);
      if (parts.ok()) {
        fed_[follower].parts = std::move(*parts);
      } else {
        // Replaced by a checkpoint meanwhile: the follower asks again.
        std::erase(fed_[follower].ends.slots, slot);
      }
      continue;
    }
    const bool is_end = fed.parts.empty();
    if (is_end) std::ranges::sort(fed.ends.without);
    const ToFollower message = is_end ? ToFollower(fed.ends) : fed.parts.front();
    const auto* part = std::get_if<SnapshotPart>(&message);
    lock.unlock();
    const bool sent =
        may_send(part == nullptr ? 0 : part->bytes->size()) && options_.send(follower, message);
    lock.lock();
    if (!sent || fed_[follower].generation != generation) return any;
    any = true;
    if (is_end) {
      fed_[follower].ends = {};
    } else {
      fed_[follower].parts.pop_front();
    }
  }
  return any;
}

}  // namespace frontrow
