// Answers whose body never changes while the program runs: the OpenAPI document, the pages, the
// explanations of the problem types. Each is made once, as it is and as gzip, with an entity tag
// for both.
//
// Immutable after the first call, any thread; the bytes live as long as the process, so that
// answers may refer to them.
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

  // headers: further header lines of every answer, each ending in CRLF. vary: the request's headers
  // on which the answer depends.
  ConstantBody(std::string_view text, std::string_view content_type, std::string_view cache_control,
               std::string_view headers = {}, std::string_view vary = "Accept-Encoding");

  // gzip where the client takes it at least as gladly as no coding, and it is smaller.
  const Form& form_for(std::string_view accept_encoding) const;
  // Of 200, and of 304, which leaves out the coding of a body that it does not have.
  ResponseHead head(const Form& form) const;
  ResponseHead not_modified(const Form& form) const;

 private:
  std::string content_type_;
  std::string cache_control_;
  Form plain_;
  Form gzip_;  // without a body where it would not be smaller
};

// Makes them all now, so that no request waits for their compression.
void prepare_constant_bodies();

const ConstantBody& openapi_body();
const ConstantBody& page_body();

// Explains a problem type; nullptr: there is none with that slug.
const ConstantBody* problem_body(std::string_view slug, bool as_html);

}  // namespace frontrow
