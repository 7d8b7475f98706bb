// Makes the samples of the history: reads the newest concerts of the whole cluster every five
// seconds, 50 in a turn, so that other requests are served in between. One thread of a process has
// one.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "net/api/history.h"
#include "net/api/operator_views.h"
#include "net/api/request_pool.h"

namespace frontrow {

class HistoryRecorder {
 public:
  // The newest by id. So many reads take about a millisecond of the engine.
  static constexpr std::size_t kConcertsReadMax = 500;

  // All arguments must outlive it.
  HistoryRecorder(RequestPool& pool, const OperatorViews& operator_views, History& history)
      : pool_(pool), operator_views_(operator_views), history_(history) {}

  // Begins the next sample when it is due, or goes on with one.
  void tick(Instant now);
  // No further samples.
  void stop();
  // Takes the reply if it is for a sample.
  bool take(OpenRequest& request, const Reply& reply);

 private:
  static constexpr std::size_t kReadsATurn = 50;

  // A sample that lacks replies for so long is given up.
  static constexpr Duration kPatience = seconds(30);

  void end_sample();

  RequestPool& pool_;
  const OperatorViews& operator_views_;
  History& history_;
  Instant due_;                  // kNever: stopped
  Instant now_;                  // of the sample under way
  OpenRequest* open_ = nullptr;  // the sample under way
  std::vector<ConcertId> ids_;   // as of the newest list
  std::size_t submitted_ = 0;    // of ids_
  std::size_t awaited_ = 0;
  std::vector<ConcertSums> sums_;
};

}  // namespace frontrow
