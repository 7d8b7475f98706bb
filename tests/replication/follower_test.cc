// A follower and the feeder of its owner, over links that lose messages, on real directories.
#include "engine/runtime/replication/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "engine/base/prng.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/recovery/recovery.h"
#include "engine/runtime/replication/copy_codec.h"
#include "tests/replication/shop_owner.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr InstanceId kFollower = 2;

// An owner and one follower. Messages wait in queues until pump() delivers them.
class Pair {
 public:
  Pair() { start_owner(); }

  void start_owner() {
    owner_.reset();
    owner_ = std::make_unique<ShopOwner>(
        owner_dir_.data(),
        FeederOptions{.send = [this](InstanceId, const ToFollower& m) { return to_follower(m); },
                      .on_copied = [this](std::uint64_t group) { copied_ = group; }});
  }
  void start_follower() {
    follower_.reset();
    journal_.reset();
    to_owner_.clear();
    to_follower_.clear();
    journal_ = open_at(follower_dir_.data());
    static_cast<void>(replayed(*journal_));
    follower_ = std::make_unique<Follower>(
        *journal_->copies(),
        FollowerOptions{
            .retention = retention_,
            .now = [this] { return kDay + seconds(86'400); },
            .send = [this](std::uint64_t, ToOwner&& m) { return to_owner(std::move(m)); },
            .on_note = [this](const std::string& note) { notes_.push_back(note); }});
  }

  // A group of the owner that no message carries, as an earlier version wrote it.
  void write_large_group() {
    owner_.reset();
    const auto journal = open_at(owner_dir_.data());
    static_cast<void>(replayed(*journal));
    const UserId user{{9}};
    ByteBuffer records;
    std::uint32_t count = 0;
    while (records.size() <= kCopyBytesMax) {
      const std::size_t begin = begin_record(records, slot_of_user(user), ++count, Instant{1000});
      ByteWriter writer(records);
      encode_event(WalletCharged{user, ChargeId{count}, Money{1}}, writer);
      finish_record(records, begin, 1);
    }
    const std::span<const std::byte> part = records;
    ASSERT_EQ(journal->append({{&part, 1}, count, count, Instant{1000}}), AppendStatus::kDurable);
    ASSERT_TRUE(journal->close().ok());
  }
  // Delivers until nothing is under way.
  void pump() {
    while (deliver()) {
    }
  }
  bool deliver() {
    bool any = false;
    while (!to_owner_.empty()) {
      ToOwner message = std::move(to_owner_.front());
      to_owner_.pop_front();
      if (loses_ == 0 || random_.below(100) >= loses_) {
        owner_->feeder().take(kFollower, std::move(message));
        any = true;
      }
    }
    any |= owner_->feeder().step();
    while (!to_follower_.empty()) {
      ToFollower message = std::move(to_follower_.front());
      to_follower_.pop_front();
      any = true;
      if (loses_ > 0 && random_.below(100) < loses_) continue;
      if (before_) before_(message);
      follower_->take(owner_->stream(), std::move(message));
    }
    return any;
  }
  void break_link() {
    to_owner_.clear();
    to_follower_.clear();
    owner_->feeder().lose(kFollower);
    follower_->ask(owner_->stream());
  }
  void lose(unsigned percent) { loses_ = percent; }
  // Followers that are started from now on keep groups for an hour, and their clock is a day ahead.
  void keep_an_hour() { retention_ = {.everything = false, .time = seconds(3'600)}; }
  // The follower has the state of every slot of the owner.
  void expect_equal() {
    EXPECT_TRUE(follower_->sync().ok());
    pump();
    EXPECT_EQ(follower_->newest(owner_->stream()), owner_->journal().last_group());
    for (const auto& [id, hash] : owner_->hashes()) {
      ASSERT_TRUE(follower_->is_warm(owner_->stream(), SlotId{id})) << id;
    }
    EXPECT_EQ(shadow_hashes(), owner_->hashes());
  }
  std::map<std::uint16_t, StateHash> shadow_hashes() {
    std::map<std::uint16_t, StateHash> hashes;
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const auto hash = follower_->state_hash(owner_->stream(), SlotId{id});
      if (hash) hashes[id] = *hash;
    }
    return hashes;
  }

  ShopOwner& owner() { return *owner_; }
  Follower& follower() { return *follower_; }
  RocksDbJournal& journal() { return *journal_; }
  std::uint64_t copied() const { return copied_; }
  const std::vector<std::string>& notes() const { return notes_; }
  const std::deque<ToOwner>& sent_to_owner() const { return to_owner_; }
  void tamper(std::function<void(ToFollower&)> how) { tamper_ = std::move(how); }
  // Called before a message is delivered.
  void before(std::function<void(const ToFollower&)> what) { before_ = std::move(what); }

  // The link to the owner has no room.
  void fill_link(bool is_full) { is_full_ = is_full; }
  // The next message of this kind is lost.
  template <class Message>
  void lose_next() {
    is_lost_ = [](const ToFollower& m) { return std::holds_alternative<Message>(m); };
  }

 private:
  bool to_owner(ToOwner&& message) {
    if (is_full_) return false;
    to_owner_.push_back(std::move(message));
    return true;
  }
  bool to_follower(const ToFollower& message) {
    if (to_follower_.size() >= 8) return false;  // no room
    to_follower_.push_back(message);
    if (tamper_) tamper_(to_follower_.back());
    if (is_lost_ && is_lost_(message)) {
      is_lost_ = nullptr;
      to_follower_.pop_back();
    }
    return true;
  }

  TempDirectory owner_dir_, follower_dir_;
  Retention retention_;
  std::unique_ptr<ShopOwner> owner_;
  std::unique_ptr<RocksDbJournal> journal_;
  std::unique_ptr<Follower> follower_;
  std::deque<ToOwner> to_owner_;
  std::deque<ToFollower> to_follower_;
  std::function<void(ToFollower&)> tamper_;
  std::function<void(const ToFollower&)> before_;
  std::uint64_t copied_ = 0;
  std::vector<std::string> notes_;
  unsigned loses_ = 0;
  bool is_full_ = false;
  std::function<bool(const ToFollower&)> is_lost_;
  Prng random_{5};
};

TEST(Follower, follows_a_new_stream_from_its_first_group) {
  Pair pair;
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  const ConcertId concert = pair.owner().open_concert();
  pair.owner().act(concert, 300, 1);
  pair.owner().log_hashes();
  pair.pump();
  pair.expect_equal();
  EXPECT_THAT(pair.notes(), IsEmpty());
}

TEST(Follower, begins_late_with_snapshots_and_the_groups_after_the_checkpoint) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.owner().act(concert, 300, 1);
  pair.owner().checkpoint();
  pair.owner().act(concert, 200, 2);
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  pair.expect_equal();
  pair.owner().act(concert, 200, 3);
  pair.owner().log_hashes();
  pair.pump();
  pair.expect_equal();
  EXPECT_THAT(pair.notes(), IsEmpty());
}

TEST(Follower, asks_again_if_the_link_took_no_question) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.owner().act(concert, 300, 1);
  pair.owner().checkpoint();
  pair.start_follower();
  pair.fill_link(true);
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  pair.follower().ask_again();
  pair.fill_link(false);
  pair.pump();
  EXPECT_EQ(pair.follower().newest(pair.owner().stream()), 0U);
  for (int second = 0; second < 3; ++second) {
    pair.follower().ask_again();
    pair.pump();
  }
  pair.expect_equal();
}

TEST(Follower, tells_the_owner_what_is_on_disk_once_the_link_has_room) {
  Pair pair;
  pair.owner().feeder().set_followers({kFollower});
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  pair.owner().act(pair.owner().open_concert(), 100, 1);
  pair.pump();
  pair.fill_link(true);
  EXPECT_TRUE(pair.follower().sync().ok());
  pair.fill_link(false);
  EXPECT_TRUE(pair.follower().sync().ok());
  pair.pump();
  EXPECT_EQ(pair.copied(), pair.owner().journal().last_group());
}

TEST(Follower, asks_again_after_a_while_if_the_end_of_the_snapshots_was_lost) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.owner().act(concert, 300, 1);
  pair.owner().checkpoint();
  pair.start_follower();
  pair.lose_next<SnapshotsSent>();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  // Groups go on, and tell nothing of the snapshots.
  for (int second = 0; second < 4; ++second) {
    pair.owner().act(concert, 10, 2 + second);
    pair.follower().ask_again();
    pair.pump();
  }
  EXPECT_THAT(pair.notes(), IsEmpty());
  pair.follower().ask_again();
  pair.pump();
  EXPECT_THAT(pair.notes(), Contains(HasSubstr("has sent no snapshot for 5 s")));
  pair.expect_equal();
}

TEST(Follower, store_may_let_go_of_what_the_followers_that_count_have_on_disk) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  pair.owner().feeder().set_followers({kFollower, 3});
  pair.owner().act(concert, 50, 1);
  pair.pump();
  ASSERT_TRUE(pair.follower().sync().ok());
  pair.pump();
  EXPECT_EQ(pair.copied(), 0U);  // instance 3 has nothing
  pair.owner().feeder().set_followers({kFollower});
  EXPECT_EQ(pair.copied(), pair.owner().journal().last_group());
  pair.owner().act(concert, 50, 2);
  pair.pump();
  EXPECT_LT(pair.copied(), pair.owner().journal().last_group());  // not synced
  ASSERT_TRUE(pair.follower().sync().ok());
  pair.pump();
  EXPECT_EQ(pair.copied(), pair.owner().journal().last_group());
}

