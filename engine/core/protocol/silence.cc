#include "engine/core/protocol/silence.h"

#include <algorithm>
#include <variant>

namespace frontrow {
namespace {

// A week: longer than any line. Bounds the value that another instance may send.
constexpr std::uint64_t kSilenceMsMax = 7ULL * 24 * 3600 * 1000;

}  // namespace

void set_silence(Command& command, Duration silence) {
  command.key = {{}, static_cast<std::uint64_t>(std::max(silence, Duration{}).ms) + 1};
}

std::optional<Duration> silence_of(const Command& command) {
  const bool tells = std::holds_alternative<ReadToken>(command.body) && !command.key.present() &&
                     command.key.request != 0 && command.key.request <= kSilenceMsMax;
  if (!tells) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(command.key.request) - 1);
}

}  // namespace frontrow
