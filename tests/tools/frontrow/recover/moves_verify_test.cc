// `recover verify` and `recover export` over directories between which slots have moved: after a
// complete slot migration, after a crash during one, and in impossible states.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include <filesystem>

#include "engine/runtime/recovery/replay.h"
#include "storage/local/stopped_log.h"
#include "storage/local/stream_writer.h"
#include "tests/tools/frontrow/recover/moves_support.h"
#include "tests/tools/frontrow/recover/verify_support.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {
namespace {

using testing::HasSubstr;
using testing::Not;

class VerifyMoves : public MovesTest {
 protected:
  // Expects that they are sound together, with each cent counted once.
  void expect_sound(const std::vector<std::string>& directories) const {
    const CommandRun run = verify_all(directories);
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_THAT(run.out,
                HasSubstr(fmt::format("charged {} = balance {} + reserved 0 + spent {}; revenue of "
                                      "2 concerts: {}",
                                      charged(), charged() - spent(), spent(), spent())));
  }
  // Expects that each is sound by itself, and all together have this fault.
  static void expect_fault(const std::vector<std::string>& directories, const std::string& fault) {
    const CommandRun run = verify_all(directories);
    EXPECT_EQ(run.code, 1);
    const std::size_t together = run.out.find("directories together");
    ASSERT_NE(together, run.out.npos) << run.out << run.err;
    const std::string verdict = run.out.substr(together);
    EXPECT_THAT(verdict, HasSubstr("FAILED  owners"));
    EXPECT_THAT(verdict, HasSubstr(fault));
    EXPECT_THAT(verdict, HasSubstr("skipped money"));
    EXPECT_THAT(verdict, HasSubstr("NOT SOUND."));
  }
};

TEST_F(VerifyMoves, slots_that_were_handed_over_are_counted_where_they_are) {
  move_concert();
  expect_sound({one_data, two_data});
  expect_sound({two_data, one_data});
  const CommandRun part = verify_part(one_data);
  EXPECT_EQ(part.code, 0) << part.out;
  EXPECT_THAT(part.out, HasSubstr("Sound by itself."));
  EXPECT_THAT(part.out, HasSubstr("1 of them were handed over to other instances, 0 are sealed"));
  EXPECT_EQ(verify_part(two_data).code, 0);
  EXPECT_EQ(verified(one_data).code, 1) << "half of each payment is missing";
}

TEST_F(VerifyMoves, slot_that_came_back_is_counted_where_it_is) {
  move_concert();
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    hand_over(two, one, concert);
    hand_over(one, two, wallet);
    charge({one, two}, 70);
  }
  expect_sound({one_data, two_data});
}

// A crash between the import there and the release here, and the sale went on there.
TEST_F(VerifyMoves, slot_that_is_sealed_here_and_adopted_there_is_counted_there_only) {
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    one.seal(wallet, 2);
    two.adopt(one, wallet);
    charge({one, two}, 12'345);
  }
  expect_sound({one_data, two_data});
  expect_sound({two_data, one_data});
  EXPECT_THAT(verify_part(one_data).out, HasSubstr("0 of them were handed over to other instances, "
                                                   "1 are sealed to be"));
}

// A crash before the import.
TEST_F(VerifyMoves, slot_that_is_sealed_and_adopted_nowhere_waits_and_nothing_is_lost) {
  std::uint64_t sealed_seq = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    hand_over(one, two, concert);
    one.seal(wallet, 2);
    sealed_seq = one.slot(wallet).seq;
  }
  expect_sound({one_data, two_data});
  const std::string waiting = fmt::format("slot {} is sealed for instance 2 at sequence {} in {}",
                                          wallet.value, sealed_seq, one_data);
  const CommandRun run = verify_all({one_data, two_data});
  EXPECT_THAT(run.out, HasSubstr("ok      owners"));
  EXPECT_THAT(run.out, HasSubstr("1 wait for the instance that they are to move to"));
  EXPECT_THAT(run.out, HasSubstr(waiting));
  const CommandRun json = verify_all({one_data, two_data}, true);
  const std::string last = json.out.substr(json.out.rfind("{\"sound\":"));
  EXPECT_THAT(last, HasSubstr("\"notes\":[\"" + waiting));
}

