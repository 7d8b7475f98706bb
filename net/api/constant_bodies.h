// Responses whose body never changes while the program runs: the OpenAPI document, the pages, the
// explanations of the problem types. Each body is made once, plain, as gzip and as zstd, with an
// entity tag for each form.
//
// Immutable after the first call, any thread; the bytes live as long as the process, so that
// responses may refer to them.
#pragma once

#include <string>
#include <string_view>

#include "net/http/http_message.h"

namespace frontrow {

class ConstantBody {
 public:
  struct Form {
    std::string body;
    std::string etag;
    std::string headers;  // whole lines
  };

  // headers: further header lines of every response, each ending in CRLF. vary: the request headers
  // on which the response depends.
  ConstantBody(std::string_view text, std::string_view content_type, std::string_view cache_control,
               std::string_view headers = {}, std::string_view vary = "Accept-Encoding");

  // The coding that the client weighs most, zstd before gzip before none of equals; a coding that
  // would not be smaller is not there.
  const Form& form_for(std::string_view accept_encoding) const;
  // The heads of a 200 and of a 304; a 304 omits Content-Encoding, because it has no body.
  ResponseHead head(const Form& form) const;
  ResponseHead not_modified(const Form& form) const;

 private:
  std::string content_type_;
  std::string cache_control_;
  Form plain_;
  Form gzip_;  // body empty when gzip would not be smaller; of zstd the same
  Form zstd_;
};

// Makes all bodies now, so that no request waits for compression.
void prepare_constant_bodies();

const ConstantBody& openapi_body();
// The file of net/pages at this path; nullptr: there is none.
const ConstantBody* page_body(std::string_view path);

// The explanation of a problem type; nullptr: no type has this slug.
const ConstantBody* problem_body(std::string_view slug, bool as_html);

}  // namespace frontrow
