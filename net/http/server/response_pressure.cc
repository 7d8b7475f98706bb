// Slow and stalled readers: deadlines from the last progress, and the bound of a thread's unsent
// responses.
#include <algorithm>

#include "net/http/server/response_sender.h"

#include "net/http/server/connection_table.h"
#include "net/http/server/http_clock.h"
#include "net/http/server/http_handler.h"
#include "net/http/server/http_stats.h"
#include "net/http/server/input_memory.h"
#include "net/http/server/pending_answers.h"

namespace frontrow {
namespace {

// Checks of a blocked connection within stalled_write_ms.
constexpr std::int64_t kLooks = 4;

// Shedding continues to this part of the bound, so that not every response searches the table.
constexpr std::size_t shed_target(std::size_t bound) { return bound - bound / 8; }

}  // namespace

std::int64_t ResponseSender::next_look_ms() const {
  return clock_.now_ms() + std::max<std::int64_t>(1, limits_.stalled_write_ms / kLooks);
}

bool ResponseSender::takes_answers(Connection& c) {
  if (!c.writing.suffices(c.fd, clock_.now_ms(), limits_)) return false;
  c.write_deadline_ms = next_look_ms();
  return true;
}

// Brings unsent responses under their bound: first sends the gathered output of this turn, then
// drops connections, those without progress for the longest first, the largest first among equals.
// A reader that keeps reading is the last to go. This function only marks connections, so respond()
// may call it; flush() closes them. False: no connection was dropped.
bool ResponseSender::shed() {
  for (const ConnectionRef ref : dirty_) {
    Connection* c = table_.find(ref);
    if (c == nullptr || !c->dirty || c->blocked || c->broken) continue;
    if (!push(*c)) drop_output(*c);
  }
  if (!is_full()) return false;
  struct Victim {
    std::int64_t since_ms;
    std::size_t bytes;
    Connection* connection;
  };
  std::vector<Victim> victims;
  table_.visit_all([&](Connection& c) {
    const std::size_t bytes = c.unsent() + c.late_bytes;
    if (c.broken || bytes == 0) return;
    victims.push_back({c.blocked ? c.writing.since_ms() : clock_.now_ms(), bytes, &c});
  });
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

void ResponseSender::drop_output(Connection& c) {
  c.out.clear(output_);
  answers_.visit_from(c.oldest, [this](PendingAnswer& answer) { answer.late.clear(output_); });
  c.late_bytes = 0;
  c.reading = Connection::Reading::kEnded;
  close_at_flush(c);
}

void ResponseSender::measure_progress() {
  if (output_.bytes() <= limits_.output_bytes_per_thread / 2) return;
  table_.visit_all([this](Connection& c) {
    if (c.blocked) c.writing.measure(c.fd, clock_.now_ms());
  });
}

}  // namespace frontrow
