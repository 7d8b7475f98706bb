#include "net/http/server/http_stats.h"

namespace frontrow {

void HttpStats::count_refusal(int status) {
  switch (status) {
    case 408:
      ++timeout_408;
      return;
    case 413:
      ++too_large_413;
      return;
    case 414:
      ++uri_too_long_414;
      return;
    case 417:
      ++expectation_417;
      return;
    case 431:
      ++headers_431;
      return;
    case 501:
      ++not_implemented_501;
      return;
    case 503:
      ++overloaded_503;
      return;
    case 505:
      ++version_505;
      return;
    default:
      ++malformed_400;
      return;
  }
}

}  // namespace frontrow
