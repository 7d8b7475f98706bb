// Salvage of damaged data: undamaged slots continue, losses are listed, and so are mismatches
// between slots.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <set>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "storage/local/group_codec.h"
#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/salvage_support.h"
#include "tests/tools/frontrow/recover/server_support.h"
#include "tools/frontrow/recover/salvage_transfers.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Salvage = SalvageTest;

void drop_group(const std::string& data, std::uint64_t group) {
  const std::string key = group_key(data, group);
  through_rocksdb(data, [&](const Families& families) {
    ASSERT_TRUE(families.db.Delete(rocksdb::WriteOptions(), families.groups, key).ok());
  });
}

TEST_F(Salvage, of_a_sound_log_is_whole_and_a_new_stream) {
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("nothing was beyond the damage"));
  EXPECT_EQ(versions_in(to), history.newest);
  auto before = StoppedLog::open(dir.data());
  auto after = StoppedLog::open(to);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_NE((*after)->identity().stream, (*before)->identity().stream);
  ASSERT_EQ(run_salvage(dir.data(), dir / "again").code, 0);
  auto again = StoppedLog::open(dir / "again");
  ASSERT_TRUE(again.ok());
  EXPECT_NE((*again)->identity().stream, (*after)->identity().stream);
}

TEST_F(Salvage, result_is_served_checkpointed_and_salvaged_again) {
  ASSERT_EQ(run_salvage(dir.data(), to).code, 0);
  std::map<std::uint16_t, StateHash> hashes;
  {
    Sale sale(to);
    EXPECT_EQ(sale.hashes().size(), history.newest.size());
    sale.charge(played.waiting, 3000);
    sale.checkpoint();
    sale.restart();
    sale.charge(played.waiting, 3000);
    hashes = sale.hashes();
    sale.stop();
  }
  ASSERT_EQ(run_salvage(to, dir / "again").code, 0);
  EXPECT_EQ(versions_in(dir / "again"), versions_in(to));
  ASSERT_EQ(run_command([&] { return rebuild({to, dir / "rebuilt"}); }).code, 0);
  Sale sale(dir / "rebuilt");
  EXPECT_EQ(sale.hashes(), hashes);
}

TEST_F(Salvage, slots_beside_the_damage_go_on_and_the_rest_is_listed) {
  const std::uint64_t damaged = group_with<MoneyReserved>(dir.data());
  spoil_group(dir.data(), damaged);
  const auto run = run_salvage(dir.data(), to, true);
  EXPECT_EQ(run.code, 1);
  const api::Json report = api::Json::parse(run.out);
  ASSERT_TRUE(report.valid()) << run.out;
  ASSERT_EQ(report["damaged_groups"].size(), 1U);
  EXPECT_EQ(report["damaged_groups"][0]["first"].integer(), static_cast<std::int64_t>(damaged));
  EXPECT_THAT(report["damaged_groups"][0]["what"].text(), HasSubstr("chain hash"));
  // The wallet's slot is cut there; the concert's slot has no part in the group and is complete.
  const SlotId concert = slot_of_concert(played.concert);
  const SlotId wallet = slot_of_user(user_id(played.buyer));
  ASSERT_NE(concert, wallet);
  const SlotVersions after = versions_in(to);
  EXPECT_EQ(after.at(concert), history.newest.at(concert));
  EXPECT_LT(after.at(wallet).seq, history.newest.at(wallet).seq);
  bool is_listed = false;
  for (std::size_t i = 0; i < report["beyond"].size(); ++i) {
    const api::Json record = report["beyond"][i];
    if (record["slot"].integer() != wallet.value) continue;
    const auto& events = record["events"];
    for (std::size_t n = 0; n < events.size(); ++n)
      is_listed = is_listed || events[n].text() == "money_posted";
  }
  EXPECT_TRUE(is_listed) << run.out;
}

