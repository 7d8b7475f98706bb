#include "engine/runtime/shared_log/shared_log_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/text.h"

namespace frontrow {

SharedLogKeys::SharedLogKeys(std::string_view cluster)
    : prefix_(fmt::format("/frontrow/{}/", cluster)) {
  FR_CHECK(is_cluster_name(cluster));
}

std::string SharedLogKeys::member(std::string_view name) const {
  return fmt::format("{}member/{}", prefix_, name);
}

std::string SharedLogKeys::stream(std::uint64_t stream) const {
  return fmt::format("{}stream/{:016x}", prefix_, stream);
}

std::string SharedLogKeys::groups(std::uint64_t stream) const {
  return fmt::format("{}log/{:016x}/", prefix_, stream);
}

std::string SharedLogKeys::group(std::uint64_t stream, std::uint64_t number) const {
  return fmt::format("{}log/{:016x}/{:016x}", prefix_, stream, number);
}

std::string end_of_prefix(std::string_view prefix) {
  FR_CHECK(!prefix.empty() && prefix.back() != '\xff');
  std::string end(prefix);
  ++end.back();
  return end;
}

bool is_cluster_name(std::string_view name) {
  const auto allowed = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; };
  return !name.empty() && name.size() <= 48 && std::ranges::all_of(name, allowed);
}

}  // namespace frontrow