TEST_F(VerifyMoves, two_owners_are_named_with_both_directories_and_sequences) {
  std::uint64_t here = 0;
  std::uint64_t there = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    one.seal(wallet, 2);
    two.adopt(one, wallet);
    charge({two}, 1);
    one.open(wallet);
    here = one.slot(wallet).seq;
    there = two.slot(wallet).seq;
    ASSERT_NE(here, there);
  }
  expect_fault(
      {one_data, two_data},
      fmt::format("slot {} has records in {}, up to sequence {}, and in {}, up to sequence "
                  "{}: it had two owners",
                  wallet.value, one_data, here, two_data, there));
  const std::string to = dir / "books";
  const CommandRun exported =
      run_command([&] { return export_books({{one_data, two_data}, to, false}); });
  EXPECT_EQ(exported.code, 1);
  EXPECT_THAT(exported.err, HasSubstr("it had two owners"));
  EXPECT_THAT(exported.err, HasSubstr("no books were written"));
  EXPECT_TRUE(std::filesystem::is_empty(to));
}

// One directory is a copy from before its slot moved on to the other.
TEST_F(VerifyMoves, old_copy_of_a_directory_is_told_by_what_the_other_gave_away) {
  const std::string old = dir / "old";
  std::uint64_t old_seq = 0;
  std::uint64_t passed = 0;
  {
    Instance one(1, one_data);
    {
      Instance two(2, two_data);
      hand_over(one, two, wallet);
      charge({two}, 1);
      old_seq = two.slot(wallet).seq;
      two.stop();
      copy_directory(two_data, old);
    }
    Instance two(2, two_data);
    charge({two}, 10);
    hand_over(two, one, wallet);
    one.seal(wallet, 2);
    passed = one.slot(wallet).seq;
    two.adopt(one, wallet);
    one.release(wallet);
  }
  expect_sound({one_data, two_data});
  expect_fault({one_data, old},
               fmt::format("slot {} ends at sequence {} in {}, but at sequence {} {} gave it to "
                           "instance 2: {} is older",
                           wallet.value, old_seq, old, passed, one_data, old));
}

TEST_F(VerifyMoves, directory_that_is_not_given_is_named_by_its_instance) {
  const std::string three_data = dir / "three";
  std::uint64_t passed = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    Instance three(3, three_data);
    hand_over(one, two, concert);
    hand_over(one, three, wallet);
    passed = one.slot(wallet).seq - 1;
  }
  expect_sound({one_data, two_data, three_data});
  expect_fault({one_data, two_data},
               fmt::format("slot {} was handed over to instance 3 at sequence {} by {}, and none "
                           "of the directories has it: give the directory of instance 3",
                           wallet.value, passed, one_data));
}

// Sealed by the second instance, which imported it from the first, which did not release it.
TEST_F(VerifyMoves, of_two_sealed_states_the_newer_one_waits) {
  std::uint64_t newest = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    one.seal(wallet, 2);
    two.adopt(one, wallet);
    charge({two}, 99);
    two.seal(wallet, 1);
    newest = two.slot(wallet).seq;
  }
  expect_sound({one_data, two_data});
  EXPECT_THAT(verify_all({two_data, one_data}).out,
              HasSubstr(fmt::format("slot {} is sealed for instance 1 at sequence {} in {}",
                                    wallet.value, newest, two_data)));
}

TEST_F(VerifyMoves, same_directory_twice_is_told_also_where_its_slots_are_sealed) {
  for (const SlotId slot : {concert, wallet}) Instance(1, one_data).seal(slot, 2);
  expect_fault({one_data, one_data}, fmt::format("slot {} is sealed at sequence", concert.value));
}

// --- sound bytes with wrong content

