#include "engine/core/codec/answer_codec.h"

#include <span>
#include <type_traits>
#include <variant>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/core/codec/field_codec.h"

namespace frontrow {
namespace {

// Numbers in stored answers; never reused.
enum class AnswerType : std::uint8_t {
  kQueueEntry = 1,
  kHold = 2,
  kPayment = 3,
  kRefund = 4,
  kCharge = 5,
  kConcertCreated = 6,
  kDone = 7,
  kAdjustment = 8,
  kTickets = 9,
  kPaymentAndReleased = 10,  // the holds that it released follow its fields
  kPlanCreated = 11,
  kOfficePayment = 12,  // the fields of a payment, made at the box office
  kOfficeRefund = 13,   // the fields of a refund
  kShuffledEntry = 14,  // a queue entry; state of the shuffle and place follow
};

// Shares a byte with "created". Versions without the phase write the other bits as zero and do not
// read them.
constexpr unsigned kPhaseShift = 4;

template <class T>
bool write_as(const Reply& reply, AnswerType type, ByteWriter& w) {
  const T* body = std::get_if<T>(&reply.body);
  if (body == nullptr) return false;
  w.put(static_cast<std::uint8_t>(type));
  auto flags = static_cast<std::uint8_t>(reply.created);
  if constexpr (std::is_same_v<T, QueueEntry>)
    flags |= static_cast<std::uint8_t>(static_cast<unsigned>(body->phase) << kPhaseShift);
  w.put(flags);
  if constexpr (!std::is_same_v<T, Done>) write_field(w, *body);
  return true;
}

bool write_entry(const Reply& reply, ByteWriter& w) {
  const auto* entry = std::get_if<QueueEntry>(&reply.body);
  if (entry == nullptr || entry->shuffle == Shuffle::kNone)
    return write_as<QueueEntry>(reply, AnswerType::kQueueEntry, w);
  write_as<QueueEntry>(reply, AnswerType::kShuffledEntry, w);
  write_field(w, entry->shuffle);
  write_field(w, entry->place);
  return true;
}

bool write_payment(const Reply& reply, ByteWriter& w) {
  const auto* payment = std::get_if<PaymentView>(&reply.body);
  if (payment != nullptr && payment->is_of_office)
    return write_as<PaymentView>(reply, AnswerType::kOfficePayment, w);
  if (payment == nullptr || payment->released.empty())
    return write_as<PaymentView>(reply, AnswerType::kPayment, w);
  write_as<PaymentView>(reply, AnswerType::kPaymentAndReleased, w);
  write_field(w, payment->released);
  return true;
}

bool write_refund(const Reply& reply, ByteWriter& w) {
  const auto* refund = std::get_if<RefundView>(&reply.body);
  const bool is_of_office = refund != nullptr && refund->is_of_office;
  return write_as<RefundView>(reply, is_of_office ? AnswerType::kOfficeRefund : AnswerType::kRefund,
                              w);
}

}  // namespace

std::string encode_answer(const Reply& reply) {
  ByteBuffer bytes;
  ByteWriter w(bytes);
  const bool written = write_entry(reply, w) || write_as<HoldView>(reply, AnswerType::kHold, w) ||
                       write_payment(reply, w) || write_refund(reply, w) ||
                       write_as<ChargeView>(reply, AnswerType::kCharge, w) ||
                       write_as<AdjustmentView>(reply, AnswerType::kAdjustment, w) ||
                       write_as<TicketsView>(reply, AnswerType::kTickets, w) ||
                       write_as<ConcertCreated>(reply, AnswerType::kConcertCreated, w) ||
                       write_as<PlanCreated>(reply, AnswerType::kPlanCreated, w) ||
                       write_as<Done>(reply, AnswerType::kDone, w);
  FR_CHECK(written);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<Reply> decode_answer(const std::string& answer) {
  ByteReader r(std::as_bytes(std::span{answer}));
  const auto type = static_cast<AnswerType>(r.get<std::uint8_t>());
  Reply reply;
  const auto flags = r.get<std::uint8_t>();
  reply.created = (flags & 1) != 0;
  const auto phase = static_cast<Phase>(flags >> kPhaseShift);
  if ((flags & 0xe) != 0 || phase > Phase::kClosed) r.fail();
  const bool has_phase = type == AnswerType::kQueueEntry || type == AnswerType::kShuffledEntry;
  if (!has_phase && phase != Phase{}) r.fail();
  switch (type) {
    case AnswerType::kQueueEntry:
    case AnswerType::kShuffledEntry: {
      auto& entry = reply.body.emplace<QueueEntry>();
      read_field(r, entry);
      entry.phase = phase;
      if (type == AnswerType::kQueueEntry) break;
      read_field(r, entry.shuffle);
      read_field(r, entry.place);
      break;
    }
    case AnswerType::kHold:
      read_field(r, reply.body.emplace<HoldView>());
      break;
    case AnswerType::kPayment:
      read_field(r, reply.body.emplace<PaymentView>());
      break;
    case AnswerType::kPaymentAndReleased:
      read_field(r, reply.body.emplace<PaymentView>());
      read_field(r, std::get<PaymentView>(reply.body).released);
      break;
    case AnswerType::kOfficePayment:
      read_field(r, reply.body.emplace<PaymentView>());
      std::get<PaymentView>(reply.body).is_of_office = true;
      break;
    case AnswerType::kRefund:
      read_field(r, reply.body.emplace<RefundView>());
      break;
    case AnswerType::kOfficeRefund:
      read_field(r, reply.body.emplace<RefundView>());
      std::get<RefundView>(reply.body).is_of_office = true;
      break;
    case AnswerType::kCharge:
      read_field(r, reply.body.emplace<ChargeView>());
      break;
    case AnswerType::kAdjustment:
      read_field(r, reply.body.emplace<AdjustmentView>());
      break;
    case AnswerType::kTickets:
      read_field(r, reply.body.emplace<TicketsView>());
      break;
    case AnswerType::kConcertCreated:
      read_field(r, reply.body.emplace<ConcertCreated>());
      break;
    case AnswerType::kPlanCreated:
      read_field(r, reply.body.emplace<PlanCreated>());
      break;
    case AnswerType::kDone:
      reply.body.emplace<Done>();
      break;
    default:
      r.fail();
  }
  if (!r.at_end()) return Error{"stored answer: malformed"};
  return reply;
}

}  // namespace frontrow
