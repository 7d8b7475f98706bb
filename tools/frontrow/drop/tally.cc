#include "tools/frontrow/drop/tally.h"

namespace frontrow::drop {

const char* name_of(StatusClass status_class) {
  static constexpr std::array<const char*, kStatusClasses> kNames = {
      "2xx", "409", "other 4xx", "told to wait", "5xx", "no answer"};
  return kNames[static_cast<std::size_t>(status_class)];
}

StatusClass class_of(Fault fault, int status, bool told_to_wait) {
  if (fault != Fault::kNone) return StatusClass::kFault;
  if (told_to_wait) return StatusClass::kWait;
  if (status >= 500) return StatusClass::kServerError;
  if (status == 409) return StatusClass::kConflict;
  return status >= 400 ? StatusClass::kOther4xx : StatusClass::kOk;
}

std::uint64_t TargetTally::errors() const {
  std::uint64_t errors = 0;
  for (std::size_t i = 1; i < kFaults; ++i) {
    if (i != static_cast<std::size_t>(Fault::kCut)) errors += faults[i];
  }
  return errors;
}

std::uint64_t Tally::unexpected() const {
  return server_errors + unreadable + outcomes[static_cast<std::size_t>(Outcome::kRefused)];
}

std::uint64_t Tally::errors() const {
  std::uint64_t errors = unexpected() + outcomes[static_cast<std::size_t>(Outcome::kGaveUp)];
  for (std::size_t i = 1; i < kFaults; ++i) {
    if (i != static_cast<std::size_t>(Fault::kCut)) errors += faults[i];
  }
  return errors;
}

}  // namespace frontrow::drop
