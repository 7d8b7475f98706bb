#include "tools/frontrow/workload/options.h"

#include <string_view>

#include "engine/base/text.h"

namespace frontrow::drop {
namespace {

constexpr std::string_view kScheme = "http://";

}  // namespace

std::vector<Date> dates_of(const SaleOptions& sale, std::int32_t first_day) {
  std::vector<Date> dates;
  for (std::uint32_t day = 0; day < sale.dates; ++day) {
    for (std::uint32_t showing = 0; showing < sale.showings; ++showing) {
      const std::int32_t minute = sale.showings == 1 ? Date::kNoTime : minute_of_showing(showing);
      dates.push_back({first_day + static_cast<std::int32_t>(day), minute});
    }
  }
  return dates;
}

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
