// The frames of the links between instances (docs/WIRE_FORMAT.md): their encoding, and a buffer
// that splits a stream of bytes into frames.
//
//   u32 length of the following bytes, u8 type, u8 flags (0), payload
//
// Input is hostile until its sender has proven its identity, and may be faulty even after that:
// lengths are bounded before memory is allocated for them, and the fields of every payload must
// fill it exactly. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/core/codec/wire_codec.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/types.h"
#include "engine/runtime/cluster/peer_bytes.h"

namespace frontrow {

inline constexpr std::uint16_t kPeerProtocol = kWireProtocol;  // newest version, sent by us
inline constexpr std::uint16_t kPeerProtocolOldest = 5;        // oldest accepted version

enum class FrameType : std::uint8_t {
  kHello = 1,
  kProof = 2,
  kRefused = 3,
  kReady = 4,
  kRequest = 5,
  kReply = 6,
  kMessage = 7,
  kPing = 8,
  kPong = 9,
  kGoodbye = 10,
  kToOwner = 11,     // the bytes of PeerChannel::kToOwner
  kToFollower = 12,  // and so on
  kControl = 13,
};
inline constexpr FrameType kFrameTypeLast = FrameType::kControl;
// Lower case, for logs; "unknown" for an invalid type.
std::string_view name_of(FrameType type);

inline constexpr std::size_t kFrameHeadBytes = 6;
inline constexpr std::size_t kUnprovenFrameBytesMax = 1024;  // with its head, before the proofs
inline constexpr std::size_t kFrameBytesMax = 32U << 20;     // with its head, after them
// The largest reply, a concert as its operator reads it, fits: a section's name, price, first, last
// and free seat.
static_assert(kDatesPerConcertMax *
                  (kSectionsPerDateMax * (2 + kSectionNameBytesMax + 8 + 12) + 64) <
              kFrameBytesMax - 1024);
// So does a page of an export: a row, and the texts of its section and category.
static_assert(kExportRowsPerReplyMax * (256 + 2 * (2 + kSectionNameBytesMax)) <
              kFrameBytesMax - 1024);

inline constexpr std::size_t kClusterNameBytesMax = 64;
inline constexpr std::size_t kRefusalTextBytesMax = 400;
inline constexpr std::int64_t kClockMsMax = std::int64_t{1} << 53;  // sums of two don't overflow
inline constexpr std::size_t kNonceBytes = 32;
inline constexpr std::size_t kProofBytes = 32;

// The first frame of each side. Magic and versions keep their place in every version.
struct Hello {
  std::uint16_t protocol_oldest = kPeerProtocolOldest;
  std::uint16_t protocol = kPeerProtocol;
  InstanceId self = 0;
  InstanceId other = 0;          // the instance that the sender wants
  std::uint64_t cluster_id = 0;  // drawn when the cluster was created
  std::int64_t clock_ms = 0;     // the sender's monotonic clock, in which it writes deadlines
  std::array<std::byte, kNonceBytes> nonce{};
  std::string cluster;
};

// Reasons to refuse a link. Numbers are never reused; 3 and 7 were of a map in files.
enum class RefusalCode : std::uint8_t {
  kProtocol = 1,   // no version that both sides understand
  kCluster = 2,    // another cluster
  kMyself = 4,     // it claims the id of this instance
  kSomeone = 5,    // it wants another instance than this one
  kDirection = 6,  // the lower id dialed; the higher one must dial
  kProof = 8,      // another secret, or a man in the middle
};
inline constexpr std::uint8_t kRefusalCodeLast = 8;

struct Refused {
  RefusalCode code{};
  std::string text;  // for the other side's log: printable ASCII
};

struct Ready {
  std::uint32_t requests_max = 0;  // unanswered requests that the receiver may have
};

// The fields of a request's frame before its command.
struct RequestHead {
  std::uint64_t correlation = 0;  // chosen by the sender, comes back with the reply
  std::int64_t deadline_ms = 0;   // by the sender's clock: the receiver must not act later
  SlotId slot;
};
inline constexpr std::size_t kRequestHeadBytes = 18;

struct MessageHead {
  SlotId slot;
};

// Opens a frame at the end of `out`; end_frame() sets its length and needs the returned value.
std::size_t begin_frame(FrameType type, ByteBuffer& out);
void end_frame(std::size_t begin, ByteBuffer& out);

void encode_hello(const Hello& hello, ByteBuffer& out);
void encode_proof(std::span<const std::byte, kProofBytes> proof, ByteBuffer& out);
void encode_refused(const Refused& refused, ByteBuffer& out);
void encode_ready(const Ready& ready, ByteBuffer& out);
void encode_head(const RequestHead& head, ByteWriter& out);
void encode_head(const MessageHead& head, ByteWriter& out);
void encode_ping(std::int64_t stamp_us, ByteBuffer& out);  // by the sender's clock
void encode_pong(std::int64_t stamp_us, ByteBuffer& out);  // of the received ping
void encode_goodbye(ByteBuffer& out);
void encode_peer_bytes(PeerChannel channel, std::span<const std::byte> bytes, ByteBuffer& out);

// Payloads. decode_hello reads magic and versions of any protocol; for an unknown
// version the other fields stay empty.
Status decode_hello(std::span<const std::byte> payload, Hello& hello);
Status decode_proof(std::span<const std::byte> payload, std::array<std::byte, kProofBytes>& proof);
Status decode_refused(std::span<const std::byte> payload, Refused& refused);
Status decode_ready(std::span<const std::byte> payload, Ready& ready);
Status decode_stamp(std::span<const std::byte> payload, std::int64_t& stamp_us);  // ping, pong
Status decode_goodbye(std::span<const std::byte> payload);
// These leave the reader at the command, which wire_codec.h decodes and checks.
RequestHead decode_request_head(ByteReader& in);
MessageHead decode_message_head(ByteReader& in);
// The channel of a frame that carries bytes for another layer; none for all other frames.
std::optional<PeerChannel> channel_of(FrameType type);

struct Frame {
  FrameType type{};
  std::span<const std::byte> payload;  // valid until the next room()
  std::span<const std::byte> whole;    // with its head
};

// The input of one link. Bytes are read straight into room(); next() returns the frames in them.
class FrameInput {
 public:
  explicit FrameInput(std::size_t room_bytes = 64 * 1024) : room_bytes_(room_bytes) {}

  // Memory for the next bytes: never empty, valid until received() or next().
  std::span<std::byte> room();
  void received(std::size_t bytes) { end_ += bytes; }
  // From now on frames may be as long as those of a proven peer.
  void allow_long_frames() { length_max_ = kFrameBytesMax; }

  // The next frame, if it is whole; an error is final.
  Result<std::optional<Frame>> next();

  // The offset in the stream of the last returned frame, counted from 0.
  std::uint64_t frame_at() const { return frame_at_; }
  std::uint64_t bytes_received() const { return consumed_ + (end_ - begin_); }

 private:
  const std::size_t room_bytes_;
  std::size_t length_max_ = kUnprovenFrameBytesMax;
  ByteBuffer bytes_;
  std::size_t begin_ = 0;  // of the bytes not split yet
  std::size_t end_ = 0;
  std::size_t wanted_ = 0;      // bytes of the frame at begin_, once its head is there
  std::uint64_t consumed_ = 0;  // bytes before begin_
  std::uint64_t frame_at_ = 0;
};

}  // namespace frontrow
