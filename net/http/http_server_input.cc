// From the socket to the handler: reading, parsing, taking requests in, pausing.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <asio/post.hpp>

#include "net/http/http_server.h"

namespace frontrow {

using Reading = Connection::Reading;

void HttpServer::on_event(Connection& c, std::uint32_t events) {
  // Both directions are closed, or the connection was reset: no client would read a response.
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close(c);
  if ((events & EPOLLOUT) != 0) {
    const std::uint32_t generation = c.generation;
    send_out(c);
    if (c.generation != generation) return;
  }
  if (c.yielding) return;  // resume_all() continues it within this turn
  if ((events & EPOLLIN & c.interest) != 0) return read_from(c);
  // Reading is paused, but a stream is open and its client has closed: see read_from.
  if ((events & EPOLLRDHUP & c.interest) != 0) close(c);
}

void HttpServer::read_from(Connection& c) {
  const ssize_t got = ::recv(c.fd, scratch_.data(), scratch_.size(), 0);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) close(c);
    return;
  }
  if (got == 0) {
    // A client may end its side and still wait for responses; the client of a stream has left.
    c.peer_ended = true;
    if (c.reading == Reading::kLinger || c.streams != 0 || (c.pending == 0 && c.unsent() == 0)) {
      return close(c);
    }
    c.reading = Reading::kEnded;
    keep_rest(c, {}, 0);
    return settle(c);
  }
  stats_.bytes_in += static_cast<std::uint64_t>(got);
  if (c.reading == Reading::kLinger) return;
  const std::string_view bytes(scratch_.data(), static_cast<std::size_t>(got));
  if (c.in.empty()) return process(c, bytes);
  c.in.append(bytes);
  input_bytes_ += bytes.size();
  process(c, c.in);
}

void HttpServer::process(Connection& c, std::string_view input) {
  std::size_t used = 0;
  std::size_t burst = 0;
  while (used < input.size() && c.reading != Reading::kEnded) {
    if (must_pause(c)) {
      c.reading = Reading::kPaused;
      break;
    }
    if (yields(c, burst)) break;
    const ParseOutcome outcome = parser_.parse(input.substr(used), c.progress);
    if (outcome == ParseOutcome::kRequest) {
      used += parser_.consumed();
      c.reading = Reading::kIdle;
      admit(c);
      ++burst;
      continue;
    }
    if (outcome == ParseOutcome::kError) {
      refuse_request(c, parser_.error());
      break;
    }
    if (outcome == ParseOutcome::kExpectContinue) c.owes_continue = true;
    note_partial(c);
    break;
  }
  keep_rest(c, input, used);
  pay_continue(c);
  settle(c);
}

// Keeps the unused input; returns the buffer to the pool when none is left.
void HttpServer::keep_rest(Connection& c, std::string_view input, std::size_t used) {
  const std::string_view rest = input.substr(used);
  const bool owned = !c.in.empty();
  input_bytes_ -= c.in.size();
  if (c.reading == Reading::kEnded || rest.empty()) {
    buffers_.give_back(c.in);
    return;
  }
  if (input_bytes_ + rest.size() > limits_.input_bytes_per_thread) {
    buffers_.give_back(c.in);
    if (must_pause(c)) {
      c.broken = true;  // its responses are late too: there is no place for another one
      return mark_dirty(c);
    }
    return refuse_request(c, {&problems::kOverloaded, "too much is being received"});
  }
  if (owned) {
    c.in.erase(0, used);
  } else {
    buffers_.borrow(c.in);
    c.in.assign(rest);
  }
  input_bytes_ += c.in.size();
}

void HttpServer::note_partial(Connection& c) {
  const bool head = c.progress.phase == ParseProgress::Phase::kHead;
  const Reading reading = head ? Reading::kHead : Reading::kBody;
  if (c.reading == reading) return;  // the deadline stays
  c.reading = reading;
  if (c.idle_in == &reserve_) return;  // the deadline of the reserve stays
  c.read_deadline_ms = now_ms_ + (head ? limits_.header_ms : limits_.body_ms);
}

PendingAnswer& HttpServer::add_pending(Connection& c) {
  std::uint32_t at = free_answer_;
  if (at == kNoIndex) {
    at = static_cast<std::uint32_t>(answers_.size());
    answers_.emplace_back();
  } else {
    free_answer_ = answers_[at].next;
  }
  PendingAnswer& answer = answers_[at];
  answer.next = kNoIndex;
  answer.sequence = c.next_sequence++;
  answer.head = answer.http_1_0 = answer.answered = answer.streaming = answer.chunked = false;
  answer.keep_alive = true;
  if (c.newest == kNoIndex) {
    c.oldest = at;
  } else {
    answers_[c.newest].next = at;
  }
  c.newest = at;
  ++c.pending;
  return answer;
}

void HttpServer::admit(Connection& c) {
  ++c.taken;
  Request request = parser_.request();
  if (c.idle_in == &reserve_ && !leave_reserve(c, request)) return refuse_reserved(c);
  ++stats_.requests;
  c.was_used = true;
  request.ops = c.kind == Connection::Kind::kOps;
  PendingAnswer& answer = add_pending(c);
  answer.head = request.head;
  answer.http_1_0 = request.http_1_0;
  answer.keep_alive = request.keep_alive;
  if (request.request_id.empty()) {
    answer.request_id_size = make_request_id(answer.request_id.data());
    request.request_id = answer.request_id_text();
  } else {
    answer.request_id_size = static_cast<std::uint8_t>(request.request_id.size());
    std::memcpy(answer.request_id.data(), request.request_id.data(), request.request_id.size());
  }
  if (!request.keep_alive) c.reading = Reading::kEnded;
  handler_.handle(request, {c.index, c.generation, answer.sequence});
}

