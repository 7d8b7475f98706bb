// Two links over a real connection, or one link and a peer played by the test. The clocks stand
// until a test moves them.
#include "net/peer/peer_link.h"

#include <gtest/gtest.h>

#include "engine/core/codec/wire_codec.h"
#include "tests/net/peer/peer_support.h"

namespace frontrow {
namespace {

using testing::Test;

const Reply kDone{Reject::kNone, true, false, Done{}};

struct PeerLinks : Test {
  ConcertId here = concert_of_instance(1);   // of instance 1, the acceptor
  ConcertId there = concert_of_instance(2);  // of instance 2, the dialer
};

TEST_F(PeerLinks, request_arrives_as_it_was_sent_and_its_reply_comes_back) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  EXPECT_EQ(pair.acceptor.link->peer(), 2);
  EXPECT_EQ(pair.dialer.link->peer(), 1);
  const Command hold = place_hold_of(here);
  const ReplyTo to{.worker = 3, .context = 70, .generation = 9};
  ASSERT_EQ(pair.dialer.link->send_request(hold, to), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.acceptor.handler.requests.size() == 1; }));
  const auto& request = pair.acceptor.handler.requests[0];
  EXPECT_EQ(request.command.caller.number, hold.caller.number);
  EXPECT_EQ(request.command.key, hold.key);
  EXPECT_EQ(std::get<PlaceHold>(request.command.body).seats.size(), 2U);
  EXPECT_FALSE(pair.dialer.link->is_idle());
  pair.acceptor.link->send_reply(request.correlation, kDone);
  ASSERT_TRUE(pair.until([&] { return pair.dialer.handler.answered.size() == 1; }));
  const auto& answered = pair.dialer.handler.answered[0];
  EXPECT_EQ(answered.to.worker, 3);
  EXPECT_EQ(answered.to.context, 70U);
  EXPECT_EQ(answered.to.generation, 9U);
  EXPECT_TRUE(answered.reply.created);
  EXPECT_TRUE(pair.until([&] { return pair.dialer.link->is_idle(); }));
}

TEST_F(PeerLinks, thousands_both_ways_are_answered_once_each_in_any_order) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  for (std::uint32_t i = 0; i < 4000; ++i) {
    ASSERT_EQ(pair.dialer.link->send_request(place_hold_of(here), to_context(i)), Reject::kNone);
    ASSERT_EQ(pair.acceptor.link->send_request(place_hold_of(there), to_context(i)), Reject::kNone);
  }
  ASSERT_TRUE(pair.until([&] {
    return pair.acceptor.handler.requests.size() == 4000 &&
           pair.dialer.handler.requests.size() == 4000;
  }));
  for (std::size_t i = 4000; i-- > 0;) {
    pair.acceptor.link->send_reply(pair.acceptor.handler.requests[i].correlation, kDone);
    pair.dialer.link->send_reply(pair.dialer.handler.requests[i].correlation, kDone);
  }
  ASSERT_TRUE(pair.until([&] {
    return pair.acceptor.handler.answered.size() == 4000 &&
           pair.dialer.handler.answered.size() == 4000;
  }));
  for (std::uint32_t i = 0; i < 4000; ++i) {
    EXPECT_EQ(pair.dialer.handler.answered[i].to.context, 3999 - i);
    EXPECT_EQ(pair.acceptor.handler.answered[i].to.context, 3999 - i);
  }
}

TEST_F(PeerLinks, messages_between_slots_arrive) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  const SettleDone done{make_payment_id(here, 5)};
  ASSERT_TRUE(pair.dialer.link->send_message({{}, {}, done}));
  ASSERT_TRUE(pair.until([&] { return pair.acceptor.handler.messages.size() == 1; }));
  EXPECT_EQ(std::get<SettleDone>(pair.acceptor.handler.messages[0].body).payment, done.payment);
}

TEST_F(PeerLinks, who_has_no_credit_left_is_refused_until_a_reply_comes) {
  PeerLinkLimits acceptor_limits;
  acceptor_limits.requests_max = 2;
  LinkPair pair({}, acceptor_limits, nullptr, nullptr);
  ASSERT_TRUE(pair.until_up());
  PeerLink& link = *pair.dialer.link;
  EXPECT_EQ(link.send_request(read_concert(here), to_context(1)), Reject::kNone);
  EXPECT_EQ(link.send_request(read_concert(here), to_context(2)), Reject::kNone);
  EXPECT_EQ(link.send_request(read_concert(here), to_context(3)), Reject::kOverloaded);
  ASSERT_TRUE(pair.until([&] { return pair.acceptor.handler.requests.size() == 2; }));
  pair.acceptor.link->send_reply(pair.acceptor.handler.requests[0].correlation, kDone);
  ASSERT_TRUE(pair.until([&] { return pair.dialer.handler.answered.size() == 1; }));
  EXPECT_EQ(link.send_request(read_concert(here), to_context(4)), Reject::kNone);
  EXPECT_EQ(link.send_request(read_concert(here), to_context(5)), Reject::kOverloaded);
}

