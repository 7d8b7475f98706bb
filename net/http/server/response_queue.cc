#include "net/http/server/response_queue.h"

#include <cstring>
#include <memory>
#include <utility>

#include "net/http/cors.h"
#include "net/http/http_fields.h"
#include "net/http/http_limits.h"
#include "net/http/http_response.h"
#include "net/http/output_queue.h"
#include "net/http/server/connection_table.h"
#include "net/http/server/http_clock.h"
#include "net/http/server/http_connection.h"
#include "net/http/server/http_stats.h"
#include "net/http/server/pending_answers.h"
#include "net/http/server/response_sender.h"

namespace frontrow {

using Reading = Connection::Reading;

RequestRef ResponseQueue::take_in(Connection& c, Request& request) {
  PendingAnswer& answer = answers_.add(c);
  answer.head = request.head;
  answer.http_1_0 = request.http_1_0;
  answer.keep_alive = request.keep_alive;
  answer.cors_origin = cors_.match(request.origin);
  if (request.request_id.empty()) {
    answer.request_id_size = static_cast<std::uint8_t>(ids_.write_next(answer.request_id));
    request.request_id = answer.request_id_text();
  } else {
    answer.request_id_size = static_cast<std::uint8_t>(request.request_id.size());
    std::memcpy(answer.request_id.data(), request.request_id.data(), request.request_id.size());
  }
  return {c.index(), c.generation(), answer.sequence};
}

void ResponseQueue::refuse(Connection& c, const ParseError& error) {
  stats_.count_refusal(error.type->status);
  c.reading = Reading::kEnded;
  c.owes_continue = false;
  PendingAnswer& answer = answers_.add(c);
  answer.request_id_size = static_cast<std::uint8_t>(ids_.write_next(answer.request_id));
  problem_body_.clear();
  append_problem(problem_body_, *error.type, error.detail);
  ResponseHead head;
  head.status = error.type->status;
  head.content_type = kProblemContentType;
  head.close = true;
  if (head.status == 503) head.retry_after_s = 1;
  respond({c.index(), c.generation(), answer.sequence}, head, {problem_body_, {}, {}});
}

void ResponseQueue::pay_continue(Connection& c) {
  if (!c.owes_continue || c.pending != 0) return;
  c.owes_continue = false;
  if (c.reading != Reading::kBody) return;
  c.out.append(output_, [](std::string& text) { text += "HTTP/1.1 100 Continue\r\n\r\n"; });
  sender_.mark_dirty(c);
}

PendingAnswer* ResponseQueue::find(RequestRef ref, Connection*& c) {
  c = table_.find(ref.connection, ref.generation);
  return c == nullptr ? nullptr : answers_.find(*c, ref.sequence);
}

// Writes a response straight to the output when it is its turn, otherwise to its queue `late`.
template <class Write>
void ResponseQueue::append(Connection& c, PendingAnswer& answer, const Write& write) {
  const bool in_turn = answers_.is_oldest(c, answer);
  OutputQueue& out = in_turn ? c.out : answer.late;
  const std::size_t before = out.unsent();
  write(out);
  if (!in_turn) c.late_bytes += out.unsent() - before;
}

void ResponseQueue::decide_keep_alive(Connection& c, PendingAnswer& answer, bool close) {
  const bool newest = answers_.is_newest(c, answer);
  // Later requests are taken in already and get responses: only the newest may end the connection.
  if (newest && (draining_ || close)) answer.keep_alive = false;
  if (!answer.keep_alive && c.reading != Reading::kLinger) c.reading = Reading::kEnded;
}

AnswerContext ResponseQueue::context_of(const PendingAnswer& answer) const {
  return {answer.request_id_text(), clock_.date_line(), answer.http_1_0, answer.keep_alive,
          cors_.lines(answer.cors_origin)};
}

void ResponseQueue::respond(RequestRef ref, const ResponseHead& head, const BodyParts& body) {
  Connection* c = nullptr;
  PendingAnswer* answer = find(ref, c);
  if (answer == nullptr || answer->answered || answer->streaming || c->broken) return;
  if (body.shared == nullptr && body.front.size() >= OutputQueue::kOwnSegmentBytes) {
    auto own = std::make_shared<const Body>(std::string(body.front));
    return respond(ref, head, {{}, std::move(own), {}});
  }
  decide_keep_alive(*c, *answer, head.close);
  const bool with_body = !answer->head && status_allows_body(head.status);
  append(*c, *answer, [&](OutputQueue& out) {
    out.append(output_, [&](std::string& text) {
      append_response_head(text, head, context_of(*answer), BodyFraming::kSized, body.size());
      if (with_body) text += body.front;
    });
    if (!with_body || body.shared == nullptr) return;
    out.append(output_, body.shared);
    out.append(output_, [&](std::string& text) { text += body.back; });
  });
  finish(*c, *answer);
  sender_.bound_output();
}

bool ResponseQueue::begin_stream(RequestRef ref, const ResponseHead& head) {
  Connection* c = nullptr;
  PendingAnswer* answer = find(ref, c);
  if (answer == nullptr || answer->answered || answer->streaming || c->broken) return false;
  answer->chunked = !answer->http_1_0;
  if (answer->http_1_0) answer->keep_alive = false;  // the close of the connection ends its body
  decide_keep_alive(*c, *answer, head.close);
  append(*c, *answer, [&](OutputQueue& out) {
    out.append(output_, [&](std::string& text) {
      append_response_head(text, head, context_of(*answer),
                           answer->chunked ? BodyFraming::kChunked : BodyFraming::kUntilClose, 0);
    });
  });
  if (answer->head) {
    finish(*c, *answer);
    return false;
  }
  answer->streaming = true;
  ++c->streams;
  sender_.mark_dirty(*c);
  return true;
}

bool ResponseQueue::write_stream(RequestRef ref, std::string_view text) {
  Connection* c = nullptr;
  PendingAnswer* answer = find(ref, c);
  if (answer == nullptr || !answer->streaming) return false;
  if (!c->broken) {
    append(*c, *answer, [&](OutputQueue& out) {
      out.append(output_, [&](std::string& to) {
        answer->chunked ? append_chunk(to, text) : static_cast<void>(to += text);
      });
    });
    sender_.mark_dirty(*c);
    if (c->unsent() + c->late_bytes > limits_.output_bytes) sender_.drop_output(*c);
    sender_.bound_output();
  }
  if (!c->broken) return true;
  answer->streaming = false;
  --c->streams;
  return false;
}

void ResponseQueue::end_stream(RequestRef ref) {
  Connection* c = nullptr;
  PendingAnswer* answer = find(ref, c);
  if (answer == nullptr || !answer->streaming) return;
  if (answer->chunked && !c->broken) {
    append(*c, *answer, [&](OutputQueue& out) {
      out.append(output_, [](std::string& text) { text += kLastChunk; });
    });
  }
  answer->streaming = false;
  --c->streams;
  finish(*c, *answer);
}

void ResponseQueue::abort_stream(RequestRef ref) {
  Connection* c = nullptr;
  PendingAnswer* answer = find(ref, c);
  if (answer == nullptr || !answer->streaming) return;
  answer->streaming = false;
  --c->streams;
  sender_.drop_output(*c);
}

std::optional<std::size_t> ResponseQueue::stream_backlog(RequestRef ref) {
  Connection* c = nullptr;
  const PendingAnswer* answer = find(ref, c);
  if (answer == nullptr || !answer->streaming || c->broken) return std::nullopt;
  return c->unsent() + c->late_bytes;
}

void ResponseQueue::finish(Connection& c, PendingAnswer& answer) {
  answer.answered = true;
  advance(c);
  sender_.mark_dirty(c);
}

// Moves the responses whose turn has come to the output.
void ResponseQueue::advance(Connection& c) {
  PendingAnswer* answer = answers_.oldest(c);
  while (answer != nullptr && answer->answered) {
    if (!answer->keep_alive) c.close_when_sent = true;
    answers_.release_oldest(c);
    answer = answers_.oldest(c);
    if (answer == nullptr) break;
    c.late_bytes -= answer->late.unsent();
    c.out.take(output_, answer->late);
  }
  pay_continue(c);
  sender_.resume_later(c);
}

}  // namespace frontrow
