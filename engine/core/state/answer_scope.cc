#include "engine/core/state/answer_scope.h"

#include <cstring>
#include <string_view>
#include <type_traits>

namespace frontrow {
namespace {

// Part of the disk format, as the slots of ids are.
enum class ResourceKind : std::uint8_t {
  kWallet = 1,
  kPayment = 2,
  kCreation = 3,
  kTicket = 4,
  kSale = 5
};

UserId hashed_scope(const Sender& sender, ResourceKind kind, std::uint64_t high, std::uint64_t low,
                    SlotId slot) {
  struct Fields {
    std::uint8_t sender_kind;
    std::uint8_t resource_kind;
    std::uint8_t salt = 0;
    std::uint8_t zero[5] = {};
    std::array<std::uint8_t, 16> sender;
    std::uint64_t high;
    std::uint64_t low;
  };
  static_assert(sizeof(Fields) == 40);
  Fields fields{.sender_kind = static_cast<std::uint8_t>(sender.kind),
                .resource_kind = static_cast<std::uint8_t>(kind),
                .sender = sender.id.bytes,
                .high = high,
                .low = low};
  for (;; ++fields.salt) {
    char bytes[sizeof fields];
    std::memcpy(bytes, &fields, sizeof fields);
    const Hash128 hash = xxh3_128(std::string_view(bytes, sizeof bytes));
    UserId owner;
    std::memcpy(owner.bytes.data(), &hash.high, sizeof hash.high);
    std::memcpy(owner.bytes.data() + sizeof hash.high, &hash.low, sizeof hash.low);
    if (is_operator_scope(owner, slot)) return owner;
  }
}

AnswerScope charge_scope(const Sender& sender, const UserId& wallet) {
  if (sender.kind == Sender::Kind::kFan) return {{}, sender.id};
  return {{},
          hashed_scope(sender, ResourceKind::kWallet, wallet.high(), wallet.low(),
                       slot_of_user(wallet))};
}

AnswerScope ticket_scope(const Sender& sender, PaymentId payment, SeatNumber seat) {
  return {{},
          hashed_scope(sender, ResourceKind::kTicket, seat.value, payment.value,
                       slot_of_concert(concert_of(payment)))};
}

// Nil stands for the admin key, which had no name once.
Sender operator_sender(const Actor& actor) {
  Sender sender = kAdminSender;
  if (!actor || actor == kAdminActor) return sender;
  const Hash128 hash = xxh3_128(actor.text());
  std::memcpy(sender.id.bytes.data(), &hash.high, sizeof hash.high);
  std::memcpy(sender.id.bytes.data() + sizeof hash.high, &hash.low, sizeof hash.low);
  return sender;
}

}  // namespace

Sender sender_of(const Caller& caller) {
  if (caller.is_operator()) return operator_sender(caller.actor);
  return {Sender::Kind::kFan, caller.user};
}

AnswerScope answer_scope(const Sender& sender, const CommandBody& body, const RequestKey& key) {
  return std::visit(
      [&]<class C>(const C& c) -> AnswerScope {
        constexpr CommandSpec kSpec = kSpecOf<C>;
        if constexpr (!kSpec.has(CommandSpec::kKeepsAnswer) ||
                      kSpec.decided_by == DecidedBy::kDirectory) {
          return creation_scope(kAdminSender, key);
        } else if constexpr (kSpec.decided_by == DecidedBy::kUser) {
          return charge_scope(sender, c.user);
        } else if constexpr (std::is_same_v<C, SellSeats>) {
          return sale_scope(sender, c.concert, key);
        } else if constexpr (requires { c.concert; }) {
          return {c.concert, sender.id};
        } else if constexpr (std::is_same_v<C, ExtendHold>) {
          return {concert_of(c.hold), sender.id};
        } else if constexpr (std::is_same_v<C, UseTicket>) {
          return ticket_scope(sender, c.payment, c.seat);
        } else {
          return refund_scope(kAdminSender, c.payment);
        }
      },
      body);
}

AnswerScope refund_scope(const Sender& sender, PaymentId payment) {
  return {{},
          hashed_scope(sender, ResourceKind::kPayment, 0, payment.value,
                       slot_of_concert(concert_of(payment)))};
}

AnswerScope sale_scope(const Sender& sender, ConcertId concert, const RequestKey& key) {
  return {{},
          hashed_scope(sender, ResourceKind::kSale, key.key.high + mix64(concert.value),
                       key.key.low, slot_of_concert(concert))};
}

AnswerScope creation_scope(const Sender& sender, const RequestKey& key) {
  return {{},
          hashed_scope(sender, ResourceKind::kCreation, key.key.high, key.key.low,
                       slot_of_directory())};
}

AnswerScope shared_operator_scope(const CommandBody& body) {
  const auto* refund = std::get_if<Refund>(&body);
  return {refund == nullptr ? ConcertId{} : concert_of(refund->payment), kOperator};
}

bool is_operator_scope(const UserId& owner, SlotId slot) {
  return !owner.is_nil() && slot_of_user(owner) != slot;
}

}  // namespace frontrow
