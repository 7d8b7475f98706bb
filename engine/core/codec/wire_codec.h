// Commands and replies as bytes, for the links between instances: one instance decodes and checks a
// request at its edge, the owner of the slot decides it, and the reply comes back. Layout: the tag
// of the kind (its row in kCommandTable or kReplyTable), then the fields in order (field_codec.h).
// Changing either changes the protocol's version (docs/WIRE_FORMAT.md).
//
// Decoding trusts no byte: an unknown kind, a short or long text, an enum without a name or a list
// beyond its bound is an error that names the byte. It does not check whether
// the decoded command is allowed: decide does.
#pragma once

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"

namespace frontrow {

// The newest protocol. Protocol 4 was the first one of clusters whose map is in the consensus
// store, 5 the first one that names the operator's key.
inline constexpr std::uint16_t kWireProtocol = 5;

void encode_command(const Command& command, ByteWriter& out);
Status decode_command(ByteReader& in, Command& command);

void encode_reply(const Reply& reply, ByteWriter& out);
Status decode_reply(ByteReader& in, Reply& reply);

}  // namespace frontrow
