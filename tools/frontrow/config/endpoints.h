// Addresses of the configuration as endpoints of sockets and as URLs. Pure functions but for
// check_port_is_free, any thread.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {

asio::ip::tcp::endpoint endpoint_of(const ListenAddress& address);

// The reactors share their port, so the kernel would let a second server share it too, and clients
// would reach one or the other. An exclusive bind, given back at once, tells.
Status check_port_is_free(const asio::ip::tcp::endpoint& endpoint);

// Of an address that can be connected to: a wildcard stands for the loopback address.
std::string url_of(const ListenAddress& address, std::uint16_t port);

}  // namespace frontrow
