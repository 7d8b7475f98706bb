// Violations of the protocol: each ends the link with a log line that names place and reason, and
// all waiting requests are answered.
#include <gtest/gtest.h>

#include "net/peer/peer_link.h"
#include "tests/net/peer/peer_support.h"

namespace frontrow {
namespace {

const Reply kHandshakeDone{Reject::kNone, false, false, Done{}};

ByteBuffer sent_frame_of(FrameType type, std::size_t payload_bytes) {
  ByteBuffer out;
  const std::size_t begin = begin_frame(type, out);
  out.resize(out.size() + payload_bytes, std::byte{0});
  end_frame(begin, out);
  return out;
}

ByteBuffer hello_frame() {
  ByteBuffer out;
  encode_hello({.self = 2, .other = 1, .cluster = "shop"}, out);
  return out;
}

template <class Change>
ByteBuffer changed(ByteBuffer bytes, const Change& change) {
  change(bytes);
  return bytes;
}

struct Violation {
  std::string name;
  std::function<ByteBuffer(ConcertId here, ConcertId there)> bytes;
  std::string why;  // part of the line
};

const std::vector<Violation>& violations() {
  static const std::vector<Violation> all = {
      {"unknown_type", [](auto, auto) { return sent_frame_of(static_cast<FrameType>(14), 0); },
       "a frame of type 14 with flags 0, which are unknown"},
      {"type_zero", [](auto, auto) { return sent_frame_of(static_cast<FrameType>(0), 0); },
       "a frame of type 0"},
      {"flags",
       [](auto, auto) {
         return changed(sent_frame_of(FrameType::kGoodbye, 0),
                        [](auto& b) { b[5] = std::byte{1}; });
       },
       "a frame of type 10 with flags 1"},
      {"no_room_for_a_head", [](auto, auto) { return bytes_of("010000000a00"); },
       "a frame of 5 bytes; 6 to 33554432 are allowed"},
      {"too_long", [](auto, auto) { return bytes_of("fdffff010600"); },
       "a frame of 33554433 bytes; 6 to 33554432 are allowed"},
      {"hello_again", [](auto, auto) { return hello_frame(); },
       "a hello frame on a link that is up"},
      {"proof_again", [](auto, auto) { return sent_frame_of(FrameType::kProof, kProofBytes); },
       "a proof frame on a link that is up"},
      {"ready_again", [](auto, auto) { return sent_frame_of(FrameType::kReady, 4); },
       "a ready frame on a link that is up"},
      {"refused_late", [](auto, auto) { return sent_frame_of(FrameType::kRefused, 3); },
       "a refused frame on a link that is up"},
      {"short_ping", [](auto, auto) { return sent_frame_of(FrameType::kPing, 7); },
       "stamp: its fields do not fill it exactly, at byte 6"},
      {"long_goodbye", [](auto, auto) { return sent_frame_of(FrameType::kGoodbye, 1); },
       "goodbye: its fields do not fill it exactly"},
      {"pong_without_ping",
       [](auto, auto) {
         ByteBuffer out;
         encode_pong(std::numeric_limits<std::int64_t>::max(), out);
         return out;
       },
       "which was not sent"},
      {"pong_from_before_time",
       [](auto, auto) {
         ByteBuffer out;
         encode_pong(std::numeric_limits<std::int64_t>::min(), out);
         return out;
       },
       "which was not sent"},
      {"reply_to_nothing", [](auto, auto) { return reply_frame(0x1'0000'0007, kHandshakeDone); },
       "a reply to request 100000007, which is not open"},
      {"message_as_request",
       [](ConcertId here, auto) {
         return request_frame({{}, {}, SettleDone{make_payment_id(here, 1)}}, 1);
       },
       "a settle_done as a request; it is a message"},
      {"request_as_message", [](ConcertId here, auto) { return message_frame(read_concert(here)); },
       "as a message between slots"},
      {"request_for_another_slot",
       [](ConcertId here, auto) {
         return request_frame(read_concert(here), 1,
                              SlotId{static_cast<std::uint16_t>(slot_of_concert(here).value ^ 1)});
       },
       "which belongs to slot"},
      {"channel_beyond_all_bounds", [](auto, auto) { return bytes_of("fdffff010b00"); },
       "a frame of 33554433 bytes; 6 to 33554432 are allowed"},
      {"channel_with_flags", [](auto, auto) { return bytes_of("020000000d80"); },
       "a frame of type 13 with flags 128"},
      {"request_with_an_unknown_command",
       [](ConcertId here, auto) {
         return changed(request_frame(read_concert(here), 1), [](ByteBuffer& b) {
           b[b.size() - 5] = std::byte{200};  // the kind, before the concert
         });
       },
       "unknown kind"},
      {"request_with_a_byte_too_many",
       [](ConcertId here, auto) {
         return changed(request_frame(read_concert(here), 1), [](ByteBuffer& b) {
           b.push_back(std::byte{0});
           end_frame(0, b);
         });
       },
       "its fields are not those of its kind"},
      {"request_that_ends_in_its_head",
       [](auto, auto) { return sent_frame_of(FrameType::kRequest, kRequestHeadBytes - 1); },
       "request: "},
  };
  return all;
}

TEST(PeerViolation, each_ends_the_link_with_a_line_that_says_why) {
  for (const Violation& violation : violations()) {
    SCOPED_TRACE(violation.name);
    RawPair pair;
    const ConcertId here = concert_of_instance(1);
    const ConcertId there = concert_of_instance(2);
    ASSERT_TRUE(pair.shake_hands());
    ASSERT_EQ(pair.side.link->send_request(place_hold_of(there), to_context(1)), Reject::kNone);
    ASSERT_TRUE(pair.until([&] { return pair.peer->count(FrameType::kRequest) == 1; }));
    const std::uint64_t before = pair.side.stream->input().bytes_received();
    pair.peer->send(violation.bytes(here, there));
    ASSERT_TRUE(pair.until([&] { return pair.side.link->is_closed(); }));
    EXPECT_TRUE(pair.side.handler.requests.empty());
    EXPECT_TRUE(pair.side.handler.messages.empty());
    EXPECT_EQ(pair.side.handler.outcome(1), "outcome_unknown");
    ASSERT_EQ(pair.side.handler.downs.size(), 1U);
    const std::string& line = pair.side.handler.downs[0];
    EXPECT_NE(line.find(violation.why), std::string::npos) << line;
    EXPECT_NE(line.find("byte " + std::to_string(before)), std::string::npos) << line;
    EXPECT_TRUE(pair.until([&] { return pair.peer->ended(); }));
  }
}

TEST(PeerViolation, second_reply_to_a_request_ends_the_link) {
  RawPair pair;
  const ConcertId there = concert_of_instance(2);
  ASSERT_TRUE(pair.shake_hands());
  ASSERT_EQ(pair.side.link->send_request(read_concert(there), to_context(1)), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.peer->count(FrameType::kRequest) == 1; }));
  const auto& frames = pair.peer->frames();
  const auto request = std::find_if(frames.begin(), frames.end(), [](const RawPeer::Got& got) {
    return got.type == FrameType::kRequest;
  });
  const ByteBuffer reply = reply_frame(correlation_of(*request), kHandshakeDone);
  pair.peer->send(reply);
  pair.peer->send(reply);
  ASSERT_TRUE(pair.until([&] { return pair.side.link->is_closed(); }));
  EXPECT_EQ(pair.side.handler.answers(1), 1U);
}

