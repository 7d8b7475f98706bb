// State and settings that the threads of one process share.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "net/api/api_decode.h"

namespace frontrow {

enum class ServiceState : std::uint8_t { kRecovering, kReady, kDraining, kFailed };

constexpr std::string_view name_of(ServiceState state) {
  constexpr std::string_view kNames[] = {"recovering", "ready", "draining", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

struct ServiceSettings {
  SaleDefaults defaults;
  std::int64_t token_ttl_s = 168 * 3600;
  bool fans_may_charge = false;  // their own wallets
  bool metrics_need_key = false;
  bool ops_are_apart = false;    // a listener of its own serves metrics and operators
  bool is_behind_proxy = false;  // every connection is a proxy's, without a header that says so
  std::int64_t proxied_stream_s = 20;
  std::size_t view_cache_bytes = 64 * 1024 * 1024;  // of one thread (net/api/view_cache.h)
};

class Service {
 public:
  ServiceState state() const { return state_.load(std::memory_order_acquire); }
  void set_state(ServiceState state) { state_.store(state, std::memory_order_release); }
  // kFailed is final.
  void fail() { set_state(ServiceState::kFailed); }

 private:
  std::atomic<ServiceState> state_{ServiceState::kRecovering};
};

}  // namespace frontrow
