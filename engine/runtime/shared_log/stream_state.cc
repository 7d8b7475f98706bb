#include "engine/runtime/shared_log/stream_state.h"

#include <fmt/format.h>

#include "engine/runtime/shared_log/text_line.h"

namespace frontrow {

std::string encode_stream_state(const StreamState& state) {
  return fmt::format(
      "v1 instance={} writer={:016x} epoch={} last={} hash={:016x} trimmed={} sealed_by={}",
      state.instance, state.writer, state.epoch, state.last, state.hash, state.trimmed,
      state.sealed_by);
}

Result<StreamState> decode_stream_state(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("v1 ")) rest.remove_prefix(3);
  const auto instance = take_field(rest, "instance");
  const auto writer = take_hex(rest, "writer");
  const auto epoch = take_count(rest, "epoch");
  const auto last = take_count(rest, "last");
  const auto hash = take_hex(rest, "hash");
  const auto trimmed = take_count(rest, "trimmed");
  const auto sealed_by = take_field(rest, "sealed_by");
  if (instance && !instance->empty() && writer && epoch && last && hash && trimmed && sealed_by &&
      *trimmed <= *last) {
    StreamState state{.instance = std::string(*instance),
                      .writer = *writer,
                      .epoch = *epoch,
                      .last = *last,
                      .hash = *hash,
                      .trimmed = *trimmed,
                      .sealed_by = std::string(*sealed_by)};
    // Each state has one text: another version, a sign, or a leading zero differs here.
    if (encode_stream_state(state) == text) return state;
  }
  return Error{fmt::format("not the state of a stream: \"{}\"", text.substr(0, 200))};
}

}  // namespace frontrow
