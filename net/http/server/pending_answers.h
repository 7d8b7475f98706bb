// The requests of all connections of a thread that await their responses: of each connection, a
// list in order of arrival. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/slab.h"
#include "net/http/output_queue.h"
#include "net/http/server/http_connection.h"

namespace frontrow {

inline constexpr std::size_t kRequestIdBytes = 128;

// A request from its parsing until its whole response is in the output.
struct PendingAnswer : SlabPlace {
  std::uint32_t next = kNoIndex;  // towards the newer ones of the connection
  std::uint32_t sequence = 0;
  bool head = false;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool answered = false;  // complete in `late`; waits for its turn
  bool streaming = false;
  bool chunked = false;
  std::uint8_t request_id_size = 0;
  std::uint8_t cors_origin = 0;  // its number in the policy
  OutputQueue late;              // output of a response whose turn has not come
  std::array<char, kRequestIdBytes> request_id;

  std::string_view request_id_text() const { return {request_id.data(), request_id_size}; }
};

class PendingAnswers {
 public:
  // Appends one to the connection's list. Its request_id is the caller's to set.
  PendingAnswer& add(Connection& c);
  // nullptr: the connection has none of that sequence.
  PendingAnswer* find(const Connection& c, std::uint32_t sequence) {
    for (std::uint32_t at = c.oldest; at != kNoIndex; at = answers_[at].next) {
      if (answers_[at].sequence == sequence) return &answers_[at];
    }
    return nullptr;
  }

  // nullptr: the connection has none.
  PendingAnswer* oldest(const Connection& c) {
    return c.oldest == kNoIndex ? nullptr : &answers_[c.oldest];
  }
  bool is_oldest(const Connection& c, const PendingAnswer& answer) const {
    return answer.index() == c.oldest;
  }
  bool is_newest(const Connection& c, const PendingAnswer& answer) const {
    return answer.index() == c.newest;
  }
  // REQUIRES: the connection has one.
  void release_oldest(Connection& c) {
    PendingAnswer& answer = answers_[c.oldest];
    c.oldest = answer.next;
    if (c.oldest == kNoIndex) c.newest = kNoIndex;
    --c.pending;
    answers_.release(answer);
  }

  // Calls visit(PendingAnswer&) for the list that begins at index `at`; it may release that one.
  template <class Visit>
  void visit_from(std::uint32_t at, const Visit& visit) {
    while (at != kNoIndex) {
      PendingAnswer& answer = answers_[at];
      at = answer.next;
      visit(answer);
    }
  }
  // Frees the place of one whose connection has ended.
  void release(PendingAnswer& answer) { answers_.release(answer); }

 private:
  Slab<PendingAnswer> answers_;
};

}  // namespace frontrow
