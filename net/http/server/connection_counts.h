// The numbers of open connections and their caps: of each kind over all threads, of each client
// address, and the refused connections of one thread that still linger. One object per thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "net/http/cors.h"
#include "net/http/http_limits.h"
#include "net/http/server/address_counts.h"
#include "net/http/server/http_connection.h"
#include "net/http/server/http_stats.h"
#include "net/http/server/trusted_proxies.h"

namespace frontrow {

// State that the servers of one process share.
struct HttpShared {
  // Set before the first server is built.
  CorsPolicy cors;
  TrustedProxies proxies;
  bool proxies_send_headers = false;  // proxy_header.h
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> reserved{0};
  std::atomic<std::uint32_t> ops_connections{0};
  AddressCounts addresses;
};

class ConnectionCounts {
 public:
  using Kind = Connection::Kind;

  ConnectionCounts(const HttpLimits& limits, HttpShared& shared, HttpStats& stats)
      : limits_(limits), shared_(shared), stats_(stats) {}

  const TrustedProxies& proxies() const { return shared_.proxies; }
  bool proxies_send_headers() const { return shared_.proxies_send_headers; }
  // False, without counting, if the cap of the kind is reached. Refused ones have no cap here.
  [[nodiscard]] bool add(Kind kind);
  void remove(Kind kind);

  // False, without counting, if the address has too many connections already. 0: not counted.
  [[nodiscard]] bool add_address(std::uint64_t address);
  void remove_address(std::uint64_t address);

  // Whether the refused connections are few enough to be told of it.
  bool may_tell_refused() const { return refused_ <= limits_.refusals; }

 private:
  const HttpLimits& limits_;
  HttpShared& shared_;
  HttpStats& stats_;
  std::uint32_t refused_ = 0;
};

}  // namespace frontrow