// Responds with a problem, in its turn like any other response, as the last one of the connection.
void HttpServer::refuse_request(Connection& c, const ParseError& error) {
  count_refusal(error.type->status);
  c.reading = Reading::kEnded;
  c.owes_continue = false;
  PendingAnswer& answer = add_pending(c);
  answer.request_id_size = make_request_id(answer.request_id.data());
  problem_body_.clear();
  append_problem(problem_body_, *error.type, error.detail);
  ResponseHead head;
  head.status = error.type->status;
  head.content_type = kProblemContentType;
  head.close = true;
  if (head.status == 503) head.retry_after_s = 1;
  respond({c.index, c.generation, answer.sequence}, head, problem_body_);
}

void HttpServer::count_refusal(int status) {
  switch (status) {
    case 408:
      ++stats_.timeout_408;
      return;
    case 413:
      ++stats_.too_large_413;
      return;
    case 414:
      ++stats_.uri_too_long_414;
      return;
    case 417:
      ++stats_.expectation_417;
      return;
    case 431:
      ++stats_.headers_431;
      return;
    case 501:
      ++stats_.not_implemented_501;
      return;
    case 503:
      ++stats_.overloaded_503;
      return;
    case 505:
      ++stats_.version_505;
      return;
    default:
      ++stats_.malformed_400;
      return;
  }
}

void HttpServer::pay_continue(Connection& c) {
  if (!c.owes_continue || c.pending != 0) return;
  c.owes_continue = false;
  if (c.reading != Reading::kBody) return;
  c.out.append(output_, [](std::string& text) { text += "HTTP/1.1 100 Continue\r\n\r\n"; });
  mark_dirty(c);
}

bool HttpServer::must_pause(const Connection& c) const {
  const std::size_t unsent = c.unsent() + c.late_bytes;
  return c.pending >= limits_.pipelined_requests || unsent > limits_.output_bytes ||
         (unsent != 0 && is_output_full());
}

// True when the connection has had its share: of a visit, so that other ready connections come
// between its requests, or of a turn, so that responses leave. It resumes by itself in either case.
bool HttpServer::yields(Connection& c, std::size_t burst) {
  if (c.taken_in != turn_) {
    c.taken_in = turn_;
    c.taken = 0;
  }
  const bool turn_is_over = c.taken >= limits_.pipelined_requests;
  if (!turn_is_over && burst < limits_.pipeline_burst) return false;
  c.reading = Reading::kPaused;
  c.resuming = true;
  c.yielding = !turn_is_over;
  (turn_is_over ? next_turn_ : resuming_).push_back({c.index, c.generation});
  if (!turn_is_over) post_resume();
  return true;
}

// Posts to the io_context, so that a handler is never called from within respond() or flush().
void HttpServer::resume_later(Connection& c) {
  if (c.reading != Reading::kPaused || c.resuming || must_pause(c)) return;
  c.resuming = true;
  resuming_.push_back({c.index, c.generation});
  post_resume();
}

void HttpServer::post_resume() {
  if (resume_posted_) return;
  resume_posted_ = true;
  asio::post(io_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) resume_all();
  });
}

void HttpServer::resume_all() {
  resume_posted_ = false;
  resuming_now_.swap(resuming_);  // a connection that yields again waits for the others
  for (const Listed& listed : resuming_now_) {
    Connection* c = find(listed.index, listed.generation);
    if (c == nullptr) continue;
    c->resuming = c->yielding = false;
    if (c->reading != Reading::kPaused) continue;
    if (must_pause(*c)) {
      settle(*c);
      continue;
    }
    c->reading = Reading::kIdle;
    process(*c, c->in);
  }
  resuming_now_.clear();
}

// Updates the epoll interest and the deadline after a change of state.
void HttpServer::settle(Connection& c) {
  // A yielding connection keeps its interest, which saves clearing and setting it again.
  const bool reads = (c.reading != Reading::kPaused || c.yielding) &&
                     c.reading != Reading::kEnded && !c.peer_ended;
  std::uint32_t interest = 0;
  if (reads) interest = EPOLLIN | EPOLLRDHUP;
  if (!reads && c.streams != 0 && !c.peer_ended) interest = EPOLLRDHUP;
  if (c.blocked) interest |= EPOLLOUT;
  if (interest != c.interest) {
    c.interest = interest;
    ready_set_.change(c.fd, interest, std::uint64_t{c.generation} << 32 | c.index);
  }
  set_deadline(c);
}

void HttpServer::set_deadline(Connection& c) {
  if (c.idle_in == &reserve_) {
    deadlines_ms_[c.index] = c.read_deadline_ms;
    return;
  }
  const bool is_idle = c.reading == Reading::kIdle && c.pending == 0 && c.unsent() == 0;
  note_idle(c, is_idle);
  if (c.reading == Reading::kIdle) {
    const std::int64_t idle_ms =
        c.was_used ? limits_.idle_ms : std::min(limits_.first_byte_ms, limits_.idle_ms);
    c.read_deadline_ms = is_idle ? now_ms_ + idle_ms : kNoDeadline;
  } else if (c.reading == Reading::kPaused || c.reading == Reading::kEnded) {
    c.read_deadline_ms = kNoDeadline;
  }
  deadlines_ms_[c.index] = std::min(c.read_deadline_ms, c.write_deadline_ms);
}

}  // namespace frontrow
