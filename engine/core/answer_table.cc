#include "engine/core/answer_table.h"

#include <algorithm>
#include <vector>

#include "engine/core/field_codec.h"

namespace frontrow {
namespace {

StateHash hash_of_answer(const UserId& owner, const StoredAnswer& a) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kAnswer))
      .add(owner.high())
      .add(owner.low())
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

// Beside "created" in one byte, whose other bits versions that know no phase leave zero and do not
// look at.
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

}  // namespace

const StoredAnswer* AnswerTable::find(const UserId& owner, const Hash128& key, Instant now) const {
  const auto found = owners_.find(owner);
  if (found == owners_.end()) return nullptr;
  for (Link link = found->second.oldest; link != 0; link = node(link).next) {
    const StoredAnswer& answer = node(link).answer;
    if (answer.key.key == key && now - answer.at < kAnswerKeptFor) return &answer;
  }
  return nullptr;
}

AnswerTable::Link AnswerTable::take_node() {
  if (free_ == 0) {
    nodes_.emplace_back();
    return static_cast<Link>(nodes_.size());
  }
  const Link link = free_;
  free_ = node(link).newer;
  return link;
}

// The caller forgets an owner who has none left.
void AnswerTable::drop_oldest_of(Owner& owner) {
  const Link link = owner.oldest;
  Node& old = node(link);
  hash_ -= hash_of_answer(old.owner, old.answer);
  (old.older != 0 ? node(old.older).newer : oldest_) = old.newer;
  (old.newer != 0 ? node(old.newer).older : newest_) = old.older;
  owner.oldest = old.next;
  if (owner.oldest == 0) owner.newest = 0;
  --owner.count;
  --size_;
  old = Node{};
  old.newer = free_;
  free_ = link;
}

// The oldest of all is the oldest of its owner too.
void AnswerTable::drop_older_than(Instant limit) {
  while (oldest_ != 0 && node(oldest_).answer.at <= limit) {
    const auto found = owners_.find(node(oldest_).owner);
    drop_oldest_of(found->second);
    if (found->second.count == 0) owners_.erase(found);
  }
  if (size_ != 0) return;
  nodes_.clear();
  free_ = 0;
}

void AnswerTable::put(const UserId& owner_id, StoredAnswer answer) {
  drop_older_than(answer.at - kAnswerKeptFor);
  Owner& owner = owners_[owner_id];
  if (owner.count >= kAnswersPerOwnerKept) drop_oldest_of(owner);
  hash_ += hash_of_answer(owner_id, answer);
  const Link link = take_node();
  node(link) = Node{std::move(answer), owner_id, newest_};
  (newest_ != 0 ? node(newest_).newer : oldest_) = link;
  newest_ = link;
  (owner.newest != 0 ? node(owner.newest).next : owner.oldest) = link;
  owner.newest = link;
  ++owner.count;
  ++size_;
}

void AnswerTable::for_each_by_age(
    const std::function<void(const UserId&, const StoredAnswer&)>& visit) const {
  std::vector<const Node*> together;  // of one millisecond
  for (Link link = oldest_; link != 0;) {
    const Instant at = node(link).answer.at;
    together.clear();
    for (; link != 0 && node(link).answer.at == at; link = node(link).newer)
      together.push_back(&node(link));
    // By owner, so that equal tables give the same; an owner's answers stay in their order.
    std::stable_sort(together.begin(), together.end(),
                     [](const Node* a, const Node* b) { return a->owner < b->owner; });
    for (const Node* n : together) visit(n->owner, n->answer);
  }
}

StateHash AnswerTable::recompute_hash() const {
  StateHash sum = 0;
  for (Link link = oldest_; link != 0; link = node(link).newer)
    sum += hash_of_answer(node(link).owner, node(link).answer);
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
  const auto flags = r.get<std::uint8_t>();
  reply.created = (flags & 1) != 0;
  const auto phase = static_cast<Phase>(flags >> kPhaseShift);
  if ((flags & 0xe) != 0 || phase > Phase::kClosed) r.fail();
  if (type != AnswerType::kQueueEntry && phase != Phase{}) r.fail();
  switch (type) {
    case AnswerType::kQueueEntry:
      read_field(r, reply.body.emplace<QueueEntry>());
      std::get<QueueEntry>(reply.body).phase = phase;
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
