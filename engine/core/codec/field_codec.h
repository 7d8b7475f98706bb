// Encoding of plain structs by their tie(): fields in order, little endian, no padding.
//
//   integers, enums, bool, ids   their size          Instant, Money    8
//   Date                         4                   Currency          3
//   UserId                       16                  std::string       u16 length, bytes
//   SeatList                     u8 count, 4 each    std::vector       u32 count, elements
//   Actor                        u16 length, bytes   Bytes32          32
//   std::optional                u8 0 or 1, the value if it is 1
//   std::vector<std::byte>       u32 length, bytes
//
// Decoding is bounded: a count larger than the remaining bytes fails the reader, and so does an
// enum value without a name.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reject.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

template <class T>
concept Tied = requires(T& v) { T::tie(v); };

// The first and the last value of a dense enum.
template <class E>
struct EnumRange;
template <auto kFrom, auto kTo>
struct EnumBounds {
  static constexpr auto kFirst = kFrom, kLast = kTo;
};
template <>
struct EnumRange<Phase> : EnumBounds<Phase::kScheduled, Phase::kClosed> {};
template <>
struct EnumRange<TokenState> : EnumBounds<TokenState::kWaiting, TokenState::kLeft> {};
template <>
struct EnumRange<HoldState> : EnumBounds<HoldState::kHeld, HoldState::kRefunded> {};
template <>
struct EnumRange<PaymentState> : EnumBounds<PaymentState::kStarted, PaymentState::kRefunded> {};
template <>
struct EnumRange<SeatState> : EnumBounds<SeatState::kFree, SeatState::kBlocked> {};
template <>
struct EnumRange<SectionKind> : EnumBounds<SectionKind::kNumbered, SectionKind::kGeneral> {};
template <>
struct EnumRange<ActKind> : EnumBounds<ActKind::kCreateConcert, kLastActKind> {};
template <>
struct EnumRange<Shuffle> : EnumBounds<Shuffle::kNone, Shuffle::kDone> {};
template <>
struct EnumRange<ExportKind> : EnumBounds<ExportKind::kSeats, ExportKind::kTickets> {};
template <>
struct EnumRange<Reject> : EnumBounds<Reject::kNone, static_cast<Reject>(kRejectCount - 1)> {};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_shared = false;
template <class T>
inline constexpr bool is_shared<std::shared_ptr<const T>> = true;

template <class T>
void write_field(ByteWriter& w, const T& v);
template <class T>
void read_field(ByteReader& r, T& v);

inline auto tie_fields(auto& v)
  requires Tied<std::remove_const_t<std::remove_reference_t<decltype(v)>>>
{
  return std::remove_const_t<std::remove_reference_t<decltype(v)>>::tie(v);
}
template <class T, class U>
concept Like = std::is_same_v<std::remove_const_t<T>, U>;
auto tie_fields(Like<QueueRules> auto& v) {
  return std::tie(v.max_active, v.admit_per_second, v.session_s, v.idle_s);
}
auto tie_fields(Like<SaleRules> auto& v) {
  return std::tie(v.queue, v.hold_s, v.seats_per_user, v.no_single_seats, v.stay_after_payment,
                  v.hold_extensions, v.offer_s);
}
auto tie_fields(Like<SectionSpec> auto& v) {
  return std::tie(v.name, v.seats, v.price, v.kind, v.category);
}
auto tie_fields(Like<DateSpec> auto& v) {
  return std::tie(v.date, v.starts_at, v.closes_at, v.plan, v.sections, v.rows);
}
auto tie_fields(Like<SeatRange> auto& v) { return std::tie(v.first, v.last); }
auto tie_fields(Like<CategoryPrice> auto& v) { return std::tie(v.category, v.price); }
auto tie_fields(Like<PlannedDate> auto& v) { return std::tie(v.plan, v.prices); }
auto tie_fields(Like<Postponement> auto& v) {
  return std::tie(v.to, v.starts_at, v.began_at, v.begins_at);
}
auto tie_fields(Like<DateChange> auto& v) {
  return std::tie(v.date, v.new_sections, v.prices, v.postponed);
}
auto tie_fields(Like<ConcertSpec> auto& v) {
  return std::tie(v.title, v.opens_at, v.time_zone, v.currency, v.rules, v.dates);
}
auto tie_fields(Like<Purchase> auto& v) {
  return std::tie(v.payment, v.hold, v.concert, v.user, v.date, v.seats, v.amount);
}
auto tie_fields(Like<Hash128> auto& v) { return std::tie(v.high, v.low); }
auto tie_fields(Like<RequestKey> auto& v) { return std::tie(v.key.high, v.key.low, v.request); }
auto tie_fields(Like<Currency> auto& v) { return std::tie(v.code[0], v.code[1], v.code[2]); }

