#include <gtest/gtest.h>

#include <map>

#include "engine/core/state/invariants.h"
#include "tests/simulation/night.h"

namespace frontrow::sim {
namespace {

std::int64_t worth_of_sold_seats(const Concert& concert) {
  std::int64_t worth = 0;
  for (const auto& date : concert.dates) {
    for (const Section& section : date->seats.sections()) {
      for (std::uint32_t n = section.first.value; n <= section.last.value; ++n) {
        if (date->seats.state(SeatNumber{n}) == SeatState::kSold) worth += section.price.minor;
      }
    }
  }
  return worth;
}

}  // namespace

std::set<Night::RemoteOutboxEntry> Night::remote_entries() const {
  std::set<RemoteOutboxEntry> outbox_entries;
  for (const auto& instance : instances_) {
    for (const Offer& offer : offers_) {
      const SlotId id = slot_of_concert(offer.concert);
      const Slot* slot = instance->slot(id);
      const Concert* concert = slot == nullptr ? nullptr : slot->find_concert(offer.concert);
      if (concert == nullptr) continue;
      for (const auto& [payment, entry] : concert->outbox) {
        if (!instance->owns(slot_of_user(entry.user)))
          outbox_entries.emplace(payment, entry.kind, entry.at);
      }
    }
  }
  return outbox_entries;
}

void Night::check_settled() {
  ledger_.check(
      [&](SlotId id) -> std::optional<Seen> {
        Instance& owner = owner_of(id);
        return Seen{owner.slot(id), owner.time_of(id)};
      },
      true);
  for (const SlotId id : used_) {
    if (const Slot* slot = owner_of(id).slot(id)) check_slot(*slot);
  }
  check_money();
}

// Checks a slot without requests in flight.
void Night::check_slot(const Slot& slot) {
  for (const std::string& line : check_invariants(slot)) ADD_FAILURE() << line;
  EXPECT_EQ(recompute_hash(slot), slot.state_hash()) << "slot " << slot.id.value;
  mix(slot.seq);
  mix(slot.state_hash());
  for (const auto& concert : slot.concerts) {
    EXPECT_EQ(worth_of_sold_seats(*concert), concert->revenue.minor);
    EXPECT_TRUE(concert->outbox.empty()) << "outbox entries are left";
    for (const auto& [id, payment] : concert->payments) {
      EXPECT_TRUE(payment.state == PaymentState::kCompleted ||
                  payment.state == PaymentState::kRefunded)
          << "payment " << id.value << " is not decided";
      if (owner_of(slot_of_user(payment.user)).id() != owner_of(slot.id).id())
        ++report_.sold_across;
    }
    report_.sold += concert->payments_completed;
  }
  for (const auto& [user, wallet] : slot.wallets) {
    EXPECT_EQ(wallet.reserved.minor, 0) << "money is reserved still";
    EXPECT_EQ(wallet.charged.minor, wallet.balance.minor + wallet.spent.minor)
        << "a wallet lost money";
  }
}

// The sum that each user has spent equals the concerts' revenue from that user, over all instances.
void Night::check_money() {
  std::map<UserId, std::int64_t> earned;
  std::map<UserId, std::int64_t> spent;
  std::int64_t revenue = 0;
  for (const SlotId id : used_) {
    const Slot* slot = owner_of(id).slot(id);
    if (slot == nullptr) continue;
    for (const auto& [user, wallet] : slot->wallets) spent[user] += wallet.spent.minor;
    for (const auto& concert : slot->concerts) {
      revenue += concert->revenue.minor;
      for (const auto& [payment_id, payment] : concert->payments) {
        if (payment.state == PaymentState::kCompleted) earned[payment.user] += payment.amount.minor;
      }
    }
  }
  std::int64_t sum = 0;
  for (const auto& [user, money] : earned) {
    EXPECT_EQ(money, spent[user]) << "a user has paid another sum than the concerts got";
    sum += money;
  }
  for (const auto& [user, money] : spent) EXPECT_EQ(money, earned[user]);
  EXPECT_EQ(sum, revenue);
}

}  // namespace frontrow::sim