TEST_F(PeerLinks, late_request_is_refused_and_not_acted_upon) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  ASSERT_EQ(pair.dialer.link->send_request(place_hold_of(here), to_context(1)), Reject::kNone);
  pair.dialer.link->flush();
  // The whole process stood still. It reads before it checks the time.
  pair.acceptor.clock.advance_ms(pair.dialer.limits.request_ms);
  ASSERT_TRUE(poll_until(
      pair.io, [&] { pair.acceptor.link->flush(); },
      [&] { return pair.dialer.handler.answers(1) == 1; }));
  EXPECT_EQ(pair.dialer.handler.outcome(1), "instance_unavailable");
  EXPECT_TRUE(pair.acceptor.handler.requests.empty());
}

TEST_F(PeerLinks, request_within_its_deadline_is_acted_upon) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  ASSERT_EQ(pair.dialer.link->send_request(place_hold_of(here), to_context(1)), Reject::kNone);
  pair.dialer.link->flush();
  pair.acceptor.clock.advance_ms(pair.dialer.limits.request_ms - 1);
  ASSERT_TRUE(
      poll_until(pair.io, [] {}, [&] { return pair.acceptor.handler.requests.size() == 1; }));
}

TEST_F(PeerLinks, unanswered_requests_are_given_up_at_their_deadlines) {
  PeerLinkLimits limits;
  limits.silence_ms = 60'000;
  LinkPair pair(limits);
  ASSERT_TRUE(pair.until_up());
  PeerLink& link = *pair.dialer.link;
  const Command pay{{}, {}, Pay{here, {make_hold_id(here, 1)}}};
  ASSERT_EQ(link.send_request(read_concert(here), to_context(1)), Reject::kNone);
  ASSERT_EQ(link.send_request(place_hold_of(here), to_context(2)), Reject::kNone);
  ASSERT_EQ(link.send_request(pay, to_context(3)), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.acceptor.handler.requests.size() == 3; }));
  auto& handler = pair.dialer.handler;
  pair.dialer.clock.advance_ms(limits.request_ms - 1);
  link.tick();
  EXPECT_TRUE(handler.answered.empty());
  pair.dialer.clock.advance_ms(1);
  link.tick();
  EXPECT_EQ(handler.outcome(1), "instance_unavailable");
  EXPECT_EQ(handler.outcome(2), "outcome_unknown");
  EXPECT_EQ(handler.outcome(3), "no answer yet");
  pair.dialer.clock.advance_ms(limits.slow_request_ms - limits.request_ms);
  link.tick();
  EXPECT_EQ(handler.outcome(3), "outcome_unknown");
  // The peer's late replies are dropped, and the credits return.
  EXPECT_EQ(link.outstanding(), 3U);
  for (const auto& request : pair.acceptor.handler.requests)
    pair.acceptor.link->send_reply(request.correlation, kDone);
  ASSERT_TRUE(pair.until([&] { return link.outstanding() == 0; }));
  EXPECT_EQ(handler.answered.size(), 3U);
}

TEST_F(PeerLinks, broken_link_answers_everybody_once_by_what_may_have_happened) {
  RawPair pair;
  ASSERT_TRUE(pair.shake_hands());
  PeerLink& link = *pair.side.link;
  ASSERT_EQ(link.send_request(read_concert(there), to_context(1)), Reject::kNone);
  ASSERT_EQ(link.send_request(place_hold_of(there), to_context(2)), Reject::kNone);
  ASSERT_EQ(link.send_request(place_hold_of(there), to_context(3)), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.peer->count(FrameType::kRequest) == 3; }));
  for (const RawPeer::Got& got : pair.peer->frames()) {
    if (got.type != FrameType::kRequest) continue;
    pair.peer->send(reply_frame(correlation_of(got), kDone));  // the first one only
    break;
  }
  ASSERT_TRUE(pair.until([&] { return pair.side.handler.answers(1) == 1; }));
  ASSERT_EQ(link.send_request(place_hold_of(there), to_context(4)),
            Reject::kNone);  // never flushed
  pair.peer->close();
  ASSERT_TRUE(poll_until(pair.io, [] {}, [&] { return link.is_closed(); }));
  auto& handler = pair.side.handler;
  EXPECT_EQ(handler.outcome(1), "none");
  EXPECT_EQ(handler.outcome(2), "outcome_unknown");
  EXPECT_EQ(handler.outcome(3), "outcome_unknown");
  EXPECT_EQ(handler.outcome(4), "instance_unavailable");
  for (std::uint32_t i = 1; i <= 4; ++i) EXPECT_EQ(handler.answers(i), 1U) << i;
  EXPECT_EQ(handler.downs.size(), 1U);
  EXPECT_EQ(link.send_request(read_concert(there), to_context(5)), Reject::kInstanceUnavailable);
  EXPECT_FALSE(link.send_message({{}, {}, SettleDone{make_payment_id(there, 5)}}));
}

