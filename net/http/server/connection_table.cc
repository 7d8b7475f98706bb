#include "net/http/server/connection_table.h"

#include <algorithm>

#include <unistd.h>

#include "net/http/http_limits.h"
#include "net/http/server/connection_counts.h"

namespace frontrow {

using Reading = Connection::Reading;

ConnectionTable::~ConnectionTable() {
  visit_all([this](const Connection& c) {
    ::close(c.fd);
    counts_.remove(c.kind);
    counts_.remove_address(c.address);
  });
}

Connection* ConnectionTable::adopt(int fd) {
  Connection& c = connections_.take();
  if (c.index() == deadlines_ms_.size()) deadlines_ms_.push_back(kNoDeadline);
  constexpr std::uint32_t kInterest = EPOLLIN | EPOLLRDHUP;
  if (!ready_set_.add(fd, kInterest, event_data(c.generation(), c.index()))) {
    connections_.release(c);
    ::close(fd);
    return nullptr;
  }
  c.fd = fd;
  c.interest = kInterest;
  return &c;
}

void ConnectionTable::release(Connection& c) {
  ::close(c.fd);
  counts_.remove(c.kind);
  counts_.remove_address(c.address);
  IdleList::leave(c);
  deadlines_ms_[c.index()] = kNoDeadline;
  c = Connection{};
  connections_.release(c);
}

void ConnectionTable::settle(Connection& c) {
  // A yielding connection keeps its interest, which saves clearing and setting it again.
  const bool reads = (c.reading != Reading::kPaused || c.yielding) &&
                     c.reading != Reading::kEnded && !c.peer_ended;
  std::uint32_t interest = 0;
  if (reads) interest = EPOLLIN | EPOLLRDHUP;
  if (!reads && c.streams != 0 && !c.peer_ended) interest = EPOLLRDHUP;
  if (c.blocked) interest |= EPOLLOUT;
  if (interest != c.interest) {
    c.interest = interest;
    ready_set_.change(c.fd, interest, event_data(c.generation(), c.index()));
  }
  set_deadline(c);
}

void ConnectionTable::set_deadline(Connection& c) {
  if (is_in_reserve(c)) {
    deadlines_ms_[c.index()] = c.read_deadline_ms;
    return;
  }
  const bool is_idle = c.is_idle();
  note_idle(c, is_idle);
  if (c.reading == Reading::kIdle) {
    const std::int64_t idle_ms =
        c.was_used ? limits_.idle_ms : std::min(limits_.first_byte_ms, limits_.idle_ms);
    c.read_deadline_ms = is_idle ? clock_.now_ms() + idle_ms : kNoDeadline;
  } else if (c.reading == Reading::kPaused || c.reading == Reading::kEnded) {
    c.read_deadline_ms = kNoDeadline;
  }
  deadlines_ms_[c.index()] = std::min(c.read_deadline_ms, c.write_deadline_ms);
}

// Maintains the lists of idle connections; other connections are in none.
void ConnectionTable::note_idle(Connection& c, bool is_idle) {
  if (!is_idle) return IdleList::leave(c);
  c.idle_since_ms = clock_.now_ms();
  IdleList& public_list = c.was_used ? used_ : unused_;
  (c.kind == Connection::Kind::kOps ? ops_idle_ : public_list).push_newest(c);
}

}  // namespace frontrow
