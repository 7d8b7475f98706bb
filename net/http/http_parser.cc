#include "net/http/http_parser.h"

#include "engine/base/check.h"

#if LLHTTP_VERSION_MAJOR < 9 && !LLHTTP_STRICT_MODE
#error "llhttp 8 must be compiled, and included, with LLHTTP_STRICT_MODE=1"
#endif

namespace frontrow {

// llhttp splits a span only where its input is split, and every head is passed whole: the pieces of
// a span are adjacent.
struct HttpParser::Callbacks {
  static HttpParser& self(llhttp_t* llhttp) { return *static_cast<HttpParser*>(llhttp->data); }

  static void extend(std::string_view& view, const char* at, std::size_t size) {
    if (view.data() == nullptr) {
      view = {at, size};
    } else {
      view = {view.data(), static_cast<std::size_t>(at + size - view.data())};
    }
  }
  static int on_url(llhttp_t* llhttp, const char* at, std::size_t size) {
    extend(self(llhttp).framing_.target, at, size);
    return 0;
  }
  static int on_header_field(llhttp_t* llhttp, const char* at, std::size_t size) {
    HttpParser& parser = self(llhttp);
    if (parser.field_value_.data() != nullptr) parser.finish_field();
    extend(parser.field_name_, at, size);
    return 0;
  }
  static int on_header_value(llhttp_t* llhttp, const char* at, std::size_t size) {
    extend(self(llhttp).field_value_, at, size);
    return 0;
  }
  static int on_headers_complete(llhttp_t* llhttp) {
    self(llhttp).finish_field();
    return 0;
  }
  static int on_message_complete(llhttp_t*) { return HPE_PAUSED; }
};

HttpParser::HttpParser(const HttpLimits& limits) : limits_(limits) {
  llhttp_settings_init(&settings_);
  settings_.on_url = Callbacks::on_url;
  settings_.on_header_field = Callbacks::on_header_field;
  settings_.on_header_value = Callbacks::on_header_value;
  settings_.on_headers_complete = Callbacks::on_headers_complete;
  settings_.on_message_complete = Callbacks::on_message_complete;
  llhttp_init(&head_parser_, HTTP_REQUEST, &settings_);
  head_parser_.data = this;
}

bool HttpParser::fail(const ProblemType& type, std::string_view detail) {
  error_ = {&type, detail};
  return false;
}

ParseOutcome HttpParser::parse(std::string_view input, ParseProgress& progress) {
  head_is_fresh_ = false;
  if (progress.phase == ParseProgress::Phase::kHead) {
    if (!scan_head(input, limits_, progress.scan, error_)) return ParseOutcome::kError;
    if (progress.scan.end == 0) return ParseOutcome::kNeedMore;
    const HeadScan& scan = progress.scan;
    if (!read_head(head_of(input, scan))) return ParseOutcome::kError;
    head_is_fresh_ = true;
    if (!request_.has_body) return complete(input, progress, scan.end);
    const ParseOutcome outcome = begin_body(progress);
    if (outcome == ParseOutcome::kError) return outcome;
  }
  return progress.phase == ParseProgress::Phase::kSizedBody ? read_sized(input, progress)
                                                            : read_chunks(input, progress);
}

ParseOutcome HttpParser::begin_body(ParseProgress& progress) {
  progress.expects_continue = !framing_.expect.empty() && !request_.http_1_0;
  progress.large_body = takes_large_body();
  if (framing_.chunked) {
    progress.phase = ParseProgress::Phase::kChunkedBody;
    return ParseOutcome::kNeedMore;
  }
  if (framing_.content_length > body_bytes_max(progress.large_body)) {
    fail(problems::kPayloadTooLarge, "the body is too large");
    return ParseOutcome::kError;
  }
  progress.phase = ParseProgress::Phase::kSizedBody;
  progress.body_size = static_cast<std::uint32_t>(framing_.content_length);
  return ParseOutcome::kNeedMore;
}

ParseOutcome HttpParser::wait(std::string_view input, ParseProgress& progress) {
  // A client that has begun to send its body no longer waits.
  const bool tell = progress.expects_continue && input.size() == progress.scan.end;
  progress.expects_continue = false;
  return tell ? ParseOutcome::kExpectContinue : ParseOutcome::kNeedMore;
}

ParseOutcome HttpParser::read_sized(std::string_view input, ParseProgress& progress) {
  const std::size_t end = std::size_t{progress.scan.end} + progress.body_size;
  if (input.size() < end) return wait(input, progress);
  return complete(input, progress, end);
}

// First pass over chunked bytes: checks them and finds the end. complete() gathers the data when
// the input is complete, so that a slow connection holds one copy and no byte is read more than
// twice.
ParseOutcome HttpParser::read_chunks(std::string_view input, ParseProgress& progress) {
  const std::string_view news = input.substr(progress.scan.end + progress.chunks_fed);
  std::size_t used = 0;
  const bool sound =
      scan_chunks(news, chunk_bounds(progress.large_body), progress.chunks, used, nullptr, error_);
  if (!sound) return ParseOutcome::kError;
  progress.chunks_fed += static_cast<std::uint32_t>(used);
  if (progress.chunks.state != ChunkScan::State::kDone) return wait(input, progress);
  return complete(input, progress, progress.scan.end + progress.chunks_fed);
}

ParseOutcome HttpParser::complete(std::string_view input, ParseProgress& progress,
                                  std::size_t end) {
  const HeadScan& scan = progress.scan;
  if (!head_is_fresh_) {
    // Views of an earlier call may be stale: the input has grown and moved since.
    FR_CHECK(read_head(head_of(input, scan)));
  }
  request_.body = input.substr(scan.end, end - scan.end);
  if (progress.phase == ParseProgress::Phase::kChunkedBody) {
    body_.clear();
    std::size_t used = 0;
    ChunkScan chunks;
    FR_CHECK(scan_chunks(request_.body, chunk_bounds(progress.large_body), chunks, used, &body_,
                         error_));
    request_.body = body_;
  }
  consumed_ = end;
  progress.start_message();
  return ParseOutcome::kRequest;
}

bool HttpParser::takes_large_body() const {
  const std::string_view prefix = limits_.large_body_prefix;
  const std::string_view path = request_.path;
  return !prefix.empty() && path.starts_with(prefix) &&
         (path.size() == prefix.size() || path[prefix.size()] == '/');
}

std::size_t HttpParser::body_bytes_max(bool large) const {
  return large ? limits_.large_body_bytes : limits_.body_bytes;
}

ChunkBounds HttpParser::chunk_bounds(bool large) const {
  return {body_bytes_max(large),
          large ? limits_.large_body_chunk_framing_bytes : limits_.chunk_framing_bytes};
}

}  // namespace frontrow
