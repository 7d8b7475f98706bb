// The parameters of a query.
#pragma once

#include <string_view>

namespace frontrow {

// Takes the next `name=value` off a query.
inline bool next_parameter(std::string_view& query, std::string_view& name,
                           std::string_view& value) {
  if (query.empty()) return false;
  const std::size_t end = query.find('&');
  const std::string_view pair = query.substr(0, end);
  query = end == query.npos ? std::string_view() : query.substr(end + 1);
  const std::size_t equals = pair.find('=');
  name = pair.substr(0, equals);
  value = equals == pair.npos ? std::string_view() : pair.substr(equals + 1);
  return true;
}

}  // namespace frontrow
