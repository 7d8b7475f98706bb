// Presales: who may join before the public opening, and when a code is spent.
#include "engine/core/decide.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

constexpr Instant kPublicOpening = kStart + seconds(1000);

ConcertSpec presale_concert() {
  ConcertSpec spec = small_concert();
  spec.opens_at = kPublicOpening;
  return spec;
}

Hash128 code(std::uint64_t n) { return {n, n}; }

struct Presale : ConcertFixture {
  Presale() : ConcertFixture(presale_concert()) {}

  static std::vector<Hash128> codes(std::uint64_t from, std::uint64_t count) {
    std::vector<Hash128> hashes;
    for (std::uint64_t n = from; n < from + count; ++n) hashes.push_back(code(n));
    return hashes;
  }
  Reply add(std::vector<Hash128> hashes, std::uint32_t uses, Duration opens_in = {},
            RequestKey key = {}) {
    return w.ask(kAdmin, AddAccessCodes{c, std::move(hashes), uses, kStart + opens_in}, key);
  }
  Reply join(std::uint32_t user, Hash128 access_code = {}, std::uint64_t challenge = 0) {
    return w.ask(as_user(user), Join{c, user_id(user), challenge, false, access_code});
  }
  CodeBatchView batch(std::size_t index = 0) {
    return body_of<AccessCodesView>(w.ask(kAdmin, ReadAccessCodes{c})).batches.at(index);
  }
  Phase phase() const { return w.concert(c).phase; }
};

TEST_F(Presale, concert_without_codes_lets_everybody_wait) {
  w.tick();
  EXPECT_EQ(body_of<QueueEntry>(join(1)).state, TokenState::kWaiting);
  EXPECT_GRANTED(join(2, code(1)));
  EXPECT_EQ(phase(), Phase::kScheduled);
  EXPECT_TRUE(body_of<AccessCodesView>(w.ask(kAdmin, ReadAccessCodes{c})).batches.empty());
}

TEST_F(Presale, join_before_the_public_opening_needs_a_valid_code) {
  EXPECT_GRANTED(add(codes(1, 2), 1));
  w.tick();
  EXPECT_EQ(phase(), Phase::kOpen);
  EXPECT_REJECT(Reject::kAccessCodeRequired, join(1));
  EXPECT_REJECT(Reject::kAccessCodeInvalid, join(1, code(3)));
  const Reply joined = join(1, code(2));
  EXPECT_TRUE(joined.created);
  EXPECT_EQ(body_of<QueueEntry>(joined).state, TokenState::kActive);
  EXPECT_REJECT(Reject::kAccessCodeUsed, join(2, code(2)));
  EXPECT_GRANTED(join(2, code(1)));
}

TEST_F(Presale, code_is_spent_as_often_as_it_has_uses) {
  EXPECT_GRANTED(add(codes(1, 1), 3));
  for (std::uint32_t user = 1; user <= 3; ++user) EXPECT_GRANTED(join(user, code(1)));
  EXPECT_REJECT(Reject::kAccessCodeUsed, join(4, code(1)));
  EXPECT_EQ(batch().codes_used, 1U);
  EXPECT_EQ(batch().uses_spent, 3U);
}

TEST_F(Presale, join_again_keeps_the_place_and_spends_nothing) {
  EXPECT_GRANTED(add(codes(1, 2), 1));
  const QueueEntry first = body_of<QueueEntry>(join(1, code(1)));
  for (const Hash128 given : {Hash128{}, code(1), code(2), code(9)}) {
    const Reply again = join(1, given);
    EXPECT_FALSE(again.created);
    EXPECT_EQ(body_of<QueueEntry>(again).number, first.number);
  }
  EXPECT_EQ(batch().uses_spent, 1U);
}

TEST_F(Presale, join_after_leaving_spends_another_use) {
  EXPECT_GRANTED(add(codes(1, 1), 2));
  const QueueEntry first = body_of<QueueEntry>(join(1, code(1)));
  EXPECT_GRANTED(w.ask({user_id(1), first.number, first.token_epoch}, Leave{c}));
  EXPECT_REJECT(Reject::kAccessCodeRequired, join(1));
  EXPECT_GRANTED(join(1, code(1)));
  EXPECT_EQ(batch().uses_spent, 2U);
}

TEST_F(Presale, place_drawn_before_the_codes_is_kept) {
  const QueueEntry early = body_of<QueueEntry>(join(1));
  EXPECT_GRANTED(add(codes(1, 1), 1));
  w.tick();
  const Reply again = join(1);
  EXPECT_FALSE(again.created);
  EXPECT_EQ(body_of<QueueEntry>(again).number, early.number);
  EXPECT_EQ(body_of<QueueEntry>(again).state, TokenState::kActive);
}

