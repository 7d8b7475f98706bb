// Requests of one thread that wait for the engine, with the data for their responses. A reply finds
// its request by place and generation, so a late reply to a closed request finds none.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/slab.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "net/api/api_routes.h"
#include "net/api/operator_views.h"
#include "net/api/render_seats.h"
#include "net/auth/access_code.h"
#include "net/export/export_rows.h"
#include "net/http/http_message.h"

namespace frontrow {

class Worker;

// A request that needs many replies.
struct Gather {
  std::size_t awaited = 0;
  std::vector<ConcertView> concerts;
  std::vector<PaymentView> payments;
  std::vector<TicketsView> tickets;
  std::vector<ActView> acts;
  bool more = false;

  // For parts that are requested and rendered in steps: of all concerts, of all slots.
  std::size_t part_count = 0;
  std::size_t submitted = 0;   // of the parts
  std::vector<ConcertId> ids;  // of the parts that are concerts
  std::unique_ptr<MetricsScrape> scrape;
  std::vector<std::uint32_t> order;  // of `concerts`, by id
  std::size_t rendered = 0;          // of `order`
  std::string text;
};

// The access codes that a request has drawn: they are nowhere else.
using NewCodes = std::vector<AccessCode>;

// The response to most requests needs only the first cache line.
struct alignas(64) OpenRequest : SlabPlace {
  RequestRef ref;
  Route route = Route::kNone;
  bool checked = false;  // the token was accepted; `command` is under way
  bool is_proxied = false;
  bool has_if_match = false;
  std::uint32_t stream = 0;  // place + 1 of the stream that asks (events, export); 0: none
  std::chrono::steady_clock::time_point since;
  std::unique_ptr<Gather> gather;
  SeatsForm seats_form = SeatsForm::kList;          // for kReadSeats
  ExportFormat export_format = ExportFormat::kCsv;  // for kExport
  bool gzip = false;  // accepted by the client; for kReadSeats and kReadConcert, as the next
  std::string if_none_match;
  std::string if_match;  // for reads whose response has an ETag
  std::unique_ptr<NewCodes> codes;
  Command command;  // submitted once the token is accepted
};

class RequestPool {
 public:
  // worker must outlive it.
  explicit RequestPool(Worker& worker) : worker_(worker) {}

  OpenRequest& open(Route route, RequestRef ref) {
    OpenRequest& request = requests_.take();
    request.ref = ref;
    request.route = route;
    request.checked = false;
    request.is_proxied = false;
    request.has_if_match = false;
    request.seats_form = SeatsForm::kList;
    request.stream = 0;
    return request;
  }
  // Gives the engine a command of the request. The reply may come before the return, and may close
  // the request.
  void submit(const OpenRequest& request, const Command& command);
  // nullptr when the request is closed.
  OpenRequest* find(std::uint32_t index, std::uint32_t generation) {
    return requests_.find(index, generation);
  }
  void close(OpenRequest& request) {
    request.gather.reset();
    request.codes.reset();
    requests_.release(request);
  }
  std::size_t open_count() const { return requests_.in_use_count(); }

 private:
  Worker& worker_;
  Slab<OpenRequest> requests_;
};

}  // namespace frontrow
