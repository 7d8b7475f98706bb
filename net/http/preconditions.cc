#include "net/http/preconditions.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/base/text.h"

namespace frontrow {
namespace {

constexpr std::size_t kDigits = 16;

struct Tag {
  bool weak = false;
  std::string_view text;  // with its quotes
};

// Takes the next tag from the front of a list. False: there is no further tag.
bool next_tag(std::string_view& list, Tag& tag) {
  const std::size_t begin = list.find_first_not_of(" \t,");
  if (begin == std::string_view::npos) return false;
  list.remove_prefix(begin);
  tag.weak = list.starts_with("W/");
  if (tag.weak) list.remove_prefix(2);
  if (!list.starts_with('"')) return false;
  const std::size_t end = list.find('"', 1);
  if (end == std::string_view::npos) return false;
  tag.text = list.substr(0, end + 1);
  list.remove_prefix(end + 1);
  const std::size_t next = list.find_first_not_of(" \t");
  return next == std::string_view::npos || list[next] == ',';
}

bool is_any(std::string_view list) { return trimmed(list) == "*"; }

}  // namespace

bool matches_weakly(std::string_view list, std::string_view etag) {
  if (is_any(list)) return true;
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  for (Tag tag; next_tag(list, tag);) {
    if (tag.text == etag) return true;
  }
  return false;
}

bool matches_strongly(std::string_view list, std::string_view etag) {
  if (is_any(list)) return true;
  for (Tag tag; next_tag(list, tag);) {
    if (!tag.weak && tag.text == etag) return true;
  }
  return false;
}

std::string tag_of(std::uint64_t bits) { return fmt::format("\"{:0{}x}\"", bits, kDigits); }

std::vector<std::uint64_t> strong_bits(std::string_view list) {
  std::vector<std::uint64_t> all;
  for (Tag tag; next_tag(list, tag);) {
    if (tag.weak || tag.text.size() != kDigits + 2) continue;
    std::uint64_t bits = 0;
    const char* begin = tag.text.data() + 1;
    const auto [end, error] = std::from_chars(begin, begin + kDigits, bits, 16);
    // Capital digits make a different tag.
    if (error == std::errc{} && end == begin + kDigits && tag.text == tag_of(bits)) {
      all.push_back(bits);
    }
  }
  return all;
}

}  // namespace frontrow
