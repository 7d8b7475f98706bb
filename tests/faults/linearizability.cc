#include "tests/faults/linearizability.h"

namespace frontrow::faults {

std::optional<SeatRegister::State> SeatRegister::step(const State& state, const Call& call, bool) {
  using Kind = State::Kind;
  const bool is_owned = state.kind == Kind::kHeld || state.kind == Kind::kSold;
  const bool own = state.kind == Kind::kHeld && state.user == call.user;
  switch (call.what) {
    case What::kHold:
      if (state.kind != Kind::kFree) return std::nullopt;
      return State{Kind::kHeld, call.user};
    case What::kHoldRefused:
    case What::kSeenTaken:
      return state.kind == Kind::kFree ? std::nullopt : std::optional(state);
    case What::kRelease:
      return own ? std::optional(State{}) : std::nullopt;
    case What::kPay:
      return own ? std::optional(State{Kind::kSold, call.user}) : std::nullopt;
    case What::kSeenFree:
      return state.kind == Kind::kFree ? std::optional(state) : std::nullopt;
    case What::kSell:
      if (is_owned) return std::nullopt;
      return State{Kind::kSold, call.user};
    case What::kRefund:
      if (state != State{Kind::kSold, call.user}) return std::nullopt;
      return State{};
    case What::kBlock:
      if (is_owned) return std::nullopt;
      return State{Kind::kBlocked, -1};
    case What::kOfficeRefused:
      return is_owned ? std::optional(state) : std::nullopt;
    case What::kUnblock:
      return state.kind == Kind::kBlocked ? State{} : state;
    case What::kSeenAs:
      return state.kind == call.seen ? std::optional(state) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::int64_t> WalletRegister::step(const State& state, const Call& call,
                                                 bool has_answer) {
  std::int64_t next = state;
  if (call.what == What::kCharge) next += call.amount;
  if (call.what == What::kPay) next -= call.amount;
  if (call.what == What::kRefund) return state + call.amount;
  if (call.what == What::kPayRefused)
    return state < call.amount && call.balance == state ? std::optional(state) : std::nullopt;
  if (next < 0 || (has_answer && next != call.balance)) return std::nullopt;
  return next;
}

}  // namespace frontrow::faults
