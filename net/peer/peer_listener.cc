#include "net/peer/peer_listener.h"

#include <utility>

#include "net/http/server/http_socket.h"

namespace frontrow {
namespace {

constexpr std::int64_t kPauseMs = 100;

}  // namespace

Status PeerListener::listen(const asio::ip::tcp::endpoint& endpoint) {
  const Result<int> listener = open_listener(endpoint);
  if (!listener.ok()) return Error{"links between instances: " + listener.error()};
  port_ = local_port(*listener);
  acceptor_.assign(endpoint.protocol(), *listener);
  accept();
  return {};
}

void PeerListener::accept() {
  acceptor_.async_accept([this, alive = std::weak_ptr(alive_)](const asio::error_code& error,
                                                               asio::ip::tcp::socket socket) {
    if (alive.expired() || !acceptor_.is_open()) return;
    if (error && error != asio::error::connection_aborted) {
      resume_ms_ = now_ms_ + kPauseMs;
      return;
    }
    if (!error) on_accepted_(std::move(socket));
    if (acceptor_.is_open()) accept();
  });
}

void PeerListener::tick(std::int64_t now_ms) {
  now_ms_ = now_ms;
  if (resume_ms_ == 0 || now_ms < resume_ms_ || !acceptor_.is_open()) return;
  resume_ms_ = 0;
  accept();
}

void PeerListener::stop() {
  asio::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace frontrow
