#include "net/api/history_recorder.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

namespace frontrow {

void HistoryRecorder::tick(Instant now) {
  if (open_ == nullptr) {
    if (now < due_) return;
    due_ = now + History::kStep;
    now_ = now;
    submitted_ = 0;
    awaited_ = 1;
    open_ = &pool_.open(Route::kReadHistory, {});
    return pool_.submit(*open_, {{}, {}, ListConcerts{}});
  }
  if (awaited_ != 0) {
    if (now > now_ + kPatience) end_sample();
    return;
  }
  if (submitted_ == ids_.size()) {
    history_.add(now_, operator_views_.load(), std::exchange(sums_, {}));
    return end_sample();
  }
  const std::size_t end = std::min(submitted_ + kReadsATurn, ids_.size());
  awaited_ = end - submitted_;
  while (submitted_ < end) pool_.submit(*open_, {{}, {}, ReadConcert{ids_[submitted_++]}});
}

// A list that fails leaves the one before; a concert that fails is left out.
bool HistoryRecorder::take(OpenRequest& request, const Reply& reply) {
  if (&request != open_) return false;
  if (reply.reject == Reject::kNone) {
    if (const auto* list = std::get_if<ConcertIds>(&reply.body)) {
      ids_ = list->concerts;
      std::ranges::sort(ids_, std::greater{});
      ids_.resize(std::min(ids_.size(), kConcertsReadMax));
    }
    if (const auto* concert = std::get_if<ConcertView>(&reply.body)) sums_.emplace_back(*concert);
  }
  --awaited_;
  return true;
}

void HistoryRecorder::stop() {
  due_ = kNever;
  if (open_ != nullptr) end_sample();
}

// Replies that are still on their way find no request.
void HistoryRecorder::end_sample() {
  pool_.close(*std::exchange(open_, nullptr));
  sums_.clear();
}

}  // namespace frontrow
