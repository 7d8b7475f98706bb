// Between a fan (tools/frontrow/workload/fan.h), who speaks as over HTTP, and the engine, which knows commands
// and replies. The same tables as the HTTP API's (net/api/api_problems.h) say what a rejection looks
// like to a fan. Pure functions.
#pragma once

#include <vector>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "tools/frontrow/workload/answer.h"
#include "tools/frontrow/workload/fan.h"

namespace frontrow::simulate {

struct FanView {
  const drop::Fan& fan;
  const drop::Buyer* buyer;  // null before a seat is chosen
  UserId user;
  RequestKey key;  // for what is to be sent with one; may be absent
};

// What the fan's next ask is to the engine. `dates`: of the concert, rising.
Command command_of(const FanView& view, ConcertId concert, const std::vector<Date>& dates);

// What the reply tells the fan. `choice`, 0 <= choice < 1, chooses among dates and seats.
drop::Answer answer_of(drop::Ask ask, const Reply& reply, double choice,
                       const std::vector<Date>& dates);

}  // namespace frontrow::simulate
