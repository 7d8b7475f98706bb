#include "engine/core/protocol/command.h"

#include <array>
#include <cstring>

namespace frontrow {
namespace {

enum class SlotKind : std::uint8_t { kConcert = 1, kUser = 2, kDirectory = 3 };

// slot = xxh3(kind, id) mod 4096; part of the disk format: a log read under another mapping is
// another world.
template <std::size_t N>
SlotId slot_of_bytes(SlotKind kind, const std::array<std::byte, N>& id) {
  std::array<std::byte, N + 1> bytes;
  bytes[0] = static_cast<std::byte>(kind);
  std::memcpy(bytes.data() + 1, id.data(), N);
  return SlotId{
      static_cast<std::uint16_t>(xxh3_64(std::span<const std::byte>(bytes)) % kSlotCount)};
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

SlotId slot_of_concert(ConcertId concert) {
  return slot_of_bytes(SlotKind::kConcert, std::bit_cast<std::array<std::byte, 4>>(concert.value));
}

SlotId slot_of_user(const UserId& user) {
  return slot_of_bytes(SlotKind::kUser, std::bit_cast<std::array<std::byte, 16>>(user.bytes));
}

SlotId slot_of_directory() {
  return slot_of_bytes(SlotKind::kDirectory, std::array<std::byte, 1>{});
}

SlotId slot_of(const CommandBody& body) {
  return std::visit(
      Overloaded{
          [](const auto& c) -> SlotId requires requires { c.concert;
}
{ return slot_of_concert(c.concert); }
, [](const ReadHold& c) { return slot_of_concert(concert_of(c.hold)); },
    [](const ReleaseHold& c) { return slot_of_concert(concert_of(c.hold)); },
    [](const ReadPayment& c) { return slot_of_concert(concert_of(c.payment)); },
    [](const Refund& c) { return slot_of_concert(concert_of(c.payment)); },
    [](const ReserveAnswer& c) { return slot_of_concert(concert_of(c.payment)); },
    [](const SettleDone& c) { return slot_of_concert(concert_of(c.payment)); },
    [](const ReturnDone& c) { return slot_of_concert(concert_of(c.payment)); },
    [](const ReadBalance& c) { return slot_of_user(c.user); },
    [](const Charge& c) { return slot_of_user(c.user); },
    [](const ReadPayments& c) { return slot_of_user(c.user); },
    [](const ReserveMoney& c) { return slot_of_user(c.purchase.user); },
    [](const SettleMoney& c) { return slot_of_user(c.user); },
    [](const ReturnMoney& c) { return slot_of_user(c.user); },
    [](const CreateConcert&) { return slot_of_directory(); },
    [](const ListConcerts&) { return slot_of_directory(); },
    [](const OpenDone&) { return slot_of_directory(); }, [](const OfferSlot& c) { return c.slot; },
    [](const PassPart& c) { return c.slot; }, [](const NothingLeft& c) { return c.slot; },
}  // namespace frontrow
,
      body);
}

const char* name_of(const CommandBody& body) {
  static constexpr std::array<const char*, std::variant_size_v<CommandBody>> kNames = {
      "join",          "read_token",   "leave",          "check_token",    "read_concert",
      "read_dates",    "read_seats",   "place_hold",     "read_hold",      "release_hold",
      "pay",           "read_payment", "change_concert", "block_seat",     "refund",
      "read_balance",  "charge",       "read_payments",  "create_concert", "list_concerts",
      "reserve_money", "settle_money", "return_money",   "reserve_answer", "settle_done",
      "return_done",   "open_concert", "open_done",      "offer_slot",     "pass_part",
      "nothing_left",
  };
  return kNames[body.index()];
}

bool is_new_work(const CommandBody& body) {
  return std::holds_alternative<Join>(body) || std::holds_alternative<PlaceHold>(body) ||
         std::holds_alternative<Charge>(body) || std::holds_alternative<CreateConcert>(body);
}

}  // namespace frontrow
