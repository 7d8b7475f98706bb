#include "engine/core/decide.h"

namespace frontrow {

Reject decide(const Ask& ask, EventBatch& out, RejectDetail& detail) {
  return std::visit([&](const auto& c) { return decide(ask, c, out, detail); }, ask.command.body);
}

Reply answer(const Ask& ask, const EventBatch& events) {
  Reply reply;  // Done
  std::visit(
      [&](const auto& c) {
        if constexpr (requires { answer(ask, c, events, reply); }) answer(ask, c, events, reply);
      },
      ask.command.body);
  return reply;
}

}  // namespace frontrow
