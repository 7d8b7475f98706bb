#include "engine/core/answer_table.h"

#include <algorithm>

#include "engine/core/field_codec.h"

namespace frontrow {
namespace {

StateHash hash_of_answer(const UserId& user, const StoredAnswer& a) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kAnswer))
      .add(user.high())
      .add(user.low())
      .add(a.key.key.high)
      .add(a.key.key.low)
      .add(a.key.request)
      .add(static_cast<std::uint64_t>(a.at.ms))
      .add(a.answer)
      .value();
}

// Numbers in stored answers; never reused.
enum class AnswerType : std::uint8_t {
  kQueueEntry = 1,
  kHold = 2,
  kPayment = 3,
  kRefund = 4,
  kCharge = 5,
  kConcertCreated = 6,
  kDone = 7,
};

template <class T>
bool write_as(const Reply& reply, AnswerType type, ByteWriter& w) {
  const T* body = std::get_if<T>(&reply.body);
  if (body == nullptr) return false;
  w.put(static_cast<std::uint8_t>(type));
  w.put(static_cast<std::uint8_t>(reply.created));
  if constexpr (!std::is_same_v<T, Done>) write_field(w, *body);
  return true;
}

}  // namespace

const StoredAnswer* AnswerTable::find(const UserId& user, const Hash128& key, Instant now) const {
  const auto found = answers_.find(user);
  if (found == answers_.end()) return nullptr;
  for (const StoredAnswer& answer : found->second) {
    if (answer.key.key == key && now - answer.at < kAnswerKeptFor) return &answer;
  }
  return nullptr;
}

void AnswerTable::drop_front(const UserId& user, std::vector<StoredAnswer>& answers,
                             std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) hash_ -= hash_of_answer(user, answers[i]);
  answers.erase(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(count));
}

void AnswerTable::drop_older_than(Instant limit) {
  while (!by_age_.empty() && by_age_.front().at <= limit) {
    const UserId user = by_age_.front().user;
    by_age_.pop_front();
    const auto found = answers_.find(user);
    if (found == answers_.end()) continue;
    std::vector<StoredAnswer>& answers = found->second;
    const auto young = std::find_if(answers.begin(), answers.end(),
                                    [limit](const StoredAnswer& a) { return a.at > limit; });
    drop_front(user, answers, static_cast<std::size_t>(young - answers.begin()));
    if (answers.empty()) answers_.erase(found);
  }
}

void AnswerTable::put(const UserId& user, StoredAnswer answer) {
  drop_older_than(answer.at - kAnswerKeptFor);
  std::vector<StoredAnswer>& answers = answers_[user];
  if (answers.size() >= kAnswersPerUserKept)
    drop_front(user, answers, answers.size() + 1 - kAnswersPerUserKept);
  hash_ += hash_of_answer(user, answer);
  by_age_.push_back({answer.at, user});
  answers.push_back(std::move(answer));
}

void AnswerTable::for_each_by_age(
    const std::function<void(const UserId&, const StoredAnswer&)>& visit) const {
  std::vector<std::pair<UserId, const StoredAnswer*>> all;
  for (const auto& [user, answers] : answers_) {
    for (const StoredAnswer& answer : answers) all.emplace_back(user, &answer);
  }
  // Stable: a user's answers of one millisecond stay in their order.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second->at != b.second->at ? a.second->at < b.second->at : a.first < b.first;
  });
  for (const auto& [user, answer] : all) visit(user, *answer);
}

StateHash AnswerTable::recompute_hash() const {
  StateHash sum = 0;
  for (const auto& [user, answers] : answers_) {
    for (const StoredAnswer& answer : answers) sum += hash_of_answer(user, answer);
  }
  return sum;
}

std::string encode_answer(const Reply& reply) {
  ByteBuffer bytes;
  ByteWriter w(bytes);
  const bool written = write_as<QueueEntry>(reply, AnswerType::kQueueEntry, w) ||
                       write_as<HoldView>(reply, AnswerType::kHold, w) ||
                       write_as<PaymentView>(reply, AnswerType::kPayment, w) ||
                       write_as<RefundView>(reply, AnswerType::kRefund, w) ||
                       write_as<ChargeView>(reply, AnswerType::kCharge, w) ||
                       write_as<ConcertCreated>(reply, AnswerType::kConcertCreated, w) ||
                       write_as<Done>(reply, AnswerType::kDone, w);
  FR_CHECK(written);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<Reply> decode_answer(const std::string& answer) {
  ByteReader r(std::as_bytes(std::span{answer}));
  const auto type = static_cast<AnswerType>(r.get<std::uint8_t>());
  Reply reply;
  reply.created = r.get<std::uint8_t>() != 0;
  switch (type) {
    case AnswerType::kQueueEntry:
      read_field(r, reply.body.emplace<QueueEntry>());
      break;
    case AnswerType::kHold:
      read_field(r, reply.body.emplace<HoldView>());
      break;
    case AnswerType::kPayment:
      read_field(r, reply.body.emplace<PaymentView>());
      break;
    case AnswerType::kRefund:
      read_field(r, reply.body.emplace<RefundView>());
      break;
    case AnswerType::kCharge:
      read_field(r, reply.body.emplace<ChargeView>());
      break;
    case AnswerType::kConcertCreated:
      read_field(r, reply.body.emplace<ConcertCreated>());
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