TEST(PeerViolation, more_requests_than_allowed_end_the_link) {
  PeerLinkLimits limits;
  limits.requests_max = 2;
  RawPair pair(limits);
  const ConcertId here = concert_of_instance(1);
  ASSERT_TRUE(pair.shake_hands());
  for (std::uint64_t i = 1; i <= 2; ++i) pair.peer->send(request_frame(read_concert(here), i));
  ASSERT_TRUE(pair.until([&] { return pair.side.handler.requests.size() == 2; }));
  pair.side.link->send_reply(1, kHandshakeDone);
  pair.peer->send(request_frame(read_concert(here), 3));
  ASSERT_TRUE(pair.until([&] { return pair.side.handler.requests.size() == 3; }));
  EXPECT_TRUE(pair.side.link->is_up());
  pair.peer->send(request_frame(read_concert(here), 4));
  ASSERT_TRUE(pair.until([&] { return pair.side.link->is_closed(); }));
  EXPECT_EQ(pair.side.handler.requests.size(), 3U);
}

TEST(PeerViolation, before_the_proof_nothing_but_a_handshake_is_listened_to) {
  struct Case {
    const char* name;
    ByteBuffer bytes;
    std::string why;
  };
  const ConcertId here = concert_of_instance(1);
  const std::vector<Case> cases = {
      {"request", request_frame(place_hold_of(here), 1), "a request frame where a hello was due"},
      {"ready", sent_frame_of(FrameType::kReady, 4), "a ready frame where a hello was due"},
      {"to_owner", sent_frame_of(FrameType::kToOwner, 9), "a to owner frame where a hello was due"},
      {"control", sent_frame_of(FrameType::kControl, 0), "a control frame where a hello was due"},
      {"proof", sent_frame_of(FrameType::kProof, kProofBytes),
       "a proof frame where a hello was due"},
      {"http", bytes_of("474554202f20485454502f312e310d0a0d0a"), "542393675 bytes"},
      {"tls", bytes_of("1603010200010001fc0303"), "the peer uses TLS, which is off here"},
      {"long", sent_frame_of(FrameType::kHello, 1024 - kFrameHeadBytes + 1),
       "a frame of 1025 bytes"},
      {"magic", sent_frame_of(FrameType::kHello, 100), "it does not begin with the magic"},
      {"short", bytes_of("0800000001004652504c0100"), "its fields do not fill it"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    RawPair pair;
    pair.peer->send(c.bytes);
    ASSERT_TRUE(pair.until([&] { return pair.side.link->is_closed(); }));
    ASSERT_EQ(pair.side.handler.downs.size(), 1U);
    EXPECT_NE(pair.side.handler.downs[0].find(c.why), std::string::npos)
        << pair.side.handler.downs[0];
    EXPECT_TRUE(pair.side.handler.requests.empty());
    EXPECT_EQ(pair.side.handler.ups, 0);
  }
}

}  // namespace
}  // namespace frontrow
