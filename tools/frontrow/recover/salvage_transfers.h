// Mismatches between slots of which some were cut earlier than others: the faults of transfers.h
// with the amounts, and mismatches that only a cut can cause.
//
// One thread.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/recovery/slot_table.h"

namespace frontrow::recover {

struct Misfit {
  ConcertId concert;
  PaymentId payment;  // none: about the concert itself
  UserId user;
  Money amount;      // 0: unknown to both sides
  std::string what;  // one line that names all but the amount
};

// In the order of concerts, payments and users. None in an undamaged state, for any open payments.
// `not_judged`: the number of further misfits with a slot that another instance of the cluster has,
// or may have.
std::vector<Misfit> find_misfits(SlotTable& slots, std::uint64_t& not_judged);

}  // namespace frontrow::recover
