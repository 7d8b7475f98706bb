#include "engine/base/host_port.h"

#include <cstdint>

#include "engine/base/text.h"

namespace frontrow {

Result<HostAndPort> split_address(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  const Error wrong{"must be HOST:PORT, with a port from 1 to 65535"};
  if (colon == address.npos) return wrong;
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    return wrong;
  }
  const auto number = parse_number<std::uint16_t>(port);
  if (host.empty() || !number || *number == 0) return wrong;
  return HostAndPort{std::string(host), std::string(port)};
}

}  // namespace frontrow
