// Addresses of the configuration as socket endpoints and as URLs. Pure functions except
// check_port_is_free(), any thread.
#pragma once

#include <asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {

asio::ip::tcp::endpoint endpoint_of(const ListenAddress& address);

// Binds the port exclusively and releases it. The reactors share their port, so the kernel would
// let a second server share it too, and clients would reach one or the other.
Status check_port_is_free(const asio::ip::tcp::endpoint& endpoint);

// The URL of a reachable address: a wildcard is replaced by the loopback address.
std::string url_of(const ListenAddress& address, std::uint16_t port);

}  // namespace frontrow