TEST(Follower, restores_its_slots_from_its_own_disk) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  pair.owner().act(concert, 200, 1);
  pair.pump();
  ASSERT_TRUE(pair.follower().checkpoint(pair.owner().stream(), true).ok());
  pair.owner().act(concert, 200, 2);
  pair.pump();
  ASSERT_TRUE(pair.follower().sync().ok());
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  // Before any message of the owner.
  EXPECT_EQ(pair.shadow_hashes(), pair.owner().hashes());
  for (std::uint16_t id = 0; id < kSlotCount; ++id)
    EXPECT_TRUE(pair.follower().is_warm(pair.owner().stream(), SlotId{id})) << id;
  pair.owner().act(concert, 200, 3);
  pair.break_link();
  pair.pump();
  pair.expect_equal();
  EXPECT_THAT(pair.notes(), IsEmpty());
}

TEST(Follower, old_groups_of_a_copy_are_trimmed_as_the_retention_says) {
  Pair pair;
  pair.keep_an_hour();
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  // More groups than are trimmed at least.
  for (std::uint64_t group = 1; group <= 2'000; ++group) {
    pair.owner().act(concert, 2, group);
    pair.pump();
  }
  ASSERT_TRUE(pair.follower().checkpoint(pair.owner().stream(), true).ok());
  const CopyState copy = pair.journal().copies()->streams().at(0);
  EXPECT_EQ(copy.log_start.number, copy.newest.number - 1);
  pair.owner().act(concert, 10, 2);
  pair.pump();
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  EXPECT_EQ(pair.shadow_hashes(), pair.owner().hashes());
}

