#include "tests/simulation/trace.h"

#include <cstdlib>
#include <variant>

namespace frontrow::sim {

bool is_traced() {
  static const bool is_set = std::getenv("FRONTROW_TRACE") != nullptr;
  return is_set;
}

std::string text_of(const Command& command) {
  std::string text = name_of(command.body);
  const std::uint64_t id = std::visit(
      [](const auto& c) -> std::uint64_t {
        if constexpr (requires { c.hold.value; }) {
          return c.hold.value;
        } else if constexpr (requires { c.payment.value; }) {
          return c.payment.value;
        } else if constexpr (requires { c.purchase.payment.value; }) {
          return c.purchase.payment.value;
        } else if constexpr (requires { c.concert.value; }) {
          return c.concert.value;
        } else {
          return 0;
        }
      },
      command.body);
  if (id != 0) text += fmt::format(" {}", id);
  if (command.caller.number) text += fmt::format(" by number {}", command.caller.number.value);
  if (command.key.present()) text += fmt::format(" key {}", command.key.key.low);
  return text;
}

std::string text_of(const Reply& reply) {
  std::string text(name_of(reply.reject));
  if (const auto* entry = std::get_if<QueueEntry>(&reply.body)) {
    text += fmt::format(" number {} state {} until {}", entry->number.value,
                        static_cast<int>(entry->state), entry->expires_at.ms);
  } else if (const auto* hold = std::get_if<HoldView>(&reply.body)) {
    text += fmt::format(" hold {} until {}", hold->hold.value, hold->expires_at.ms);
  } else if (const auto* payment = std::get_if<PaymentView>(&reply.body)) {
    text += fmt::format(" payment {} of hold {}", payment->purchase.payment.value,
                        payment->purchase.hold.value);
  }
  if (reply.created) text += " created";
  if (reply.replayed) text += " replayed";
  return text;
}

}  // namespace frontrow::sim
