// The steps of a change of a concert that has new dates or postpones some:
//
//   1. the concert's slot tells the time zone, by which the dates are placed in time
//   2. the directory expands the plans of new dates, if they have any
//   3. the complete change goes to the concert's slot, which makes all of it or nothing
//
// Time zones and plans never change, so the steps need no lock. Thread: that of its API.
#pragma once

#include "net/api/command_reader.h"
#include "net/api/request_pool.h"

namespace frontrow {

class ChangeSteps {
 public:
  // All arguments must outlive it.
  ChangeSteps(RequestPool& pool, CommandReader& reader) : pool_(pool), reader_(reader) {}

  static bool needs_steps(const Command& command);
  // Takes the first step of the request's command. REQUIRES: needs_steps(request.command).
  void begin(OpenRequest& request);
  // Takes the reply to a step. False: it is a rejection, which is the response.
  bool take(OpenRequest& request, Reply& reply);

 private:
  void finish(OpenRequest& request);

  RequestPool& pool_;
  CommandReader& reader_;
};

}  // namespace frontrow
