// Answers stored under Idempotency-Keys, so that a request sent twice takes effect once. An owner
// is the sender and the resource that a key belongs to (answer_scope.h).
//
// Only success is stored: a rejected request changed no state and is decided anew. Answers are kept
// for 24 hours, at most the newest 32 of each owner. put() drops older answers (by the record's
// time, so that replay drops the same ones), and find() does not return them in between. Memory is
// bounded by the stored answers: each lies in one node, which is on the list of all by age and on
// its owner's list. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <functional>
#include <string>

#include "engine/core/protocol/command.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

struct StoredAnswer {
  RequestKey key;
  Instant at;
  std::string answer;  // encoded by answer_codec.h
};

class AnswerTable {
 public:
  explicit AnswerTable(StateHash& hash) : hash_(hash) {}
  AnswerTable(const AnswerTable&) = delete;
  AnswerTable& operator=(const AnswerTable&) = delete;

  // The answer under this key, for any request; nullptr if there is none, or it is too old.
  const StoredAnswer* find(const UserId& owner, const Hash128& key, Instant now) const;
  void put(const UserId& owner, StoredAnswer answer);
  // Visits every answer, oldest first: put into an empty table in this order, they make an equal
  // table.
  void for_each_by_age(
      const std::function<void(const UserId& owner, const StoredAnswer& answer)>& visit) const;
  // Computed from scratch; for checks.
  StateHash recompute_hash() const;
  std::size_t size() const { return size_; }
  // Nodes in memory, free ones included.
  std::size_t node_count() const { return nodes_.size(); }

 private:
  // Index in nodes_ plus one; 0 is none.
  using Link = std::uint32_t;
  struct Node {
    StoredAnswer answer;
    UserId owner;
    Link older = 0;  // of all
    Link newer = 0;  // of all; of a free node: the next free one
    Link next = 0;   // the owner's next newer one
  };
  struct Owner {
    Link oldest = 0;
    Link newest = 0;
    std::uint32_t count = 0;
  };
  using Owners = boost::unordered_flat_map<UserId, Owner, IdHash>;

  const Node& node(Link link) const { return nodes_[link - 1]; }
  Node& node(Link link) { return nodes_[link - 1]; }
  Link take_node();
  void drop_oldest_of(Owner& owner);
  void drop_older_than(Instant limit);

  StateHash& hash_;
  Owners owners_;
  std::deque<Node> nodes_;
  Link oldest_ = 0;
  Link newest_ = 0;
  Link free_ = 0;
  std::size_t size_ = 0;
};

}  // namespace frontrow
