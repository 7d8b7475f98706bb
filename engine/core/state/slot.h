// A slot: the unit of ownership and ordering. 4096 of them; each has one log sequence and one
// writer. It has the concerts and wallets whose ids hash to it, and one slot has the directory of
// concerts. One thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/core/containers/user_table.h"
#include "engine/core/state/answer_table.h"
#include "engine/core/state/audit_trail.h"
#include "engine/core/state/charge_references.h"
#include "engine/core/state/concert.h"
#include "engine/core/state/export_copy.h"
#include "engine/core/state/wallet.h"

namespace frontrow {

// The directory's view of a concert. Its spec is kept until the concert's slot has taken it.
struct Registration {
  ConcertId concert;
  bool confirmed = false;
  ConcertSpec spec;
  RequestKey key;
  std::optional<Bytes32> seed = {};  // of an order at random; kept like the spec
};
StateHash hash_of(const Registration& registration);

// A seating plan in the directory. Immutable.
struct RegisteredPlan {
  PlanId plan;
  std::string name;
  std::uint32_t seats = 0;
  PlanDocument document;
};
StateHash hash_of(const RegisteredPlan& plan);

StateHash hash_of_begun(InstanceId instance);

// Settings of the instance, as decisions need them.
struct Policy {
  Money charge_max{10'000'000};
  Money balance_max{1'000'000'000'000};
  Duration payment_decide = seconds(10);
  // Bounds of each concert; smaller ones are for tests.
  std::uint32_t people_max = kPeoplePerConcertMax;
  std::uint32_t drawn_max = kDrawnPerConcertMax;
};

// The ownership of a slot in a static cluster, whose instances computed its owner from a file and
// moved slots through their logs (decision 9). No instance writes it any more: the events are there
// to read old logs. It ends when an instance of a cluster serves the slot (SlotTaken). Not part of
// the state that moved.
struct Tenure {
  enum class State : std::uint8_t {
    kUnmarked = 0,  // never was in a static cluster
    kOpened = 1,
    kAdopted = 2,   // from `peer`
    kSealed = 3,    // for `peer`, which may have it already
    kReleased = 4,  // to `peer`, which has it: only the sequence is left here
  };
  State state = State::kUnmarked;
  InstanceId peer = 0;
  std::uint64_t map = 0;  // hash of the slot map that led to this state
  // Sequence of the state imported last: any newer record of this slot derives from it. Kept when
  // the slot leaves.
  std::uint64_t adopted_seq = 0;
  bool operator==(const Tenure&) const = default;
};

struct Slot {
  explicit Slot(SlotId slot_id)
      : id(slot_id), answers(own_hash), audit(own_hash), references(own_hash) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  const Concert* find_concert(ConcertId concert) const;
  Concert* find_concert(ConcertId concert);
  const Wallet* find_wallet(const UserId& user) const;
  // The unconfirmed registration that was made under this key.
  const Registration* find_unconfirmed(const Hash128& key) const;
  const RegisteredPlan* find_plan(PlanId plan) const;
  // Whether this instance has the slot's newest state and decides on it.
  bool is_here() const { return tenure.state < Tenure::State::kSealed; }
  // Erases all state but the sequence, its time and the tenure. The slot object stays in place.
  void empty();
  // Hash of the sequence and of all entities: O(concerts in the slot).
  StateHash state_hash() const;

  SlotId id;
  std::uint64_t seq = 0;  // of the newest record
  Instant time;           // of the newest record
  Tenure tenure;

  std::vector<std::unique_ptr<Concert>> concerts;  // ascending ids; a handful
  UserTable<Wallet> wallets;
  std::uint64_t last_charge = 0;
  std::vector<Registration> registrations;  // of the directory's slot: index = id - 1
  std::vector<RegisteredPlan> plans;        // the same
  std::vector<InstanceId> begun;            // of a static cluster: that once had all their slots
  StateHash own_hash = 0;                   // of all state here outside concerts
  AnswerTable answers;                      // of wallets and the directory
  AuditTrail audit;
  ChargeReferences references;

  // Soft: not logged, not hashed. Made by reads, hence mutable.
  mutable ExportCopies exports;
};

}  // namespace frontrow
