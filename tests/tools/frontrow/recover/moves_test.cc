// `recover show`, `log`, `rebuild` and `salvage` on directories whose slots have moved.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include "engine/base/calendar.h"
#include "engine/base/uuid.h"
#include "tests/tools/frontrow/recover/moves_support.h"
#include "tests/tools/frontrow/recover/salvage_support.h"
#include "tests/tools/frontrow/recover/verify_support.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The concert has moved from the first instance to the second.
class Moves : public MovesTest {
 protected:
  void SetUp() override {
    MovesTest::SetUp();
    Instance one(1, one_data);
    Instance two(2, two_data);
    before_ = one.now();
    one.seal(concert, 2);
    sealed_seq_ = one.slot(concert).seq;
    sealed_group_ = one.last_group();
    two.open(wallet_there());
    two.adopt(one, concert);
    adopted_group_ = two.last_group();
    one.release(concert);
    run({one, two}, {{}, {}, Refund{played.paid}});
  }
  // The slot of a wallet that the first instance never had.
  static SlotId wallet_there() { return slot_of_user(user_id(1000)); }

  static CommandRun shown(const std::string& data, std::vector<std::string> what,
                          const std::string& at = {}, bool json = false) {
    return run_command([&] { return show({data, std::move(what), at, json}); });
  }
  std::vector<std::string> ask_concert() const {
    return {"concert", std::to_string(played.concert.value)};
  }
  std::vector<std::string> ask_payment() const {
    return {"payment", std::to_string(played.paid.value)};
  }
  std::string gone() const {
    return fmt::format(
        "slot {} was handed over to instance 2 at sequence {}, group {}: look into "
        "its directory",
        concert.value, sealed_seq_, sealed_group_);
  }
  std::string not_yet() const {
    return fmt::format(
        "slot {} came from instance 1 only at sequence {}, group {}: before that, "
        "look into its directory",
        concert.value, sealed_seq_, adopted_group_);
  }
  std::string origin() const {
    return fmt::format(
        "slot {} came from instance 1 at sequence {}, group {}: what happened "
        "before is in its directory",
        concert.value, sealed_seq_, adopted_group_);
  }
  static std::vector<std::string> events(const Json& document) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < document["events"].size(); ++i)
      names.push_back(document["events"][i]["event"].text());
    return names;
  }

  Instant before_;
  std::uint64_t sealed_seq_ = 0;
  std::uint64_t sealed_group_ = 0;
  std::uint64_t adopted_group_ = 0;
};

// --- show

TEST_F(Moves, what_was_handed_over_is_looked_for_where_it_went) {
  const std::string id = std::to_string(played.concert.value);
  const std::string hold = std::to_string(played.held.value);
  for (const std::vector<std::string>& what :
       {ask_concert(), ask_payment(), {"hold", hold}, {"seat", id, "2027-05-01", "1"}}) {
    const CommandRun run = shown(one_data, what);
    EXPECT_EQ(run.code, 1) << what[0];
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err, "recover show: " + gone() + "\n");
  }
  EXPECT_EQ(shown(two_data, {"seat", id, "2027-05-01", "1"}).code, 0);
  EXPECT_THAT(shown(two_data, {"concert", "77"}).err, HasSubstr("there is no concert 77"));
}

TEST_F(Moves, state_of_before_the_handover_is_still_here) {
  const CommandRun run = shown(one_data, ask_payment(), to_string(before_), true);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(Json::parse(run.out)["payment"]["state"].text(), "completed");
  const CommandRun sealed =
      shown(one_data, ask_concert(), fmt::format("{}:{}", concert.value, sealed_seq_));
  EXPECT_EQ(sealed.code, 0) << sealed.err;
  EXPECT_THAT(sealed.out, HasSubstr(fmt::format("slot {} was sealed for instance 2 at sequence {}, "
                                                "group {}: that instance may have it",
                                                concert.value, sealed_seq_, sealed_group_)));
}

