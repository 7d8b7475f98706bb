#include "net/http/server/pending_answers.h"

namespace frontrow {

PendingAnswer& PendingAnswers::add(Connection& c) {
  PendingAnswer& answer = answers_.take();
  answer.next = kNoIndex;
  answer.sequence = c.next_sequence++;
  answer.head = answer.http_1_0 = answer.answered = answer.streaming = answer.chunked = false;
  answer.keep_alive = true;
  answer.cors_origin = 0;
  if (c.newest == kNoIndex) {
    c.oldest = answer.index();
  } else {
    answers_[c.newest].next = answer.index();
  }
  c.newest = answer.index();
  ++c.pending;
  return answer;
}

}  // namespace frontrow
