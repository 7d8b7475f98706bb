// A slot: the unit of ownership and ordering. 4096 of them; each has one log sequence and one
// writer. It holds the concerts and wallets whose ids hash to it, and one slot holds the directory
// of concerts.
#pragma once

#include <memory>
#include <vector>

#include "engine/core/answer_table.h"
#include "engine/core/concert.h"
#include "engine/core/user_table.h"
#include "engine/core/wallet.h"

namespace frontrow {

// The directory's view of a concert: its spec is kept until the concert's slot has taken it.
struct Registration {
  ConcertId concert;
  bool confirmed = false;
  ConcertSpec spec;
  RequestKey key;
};
StateHash hash_of(const Registration& registration);

// Settings of the instance that decisions need.
struct Policy {
  Money charge_max{10'000'000};
  Money balance_max{1'000'000'000'000};
  Duration payment_decide = seconds(10);
};

struct Slot {
  explicit Slot(SlotId slot_id) : id(slot_id), answers(own_hash) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  const Concert* find_concert(ConcertId concert) const;
  Concert* find_concert(ConcertId concert);
  const Wallet* find_wallet(const UserId& user) const;
  // The registration that was made under this key and is not answered yet.
  const Registration* find_unconfirmed(const Hash128& key) const;
  // Number of records, and of all entities' hashes: O(concerts in the slot).
  StateHash state_hash() const;

  SlotId id;
  std::uint64_t seq = 0;  // of the newest record
  Instant time;           // of the newest record

  std::vector<std::unique_ptr<Concert>> concerts;  // ascending ids; a handful
  UserTable<Wallet> wallets;
  std::uint64_t last_charge = 0;
  std::vector<Registration> registrations;  // of the directory's slot: index = id - 1
  StateHash own_hash = 0;                   // of everything here that is not a concert's
  AnswerTable answers;                      // of wallets and the directory
};

}  // namespace frontrow