TEST_F(Moves, state_of_before_the_adoption_is_looked_for_where_it_was) {
  for (const std::string& at :
       {to_string(before_), to_string(kDoorsOpen), fmt::format("{}:1", wallet_there().value),
        fmt::format("{}:{}", concert.value, sealed_seq_), fmt::format("{}:1", concert.value)}) {
    const CommandRun run = shown(two_data, ask_concert(), at);
    EXPECT_EQ(run.code, 1) << at;
    EXPECT_EQ(run.err, "recover show: " + not_yet() + "\n") << at;
  }
  EXPECT_EQ(
      shown(two_data, ask_concert(), fmt::format("{}:{}", concert.value, sealed_seq_ + 1)).code, 0);
}

TEST_F(Moves, sequence_that_is_elsewhere_is_named_by_where_it_is) {
  const std::string at = fmt::format("{}:{}", concert.value, sealed_seq_ + 100);
  EXPECT_EQ(shown(one_data, {}, at).err, "recover show: " + gone() + "\n");
  EXPECT_THAT(shown(two_data, {}, at).err, HasSubstr("has no sequence"));
}

TEST_F(Moves, history_of_what_came_begins_with_where_it_came_from) {
  const CommandRun plain = shown(two_data, ask_payment());
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.out, HasSubstr("\nevents that led there\n  (" + origin() + ")\n  20"));
  const CommandRun run = shown(two_data, ask_payment(), {}, true);
  const Json json = Json::parse(run.out);
  ASSERT_TRUE(json.valid()) << run.out;
  EXPECT_THAT(events(json), ElementsAre("slot_adopted", "refund_started", "refunded"));
  EXPECT_EQ(json["events"][0]["from"].integer(), 1);
  EXPECT_EQ(json["events"][0]["sealedSeq"].integer(), static_cast<std::int64_t>(sealed_seq_));
  ASSERT_EQ(json["notes"].size(), 1U);
  EXPECT_EQ(json["notes"][0].text(), origin());
  EXPECT_THAT(shown(one_data, {"user", to_string(user_id(played.buyer))}).out,
              Not(HasSubstr("came from")));
}

TEST_F(Moves, wallet_that_was_handed_over_is_told_beside_what_is_here) {
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    hand_over(two, one, concert);
    hand_over(one, two, wallet);
  }
  const CommandRun payment = shown(one_data, ask_payment());
  EXPECT_EQ(payment.code, 0) << payment.err;
  EXPECT_THAT(payment.out,
              HasSubstr(fmt::format("(slot {} was handed over to instance 2", wallet.value)));
  const CommandRun user = shown(one_data, {"user", to_string(user_id(played.buyer))});
  EXPECT_EQ(user.code, 0) << "his tokens are here";
  EXPECT_THAT(user.out,
              HasSubstr(fmt::format("(slot {} was handed over to instance 2", wallet.value)));
  EXPECT_THAT(user.out, HasSubstr("\nwallet  -\n"));
  const CommandRun gone = shown(two_data, ask_concert());
  EXPECT_THAT(gone.err,
              HasSubstr(fmt::format("slot {} was handed over to instance 1", concert.value)));
}

// The history of a slot that left and returned: all local events of it, in order.
TEST_F(Moves, slot_that_came_back_has_both_of_its_stays) {
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    hand_over(two, one, concert);
  }
  const Json json = Json::parse(shown(one_data, ask_payment(), {}, true).out);
  EXPECT_THAT(events(json), ElementsAre("seats_held", "payment_started", "money_reserved", "sold",
                                        "money_posted", "payment_settled", "slot_sealed",
                                        "slot_released", "money_returned", "slot_adopted"));
  EXPECT_EQ(json["notes"].size(), 0U);
  EXPECT_THAT(shown(one_data, {}, fmt::format("{}:{}", concert.value, sealed_seq_ + 2)).err,
              HasSubstr(gone()));
}

