#include "net/peer/peer_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace frontrow {
namespace {

constexpr std::string_view kMagic = "FRPL";

// By PeerChannel.
constexpr std::array<FrameType, 3> kChannelFrames = {FrameType::kToOwner, FrameType::kToFollower,
                                                     FrameType::kControl};

Status wrong(std::string_view what, const ByteReader& in) {
  return Error{fmt::format("{}: its fields do not fill it exactly, at byte {}", what,
                           kFrameHeadBytes + in.position())};
}

Status whole(std::string_view what, const ByteReader& in) {
  if (!in.at_end()) return wrong(what, in);
  return {};
}

template <std::size_t N>
void read_array(ByteReader& in, std::array<std::byte, N>& to) {
  const auto bytes = in.get_bytes(N);
  if (bytes.size() == N) std::memcpy(to.data(), bytes.data(), N);
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void encode_stamp(FrameType type, std::int64_t stamp_us, ByteBuffer& out) {
  const std::size_t begin = begin_frame(type, out);
  ByteWriter(out).put(stamp_us);
  end_frame(begin, out);
}

}  // namespace

std::string_view name_of(FrameType type) {
  constexpr std::array<std::string_view, 14> kNames = {
      "unknown", "hello", "proof", "refused", "ready",    "request",     "reply",
      "message", "ping",  "pong",  "goodbye", "to owner", "to follower", "control"};
  const auto number = static_cast<std::size_t>(type);
  return kNames[number < kNames.size() ? number : 0];
}

std::size_t begin_frame(FrameType type, ByteBuffer& out) {
  const std::size_t begin = out.size();
  out.resize(begin + kFrameHeadBytes);
  out[begin + 4] = static_cast<std::byte>(type);
  out[begin + 5] = std::byte{0};
  return begin;
}

void end_frame(std::size_t begin, ByteBuffer& out) {
  const auto length = static_cast<std::uint32_t>(out.size() - begin - sizeof(std::uint32_t));
  std::memcpy(out.data() + begin, &length, sizeof length);
}

void encode_hello(const Hello& hello, ByteBuffer& out) {
  const std::size_t begin = begin_frame(FrameType::kHello, out);
  ByteWriter w(out);
  w.put_bytes(std::as_bytes(std::span{kMagic}));
  w.put(hello.protocol_oldest);
  w.put(hello.protocol);
  w.put(hello.self);
  w.put(hello.other);
  w.put(hello.cluster_id);
  w.put(hello.clock_ms);
  w.put_bytes(hello.nonce);
  w.put_text(hello.cluster);
  end_frame(begin, out);
}

void encode_proof(std::span<const std::byte, kProofBytes> proof, ByteBuffer& out) {
  const std::size_t begin = begin_frame(FrameType::kProof, out);
  ByteWriter(out).put_bytes(proof);
  end_frame(begin, out);
}

void encode_refused(const Refused& refused, ByteBuffer& out) {
  const std::size_t begin = begin_frame(FrameType::kRefused, out);
  ByteWriter w(out);
  w.put(static_cast<std::uint8_t>(refused.code));
  w.put_text(std::string_view(refused.text).substr(0, kRefusalTextBytesMax));
  end_frame(begin, out);
}

void encode_ready(const Ready& ready, ByteBuffer& out) {
  const std::size_t begin = begin_frame(FrameType::kReady, out);
  ByteWriter(out).put(ready.requests_max);
  end_frame(begin, out);
}

void encode_head(const RequestHead& head, ByteWriter& out) {
  out.put(head.correlation);
  out.put(head.deadline_ms);
  out.put(head.slot);
}

void encode_head(const MessageHead& head, ByteWriter& out) { out.put(head.slot); }

void encode_ping(std::int64_t stamp_us, ByteBuffer& out) {
  encode_stamp(FrameType::kPing, stamp_us, out);
}

void encode_pong(std::int64_t stamp_us, ByteBuffer& out) {
  encode_stamp(FrameType::kPong, stamp_us, out);
}

void encode_goodbye(ByteBuffer& out) { end_frame(begin_frame(FrameType::kGoodbye, out), out); }

void encode_peer_bytes(PeerChannel channel, std::span<const std::byte> bytes, ByteBuffer& out) {
  const std::size_t begin = begin_frame(kChannelFrames[static_cast<std::size_t>(channel)], out);
  ByteWriter(out).put_bytes(bytes);
  end_frame(begin, out);
}

std::optional<PeerChannel> channel_of(FrameType type) {
  for (std::size_t i = 0; i < kChannelFrames.size(); ++i) {
    if (kChannelFrames[i] == type) return static_cast<PeerChannel>(i);
  }
  return std::nullopt;
}

Status decode_hello(std::span<const std::byte> payload, Hello& hello) {
  ByteReader in(payload);
  const auto magic = in.get_bytes(kMagic.size());
  if (in.failed() || std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0)
    return Error{"hello: it does not begin with the magic of these links"};
  hello.protocol_oldest = in.get<std::uint16_t>();
  hello.protocol = in.get<std::uint16_t>();
  if (in.failed()) return wrong("hello", in);
  if (hello.protocol < kPeerProtocolOldest || hello.protocol_oldest > kPeerProtocol) return {};
  hello.self = in.get<InstanceId>();
  hello.other = in.get<InstanceId>();
  if (hello.self == 0 || hello.self > kInstanceIdMax) in.fail();
  hello.cluster_id = in.get<std::uint64_t>();
  hello.clock_ms = in.get<std::int64_t>();
  if (hello.clock_ms < 0 || hello.clock_ms > kClockMsMax) in.fail();
  read_array(in, hello.nonce);
  hello.cluster = in.get_text();
  if (hello.cluster.size() > kClusterNameBytesMax || !printable(hello.cluster)) in.fail();
  return whole("hello", in);
}

Status decode_proof(std::span<const std::byte> payload, std::array<std::byte, kProofBytes>& proof) {
  ByteReader in(payload);
  read_array(in, proof);
  return whole("proof", in);
}

Status decode_refused(std::span<const std::byte> payload, Refused& refused) {
  ByteReader in(payload);
  const auto code = in.get<std::uint8_t>();
  refused.text = in.get_text();
  if (code == 0 || code > kRefusalCodeLast || refused.text.size() > kRefusalTextBytesMax ||
      !printable(refused.text)) {
    in.fail();
  }
  refused.code = static_cast<RefusalCode>(code);
  return whole("refused", in);
}

Status decode_ready(std::span<const std::byte> payload, Ready& ready) {
  ByteReader in(payload);
  ready.requests_max = in.get<std::uint32_t>();
  return whole("ready", in);
}

Status decode_stamp(std::span<const std::byte> payload, std::int64_t& stamp_us) {
  ByteReader in(payload);
  stamp_us = in.get<std::int64_t>();
  return whole("stamp", in);
}

Status decode_goodbye(std::span<const std::byte> payload) {
  return whole("goodbye", ByteReader(payload));
}

RequestHead decode_request_head(ByteReader& in) {
  RequestHead head;
  head.correlation = in.get<std::uint64_t>();
  head.deadline_ms = in.get<std::int64_t>();
  head.slot = in.get<SlotId>();
  return head;
}

MessageHead decode_message_head(ByteReader& in) {
  MessageHead head;
  head.slot = in.get<SlotId>();
  return head;
}

std::span<std::byte> FrameInput::room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    // Frees the memory of one long frame.
    if (bytes_.size() > room_bytes_) ByteBuffer().swap(bytes_);
  }
  const std::size_t held = end_ - begin_;
  const std::size_t needed = std::max(room_bytes_, wanted_);
  // Moves an incomplete frame to the front when little room is left behind it.
  if (begin_ > 0 && bytes_.size() - end_ < room_bytes_ / 2) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, held);
    begin_ = 0;
    end_ = held;
  }
  if (bytes_.size() < begin_ + needed || bytes_.size() == end_) {
    bytes_.resize(std::max(begin_ + needed, end_ + 1));
  }
  return std::span(bytes_).subspan(end_);
}

