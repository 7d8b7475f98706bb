#include "tools/frontrow/config/known_secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "tools/frontrow/config/config_values.h"

namespace frontrow {
namespace {

struct Sample {
  std::string_view text;  // in lower case
  std::string_view where;
};

// Shorter texts are rejected as too short, which is the more helpful error.
constexpr std::size_t kPatternSizeMin = 16;

constexpr Sample kSamples[] = {
    {"at-least-16-characters", "tools/frontrow.example.toml"},
    {"the-same-on-every-instance", "docs/CLUSTER.md"},
    {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "docs/CLUSTER.md"},
};

// A text that contains one of these is an unreplaced placeholder.
constexpr Sample kPlaceholders[] = {
    {"replace-me", "tools/deploy/frontrow.toml"},
    {"change-me", "a sample"},
    {"changeme", "a sample"},
};

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// True if all differences between neighbouring bytes are equal: one byte repeated, or a count.
bool is_counted(std::string_view bytes) {
  const auto step = static_cast<unsigned char>(bytes[1] - bytes[0]);
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    if (static_cast<unsigned char>(bytes[i] - bytes[i - 1]) != step) return false;
  }
  return true;
}

// True if the bytes repeat a piece of at most half their length.
bool is_repeated(std::string_view bytes) {
  for (std::size_t period = 1; period <= bytes.size() / 2; ++period) {
    if (bytes.substr(period) == bytes.substr(0, bytes.size() - period)) return true;
  }
  return false;
}

Error refusal(std::string_view why) {
  return {fmt::format("is refused: {}; `frontrow cluster secret` prints a new one", why)};
}

}  // namespace

Status check_not_known(std::string_view text) {
  const std::string lower = in_lower_case(text);
  for (const Sample& sample : kSamples) {
    if (lower == sample.text)
      return refusal(fmt::format("it is the sample of {}, which is public", sample.where));
  }
  for (const Sample& placeholder : kPlaceholders) {
    if (lower.find(placeholder.text) != std::string::npos)
      return refusal(fmt::format("it is still the placeholder \"{}\" of {}", placeholder.text,
                                 placeholder.where));
  }
  for (const std::string& bytes : {std::string(text), parse_hex(text).value_or(std::string())}) {
    if (bytes.size() < kPatternSizeMin) continue;
    if (is_counted(bytes)) return refusal("its bytes are all the same, or count up or down");
    if (is_repeated(bytes)) return refusal("it repeats a shorter text");
  }
  return {};
}

}  // namespace frontrow
