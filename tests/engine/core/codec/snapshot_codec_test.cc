// A slot round-trips through its snapshot. The simulation covers later steps on a loaded slot:
// there each mirror is repeatedly loaded from a snapshot.
#include <algorithm>

#include "engine/base/prng.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/codec/snapshot_rows.h"
#include "engine/core/state/invariants.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

using Parts = std::vector<ByteBuffer>;

Parts encoded(const Slot& slot) {
  Parts parts;
  const Status done = encode_snapshot(slot, [&parts](std::span<const std::byte> part) {
    parts.emplace_back(part.begin(), part.end());
    return Status{};
  });
  EXPECT_TRUE(done.ok());
  return parts;
}

// A concert and its wallets with entities of every kind.
struct Busy {
  World w;
  ConcertId c;

  Busy() {
    EXPECT_GRANTED(w.ask(kAdmin, CreatePlan{bytes_of_plan(small_plan())}));
    ConcertSpec spec = small_concert(40);
    spec.rules.queue.max_active = 6;
    spec.rules.hold_extensions = 1;
    spec.rules.queue.admit_per_second = 1000;
    spec.dates.push_back({Date{first_date().days + 1}, {{"a", 3, Money{5}}, {"b", 4, Money{7}}}});
    spec.dates.push_back({Date{first_date().days + 2}, {{"solo", 1, Money{9}}}});
    spec.opens_at = kStart + seconds(10'000);
    c = w.create(spec, Bytes32{std::byte{5}});
    for (std::uint32_t user = 50; user <= 52; ++user) w.join(c, user);
    for (std::uint32_t user = 50; user <= 52; ++user) leave(user);
    w.change({.concert = c, .phase = Phase::kOpen});
    ChangeConcert later{.concert = c};
    later.add_dates = {{first_date(), {{"hall", 3, Money{5}}}, {}, kStart + seconds(50'000)}};
    later.add_dates[0].date.days -= 3;
    later.change_dates = {{Date{first_date().days + 1}, {{"c", 2, Money{3}}}, {{"a", Money{6}}}}};
    w.change(later);
    for (std::uint32_t user = 1; user <= 4; ++user) w.charge(user, 5000);
    for (const char* reference : {"bank-2", "bank-1"})
      EXPECT_GRANTED(w.ask(kAdmin, Charge{user_id(1), Money{5}, reference}));
    const Fan paid = w.join(c, 1);
    EXPECT_GRANTED(w.pay(paid, body_of<HoldView>(w.hold(paid, {1, 2})).hold, key_of(7, 8)));
    const Fan refunded = w.join(c, 2);
    const Reply bought = w.pay(refunded, body_of<HoldView>(w.hold(refunded, {3})).hold);
    EXPECT_GRANTED(
        w.ask(kAdmin, Refund{body_of<PaymentView>(bought).purchase.payment}, key_of(9, 9)));
    const Fan expired = w.join(c, 3);
    EXPECT_GRANTED(w.hold(expired, {4, 5}));
    w.pass(seconds(301));
    const Fan holder = w.join(c, 4);
    const HoldId extended = body_of<HoldView>(w.hold(holder, {6})).hold;
    w.pass(seconds(1));
    EXPECT_GRANTED(w.ask(holder.caller, ExtendHold{extended}));
    EXPECT_GRANTED(w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{9}, true}));
    const HoldView under_way = body_of<HoldView>(w.hold(holder, {7}));
    wait_for_seats(refunded);
    for (std::uint32_t user = 5; user <= 30; ++user) w.join(c, user);
    for (std::uint32_t user = 31; user <= 33; ++user)
      EXPECT_GRANTED(w.ask(as_user(user), Join{c, user_id(user), 1000 + user}));
    for (const std::uint32_t seat : {2U, 1U})
      EXPECT_GRANTED(w.ask(kAdmin, UseTicket{make_payment_id(c, 1), SeatNumber{seat}}));
    EXPECT_GRANTED(w.ask(kAdmin, Refund{make_payment_id(c, 1), {SeatNumber{2}}}));
    const Date second{first_date().days + 1};
    EXPECT_EQ(w.ask(kAdmin, CancelDates{c, second}, key_of(4, 4)).reject, Reject::kNone);
    for (const std::uint64_t n : {1U, 5U})
      EXPECT_GRANTED(w.ask(kAdmin, AddAccessCodes{c, {{n, n}, {n + 1, 9}}, 3, kStart}));
    EXPECT_GRANTED(w.ask(as_user(40), Join{c, user_id(40), 0, false, {2, 9}}));
    for (const std::uint32_t user : {0U, 1U}) EXPECT_GRANTED(w.ask(kAdmin, sale(11 + user, user)));
    w.post(holder.caller, Pay{c, {under_way.hold}}, key_of(1, 2));
    w.post(kAdmin, sale(13, 2), key_of(3, 3));
    w.post(kAdmin, Refund{make_payment_id(c, 1), {SeatNumber{1}}}, key_of(5, 5));
  }
  // At the box office; user 0 has no name.
  SellSeats sale(std::uint32_t seat, std::uint32_t user) const {
    return {c, first_date(), {SeatNumber{seat}}, user == 0 ? UserId{} : user_id(user)};
  }
  void leave(std::uint32_t user) {
    const TicketNumber number = w.concert(c).line.find(user_id(user));
    EXPECT_GRANTED(w.ask({user_id(user), number}, Leave{c}));
  }
  // Of the third date, which is sold out: one is offered a seat, after leaving; another one waits.
  void wait_for_seats(const Fan& waiting) {
    const Date third{first_date().days + 2};
    const Fan first = w.join(c, 40);
    const HoldId hold =
        body_of<HoldView>(w.ask(first.caller, PlaceHold{c, third, {SeatNumber{1}}})).hold;
    EXPECT_GRANTED(w.ask(waiting.caller, JoinWaitlist{c, third, {}, 1}));
    EXPECT_GRANTED(w.ask(first.caller, ReleaseHold{hold}));
    EXPECT_GRANTED(w.ask(first.caller, JoinWaitlist{c, third, "solo", 1}));
    w.tick();
  }
  const Slot& slot() const { return *w.find_slot(slot_of_concert(c)); }
  const Slot& wallet_slot(std::uint32_t user) const {
    return *w.find_slot(slot_of_user(user_id(user)));
  }
};

TEST(SnapshotCodec, loaded_slot_is_the_slot_and_encodes_to_the_same_bytes) {
  const Busy busy;
  for (const Slot* slot : {&busy.slot(), &busy.wallet_slot(1), &busy.wallet_slot(2),
                           &busy.wallet_slot(4), busy.w.find_slot(slot_of_directory())}) {
    const auto loaded = through_snapshot(*slot);
    EXPECT_EQ(loaded->seq, slot->seq);
    EXPECT_EQ(loaded->time, slot->time);
    EXPECT_EQ(check_invariants(*loaded), std::vector<std::string>{});
    EXPECT_EQ(encoded(*loaded), encoded(*slot));
  }
}

TEST(SnapshotCodec, every_kind_of_part_is_written) {
  const Busy busy;
  std::vector<std::uint8_t> kinds;
  for (const Slot* slot :
       {&busy.slot(), &busy.wallet_slot(1), busy.w.find_slot(slot_of_directory())}) {
    for (const ByteBuffer& part : encoded(*slot)) {
      if (std::find(kinds.begin(), kinds.end(), static_cast<std::uint8_t>(part[0])) == kinds.end())
        kinds.push_back(static_cast<std::uint8_t>(part[0]));
    }
  }
  std::sort(kinds.begin(), kinds.end());
  EXPECT_EQ(kinds, (std::vector<std::uint8_t>{1,  3,  4,  6,  7,  8,  10, 11, 12, 13, 16, 17, 18,
                                              19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30}));
}

// A part of one row, as the versions before wrote it.
template <class Row>
ByteBuffer former_part(PartKind kind, ConcertId concert, const Row& row) {
  ByteBuffer bytes;
  ByteWriter out(bytes);
  out.put(static_cast<std::uint32_t>(kind));
  out.put(concert);
  out.put(std::uint32_t{0});
  out.put(std::uint32_t{1});
  write_field(out, row);
  return bytes;
}

TEST(SnapshotCodec, holds_in_the_former_layout_are_loaded_as_what_they_mean_now) {
  World w;
  const ConcertId c = w.create(small_concert());
  const Fan fan = w.join(c, 1);
  const HoldId held = body_of<HoldView>(w.hold(fan, {2, 3})).hold;
  const Slot& slot = *w.find_slot(slot_of_concert(c));
  Slot loaded(slot.id);
  for (const ByteBuffer& part : encoded(slot)) {
    if (static_cast<PartKind>(part[0]) != PartKind::kHolds) {
      ASSERT_TRUE(load_snapshot_part(part, loaded).ok());
      continue;
    }
    const FormerHold row{*slot.find_concert(c)->find_hold(held)};
    ASSERT_TRUE(load_snapshot_part(former_part(PartKind::kFormerHolds, c, row), loaded).ok());
  }
  EXPECT_EQ(loaded.state_hash(), slot.state_hash());
}

FormerSpec former_spec(const ConcertSpec& spec) {
  FormerSpec former{spec.title,
                    spec.opens_at,
                    spec.currency,
                    {spec.rules.queue, spec.rules.hold_s, spec.rules.seats_per_user},
                    {}};
  for (const DateSpec& date : spec.dates) {
    former.dates.push_back({date.date, {}});
    for (const SectionSpec& s : date.sections)
      former.dates.back().sections.push_back({s.name, s.seats, s.price});
  }
  return former;
}

TEST(SnapshotCodec, concerts_in_the_former_layout_are_loaded_as_what_they_mean_now) {
  World w;
  const ConcertId c = w.create(small_concert(40));
  const Concert& now = w.concert(c);
  ConcertRowOf<FormerSpec> row;
  row.spec = former_spec(small_concert(40));
  row.spec.opens_at = now.opens_at;
  row.spec.currency = now.currency;
  row.created_at = now.created_at;
  row.phase = now.phase;
  row.admission = now.admission;
  row.date_versions = {1};
  Slot slot(slot_of_concert(c));
  ASSERT_TRUE(load_snapshot_part(former_part(PartKind::kFormerConcert, c, row), slot).ok());
  EXPECT_EQ(slot.find_concert(c)->state_hash(), now.state_hash());
  EXPECT_EQ(slot.find_concert(c)->closing_timer, TimerWheel::kNone) << "it never closes by itself";

  const FormerRegistration registration{ConcertId{1}, false, former_spec(small_concert(7)), {}};
  Slot directory(slot_of_directory());
  ASSERT_TRUE(
      load_snapshot_part(former_part(PartKind::kFormerRegistrations, {}, registration), directory)
          .ok());
  EXPECT_EQ(directory.registrations.front().spec, small_concert(7));
}

// Until the concert is in its slot, the directory alone knows the seed.
TEST(SnapshotCodec, seed_of_an_unconfirmed_registration_is_loaded) {
  World w;
  const Bytes32 seed{std::byte{3}};
  w.post(kAdmin, CreateConcert{small_concert(), {}, seed});
  const auto loaded = through_snapshot(*w.find_slot(slot_of_directory()));
  EXPECT_EQ(loaded->registrations.front().seed, seed);
  std::vector<Command> messages;
  Machine::pending_messages(*loaded, kNever, messages);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(std::get<OpenConcert>(messages[0].body).seed, seed);
}

TEST(SnapshotCodec, long_line_is_cut_into_parts_of_the_goal) {
  World w;
  const ConcertId c = w.create(small_concert());
  Slot& slot = const_cast<Slot&>(*w.find_slot(slot_of_concert(c)));
  Line& line = slot.find_concert(c)->line;
  for (std::uint32_t user = 1; user <= 20'000; ++user) line.join(user_id(user), kStart);
  const Parts parts = encoded(slot);
  EXPECT_EQ(parts.size(), 2 + 20'000 * 17 / kPartBytesGoal + 1);
  for (const ByteBuffer& part : parts) EXPECT_LT(part.size(), kPartBytesGoal + 64);
  EXPECT_EQ(encoded(*through_snapshot(slot)), parts);
}

TEST(SnapshotCodec, sink_that_fails_ends_the_encoding_with_its_error) {
  const Busy busy;
  int calls = 0;
  const Status done = encode_snapshot(busy.slot(), [&calls](std::span<const std::byte>) -> Status {
    if (++calls == 3) return Error{"no room"};
    return {};
  });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error(), "no room");
  EXPECT_EQ(calls, 3);
}

TEST(SnapshotCodec, part_cut_anywhere_or_with_bytes_behind_is_refused) {
  const Busy busy;
  const Parts parts = encoded(busy.slot());
  for (std::size_t broken = 0; broken < parts.size(); ++broken) {
    const auto load_with = [&](std::span<const std::byte> last) {
      Slot slot(busy.slot().id);
      for (std::size_t i = 0; i < broken; ++i) EXPECT_TRUE(load_snapshot_part(parts[i], slot).ok());
      return load_snapshot_part(last, slot).ok();
    };
    for (std::size_t cut = 0; cut < parts[broken].size(); ++cut)
      EXPECT_FALSE(load_with({parts[broken].data(), cut})) << broken << " at " << cut;
    ByteBuffer longer = parts[broken];
    longer.push_back(std::byte{0});
    EXPECT_FALSE(load_with(longer));
    EXPECT_TRUE(load_with(parts[broken]));
  }
}

// The loaded state does not matter here, only that the loader survives the bytes.
TEST(SnapshotCodec, changed_bytes_are_loaded_or_refused) {
  const Busy busy;
  Prng random(1);
  std::size_t refused = 0;
  constexpr std::size_t kRounds = 20'000;
  const Parts parts = encoded(busy.slot());
  for (std::size_t round = 0; round < kRounds; ++round) {
    Slot slot(busy.slot().id);
    Parts damaged = parts;
    ByteBuffer& part = damaged[random.below(damaged.size())];
    part[random.below(part.size())] ^= std::byte{static_cast<unsigned char>(1U << random.below(8))};
    const bool loaded = std::all_of(damaged.begin(), damaged.end(), [&slot](const ByteBuffer& p) {
      return load_snapshot_part(p, slot).ok();
    });
    refused += loaded ? 0 : 1;
  }
  EXPECT_GT(refused, kRounds / 20);
}

TEST(SnapshotCodec, parts_out_of_order_or_twice_are_refused) {
  const Busy busy;
  const Parts parts = encoded(busy.slot());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto kind = static_cast<PartKind>(parts[i][0]);
    Slot empty(busy.slot().id);
    const bool of_slot = std::all_of(parts[i].begin() + 4, parts[i].begin() + 8,
                                     [](std::byte b) { return b == std::byte{0}; });
    const bool own = kind == PartKind::kSlot || kind == PartKind::kConcert ||
                     (kind == PartKind::kAnswers && of_slot);
    EXPECT_EQ(load_snapshot_part(parts[i], empty).ok(), own) << i;
    // Answers may be loaded twice with the same result; expired holds are a list.
    if (kind == PartKind::kAnswers || kind == PartKind::kExpiredHolds) continue;
    Slot full(busy.slot().id);
    for (const ByteBuffer& part : parts) EXPECT_TRUE(load_snapshot_part(part, full).ok());
    EXPECT_FALSE(load_snapshot_part(parts[i], full).ok()) << i;
  }
}

}  // namespace
}  // namespace frontrow
