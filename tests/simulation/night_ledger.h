// The ledger of a simulated night's clients, with their requests and replies, compared with the
// engines: no acknowledged change is ever lost, none acts twice, an unanswered request acts at most
// once, a rejected one never, no other user gets a user's seats, and no later number stands before
// an earlier one.
//
// It uses commands and replies only, and the state of the engines that the recovery tool can show.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/state/slot.h"

namespace frontrow::sim {

// A slot as its owner holds it (nullptr: no record), and the owner's time. nullopt: the slot can't
// be checked now.
struct Seen {
  const Slot* slot = nullptr;
  Instant now;
};
using Look = std::function<std::optional<Seen>(SlotId)>;

class NightLedger {
 public:
  // Facts at the time of a request, kept until its reply.
  struct Asked {
    std::uint32_t newest_number = 0;  // of joins: the newest number in any earlier reply
    bool must_be_known = false;       // of reads: acknowledged to the owner
    bool is_far = false;              // forwarded: may act even after the caller has given up
  };

  // `now`: by the owner's clock. `is_far`: the owner is not the asked instance.
  Asked asked(const Command& command, Instant now, bool is_far);
  // `now`: no earlier than the decision.
  void answered(const Command& command, const Asked& asked, const Reply& reply, Instant now);
  // Records that no reply to this try will come.
  void lost(const Command& command, const Asked& asked);

  // Compares with the engines' state. `settled`: no request is in flight, and all state is visible.
  void check(const Look& look, bool settled) const;

  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Given {  // an acknowledged hold
    HoldView view;
    UserId user;
    TicketNumber number;
    bool paid = false;  // acknowledged
    bool refund_asked = false;
  };
  struct Bought {
    PaymentView view;
    bool refund_asked = false;
    bool refunded = false;  // acknowledged
  };
  struct Charges {
    std::int64_t acknowledged = 0;
    std::map<RequestKey, std::int64_t> in_doubt;
    std::set<ChargeId> ids;
  };
  struct Tries {  // of one key
    std::uint32_t sent = 0;
    std::uint32_t refused = 0;  // before a decision: they certainly did not act
    bool may_be_late = false;   // one of them may act after another was answered
  };
  struct Doubts {  // of one concert: possible effects without a reply
    std::uint32_t joins = 0;
    std::uint32_t holds = 0;
    std::set<RequestKey> holds_under_key;
    std::uint32_t payments = 0;  // including failed ones, acknowledged as failed
  };
  using Session = std::pair<ConcertId, TicketNumber>;
  using Place = std::tuple<ConcertId, Date, SeatNumber>;

  void on_join(const Command& command, const Asked& asked, const QueueEntry& entry, bool created);
  void on_hold(const Command& command, const HoldView& hold, Instant now);
  void on_paid(const PaymentView& payment);
  void on_charge(const Command& command, const ChargeView& charge);
  void on_refusal(const Command& command, const Asked& asked, const Reply& reply, Instant now);
  void on_final_refusal(const Command& command);
  void same_again(const RequestKey& key, std::uint64_t id, const char* what);
  bool may_be_over(const Given& given, Instant now) const;
  static bool is_owner(const Given& given, const Caller& caller) {
    return given.user == caller.user && given.number == caller.number;
  }

  void check_holds(const Look& look) const;
  void check_payments(const Look& look) const;
  void check_charges(const Look& look, bool settled) const;
  void check_numbers(const Look& look) const;
  void check_counts(const Look& look) const;

  std::map<RequestKey, Tries> tries_;
  std::map<RequestKey, std::uint64_t> by_key_;  // the acknowledged id under it
  std::map<ConcertId, Doubts> doubts_;
  std::map<HoldId, Given> holds_;
  std::map<Place, HoldId> owners_;  // the newest acknowledged one
  std::map<PaymentId, Bought> payments_;
  std::map<UserId, Charges> charges_;
  std::map<ConcertId, std::map<std::uint32_t, UserId>> numbers_;
  std::map<Session, Instant> session_ends_;  // as acknowledged
  // Requests of its owner that end it: leave (no hold), or pay for this hold.
  std::map<Session, std::set<HoldId>> session_ends_asked_;
  std::set<HoldId> releases_asked_;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace frontrow::sim
