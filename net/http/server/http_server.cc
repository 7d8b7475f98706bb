// The loop: readiness, deadlines, draining.
#include "net/http/server/http_server.h"

#include <chrono>

#include <sys/socket.h>

#include "net/http/problem.h"

namespace frontrow {
namespace {

constexpr std::size_t kEventsMax = 512;

}  // namespace

using Reading = Connection::Reading;

HttpServer::HttpServer(asio::io_context& io, HttpHandler& handler, const HttpLimits& limits,
                       HttpShared& shared)
    : limits_(limits),
      readiness_(io, ready_set_.fd()),
      sweep_timer_(io),
      alive_(std::make_shared<bool>(true)),
      counts_(limits, shared, stats_),
      table_(limits, clock_, ready_set_, counts_),
      resumes_(io, [this] { resume_all(); }),
      sender_(limits, handler, clock_, table_, answers_, input_, output_, resumes_, stats_),
      responses_(limits, shared.cors, clock_, table_, answers_, output_, sender_, stats_),
      acceptor_(limits, handler, clock_, ready_set_, counts_, table_, input_, sender_, responses_,
                stats_),
      reader_(limits, handler, clock_, table_, input_, resumes_, sender_, responses_, acceptor_,
              stats_),
      events_(kEventsMax) {
  await_readiness();
  schedule_sweep();
}

HttpServer::~HttpServer() = default;

void HttpServer::await_readiness() {
  readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
                          if (error || alive.expired()) return;
                          on_ready();
                          await_readiness();
                        });
}

void HttpServer::on_ready() {
  clock_.update();
  for (const epoll_event& event : ready_set_.ready(events_)) {
    const auto low = static_cast<std::uint32_t>(event.data.u64);
    const auto high = static_cast<std::uint32_t>(event.data.u64 >> 32);
    if (low == kNoIndex) {
      acceptor_.accept_from(static_cast<int>(high));
    } else if (Connection* c = table_.find(low, high)) {
      on_event(*c, event.events);
    }
  }
}

void HttpServer::on_event(Connection& c, std::uint32_t events) {
  // Both directions are closed, or the connection was reset: no client would read a response.
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return sender_.close(c);
  if ((events & EPOLLOUT) != 0) {
    const std::uint32_t generation = c.generation();
    sender_.send_out(c);
    if (c.generation() != generation) return;
  }
  if (c.yielding) return;  // resume_all() continues it within this turn
  if ((events & EPOLLIN & c.interest) != 0) return reader_.read_from(c);
  // Reading is paused, but a stream is open and its client has closed: see RequestReader.
  if ((events & EPOLLRDHUP & c.interest) != 0) sender_.close(c);
}

void HttpServer::resume_all() {
  resumes_.take_due([this](ConnectionRef ref) {
    if (Connection* c = table_.find(ref)) reader_.resume(*c);
  });
}

void HttpServer::schedule_sweep() {
  sweep_timer_.expires_after(std::chrono::milliseconds(limits_.sweep_ms));
  sweep_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
    if (error || alive.expired()) return;
    sweep();
    schedule_sweep();
  });
}

void HttpServer::sweep() {
  clock_.update();
  acceptor_.resume();
  sender_.measure_progress();
  relief_.relieve(input_.bytes() + output_.bytes(), clock_.now_ms(), buffers_);
  table_.visit_overdue([this](Connection& c) { expire(c); });
}

void HttpServer::expire(Connection& c) {
  const std::int64_t now_ms = clock_.now_ms();
  if (table_.is_in_reserve(c)) return acceptor_.refuse_counted(c);
  if (c.write_deadline_ms <= now_ms && sender_.takes_answers(c)) {
    table_.set_deadline(c);
    if (table_.deadline_ms(c) > now_ms) return;
  }
  const bool stalled = c.write_deadline_ms <= now_ms;
  const bool partial = c.reading == Reading::kHead || c.reading == Reading::kBody;
  if (stalled || partial) ++stats_.timeouts;
  if (stalled || !partial) return sender_.close(c);
  responses_.refuse(c, {&problems::kRequestTimeout, "the request did not arrive in time"});
  input_.clear(c.in);
  table_.settle(c);
}

void HttpServer::flush() {
  sender_.flush();
  relief_.note(input_.bytes() + output_.bytes());
  stats_.unsent_bytes = output_.bytes();
  resumes_.end_turn();
}

bool HttpServer::took_output(RequestRef ref) {
  const Connection* c = table_.find(ref.connection, ref.generation);
  return c != nullptr && c->unsent() + c->late_bytes == 0 && unacknowledged_bytes(c->fd) == 0;
}

void HttpServer::probe_client(RequestRef ref) {
  if (const Connection* c = table_.find(ref.connection, ref.generation)) probe_peer(c->fd);
}

std::int64_t HttpServer::client_silence_ms(RequestRef ref) {
  const Connection* c = table_.find(ref.connection, ref.generation);
  return c == nullptr ? kNoDeadline : peer_silence_ms(c->fd).value_or(kNoDeadline);
}

void HttpServer::stop_accepting() {
  responses_.drain();
  acceptor_.stop();
}

void HttpServer::close_idle() {
  table_.visit_all([this](Connection& c) {
    if (!c.is_idle()) return;
    // A request that is already in the socket gets a response, the last of the connection.
    char byte = 0;
    if (::recv(c.fd, &byte, 1, MSG_PEEK) > 0) return;
    sender_.close(c);
  });
}

}  // namespace frontrow