TEST_F(Salvage, payment_whose_sides_were_cut_apart_is_listed_with_user_and_amount) {
  spoil_group(dir.data(), group_with<MoneyReserved>(dir.data()));
  const auto run = run_salvage(dir.data(), to, true);
  EXPECT_EQ(run.code, 1);
  const api::Json misfits = api::Json::parse(run.out)["misfits"];
  std::set<std::int64_t> payments;
  for (std::size_t i = 0; i < misfits.size(); ++i) {
    payments.insert(misfits[i]["payment"].integer());
    if (misfits[i]["payment"].integer() != static_cast<std::int64_t>(played.paid.value)) continue;
    EXPECT_EQ(misfits[i]["user"].text(), to_string(user_id(played.buyer)));
    EXPECT_EQ(misfits[i]["amount"].integer(), books.payments.at(played.paid).amount);
  }
  EXPECT_TRUE(payments.contains(static_cast<std::int64_t>(played.paid.value))) << run.out;
  const auto text = run_salvage(dir.data(), dir / "text");
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.out,
              HasSubstr(fmt::format("does not fit: payment {} of user {}", played.paid.value,
                                    to_string(user_id(played.buyer)))));
}

TEST_F(Salvage, concert_cut_before_its_payment_leaves_money_that_is_listed) {
  spoil_group(dir.data(), group_with<PaymentStarted>(dir.data()));
  const auto run = run_salvage(dir.data(), to, true);
  EXPECT_EQ(run.code, 1);
  const api::Json misfits = api::Json::parse(run.out)["misfits"];
  bool found = false;
  bool is_refusal_listed = false;
  for (std::size_t i = 0; i < misfits.size(); ++i) {
    is_refusal_listed =
        is_refusal_listed ||
        (misfits[i]["user"].text() == to_string(user_id(played.poor)) &&
         misfits[i]["what"].text().find("will draw the number again") != std::string::npos);
    if (misfits[i]["payment"].integer() != static_cast<std::int64_t>(played.paid.value)) continue;
    found = true;
    EXPECT_EQ(misfits[i]["amount"].integer(), books.payments.at(played.paid).amount);
    EXPECT_THAT(misfits[i]["what"].text(), HasSubstr("its concert knows no such payment"));
  }
  EXPECT_TRUE(found) << run.out;
  EXPECT_TRUE(is_refusal_listed) << run.out;
}

TEST_F(Salvage, snapshots_and_groups_stand_for_each_other) {
  {
    Sale sale(dir.data());
    sale.checkpoint();
    sale.charge(played.waiting, 700);
    sale.stop();
  }
  history.add(dir.data());
  const std::uint64_t damaged = group_with<MoneyReserved>(dir.data());
  EXPECT_EQ(run_salvage(dir.data(), dir / "sound").code, 0);
  EXPECT_EQ(versions_in(dir / "sound"), history.newest);

  fs::copy(dir.data(), dir / "grouped", fs::copy_options::recursive);
  spoil_snapshot(dir / "grouped");
  const auto without_snapshot = run_salvage(dir / "grouped", to + "1");
  EXPECT_EQ(without_snapshot.code, 0) << without_snapshot.out;
  EXPECT_THAT(without_snapshot.out, HasSubstr("(nothing is lost: the groups are there)"));
  EXPECT_EQ(versions_in(to + "1"), history.newest);

  spoil_group(dir.data(), damaged);
  const auto without_group = run_salvage(dir.data(), to + "2");
  EXPECT_EQ(without_group.code, 0) << without_group.out;
  EXPECT_THAT(without_group.out, HasSubstr("(nothing is lost: snapshots hold what was in them)"));
  EXPECT_EQ(versions_in(to + "2"), history.newest);

  spoil_snapshot(dir.data());
  const auto without_both = run_salvage(dir.data(), to + "3");
  EXPECT_EQ(without_both.code, 1) << "the snapshot may have stood for what was in the group";
  EXPECT_EQ(without_both.out.find("nothing is lost"), std::string::npos);
}

TEST_F(Salvage, missing_group_is_named) {
  drop_group(dir.data(), 6);
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("damaged: group 6: missing"));
}

TEST_F(Salvage, lost_end_is_seen_by_the_watermark) {
  drop_group(dir.data(), history.end);
  drop_group(dir.data(), history.end - 1);
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr(fmt::format("damaged: groups {} to {}: missing", history.end - 1,
                                             history.end)));
}

