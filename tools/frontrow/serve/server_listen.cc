// The server's listeners: the public addresses and the operators' own.
#include <spdlog/spdlog.h>

#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/endpoints.h"
#include "tools/frontrow/serve/server.h"

namespace frontrow {

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
  shared_.reset(new ReactorShared{settings_,
                                  service_,
                                  *engine_,
                                  *key_ring_,
                                  operator_views_,
                                  config_.http,
                                  {.cors = CorsPolicy(config_.cors.origins),
                                   .proxies = TrustedProxies(config_.proxies.trusted),
                                   .proxies_send_headers = config_.proxies.send_headers},
                                  peers_.get()});
  for (std::size_t i = 0; i < engine_->worker_count(); ++i) {
    reactors_.push_back(std::make_unique<Reactor>(*shared_, engine_->worker(i)));
  }
  for (std::size_t a = 0; a < config_.listen.size(); ++a) {
    const auto address = parse_listen_address(config_.listen[a]);
    if (address.ok() && address->port == 0 && a > 0)
      return Error{"listen: only the first address may have port 0"};
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
  metrics_.checkpoints = &checkpointer_->stats();
  metrics_.concerts_max = config_.metrics.concerts_max;
  metrics_.journal_space = [this] { return journal_->space(); };
  metrics_.memory = [this] { return memory_->use(); };
  if (cluster_ != nullptr) metrics_.cluster = [this] { return cluster_->report(); };
  for (const auto& reactor : reactors_) {
    metrics_.edges.push_back(&reactor->stats());
    if (peers_ != nullptr) metrics_.links.push_back(&reactor->links());
  }
  return {};
}

}  // namespace frontrow
