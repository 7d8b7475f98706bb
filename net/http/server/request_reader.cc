#include "net/http/server/request_reader.h"

#include <cerrno>

#include <sys/socket.h>

#include "net/http/http_limits.h"
#include "net/http/problem.h"
#include "net/http/server/connection_table.h"
#include "net/http/server/http_acceptor.h"
#include "net/http/server/http_clock.h"
#include "net/http/server/http_connection.h"
#include "net/http/server/http_handler.h"
#include "net/http/server/http_stats.h"
#include "net/http/server/input_memory.h"
#include "net/http/server/proxy_header.h"
#include "net/http/server/response_queue.h"
#include "net/http/server/response_sender.h"
#include "net/http/server/resume_list.h"

namespace frontrow {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;

}  // namespace

using Reading = Connection::Reading;

RequestReader::RequestReader(const HttpLimits& limits, HttpHandler& handler, const HttpClock& clock,
                             ConnectionTable& table, InputMemory& input, ResumeList& resumes,
                             ResponseSender& sender, ResponseQueue& responses,
                             HttpAcceptor& acceptor, HttpStats& stats)
    : limits_(limits),
      handler_(handler),
      clock_(clock),
      table_(table),
      input_(input),
      resumes_(resumes),
      sender_(sender),
      responses_(responses),
      acceptor_(acceptor),
      stats_(stats),
      parser_(limits),
      scratch_(kScratchBytes) {}

void RequestReader::read_from(Connection& c) {
  const ssize_t got = ::recv(c.fd, scratch_.data(), scratch_.size(), 0);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) sender_.close(c);
    return;
  }
  if (got == 0) return end_input(c);
  stats_.bytes_in += static_cast<std::uint64_t>(got);
  if (c.reading == Reading::kLinger) return;
  const std::string_view bytes(scratch_.data(), static_cast<std::size_t>(got));
  if (c.in.empty()) return process(c, bytes);
  input_.append(c.in, bytes);
  process(c, c.in);
}

// A client may end its side and still wait for responses; the client of a stream has left.
void RequestReader::end_input(Connection& c) {
  c.peer_ended = true;
  if (c.reading == Reading::kLinger || c.streams != 0 || (c.pending == 0 && c.unsent() == 0)) {
    return sender_.close(c);
  }
  c.reading = Reading::kEnded;
  input_.clear(c.in);
  table_.settle(c);
}

void RequestReader::process(Connection& c, std::string_view input) {
  const bool begins = c.awaits_proxy_header && c.reading != Reading::kEnded;
  std::size_t used = begins ? take_proxy_header(c, input) : 0;
  std::size_t burst = 0;
  while (!c.awaits_proxy_header && used < input.size() && c.reading != Reading::kEnded) {
    if (sender_.must_pause(c)) {
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
      responses_.refuse(c, parser_.error());
      break;
    }
    if (outcome == ParseOutcome::kExpectContinue) c.owes_continue = true;
    note_partial(c);
    break;
  }
  keep_rest(c, input, used);
  responses_.pay_continue(c);
  table_.settle(c);
}

// The bytes of the header; 0 while it is incomplete.
std::size_t RequestReader::take_proxy_header(Connection& c, std::string_view input) {
  const ProxyHeader header = parse_proxy_header(input);
  if (header.state == ProxyHeader::State::kIncomplete) {
    note_partial(c);
    return 0;
  }
  c.awaits_proxy_header = false;
  if (header.state == ProxyHeader::State::kNone) {
    responses_.refuse(c, {&problems::kMalformedRequest,
                          "a connection of this proxy must begin with a header of the PROXY "
                          "protocol, version 2"});
    return 0;
  }
  c.sent_proxy_header = true;
  c.reading = Reading::kIdle;
  // Behind a proxy that names no address is a client, whose X-Forwarded-For is its own.
  c.is_proxy = header.is_local;
  if (header.client.ss_family != AF_UNSPEC) acceptor_.take_client(c, header.client);
  return header.size;
}

// Keeps the unused input; returns the buffer to the pool when none is left.
void RequestReader::keep_rest(Connection& c, std::string_view input, std::size_t used) {
  const std::size_t rest = input.size() - used;
  if (c.reading == Reading::kEnded || rest == 0) return input_.clear(c.in);
  if (input_.bytes() - c.in.size() + rest > limits_.input_bytes_per_thread) {
    input_.clear(c.in);
    // When its responses are late too, there is no place for another one.
    if (sender_.must_pause(c)) return sender_.close_at_flush(c);
    return responses_.refuse(c, {&problems::kOverloaded, "too much is being received"});
  }
  if (c.in.empty()) {
    input_.fill(c.in, input.substr(used));
  } else {
    input_.consume(c.in, used);
  }
}

void RequestReader::note_partial(Connection& c) {
  const bool head = c.progress.phase == ParseProgress::Phase::kHead;
  const Reading reading = head ? Reading::kHead : Reading::kBody;
  if (c.reading == reading) return;  // the deadline stays
  c.reading = reading;
  if (table_.is_in_reserve(c)) return;  // the deadline of the reserve stays
  c.read_deadline_ms = clock_.now_ms() + (head ? limits_.header_ms : limits_.body_ms);
}

void RequestReader::admit(Connection& c) {
  ++c.taken;
  Request request = parser_.request();
  if (table_.is_in_reserve(c) && !acceptor_.leave_reserve(c, request)) {
    return acceptor_.refuse_counted(c);
  }
  ++stats_.requests;
  c.was_used = true;
  request.ops = c.kind == Connection::Kind::kOps;
  request.proxied = request.proxied || c.sent_proxy_header;
  acceptor_.name_client(c, request);
  const RequestRef ref = responses_.take_in(c, request);
  if (!request.keep_alive) c.reading = Reading::kEnded;
  handler_.handle(request, ref);
}

// True when the connection has had its share: of a visit, so that other ready connections come
// between its requests, or of a turn, so that responses leave. It resumes by itself in either case.
bool RequestReader::yields(Connection& c, std::size_t burst) {
  if (c.taken_in != resumes_.turn()) {
    c.taken_in = resumes_.turn();
    c.taken = 0;
  }
  const bool turn_is_over = c.taken >= limits_.pipelined_requests;
  if (!turn_is_over && burst < limits_.pipeline_burst) return false;
  c.reading = Reading::kPaused;
  c.yielding = !turn_is_over;
  if (turn_is_over) {
    resumes_.add_to_next_turn(c);
  } else {
    resumes_.add(c);
  }
  return true;
}

void RequestReader::resume(Connection& c) {
  c.resuming = c.yielding = false;
  if (c.reading != Reading::kPaused) return;
  if (sender_.must_pause(c)) return table_.settle(c);
  c.reading = Reading::kIdle;
  process(c, c.in);
}

}  // namespace frontrow
