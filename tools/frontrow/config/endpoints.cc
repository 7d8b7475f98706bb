#include "tools/frontrow/config/endpoints.h"

#include <fmt/format.h>
#include <asio/io_context.hpp>

namespace frontrow {

asio::ip::tcp::endpoint endpoint_of(const ListenAddress& address) {
  return {asio::ip::make_address(address.host), address.port};
}

Status check_port_is_free(const asio::ip::tcp::endpoint& endpoint) {
  asio::io_context io;
  asio::ip::tcp::acceptor probe(io);
  asio::error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (!error) probe.listen(1, error);
  if (error)
    return Error{fmt::format("listen {}:{}: {}", endpoint.address().to_string(), endpoint.port(),
                             error.message())};
  return {};
}

std::string url_of(const ListenAddress& address, std::uint16_t port) {
  std::string host = address.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("http://{}:{}", host, port);
}

}  // namespace frontrow
