#include "tools/frontrow/common/http_answer.h"

#include <algorithm>

#include "engine/base/text.h"

namespace frontrow {
namespace {

// Longer names and values belong to no header that is used here.
constexpr std::size_t kFieldMax = 24;

AnswerParser& owner_of(llhttp_t* parser) { return *static_cast<AnswerParser*>(parser->data); }

}  // namespace

const llhttp_settings_t& AnswerParser::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_header_field = on_field;
    settings.on_header_value = on_value;
    settings.on_header_value_complete = on_value_complete;
    settings.on_headers_complete = on_headers_complete;
    settings.on_body = on_body;
    settings.on_message_complete = on_message_complete;
    return settings;
  }();
  return kSettings;
}

AnswerParser::AnswerParser() { reset(); }

void AnswerParser::reset() {
  llhttp_init(&parser_, HTTP_RESPONSE, &settings());
  parser_.data = this;
  answer_ = {};
  field_.clear();
  value_.clear();
  if (kept_.capacity() > 4096) kept_ = {};  // thousands of connections keep their buffers
  kept_.clear();
  whole_ = false;
  begun_ = false;
}

AnswerParser::State AnswerParser::feed(std::string_view bytes) {
  begun_ = true;
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (whole_) return State::kWhole;
  if (error != HPE_OK) return State::kGarbage;
  // The caller's bytes are invalid after this call.
  if (kept_.empty() && !answer_.body.empty()) {
    kept_.assign(answer_.body);
    answer_.body = kept_;
  }
  return State::kPartial;
}

AnswerParser::State AnswerParser::finish() {
  // A response without a length ends here; any other one was broken off. Invalid HTTP was detected
  // on arrival.
  llhttp_finish(&parser_);
  return whole_ ? State::kWhole : State::kPartial;
}

int AnswerParser::on_field(llhttp_t* parser, const char* at, std::size_t size) {
  AnswerParser& self = owner_of(parser);
  if (self.field_.size() + size <= kFieldMax)
    self.field_.append(at, size);
  else
    self.field_.assign(kFieldMax, '?');
  return 0;
}

int AnswerParser::on_value(llhttp_t* parser, const char* at, std::size_t size) {
  AnswerParser& self = owner_of(parser);
  if (self.value_.size() + size <= kFieldMax) self.value_.append(at, size);
  return 0;
}

int AnswerParser::on_value_complete(llhttp_t* parser) {
  AnswerParser& self = owner_of(parser);
  if (equal_ignoring_case(self.field_, "retry-after")) {
    const auto seconds = parse_number<std::int64_t>(self.value_);
    constexpr std::int64_t kDay = 86'400;
    if (seconds && *seconds >= 0) self.answer_.retry_after_ms = std::min(*seconds, kDay) * 1000;
  } else if (equal_ignoring_case(self.field_, "idempotency-replayed")) {
    self.answer_.replayed = self.value_ == "true";
  }
  self.field_.clear();
  self.value_.clear();
  return 0;
}

int AnswerParser::on_headers_complete(llhttp_t* parser) {
  owner_of(parser).answer_.status = parser->status_code;
  return 0;
}

int AnswerParser::on_body(llhttp_t* parser, const char* at, std::size_t size) {
  AnswerParser& self = owner_of(parser);
  if (self.answer_.body.size() + size > kAnswerBodyMax) return HPE_USER;
  if (self.answer_.body.empty()) {
    self.answer_.body = {at, size};
    return 0;
  }
  if (self.kept_.empty()) self.kept_.assign(self.answer_.body);
  self.kept_.append(at, size);
  self.answer_.body = self.kept_;
  return 0;
}

int AnswerParser::on_message_complete(llhttp_t* parser) {
  AnswerParser& self = owner_of(parser);
  if (parser->status_code < 200) return 0;  // 1xx such as 100 Continue: the response follows
  self.answer_.keep_alive = llhttp_should_keep_alive(parser) == 1;
  self.whole_ = true;
  return HPE_PAUSED;
}

}  // namespace frontrow
