// Translation between a fan (tools/frontrow/workload/fan.h), who uses the terms of HTTP, and the
// engine, which uses commands and replies. Rejections become problems by the tables of the HTTP API
// (net/api/api_problems.h). Pure functions.
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
  RequestKey key;  // for commands that take one; may be absent
  drop::Wish wish = {};
};

// The command for the fan's next request. `dates`: of the concert, rising.
Command command_of(const FanView& view, ConcertId concert, const std::vector<Date>& dates);

// The reply in the fan's terms. `choice`, 0 <= choice < 1, chooses among dates and seats.
drop::Answer answer_of(drop::Ask ask, const Reply& reply, double choice,
                       const std::vector<Date>& dates);

}  // namespace frontrow::simulate
