// From the response to the socket: order, streams, one send per connection and turn, the end of a
// connection. Slow readers and the bound of unsent bytes: http_server_pressure.cc.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <sys/socket.h>

#include "net/http/http_server.h"

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

// Writes a response straight to the output when it is its turn, otherwise to its queue `late`.
template <class Write>
void HttpServer::append(Connection& c, PendingAnswer& answer, const Write& write) {
  const bool in_turn = &answer == &answers_[c.oldest];
  OutputQueue& out = in_turn ? c.out : answer.late;
  const std::size_t before = out.unsent();
  write(out);
  if (!in_turn) c.late_bytes += out.unsent() - before;
}

void HttpServer::decide_keep_alive(Connection& c, PendingAnswer& answer, bool close) {
  const bool newest = &answer == &answers_[c.newest];
  // Later requests are taken in already and get responses: only the newest may end the connection.
  if (newest && (draining_ || close)) answer.keep_alive = false;
  if (!answer.keep_alive && c.reading != Reading::kLinger) c.reading = Reading::kEnded;
}

AnswerContext HttpServer::context_of(const PendingAnswer& answer) const {
  return {answer.request_id_text(), date_.line(), answer.http_1_0, answer.keep_alive};
}

void HttpServer::respond(RequestRef ref, const ResponseHead& head, std::string_view body) {
  respond_shared(ref, head, {body, {}, {}});
}

void HttpServer::respond_shared(RequestRef ref, const ResponseHead& head, const BodyParts& body) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
  if (answer == nullptr || answer->answered || answer->streaming || c->broken) return;
  if (body.shared == nullptr && body.front.size() >= OutputQueue::kOwnSegmentBytes) {
    auto own = std::make_shared<const Body>(std::string(body.front));
    return respond_shared(ref, head, {{}, std::move(own), {}});
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
  if (is_output_full()) shed_output();
}

bool HttpServer::begin_stream(RequestRef ref, const ResponseHead& head) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
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
  mark_dirty(*c);
  return true;
}

bool HttpServer::write_stream(RequestRef ref, std::string_view text) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
  if (answer == nullptr || !answer->streaming) return false;
  if (!c->broken) {
    append(*c, *answer, [&](OutputQueue& out) {
      out.append(output_, [&](std::string& to) {
        answer->chunked ? append_chunk(to, text) : static_cast<void>(to += text);
      });
    });
    mark_dirty(*c);
    if (c->unsent() + c->late_bytes > limits_.output_bytes) drop_output(*c);
    if (is_output_full()) shed_output();
  }
  if (!c->broken) return true;
  answer->streaming = false;
  --c->streams;
  return false;
}

void HttpServer::end_stream(RequestRef ref) {
  Connection* c = nullptr;
  PendingAnswer* answer = find_pending(ref, c);
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

void HttpServer::finish(Connection& c, PendingAnswer& answer) {
  answer.answered = true;
  advance(c);
  mark_dirty(c);
}

// Moves the responses whose turn has come to the output.
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
    c.late_bytes -= front.late.unsent();
    c.out.take(output_, front.late);
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
  if (!dirty_.empty()) {
    look_at_clocks();
    send_dirty();
  }
  memory_peak_ = std::max(memory_peak_, input_bytes_ + output_.bytes());
  stats_.unsent_bytes = output_.bytes();
  ++turn_;
  if (next_turn_.empty()) return;
  resuming_.insert(resuming_.end(), next_turn_.begin(), next_turn_.end());
  next_turn_.clear();
  post_resume();
}

void HttpServer::send_dirty() {
  std::size_t i = 0;
  do {
    for (; i < dirty_.size(); ++i) {  // the list may grow meanwhile
      Connection* c = find(dirty_[i].index, dirty_[i].generation);
      if (c == nullptr) continue;
      c->dirty = false;
      if (c->broken) {
        close(*c);
      } else if (!c->blocked) {
        send_out(*c);
      }
    }
  } while (is_output_full() && shed_output());
  dirty_.clear();
}

// Sends as much as the kernel accepts. False: the connection is broken.
bool HttpServer::push(Connection& c) {
  std::array<iovec, 32> parts;
  while (c.unsent() != 0) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = c.out.pieces(parts);
    std::size_t offered = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) offered += parts[i].iov_len;
    // The kernel copies one piece at less cost than a list of one.
    const ssize_t sent = message.msg_iovlen == 1 ? ::send(c.fd, parts.front().iov_base,
                                                          parts.front().iov_len, MSG_NOSIGNAL)
                                                 : ::sendmsg(c.fd, &message, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    const auto bytes = static_cast<std::size_t>(sent);
    c.out.consume(output_, bytes);
    c.writing.given += bytes;
    stats_.bytes_out += bytes;
    if (bytes < offered) return true;
  }
  return true;
}

void HttpServer::send_out(Connection& c) {
  if (!push(c)) return close(c);
  if (c.unsent() == 0) return sent_all(c);
  if (!c.blocked) begin_blocked(c);
  resume_later(c);
  settle(c);
}

void HttpServer::sent_all(Connection& c) {
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