TEST_F(PeerLinks, frame_that_left_in_part_surely_did_nothing) {
  PeerLinkLimits limits;
  limits.output_bytes_max = 64U << 20;
  limits.silence_ms = 600'000;
  RawPair pair(limits);
  ASSERT_TRUE(pair.shake_hands(1'000'000));
  // The peer stops reading, and the kernel's buffers fill up in the middle of a frame.
  std::uint32_t sent = 0;
  while (pair.side.stream->bytes_held() == 0 && sent < 1'000'000) {
    ASSERT_EQ(pair.side.link->send_request(place_hold_of(there), to_context(sent++)),
              Reject::kNone);
    pair.side.link->flush();
  }
  const std::size_t held = pair.side.stream->bytes_held();
  ASSERT_GT(held, 0U);
  pair.side.link->close("test");
  const std::size_t frame = request_frame(place_hold_of(there), 0).size();
  std::size_t unknown = 0;
  for (const auto& a : pair.side.handler.answered)
    unknown += a.reply.reject == Reject::kOutcomeUnknown ? 1 : 0;
  EXPECT_EQ(pair.side.handler.answered.size(), sent);
  EXPECT_EQ(sent - unknown, (held + frame - 1) / frame);
}

TEST_F(PeerLinks, too_much_unsent_refuses_requests_and_drops_messages_and_large_answers) {
  PeerLinkLimits limits;
  limits.output_bytes_max = 4'000;
  RawPair pair(limits);
  ASSERT_TRUE(pair.shake_hands(1'000'000));
  pair.peer->send(request_frame(read_concert(here), 77));
  pair.peer->send(request_frame(read_concert(here), 78));
  ASSERT_TRUE(pair.until([&] { return pair.side.handler.requests.size() == 2; }));
  PeerLink& link = *pair.side.link;
  std::uint32_t sent = 0;
  while (link.send_request(place_hold_of(there), to_context(sent)) == Reject::kNone) ++sent;
  EXPECT_GT(sent, 10U);
  EXPECT_LT(pair.side.stream->bytes_held(), 4'000U + 200);
  EXPECT_EQ(link.send_request(place_hold_of(there), to_context(sent)), Reject::kOverloaded);
  EXPECT_FALSE(link.send_message({{}, {}, SettleDone{make_payment_id(there, 5)}}));
  link.send_reply(77, {Reject::kNone, false, false, ConcertView{.concert = here}});
  link.send_reply(78, kDone);
  ASSERT_TRUE(pair.until([&] { return pair.peer->count(FrameType::kReply) == 2; }));
  std::vector<Reply> replies;
  for (const RawPeer::Got& got : pair.peer->frames()) {
    if (got.type != FrameType::kReply) continue;
    ByteReader in(got.payload);
    in.get_bytes(8);
    ASSERT_TRUE(decode_reply(in, replies.emplace_back()).ok());
  }
  EXPECT_EQ(replies[0].reject, Reject::kOverloaded);
  EXPECT_EQ(replies[1].reject, Reject::kNone);
  EXPECT_EQ(link.send_request(place_hold_of(there), to_context(sent)), Reject::kNone) << "it left";
}

TEST_F(PeerLinks, quiet_link_is_pinged_and_its_round_trip_is_known) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  PeerStats stats;
  pair.dialer.link->count_into(stats);
  pair.dialer.clock.advance_ms(200);
  pair.dialer.turn();
  pair.dialer.clock.advance_ms(3);
  ASSERT_TRUE(pair.until([&] { return stats.rtt_us.get() != 0; }));
  EXPECT_GE(stats.rtt_us.get(), 3'000U);
}

TEST_F(PeerLinks, silent_peer_is_down) {
  RawPair pair;
  ASSERT_TRUE(pair.shake_hands());
  ASSERT_EQ(pair.side.link->send_request(read_concert(there), to_context(1)), Reject::kNone);
  const std::size_t pings = pair.peer->count(FrameType::kPing);
  pair.side.clock.advance_ms(200);
  ASSERT_TRUE(pair.until([&] { return pair.peer->count(FrameType::kPing) == pings + 1; }));
  pair.side.clock.advance_ms(549);
  pair.side.turn();
  EXPECT_TRUE(pair.side.link->is_up());
  pair.side.clock.advance_ms(1);
  EXPECT_EQ(pair.side.link->tick(), 1);
  EXPECT_TRUE(pair.side.link->is_up()) << "what it sent may not be read yet";
  pair.side.turn();
  EXPECT_TRUE(pair.side.link->is_closed());
  EXPECT_EQ(pair.side.handler.outcome(1), "instance_unavailable");
  ASSERT_EQ(pair.side.handler.downs.size(), 1U);
  EXPECT_EQ(pair.side.handler.downs[0], "no input for 750 ms");
}

TEST_F(PeerLinks, thread_that_stood_still_does_not_take_its_peer_for_silent) {
  RawPair pair;
  ASSERT_TRUE(pair.shake_hands());
  for (int i = 0; i < 2; ++i) {
    ByteBuffer ping;
    encode_ping(1, ping);
    pair.peer->send(ping);
    pair.side.clock.advance_ms(10'000);
    pair.side.turn();
    const auto& input = pair.side.stream->input();
    const std::uint64_t before = input.bytes_received();
    ASSERT_TRUE(poll_until(pair.io, [] {}, [&] { return input.bytes_received() > before; }));
    const std::size_t pongs = pair.peer->count(FrameType::kPong);
    ASSERT_TRUE(pair.until([&] { return pair.peer->count(FrameType::kPong) == pongs + 1; }));
    EXPECT_TRUE(pair.side.link->is_up());
  }
}

TEST_F(PeerLinks, whatever_a_peer_sends_keeps_it_up) {
  RawPair pair;
  ASSERT_TRUE(pair.shake_hands());
  for (int i = 0; i < 5; ++i) {
    pair.side.clock.advance_ms(700);
    ByteBuffer ping;
    encode_ping(1, ping);
    pair.peer->send(ping);
    const std::size_t pongs = pair.peer->count(FrameType::kPong);
    ASSERT_TRUE(poll_until(
        pair.io, [&] { pair.side.link->flush(), pair.peer->receive(); },
        [&] { return pair.peer->count(FrameType::kPong) == pongs + 1; }));
    pair.side.turn();
    ASSERT_TRUE(pair.side.link->is_up());
  }
}

TEST_F(PeerLinks, handshake_that_does_not_come_to_an_end_is_ended) {
  RawPair pair;
  ASSERT_FALSE(pair.side.link->is_closed());
  pair.side.clock.advance_ms(4'999);
  pair.side.turn();
  EXPECT_FALSE(pair.side.link->is_closed());
  pair.side.clock.advance_ms(1);
  pair.side.turn();
  EXPECT_TRUE(pair.side.link->is_closed());
  ASSERT_EQ(pair.side.handler.downs.size(), 1U);
  EXPECT_EQ(pair.side.handler.downs[0], "the handshake was not done within 5000 ms");
}

TEST_F(PeerLinks, after_goodbye_requests_are_refused_and_messages_go_on) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  ASSERT_EQ(pair.dialer.link->send_request(read_concert(here), to_context(1)), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.acceptor.handler.requests.size() == 1; }));
  pair.acceptor.link->say_goodbye();
  // Sent before the goodbye was read: rejected, certainly not done.
  ASSERT_EQ(pair.dialer.link->send_request(place_hold_of(here), to_context(2)), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.dialer.handler.answers(2) == 1; }));
  EXPECT_EQ(pair.dialer.handler.outcome(2), "instance_unavailable");
  EXPECT_EQ(pair.acceptor.handler.requests.size(), 1U);
  EXPECT_TRUE(pair.dialer.link->peer_leaves());
  EXPECT_EQ(pair.dialer.link->send_request(read_concert(here), to_context(3)),
            Reject::kInstanceUnavailable);
  EXPECT_TRUE(pair.dialer.link->send_message({{}, {}, SettleDone{make_payment_id(here, 5)}}));
  pair.acceptor.link->send_reply(pair.acceptor.handler.requests[0].correlation, kDone);
  ASSERT_TRUE(pair.until([&] {
    return pair.dialer.handler.answers(1) == 1 && pair.acceptor.handler.messages.size() == 1;
  }));
  EXPECT_EQ(pair.dialer.handler.outcome(1), "none");
  EXPECT_EQ(pair.acceptor.link->send_request(read_concert(there), to_context(1)), Reject::kNone)
      << "the one that leaves may ask";
}

