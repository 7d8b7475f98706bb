// The frames of the links between instances (docs/WIRE_FORMAT.md): what they look like, and a
// buffer that cuts a stream of bytes into them again.
//
//   u32 length of what follows, u8 type, u8 flags (0), payload
//
// Whatever comes in is hostile until its sender has proven who it is, and may be a mistake of ours
// after that: lengths are bounded before memory is taken for them, and every payload must be filled
// by its fields exactly. One thread.
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
#include "engine/runtime/cluster/slot_map.h"

namespace frontrow {

inline constexpr std::uint16_t kPeerProtocol = kWireProtocol;  // what we speak
inline constexpr std::uint16_t kPeerProtocolOldest = 2;        // what we still understand

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
};
// Lower case, for logs; "unknown" for what isn't one.
std::string_view name_of(FrameType type);

inline constexpr std::size_t kFrameHeadBytes = 6;
inline constexpr std::size_t kUnprovenFrameBytesMax = 1024;  // with its head, before the proofs
inline constexpr std::size_t kFrameBytesMax = 32U << 20;     // with its head, after them
// The largest reply, a concert as its operator reads it, fits: a section's name, price, first, last
// and free seat.
static_assert(kDatesPerConcertMax *
                  (kSectionsPerDateMax * (2 + kSectionNameBytesMax + 8 + 12) + 64) <
              kFrameBytesMax - 1024);

inline constexpr std::size_t kClusterNameBytesMax = 64;
inline constexpr std::size_t kRefusalTextBytesMax = 400;
inline constexpr std::int64_t kClockMsMax = std::int64_t{1} << 53;  // sums of two don't overflow
inline constexpr std::size_t kNonceBytes = 32;
inline constexpr std::size_t kProofBytes = 32;

// The first word of each side. Magic and versions keep their place in every version.
struct Hello {
  std::uint16_t protocol_oldest = kPeerProtocolOldest;
  std::uint16_t protocol = kPeerProtocol;
  InstanceId self = 0;
  InstanceId other = 0;  // whom the sender thinks to talk to
  std::uint64_t map_revision = 0;
  std::uint64_t map_hash = 0;
  std::int64_t clock_ms = 0;  // the sender's monotonic clock, in which it writes deadlines
  std::array<std::byte, kNonceBytes> nonce{};
  std::string cluster;
};

// Why an instance will not talk. Numbers are never reused.
enum class RefusalCode : std::uint8_t {
  kProtocol = 1,   // no version that both understand
  kCluster = 2,    // another cluster
  kNotInMap = 3,   // an instance that the map does not have
  kMyself = 4,     // it says that it is this instance
  kSomeone = 5,    // it wants to talk to another instance than this one
  kDirection = 6,  // the lower id dialed; the higher one has to
  kMap = 7,        // another slot map
  kProof = 8,      // another secret, or somebody in between
};
inline constexpr std::uint8_t kRefusalCodeLast = 8;

struct Refused {
  RefusalCode code{};
  std::string text;  // for the other side's log: printable ASCII
};

struct Ready {
  std::uint32_t requests_max = 0;  // that the receiver may have unanswered
};

// What stands in a request's frame before its command.
struct RequestHead {
  std::uint64_t correlation = 0;  // chosen by the sender, comes back with the reply
  std::int64_t deadline_ms = 0;   // by the sender's clock: later it must not be acted upon
  std::uint64_t map_revision = 0;
  SlotId slot;
};
inline constexpr std::size_t kRequestHeadBytes = 26;

struct MessageHead {
  std::uint64_t map_revision = 0;
  SlotId slot;
};

// Opens a frame at the end of `out`; its length is set by end_frame() with what this returned.
std::size_t begin_frame(FrameType type, ByteBuffer& out);
void end_frame(std::size_t begin, ByteBuffer& out);

void encode_hello(const Hello& hello, ByteBuffer& out);
void encode_proof(std::span<const std::byte, kProofBytes> proof, ByteBuffer& out);
void encode_refused(const Refused& refused, ByteBuffer& out);
void encode_ready(const Ready& ready, ByteBuffer& out);
void encode_head(const RequestHead& head, ByteWriter& out);
void encode_head(const MessageHead& head, ByteWriter& out);
void encode_ping(std::int64_t stamp_us, ByteBuffer& out);  // by the sender's clock
void encode_pong(std::int64_t stamp_us, ByteBuffer& out);  // of the ping that it answers
void encode_goodbye(ByteBuffer& out);

// Payloads. decode_hello reads magic and versions of any protocol; of another one than ours the
// rest is left empty.
Status decode_hello(std::span<const std::byte> payload, Hello& hello);
Status decode_proof(std::span<const std::byte> payload, std::array<std::byte, kProofBytes>& proof);
Status decode_refused(std::span<const std::byte> payload, Refused& refused);
Status decode_ready(std::span<const std::byte> payload, Ready& ready);
Status decode_stamp(std::span<const std::byte> payload, std::int64_t& stamp_us);  // ping, pong
Status decode_goodbye(std::span<const std::byte> payload);
// These leave the reader at the command; whether that is whole is for wire_codec.h to say.
RequestHead decode_request_head(ByteReader& in);
MessageHead decode_message_head(ByteReader& in);

struct Frame {
  FrameType type{};
  std::span<const std::byte> payload;  // lives until the next room()
  std::span<const std::byte> whole;    // with its head
};

// The input of one link. Bytes are read straight into room(); next() gives the frames in them.
class FrameInput {
 public:
  explicit FrameInput(std::size_t room_bytes = 64 * 1024) : room_bytes_(room_bytes) {}

  // Where the next bytes go: never empty. Stays where it is until received() or next().
  std::span<std::byte> room();
  void received(std::size_t bytes) { end_ += bytes; }
  // From here on frames may be as long as those of a proven peer.
  void allow_long_frames() { length_max_ = kFrameBytesMax; }

  // The next frame, if it is whole; an error is for good.
  Result<std::optional<Frame>> next();

  // Where in the stream, counted from 0, the frame given last begins.
  std::uint64_t frame_at() const { return frame_at_; }
  std::uint64_t bytes_received() const { return consumed_ + (end_ - begin_); }

 private:
  const std::size_t room_bytes_;
  std::size_t length_max_ = kUnprovenFrameBytesMax;
  ByteBuffer bytes_;
  std::size_t begin_ = 0;  // of what is not yet cut
  std::size_t end_ = 0;
  std::size_t wanted_ = 0;      // bytes of the frame at begin_, once its head is there
  std::uint64_t consumed_ = 0;  // bytes before begin_
  std::uint64_t frame_at_ = 0;
};

}  // namespace frontrow
