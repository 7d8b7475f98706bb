// What the clients of a simulated night asked for and were told, and whether the engine keeps to
// it: nothing acknowledged is ever gone, nothing acts twice, nothing that was never answered acts
// more than once, nobody else gets what was given to one, and no later number stands before an
// earlier one.
//
// It knows commands and replies only, and of the engine what a person with the recovery tool can
// see.
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "engine/core/command.h"
#include "engine/core/reply.h"
#include "engine/runtime/slot_table.h"

namespace frontrow::sim {

class Ledger {
 public:
  // What must be kept from the time a request is sent until it is answered.
  struct Asked {
    std::uint32_t newest_number = 0;  // of joins: the newest number that anybody was told by then
    bool must_be_known = false;       // of reads: its owner was told of it
  };

  // `now`: no later than the decision.
  Asked asked(const Command& command, Instant now);
  // `now`: no earlier than the decision.
  void answered(const Command& command, const Asked& asked, const Reply& reply, Instant now);
  // No answer to any try of this will come any more.
  void in_doubt(const Command& command);

  // Compares with what the engine holds. `settled`: nothing is under way.
  void check(SlotTable& slots, Instant now, bool settled) const;

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
  using Session = std::pair<ConcertId, TicketNumber>;
  using Place = std::tuple<ConcertId, Date, SeatNumber>;

  void on_join(const Command& command, const Asked& asked, const QueueEntry& entry, bool created);
  void on_hold(const Command& command, const HoldView& hold, Instant now);
  void on_paid(const PaymentView& payment);
  void on_charge(const Command& command, const ChargeView& charge);
  void same_again(const RequestKey& key, std::uint64_t id, const char* what);
  bool may_be_over(const Given& given, Instant now) const;
  static bool is_owner(const Given& given, const Caller& caller) {
    return given.user == caller.user && given.number == caller.number;
  }

  void check_holds(SlotTable& slots, Instant now) const;
  void check_payments(SlotTable& slots) const;
  void check_charges(SlotTable& slots, bool settled) const;
  void check_numbers(SlotTable& slots) const;

  std::map<RequestKey, std::uint64_t> by_key_;  // what was acknowledged under it
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
