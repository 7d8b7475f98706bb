// Copies of other streams on the real RocksDB: groups, beginning and dropping, snapshots, trimming.
#include "engine/runtime/journal/copies.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/runtime/recovery/recovery.h"
#include "tests/storage/local/copies_support.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kOther = 0x0fedcba987654321;
constexpr std::uint64_t kThird = 0x0fedcba987654322;  // right behind it in the order of keys

TEST(Copies, added_groups_come_back_byte_by_byte_after_a_restart) {
  const TempDirectory dir;
  StreamOwner owner(kOther);
  {
    auto journal = journal_up_to(dir.data(), 3);
    Copies& copies = *journal->copies();
    EXPECT_TRUE(copies.streams().empty());
    EXPECT_EQ(copies.archive(kOther), nullptr);
    ASSERT_TRUE(copies.begin(owner.position(0)).ok());
    add_up_to(copies, owner, 10);
    EXPECT_EQ(copy_of(copies, kOther).synced, 0U);
    const auto synced = copies.sync();
    ASSERT_TRUE(synced.ok()) << synced.error();
    ASSERT_EQ(synced->size(), 1U);
    EXPECT_EQ(synced->front().stream, kOther);
    EXPECT_EQ(synced->front().group, 10U);
    add_up_to(copies, owner, 12);
    append_up_to(*journal, 5);
  }
  auto journal = open_at(dir.data());
  Copies& copies = *journal->copies();
  // The page cache outlives the process: groups that were not synced are here, too.
  const CopyState state = copy_of(copies, kOther);
  EXPECT_EQ(state.damage, "");
  EXPECT_EQ(state.log_start.number, 0U);
  EXPECT_EQ(state.newest.number, 12U);
  EXPECT_EQ(state.newest.hash, owner.position(12).hash);
  EXPECT_EQ(state.newest.epoch, 1U);
  EXPECT_EQ(state.synced, 10U);
  EXPECT_EQ(copies.sync()->front().group, 12U);
  expect_copied(copies, owner, 0, 12);
  expect_copied(copies, owner, 7, 9);
  expect_groups(*journal, 5, 5);
  add_up_to(copies, owner, 13);
}

TEST(Copies, repeated_group_is_accepted_and_another_one_in_its_place_refused_with_both_hashes) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 1);
  Copies& copies = *journal->copies();
  StreamOwner owner(kOther);
  StreamOwner impostor(kOther, 301);
  ASSERT_TRUE(copies.begin(owner.position(0)).ok());
  add_up_to(copies, owner, 5);
  for (const std::uint64_t n : {5, 2, 1}) {
    const auto again = copies.add(kOther, owner.group(n));
    ASSERT_TRUE(again.ok()) << again.error();
    EXPECT_EQ(again->number, n);
    const auto other = copies.add(kOther, impostor.group(n));
    ASSERT_FALSE(other.ok());
    EXPECT_THAT(other.error(), HasSubstr(fmt::format("{:016x}", owner.position(n).hash)));
    EXPECT_THAT(other.error(), HasSubstr(fmt::format("{:016x}", impostor.position(n).hash)));
    EXPECT_THAT(other.error(), HasSubstr(fmt::format("group {}", n)));
  }
  EXPECT_EQ(copy_of(copies, kOther).newest.number, 5U);
  add_up_to(copies, owner, 6);
}

TEST(Copies, group_that_does_not_follow_is_refused_and_changes_nothing) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 1);
  Copies& copies = *journal->copies();
  StreamOwner owner(kOther);
  StreamOwner impostor(kOther, 301);
  StreamOwner third(kThird);
  ASSERT_TRUE(copies.begin(owner.position(0)).ok());
  add_up_to(copies, owner, 3);
  const auto refused = [&](std::span<const std::byte> bytes) {
    const auto added = copies.add(kOther, bytes);
    return added.ok() ? "added" : added.error();
  };
  EXPECT_THAT(refused(owner.group(5)), HasSubstr("group number: expected 4, found 5"));
  EXPECT_THAT(refused(impostor.group(4)), HasSubstr("previous hash"));
  EXPECT_THAT(refused(third.group(4)), HasSubstr("stream: expected 0fedcba987654321"));
  ByteBuffer spoilt = owner.group(4);
  spoilt[100] ^= std::byte{1};
  EXPECT_THAT(refused(spoilt), HasSubstr("after group 3: chain hash"));
  EXPECT_THAT(refused({}), HasSubstr("bytes at least"));
  EXPECT_THAT(copies.add(kThird, third.group(1)).error(), HasSubstr("there is none"));
  EXPECT_EQ(copies.failure(), "");
  add_up_to(copies, owner, 4);
}