TEST_F(PeerLinks, frames_may_come_byte_by_byte) {
  RawPair pair;
  ASSERT_TRUE(pair.shake_hands());
  ByteBuffer bytes = request_frame(place_hold_of(here), 1);
  const ByteBuffer second = request_frame(read_concert(here), 2);
  bytes.insert(bytes.end(), second.begin(), second.end());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    pair.peer->send(std::span<const std::byte>(bytes).subspan(i, 1));
    const std::uint64_t before = pair.side.stream->input().bytes_received();
    ASSERT_TRUE(pair.until([&] { return pair.side.stream->input().bytes_received() > before; }));
  }
  ASSERT_EQ(pair.side.handler.requests.size(), 2U);
  EXPECT_EQ(pair.side.handler.requests[1].correlation, 2U);
}

TEST_F(PeerLinks, bytes_for_other_layers_arrive_by_channel_and_in_order) {
  LinkPair pair;
  EXPECT_FALSE(pair.dialer.link->send_bytes(PeerChannel::kControl, {})) << "not up yet";
  ASSERT_TRUE(pair.until_up());
  std::vector<std::pair<PeerChannel, ByteBuffer>> sent;
  for (std::size_t i = 0; i < 300; ++i) {
    const auto channel = static_cast<PeerChannel>(i % 3);
    sent.emplace_back(channel, ByteBuffer(i * 37, static_cast<std::byte>(i)));
    ASSERT_TRUE(pair.dialer.link->send_bytes(channel, sent.back().second));
  }
  ASSERT_TRUE(pair.until([&] { return pair.acceptor.handler.bytes.size() == sent.size(); }));
  EXPECT_EQ(pair.acceptor.handler.bytes, sent);
  pair.dialer.link->say_goodbye();
  EXPECT_TRUE(pair.dialer.link->send_bytes(PeerChannel::kControl, sent[1].second))
      << "they go on while it leaves";
  ASSERT_TRUE(pair.until([&] { return pair.acceptor.handler.bytes.size() == sent.size() + 1; }));
}

