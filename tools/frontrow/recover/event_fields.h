// The names of the fields of every event, in the order of its tie(), for text lines and for JSON
// (there in camel case).
//
// An event or a field without a name does not compile: FieldNames has no general case, and the
// counts are compared.
#pragma once

#include <array>
#include <string_view>
#include <tuple>

#include "engine/core/codec/field_codec.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reply.h"

namespace frontrow::recover {

// Summary of a part of a slot's state, printed instead of its bytes.
struct PartSummary {
  PartKind kind{};
  std::uint32_t rows = 0;
  std::uint64_t bytes = 0;  // with its header
  static auto tie(auto& p) { return std::tie(p.kind, p.rows, p.bytes); }
};

// Of a registered plan, printed instead of its bytes.
struct PlanSize {
  PlanId plan;
  std::string name;
  std::uint32_t seats = 0;
  std::uint64_t bytes = 0;
  static auto tie(auto& p) { return std::tie(p.plan, p.name, p.seats, p.bytes); }
};

// Of added access codes, printed instead of their hashes.
struct CodeCount {
  ConcertId concert;
  std::uint16_t batch = 0;
  std::uint32_t uses = 0;
  Instant opens_at;
  RequestKey key;
  std::uint64_t count = 0;
  static auto tie(auto& p) {
    return std::tie(p.concert, p.batch, p.uses, p.opens_at, p.key, p.count);
  }
};

// Of the order, printed instead of its seed, which is a secret until the opening.
struct OrderPromise {
  ConcertId concert;
  Bytes32 commitment{};
  static auto tie(auto& p) { return std::tie(p.concert, p.commitment); }
};

template <class T>
struct FieldNames;

template <class... Text>
constexpr auto names(Text... text) {
  return std::array<std::string_view, sizeof...(Text)>{text...};
}

#define FRONTROW_FIELDS(type, ...)                     \
  template <>                                          \
  struct FieldNames<type> {                            \
    static constexpr auto kNames = names(__VA_ARGS__); \
  }

FRONTROW_FIELDS(ConcertRegistered, "concert", "spec", "key");
FRONTROW_FIELDS(RegistrationConfirmed, "concert");
FRONTROW_FIELDS(PlanRegistered, "plan", "name", "seats", "bytes");
FRONTROW_FIELDS(PlanSize, "plan", "name", "seats", "bytes");
FRONTROW_FIELDS(ConcertCreatedEvent, "concert", "spec");
FRONTROW_FIELDS(ConcertChanged, "concert", "title", "opens_at", "rules", "token_epoch",
                "closes_at");
FRONTROW_FIELDS(PhaseChanged, "concert", "phase");
FRONTROW_FIELDS(DatesAdded, "concert", "dates");
FRONTROW_FIELDS(SectionsAdded, "concert", "date_index", "sections");
FRONTROW_FIELDS(PricesChanged, "concert", "date_index", "prices");
FRONTROW_FIELDS(DatePostponed, "concert", "date_index", "date", "starts_at", "closes_at");
FRONTROW_FIELDS(TokenJoined, "concert", "number", "user");
FRONTROW_FIELDS(ChallengeSpent, "concert", "challenge");
FRONTROW_FIELDS(AccessCodesAdded, "concert", "batch", "uses", "opens_at", "key", "count");
FRONTROW_FIELDS(CodeCount, "concert", "batch", "uses", "opens_at", "key", "count");
FRONTROW_FIELDS(AccessCodeUsed, "concert", "batch", "code");
FRONTROW_FIELDS(LineShuffled, "concert", "count");
FRONTROW_FIELDS(OrderSet, "concert", "seed");
FRONTROW_FIELDS(OrderPromise, "concert", "commitment");
FRONTROW_FIELDS(TokensAdmitted, "concert", "first", "last", "count");
FRONTROW_FIELDS(TokenEnded, "concert", "number", "state");
FRONTROW_FIELDS(SeatsHeld, "concert", "hold", "number", "date_index", "seats", "amount",
                "expires_at");
FRONTROW_FIELDS(HoldReleased, "concert", "hold");
FRONTROW_FIELDS(HoldExpired, "concert", "hold");
FRONTROW_FIELDS(SeatsBlocked, "concert", "date_index", "ranges", "blocked");
FRONTROW_FIELDS(WaitlistJoined, "concert", "date_index", "entry", "user", "section", "quantity");
FRONTROW_FIELDS(WaitlistLeft, "concert", "date_index", "entry");
FRONTROW_FIELDS(SeatsOffered, "concert", "date_index", "entry", "hold", "number", "seats", "amount",
                "expires_at");
FRONTROW_FIELDS(DateCancelled, "concert", "date_index", "key");
FRONTROW_FIELDS(SeatRange, "first", "last");
FRONTROW_FIELDS(HoldExtended, "concert", "hold", "expires_at");
FRONTROW_FIELDS(HoldsMerged, "concert", "hold", "merged");
FRONTROW_FIELDS(SeatBlocked, "concert", "date_index", "seat", "blocked");
FRONTROW_FIELDS(PaymentStarted, "concert", "payment", "hold", "decide_by", "key");
FRONTROW_FIELDS(Sold, "concert", "payment", "balance");
FRONTROW_FIELDS(PaymentFailed, "concert", "payment", "reason", "balance", "amount");
FRONTROW_FIELDS(PaymentSettled, "concert", "payment");
FRONTROW_FIELDS(RefundStarted, "concert", "payment", "key");
FRONTROW_FIELDS(Refunded, "concert", "payment", "balance");
FRONTROW_FIELDS(SeatsRefundStarted, "concert", "payment", "seats", "amount", "key");
FRONTROW_FIELDS(SeatsSoldAtOffice, "concert", "payment", "hold", "date_index", "seats", "user",
                "amount");
FRONTROW_FIELDS(TicketUsed, "concert", "payment", "seat", "by");
FRONTROW_FIELDS(WalletCharged, "user", "charge", "amount");
FRONTROW_FIELDS(WalletChargedOnce, "user", "charge", "amount", "reference");
FRONTROW_FIELDS(WalletAdjusted, "user", "adjustment", "amount", "reason");
FRONTROW_FIELDS(SaleListed, "user", "payment", "paid_at");
FRONTROW_FIELDS(MoneyReserved, "purchase");
FRONTROW_FIELDS(ReserveRefused, "user", "payment", "balance");
FRONTROW_FIELDS(MoneyPosted, "user", "payment", "paid_at");
FRONTROW_FIELDS(MoneyVoided, "user", "payment");
FRONTROW_FIELDS(MoneyReturned, "user", "payment");
FRONTROW_FIELDS(MoneyReturnedInPart, "user", "payment", "seats", "total");
FRONTROW_FIELDS(AnswerStored, "concert", "user", "key", "answer");
FRONTROW_FIELDS(OperatorActed, "act");
FRONTROW_FIELDS(SlotHashed, "hash");
FRONTROW_FIELDS(SlotSealed, "to", "map");
FRONTROW_FIELDS(SlotReleased, "to");
FRONTROW_FIELDS(SlotOpened, "map");
FRONTROW_FIELDS(InstanceBegan, "instance");
FRONTROW_FIELDS(SlotTaken, "stream", "group", "seq", "hash");
FRONTROW_FIELDS(SlotAdopted, "from", "sealed_seq", "hash", "map");
FRONTROW_FIELDS(SlotPart, "part");

// Types of the events' fields.
FRONTROW_FIELDS(Act, "actor", "kind", "concert", "user", "object", "date", "amount", "note");
FRONTROW_FIELDS(PartSummary, "kind", "rows", "bytes");
FRONTROW_FIELDS(QueueRules, "max_active", "admit_per_second", "session_s", "idle_s");
FRONTROW_FIELDS(SaleRules, "queue", "hold_s", "seats_per_user", "no_single_seats",
                "stay_after_payment", "hold_extensions", "offer_s");
FRONTROW_FIELDS(SectionSpec, "name", "seats", "price", "kind", "category");
FRONTROW_FIELDS(CategoryPrice, "category", "price");
FRONTROW_FIELDS(DateSpec, "date", "starts_at", "closes_at", "plan", "sections", "rows");
FRONTROW_FIELDS(ConcertSpec, "title", "opens_at", "time_zone", "currency", "rules", "dates");
FRONTROW_FIELDS(Purchase, "payment", "hold", "concert", "user", "date", "seats", "amount");

// Types of the stored answers.
FRONTROW_FIELDS(QueueEntry, "concert", "user", "state", "number", "token_epoch", "position",
                "waiting", "estimated_wait_s", "poll_after_ms", "expires_at", "at");
FRONTROW_FIELDS(HoldView, "hold", "concert", "date", "seats", "amount", "currency", "expires_at",
                "state");
FRONTROW_FIELDS(PaymentView, "purchase", "currency", "balance", "paid_at", "state");
FRONTROW_FIELDS(RefundView, "purchase", "currency", "balance", "refunded_at");
FRONTROW_FIELDS(ChargeView, "charge", "user", "amount", "balance");
FRONTROW_FIELDS(AdjustmentView, "adjustment", "user", "amount", "balance", "reason");
FRONTROW_FIELDS(ConcertCreated, "concert");
FRONTROW_FIELDS(PlanCreated, "plan", "seats");
FRONTROW_FIELDS(TicketUse, "seat", "at", "by");
FRONTROW_FIELDS(TicketsView, "purchase", "state", "paid_at", "uses", "seat");

#undef FRONTROW_FIELDS

// Calls visit(name, field) for each field, in order.
template <class T, class Visit>
void for_each_field(const T& value, const Visit& visit) {
  constexpr auto& kNames = FieldNames<T>::kNames;
  const auto fields = tie_fields(value);
  static_assert(std::tuple_size_v<decltype(fields)> == kNames.size(),
                "one name for each field of tie()");
  std::size_t i = 0;
  std::apply([&](const auto&... field) { (visit(kNames[i++], field), ...); }, fields);
}

template <class T>
concept HasFieldNames = requires { FieldNames<T>::kNames; };

}  // namespace frontrow::recover
