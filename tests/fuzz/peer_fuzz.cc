// Input of a peer. The first byte selects the use of the rest: a stream of frames, cut as the input
// says, whose payloads are decoded by their types; the handshake of a dialer or of an acceptor; a
// single command or reply; or the bytes of one channel. A decoded value encodes to bytes that
// decode to the same value again.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/base/check.h"
#include "engine/core/codec/wire_codec.h"
#include "engine/runtime/controller/control_codec.h"
#include "engine/runtime/replication/copy_codec.h"
#include "net/peer/peer_handshake.h"

namespace frontrow {
namespace {

using Bytes = std::span<const std::byte>;

// A bool is read as true from any byte but 0, so the first encoding may differ from the input; the
// second may not differ from the first.
template <class T, class Decode, class Encode>
void round_trip(Bytes bytes, const Decode& decode, const Encode& encode) {
  T value;
  ByteReader reader(bytes);
  if (!decode(reader, value).ok()) return;
  ByteBuffer first, second;
  ByteWriter first_writer(first), second_writer(second);
  encode(value, first_writer);
  FR_CHECK(first.size() == bytes.size());
  T again;
  ByteReader first_reader(first);
  FR_CHECK(decode(first_reader, again).ok());
  encode(again, second_writer);
  FR_CHECK(first == second);
}

void read_command(Bytes bytes) { round_trip<Command>(bytes, decode_command, encode_command); }
void read_reply(Bytes bytes) {
  const auto encode = [](const Reply& reply, ByteWriter& out) { encode_reply(reply, out); };
  round_trip<Reply>(bytes, decode_reply, encode);
}

// The encoding of these has no second form: the bytes come back as they were.
template <class Message>
void encode_again(const Result<Message>& message, Bytes bytes,
                  void (*encode)(const Message&, ByteBuffer&)) {
  if (!message.ok()) return;
  ByteBuffer again;
  encode(*message, again);
  FR_CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
}

void read_channel(PeerChannel channel, Bytes bytes) {
  switch (channel) {
    case PeerChannel::kToOwner:
      return encode_again(decode_to_owner(bytes), bytes, encode_to_owner);
    case PeerChannel::kToFollower:
      return encode_again(decode_to_follower(bytes), bytes, encode_to_follower);
    case PeerChannel::kControl:
      return encode_again(decode_control(bytes), bytes, encode_control);
  }
}

void read_payload(const Frame& frame) {
  ByteReader in(frame.payload);
  std::int64_t stamp = 0;
  Hello hello;
  PeerProof proof;
  Refused refused;
  Ready ready;
  switch (frame.type) {
    case FrameType::kHello:
      return void(decode_hello(frame.payload, hello).ok());
    case FrameType::kProof:
      return void(decode_proof(frame.payload, proof).ok());
    case FrameType::kRefused:
      return void(decode_refused(frame.payload, refused).ok());
    case FrameType::kReady:
      return void(decode_ready(frame.payload, ready).ok());
    case FrameType::kRequest:
      decode_request_head(in);
      return read_command(frame.payload.subspan(std::min(frame.payload.size(), in.position())));
    case FrameType::kReply:
      in.get<std::uint64_t>();
      return read_reply(frame.payload.subspan(std::min(frame.payload.size(), in.position())));
    case FrameType::kMessage:
      decode_message_head(in);
      return read_command(frame.payload.subspan(std::min(frame.payload.size(), in.position())));
    case FrameType::kPing:
    case FrameType::kPong:
      return void(decode_stamp(frame.payload, stamp).ok());
    case FrameType::kGoodbye:
      return void(decode_goodbye(frame.payload).ok());
    case FrameType::kToOwner:
    case FrameType::kToFollower:
    case FrameType::kControl:
      return read_channel(*channel_of(frame.type), frame.payload);
  }
}

template <class OnFrame>
void cut(FrameInput& input, Bytes bytes, const OnFrame& on_frame) {
  while (!bytes.empty()) {
    // Pieces of all sizes, chosen by the input.
    const auto wanted = std::to_integer<std::size_t>(bytes.front()) + 1;
    const auto room = input.room();
    const std::size_t size = std::min({wanted, bytes.size(), room.size()});
    std::memcpy(room.data(), bytes.data(), size);
    bytes = bytes.subspan(size);
    input.received(size);
    for (;;) {
      const auto frame = input.next();
      if (!frame.ok()) return;
      if (!*frame) break;
      FR_CHECK((*frame)->whole.size() == (*frame)->payload.size() + kFrameHeadBytes);
      on_frame(**frame);
    }
  }
}

void read_stream(Bytes bytes, bool proven) {
  FrameInput input(512);
  if (proven) input.allow_long_frames();
  cut(input, bytes, read_payload);
}

// Without the secret the handshake can't succeed.
void shake_hands(Bytes bytes, PeerRole role) {
  static const HmacSha256 key({reinterpret_cast<const std::uint8_t*>("secret"), 6});
  static const PeerIdentity identity{"shop", 7, 2, key};
  ByteBuffer out;
  PeerHandshake handshake(identity, {.role = role, .dialed = 1, .now_ms = 1'000}, out);
  FrameInput input;
  cut(input, bytes, [&](const Frame& frame) {
    const auto state = handshake.on_frame(frame, 2'000, out);
    FR_CHECK(state != PeerHandshake::State::kDone);
  });
  FrameInput own;
  FR_CHECK(out.size() <= own.room().size());
  std::copy(out.begin(), out.end(), own.room().begin());
  own.received(out.size());
  for (auto frame = own.next(); frame.ok() && *frame; frame = own.next()) {
  }
  FR_CHECK(own.bytes_received() == out.size());
}

void look_at(Bytes bytes, unsigned what) {
  switch (what) {
    case 0:
      return read_stream(bytes, false);
    case 1:
      return read_stream(bytes, true);
    case 2:
      return shake_hands(bytes, PeerRole::kDialer);
    case 3:
      return shake_hands(bytes, PeerRole::kAcceptor);
    case 4:
      return read_command(bytes);
    case 5:
      return read_reply(bytes);
    default:
      return read_channel(static_cast<PeerChannel>(what - 6), bytes);
  }
}

}  // namespace
}  // namespace frontrow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  frontrow::look_at(std::as_bytes(std::span(data, size)).subspan(1), data[0] % 9U);
  return 0;
}
