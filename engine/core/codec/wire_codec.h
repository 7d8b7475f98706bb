// Commands and replies as bytes, for the links between instances: what one instance decoded and
// checked at its edge is decided by another, and the answer comes back. Fields in order
// (field_codec.h) behind the number of the kind, which is its place in CommandBody or ReplyBody:
// changing either changes the protocol's version (docs/WIRE_FORMAT.md). Commands are the same in
// all protocols that are spoken; replies are encoded for the one that both sides understand, and
// decoded whichever it was.
//
// Decoding trusts nothing: an unknown kind, a short or long text, an enum without a name or a list
// beyond its bound is an error that names the byte. What the decoded command may do is for decide
// to say, as for any other.
#pragma once

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"

namespace frontrow {

// The newest protocol, and the first that tells the phase of queue entries, refunded holds and the
// rejections after kInstanceUnavailable, and in which a change of a concert says for which settings
// it was made. Older ones get replies that say the same to them; a command that they would do
// otherwise is not sent (needs_protocol).
inline constexpr std::uint16_t kWireProtocol = 3;

// The first protocol whose instances do what the command says.
std::uint16_t needs_protocol(const CommandBody& body);

void encode_command(const Command& command, ByteWriter& out);
Status decode_command(ByteReader& in, Command& command);

void encode_reply(const Reply& reply, ByteWriter& out, std::uint16_t protocol = kWireProtocol);
Status decode_reply(ByteReader& in, Reply& reply);

}  // namespace frontrow
