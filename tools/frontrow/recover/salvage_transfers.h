// What no longer fits between the slots once some of them were cut earlier than others: the faults
// of transfers.h with the money that is at stake, and what only a cut can leave behind.
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
  Money amount;      // 0: neither side says
  std::string what;  // one line that names all but the amount
};

// In the order of concerts, payments and users. None in a state that no damage has touched,
// whatever is under way. `not_judged`: how many more there would be if what another instance of the
// cluster has, or may have, had to be here.
std::vector<Misfit> find_misfits(SlotTable& slots, std::uint64_t& not_judged);

}  // namespace frontrow::recover
