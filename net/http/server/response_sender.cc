// Sending, the end of a connection. Slow readers and the bound of unsent bytes:
// response_pressure.cc.
#include "net/http/server/response_sender.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>

#include "net/http/server/connection_table.h"
#include "net/http/server/http_clock.h"
#include "net/http/server/http_handler.h"
#include "net/http/server/http_stats.h"
#include "net/http/server/input_memory.h"
#include "net/http/server/pending_answers.h"

namespace frontrow {

void ResponseSender::flush() {
  if (dirty_.empty()) return;
  clock_.update();
  send_dirty();
}

void ResponseSender::send_dirty() {
  std::size_t i = 0;
  do {
    for (; i < dirty_.size(); ++i) {  // the list may grow meanwhile
      Connection* c = table_.find(dirty_[i]);
      if (c == nullptr) continue;
      c->dirty = false;
      if (c->broken) {
        close(*c);
      } else if (!c->blocked) {
        send_out(*c);
      }
    }
  } while (is_full() && shed());
  dirty_.clear();
}

// Sends as much as the kernel accepts. False: the connection is broken.
bool ResponseSender::push(Connection& c) {
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
    c.writing.add_given(bytes);
    stats_.bytes_out += bytes;
    if (bytes < offered) return true;
  }
  return true;
}

void ResponseSender::send_out(Connection& c) {
  if (!push(c)) return close(c);
  if (c.unsent() == 0) return sent_all(c);
  if (!c.blocked) {
    c.blocked = true;
    c.writing.begin(c.fd, clock_.now_ms());
    c.write_deadline_ms = next_look_ms();
  }
  resume_later(c);
  table_.settle(c);
}

void ResponseSender::sent_all(Connection& c) {
  c.blocked = false;
  c.write_deadline_ms = kNoDeadline;
  if (c.close_when_sent) return linger(c);
  if (c.peer_ended && c.pending == 0) return close(c);
  resume_later(c);
  table_.settle(c);
}

// Ends the server's own side and waits for the client to read the last response: the kernel would
// discard the response together with unread input.
void ResponseSender::linger(Connection& c) {
  if (c.peer_ended || ::shutdown(c.fd, SHUT_WR) != 0) return close(c);
  c.reading = Connection::Reading::kLinger;
  c.read_deadline_ms = clock_.now_ms() + limits_.linger_ms;
  table_.settle(c);
}

void ResponseSender::close(Connection& c) {
  input_.clear(c.in);
  c.out.clear(output_);
  const ConnectionRef ref = c.ref();
  const std::uint32_t oldest = c.oldest;
  table_.release(c);
  // Last, as the handler may call back: every ref to the connection is stale by now.
  answers_.visit_from(oldest, [&](PendingAnswer& answer) {
    const RequestRef request{ref.index, ref.generation, answer.sequence};
    const bool streaming = answer.streaming;
    answer.late.clear(output_);
    answers_.release(answer);
    if (streaming) handler_.stream_closed(request);
  });
}

}  // namespace frontrow