Result<std::optional<Frame>> FrameInput::next() {
  const std::size_t held = end_ - begin_;
  if (held < kFrameHeadBytes) return std::optional<Frame>();
  const std::byte* head = bytes_.data() + begin_;
  std::uint32_t length = 0;
  std::memcpy(&length, head, sizeof length);
  const std::size_t size = std::size_t{length} + sizeof length;
  const auto type = static_cast<FrameType>(head[4]);
  // A TLS handshake or alert record of version 3.1 to 3.4 (RFC 8446, 5.1); as the length of a first
  // frame its bytes exceed the limit.
  const std::uint32_t record = length & 0xffffff;
  const bool is_tls = consumed_ == 0 && length > length_max_ && (record >> 16) <= 4 &&
                      ((record & 0xffff) == 0x0316 || (record & 0xffff) == 0x0315);
  if (is_tls) return Error{"the peer uses TLS, which is off here"};
  if (size < kFrameHeadBytes || size > length_max_) {
    return Error{fmt::format("byte {}: a frame of {} bytes; {} to {} are allowed", consumed_, size,
                             kFrameHeadBytes, length_max_)};
  }
  if (type < FrameType::kHello || type > kFrameTypeLast || head[5] != std::byte{0}) {
    return Error{fmt::format("byte {}: a frame of type {} with flags {}, which are unknown",
                             consumed_, static_cast<int>(head[4]), static_cast<int>(head[5]))};
  }
  wanted_ = size;
  if (held < size) return std::optional<Frame>();
  const std::span<const std::byte> frame(head, size);
  wanted_ = 0;
  frame_at_ = consumed_;
  begin_ += size;
  consumed_ += size;
  return std::optional<Frame>({type, frame.subspan(kFrameHeadBytes), frame});
}

}  // namespace frontrow