TEST(Copies, several_streams_grow_beside_one_another_and_the_own_one) {
  const TempDirectory dir;
  StreamOwner first(1);
  StreamOwner other(kOther);
  StreamOwner third(kThird);
  StreamOwner last(~std::uint64_t{0});
  {
    auto journal = journal_up_to(dir.data(), 2);
    Copies& copies = *journal->copies();
    for (StreamOwner* owner : {&third, &last, &first, &other})
      ASSERT_TRUE(copies.begin(owner->position(0)).ok());
    for (std::uint64_t n = 1; n <= 20; ++n) {
      for (StreamOwner* owner : {&last, &other, &third})
        add_up_to(copies, *owner, n + owner->stream() % 2);
    }
    ASSERT_TRUE(copies.sync().ok());
  }
  auto journal = open_at(dir.data());
  Copies& copies = *journal->copies();
  const auto states = copies.streams();
  ASSERT_EQ(states.size(), 4U);
  EXPECT_EQ(states[0].stream(), 1U);
  EXPECT_EQ(states[0].newest.number, 0U);
  EXPECT_EQ(states[1].stream(), kOther);
  EXPECT_EQ(states[2].stream(), kThird);
  expect_copied(copies, other, 0, 21);
  expect_copied(copies, third, 0, 20);
  expect_copied(copies, last, 0, 21);
  // The end of a copy is not the beginning of the next.
  const auto ignore = [](const GroupView&) { return Status(); };
  EXPECT_THAT(copies.archive(kOther)->read_groups(0, 22, ignore).error(),
              HasSubstr("the log ends at group 21"));
  EXPECT_THAT(copies.archive(1)->read_groups(0, 1, ignore).error(),
              HasSubstr("the log ends at group 0"));
  expect_groups(*journal, 2, 2);
}

TEST(Copies, begin_keeps_a_copy_that_reaches_the_position_and_replaces_one_that_does_not) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 1);
  Copies& copies = *journal->copies();
  StreamOwner owner(kOther);
  StreamOwner impostor(kOther, 301);
  ASSERT_TRUE(copies.begin(owner.position(4)).ok());
  EXPECT_EQ(copy_of(copies, kOther).log_start.number, 4U);
  EXPECT_EQ(copy_of(copies, kOther).newest.hash, owner.position(4).hash);
  add_up_to(copies, owner, 9);
  ASSERT_TRUE(write_part(*copies.archive(kOther), SlotId{7}, 4, 40, "old").ok());
  ASSERT_TRUE(copies.archive(kOther)->set_checkpoint_group(4).ok());
  for (const std::uint64_t kept : {0, 4, 6, 9}) {
    ASSERT_TRUE(copies.begin(owner.position(kept)).ok());
    EXPECT_EQ(copy_of(copies, kOther).newest.number, 9U);
  }
  const Status refused = copies.begin(impostor.position(6));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error(), HasSubstr(fmt::format("{:016x}", owner.position(6).hash)));
  EXPECT_THAT(refused.error(), HasSubstr(fmt::format("{:016x}", impostor.position(6).hash)));
  EXPECT_THAT(copies.begin({.stream = journal->stream()}).error(), HasSubstr("own"));

  ASSERT_TRUE(copies.begin(owner.position(20)).ok());
  for (int life = 0; life < 2; ++life) {
    Copies& now = *journal->copies();
    const CopyState state = copy_of(now, kOther);
    EXPECT_EQ(state.log_start.number, 20U);
    EXPECT_EQ(state.newest.number, 20U);
    EXPECT_EQ(state.checkpoint, 0U) << "its snapshots are still to come";
    EXPECT_EQ(read_parts(*now.archive(kOther), SlotId{7}), "none");
    EXPECT_THAT(
        now.archive(kOther)->read_groups(0, 20, [](const GroupView&) { return Status(); }).error(),
        HasSubstr("groups up to 20 are not kept"));
    if (life == 1) break;
    journal.reset();
    journal = open_at(dir.data());
  }
  add_up_to(*journal->copies(), owner, 22);
  expect_copied(*journal->copies(), owner, 20, 22);
}

