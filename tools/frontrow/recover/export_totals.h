// The sums of an export, and the balances that must hold between concerts and wallets.
//
// One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow::recover {

// All amounts in minor units. "Completed" counts the payments that have seats which belong to the
// user, including those with a refund in progress, as the user keeps the seats until the money is
// back. Their amount is that of these seats: less refunds of others that are done.
struct ConcertTotals {
  ConcertId concert;
  std::string title;
  Currency currency;
  std::uint64_t seats_sold = 0;
  std::int64_t sold_prices = 0;  // of these seats, as they were paid
  std::uint64_t completed = 0;
  std::int64_t completed_amount = 0;
  std::uint64_t refunded = 0;
  std::int64_t refunded_amount = 0;
  std::uint64_t refunded_in_part = 0;  // part of completed, as some seats are left
  std::int64_t refunded_in_part_amount = 0;
  std::int64_t revenue = 0;    // the concert's own figure
  std::int64_t of_office = 0;  // part of completed that the box office took
  std::int64_t under_way = 0;  // part of completed that wallets have not posted, or returned
  std::int64_t posted = 0;     // in wallets, for this concert
};

struct WalletTotals {
  std::uint64_t wallets = 0;
  std::int64_t balance = 0;
  std::int64_t reserved = 0;
  std::int64_t charged = 0;
  std::int64_t spent = 0;
};

// Two figures that must be equal.
struct Balance {
  std::string of;  // concert 7, wallet <user>, all wallets
  std::string name;
  std::int64_t value = 0;
  std::int64_t expected = 0;
  bool holds() const { return value == expected; }
};

struct Totals {
  std::map<ConcertId, ConcertTotals> concerts;
  WalletTotals wallets;
  // The balances of every concert and of all wallets together; of single wallets only the unequal
  // ones.
  std::vector<Balance> balances;
};

Totals add_up(SlotTable& slots);

// Concerts by id, and wallets by user: the order of the rows.
std::vector<const Concert*> concerts_of(SlotTable& slots);
std::vector<const Wallet*> wallets_of(SlotTable& slots);

}  // namespace frontrow::recover