TEST(Follower, link_that_loses_messages_and_breaks_loses_nothing) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Pair pair;
    Prng random(seed);
    const ConcertId concert = pair.owner().open_concert();
    pair.owner().act(concert, 100, seed);
    pair.owner().checkpoint();
    pair.start_follower();
    pair.follower().follow(pair.owner().stream(), all_slots());
    pair.lose(10);
    for (int round = 0; round < 12; ++round) {
      pair.owner().act(concert, 30, seed * 100 + static_cast<std::uint64_t>(round));
      for (std::uint64_t i = random.below(20); i > 0; --i) pair.deliver();
      if (random.below(4) == 0) pair.break_link();
      if (random.below(6) == 0) pair.owner().checkpoint();
      if (random.below(8) == 0) {
        ASSERT_TRUE(pair.follower().sync().ok());
        pair.start_follower();
        pair.follower().follow(pair.owner().stream(), all_slots());
      }
    }
    pair.lose(0);
    pair.break_link();
    pair.pump();
    pair.follower().ask_again();
    pair.pump();
    pair.expect_equal();
  }
}

TEST(Follower, owner_that_was_started_again_goes_on) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.owner().act(concert, 100, 1);
  pair.pump();
  pair.start_owner();
  pair.owner().act(concert, 100, 2);
  pair.break_link();
  pair.pump();
  pair.expect_equal();
}

TEST(Follower, group_that_was_changed_on_its_way_begins_the_copy_anew) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.owner().act(concert, 50, 1);
  pair.pump();
  bool has_tampered = false;
  pair.tamper([&](ToFollower& message) {
    auto* group = std::get_if<CopyGroup>(&message);
    if (group == nullptr || has_tampered) return;
    auto bytes = std::make_shared<ByteBuffer>(*group->bytes);
    bytes->back() ^= std::byte{1};
    group->bytes = std::move(bytes);
    has_tampered = true;
  });
  pair.owner().act(concert, 50, 2);
  pair.pump();
  EXPECT_TRUE(has_tampered);
  ASSERT_EQ(pair.notes().size(), 1U);
  EXPECT_THAT(pair.notes()[0], HasSubstr("begins anew"));
  pair.expect_equal();
}