TEST_F(VerifyMoves, state_that_is_not_the_one_that_was_taken_over_is_a_fault) {
  std::uint64_t group = 0;
  {
    Instance two(2, two_data);
    two.log(wallet, 813, {SlotAdopted{1, 812, 0x1f, kMap}});
    group = two.last_group();
  }
  const api::Json json = report(two_data, 1);
  EXPECT_EQ(failed_checks(json), "replay");
  EXPECT_THAT(check(json, "replay"),
              HasSubstr(fmt::format("group {}: slot {}: sequence 813: sequence 812 and state hash "
                                    "000000000000001f were taken over from instance 1",
                                    group, wallet.value)));
}

TEST_F(VerifyMoves, sequence_may_begin_late_only_with_an_adoption) {
  {
    Instance two(2, two_data);
    two.log(wallet, 813, {SlotOpened{kMap}});
  }
  EXPECT_EQ(failed_checks(report(two_data, 1)), "records replay");
}

// The snapshot of a slot claims that the slot is here, while the log has it sealed: the slot would
// have two owners.
TEST_F(VerifyMoves, snapshot_that_says_otherwise_where_the_slot_is_is_a_fault) {
  {
    Instance(1, one_data).seal(wallet, 2);
  }
  const std::string to = dir / "new";
  std::filesystem::create_directory(to);
  {
    auto source = StoppedLog::open(one_data);
    ASSERT_TRUE(source.ok());
    auto target = StreamWriter::create(to, (*source)->identity(), (*source)->epoch());
    ASSERT_TRUE(target.ok());
    SlotTable slots;
    Replay replay(slots);
    const Status copied = (*source)->scan(
        [&](const FoundGroup& found) -> Status {
          if (Status s = (*target)->add_group(found.group->header, found.value); !s.ok()) return s;
          return replay.apply_group(found.group->view);
        },
        [](std::uint64_t, const std::string&) {});
    ASSERT_TRUE(copied.ok()) << copied.error();
    slots.at(wallet).tenure = {Tenure::State::kOpened, 0, kMap};
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const Slot* slot = slots.find(SlotId{id});
      if (slot == nullptr) continue;
      ASSERT_TRUE((*target)->write_snapshot(*slot, slot->time).ok());
    }
    ASSERT_TRUE((*target)->finish((*source)->epoch(), true).ok());
  }
  const api::Json json = report(to, 1);
  EXPECT_EQ(failed_checks(json), "snapshots");
  EXPECT_THAT(check(json, "snapshots"),
              HasSubstr(fmt::format("slot {}: its snapshot at group", wallet.value)));
  EXPECT_THAT(check(json, "snapshots"), HasSubstr("where the slot is in the cluster"));
}

// --- damage

TEST_F(VerifyMoves, lost_adoption_is_told_as_such) {
  std::uint64_t group = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    two.open(SlotId{0});
    hand_over(one, two, wallet);
    group = two.last_group();
    charge({two}, 5);
  }
  const std::string key = group_key(two_data, group);
  through_rocksdb(two_data, [&key](const Families& f) {
    ASSERT_TRUE(f.db.Delete(rocksdb::WriteOptions(), f.groups, key).ok());
  });
  const CommandRun run = verify_part(two_data);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("the last of them took it over from an instance"));
}

// --- export

TEST_F(VerifyMoves, books_are_the_same_wherever_the_slots_are) {
  const auto exported = [this](const std::vector<std::string>& directories, const char* to) {
    const std::string path = dir / to;
    const CommandRun run = run_command([&] { return export_books({directories, path, false}); });
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    std::string all;
    for (const char* file : {"/seats.csv", "/payments.csv", "/wallets.csv", "/totals.csv"})
      all += read_file(path + file);
    return all;
  };
  const std::string before = exported({one_data}, "before");
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    hand_over(one, two, concert);
    one.seal(wallet, 2);
  }
  EXPECT_EQ(exported({one_data, two_data}, "waiting"), before);
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    two.adopt(one, wallet);
  }
  EXPECT_EQ(exported({two_data, one_data}, "adopted"), before);
  Instance(1, one_data).release(wallet);
  EXPECT_EQ(exported({one_data, two_data}, "moved"), before);
}

}  // namespace
}  // namespace frontrow::recover
