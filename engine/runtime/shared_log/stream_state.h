// The state of one stream in the consensus store: a line of text that a person can read with
// etcdctl, and that transactions compare as bytes.
//
//   v1 instance=box-1 writer=5d1f0c44a90be273 epoch=3 last=18231 hash=7c0a91d2b34e55f0
//      trimmed=18102 sealed_by=
//
// Each state has one text, so that equal texts are equal states.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace frontrow {

struct StreamState {
  std::string instance;       // the instance that writes it
  std::uint64_t writer = 0;   // drawn at random by each process that opens it
  std::uint64_t epoch = 0;    // incremented by each open and each seal
  std::uint64_t last = 0;     // number of the newest group; 0 for an empty stream
  std::uint64_t hash = 0;     // chain hash of that group
  std::uint64_t trimmed = 0;  // groups up to this one have left the store
  std::string sealed_by;      // the instance that forbade appends; empty while the stream may grow

  bool is_sealed() const { return !sealed_by.empty(); }
  bool operator==(const StreamState&) const = default;
};

std::string encode_stream_state(const StreamState& state);
Result<StreamState> decode_stream_state(std::string_view text);

}  // namespace frontrow
