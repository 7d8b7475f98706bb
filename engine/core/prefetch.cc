#include "engine/core/apply.h"

namespace frontrow {

void prefetch(const Slot& slot, const Event& event) {
  std::visit(Match{
                 [&](const TokenJoined& e) {
                   const Concert* concert = slot.find_concert(e.concert);
                   if (concert != nullptr) concert->line.prefetch(e.user);
                 },
                 [](const auto&) {},
             },
             event);
}

}  // namespace frontrow