TEST_F(Presale, from_the_public_opening_on_no_code_is_needed_or_spent) {
  EXPECT_GRANTED(add(codes(1, 1), 1));
  w.advance(milliseconds(999'999));
  EXPECT_REJECT(Reject::kAccessCodeRequired, join(1));
  w.advance(milliseconds(1));
  EXPECT_GRANTED(join(1));
  EXPECT_GRANTED(join(2, code(1)));
  EXPECT_GRANTED(join(3, code(7)));
  EXPECT_EQ(batch().uses_spent, 0U);
}

TEST_F(Presale, batch_is_invalid_until_it_opens) {
  EXPECT_GRANTED(add(codes(1, 1), 1, seconds(100)));
  EXPECT_GRANTED(add(codes(2, 1), 1, seconds(200)));
  w.pass(milliseconds(99'999));
  EXPECT_EQ(phase(), Phase::kScheduled);
  EXPECT_REJECT(Reject::kAccessCodeInvalid, join(1, code(1)));
  EXPECT_REJECT(Reject::kAccessCodeRequired, join(1));
  w.pass(milliseconds(1));
  EXPECT_EQ(phase(), Phase::kOpen);
  EXPECT_GRANTED(join(1, code(1)));
  EXPECT_REJECT(Reject::kAccessCodeInvalid, join(2, code(2)));
  w.pass(seconds(100));
  EXPECT_GRANTED(join(2, code(2)));
}

TEST_F(Presale, concert_opens_with_its_earliest_batch_or_before_that_to_all) {
  EXPECT_GRANTED(add(codes(1, 1), 1, seconds(500)));
  EXPECT_EQ(w.concert(c).opening_at(), kStart + seconds(500));
  EXPECT_GRANTED(add(codes(2, 1), 1, seconds(300)));
  EXPECT_GRANTED(add(codes(3, 1), 1, seconds(400)));
  EXPECT_EQ(w.concert(c).opening_at(), kStart + seconds(300));
  w.change({.concert = c, .opens_at = kStart + seconds(200)});
  EXPECT_EQ(w.concert(c).opening_at(), kStart + seconds(200));
  w.pass(seconds(199));
  EXPECT_EQ(phase(), Phase::kScheduled);
  w.pass(seconds(1));
  EXPECT_EQ(phase(), Phase::kOpen);
  EXPECT_GRANTED(join(1));
}

TEST_F(Presale, public_opening_can_be_moved_until_it_has_come) {
  EXPECT_GRANTED(add(codes(1, 1), 1));
  w.tick();
  w.change({.concert = c, .opens_at = kStart + seconds(2000)});
  w.advance(seconds(1500));
  EXPECT_REJECT(Reject::kAccessCodeRequired, join(1));
  w.change({.concert = c, .opens_at = w.now()});
  EXPECT_GRANTED(join(1));
  EXPECT_REJECT(Reject::kConflictingSettings,
                w.ask(kAdmin, ChangeConcert{.concert = c, .opens_at = w.now() + seconds(9)}));
}

TEST_F(Presale, opening_by_hand_is_still_a_presale) {
  EXPECT_GRANTED(add(codes(1, 1), 1, seconds(500)));
  w.change({.concert = c, .phase = Phase::kOpen});
  EXPECT_REJECT(Reject::kAccessCodeRequired, join(1));
  EXPECT_REJECT(Reject::kAccessCodeInvalid, join(1, code(1)));
}

TEST_F(Presale, closed_sale_is_closed_before_a_code_is_asked_for) {
  EXPECT_GRANTED(add(codes(1, 1), 1));
  w.change({.concert = c, .phase = Phase::kClosed});
  EXPECT_REJECT(Reject::kSaleClosed, join(1));
  EXPECT_REJECT(Reject::kSaleClosed, join(1, code(1)));
}

TEST_F(Presale, join_that_is_refused_otherwise_spends_nothing) {
  EXPECT_GRANTED(add(codes(1, 2), 1));
  EXPECT_GRANTED(join(1, code(1), 77));
  EXPECT_REJECT(Reject::kChallengeSpent, join(2, code(2), 77));
  EXPECT_EQ(batch().uses_spent, 1U);
  EXPECT_REJECT(Reject::kAccessCodeUsed, join(2, code(1), 78));
  EXPECT_GRANTED(join(2, code(2), 78)) << "the challenge was not spent either";
}

TEST_F(Presale, codes_that_nobody_would_need_are_refused) {
  EXPECT_REJECT(Reject::kConflictingSettings, add(codes(1, 1), 1, seconds(1000)));
  EXPECT_GRANTED(add(codes(1, 1), 1, milliseconds(999'999)));
  w.pass(seconds(1000));
  EXPECT_REJECT(Reject::kConflictingSettings, add(codes(2, 1), 1));
  const ConcertId open = w.create(small_concert());
  EXPECT_REJECT(Reject::kConflictingSettings,
                w.ask(kAdmin, AddAccessCodes{open, codes(1, 1), 1, kStart}));
  EXPECT_REJECT(Reject::kConcertNotFound,
                w.ask(kAdmin, AddAccessCodes{ConcertId{77}, codes(1, 1), 1, kStart}));
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask(kAdmin, ReadAccessCodes{ConcertId{77}}));
}

TEST_F(Presale, batches_are_bounded_in_number_and_size) {
  EXPECT_REJECT(Reject::kTooManyAccessCodes, add(codes(1, kCodesPerBatchMax + 1), 1));
  for (std::uint64_t n = 1; n <= kCodeBatchesMax; ++n) EXPECT_GRANTED(add(codes(n, 1), 1));
  EXPECT_EQ(batch(kCodeBatchesMax - 1).batch, kCodeBatchesMax);
  EXPECT_REJECT(Reject::kTooManyAccessCodes, add(codes(1000, 1), 1));
}

TEST_F(Presale, concert_has_at_most_a_million_codes) {
  Slot slot(slot_of_concert(c));
  slot.concerts.push_back(std::make_unique<Concert>(c, presale_concert(), kStart));
  AccessCodes& all = slot.concerts.back()->codes;
  const auto full = codes(1, kCodesPerBatchMax);
  for (std::uint32_t n = 0; n + 1 < kCodesPerConcertMax / kCodesPerBatchMax; ++n)
    all.add({.uses = 1, .count = kCodesPerBatchMax}, full);
  all.add({.uses = 1, .count = kCodesPerBatchMax - 1}, std::span(full).first(full.size() - 1));
  const auto outcome = [&](std::uint64_t count) {
    EventBatch events;
    RejectDetail detail;
    const Command command{kAdmin, {}, AddAccessCodes{c, codes(1, count), 1, kStart}};
    return decide({slot, command, kStart, Policy{}}, events, detail);
  };
  EXPECT_EQ(outcome(1), Reject::kNone);
  EXPECT_EQ(outcome(2), Reject::kTooManyAccessCodes);
}

TEST_F(Presale, commands_of_a_faulty_peer_are_refused) {
  const auto no = Reject::kAccessCodeInvalid;
  EXPECT_REJECT(no, add({}, 1));
  EXPECT_REJECT(no, add({code(0), code(1)}, 1));
  EXPECT_REJECT(no, add({code(2), code(1)}, 1));
  EXPECT_REJECT(no, add({code(1), code(1)}, 1));
  EXPECT_REJECT(no, add(codes(1, 1), 0));
  EXPECT_REJECT(no, add(codes(1, 1), kUsesPerCodeMax + 1));
  EXPECT_GRANTED(add(codes(1, 1), kUsesPerCodeMax));
}

TEST_F(Presale, same_request_again_makes_no_second_batch) {
  const Reply made = add(codes(1, 2), 5, {}, key_of(1, 2));
  EXPECT_TRUE(made.created);
  EXPECT_FALSE(made.replayed);
  EXPECT_GRANTED(add(codes(50, 1), 1));
  const Reply again = add(codes(10, 2), 5, {}, key_of(1, 2));  // its codes are others
  EXPECT_GRANTED(again);
  EXPECT_FALSE(again.created);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<AccessCodesView>(again).batches.at(0).batch, 1U);
  EXPECT_EQ(body_of<AccessCodesView>(again).batches.at(0).count, 2U);
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, add(codes(20, 2), 5, {}, key_of(1, 3)));
  EXPECT_TRUE(add(codes(20, 2), 5, {}, key_of(2, 2)).created);
  w.pass(seconds(2000));
  EXPECT_TRUE(add(codes(20, 2), 5, {}, key_of(1, 2)).replayed) << "also after the opening";
}

TEST_F(Presale, audit_names_the_act) {
  EXPECT_GRANTED(add(codes(1, 3), 2));
  const auto audit =
      body_of<AuditView>(w.ask(kAdmin, ReadAudit{slot_of_concert(c), ActPosition{}, 1000}));
  const Act& act = audit.acts.back().act;
  EXPECT_EQ(name_of(act.kind), "add-access-codes");
  EXPECT_EQ(act.concert, c);
  EXPECT_EQ(act.object, 1U);
  EXPECT_EQ(act.note, "count=3 uses=2 opensAt=1800000000000");
}

TEST_F(Presale, codes_and_their_uses_survive_restarts) {
  EXPECT_GRANTED(add(codes(1, 2000), 2, seconds(10), key_of(1, 2)));
  w.restart();
  w.restart();
  w.pass(seconds(10));
  EXPECT_EQ(phase(), Phase::kOpen);
  EXPECT_GRANTED(join(1, code(1999)));
  for (int i = 0; i < 2; ++i) {  // once by a snapshot, once by the log
    w.restart();
    EXPECT_EQ(batch().uses_spent, static_cast<std::uint64_t>(i) + 1);
    const std::uint32_t user = 2 + static_cast<std::uint32_t>(i);
    if (i == 0) {
      EXPECT_GRANTED(join(user, code(1999)));
    }
  }
  EXPECT_REJECT(Reject::kAccessCodeUsed, join(4, code(1999)));
  EXPECT_TRUE(add(codes(1, 1), 2, seconds(10), key_of(1, 2)).replayed);
}

}  // namespace
}  // namespace frontrow