template <class T>
void write_field(ByteWriter& w, const T& v) {
  if constexpr (std::is_enum_v<T>) {
    w.put(static_cast<std::underlying_type_t<T>>(v));
  } else if constexpr (std::is_same_v<T, bool>) {
    w.put(static_cast<std::uint8_t>(v));
  } else if constexpr (std::is_same_v<T, Date>) {
    w.put(pack(v));
  } else if constexpr (std::is_same_v<T, std::string>) {
    w.put_text(v);
  } else if constexpr (std::is_same_v<T, Actor>) {
    w.put_text(v.text());
  } else if constexpr (std::is_same_v<T, Bytes32>) {
    w.put_bytes(v);
  } else if constexpr (std::is_same_v<T, SeatList>) {
    w.put(static_cast<std::uint8_t>(v.size()));
    for (const SeatNumber seat : v) w.put(seat);
  } else if constexpr (is_optional<T>) {
    w.put(static_cast<std::uint8_t>(v.has_value()));
    if (v) write_field(w, *v);
  } else if constexpr (is_shared<T>) {  // encoded as the pointee; never null
    write_field(w, *v);
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    w.put(static_cast<std::uint32_t>(v.size()));
    w.put_bytes(v);
  } else if constexpr (requires { typename T::allocator_type; }) {
    w.put(static_cast<std::uint32_t>(v.size()));
    for (const auto& element : v) write_field(w, element);
  } else if constexpr (requires { w.put(v); }) {
    w.put(v);
  } else {
    std::apply([&w](const auto&... field) { (write_field(w, field), ...); }, tie_fields(v));
  }
}

template <class T>
void read_field(ByteReader& r, T& v) {
  if constexpr (std::is_enum_v<T>) {
    v = static_cast<T>(r.get<std::underlying_type_t<T>>());
    if (v < EnumRange<T>::kFirst || v > EnumRange<T>::kLast) r.fail();
  } else if constexpr (std::is_same_v<T, bool>) {
    v = r.get<std::uint8_t>() != 0;
  } else if constexpr (std::is_same_v<T, Date>) {
    const std::optional<Date> date = unpack_date(r.get<std::uint32_t>());
    if (!date) return r.fail();
    v = *date;
  } else if constexpr (std::is_same_v<T, std::string>) {
    v = r.get_text();
  } else if constexpr (std::is_same_v<T, Actor>) {
    const std::string_view text = r.get_text();
    if (!text.empty() && !is_actor(text)) return r.fail();
    v = Actor(text);
  } else if constexpr (std::is_same_v<T, Bytes32>) {
    const auto bytes = r.get_bytes(v.size());
    if (!r.failed()) std::ranges::copy(bytes, v.begin());
  } else if constexpr (std::is_same_v<T, SeatList>) {
    const auto count = r.get<std::uint8_t>();
    if (count > kSeatsPerHoldMax) return r.fail();
    v.resize(count);
    for (SeatNumber& seat : v) seat = r.get<SeatNumber>();
  } else if constexpr (is_optional<T>) {
    v.reset();
    if (r.get<std::uint8_t>() != 0) read_field(r, v.emplace());
  } else if constexpr (is_shared<T>) {
    auto made = std::make_shared<std::remove_const_t<typename T::element_type>>();
    read_field(r, *made);
    v = std::move(made);
  } else if constexpr (std::is_same_v<T, UserId>) {
    v = r.get_user();
  } else if constexpr (std::is_same_v<T, Money>) {
    v = r.get_money();
  } else if constexpr (std::is_same_v<T, Instant>) {
    v = r.get_instant();
  } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
    const auto bytes = r.get_bytes(r.get<std::uint32_t>());
    v.assign(bytes.begin(), bytes.end());
  } else if constexpr (requires { typename T::allocator_type; }) {
    const auto count = r.get<std::uint32_t>();
    if (count > r.remaining()) return r.fail();
    v.clear();
    for (std::uint32_t i = 0; i < count && !r.failed(); ++i) read_field(r, v.emplace_back());
  } else if constexpr (requires { r.get<T>(); }) {
    v = r.get<T>();
  } else {
    std::apply([&r](auto&... field) { (read_field(r, field), ...); }, tie_fields(v));
  }
}

}  // namespace frontrow
