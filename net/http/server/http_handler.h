// The interface by which an HTTP server reaches its owner. All calls come on the thread that runs
// the io_context.
#pragma once

#include "net/http/http_message.h"

namespace frontrow {

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Must lead to exactly one respond() or begin_stream() for ref, now or later. request is valid
  // during the call, which must not call flush() or close_idle().
  virtual void handle(const Request& request, RequestRef ref) = 0;
  // The client of an open stream has gone. Called once, and not after end_stream() or a write that
  // failed.
  virtual void stream_closed(RequestRef ref) = 0;
  // Whether the request may use the connections that are kept in reserve.
  virtual bool may_use_reserve(const Request& request) {
    static_cast<void>(request);
    return false;
  }
};

}  // namespace frontrow