TEST_F(Moves, slot_and_overview_tell_what_is_here) {
  const Json released =
      Json::parse(shown(one_data, {"slot", std::to_string(concert.value)}, {}, true).out);
  EXPECT_EQ(released["slot"]["tenure"].text(), "released");
  EXPECT_EQ(released["slot"]["otherInstance"].integer(), 2);
  EXPECT_EQ(released["notes"][0].text(), gone());
  const Json adopted =
      Json::parse(shown(two_data, {"slot", std::to_string(concert.value)}, {}, true).out);
  EXPECT_EQ(adopted["slot"]["tenure"].text(), "adopted");
  EXPECT_THAT(events(adopted), testing::Contains("slot_adopted"));
  EXPECT_THAT(events(adopted), Not(testing::Contains("slot_part")));
  const Json one = Json::parse(shown(one_data, {}, {}, true).out)["overview"]["slots"];
  EXPECT_EQ(one["handedOver"].integer(), 1);
  EXPECT_EQ(one["sealedForOthers"].integer(), 0);
  const Json two = Json::parse(shown(two_data, {}, {}, true).out)["overview"]["slots"];
  EXPECT_EQ(two["here"].integer(), 2);
  EXPECT_EQ(two["ofTheseFromOthers"].integer(), 1);
}

// --- log

TEST_F(Moves, log_has_every_step_and_no_raw_bytes) {
  const auto logged = [this](const std::string& data) {
    const CommandRun run =
        run_command([&] { return log({.data_dir = data, .slot = concert.value}); });
    EXPECT_EQ(run.code, 0) << run.err;
    return run.out;
  };
  const std::string map = fmt::format("{:016x}", kMap);
  EXPECT_THAT(logged(one_data),
              HasSubstr(fmt::format("group {} slot {} seq {} slot_sealed to 2 map {}\n",
                                    sealed_group_, concert.value, sealed_seq_, map)));
  EXPECT_THAT(logged(one_data), HasSubstr("slot_released to 2\n"));
  const std::string there = logged(two_data);
  EXPECT_THAT(there, HasSubstr(fmt::format("seq {} slot_adopted from 1 sealed_seq {} hash ",
                                           sealed_seq_ + 1, sealed_seq_)));
  EXPECT_THAT(there, HasSubstr("slot_part part {kind slot rows 1 bytes "));
  EXPECT_THAT(there, HasSubstr("slot_part part {kind payments rows "));
}

// --- rebuild

TEST_F(Moves, rebuilt_directories_are_the_same_and_sound_together) {
  std::vector<std::string> rebuilt;
  for (const std::string& data : {one_data, two_data}) {
    const std::string to = data + ".new";
    const CommandRun run = run_command([&] { return rebuild({data, to}); });
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    const SlotVersions versions = versions_in(data);
    EXPECT_TRUE(compare_versions(versions, versions_in(to)).ok());
    EXPECT_NE(versions.at(concert).tenure, Tenure{});
    rebuilt.push_back(to);
  }
  const CommandRun run = verify_all(rebuilt);
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_THAT(shown(rebuilt[0], ask_concert()).err, HasSubstr(gone()));
}

TEST(MoveMarks, differ_by_where_the_slot_is) {
  const SlotVersion here{7, 8, {Tenure::State::kOpened, 0, kMap}};
  const SlotVersion sealed{7, 8, {Tenure::State::kSealed, 2, kMap}};
  EXPECT_TRUE(compare_versions({{SlotId{1}, here}}, {{SlotId{1}, here}}).ok());
  const Status differs = compare_versions({{SlotId{1}, here}}, {{SlotId{1}, sealed}});
  ASSERT_FALSE(differs.ok());
  EXPECT_THAT(differs.error(), HasSubstr("where the slot is in the cluster"));
}

// --- salvage

