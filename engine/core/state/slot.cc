#include "engine/core/state/slot.h"

#include <algorithm>
#include <memory>
#include <tuple>

namespace frontrow {

StateHash hash_of(const Registration& r) {
  HashFold h(static_cast<std::uint64_t>(EntityKind::kRegistration));
  h.add(r.concert.value).add(r.confirmed ? 1 : 0);
  // A later field counts where it is set, so that the hashes of older logs stay true.
  if (r.seed) {
    for (const std::byte b : *r.seed) h.add(std::to_integer<std::uint64_t>(b));
  }
  return h.value();
}

StateHash hash_of(const RegisteredPlan& p) {
  const auto* const text = reinterpret_cast<const char*>(p.document->data());
  return HashFold(static_cast<std::uint64_t>(EntityKind::kPlan))
      .add(p.plan.value)
      .add(p.name)
      .add(p.seats)
      .add(std::string_view(text, p.document->size()))
      .value();
}

StateHash hash_of_begun(InstanceId instance) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kBegun)).add(instance).value();
}

const Concert* Slot::find_concert(ConcertId concert) const {
  for (const auto& c : concerts) {
    if (c->id == concert) return c.get();
  }
  return nullptr;
}

Concert* Slot::find_concert(ConcertId concert) {
  return const_cast<Concert*>(std::as_const(*this).find_concert(concert));
}

const Wallet* Slot::find_wallet(const UserId& user) const {
  const auto found = wallets.find(user);
  return found == wallets.end() ? nullptr : &found->second;
}

const Registration* Slot::find_unconfirmed(const Hash128& key) const {
  if (key == Hash128{}) return nullptr;
  for (const Registration& r : registrations) {
    if (!r.confirmed && r.key.key == key) return &r;
  }
  return nullptr;
}

const RegisteredPlan* Slot::find_plan(PlanId plan) const {
  const bool exists = plan.value >= 1 && plan.value <= plans.size();
  return exists ? &plans[plan.value - 1] : nullptr;
}

void Slot::empty() {
  const auto [kept_id, kept_seq, kept_time, kept_tenure] = std::tuple(id, seq, time, tenure);
  std::destroy_at(this);
  std::construct_at(this, kept_id);
  seq = kept_seq;
  time = kept_time;
  tenure = kept_tenure;
}

StateHash Slot::state_hash() const {
  StateHash sum = own_hash + mix64(last_charge);
  for (const auto& c : concerts) sum += c->state_hash();
  return HashFold(seq).add(sum).value();
}

}  // namespace frontrow
