#include "engine/core/apply.h"

#include "engine/base/check.h"
#include "engine/base/match.h"
#include "engine/base/seeded_shuffle.h"
#include "engine/core/codec/snapshot_codec.h"

namespace frontrow {
namespace {

void create_concert(Slot& slot, const ConcertCreatedEvent& e, Instant time) {
  FR_CHECK(slot.find_concert(e.concert) == nullptr);
  auto concert = std::make_unique<Concert>(e.concert, e.spec, time);
  if (concert->opens_at > time) {
    concert->opening_timer =
        concert->timers.schedule(concert->opens_at, timer_key(TimerKind::kOpening, 0));
  } else {
    Rehash guard(concert->hash, *concert);
    concert->phase = Phase::kOpen;
  }
  schedule_closing(*concert);
  concert->admission = {kFullBucket, time};
  slot.concerts.push_back(std::move(concert));
}

void register_concert(Slot& slot, const ConcertRegistered& e) {
  FR_CHECK(e.concert.value == slot.registrations.size() + 1);
  slot.registrations.push_back({e.concert, false, e.spec, e.key});
  slot.own_hash += hash_of(slot.registrations.back());
}

void set_order(Slot& slot, const OrderSet& e) {
  if (Concert* concert = slot.find_concert(e.concert)) {
    FR_CHECK(!concert->shuffle);
    Rehash guard(concert->hash, *concert);
    concert->shuffle = OpeningShuffle{e.seed, commitment_of(e.seed)};
    return;
  }
  FR_CHECK(e.concert.value >= 1 && e.concert.value <= slot.registrations.size());
  Registration& registration = slot.registrations[e.concert.value - 1];
  Rehash guard(slot.own_hash, registration);
  registration.seed = e.seed;
}

void register_plan(Slot& slot, const PlanRegistered& e) {
  FR_CHECK(e.plan.value == slot.plans.size() + 1);
  slot.plans.push_back(
      {e.plan, e.name, e.seats, std::make_shared<const std::vector<std::byte>>(e.document)});
  slot.own_hash += hash_of(slot.plans.back());
}

void confirm_registration(Slot& slot, const RegistrationConfirmed& e) {
  FR_CHECK(e.concert.value >= 1 && e.concert.value <= slot.registrations.size());
  Registration& registration = slot.registrations[e.concert.value - 1];
  Rehash guard(slot.own_hash, registration);
  registration.confirmed = true;
  registration.spec = {};
  registration.seed.reset();
}

void store_answer(Slot& slot, const AnswerStored& e, Instant time) {
  Concert* concert = e.concert ? slot.find_concert(e.concert) : nullptr;
  FR_CHECK(concert != nullptr || !e.concert);
  AnswerTable& table = concert != nullptr ? concert->answers : slot.answers;
  table.put(e.user, {e.key, time, e.answer});
}

void seal(Slot& slot, const SlotSealed& e) {
  FR_CHECK(slot.is_here());
  slot.tenure = {Tenure::State::kSealed, e.to, e.map, slot.tenure.adopted_seq};
}

void release(Slot& slot, const SlotReleased& e) {
  FR_CHECK(slot.tenure.state == Tenure::State::kSealed && slot.tenure.peer == e.to);
  slot.tenure.state = Tenure::State::kReleased;
  slot.empty();
}

void begin_adoption(Slot& slot, const SlotAdopted& e) {
  slot.tenure = {Tenure::State::kAdopted, e.from, e.map, e.seq};
  slot.seq = 0;  // the first part sets it
  slot.empty();
}

}  // namespace

void apply(Slot& slot, const Event& event, Instant time) {
  std::visit(Match{
                 [&](const ConcertRegistered& e) { register_concert(slot, e); },
                 [&](const OrderSet& e) { set_order(slot, e); },
                 [&](const PlanRegistered& e) { register_plan(slot, e); },
                 [&](const RegistrationConfirmed& e) { confirm_registration(slot, e); },
                 [&](const ConcertCreatedEvent& e) { create_concert(slot, e, time); },
                 [&](const AnswerStored& e) { store_answer(slot, e, time); },
                 // The record that holds the event is the next one.
                 [&](const OperatorActed& e) { slot.audit.put({time, slot.seq + 1, e.act}); },
                 [](const SlotHashed&) {},
                 [&](const SlotTaken&) { slot.tenure = {}; },
                 [&](const SlotSealed& e) { seal(slot, e); },
                 [&](const SlotReleased& e) { release(slot, e); },
                 [&](const SlotOpened& e) {
                   slot.tenure = {Tenure::State::kOpened, 0, e.map, slot.tenure.adopted_seq};
                 },
                 [&](const InstanceBegan& e) {
                   slot.begun.push_back(e.instance);
                   slot.own_hash += hash_of_begun(e.instance);
                 },
                 [&](const SlotAdopted& e) { begin_adoption(slot, e); },
                 [&](const SlotPart& e) { FR_CHECK(load_state_part(e.part, slot).ok()); },
                 [&](const auto& e) {
                   if constexpr (requires { e.concert; }) {
                     Concert* concert = slot.find_concert(e.concert);
                     FR_CHECK(concert != nullptr);
                     apply_to_concert(*concert, event, time);
                   } else {
                     apply_to_wallets(slot, event, time);
                   }
                 },
             },
             event);
}

}  // namespace frontrow
