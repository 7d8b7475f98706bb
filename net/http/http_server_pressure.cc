// Slow and stalled readers: deadlines from the last progress, the bound of a thread's unsent
// responses, and memory given back after a peak.
#include <algorithm>

#include <linux/sockios.h>
#include <malloc.h>
#include <sys/ioctl.h>

#include "net/http/http_server.h"

namespace frontrow {
namespace {

// The window of a reader's rate, as a multiple of the deadline of a stalled reader.
constexpr std::int64_t kRateWindows = 3;
// Checks of a blocked connection within stalled_write_ms.
constexpr std::int64_t kLooks = 4;

// Shedding continues to this part of the bound, so that not every response searches the table.
constexpr std::size_t shed_target(std::size_t bound) { return bound - bound / 8; }

constexpr std::size_t kPeakBytesMin = 16 * 1024 * 1024;
constexpr std::int64_t kGiveBackEveryMs = 5'000;

// Bytes given to the kernel that the other side has not acknowledged.
std::uint64_t unacknowledged_bytes(int fd) {
  int bytes = 0;
  return ::ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

// Counts acknowledged bytes, because the kernel's buffer can hold minutes of a slow reader's
// output.
void look_at_progress(Connection& c, std::int64_t now_ms) {
  WriteProgress& w = c.writing;
  const std::uint64_t on_the_way = unacknowledged_bytes(c.fd);
  const std::uint64_t acknowledged = w.given - std::min(w.given, on_the_way);
  if (acknowledged == w.acknowledged) return;
  w.acknowledged = acknowledged;
  w.since_ms = now_ms;
}

}  // namespace

void HttpServer::begin_blocked(Connection& c) {
  c.blocked = true;
  look_at_progress(c, now_ms_);
  WriteProgress& w = c.writing;
  w.since_ms = w.window_since_ms = now_ms_;
  w.window_bytes = w.acknowledged;
  c.write_deadline_ms = now_ms_ + std::max<std::int64_t>(1, limits_.stalled_write_ms / kLooks);
}

// False: a blocked connection has acknowledged no bytes for stalled_write_ms, or less than the
// lowest rate over the window. Otherwise sets the time of the next check.
bool HttpServer::takes_answers(Connection& c) {
  look_at_progress(c, now_ms_);
  WriteProgress& w = c.writing;
  if (now_ms_ - w.since_ms >= limits_.stalled_write_ms) return false;
  const std::int64_t window_ms = now_ms_ - w.window_since_ms;
  if (window_ms >= kRateWindows * limits_.stalled_write_ms) {
    const std::uint64_t taken = w.acknowledged - w.window_bytes;
    if (taken * 1000 < limits_.write_rate_min * static_cast<std::uint64_t>(window_ms)) return false;
    w.window_bytes = w.acknowledged;
    w.window_since_ms = now_ms_;
  }
  c.write_deadline_ms = now_ms_ + std::max<std::int64_t>(1, limits_.stalled_write_ms / kLooks);
  return true;
}

// Brings unsent responses under their bound: first sends the gathered output of this turn, then
// drops connections, those without progress for the longest first, the largest first among equals.
// A reader that keeps reading is the last to go. This function only marks connections, so respond()
// may call it; flush() closes them. False: no connection was dropped.
bool HttpServer::shed_output() {
  for (const Listed& listed : dirty_) {
    Connection* c = find(listed.index, listed.generation);
    if (c == nullptr || !c->dirty || c->blocked || c->broken) continue;
    if (!push(*c)) drop_output(*c);
  }
  if (!is_output_full()) return false;
  struct Victim {
    std::int64_t since_ms;
    std::size_t bytes;
    Connection* connection;
  };
  std::vector<Victim> victims;
  for (Connection& c : connections_) {
    const std::size_t bytes = c.unsent() + c.late_bytes;
    if (!c.is_open() || c.broken || bytes == 0) continue;
    victims.push_back({c.blocked ? c.writing.since_ms : now_ms_, bytes, &c});
  }
  std::sort(victims.begin(), victims.end(), [](const Victim& a, const Victim& b) {
    return a.since_ms != b.since_ms ? a.since_ms < b.since_ms : a.bytes > b.bytes;
  });
  bool any = false;
  for (const Victim& victim : victims) {
    if (output_.bytes() <= shed_target(limits_.output_bytes_per_thread)) break;
    drop_output(*victim.connection);
    ++stats_.shed;
    any = true;
  }
  return any;
}

// The next flush closes the connection; until then it neither reads nor writes.
void HttpServer::drop_output(Connection& c) {
  c.out.clear(output_);
  for (std::uint32_t at = c.oldest; at != kNoIndex; at = answers_[at].next) {
    answers_[at].late.clear(output_);
  }
  c.late_bytes = 0;
  c.broken = true;
  c.reading = Connection::Reading::kEnded;
  mark_dirty(c);
}

// Called at every sweep. The allocator keeps freed memory; after a peak this function returns it to
// the system.
void HttpServer::relieve_memory() {
  // Shedding orders connections by their progress, so progress is kept fresh while shedding is
  // near.
  if (output_.bytes() > limits_.output_bytes_per_thread / 2) {
    for (Connection& c : connections_) {
      if (c.is_open() && c.blocked) look_at_progress(c, now_ms_);
    }
  }
  const std::size_t held = input_bytes_ + output_.bytes();
  if (memory_peak_ < kPeakBytesMin || held > memory_peak_ / 2) return;
  if (now_ms_ - memory_given_back_ms_ < kGiveBackEveryMs) return;
  memory_given_back_ms_ = now_ms_;
  memory_peak_ = held;
  buffers_.shrink();
  ::malloc_trim(0);
}

}  // namespace frontrow
