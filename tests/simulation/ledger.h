// What the clients of a simulated night asked for and were told, and whether the engines keep to
// it: nothing acknowledged is ever gone, nothing acts twice, nothing that was never answered acts
// more than once, nothing that was refused acts at all, nobody else gets what was given to one, and
// no later number stands before an earlier one.
//
// It knows commands and replies only, and of the engines what a person with the recovery tool can
// see.
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

// A slot as its owner holds it (nullptr: it has no record), and the owner's time. None: it is not
// to be looked at now.
struct Seen {
  const Slot* slot = nullptr;
  Instant now;
};
using Look = std::function<std::optional<Seen>(SlotId)>;

class Ledger {
 public:
  // What must be kept from the time a request is sent until it is answered.
  struct Asked {
    std::uint32_t newest_number = 0;  // of joins: the newest number that anybody was told by then
    bool must_be_known = false;       // of reads: its owner was told of it
    bool is_far = false;              // forwarded: when nobody waits for it any more it may yet act
  };

  // `now`: by the owner's clock. `is_far`: the owner is another instance than the one that is
  // asked.
  Asked asked(const Command& command, Instant now, bool is_far);
  // `now`: no earlier than the decision.
  void answered(const Command& command, const Asked& asked, const Reply& reply, Instant now);
  // No answer to this try will come any more.
  void lost(const Command& command, const Asked& asked);

  // Compares with what the engines hold. `settled`: nothing is under way, and all is to be seen.
  void check(const Look& look, bool settled) const;

  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Given {  // a hold that was acknowledged
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
    std::uint32_t refused = 0;  // at a door: they surely did nothing
    bool may_be_late = false;   // one of them may act after another was answered
  };
  struct Doubts {  // of one concert: what may be there although nobody was told
    std::uint32_t joins = 0;
    std::uint32_t holds = 0;
    std::set<RequestKey> holds_under_key;
    std::uint32_t payments = 0;  // among them those that failed, and were told to have
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
  std::map<RequestKey, std::uint64_t> by_key_;  // what was acknowledged under it
  std::map<ConcertId, Doubts> doubts_;
  std::map<HoldId, Given> holds_;
  std::map<Place, HoldId> owners_;  // the newest that was given
  std::map<PaymentId, Bought> payments_;
  std::map<UserId, Charges> charges_;
  std::map<ConcertId, std::map<std::uint32_t, UserId>> numbers_;
  std::map<Session, Instant> session_ends_;  // as told
  // What its owner asked that ends it: to leave (no hold), or to pay for this hold.
  std::map<Session, std::set<HoldId>> session_ends_asked_;
  std::set<HoldId> releases_asked_;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace frontrow::sim
