// Exports of one thread: the rows of one moment of a concert, as CSV or NDJSON in chunks.
//
// The first page comes from the concert's slot before the response begins, so that a rejection is a
// problem like any other. A stream asks for its next page only when the client has taken the text
// so far: a slow client occupies one page and a few kilobytes, however large the concert is. While
// it waits for its client, it tells the slot to keep the moment.
//
// An export that can't go on, because its moment is gone (a restart, a takeover, two newer exports)
// or the slot can't be reached for long, ends its connection without the last chunk: the client
// sees a broken transfer, and never a file that is silently too short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/base/slab.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "engine/runtime/shard/engine.h"
#include "net/api/request_pool.h"
#include "net/api/responder.h"
#include "net/export/concert_tables.h"

namespace frontrow {

class ExportStreams {
 public:
  // Text of one write, and the unsent text above which a stream waits for its client. Together with
  // a row they are below the smallest http.output_bytes.
  static constexpr std::size_t kPieceBytes = 8 * 1024;
  static constexpr std::size_t kBacklogMax = 2 * 1024;
  // How often a waiting stream tells the slot to keep its moment.
  static constexpr Duration kRenewEvery = seconds(20);
  static_assert(2 * kRenewEvery.ms < kExportKeptFor.ms);
  // A page that is refused for a moment is asked for again, for so long.
  static constexpr Duration kRetryEvery = milliseconds(100);
  static constexpr Duration kRetryFor = seconds(10);

  // All arguments must outlive it.
  ExportStreams(RequestPool& pool, Responder& responder, const Engine& engine)
      : pool_(pool), responder_(responder), engine_(engine) {}

  // Begins the response to an open request with the first page, and closes the request.
  void begin(OpenRequest& request, ExportPage&& page);
  // Takes a step of each stream that can go on. To be called every turn.
  void tick();
  // True: another tick() has work at once.
  bool has_work();
  // The reply to a command of a stream: request.stream is set. Closes the request.
  void on_reply(OpenRequest& request, Reply&& reply);
  // The client has gone.
  void close(RequestRef ref);

  std::size_t size() const { return streams_.in_use_count(); }

 private:
  enum class Awaited : std::uint8_t { kNothing, kPage, kPlan, kRenewal };

  struct Stream : SlabPlace {
    RequestRef ref;
    Caller caller;
    ExportFormat format = ExportFormat::kCsv;
    ReadExport read;  // that gave the page
    ExportPage page;
    std::size_t row = 0;  // the next one of the page
    PlanId labelled;      // the plan of `labels`
    SeatLabels labels;
    Awaited awaited = Awaited::kNothing;
    Instant asked_at;
    Instant retry_at;
    Instant failing_since;  // not set: the last command succeeded
  };

  bool is_drained(const Stream& stream);
  void step(Stream& stream, Instant now);
  void ask(Stream& stream, Awaited awaited, CommandBody body, Instant now);
  void write(Stream& stream, Instant now);
  bool append_row(Stream& stream, PlanId& missing);
  void retry(Stream& stream, Instant now);
  void abort(Stream& stream);
  void release(Stream& stream);

  RequestPool& pool_;
  Responder& responder_;
  const Engine& engine_;
  Slab<Stream> streams_;
  std::string text_;
};

}  // namespace frontrow
