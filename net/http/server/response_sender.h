// Sends the output of all connections of a thread, and ends connections.
//
// flush() sends the gathered output with one call per connection. A blocked connection goes on when
// the kernel has room; its deadline follows its progress (write_progress.h). The memory of all
// unsent output is bounded: beyond the bound connections are shed, those without progress for the
// longest first. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/http/http_limits.h"
#include "net/http/output_queue.h"
#include "net/http/server/http_connection.h"
#include "net/http/server/resume_list.h"

namespace frontrow {

class ConnectionTable;
class HttpClock;
class HttpHandler;
class InputMemory;
class PendingAnswers;
struct HttpStats;

class ResponseSender {
 public:
  // All arguments must outlive the sender.
  ResponseSender(const HttpLimits& limits, HttpHandler& handler, HttpClock& clock,
                 ConnectionTable& table, PendingAnswers& answers, InputMemory& input,
                 OutputMemory& output, ResumeList& resumes, HttpStats& stats)
      : limits_(limits),
        handler_(handler),
        clock_(clock),
        table_(table),
        answers_(answers),
        input_(input),
        output_(output),
        resumes_(resumes),
        stats_(stats) {}
  ResponseSender(const ResponseSender&) = delete;
  ResponseSender& operator=(const ResponseSender&) = delete;

  // The next flush sends the connection's output.
  void mark_dirty(Connection& c) {
    if (c.dirty) return;
    c.dirty = true;
    dirty_.push_back(c.ref());
  }
  // The next flush closes the connection, with any unsent output.
  void close_at_flush(Connection& c) {
    c.broken = true;
    mark_dirty(c);
  }
  // Discards the output; the next flush closes the connection. Until then it neither reads nor
  // writes.
  void drop_output(Connection& c);
  // Sheds connections if the output of all takes too much memory. Only marks connections.
  void bound_output() {
    if (is_full()) shed();
  }

  // Whether too much of the connection is unanswered or unsent to take in another request.
  bool must_pause(const Connection& c) const {
    const std::size_t unsent = c.unsent() + c.late_bytes;
    return c.pending >= limits_.pipelined_requests || unsent > limits_.output_bytes ||
           (unsent != 0 && is_full());
  }
  // Resumes reading if it has paused and need not any longer.
  void resume_later(Connection& c) {
    if (c.reading != Connection::Reading::kPaused || c.resuming || must_pause(c)) return;
    resumes_.add(c);
  }

  void flush();
  // Sends as much as the kernel accepts; may close the connection.
  void send_out(Connection& c);
  // False: the client of a blocked connection takes its responses too slowly. Otherwise sets the
  // time of the next check.
  bool takes_answers(Connection& c);
  // Shedding orders connections by their progress: keeps it fresh while shedding is near.
  void measure_progress();

  // Ends the connection and the requests that await their responses.
  void close(Connection& c);

 private:
  bool is_full() const { return output_.bytes() > limits_.output_bytes_per_thread; }
  void send_dirty();
  bool push(Connection& c);
  void sent_all(Connection& c);
  void linger(Connection& c);
  std::int64_t next_look_ms() const;
  bool shed();

  const HttpLimits& limits_;
  HttpHandler& handler_;
  HttpClock& clock_;
  ConnectionTable& table_;
  PendingAnswers& answers_;
  InputMemory& input_;
  OutputMemory& output_;
  ResumeList& resumes_;
  HttpStats& stats_;
  std::vector<ConnectionRef> dirty_;
};

}  // namespace frontrow
