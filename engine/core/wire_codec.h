// Commands and replies as bytes, for the links between instances: what one instance decoded and
// checked at its edge is decided by another, and the answer comes back. Fields in order
// (field_codec.h) behind the number of the kind, which is its place in CommandBody or ReplyBody:
// changing either changes the protocol's version (docs/WIRE_FORMAT.md).
//
// Decoding trusts nothing: an unknown kind, a short or long text, an enum without a name or a list
// beyond its bound is an error that names the byte. What the decoded command may do is for decide
// to say, as for any other.
#pragma once

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/core/command.h"
#include "engine/core/reply.h"

namespace frontrow {

void encode_command(const Command& command, ByteWriter& out);
Status decode_command(ByteReader& in, Command& command);

void encode_reply(const Reply& reply, ByteWriter& out);
Status decode_reply(ByteReader& in, Reply& reply);

}  // namespace frontrow
