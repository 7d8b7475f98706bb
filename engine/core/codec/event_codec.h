// Events as bytes: a 4-byte head (type in the low 8 bits, payload length above), then the payload,
// which is the event's fields in order (field_codec.h). docs/LOG_FORMAT.md lists the types.
#pragma once

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/core/protocol/event.h"

namespace frontrow {

void encode_event(const Event& event, ByteWriter& out);

// Reads one event. An unknown type, a short payload or excess bytes are errors, which name the
// offset.
Status decode_event(ByteReader& in, Event& event);

}  // namespace frontrow
