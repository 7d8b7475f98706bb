// Where the server listens: the public address and the operators' own.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <asio/ip/tcp.hpp>

#include "tools/config_values.h"
#include "tools/server.h"

namespace frontrow {
namespace {

asio::ip::tcp::endpoint endpoint_of(const ListenAddress& address) {
  return {asio::ip::make_address(address.host), address.port};
}

// The reactors share their port, so the kernel would let a second server share it too: fans would
// reach one or the other. An exclusive bind tells.
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

// A wildcard address is no address to connect to.
std::string url_of(const ListenAddress& address, std::uint16_t port) {
  std::string host = address.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("http://{}:{}", host, port);
}

}  // namespace

// Port 0 takes a free one.
Status Server::listen_on(const std::string& text, Audience audience, std::string& url) {
  const auto address = parse_listen_address(text);
  if (!address.ok()) return Error{address.error()};
  auto endpoint = endpoint_of(*address);
  if (Status s = check_port_is_free(endpoint); !s.ok()) return s;
  for (const auto& reactor : reactors_) {
    if (Status s = reactor->listen(endpoint, audience); !s.ok()) return s;
    if (endpoint.port() == 0) endpoint.port(reactor->port(audience));
  }
  url = url_of(*address, endpoint.port());
  return {};
}

Status Server::listen() {
  shared_.reset(new ReactorShared{
      settings_, service_, *engine_, *key_ring_, metrics_, config_.http, {}, peers_.get()});
  for (std::size_t i = 0; i < engine_->worker_count(); ++i) {
    reactors_.push_back(std::make_unique<Reactor>(*shared_, engine_->worker(i)));
  }
  for (std::size_t a = 0; a < config_.listen.size(); ++a) {
    const auto address = parse_listen_address(config_.listen[a]);
    if (address.ok() && address->port == 0 && a > 0)
      return Error{"listen: only the first address may leave its port to the system"};
    std::string url;
    if (Status s = listen_on(config_.listen[a], Audience::kPublic, url); !s.ok()) return s;
    if (a == 0) base_url_ = url;
    spdlog::info("listening on {}", url);
  }
  if (!config_.ops.listen.empty()) {
    if (Status s = listen_on(config_.ops.listen, Audience::kOperators, ops_url_); !s.ok()) return s;
    spdlog::info("operators, metrics and health at {}", ops_url_);
  }
  metrics_.engine = engine_.get();
  metrics_.keys = key_ring_.get();
  metrics_.rehearsal = &rehearsal_->stats();
  metrics_.concerts_max = config_.metrics.concerts_max;
  metrics_.journal_space = [this] { return journal_->space(); };
  metrics_.memory = [this] { return memory_->use(); };
  for (const auto& reactor : reactors_) {
    metrics_.edges.push_back(&reactor->stats());
    if (peers_ != nullptr) metrics_.links.push_back(&reactor->links());
  }
  return {};
}

}  // namespace frontrow
