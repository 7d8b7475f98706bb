// Bytes between instances that the links carry for other layers: the copies of streams, and the
// cluster's control. A link passes them on in order and may lose them when it breaks; their senders
// begin again then.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

enum class PeerChannel : std::uint8_t {
  kToOwner,     // of a stream, from a follower
  kToFollower,  // of a stream, from its owner
  kControl,     // between controllers
};

// To the thread that holds the link.
struct OutboundBytes {
  InstanceId to = 0;
  PeerChannel channel{};
  std::shared_ptr<const ByteBuffer> bytes;
};

// Takes bytes that came over a link, on its thread. An error ends the link: the peer's bytes make
// no sense.
using TakePeerBytes =
    std::function<Status(InstanceId from, PeerChannel channel, std::span<const std::byte> bytes)>;

}  // namespace frontrow