TEST(Copies, snapshots_of_one_slot_in_several_streams_are_kept_apart) {
  const TempDirectory dir;
  StreamOwner other(kOther);
  StreamOwner third(kThird);
  {
    auto journal = journal_up_to(dir.data(), 9);
    Copies& copies = *journal->copies();
    for (StreamOwner* owner : {&other, &third}) {
      ASSERT_TRUE(copies.begin(owner->position(0)).ok());
      add_up_to(copies, *owner, 12);
    }
    Archive& own = journal->archive();
    // The same slot and group in each; then a later group in one, and an earlier one in another.
    ASSERT_TRUE(write_part(own, SlotId{7}, 5, 50, "own").ok());
    ASSERT_TRUE(write_part(*copies.archive(kOther), SlotId{7}, 5, 50, "other").ok());
    ASSERT_TRUE(write_part(*copies.archive(kThird), SlotId{7}, 5, 50, "third").ok());
    EXPECT_EQ(read_parts(own, SlotId{7}), "own");
    ASSERT_TRUE(write_part(*copies.archive(kThird), SlotId{4095}, 6, 60, "third's last").ok());
    ASSERT_TRUE(write_part(*copies.archive(kOther), SlotId{7}, 11, 110, "other's later").ok());
    ASSERT_TRUE(write_part(*copies.archive(kThird), SlotId{7}, 2, 20, "third's earlier").ok());
    ASSERT_TRUE(own.set_checkpoint_group(5).ok());
    ASSERT_TRUE(copies.archive(kOther)->set_checkpoint_group(11).ok());
    ASSERT_TRUE(copies.archive(kThird)->set_checkpoint_group(2).ok());
  }
  {
    auto journal = open_at(dir.data());
    Copies& copies = *journal->copies();
    EXPECT_EQ(journal->archive().checkpoint_group(), 5U);
    EXPECT_EQ(copies.archive(kOther)->checkpoint_group(), 11U);
    EXPECT_EQ(copy_of(copies, kThird).checkpoint, 2U);
    EXPECT_EQ(read_parts(journal->archive(), SlotId{7}), "own");
    EXPECT_EQ(read_parts(*copies.archive(kOther), SlotId{7}), "other's later");
    EXPECT_EQ(read_parts(*copies.archive(kThird), SlotId{7}), "third's earlier");
    EXPECT_EQ(read_parts(*copies.archive(kThird), SlotId{4095}), "third's last");
    EXPECT_EQ(read_parts(journal->archive(), SlotId{4095}), "none");
    ASSERT_TRUE(copies.drop(kOther).ok());
    EXPECT_TRUE(copies.drop(kOther).ok()) << "again";
    EXPECT_EQ(copies.archive(kOther), nullptr);
  }
  auto journal = open_at(dir.data());
  Copies& copies = *journal->copies();
  EXPECT_EQ(copies.streams().size(), 1U);
  EXPECT_EQ(read_parts(journal->archive(), SlotId{7}), "own");
  EXPECT_EQ(read_parts(*copies.archive(kThird), SlotId{7}), "third's earlier");
  expect_copied(copies, third, 0, 12);
  ASSERT_TRUE(copies.begin(other.position(2)).ok());
  EXPECT_EQ(read_parts(*copies.archive(kOther), SlotId{7}), "none");
  add_up_to(copies, other, 4);
}

