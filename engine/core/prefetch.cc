#include "engine/core/apply.h"

namespace frontrow {
namespace {

void prefetch_wallet(const Slot& slot, const UserId& user) {
  const Wallet* wallet = slot.find_wallet(user);
  if (wallet == nullptr) return;
  __builtin_prefetch(wallet->transfers.data());
  __builtin_prefetch(wallet->payments.data());
}

}  // namespace

void prefetch(const Slot& slot, const Event& event) {
  std::visit(Match{
                 [&](const TokenJoined& e) {
                   const Concert* concert = slot.find_concert(e.concert);
                   if (concert != nullptr) concert->line.prefetch(e.user);
                 },
                 [&](const MoneyReserved& e) { prefetch_wallet(slot, e.purchase.user); },
                 [&](const auto& e) {
                   if constexpr (
                       requires { e.user; } && !requires { e.concert; })
                     prefetch_wallet(slot, e.user);
                 },
             },
             event);
}

}  // namespace frontrow
