#include "net/api/export_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "net/http/server/http_server.h"

namespace frontrow {
namespace {

std::size_t rows_of(const ExportPage& page) {
  return page.seats.size() + page.payments.size() + page.tickets.size();
}

// 20261224T193000Z, as a part of a file's name.
std::string file_time(Instant at) {
  std::array<char, kInstantTextSize> text;
  format_instant(at, text.data());
  std::string time(text.data(), text.size());
  time.resize(std::min(time.find('.'), time.size()));
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time + 'Z';
}

std::string disposition(const ExportPage& page, ExportFormat format) {
  return fmt::format("Content-Disposition: attachment; filename=\"concert-{}-{}-{}.{}\"\r\n",
                     page.concert.value, name_of(page.what), file_time(page.at),
                     format == ExportFormat::kCsv ? "csv" : "ndjson");
}

template <class Rows>
bool have_runs(const Rows& rows, std::size_t runs) {
  return std::ranges::all_of(rows, [runs](const auto& row) { return row.run < runs; });
}

// Whether the page is the one that was asked for; only a faulty peer sends another one.
bool fits(const ExportPage& page, const ReadExport& read) {
  return page.concert == read.concert && page.what == read.what && page.moment != 0 &&
         (read.moment == 0 || page.moment == read.moment) &&
         (page.next == 0 || page.next > read.offset) && have_runs(page.seats, page.runs.size()) &&
         have_runs(page.tickets, page.runs.size());
}

}  // namespace

void ExportStreams::begin(OpenRequest& request, ExportPage&& page) {
  const ExportFormat format = request.export_format;
  const std::string extra = disposition(page, format);
  const ResponseHead head{.content_type = format == ExportFormat::kCsv
                                              ? "text/csv; charset=utf-8; header=present"
                                              : "application/x-ndjson",
                          .extra = extra};
  if (responder_.begin_stream(request, head)) {
    Stream& stream = streams_.take();
    stream.ref = request.ref;
    stream.caller = request.command.caller;
    stream.format = format;
    stream.read = std::get<ReadExport>(request.command.body);
    stream.row = 0;
    stream.awaited = Awaited::kNothing;
    stream.asked_at = engine_.clock().now();
    stream.retry_at = {};
    stream.failing_since = {};
    const bool is_right = fits(page, stream.read);
    stream.read.moment = page.moment;
    stream.page = std::move(page);
    text_.clear();
    append_export_head(text_, format, columns_of(stream.read.what));
    if (!is_right) {
      abort(stream);
    } else if (!text_.empty() && !responder_.server().write_stream(stream.ref, text_)) {
      release(stream);
    }
  }
  pool_.close(request);
}

void ExportStreams::close(RequestRef ref) {
  for (Stream& stream : streams_) {
    if (stream.in_use() && stream.ref == ref) return release(stream);
  }
}

void ExportStreams::release(Stream& stream) {
  stream.page = {};
  stream.labelled = {};
  stream.labels = {};
  streams_.release(stream);
}

void ExportStreams::abort(Stream& stream) {
  responder_.server().abort_stream(stream.ref);
  release(stream);
}

// Whether the client has taken the text so far. False as well once the connection is broken:
// close() follows.
bool ExportStreams::is_drained(const Stream& stream) {
  const auto backlog = responder_.server().stream_backlog(stream.ref);
  return backlog && *backlog <= kBacklogMax;
}

void ExportStreams::tick() {
  if (streams_.in_use_count() == 0) return;
  const Instant now = engine_.clock().now();
  for (std::uint32_t place = 0; place < streams_.size(); ++place) {
    if (streams_[place].in_use()) step(streams_[place], now);
  }
}

bool ExportStreams::has_work() {
  if (streams_.in_use_count() == 0) return false;
  const Instant now = engine_.clock().now();
  return std::ranges::any_of(streams_, [&](const Stream& stream) {
    return stream.in_use() && stream.awaited == Awaited::kNothing && now >= stream.retry_at &&
           is_drained(stream);
  });
}

// One command or one piece of text for each turn, as the thread has other clients. A command's
// reply may come before ask() returns.
void ExportStreams::step(Stream& stream, Instant now) {
  if (stream.awaited != Awaited::kNothing || now < stream.retry_at) return;
  if (!is_drained(stream)) {
    if (stream.page.next == 0 || now - stream.asked_at < kRenewEvery) return;
    ReadExport renewal = stream.read;
    renewal.limit = 0;
    return ask(stream, Awaited::kRenewal, renewal, now);
  }
  if (stream.row < rows_of(stream.page)) return write(stream, now);
  if (stream.page.next != 0) {
    ReadExport next = stream.read;
    next.offset = stream.page.next;
    return ask(stream, Awaited::kPage, next, now);
  }
  responder_.server().end_stream(stream.ref);
  release(stream);
}

void ExportStreams::ask(Stream& stream, Awaited awaited, CommandBody body, Instant now) {
  stream.awaited = awaited;
  stream.asked_at = now;
  OpenRequest& request = pool_.open(Route::kExport, stream.ref);
  request.stream = stream.index() + 1;
  const Command command{stream.caller, {}, std::move(body)};
  pool_.submit(request, command);
}

void ExportStreams::write(Stream& stream, Instant now) {
  text_.clear();
  PlanId missing;
  while (stream.row < rows_of(stream.page) && text_.size() < kPieceBytes) {
    if (!append_row(stream, missing)) break;
    ++stream.row;
  }
  if (!text_.empty() && !responder_.server().write_stream(stream.ref, text_))
    return release(stream);
  if (missing) ask(stream, Awaited::kPlan, ReadPlan{missing}, now);
}

// False: it needs the labels of a plan first.
bool ExportStreams::append_row(Stream& stream, PlanId& missing) {
  const ExportPage& page = stream.page;
  const auto has_labels = [&](const ExportedRun& run) {
    if (run.plan && run.plan != stream.labelled) missing = run.plan;
    return !missing;
  };
  static const SeatLabels kUnlabelled;
  const auto label = [&](const ExportedRun& run, SeatNumber seat) -> const SeatLabel& {
    return label_of(run.plan ? stream.labels : kUnlabelled, seat);
  };
  if (!page.payments.empty()) {
    append_exported(text_, stream.format, page.concert, page.currency, page.payments[stream.row]);
    return true;
  }
  if (!page.seats.empty()) {
    const ExportedSeat& seat = page.seats[stream.row];
    const ExportedRun& run = page.runs[seat.run];
    if (!has_labels(run)) return false;
    append_exported(text_, stream.format, page.concert, run, label(run, seat.seat), seat);
    return true;
  }
  const ExportedTicket& ticket = page.tickets[stream.row];
  const ExportedRun& run = page.runs[ticket.run];
  if (!has_labels(run)) return false;
  append_exported(text_, stream.format, page.concert, run, label(run, ticket.seat), ticket);
  return true;
}

void ExportStreams::on_reply(OpenRequest& request, Reply&& reply) {
  Stream& stream = streams_[request.stream - 1];
  const bool is_open = stream.in_use() && stream.ref == request.ref;
  pool_.close(request);
  if (!is_open) return;
  const Awaited awaited = std::exchange(stream.awaited, Awaited::kNothing);
  const Instant now = engine_.clock().now();
  if (reply.reject != Reject::kNone) {
    // A read whose outcome is unknown can be sent again.
    const bool may_pass = is_transient(reply.reject) || reply.reject == Reject::kOutcomeUnknown;
    return may_pass ? retry(stream, now) : abort(stream);
  }
  stream.failing_since = {};
  if (awaited == Awaited::kPlan) {
    const auto* plan = std::get_if<PlanView>(&reply.body);
    if (plan == nullptr) return abort(stream);
    stream.labelled = plan->plan;
    stream.labels = labels_of_plan(*plan->document);
    return;
  }
  auto* page = std::get_if<ExportPage>(&reply.body);
  ReadExport expected = stream.read;
  if (awaited == Awaited::kPage) expected.offset = stream.page.next;
  if (page == nullptr || !fits(*page, expected)) return abort(stream);
  if (awaited == Awaited::kRenewal) return;
  stream.read = expected;
  stream.page = std::move(*page);
  stream.row = 0;
}

void ExportStreams::retry(Stream& stream, Instant now) {
  if (!stream.failing_since.is_set()) stream.failing_since = now;
  if (now - stream.failing_since >= kRetryFor) return abort(stream);
  stream.retry_at = now + kRetryEvery;
}

}  // namespace frontrow