TEST_F(PeerLinks, bytes_that_make_no_sense_to_their_layer_end_the_link) {
  const std::pair<PeerChannel, std::string> cases[] = {{PeerChannel::kToOwner, "to owner"},
                                                       {PeerChannel::kToFollower, "to follower"},
                                                       {PeerChannel::kControl, "control"}};
  for (const auto& [channel, name] : cases) {
    LinkPair pair;
    ASSERT_TRUE(pair.until_up());
    pair.acceptor.handler.bytes_fault = "kind 77 is unknown";
    ASSERT_TRUE(pair.dialer.link->send_bytes(channel, bytes_of("4d")));
    ASSERT_TRUE(pair.dialer.link->send_bytes(channel, bytes_of("4d")));
    ASSERT_TRUE(pair.until([&] { return pair.acceptor.link->is_closed(); }));
    EXPECT_EQ(pair.acceptor.handler.bytes.size(), 1U) << "the second comes too late";
    ASSERT_EQ(pair.acceptor.handler.downs.size(), 1U);
    const std::string& why = pair.acceptor.handler.downs[0];
    EXPECT_TRUE(why.ends_with(": " + name + ": kind 77 is unknown")) << why;
  }
}

TEST_F(PeerLinks, large_frame_comes_through) {
  LinkPair pair;
  ASSERT_TRUE(pair.until_up());
  ConcertView view{.concert = here};
  ConcertDateView date{.date = Date{20'000}};
  date.sections.assign(200, {std::string(100, 'n'), Money{1}, SeatNumber{1}, SeatNumber{2}, 2});
  view.dates.assign(366, std::make_shared<const ConcertDateView>(date));
  pair.acceptor.handler.answer_at_once = {Reject::kNone, false, false, view};
  ASSERT_EQ(pair.dialer.link->send_request(read_concert(here), to_context(1)), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.dialer.handler.answered.size() == 1; }));
  const auto& got = std::get<ConcertView>(pair.dialer.handler.answered[0].reply.body);
  ASSERT_EQ(got.dates.size(), 366U);
  EXPECT_EQ(got.dates[365]->sections[199].name.size(), 100U);
}

}  // namespace
}  // namespace frontrow
