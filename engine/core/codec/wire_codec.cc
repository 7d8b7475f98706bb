#include "engine/core/codec/wire_codec.h"

#include <fmt/format.h>

#include <array>

#include "engine/core/codec/field_codec.h"

namespace frontrow {

auto tie_fields(Like<Caller> auto& v) { return std::tie(v.user, v.number, v.token_epoch, v.actor); }

// --- fields of the replies that are never stored

auto tie_fields(Like<BalanceView> auto& v) { return std::tie(v.user, v.balance); }
auto tie_fields(Like<PaymentsView> auto& v) {
  return std::tie(v.payments, v.undecided, v.more, v.of_office);
}
auto tie_fields(Like<DateView> auto& v) {
  return std::tie(v.date, v.total, v.free, v.starts_at, v.closes_at, v.is_cancelled);
}
auto tie_fields(Like<DatesView> auto& v) { return std::tie(v.concert, v.dates); }
auto tie_fields(Like<SectionView> auto& v) {
  return std::tie(v.name, v.price, v.first, v.last, v.free, v.kind, v.category);
}
auto tie_fields(Like<SeatsSnapshot> auto& v) {
  return std::tie(v.concert, v.date, v.version, v.total, v.free, v.sections, v.free_bits, v.plan);
}
auto tie_fields(Like<ConcertDateView> auto& v) {
  return std::tie(v.date, v.free, v.held, v.sold, v.blocked, v.sections, v.starts_at, v.closes_at,
                  v.plan, v.is_cancelled);
}
auto tie_fields(Like<ConcertView> auto& v) {
  return std::tie(v.concert, v.title, v.opens_at, v.currency, v.rules, v.phase, v.joined, v.waiting,
                  v.active, v.token_epoch, v.admitted_per_minute, v.sold_per_minute, v.revenue,
                  v.payments, v.refunds, v.dates, v.time_zone, v.closes_at, v.shuffle);
}
auto tie_fields(Like<ConcertIds> auto& v) { return std::tie(v.concerts); }
auto tie_fields(Like<HoldsView> auto& v) { return std::tie(v.concert, v.holds); }
auto tie_fields(Like<AuditView> auto& v) { return std::tie(v.acts, v.more); }
auto tie_fields(Like<PassView> auto& v) {
  return std::tie(v.concert, v.user, v.number, v.admitted_at, v.expires_at);
}
auto tie_fields(Like<PaymentRecord> auto& v) {
  return std::tie(v.purchase, v.number, v.state, v.paid_at, v.refunded_at, v.refunded,
                  v.refunded_amount);
}
auto tie_fields(Like<FoundPayments> auto& v) { return std::tie(v.payments, v.next, v.currency); }
auto tie_fields(Like<HoldRecord> auto& v) { return std::tie(v.hold, v.user, v.number, v.payment); }
auto tie_fields(Like<FoundHolds> auto& v) { return std::tie(v.holds, v.next); }
auto tie_fields(Like<SeatRecord> auto& v) {
  return std::tie(v.concert, v.date, v.seat, v.state, v.section, v.price, v.currency, v.hold,
                  v.payments, v.is_complete, v.acts);
}
// The phase of the place is not sent.
auto tie_fields(Like<VisitorRecord> auto& v) {
  return std::tie(v.concert, v.user, v.currency, v.place, v.seats_held, v.seats_paid, v.holds,
                  v.payments, v.is_complete, v.waitlist);
}
auto tie_fields(Like<Done> auto&) { return std::tuple<>(); }
auto tie_fields(Like<RejectDetail> auto& v) {
  return std::tie(v.entry, v.seats, v.free, v.limit, v.held, v.balance, v.amount, v.payment, v.use,
                  v.date, v.together, v.text);
}

namespace {

constexpr const auto& specs_for(const CommandBody*) { return kCommandSpecs; }
constexpr const auto& specs_for(const ReplyBody*) { return kReplySpecs; }

template <class Variant>
void write_kind(ByteWriter& out, const Variant& body) {
  out.put(spec_of(body).tag);
  std::visit(
      [&out]<class T>(const T& v) {
        if constexpr (std::is_same_v<T, SeatsView>) {
          write_field(out, *v);
        } else {
          write_field(out, v);
        }
      },
      body);
}

template <class Variant, std::size_t I>
void read_as(ByteReader& in, Variant& body) {
  using T = std::variant_alternative_t<I, Variant>;
  if constexpr (std::is_same_v<T, SeatsView>) {
    SeatsSnapshot snapshot;
    read_field(in, snapshot);
    // Rendering reads one bit for each seat.
    if (snapshot.total > kSeatsPerDateMax ||
        snapshot.free_bits.size() != (std::size_t{snapshot.total} + 63) / 64) {
      in.fail();
    }
    body = std::make_shared<const SeatsSnapshot>(std::move(snapshot));
  } else {
    read_field(in, body.template emplace<I>());
  }
  if constexpr (std::is_same_v<T, LineBlock>) {
    const LineBlock& block = std::get<LineBlock>(body);
    if (block.places > kLineBlockPlaces || block.bits.size() != (block.places + 63) / 64) in.fail();
  }
}

template <class Variant>
using KindReader = void (*)(ByteReader&, Variant&);

template <class Variant, std::size_t... I>
constexpr std::array<KindReader<Variant>, 256> make_readers(std::index_sequence<I...>) {
  constexpr const auto& kSpecs = specs_for(static_cast<const Variant*>(nullptr));
  std::array<KindReader<Variant>, 256> table{};
  ((table[kSpecs[I].tag] = &read_as<Variant, I>), ...);
  return table;
}

template <class Variant>
bool read_kind(ByteReader& in, Variant& body) {
  static constexpr auto kReaders =
      make_readers<Variant>(std::make_index_sequence<std::variant_size_v<Variant>>{});
  const auto kind = in.get<std::uint8_t>();
  if (in.failed() || kReaders[kind] == nullptr) return false;
  kReaders[kind](in, body);
  return true;
}

// The queue entry in a reply, if any: its phase follows the fields, its place in the waitlist where
// it has one or the line has a shuffle, and then the shuffle.
template <class ReplyType>
auto* entry_of(ReplyType& reply) {
  auto* entry = std::get_if<QueueEntry>(&reply.body);
  if (entry != nullptr) return entry;
  auto* detail = std::get_if<RejectDetail>(&reply.body);
  return detail == nullptr ? nullptr : &detail->entry;
}

// A byte that is only there where it is 1, or where more follows.
bool read_mark(ByteReader& in) {
  const auto mark = in.get<std::uint8_t>();
  if (mark > 1 || (mark == 0 && in.at_end())) in.fail();
  return mark == 1;
}

// The refunds of a payment follow its fields.
void write_refunded(ByteWriter& out, const PaymentView& payment) {
  write_field(out, payment.refunded);
  write_field(out, payment.refunded_amount);
}
void read_refunded(ByteReader& in, PaymentView& payment) {
  read_field(in, payment.refunded);
  read_field(in, payment.refunded_amount);
}

Status wrong(const char* what, std::size_t at, bool known, const ByteReader& in) {
  if (!known) return Error{fmt::format("{} of {} bytes: unknown kind", what, at + in.remaining())};
  return Error{
      fmt::format("{}: its fields are not those of its kind, at byte {}", what, in.position())};
}

}  // namespace

void encode_command(const Command& command, ByteWriter& out) {
  write_field(out, command.caller);
  write_field(out, command.key);
  write_kind(out, command.body);
  // Behind the fields, and only where set.
  const auto* change = std::get_if<ChangeConcert>(&command.body);
  if (change != nullptr && change->expected) write_field(out, *change->expected);
}

Status decode_command(ByteReader& in, Command& command) {
  read_field(in, command.caller);
  read_field(in, command.key);
  const std::size_t at = in.position();
  const bool known = read_kind(in, command.body);
  auto* change = known ? std::get_if<ChangeConcert>(&command.body) : nullptr;
  if (change != nullptr && in.remaining() > 0) read_field(in, change->expected.emplace());
  if (!known || !in.at_end()) return wrong("command", at, known, in);
  return {};
}

void encode_reply(const Reply& reply, ByteWriter& out) {
  write_field(out, reply.reject);
  write_field(out, reply.created);
  write_field(out, reply.replayed);
  write_kind(out, reply.body);
  const QueueEntry* entry = entry_of(reply);
  const bool is_awaited = entry != nullptr && (entry->offered || entry->waitlist_position != 0);
  const bool is_shuffled = entry != nullptr && entry->shuffle != Shuffle::kNone;
  if (entry != nullptr && (entry->phase != Phase{} || is_awaited || is_shuffled)) {
    write_field(out, entry->phase);
    if (is_awaited || is_shuffled) {
      write_field(out, entry->offered);
      write_field(out, entry->waitlist_position);
    }
    if (is_shuffled) {
      write_field(out, entry->shuffle);
      write_field(out, entry->place);
    }
  }
  const auto* payment = std::get_if<PaymentView>(&reply.body);
  const auto* refund = std::get_if<RefundView>(&reply.body);
  const bool is_refunded = payment != nullptr && !payment->refunded.empty();
  if (payment != nullptr && (!payment->released.empty() || payment->is_of_office || is_refunded))
    write_field(out, payment->released);
  const bool is_of_office =
      (payment != nullptr && payment->is_of_office) || (refund != nullptr && refund->is_of_office);
  if (is_refunded || is_of_office) write_field(out, is_of_office);
  if (is_refunded) write_refunded(out, *payment);
  if (const auto* list = std::get_if<PaymentsView>(&reply.body))
    for (const PaymentView& paid : list->payments) write_refunded(out, paid);
  if (const auto* tickets = std::get_if<TicketsView>(&reply.body))
    write_field(out, tickets->refunded);
}

Status decode_reply(ByteReader& in, Reply& reply) {
  read_field(in, reply.reject);
  read_field(in, reply.created);
  read_field(in, reply.replayed);
  const std::size_t at = in.position();
  const bool known = read_kind(in, reply.body);
  QueueEntry* entry = known ? entry_of(reply) : nullptr;
  if (entry != nullptr && in.remaining() > 0) read_field(in, entry->phase);
  if (entry != nullptr && in.remaining() > 0) {
    read_field(in, entry->offered);
    read_field(in, entry->waitlist_position);
  }
  if (entry != nullptr && in.remaining() > 0) {
    read_field(in, entry->shuffle);
    read_field(in, entry->place);
  }
  auto* payment = known ? std::get_if<PaymentView>(&reply.body) : nullptr;
  if (payment != nullptr && in.remaining() > 0) read_field(in, payment->released);
  if (payment != nullptr && in.remaining() > 0) payment->is_of_office = read_mark(in);
  auto* refund = known ? std::get_if<RefundView>(&reply.body) : nullptr;
  if (refund != nullptr && in.remaining() > 0) refund->is_of_office = read_mark(in);
  if (payment != nullptr && in.remaining() > 0) read_refunded(in, *payment);
  if (auto* list = known ? std::get_if<PaymentsView>(&reply.body) : nullptr)
    for (PaymentView& paid : list->payments) read_refunded(in, paid);
  if (auto* tickets = known ? std::get_if<TicketsView>(&reply.body) : nullptr)
    read_field(in, tickets->refunded);
  if (!known || !in.at_end()) return wrong("reply", at, known, in);
  return {};
}

}  // namespace frontrow
