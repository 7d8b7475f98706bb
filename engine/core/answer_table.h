// Answers kept under the Idempotency-Keys of users, so that a request sent twice acts once.
//
// Only success is kept: a refused request changed nothing and is decided anew. Kept for 24 hours;
// of each user at most the newest 32. What is older is dropped when something new is put (by the
// record's time, so that replay drops the same) and not shown in between. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/command.h"
#include "engine/core/reply.h"
#include "engine/core/state_hash.h"

namespace frontrow {

struct StoredAnswer {
  RequestKey key;
  Instant at;
  std::string answer;  // encode_answer
};

class AnswerTable {
 public:
  explicit AnswerTable(StateHash& hash) : hash_(hash) {}
  AnswerTable(const AnswerTable&) = delete;
  AnswerTable& operator=(const AnswerTable&) = delete;

  // The answer under this key, whatever request it was for; nullptr if there is none (any more).
  const StoredAnswer* find(const UserId& user, const Hash128& key, Instant now) const;
  void put(const UserId& user, StoredAnswer answer);
  // Every answer, oldest first: put in this order into an empty table they make an equal one.
  void for_each_by_age(
      const std::function<void(const UserId& user, const StoredAnswer& answer)>& visit) const;
  // From scratch; for checks.
  StateHash recompute_hash() const;

 private:
  struct Aged {
    Instant at;
    UserId user;
  };
  void drop_older_than(Instant limit);
  void drop_front(const UserId& user, std::vector<StoredAnswer>& answers, std::size_t count);

  StateHash& hash_;
  boost::unordered_flat_map<UserId, std::vector<StoredAnswer>, IdHash> answers_;  // oldest first
  std::deque<Aged> by_age_;
};

// A reply as bytes and back: type, whether it created something, the fields. Only replies of
// commands that change something can be stored.
std::string encode_answer(const Reply& reply);
Result<Reply> decode_answer(const std::string& answer);

}  // namespace frontrow
