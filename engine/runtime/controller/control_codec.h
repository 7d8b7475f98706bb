// The messages between controllers as bytes, for the links between instances. Little endian; the
// first byte is the kind:
//
//   1 WantSlots   count u16, then u16 each
//   2 MapChanged
//
// Decoding trusts no byte: the error names what is wrong. Pure functions, any thread.
#pragma once

#include <span>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/runtime/controller/control_message.h"

namespace frontrow {

void encode_control(const ControlMessage& message, ByteBuffer& out);
Result<ControlMessage> decode_control(std::span<const std::byte> bytes);

}  // namespace frontrow
