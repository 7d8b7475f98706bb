#include "net/peer/peer_dialer.h"

#include <algorithm>
#include <utility>

namespace frontrow {
namespace {

constexpr std::int64_t kIdleTickMs = 60'000;

}  // namespace

PeerDialer::PeerDialer(asio::io_context& io, const PeerDialLimits& limits, Prng& random,
                       OnConnected on_connected, OnFailure on_failure)
    : io_(io),
      limits_(limits),
      random_(random),
      on_connected_(std::move(on_connected)),
      on_failure_(std::move(on_failure)),
      backoff_(limits) {}

PeerDialer::~PeerDialer() { stop(); }

std::int64_t PeerDialer::tick(std::int64_t now_ms) {
  now_ms_ = now_ms;
  if (state_ == State::kWaiting && !address_) return kIdleTickMs;
  if (state_ == State::kWaiting && now_ms >= due_ms_) connect(now_ms);
  if (state_ == State::kConnecting && now_ms >= due_ms_) {
    attempt_.reset();
    wait(now_ms);
    on_failure_("no connection within " + std::to_string(limits_.connect_ms) + " ms");
  }
  if (state_ == State::kLinked || state_ == State::kStopped) return kIdleTickMs;
  return std::max<std::int64_t>(due_ms_ - now_ms, 1);
}

void PeerDialer::connect(std::int64_t now_ms) {
  state_ = State::kConnecting;
  due_ms_ = now_ms + limits_.connect_ms;
  attempt_ = std::make_shared<asio::ip::tcp::socket>(io_);
  attempt_->async_connect(*address_,
                          [this, weak = std::weak_ptr(attempt_)](const asio::error_code& error) {
                            // The attempt was given up meanwhile, and the dialer may be gone.
                            const auto socket = weak.lock();
                            if (!socket || socket != attempt_) return;
                            if (error) {
                              attempt_.reset();
                              wait(now_ms_);
                              return on_failure_(error.message());
                            }
                            state_ = State::kLinked;
                            attempt_.reset();
                            on_connected_(std::move(*socket));
                          });
}

void PeerDialer::wait(std::int64_t now_ms) {
  state_ = State::kWaiting;
  due_ms_ = now_ms + backoff_.next_ms(random_);
}

void PeerDialer::link_ended(std::int64_t lived_ms, std::int64_t now_ms) {
  if (state_ != State::kLinked) return;
  if (lived_ms >= limits_.steady_ms) backoff_.reset();
  wait(now_ms);
}

void PeerDialer::stop() {
  state_ = State::kStopped;
  attempt_.reset();
}

}  // namespace frontrow
