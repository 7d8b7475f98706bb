// Directories of a static cluster that were imported into a cluster, whose instances go on with
// their slots.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/runtime/recovery/recovery.h"
#include "tests/tools/frontrow/recover/moves_support.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {
namespace {

using testing::HasSubstr;
using testing::Not;

struct ImportedStreams : MovesTest {
  void expect_sound() const {
    const CommandRun run = verify_all({one_data, two_data});
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_THAT(run.out, HasSubstr("the newest state of each slot is known"));
    EXPECT_THAT(run.out, Not(HasSubstr("wait for the instance")));
    EXPECT_THAT(run.out, HasSubstr(fmt::format("charged {} = balance {} + reserved 0 + spent {}",
                                               charged(), charged() - spent(), spent())));
  }
};

TEST_F(ImportedStreams, slot_that_was_sealed_is_its_instance_s_once_it_is_served) {
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    two.open(SlotId{0});
    one.seal(wallet, 2);
    one.serve(wallet);
    charge({one}, 500);
    EXPECT_EQ(one.slot(wallet).tenure, Tenure{});
  }
  expect_sound();
}

// Its sequence follows that of the record which released it, and its state does not.
TEST_F(ImportedStreams, slot_that_comes_back_right_behind_its_release_goes_on_from_the_other) {
  std::uint64_t released = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    hand_over(one, two, wallet);
    released = one.slot(wallet).seq;
    one.take(two, wallet);
    charge({one}, 500);
  }
  expect_sound();
  auto journal = RocksDbJournal::open({.directory = one_data});
  ASSERT_TRUE(journal.ok()) << journal.error();
  SlotTable slots;
  const auto recovered = recover_slots(**journal, slots, {}, CopiesBeside::kAllowed);
  ASSERT_TRUE(recovered.ok()) << recovered.error();
  EXPECT_EQ(recovered->gaps, std::vector{wallet});
  EXPECT_EQ(slots.at(wallet).seq, released);
  EXPECT_TRUE((*journal)->close().ok());
  journal->reset();
  // What a damaged disk leaves of it ends there, too.
  const CommandRun salvaged =
      run_command([&] { return salvage({one_data, dir / "saved", false}); });
  EXPECT_THAT(salvaged.out, HasSubstr("which has that state, and no snapshot here has it"));
}

// Of a follower of other slots: it has the slot's records, and not the state before the first.
TEST_F(ImportedStreams, copy_that_begins_before_a_slot_came_back_goes_on_from_there) {
  std::uint64_t began_at = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    began_at = one.last_group();
    charge({one}, 100);
    hand_over(one, two, wallet);
    charge({two}, 200);
    hand_over(two, one, wallet);
    one.serve(wallet);
    charge({one}, 500);
  }
  copy_groups(one_data, two_data, began_at);
  expect_sound();
  const CommandRun alone = verify_part(two_data);
  EXPECT_EQ(alone.code, 0) << alone.out;
  EXPECT_THAT(alone.out, HasSubstr("copies        of 1 stream"));
}

}  // namespace
}  // namespace frontrow::recover