TEST_F(Salvage, without_a_watermark_everything_is_saved_but_not_vouched_for) {
  fs::remove(dir.data() + "/watermark");
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out,
              HasSubstr(fmt::format("in doubt: whether groups behind {} are lost", history.end)));
  EXPECT_EQ(versions_in(to), history.newest);
}

TEST_F(Salvage, log_that_no_longer_says_what_it_is_is_whole_all_the_same) {
  through_rocksdb(dir.data(), [](const Families& families) {
    for (const char* key : {"identity", "epoch", "floor", "base"})
      ASSERT_TRUE(families.db.Delete(rocksdb::WriteOptions(), families.meta, key).ok());
  });
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(versions_in(to), history.newest);
  through_rocksdb(dir.data(), [](const Families& families) {
    for (const char* key : {"identity", "floor"})
      ASSERT_TRUE(families.db.Put(rocksdb::WriteOptions(), families.meta, key, "nonsense").ok());
  });
  const auto again = run_salvage(dir.data(), dir / "again");
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(versions_in(dir / "again"), history.newest);
}

// A group that is sound in itself, but from another life of the log: later groups depend on it.
TEST_F(Salvage, group_that_does_not_follow_stops_everything) {
  const std::string key = group_key(dir.data(), 10);
  ByteBuffer other;
  ChainPosition elsewhere{.stream = 0, .epoch = 1, .number = 9, .hash = 12345};
  elsewhere.stream = (*StoppedLog::open(dir.data()))->identity().stream;
  encode_group(elsewhere, {.time = kDoorsOpen}, other);
  through_rocksdb(dir.data(), [&](const Families& families) {
    const rocksdb::Slice value(reinterpret_cast<const char*>(other.data()), other.size());
    ASSERT_TRUE(families.db.Put(rocksdb::WriteOptions(), families.groups, key, value).ok());
  });
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("group 10 does not belong behind group 9: previous hash"));
  for (const auto& [slot, version] : versions_in(to)) {
    const auto& step = history.steps.at({slot, version.seq});
    EXPECT_EQ(version.hash, step.hash);
    EXPECT_LT(step.group, 10U);
  }
}

TEST_F(Salvage, refuses_a_running_instance_and_a_target_with_something_in_it) {
  {
    Sale sale(dir.data());
    const auto run = run_salvage(dir.data(), to);
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.err, HasSubstr("is in use by process"));
  }
  fs::create_directory(to);
  write_file(to + "/letter", "precious");
  EXPECT_EQ(run_salvage(dir.data(), to).code, 2);
  EXPECT_EQ(run_salvage(dir.data(), dir.data() + "/new").code, 2);
  EXPECT_EQ(read_file(to + "/letter"), "precious");
  EXPECT_EQ(run_salvage(dir / "nowhere", dir / "other").code, 1);
}

// States after a crash have no mismatch: after every group, each slot's part of it applied or not.
TEST_F(Salvage, nothing_that_is_under_way_is_a_misfit) {
  auto log = StoppedLog::open(dir.data());
  ASSERT_TRUE(log.ok());
  SlotTable slots;
  Replay replay(slots);
  ReplayVisitor visitor;
  visitor.on_group = [&](const GroupView& group) {
    if (Status s = replay.apply_group(group); !s.ok()) return s;
    std::uint64_t not_judged = 0;
    for (const Misfit& misfit : find_misfits(slots, not_judged))
      ADD_FAILURE() << "group " << group.number << ": " << misfit.what;
    EXPECT_EQ(not_judged, 0U);
    return Status();
  };
  ASSERT_TRUE((*log)->read(0, ~std::uint64_t{0}, visitor).ok());
}

TEST(SalvageServer, goes_on_with_what_was_salvaged) {
  const TempDirectory dir;
  const ServedSale sale = sell_on_a_server(dir.data());
  const auto run = run_salvage(dir.data(), dir / "new");
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("admin.key, token.keys"));
  api::ServerProcess server({}, dir / "new");
  {
    api::Shop shop(server);
    expect_sale_goes_on(shop, sale);
  }
  ASSERT_EQ(server.stop(), 0);
  ASSERT_TRUE(server.start());
  api::Shop shop(server);
  EXPECT_EQ(shop.state(sale.concert, sale.holder), "active");
}

}  // namespace
}  // namespace frontrow::recover
