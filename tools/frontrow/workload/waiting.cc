#include "tools/frontrow/workload/waiting.h"

#include <algorithm>

namespace frontrow::drop {

void WaitingFans::on_step(const Fan& before, const Fan& after, std::uint32_t quantity, bool done) {
  const bool waits = after.waits != 0 && !done;
  if (before.waits == 0 && waits) {
    ++figures_.joined;
    ++waiting_[quantity];
    ++now_;
  }
  if (before.waits != 0 && !waits) {
    --waiting_[quantity];
    --now_;
  }
  if (before.offered == 0 && after.offered != 0) ++figures_.offers;
  if (after.offered != 0 && done)
    ++(after.outcome == Outcome::kBought ? figures_.paid : figures_.lapsed);
}

void WaitingFans::send_away(SaleFacts& facts) const {
  for (std::uint32_t quantity = kQuantityMax; quantity > 0; --quantity) {
    if (waiting_[quantity] == 0) continue;
    facts.leaves_from = std::min(facts.leaves_from, quantity);
    return;
  }
}

}  // namespace frontrow::drop
