#include "net/peer/peer_dialer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

void PeerDialer::set_addresses(const PeerEndpoints& addresses) {
  if (addresses == addresses_) return;
  const auto same = std::ranges::find(addresses, dialed_);
  current_ = same == addresses.end() ? 0 : static_cast<std::size_t>(same - addresses.begin());
  addresses_ = addresses;
  failures_.clear();
}

std::int64_t PeerDialer::tick(std::int64_t now_ms) {
  now_ms_ = now_ms;
  if (state_ == State::kWaiting && addresses_.empty()) return kIdleTickMs;
  if (state_ == State::kWaiting && now_ms >= due_ms_) connect(now_ms);
  if (state_ == State::kConnecting && now_ms >= due_ms_) {
    attempt_.reset();
    fail("no connection within " + std::to_string(limits_.connect_ms) + " ms");
  }
  if (state_ == State::kLinked || state_ == State::kStopped) return kIdleTickMs;
  return std::max<std::int64_t>(due_ms_ - now_ms, 1);
}

void PeerDialer::connect(std::int64_t now_ms) {
  state_ = State::kConnecting;
  due_ms_ = now_ms + limits_.connect_ms;
  attempt_ = std::make_shared<asio::ip::tcp::socket>(io_);
  dialed_ = addresses_[current_];
  attempt_->async_connect(dialed_,
                          [this, weak = std::weak_ptr(attempt_)](const asio::error_code& error) {
                            // The attempt was given up meanwhile, and the dialer may be gone.
                            const auto socket = weak.lock();
                            if (!socket || socket != attempt_) return;
                            if (error) {
                              attempt_.reset();
                              return fail(error.message());
                            }
                            state_ = State::kLinked;
                            failures_.clear();
                            attempt_.reset();
                            on_connected_(std::move(*socket));
                          });
}

// The addresses that are left have their turn without a pause.
void PeerDialer::fail(const std::string& why) {
  const bool has_others = addresses_.size() > 1;
  failures_.push_back(has_others ? text_of(dialed_) + ": " + why : why);
  try_next();
  if (failures_.size() < addresses_.size()) {
    state_ = State::kWaiting;
    due_ms_ = now_ms_;
    return;
  }
  wait(now_ms_);
  on_failure_(fmt::format("{}", fmt::join(std::exchange(failures_, {}), "; ")));
}

// Nothing to do if the address that was dialed has left.
void PeerDialer::try_next() {
  if (current_ < addresses_.size() && addresses_[current_] == dialed_)
    current_ = (current_ + 1) % addresses_.size();
}

void PeerDialer::wait(std::int64_t now_ms) {
  state_ = State::kWaiting;
  due_ms_ = now_ms + backoff_.next_ms(random_);
}

void PeerDialer::link_ended(std::int64_t lived_ms, std::int64_t now_ms) {
  if (state_ != State::kLinked) return;
  if (lived_ms >= limits_.steady_ms) backoff_.reset();
  // Not an instance's, or one that refuses this one.
  if (lived_ms == 0) try_next();
  wait(now_ms);
}

void PeerDialer::stop() {
  state_ = State::kStopped;
  attempt_.reset();
}

}  // namespace frontrow
