#include "engine/runtime/membership/member_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/check.h"
#include "engine/base/text.h"
#include "engine/runtime/cluster/rendezvous.h"
#include "engine/runtime/shared_log/shared_log_keys.h"
#include "engine/runtime/shared_log/text_line.h"

namespace frontrow {
namespace {

constexpr std::array<std::string_view, 5> kStateNames{"joining", "serving", "stopping", "leaving",
                                                      "dead"};

std::optional<MemberState> member_state_of(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<MemberState>(found - kStateNames.begin());
}

bool is_plain_value(std::string_view value, std::size_t length_max) {
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  return !value.empty() && value.size() <= length_max && std::ranges::all_of(value, is_visible);
}

bool is_member_address(std::string_view value) {
  if (!is_plain_value(value, kMemberAddressLengthMax)) return false;
  const std::size_t colon = value.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return parse_number<std::uint16_t>(value.substr(colon + 1)).value_or(0) != 0;
}

}  // namespace

std::string_view name_of(MemberState state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::string fault_of(const MemberRecord& record) {
  if (!is_cluster_name(record.name)) {
    return fmt::format(
        "the name \"{}\" of an instance: expected 1 to 48 lower-case letters, digits and '-'",
        record.name);
  }
  if (record.weight > kInstanceWeightMax)
    return fmt::format("the weight {} is above {}", record.weight, kInstanceWeightMax);
  for (const std::string* address : {&record.http, &record.peer}) {
    if (!is_member_address(*address)) {
      return fmt::format("the address \"{}\": expected host:port, such as 10.0.0.1:8080",
                         std::string_view(*address).substr(0, kMemberAddressLengthMax));
    }
  }
  if (!is_plain_value(record.version, kMemberVersionLengthMax))
    return "the version of the program is no plain word";
  return {};
}

std::string encode_member_record(const MemberRecord& record) {
  FR_CHECK(fault_of(record).empty());
  return fmt::format(
      "v1 name={} process={:016x} stream={:016x} beat={} state={} weight={} http={} peer={} "
      "version={}",
      record.name, record.process, record.stream, record.beat, name_of(record.state), record.weight,
      record.http, record.peer, record.version);
}

Result<MemberRecord> decode_member_record(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("v1 ")) rest.remove_prefix(3);
  const auto name = take_field(rest, "name");
  const auto process = take_hex(rest, "process");
  const auto stream = take_hex(rest, "stream");
  const auto beat = take_count(rest, "beat");
  const auto state_name = take_field(rest, "state");
  const auto state = state_name ? member_state_of(*state_name) : std::nullopt;
  const auto weight = take_count(rest, "weight");
  const auto http = take_field(rest, "http");
  const auto peer = take_field(rest, "peer");
  const auto version = take_field(rest, "version");
  if (name && process && stream && beat && state && weight && *weight <= kInstanceWeightMax &&
      http && peer && version) {
    MemberRecord record{.name = std::string(*name),
                        .process = *process,
                        .stream = *stream,
                        .beat = *beat,
                        .state = *state,
                        .weight = static_cast<std::uint32_t>(*weight),
                        .http = std::string(*http),
                        .peer = std::string(*peer),
                        .version = std::string(*version)};
    // Each record has one text: another version, a sign, or a leading zero differs here.
    if (fault_of(record).empty() && encode_member_record(record) == text) return record;
  }
  return Error{fmt::format("not the record of a member: \"{}\"", text.substr(0, 200))};
}

}  // namespace frontrow
