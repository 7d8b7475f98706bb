#include "net/api/constant_bodies.h"

#include <map>

#include "engine/base/hash.h"
#include "net/api/problem_texts.h"
#include "net/http/gzip.h"
#include "net/http/media_types.h"
#include "net/http/preconditions.h"
#include "net/http/zstd.h"
#include "net/pages/openapi.h"
#include "net/pages/pages.h"

namespace frontrow {

ConstantBody::ConstantBody(std::string_view text, std::string_view content_type,
                           std::string_view cache_control, std::string_view headers,
                           std::string_view vary)
    : content_type_(content_type), cache_control_(cache_control) {
  const std::uint64_t hash = xxh3_64(text);
  plain_.body = text;
  plain_.etag = tag_of(hash);
  plain_.headers.append(headers).append("Vary: ").append(vary).append("\r\n");
  gzip_ = {gzip(text), tag_of(xxh3_64("gzip", hash)),
           plain_.headers + "Content-Encoding: gzip\r\n"};
  if (gzip_.body.size() >= plain_.body.size()) gzip_ = {};
  zstd_ = {zstd(text), tag_of(xxh3_64("zstd", hash)),
           plain_.headers + "Content-Encoding: zstd\r\n"};
  if (zstd_.body.size() >= plain_.body.size()) zstd_ = {};
}

const ConstantBody::Form& ConstantBody::form_for(std::string_view accept_encoding) const {
  if (!zstd_.body.empty() && prefers_zstd(accept_encoding)) return zstd_;
  return !gzip_.body.empty() && prefers_gzip(accept_encoding) ? gzip_ : plain_;
}

ResponseHead ConstantBody::head(const Form& form) const {
  ResponseHead head;
  head.content_type = content_type_;
  head.cache_control = cache_control_;
  head.etag = form.etag;
  head.extra = form.headers;
  return head;
}

ResponseHead ConstantBody::not_modified(const Form& form) const {
  ResponseHead head = this->head(form);
  head.status = 304;
  head.extra = plain_.headers;
  return head;
}

void prepare_constant_bodies() {
  openapi_body();
  page_body({});
  problem_body({}, true);
}

const ConstantBody& openapi_body() {
  static const ConstantBody body(openapi_document(), "application/json", "public, max-age=300");
  return body;
}

const ConstantBody* page_body(std::string_view path) {
  static const auto bodies = [] {
    std::map<std::string_view, ConstantBody> all;
    for (const PageFile& file : page_files()) {
      const std::string_view cache =
          file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
      all.try_emplace(file.path, file.bytes, file.content_type, cache, kPageHeaders);
    }
    return all;
  }();
  const auto found = bodies.find(path);
  return found == bodies.end() ? nullptr : &found->second;
}

const ConstantBody* problem_body(std::string_view slug, bool as_html) {
  struct Pair {
    ConstantBody html;
    ConstantBody json;
  };
  static const auto bodies = [] {
    constexpr std::string_view kCache = "public, max-age=300";
    constexpr std::string_view kVary = "Accept, Accept-Encoding";
    std::map<std::string, Pair, std::less<>> all;
    for (const ProblemText& problem : problem_texts()) {
      std::string html;
      std::string json;
      append_problem_page(html, problem);
      append_problem_json(json, problem);
      all.emplace(problem.slug,
                  Pair{{html, "text/html; charset=utf-8", kCache, kProblemPageHeaders, kVary},
                       {json, "application/json", kCache, {}, kVary}});
    }
    return all;
  }();
  const auto found = bodies.find(slug);
  if (found == bodies.end()) return nullptr;
  return as_html ? &found->second.html : &found->second.json;
}

}  // namespace frontrow
