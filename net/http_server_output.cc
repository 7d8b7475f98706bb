// From the answer to the socket: order, streams, one send per connection and turn, the way a
// connection ends.
#include <cerrno>
#include <charconv>
#include <cstring>

#include <sys/socket.h>

#include "net/http_server.h"

namespace frontrow {

using Reading = Connection::Reading;

PendingAnswer* HttpServer::find_pending(RequestRef ref, Connection*& c) {
  c = find(ref.connection, ref.generation);
  if (c == nullptr) return nullptr;
  for (std::uint32_t at = c->oldest; at != kNoIndex; at = answers_[at].next) {
    if (answers_[at].sequence == ref.sequence) return &answers_[at];
  }
  return nullptr;
}

// Where an answer is written: straight to the output when it is its turn, otherwise aside.
std::string& HttpServer::sink(Connection& c, PendingAnswer& answer) {
  std::string& out = &answer == &answers_[c.oldest] ? c.out : answer.late;
  buffers_.borrow(out);
  return out;
}

void HttpServer::decide_keep_alive(Connection& c, PendingAnswer& answer, bool close) {
  const bool newest = &answer == &answers_[c.newest];
  // Those behind it have been taken in already and will be answered: only the newest may end it.
  if (newest && (draining_ || close)) answer.keep_alive = false;
  if (!answer.keep_alive && c.reading != Reading::kLinger) c.reading = Reading::kEnded;
}

AnswerContext HttpServer::context_of(const PendingAnswer& answer) const {
  return {answer.request_id_text(), date_.line(), answer.http_1_0, answer.keep_alive};
}

void HttpServer::respond(RequestRef ref, const ResponseHead& head, std::string_view body) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
  if (answer == nullptr || answer->answered || answer->streaming) return;
  decide_keep_alive(*c, *answer, head.close);
  std::string& out = sink(*c, *answer);
  append_response_head(out, head, context_of(*answer), BodyFraming::kSized, body.size());
  if (!answer->head && status_allows_body(head.status)) out += body;
  finish(*c, *answer);
}

bool HttpServer::begin_stream(RequestRef ref, const ResponseHead& head) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
  if (answer == nullptr || answer->answered || answer->streaming) return false;
  answer->chunked = !answer->http_1_0;
  if (answer->http_1_0) answer->keep_alive = false;  // its end is the end of the connection
  decide_keep_alive(*c, *answer, head.close);
  append_response_head(sink(*c, *answer), head, context_of(*answer),
                       answer->chunked ? BodyFraming::kChunked : BodyFraming::kUntilClose, 0);
  if (answer->head) {
    finish(*c, *answer);
    return false;
  }
  answer->streaming = true;
  ++c->streams;
  mark_dirty(*c);
  return true;
}

bool HttpServer::write_stream(RequestRef ref, std::string_view text) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
  if (answer == nullptr || !answer->streaming || c->broken) return false;
  std::string& out = sink(*c, *answer);
  if (answer->chunked) {
    append_chunk(out, text);
  } else {
    out += text;
  }
  mark_dirty(*c);
  if (out.size() - (&out == &c->out ? c->sent : 0) <= limits_.output_bytes) return true;
  answer->streaming = false;
  --c->streams;
  c->broken = true;
  return false;
}

void HttpServer::end_stream(RequestRef ref) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
  if (answer == nullptr || !answer->streaming) return;
  if (answer->chunked) sink(*c, *answer) += kLastChunk;
  answer->streaming = false;
  --c->streams;
  finish(*c, *answer);
}

void HttpServer::finish(Connection& c, PendingAnswer& answer) {
  answer.answered = true;
  advance(c);
  mark_dirty(c);
}

// Moves the answers whose turn has come to the output.
void HttpServer::advance(Connection& c) {
  while (c.oldest != kNoIndex && answers_[c.oldest].answered) {
    const std::uint32_t at = c.oldest;
    PendingAnswer& answer = answers_[at];
    if (!answer.keep_alive) c.close_when_sent = true;
    c.oldest = answer.next;
    if (c.oldest == kNoIndex) c.newest = kNoIndex;
    --c.pending;
    answer.next = free_answer_;
    free_answer_ = at;
    if (c.oldest == kNoIndex) break;
    PendingAnswer& front = answers_[c.oldest];
    c.out += front.late;
    buffers_.give_back(front.late);
  }
  pay_continue(c);
  resume_later(c);
}

void HttpServer::mark_dirty(Connection& c) {
  if (c.dirty) return;
  c.dirty = true;
  dirty_.push_back({c.index, c.generation});
}

void HttpServer::flush() {
  if (dirty_.empty()) return;
  look_at_clocks();
  for (std::size_t i = 0; i < dirty_.size(); ++i) {  // it may grow on the way
    Connection* c = find(dirty_[i].index, dirty_[i].generation);
    if (c == nullptr) continue;
    c->dirty = false;
    if (c->broken) {
      close(*c);
    } else if (!c->blocked) {
      send_out(*c);
    }
  }
  dirty_.clear();
}

void HttpServer::send_out(Connection& c) {
  if (c.unsent() != 0) {
    const ssize_t sent = ::send(c.fd, c.out.data() + c.sent, c.unsent(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return close(c);
    if (sent > 0) {
      c.sent += static_cast<std::uint32_t>(sent);
      stats_.bytes_out += static_cast<std::uint64_t>(sent);
    }
  }
  if (c.unsent() == 0) return sent_all(c);
  // Absolute: a client that takes one byte now and then gains nothing.
  if (!c.blocked) c.write_deadline_ms = now_ms_ + limits_.stalled_write_ms;
  c.blocked = true;
  c.out.erase(0, c.sent);
  c.sent = 0;
  resume_later(c);
  settle(c);
}

void HttpServer::sent_all(Connection& c) {
  buffers_.give_back(c.out);
  c.sent = 0;
  c.blocked = false;
  c.write_deadline_ms = kNoDeadline;
  if (c.close_when_sent) return linger(c);
  if (c.peer_ended && c.pending == 0) return close(c);
  resume_later(c);
  settle(c);
}

void HttpServer::linger(Connection& c) {
  if (c.peer_ended || ::shutdown(c.fd, SHUT_WR) != 0) return close(c);
  c.reading = Reading::kLinger;
  c.read_deadline_ms = now_ms_ + limits_.linger_ms;
  settle(c);
}

std::uint8_t HttpServer::make_request_id(char* out) {
  std::memcpy(out, id_prefix_.data(), id_prefix_.size());
  char* end = std::to_chars(out + id_prefix_.size(), out + kRequestIdBytes, ++id_counter_, 16).ptr;
  return static_cast<std::uint8_t>(end - out);
}

}  // namespace frontrow
