#include "net/peer/peer_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/base/prng.h"
#include "engine/core/codec/wire_codec.h"
#include "net/peer/peer_handshake.h"
#include "tests/documented_hex.h"
#include "tests/net/peer/peer_support.h"

namespace frontrow {
namespace {

// --- the worked example of docs/WIRE_FORMAT.md

PeerNonce nonce_from(int first) {
  PeerNonce nonce;
  for (std::byte& b : nonce) b = static_cast<std::byte>(first++);
  return nonce;
}

const ConcertId kConcert{7};
const UserId kUser{{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x4c, 0xde, 0x8f, 0x01, 0x23, 0x45, 0x67,
                    0x89, 0xab, 0xcd}};

Command example_hold() {
  return {{kUser, TicketNumber{44}, 0},
          {{0x1111111111111111, 0x2222222222222222}, 0x3333333333333333},
          PlaceHold{kConcert, Date{20'811}, {SeatNumber{3}, SeatNumber{4}}}};
}

Reply example_held() {
  return {Reject::kNone, true, false,
          HoldView{.hold = make_hold_id(kConcert, 9),
                   .concert = kConcert,
                   .date = Date{20'811},
                   .seats = {SeatNumber{3}, SeatNumber{4}},
                   .amount = Money{2000},
                   .currency = Currency{{'E', 'U', 'R'}},
                   .expires_at = Instant{1'790'000'300'000}}};
}

struct Conversation {
  ByteBuffer dialer_hello, acceptor_hello, dialer_proof, acceptor_proof;
};

Conversation example_handshake() {
  const HmacSha256 key = peer_key();
  const PeerIdentity two = ClusterMember{2}.identity(key), one = ClusterMember{1}.identity(key);
  const auto give = [](PeerHandshake& to, const ByteBuffer& bytes, std::int64_t now_ms,
                       ByteBuffer& out) {
    FrameInput input;
    std::memcpy(input.room().data(), bytes.data(), bytes.size());
    input.received(bytes.size());
    to.on_frame(**input.next(), now_ms, out);
  };
  Conversation c;
  PeerHandshake dialer(two, {.dialed = 1, .nonce = nonce_from(0), .now_ms = 86'400'000},
                       c.dialer_hello);
  PeerHandshake acceptor(one, {.role = PeerRole::kAcceptor, .nonce = nonce_from(32)},
                         c.acceptor_hello);
  give(acceptor, c.dialer_hello, 1'000, c.acceptor_hello);
  give(dialer, c.acceptor_hello, 86'400'001, c.dialer_proof);
  give(acceptor, c.dialer_proof, 1'002, c.acceptor_proof);
  EXPECT_EQ(acceptor.protocol(), 5);
  EXPECT_EQ(dialer.protocol(), 5);
  return c;
}

ByteBuffer request_of(const Command& command, const RequestHead& head) {
  ByteBuffer out;
  const std::size_t begin = begin_frame(FrameType::kRequest, out);
  ByteWriter writer(out);
  encode_head(head, writer);
  encode_command(command, writer);
  end_frame(begin, out);
  return out;
}

template <class Encode>
ByteBuffer put(const Encode& encode) {
  ByteBuffer out;
  encode(out);
  return out;
}

TEST(PeerFrame, examples_are_those_in_the_documentation) {
  const Conversation c = example_handshake();
  EXPECT_EQ(hex_of(c.dialer_hello), documented_hex("WIRE_FORMAT.md", "hex dialer-hello"));
  EXPECT_EQ(hex_of(c.acceptor_hello), documented_hex("WIRE_FORMAT.md", "hex acceptor-hello"));
  EXPECT_EQ(hex_of(c.dialer_proof), documented_hex("WIRE_FORMAT.md", "hex dialer-proof"));
  EXPECT_EQ(hex_of(c.acceptor_proof), documented_hex("WIRE_FORMAT.md", "hex acceptor-proof"));
  EXPECT_EQ(hex_of(put([](auto& out) { encode_refused({RefusalCode::kProof, "no"}, out); })),
            documented_hex("WIRE_FORMAT.md", "hex refused"));
  EXPECT_EQ(hex_of(put([](auto& out) { encode_ready({8192}, out); })),
            documented_hex("WIRE_FORMAT.md", "hex ready"));
  EXPECT_EQ(hex_of(request_of(example_hold(),
                              {0x0000000100000005, 86'401'000, slot_of_concert(kConcert)})),
            documented_hex("WIRE_FORMAT.md", "hex request"));
  EXPECT_EQ(hex_of(reply_frame(0x0000000100000005, example_held())),
            documented_hex("WIRE_FORMAT.md", "hex reply"));
  EXPECT_EQ(hex_of(message_frame({{}, {}, SettleDone{make_payment_id(kConcert, 5)}})),
            documented_hex("WIRE_FORMAT.md", "hex message"));
  EXPECT_EQ(hex_of(put([](auto& out) { encode_ping(86'400'200'000, out); })),
            documented_hex("WIRE_FORMAT.md", "hex ping"));
  EXPECT_EQ(hex_of(put([](auto& out) { encode_pong(86'400'200'000, out); })),
            documented_hex("WIRE_FORMAT.md", "hex pong"));
  EXPECT_EQ(hex_of(put([](auto& out) { encode_goodbye(out); })),
            documented_hex("WIRE_FORMAT.md", "hex goodbye"));
}

Reply example_place(std::uint32_t waiting) {
  return {Reject::kNone, false, false,
          QueueEntry{.concert = kConcert,
                     .user = kUser,
                     .number = TicketNumber{44},
                     .position = 17,
                     .waiting = waiting,
                     .estimated_wait_s = -1,
                     .poll_after_ms = 1085,
                     .at = Instant{1'790'000'000'000},
                     .phase = Phase::kPaused}};
}

TEST(PeerFrame, examples_of_places_and_channels_are_those_in_the_documentation) {
  EXPECT_EQ(hex_of(reply_frame(6, example_place(5321))),
            documented_hex("WIRE_FORMAT.md", "hex reply-place"));
  EXPECT_EQ(
      hex_of(put([](auto& out) { encode_peer_bytes(PeerChannel::kControl, bytes_of("02"), out); })),
      documented_hex("WIRE_FORMAT.md", "hex control"));
}

TEST(PeerFrame, handshake_frames_come_back_as_they_went) {
  const Hello hello{.self = 17,
                    .other = 999,
                    .cluster_id = ~std::uint64_t{1},
                    .clock_ms = 123'456,
                    .nonce = nonce_from(100),
                    .cluster = std::string(kClusterNameBytesMax, 'c')};
  const ByteBuffer bytes = put([&](auto& out) { encode_hello(hello, out); });
  Hello read;
  ASSERT_TRUE(decode_hello(std::span(bytes).subspan(kFrameHeadBytes), read).ok());
  EXPECT_EQ(read.self, 17);
  EXPECT_EQ(read.other, 999);
  EXPECT_EQ(read.cluster_id, hello.cluster_id);
  EXPECT_EQ(read.clock_ms, 123'456);
  EXPECT_EQ(read.nonce, hello.nonce);
  EXPECT_EQ(read.cluster, hello.cluster);
  EXPECT_LE(bytes.size(), kUnprovenFrameBytesMax);

  const std::string long_text(1000, 't');
  const ByteBuffer refused =
      put([&](auto& out) { encode_refused({RefusalCode::kCluster, long_text}, out); });
  Refused why;
  ASSERT_TRUE(decode_refused(std::span(refused).subspan(kFrameHeadBytes), why).ok());
  EXPECT_EQ(why.code, RefusalCode::kCluster);
  EXPECT_EQ(why.text.size(), kRefusalTextBytesMax);
  EXPECT_LE(refused.size(), kUnprovenFrameBytesMax);
}

TEST(PeerFrame, payloads_that_their_fields_do_not_fill_are_refused) {
  const ByteBuffer hello = put([](auto& out) { encode_hello({.self = 1, .cluster = "c"}, out); });
  const auto payload = std::span<const std::byte>(hello).subspan(kFrameHeadBytes);
  for (std::size_t length = 0; length < payload.size(); ++length) {
    Hello read;
    EXPECT_FALSE(decode_hello(payload.first(length), read).ok()) << length;
  }
  ByteBuffer longer(payload.begin(), payload.end());
  longer.push_back(std::byte{0});
  Hello read;
  EXPECT_TRUE(decode_hello(payload, read).ok());
  EXPECT_FALSE(decode_hello(longer, read).ok());
  Refused refused;
  EXPECT_FALSE(decode_refused(bytes_of("000000"), refused).ok()) << "code 0";
  EXPECT_FALSE(decode_refused(bytes_of("090000"), refused).ok()) << "code 9";
  EXPECT_TRUE(decode_refused(bytes_of("080000"), refused).ok());
}

TEST(PeerFrame, bytes_of_each_channel_are_framed_by_a_type_of_their_own) {
  const std::pair<PeerChannel, FrameType> channels[] = {
      {PeerChannel::kToOwner, FrameType::kToOwner},
      {PeerChannel::kToFollower, FrameType::kToFollower},
      {PeerChannel::kControl, FrameType::kControl}};
  for (const auto& [channel, type] : channels) {
    EXPECT_EQ(channel_of(type), channel);
    for (const char* hex : {"", "07", "0102030405"}) {
      const ByteBuffer frame =
          put([&, c = channel](auto& out) { encode_peer_bytes(c, bytes_of(hex), out); });
      EXPECT_EQ(frame[4], static_cast<std::byte>(type));
      EXPECT_EQ(ByteBuffer(frame.begin() + kFrameHeadBytes, frame.end()), bytes_of(hex));
    }
  }
  int others = 0;
  for (int type = 0; type < 256; ++type) {
    if (channel_of(static_cast<FrameType>(type))) continue;
    ++others;
  }
  EXPECT_EQ(others, 256 - 3);
}

// --- cutting a stream into frames

struct Cut {
  std::vector<FrameType> types;
  std::vector<ByteBuffer> payloads;
  std::string fault;
};

// Feeds the bytes in pieces of the sizes that `next_size` returns.
template <class NextSize>
Cut cut(FrameInput& input, std::span<const std::byte> bytes, const NextSize& next_size) {
  Cut result;
  while (!bytes.empty()) {
    const auto room = input.room();
    EXPECT_FALSE(room.empty());
    const std::size_t size = std::min({std::size_t{next_size()}, room.size(), bytes.size()});
    std::memcpy(room.data(), bytes.data(), size);
    bytes = bytes.subspan(size);
    input.received(size);
    for (;;) {
      auto frame = input.next();
      if (!frame.ok()) {
        result.fault = frame.error();
        return result;
      }
      if (!*frame) break;
      result.types.push_back((*frame)->type);
      result.payloads.emplace_back((*frame)->payload.begin(), (*frame)->payload.end());
    }
  }
  return result;
}

ByteBuffer frame_of(FrameType type, std::size_t payload_bytes, Prng& random) {
  ByteBuffer out;
  const std::size_t begin = begin_frame(type, out);
  for (std::size_t i = 0; i < payload_bytes; ++i)
    out.push_back(static_cast<std::byte>(random.next()));
  end_frame(begin, out);
  return out;
}

TEST(FrameInput, gives_the_same_frames_wherever_the_stream_is_cut) {
  Prng random(42);
  ByteBuffer stream;
  std::vector<ByteBuffer> payloads;
  for (int i = 0; i < 300; ++i) {
    const std::size_t size =
        random.chance(3) ? random.below(500'000) : random.below(random.chance(20) ? 70'000 : 200);
    const ByteBuffer frame = frame_of(FrameType::kReply, size, random);
    stream.insert(stream.end(), frame.begin(), frame.end());
    payloads.emplace_back(frame.begin() + kFrameHeadBytes, frame.end());
  }
  for (const std::size_t most : {1UL, 7UL, 4'096UL, 65'536UL, 1'000'000UL}) {
    FrameInput input;
    input.allow_long_frames();
    const Cut got = cut(input, stream, [&] { return 1 + random.below(most); });
    EXPECT_EQ(got.fault, "");
    ASSERT_EQ(got.payloads.size(), payloads.size()) << most;
    for (std::size_t i = 0; i < payloads.size(); ++i) ASSERT_EQ(got.payloads[i], payloads[i]) << i;
    EXPECT_EQ(input.bytes_received(), stream.size());
  }
}

TEST(FrameInput, length_is_bounded_before_anything_is_taken_for_it) {
  Prng random(1);
  FrameInput input;
  const ByteBuffer longest = frame_of(FrameType::kHello, kUnprovenFrameBytesMax - 6, random);
  EXPECT_EQ(cut(input, longest, [] { return 5U; }).types.size(), 1U);
  const ByteBuffer longer = frame_of(FrameType::kHello, kUnprovenFrameBytesMax - 5, random);
  const Cut refused = cut(input, longer, [] { return 6U; });
  EXPECT_EQ(refused.fault, "byte 1024: a frame of 1025 bytes; 6 to 1024 are allowed");
  EXPECT_EQ(input.bytes_received(), 1024U + 6) << "its head was enough";
  FrameInput proven;
  proven.allow_long_frames();
  EXPECT_EQ(cut(proven, longer, [] { return 6U; }).types.size(), 1U);
}

TEST(FrameInput, types_are_known_up_to_the_last_one) {
  for (int type = 0; type < 256; ++type) {
    Prng random(1);
    FrameInput input;
    const ByteBuffer frame = frame_of(static_cast<FrameType>(type), 3, random);
    const Cut got = cut(input, frame, [] { return 9U; });
    const bool is_known = type >= 1 && type <= 13;
    EXPECT_EQ(got.types.size(), is_known ? 1U : 0U) << type;
    EXPECT_EQ(name_of(static_cast<FrameType>(type)) == "unknown", !is_known) << type;
    if (is_known) continue;
    EXPECT_EQ(got.fault, "byte 0: a frame of type " + std::to_string(type) +
                             " with flags 0, which are unknown");
  }
}

TEST(FrameInput, bytes_of_a_channel_are_bounded_like_all_others) {
  Prng random(1);
  for (const FrameType type : {FrameType::kToOwner, FrameType::kToFollower, FrameType::kControl}) {
    FrameInput input;
    EXPECT_EQ(cut(input, frame_of(type, kUnprovenFrameBytesMax, random), [] { return 6U; }).fault,
              "byte 0: a frame of 1030 bytes; 6 to 1024 are allowed");
    FrameInput proven;
    proven.allow_long_frames();
    const ByteBuffer longest = frame_of(type, kFrameBytesMax - kFrameHeadBytes, random);
    EXPECT_EQ(cut(proven, longest, [] { return 1'000'000U; }).types.size(), 1U);
    const ByteBuffer longer = frame_of(type, kFrameBytesMax - kFrameHeadBytes + 1, random);
    EXPECT_EQ(cut(proven, longer, [] { return 6U; }).fault,
              "byte 33554432: a frame of 33554433 bytes; 6 to 33554432 are allowed");
  }
}

TEST(FrameInput, tls_where_frames_are_due_is_named) {
  for (const std::initializer_list<int> begin :
       {std::initializer_list<int>{0x16, 3, 1, 2, 0, 1}, {0x15, 3, 3, 0, 2, 2, 40}}) {
    ByteBuffer record;
    for (const int byte : begin) record.push_back(static_cast<std::byte>(byte));
    FrameInput input;
    EXPECT_EQ(cut(input, record, [] { return 3U; }).fault, "the peer uses TLS, which is off here");
  }
  // A frame whose length begins with the same bytes is valid.
  Prng random(1);
  FrameInput input;
  const ByteBuffer frame = frame_of(FrameType::kHello, 0x0316 + 4 - kFrameHeadBytes, random);
  ASSERT_EQ(frame[0], std::byte{0x16});
  ASSERT_EQ(frame[1], std::byte{0x03});
  EXPECT_EQ(cut(input, frame, [] { return 3U; }).types.size(), 1U);
}

TEST(FrameInput, memory_of_a_long_frame_is_given_back) {
  Prng random(1);
  FrameInput input(1'000);
  input.allow_long_frames();
  cut(input, frame_of(FrameType::kReply, 3'000'000, random), [] { return 100'000U; });
  EXPECT_LE(input.room().size(), 1'000U);
}

}  // namespace
}  // namespace frontrow