TEST(Follower, group_that_no_message_carries_is_passed_over_at_a_checkpoint) {
  Pair pair;
  pair.write_large_group();
  pair.start_owner();
  pair.start_follower();
  pair.follower().follow(pair.owner().stream(), all_slots());
  const ConcertId concert = pair.owner().open_concert();
  pair.owner().act(concert, 20, 1);
  pair.pump();
  EXPECT_EQ(pair.follower().newest(pair.owner().stream()), 0U) << "it waits";
  pair.owner().checkpoint();
  pair.owner().act(concert, 20, 2);
  pair.pump();
  pair.expect_equal();
  EXPECT_THAT(pair.notes(), IsEmpty());
}

TEST(Follower, slot_that_is_no_longer_followed_leaves_no_stale_snapshot) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  const std::uint64_t stream = pair.owner().stream();
  pair.follower().follow(stream, all_slots());
  pair.owner().act(concert, 100, 1);
  pair.pump();
  ASSERT_TRUE(pair.follower().checkpoint(stream, true).ok());
  SlotSet others = all_slots();
  others.reset(slot_of_concert(concert).value);
  pair.follower().follow(stream, others);
  EXPECT_FALSE(pair.follower().is_warm(stream, slot_of_concert(concert)));
  pair.owner().act(concert, 100, 2);
  pair.pump();
  ASSERT_TRUE(pair.follower().checkpoint(stream, true).ok());
  // The groups of the second act are below the checkpoint now.
  pair.start_follower();
  pair.follower().follow(stream, all_slots());
  EXPECT_FALSE(pair.follower().is_warm(stream, slot_of_concert(concert)));
  pair.owner().checkpoint();
  pair.pump();
  pair.follower().ask_again();
  pair.pump();
  pair.expect_equal();
}

TEST(Follower, released_slot_is_the_owner_s) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  const std::uint64_t stream = pair.owner().stream();
  pair.follower().follow(stream, all_slots());
  pair.owner().act(concert, 100, 1);
  pair.pump();
  const SlotId slot = slot_of_concert(concert);
  EXPECT_TRUE(pair.follower().has_state(stream, slot));
  const std::unique_ptr<Slot> state = pair.follower().release(stream, slot);
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->state_hash(), pair.owner().hashes()[slot.value]);
  EXPECT_FALSE(pair.follower().is_warm(stream, slot));
  // A slot that nobody has used yet.
  const SlotId empty{static_cast<std::uint16_t>(slot.value == 7 ? 8 : 7)};
  if (!pair.owner().hashes().contains(empty.value)) {
    EXPECT_TRUE(pair.follower().is_warm(stream, empty));
    EXPECT_EQ(pair.follower().release(stream, empty), nullptr);
  }
}

// The end of an answer that crosses the next question names slots whose snapshots were thrown away.
TEST(Follower, end_of_an_earlier_answer_makes_no_slot_empty) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.owner().act(concert, 300, 1);
  pair.owner().checkpoint();
  pair.start_follower();
  bool has_crossed = false;
  pair.before([&](const ToFollower& message) {
    if (!std::holds_alternative<SnapshotsSent>(message) || std::exchange(has_crossed, true)) return;
    pair.follower().ask(pair.owner().stream());
  });
  pair.follower().follow(pair.owner().stream(), all_slots());
  pair.pump();
  EXPECT_TRUE(has_crossed);
  pair.expect_equal();
  EXPECT_THAT(pair.notes(), IsEmpty());
}

// Written beside the groups that the copy has, it would be taken for the state at their end.
TEST(Follower, snapshot_of_a_later_group_waits_until_the_copy_has_it) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  const SlotId slot = slot_of_concert(concert);
  const std::uint64_t stream = pair.owner().stream();
  pair.start_follower();
  SlotSet others = all_slots();
  others.reset(slot.value);
  pair.follower().follow(stream, others);
  pair.pump();
  pair.owner().act(concert, 100, 1);
  pair.owner().checkpoint();

  pair.follower().follow(stream, all_slots());
  Archive& archive = pair.owner().journal().archive();
  const auto heads = archive.snapshots();
  ASSERT_TRUE(heads.ok());
  const auto head = std::ranges::find(*heads, slot, &SnapshotHead::slot);
  ASSERT_NE(head, heads->end());
  ASSERT_GT(head->group, pair.follower().newest(stream));
  SnapshotPart part{.head = *head};
  const Status read = archive.read_snapshot(*head, [&](std::span<const std::byte> bytes) -> Status {
    part.bytes = std::make_shared<ByteBuffer>(bytes.begin(), bytes.end());
    pair.follower().take(stream, SnapshotPart(part));
    ++part.part;
    return {};
  });
  ASSERT_TRUE(read.ok()) << read.error();
  pair.follower().take(stream, SnapshotsSent{.stream = stream, .slots = {slot}});
  EXPECT_FALSE(pair.follower().is_warm(stream, slot));

  pair.pump();
  pair.follower().ask_again();
  pair.pump();
  pair.expect_equal();
  pair.start_follower();
  pair.follower().follow(stream, all_slots());
  EXPECT_TRUE(pair.follower().is_warm(stream, slot));
  EXPECT_EQ(pair.follower().state_hash(stream, slot), pair.owner().hashes()[slot.value]);
}