TEST(Copies, slots_that_were_never_used_are_kept_with_the_copy) {
  const TempDirectory dir;
  SlotSet slots;
  for (const std::size_t slot : {0U, 9U, 4095U}) slots.set(slot);
  {
    auto journal = journal_up_to(dir.data(), 1);
    Copies& copies = *journal->copies();
    EXPECT_THAT(copies.set_unused(kOther, slots).error(), HasSubstr("there is none"));
    for (const std::uint64_t stream : {kOther, kThird})
      ASSERT_TRUE(copies.begin({.stream = stream}).ok());
    ASSERT_TRUE(copies.set_unused(kOther, slots).ok());
  }
  auto journal = open_at(dir.data());
  Copies& copies = *journal->copies();
  EXPECT_EQ(*copies.unused(kOther), slots);
  EXPECT_TRUE(copies.unused(kThird)->none());
  ASSERT_TRUE(copies.drop(kOther).ok());
  EXPECT_TRUE(copies.unused(kOther)->none());
}

TEST(Copies, trim_forgets_old_groups_of_one_copy_only) {
  constexpr std::uint64_t kManyCopied = 4000;
  const TempDirectory dir;
  StreamOwner other(kOther);
  StreamOwner third(kThird);
  const Instant now{kManyCopied * 1000};
  {
    auto journal = journal_up_to(dir.data(), 3);
    Copies& copies = *journal->copies();
    ASSERT_TRUE(copies.begin(other.position(0)).ok());
    ASSERT_TRUE(copies.begin(third.position(0)).ok());
    add_up_to(copies, other, kManyCopied);
    add_up_to(copies, third, kManyCopied);
    const Retention short_time{.everything = false, .time = seconds(1000)};
    Archive& archive = *copies.archive(kOther);
    EXPECT_EQ(archive.trim(short_time, now)->groups, 0U) << "there is no checkpoint";
    ASSERT_TRUE(archive.set_checkpoint_group(kManyCopied - 5).ok());
    EXPECT_EQ(archive.trim({}, now)->groups, 0U) << "everything is kept";
    const auto trimmed = archive.trim(short_time, now);
    ASSERT_TRUE(trimmed.ok()) << trimmed.error();
    EXPECT_EQ(trimmed->first, kManyCopied - 1000);
    EXPECT_THAT(copies.add(kOther, other.group(5)).error(), HasSubstr("group number"));
    ASSERT_TRUE(copies.add(kOther, other.group(kManyCopied - 1001)).ok()) << "the log start";
  }
  auto journal = open_at(dir.data());
  Copies& copies = *journal->copies();
  EXPECT_EQ(copy_of(copies, kOther).log_start.number, kManyCopied - 1001);
  EXPECT_EQ(copy_of(copies, kOther).damage, "");
  expect_copied(copies, other, kManyCopied - 1001, kManyCopied);
  expect_copied(copies, third, 0, kManyCopied);
  add_up_to(copies, other, kManyCopied + 2);
  expect_groups(*journal, 3, 3);
}

TEST(Copies, nothing_is_written_once_another_process_owns_the_directory) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 3);
  Copies& copies = *journal->copies();
  StreamOwner owner(kOther);
  ASSERT_TRUE(copies.begin(owner.position(0)).ok());
  add_up_to(copies, owner, 2);
  std::filesystem::remove(dir.data() + "/LOCK");
  EXPECT_THAT(copies.add(kOther, owner.group(3)).error(), HasSubstr("another process"));
  EXPECT_THAT(copies.sync().error(), HasSubstr("another process"));
  EXPECT_THAT(copies.begin(owner.position(9)).error(), HasSubstr("another process"));
  EXPECT_THAT(copies.drop(kOther).error(), HasSubstr("another process"));
  EXPECT_THAT(copies.archive(kOther)->set_checkpoint_group(1).error(),
              HasSubstr("another process"));
  EXPECT_EQ(append_text(*journal, group_text(4)), AppendStatus::kFenced);
}

TEST(Copies, instance_of_its_own_refuses_a_directory_with_copies) {
  const TempDirectory dir;
  {
    auto journal = journal_up_to(dir.data(), 0);
    StreamOwner owner(kOther);
    ASSERT_TRUE(journal->copies()->begin(owner.position(0)).ok());
    SlotTable slots;
    EXPECT_THAT(recover_slots(*journal, slots, {}).error(),
                HasSubstr("copies of 1 other streams (0fedcba987654321)"));
  }
  auto journal = open_at(dir.data());
  SlotTable slots;
  EXPECT_TRUE(recover_slots(*journal, slots, {}, CopiesBeside::kAllowed).ok());
}

}  // namespace
}  // namespace frontrow
