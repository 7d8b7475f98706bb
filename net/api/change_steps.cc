#include "net/api/change_steps.h"

#include <utility>

#include "net/api/decode_concert.h"

namespace frontrow {

bool ChangeSteps::needs_steps(const Command& command) {
  const auto* change = std::get_if<ChangeConcert>(&command.body);
  return change != nullptr && needs_place(*change);
}

void ChangeSteps::begin(OpenRequest& request) {
  const auto& change = std::get<ChangeConcert>(request.command.body);
  pool_.submit(request, {{}, {}, ReadConcert{change.concert}});
}

bool ChangeSteps::take(OpenRequest& request, Reply& reply) {
  if (reply.reject != Reject::kNone) return false;
  auto& change = std::get<ChangeConcert>(request.command.body);
  if (auto* expanded = std::get_if<ExpandedDates>(&reply.body)) {
    change.add_dates = std::move(expanded->dates);
    finish(request);
    return true;
  }
  const Decoded placed = place_changed_dates(std::get<ConcertView>(reply.body).time_zone, change);
  if (!reader_.report(request.route, request.ref, placed)) {
    pool_.close(request);
  } else if (change.planned.empty()) {
    finish(request);
  } else {
    pool_.submit(request, {{}, {}, ExpandDates{change.add_dates, change.planned}});
  }
  return true;
}

void ChangeSteps::finish(OpenRequest& request) {
  request.checked = true;
  pool_.submit(request, request.command);
}

}  // namespace frontrow
