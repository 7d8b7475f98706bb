// State and settings that the threads of one process share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

#include "net/api/api_decode.h"
#include "net/api/history.h"
#include "net/api/rate_limits.h"

namespace frontrow {

enum class ServiceState : std::uint8_t { kRecovering, kReady, kDraining, kFailed };

constexpr std::string_view name_of(ServiceState state) {
  constexpr std::string_view kNames[] = {"recovering", "ready", "draining", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

// Requests a second, of a client's address and of a user (net/api/rate_limits.h).
struct LimitSettings {
  RateRules of_address;
  RateRules of_user;
  std::size_t entries = 65'536;  // of each of the two, in one thread
};

struct ServiceSettings {
  LimitSettings limits;
  SaleDefaults defaults;
  std::int64_t token_ttl_s = 168 * 3600;
  std::function<void()> on_unknown_identity_key;  // of the shop; may be empty
  bool answers_preflights = false;                // of some origins (net/http/cors.h)
  bool fans_may_charge = false;                   // their own wallets
  bool metrics_need_key = false;
  bool ops_are_apart = false;    // a listener of its own serves metrics and operators
  bool is_behind_proxy = false;  // every connection is a proxy's, without a header that says so
  std::int64_t proxied_stream_s = 20;
  bool line_is_cached = false;  // by a cache in front: waiting clients follow the line there
  std::size_t view_cache_bytes = 64 * 1024 * 1024;  // of one thread (net/api/view_cache.h)
};

class Service {
 public:
  ServiceState state() const { return state_.load(std::memory_order_acquire); }
  void set_state(ServiceState state) { state_.store(state, std::memory_order_release); }
  // kFailed is final.
  void fail() { set_state(ServiceState::kFailed); }
  History& history() { return history_; }
  const History& history() const { return history_; }

 private:
  std::atomic<ServiceState> state_{ServiceState::kRecovering};
  History history_;
};

}  // namespace frontrow
