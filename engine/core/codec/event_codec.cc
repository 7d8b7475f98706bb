#include "engine/core/codec/event_codec.h"

#include <fmt/format.h>

#include <array>

#include "engine/core/codec/field_codec.h"
#include "engine/core/codec/former_layouts.h"

namespace frontrow {
namespace {

constexpr unsigned kTypeBits = 8;

using Decoder = void (*)(ByteReader&, Event&);

template <std::size_t I>
void decode_as(ByteReader& in, Event& event) {
  read_field(in, event.emplace<I>());
}

template <class Former>
void decode_former(ByteReader& in, Event& event) {
  Former former;
  read_field(in, former);
  event = former.present();
}

template <class... Former>
constexpr void add_former(std::array<Decoder, 256>& table) {
  ((table[Former::kTag] = &decode_former<Former>), ...);
}

template <std::size_t... I>
constexpr std::array<Decoder, 256> make_decoders(std::index_sequence<I...>) {
  std::array<Decoder, 256> table{};
  add_former<FormerConcertRegistered, FormerConcertCreated, FormerConcertChanged>(table);
  ((table[kEventSpecs[I].tag] = &decode_as<I>), ...);
  return table;
}
constexpr std::array<Decoder, 256> kDecoders =
    make_decoders(std::make_index_sequence<kEventSpecs.size()>{});

}  // namespace

void encode_event(const Event& event, ByteWriter& out) {
  const std::size_t begin = out.size();
  out.put(std::uint32_t{0});
  const std::uint8_t type = std::visit(
      [&out]<class E>(const E& e) {
        write_field(out, e);
        return kTypeOf<E>;
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

}  // namespace frontrow
