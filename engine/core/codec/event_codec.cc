#include "engine/core/codec/event_codec.h"

#include <fmt/format.h>

#include <array>

#include "engine/core/codec/field_codec.h"

namespace frontrow {
namespace {

constexpr unsigned kTypeBits = 8;
constexpr std::size_t kTypes = std::variant_size_v<Event>;

using Decoder = void (*)(ByteReader&, Event&);

template <std::size_t I>
void decode_as(ByteReader& in, Event& event) {
  read_field(in, event.emplace<I>());
}

template <std::size_t... I>
constexpr std::array<Decoder, 256> make_decoders(std::index_sequence<I...>) {
  std::array<Decoder, 256> table{};
  ((table[std::variant_alternative_t<I, Event>::kType] = &decode_as<I>), ...);
  return table;
}
constexpr std::array<Decoder, 256> kDecoders = make_decoders(std::make_index_sequence<kTypes>{});

}  // namespace

void encode_event(const Event& event, ByteWriter& out) {
  const std::size_t begin = out.size();
  out.put(std::uint32_t{0});
  const std::uint8_t type = std::visit(
      [&out](const auto& e) {
        write_field(out, e);
        return e.kType;
      },
      event);
  const auto length = static_cast<std::uint32_t>(out.size() - begin - sizeof(std::uint32_t));
  out.patch(begin, length << kTypeBits | type);
}

Status decode_event(ByteReader& in, Event& event) {
  const std::size_t at = in.position();
  const auto head = in.get<std::uint32_t>();
  const auto payload = in.get_bytes(head >> kTypeBits);
  if (in.failed()) return Error{fmt::format("event at byte {}: cut short", at)};
  const unsigned type = head & 0xff;
  if (kDecoders[type] == nullptr)
    return Error{fmt::format("event at byte {}: unknown type {}", at, type)};
  ByteReader fields(payload);
  kDecoders[type](fields, event);
  if (!fields.at_end()) {
    return Error{
        fmt::format("event at byte {}: {} bytes do not fit type {}", at, payload.size(), type)};
  }
  return {};
}

const char* name_of(const Event& event) {
  static constexpr std::array<const char*, kTypes> kNames = {
      "concert_registered", "registration_confirmed",
      "concert_created",    "concert_changed",
      "phase_changed",      "token_joined",
      "tokens_admitted",    "token_ended",
      "seats_held",         "hold_released",
      "hold_expired",       "seat_blocked",
      "payment_started",    "sold",
      "payment_failed",     "payment_settled",
      "refund_started",     "refunded",
      "wallet_charged",     "money_reserved",
      "reserve_refused",    "money_posted",
      "money_voided",       "money_returned",
      "answer_stored",      "slot_hashed",
      "slot_sealed",        "slot_released",
      "slot_opened",        "slot_adopted",
      "slot_part",          "instance_began",
  };
  return kNames[event.index()];
}

}  // namespace frontrow