TEST(Follower, slot_that_was_given_up_between_two_starts_leaves_no_stale_snapshot) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  const std::uint64_t stream = pair.owner().stream();
  pair.follower().follow(stream, all_slots());
  pair.owner().act(concert, 100, 1);
  pair.pump();
  ASSERT_TRUE(pair.follower().checkpoint(stream, true).ok());
  pair.start_follower();
  SlotSet others = all_slots();
  others.reset(slot_of_concert(concert).value);
  pair.follower().follow(stream, others);
  pair.owner().act(concert, 100, 2);
  pair.break_link();
  pair.pump();
  ASSERT_TRUE(pair.follower().checkpoint(stream, true).ok());
  // The groups of the second act are below the checkpoint now.
  pair.start_follower();
  pair.follower().follow(stream, all_slots());
  EXPECT_FALSE(pair.follower().is_warm(stream, slot_of_concert(concert)));
  pair.owner().checkpoint();
  pair.break_link();
  pair.pump();
  pair.follower().ask_again();
  pair.pump();
  pair.expect_equal();
}

// A checkpoint of the copy between a takeover and the snapshots that it leads to.
TEST(Follower, checkpoint_keeps_the_state_of_a_slot_that_was_taken) {
  for (const bool starts_again : {false, true}) {
    SCOPED_TRACE(starts_again);
    Pair pair;
    const ConcertId concert = pair.owner().open_concert();
    pair.start_follower();
    const std::uint64_t stream = pair.owner().stream();
    pair.follower().follow(stream, all_slots());
    pair.owner().act(concert, 100, 1);
    pair.pump();
    ASSERT_TRUE(pair.follower().checkpoint(stream, true).ok());
    pair.owner().act(concert, 100, 2);
    pair.pump();
    const SlotId slot = slot_of_concert(concert);
    const StateHash hash = pair.owner().hashes()[slot.value];
    const std::uint64_t end = pair.owner().journal().last_group();
    static_cast<void>(pair.follower().release(stream, slot));
    ASSERT_TRUE(pair.follower().checkpoint(stream, true).ok());
    if (starts_again) {
      pair.start_follower();
      SlotSet taken;
      pair.follower().follow(stream, taken.set(slot.value));
      EXPECT_EQ(pair.follower().state_hash(stream, slot), hash);
    }
    const std::vector slots{slot};
    const Status founded = pair.follower().found({stream, end}, slots, pair.journal().archive(), 0);
    ASSERT_TRUE(founded.ok()) << founded.error();
    const auto heads = pair.journal().archive().snapshots();
    ASSERT_TRUE(heads.ok());
    ASSERT_EQ(heads->size(), 1U);
    EXPECT_EQ(heads->front().state_hash, hash);
  }
}

// After a takeover the own stream goes on from a snapshot that was made of the copy.
TEST(Follower, slot_that_was_taken_is_founded_in_the_own_stream) {
  Pair pair;
  const ConcertId concert = pair.owner().open_concert();
  pair.start_follower();
  const std::uint64_t stream = pair.owner().stream();
  pair.follower().follow(stream, all_slots());
  pair.owner().act(concert, 100, 1);
  pair.pump();
  const SlotId slot = slot_of_concert(concert);
  const StateHash hash = pair.owner().hashes()[slot.value];
  const std::uint64_t end = pair.owner().journal().last_group();
  static_cast<void>(pair.follower().release(stream, slot));
  pair.owner().act(concert, 50, 2);  // as if the slot had come back later
  pair.pump();
  const std::vector slots{slot};
  const Status founded = pair.follower().found({stream, end}, slots, pair.journal().archive(), 0);
  ASSERT_TRUE(founded.ok()) << founded.error();
  pair.start_follower();
  const auto heads = pair.journal().archive().snapshots();
  ASSERT_TRUE(heads.ok());
  ASSERT_EQ(heads->size(), 1U);
  EXPECT_EQ(heads->front().slot, slot);
  EXPECT_EQ(heads->front().state_hash, hash);
  // The other instance's clock would move this one's at the next start.
  EXPECT_EQ(heads->front().time, Instant{});
  EXPECT_FALSE(pair.follower().found({stream, end}, slots, pair.journal().archive(), 0).ok());
}

}  // namespace
}  // namespace frontrow
