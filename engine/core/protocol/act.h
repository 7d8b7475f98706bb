// Acts of operators, each with its key. Logged with the events that they caused, and listed for
// audits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/core/protocol/types.h"

namespace frontrow {

// The id of the key that authorises an operator: 1 to kSizeMax of A-Z a-z 0-9 - _ . Empty: no
// operator (a fan, a message between slots).
class Actor {
 public:
  static constexpr std::size_t kSizeMax = 24;

  constexpr Actor() = default;
  // REQUIRES: is_actor(text) or an empty text.
  constexpr explicit Actor(std::string_view text) {
    for (std::size_t i = 0; i < text.size() && i < kSizeMax; ++i) text_[i] = text[i];
  }

  constexpr std::string_view text() const {
    std::size_t size = 0;
    while (size < kSizeMax && text_[size] != '\0') ++size;
    return {text_.data(), size};
  }
  constexpr explicit operator bool() const { return text_[0] != '\0'; }
  constexpr auto operator<=>(const Actor&) const = default;

 private:
  std::array<char, kSizeMax> text_{};  // zeros after the text
};

constexpr bool is_actor(std::string_view text) {
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
  }
  return !text.empty() && text.size() <= Actor::kSizeMax;
}

// The admin key's.
inline constexpr Actor kAdminActor{"admin"};

// The kind of an act. Numbers in the log; never reused.
enum class ActKind : std::uint8_t {
  kCreateConcert = 1,
  kChangeConcert = 2,
  kBlockSeat = 3,
  kUnblockSeat = 4,
  kRefund = 5,
  kCharge = 6,
  kAdjustBalance = 7,
  kReleaseHold = 8,
  kEndToken = 9,
  kCreatePlan = 10,
  kBlockSeats = 11,
  kUnblockSeats = 12,
  kCancelDate = 13,
  kCancelConcert = 14,
  kSellSeats = 15,
  kAddAccessCodes = 16,
};
inline constexpr ActKind kLastActKind = ActKind::kAddAccessCodes;
// For the API, logs and the recovery tool.
constexpr std::string_view name_of(ActKind kind) {
  constexpr std::string_view kNames[] = {"",
                                         "create-concert",
                                         "change-concert",
                                         "block-seat",
                                         "unblock-seat",
                                         "refund",
                                         "charge",
                                         "adjust-balance",
                                         "release-hold",
                                         "end-token",
                                         "create-plan",
                                         "block-seats",
                                         "unblock-seats",
                                         "cancel-date",
                                         "cancel-concert",
                                         "sell-seats",
                                         "add-access-codes"};
  return kNames[static_cast<std::size_t>(kind)];
}

// A field that has no meaning for the kind is zero.
struct Act {
  Actor actor;
  ActKind kind = ActKind::kCreateConcert;
  ConcertId concert;
  UserId user;               // whose wallet, payment, hold or place
  std::uint64_t object = 0;  // id of payment, hold, charge or plan, number of seat, place or batch
  Date date;
  Money amount;
  std::string note;  // changed settings, title, reference, reason; at most kActNoteBytesMax
  static auto tie(auto& v) {
    return std::tie(v.actor, v.kind, v.concert, v.user, v.object, v.date, v.amount, v.note);
  }
  bool operator==(const Act&) const = default;
};

// Orders the acts of all slots: by time, then by slot and by record.
struct ActPosition {
  Instant at;
  SlotId slot;
  std::uint64_t seq = 0;
  static auto tie(auto& v) { return std::tie(v.at, v.slot, v.seq); }
  auto operator<=>(const ActPosition&) const = default;
};

}  // namespace frontrow
