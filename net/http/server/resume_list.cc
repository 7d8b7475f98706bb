#include "net/http/server/resume_list.h"

#include <asio/post.hpp>

namespace frontrow {

void ResumeList::add(Connection& c) {
  c.resuming = true;
  waiting_.push_back(c.ref());
  post();
}

void ResumeList::add_to_next_turn(Connection& c) {
  c.resuming = true;
  next_turn_.push_back(c.ref());
}

void ResumeList::end_turn() {
  ++turn_;
  if (next_turn_.empty()) return;
  waiting_.insert(waiting_.end(), next_turn_.begin(), next_turn_.end());
  next_turn_.clear();
  post();
}

void ResumeList::post() {
  if (is_posted_) return;
  is_posted_ = true;
  asio::post(io_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    is_posted_ = false;
    resume_();
  });
}

}  // namespace frontrow
