// Is there an order of the operations of a history, each at one instant between its call and its
// answer, in which a sequential register would have given the same answers? (Herlihy and Wing,
// "Linearizability", 1990.)
//
// The search is Wing and Gong's ("Testing and verifying concurrent objects", 1993) with Lowe's memo
// of configurations seen ("Testing for linearizability", 2017). Linearizability is local: a history
// of many seats and wallets is checked one register at a time.
//
// An operation without an answer (the server was killed meanwhile) may have acted at any time after
// its call, or not at all.
#pragma once

#include <bitset>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/base/check.h"

namespace frontrow::faults {

inline constexpr std::int64_t kNoAnswer = std::numeric_limits<std::int64_t>::max();
inline constexpr std::size_t kOperationsMax = 512;  // of one register

template <class Call>
struct Operation {
  std::int64_t called = 0;  // any clock that is common to all
  std::int64_t answered = kNoAnswer;
  Call call;
  bool has_answer() const { return answered != kNoAnswer; }
};

// `Register` has: State (ordered), Call, and
//   static std::optional<State> step(const State&, const Call&, bool has_answer)
// which returns the state after the call, or nullopt if the call could not have that answer.
template <class Register>
class LinearizabilityCheck {
 public:
  using State = typename Register::State;
  using Operations = std::vector<Operation<typename Register::Call>>;

  static bool holds(const State& start, const Operations& operations) {
    FR_CHECK(operations.size() <= kOperationsMax);
    return LinearizabilityCheck(operations).search(start);
  }

 private:
  using Done = std::bitset<kOperationsMax>;
  struct Less {
    bool operator()(const std::pair<Done, State>& a, const std::pair<Done, State>& b) const {
      if (a.second < b.second || b.second < a.second) return a.second < b.second;
      for (std::size_t i = 0; i < kOperationsMax; ++i) {
        if (a.first[i] != b.first[i]) return b.first[i];
      }
      return false;
    }
  };

  explicit LinearizabilityCheck(const Operations& operations) : operations_(operations) {
    for (const auto& operation : operations) unanswered_ += operation.has_answer() ? 0 : 1;
  }

  bool search(const State& state) {
    if (answered_done_ + unanswered_ == operations_.size()) return true;
    if (!seen_.insert({done_, state}).second) return false;
    const std::int64_t first_answer = earliest_answer();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const auto& operation = operations_[i];
      // An operation that was called after another one's answer can't come before it.
      if (done_[i] || operation.called > first_answer) continue;
      const std::optional<State> next =
          Register::step(state, operation.call, operation.has_answer());
      if (!next.has_value()) continue;
      done_.set(i);
      answered_done_ += operation.has_answer() ? 1 : 0;
      if (search(*next)) return true;
      answered_done_ -= operation.has_answer() ? 1 : 0;
      done_.reset(i);
    }
    return false;
  }

  std::int64_t earliest_answer() const {
    std::int64_t earliest = kNoAnswer;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!done_[i]) earliest = std::min(earliest, operations_[i].answered);
    }
    return earliest;
  }

  const Operations& operations_;
  std::size_t unanswered_ = 0;
  std::size_t answered_done_ = 0;
  Done done_;
  std::set<std::pair<Done, State>, Less> seen_;
};

// --- a seat: free, held by one user, sold to one, or blocked by the box office

struct SeatRegister {
  struct State {
    enum class Kind : std::uint8_t { kFree, kHeld, kSold, kBlocked } kind = Kind::kFree;
    int user = -1;
    auto operator<=>(const State&) const = default;
  };
  enum class What : std::uint8_t {
    kHold,
    kHoldRefused,
    kRelease,  // by the user, the end of the session, or the box office
    kPay,
    kSeenFree,
    kSeenTaken,
    kSell,  // at the box office, of a seat that may be blocked
    kRefund,
    kBlock,          // of a seat that may be blocked already
    kOfficeRefused,  // a sale or a block, as the seat has an owner
    kUnblock,        // of a seat that may not be blocked
    kSeenAs,         // by an operator, who sees the kind
  };
  struct Call {
    What what = What::kHold;
    int user = -1;
    State::Kind seen = State::Kind::kFree;
  };
  static std::optional<State> step(const State& state, const Call& call, bool has_answer);
};

// --- a wallet: a balance that never goes below zero

struct WalletRegister {
  using State = std::int64_t;
  enum class What : std::uint8_t { kCharge, kPay, kPayRefused, kRead, kRefund };
  struct Call {
    What what = What::kRead;
    std::int64_t amount = 0;
    std::int64_t balance = 0;  // as answered; not of a refund
  };
  static std::optional<State> step(const State& state, const Call& call, bool has_answer);
};

}  // namespace frontrow::faults