TEST_F(Moves, salvage_of_sound_directories_keeps_where_each_slot_is) {
  for (const std::string& data : {one_data, two_data}) {
    const std::string to = data + ".new";
    const CommandRun run = run_salvage(data, to);
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_TRUE(compare_versions(versions_in(data), versions_in(to)).ok());
  }
  const CommandRun run = verify_all({one_data + ".new", two_data + ".new"});
  EXPECT_EQ(run.code, 0) << run.out;
}

// Payments whose other side is on another instance are not judged: one directory can't prove a
// mismatch.
TEST_F(Moves, salvage_does_not_judge_what_is_half_elsewhere) {
  for (const std::string& data : {one_data, two_data}) {
    const CommandRun run = run_salvage(data, data + ".new");
    EXPECT_THAT(run.out, Not(HasSubstr("does not fit")));
    EXPECT_THAT(run.out, HasSubstr("with one side on another instance; verify the directories of "
                                   "all instances together"));
    EXPECT_THAT(run.out, HasSubstr("nothing was beyond the damage"));
  }
}

TEST_F(Moves, slot_whose_adoption_is_damaged_is_cut_there) {
  spoil_group(two_data, adopted_group_);
  const CommandRun run = run_salvage(two_data, dir / "new");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out,
              HasSubstr(fmt::format("cut: slot {} behind sequence 0: sequence {} in group {}: "
                                    "sequence 1 is missing, or the record by which it came from "
                                    "another instance",
                                    concert.value, sealed_seq_ + 2, adopted_group_ + 1)));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("beyond: slot {} sequence {}", concert.value,
                                             sealed_seq_ + 2)));
  EXPECT_FALSE(versions_in(dir / "new").contains(concert));
}

TEST_F(Moves, slot_whose_return_is_damaged_stays_handed_over) {
  std::uint64_t returned = 0;
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    two.seal(concert, 1);
    one.adopt(two, concert);
    returned = one.last_group();
    two.release(concert);
    run({one, two}, {{}, {}, Refund{played.paid_other}});
    one.execute(
        {{}, {}, BlockSeat{played.concert, *parse_date("2027-05-01"), SeatNumber{19}, true}});
  }
  spoil_group(one_data, returned);
  const CommandRun run = run_salvage(one_data, dir / "new");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out,
              HasSubstr("it was handed over to instance 2, and the record by which it came "
                        "back is missing"));
  EXPECT_EQ(versions_in(dir / "new").at(concert).tenure.state, Tenure::State::kReleased);
}

// The seal is lost, so the events before the return are uncertain; the returned state is complete.
TEST_F(Moves, slot_that_was_cut_goes_on_from_its_return) {
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    hand_over(two, one, concert);
  }
  const SlotVersions whole = versions_in(one_data);
  spoil_group(one_data, sealed_group_);
  const CommandRun run = run_salvage(one_data, dir / "new");
  EXPECT_THAT(run.out, HasSubstr(fmt::format("damaged: group {}", sealed_group_)));
  EXPECT_THAT(run.out, HasSubstr("0 slots cut, 0 records beyond"));
  EXPECT_TRUE(compare_versions(whole, versions_in(dir / "new")).ok());
}

// A wrong record instead of damage: salvage leaves no slot half imported.
TEST_F(Moves, adoption_that_is_no_state_cuts_the_slot_where_it_was) {
  {
    Instance one(1, one_data);
    one.log(wallet, one.slot(wallet).seq + 10, {SlotAdopted{2, one.slot(wallet).seq + 9, 1, kMap}});
  }
  const CommandRun run = run_salvage(one_data, dir / "new");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr(fmt::format("cut: slot {} behind sequence", wallet.value)));
  EXPECT_THAT(run.out, HasSubstr("were taken over from instance 2, the log leads to"));
  EXPECT_EQ(Json::parse(shown(dir / "new", {"user", to_string(user_id(played.buyer))}, {}, true)
                            .out)["user"]["wallet"]["charged"]
                .integer(),
            books.charged.at(user_id(played.buyer)));
}

}  // namespace
}  // namespace frontrow::recover
