// Dials one peer: one bounded attempt at a time, at each of its addresses in turn; an address that
// works is kept. The delay after all of them have failed is drawn from a span that doubles up to a
// bound (full jitter), so that the peers of an instance that returns do not all dial at once.
//
// Thread: that of the io_context. No timers: the owner calls tick().
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "engine/base/prng.h"
#include "net/peer/peer_endpoint.h"

namespace frontrow {

struct PeerDialLimits {
  std::int64_t connect_ms = 1'000;
  std::int64_t backoff_first_ms = 50;
  std::int64_t backoff_max_ms = 2'000;
  std::int64_t steady_ms = 3'000;  // a link that lives this long resets the backoff
};

class PeerBackoff {
 public:
  explicit PeerBackoff(const PeerDialLimits& limits)
      : limits_(limits), span_ms_(limits.backoff_first_ms) {}

  // Draws from 1 to the span, and doubles the span for the next time.
  std::int64_t next_ms(Prng& random) {
    const auto span = static_cast<std::uint64_t>(span_ms_);
    span_ms_ = std::min(span_ms_ * 2, limits_.backoff_max_ms);
    return 1 + static_cast<std::int64_t>(random.below(span));
  }
  void reset() { span_ms_ = limits_.backoff_first_ms; }

 private:
  const PeerDialLimits& limits_;
  std::int64_t span_ms_;
};

class PeerDialer {
 public:
  using OnConnected = std::function<void(asio::ip::tcp::socket&&)>;
  using OnFailure = std::function<void(const std::string&)>;

  // limits and random must outlive the dialer. Dials once it has an address. `on_failure` is called
  // when all addresses have failed, with the reason of each.
  PeerDialer(asio::io_context& io, const PeerDialLimits& limits, Prng& random,
             OnConnected on_connected, OnFailure on_failure);
  ~PeerDialer();
  PeerDialer(const PeerDialer&) = delete;
  PeerDialer& operator=(const PeerDialer&) = delete;

  // For the next attempts; none: the name of the peer is not resolved.
  void set_addresses(const PeerEndpoints& addresses);

  // Returns the milliseconds until the next call is due.
  std::int64_t tick(std::int64_t now_ms);
  // The link of the last connection has ended after lived_ms; the dialer will try a new one.
  void link_ended(std::int64_t lived_ms, std::int64_t now_ms);
  // Ends all attempts.
  void stop();

 private:
  enum class State : std::uint8_t { kWaiting, kConnecting, kLinked, kStopped };
  void connect(std::int64_t now_ms);
  void fail(const std::string& why);
  void try_next();
  void wait(std::int64_t now_ms);

  asio::io_context& io_;
  PeerEndpoints addresses_;
  std::size_t current_ = 0;            // of addresses_: dialed last, or next
  asio::ip::tcp::endpoint dialed_;     // last
  std::vector<std::string> failures_;  // since the last pause
  const PeerDialLimits& limits_;
  Prng& random_;
  OnConnected on_connected_;
  OnFailure on_failure_;
  PeerBackoff backoff_;
  State state_ = State::kWaiting;
  std::int64_t due_ms_ = 0;  // of the next attempt, or timeout of this one
  std::int64_t now_ms_ = 0;  // as of the last call
  // The current attempt; asio calls back about it even after the dialer gave it up.
  std::shared_ptr<asio::ip::tcp::socket> attempt_;
};

}  // namespace frontrow
