// The next actions of a simulated night's clients, who act as people and their phones do: they
// join, read, hold, charge and pay, click twice, leave, and retry with the same key without an
// answer.
#pragma once

#include <map>
#include <vector>

#include "engine/base/prng.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"

namespace frontrow::sim {

struct Visit {  // in one concert, as the fan knows it
  Caller caller;
  bool is_active = false;
};

struct Fan {
  UserId user;
  std::map<ConcertId, Visit> visits;
  std::vector<HoldId> holds;
  std::vector<PaymentId> payments;
  std::vector<Command> unanswered;  // to be retried with the same key
  int under_way = 0;
};

struct Offer {
  ConcertId concert;
  ConcertSpec spec;
};

class Crowd {
 public:
  Crowd(std::uint32_t fans, Prng& random);

  std::size_t size() const { return fans_.size(); }
  Fan& fan(std::size_t index) { return fans_[index]; }
  // The fan's next command.
  Command next(std::size_t fan, const std::vector<Offer>& offers);
  // Updates the fan from a reply.
  void learn(std::size_t fan, const Command& command, const Reply& reply);
  RequestKey new_key();

 private:
  Command from_the_line(const Fan& fan, const Offer& offer, const Visit& visit);
  Command from_the_shop(const Fan& fan, const Offer& offer, const Visit& visit);
  Command place_hold(const Visit& visit, const Offer& offer);
  Command charge(const Fan& fan);
  // Usually one of the newest.
  template <class Id>
  Id some(const std::vector<Id>& ids, Id other);

  Prng& random_;
  std::vector<Fan> fans_;
  std::uint64_t keys_ = 0;
};

}  // namespace frontrow::sim
