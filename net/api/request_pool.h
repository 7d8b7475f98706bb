// Requests of one thread that wait for the engine, with the data for their responses. Places are
// reused; the generation tells a late reply to an earlier request from a reply to the current one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "net/api/api_routes.h"
#include "net/api/operator_views.h"
#include "net/http/http_message.h"

namespace frontrow {

// A request that needs many replies.
struct Gather {
  std::size_t awaited = 0;
  std::vector<ConcertView> concerts;
  std::vector<PaymentView> payments;
  bool more = false;

  // For lists of all concerts, which are requested and rendered in steps.
  std::vector<ConcertId> ids;
  std::size_t asked = 0;  // of `ids`
  std::unique_ptr<MetricsScrape> scrape;
  std::vector<std::uint32_t> order;  // of `concerts`, by id
  std::size_t rendered = 0;          // of `order`
  std::string text;
};

// The response to most requests needs only the first cache line.
struct alignas(64) OpenRequest {
  RequestRef ref;
  Route route = Route::kNone;
  bool in_use = false;
  bool checked = false;  // the token was accepted; `command` is under way
  bool is_proxied = false;
  bool has_if_match = false;
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  std::uint32_t stream = 0;  // place + 1 of the event stream that polls; 0: no stream
  std::chrono::steady_clock::time_point since;
  std::unique_ptr<Gather> gather;
  bool gzip = false;  // accepted by the client; for kReadSeats and kReadConcert, as the next
  std::string if_none_match;
  std::string if_match;  // for reads whose response has an ETag
  Command command;       // submitted once the token is accepted
};

class RequestPool {
 public:
  OpenRequest& open(Route route, RequestRef ref) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(places_.size()));
      places_.emplace_back().index = free_.back();
    }
    OpenRequest& request = places_[free_.back()];
    free_.pop_back();
    request.ref = ref;
    request.route = route;
    request.in_use = true;
    request.checked = false;
    request.is_proxied = false;
    request.has_if_match = false;
    request.stream = 0;
    return request;
  }
  OpenRequest* find(std::uint32_t index, std::uint32_t generation) {
    if (index >= places_.size()) return nullptr;
    OpenRequest& request = places_[index];
    return request.in_use && request.generation == generation ? &request : nullptr;
  }
  void close(OpenRequest& request) {
    request.in_use = false;
    ++request.generation;
    request.gather.reset();
    free_.push_back(request.index);
  }
  std::size_t open_count() const { return places_.size() - free_.size(); }

 private:
  std::deque<OpenRequest> places_;  // stable addresses
  std::vector<std::uint32_t> free_;
};

}  // namespace frontrow
