#include "engine/core/state/answer_table.h"

#include <algorithm>
#include <vector>

#include "engine/base/hash.h"
#include "engine/core/protocol/limits.h"

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

// The caller erases an owner whose count is 0 afterwards.
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

// The oldest answer of all is also the oldest of its owner.
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
  std::vector<const Node*> together;  // answers of one millisecond
  for (Link link = oldest_; link != 0;) {
    const Instant at = node(link).answer.at;
    together.clear();
    for (; link != 0 && node(link).answer.at == at; link = node(link).newer)
      together.push_back(&node(link));
    // Sorts by owner, so that equal tables give the same order; an owner's answers keep theirs.
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

}  // namespace frontrow
