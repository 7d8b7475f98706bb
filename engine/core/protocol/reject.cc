#include "engine/core/protocol/reject.h"

#include <array>

namespace frontrow {

std::string_view name_of(Reject reject) {
  static constexpr std::array<std::string_view, kRejectCount> kNames = {
      "none",
      "concert_not_found",
      "invalid_token",
      "wrong_token",
      "key_reused",
      "token_expired",
      "not_admitted",
      "sale_closed",
      "date_not_found",
      "seat_not_found",
      "hold_not_found",
      "hold_expired",
      "already_paid",
      "payment_in_progress",
      "payment_not_found",
      "limit_exceeded",
      "seat_unavailable",
      "seat_held_or_sold",
      "invalid_amount",
      "insufficient_balance",
      "payment_timeout",
      "line_full",
      "too_many_concerts",
      "overloaded",
      "low_disk",
      "outcome_unknown",
      "draining",
      "conflicting_settings",
      "instance_unavailable",
      "hold_refunded",
      "numbers_exhausted",
      "precondition_failed",
      "low_memory",
      "log_unavailable",
      "challenge_spent",
      "ticket_not_found",
      "ticket_void",
      "ticket_used",
      "challenge_expired",
      "date_passed",
      "date_closed",
      "not_available",
      "single_seat_left",
      "section_not_found",
      "place_not_found",
      "place_over",
      "no_extension_left",
      "holds_differ",
      "plan_not_found",
      "too_many_plans",
      "price_missing",
      "no_such_category",
      "plan_refused",
      "date_cancelled",
      "already_cancelled",
      "not_cancelled",
      "not_sold_out",
      "on_waitlist",
      "waitlist_full",
      "offer_only",
      "access_code_required",
      "access_code_invalid",
      "access_code_used",
      "too_many_access_codes",
      "export_gone",
      "date_exists",
      "section_exists",
      "change_refused",
      "seats_not_paid",
      "seats_refunded",
  };
  return kNames[static_cast<std::size_t>(reject)];
}

bool is_transient(Reject reject) {
  switch (reject) {
    case Reject::kNotAdmitted:
    case Reject::kPaymentInProgress:
    case Reject::kPaymentTimeout:
    case Reject::kOverloaded:
    case Reject::kLowDisk:
    case Reject::kLowMemory:
    case Reject::kLogUnavailable:
    case Reject::kDraining:
    case Reject::kInstanceUnavailable:
      return true;
    default:
      return false;
  }
}

}  // namespace frontrow
