#include "tools/frontrow/workload/options.h"

#include <string_view>

#include "engine/base/text.h"

namespace frontrow::drop {
namespace {

constexpr std::string_view kScheme = "http://";

}  // namespace

Result<Url> parse_url(const std::string& text) {
  if (text.starts_with("https://"))
    return Error{"is https: this client speaks plain HTTP, as the server behind a proxy does"};
  if (!text.starts_with(kScheme)) return Error{"must begin with http://"};
  std::string authority = text.substr(kScheme.size());
  if (!authority.empty() && authority.back() == '/') authority.pop_back();
  if (authority.empty() || authority.find_first_of("/?#@ ") != authority.npos)
    return Error{"must be http://host:port and nothing else"};
  Url url{.authority = authority};
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  url.port = colon == authority.npos ? "80" : authority.substr(colon + 1);
  if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.size() - 2);
  const auto port = parse_number<std::uint16_t>(url.port);
  if (!port || *port == 0 || url.host.empty())
    return Error{"must be http://host:port with a port from 1 to 65535"};
  return url;
}

}  // namespace frontrow::drop
