// The traffic of a link that is up: requests, replies, messages, pings.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/core/codec/wire_codec.h"
#include "net/peer/peer_kinds.h"
#include "net/peer/peer_link.h"

namespace frontrow {
namespace {

constexpr std::uint8_t kFastLine = 0;
constexpr std::uint8_t kSlowLine = 1;

// The correlation is the first field of a request's and a reply's payload.
void set_correlation(ByteBuffer& out, std::size_t frame_begin, std::uint64_t correlation) {
  std::memcpy(out.data() + frame_begin + kFrameHeadBytes, &correlation, sizeof correlation);
}

}  // namespace

bool PeerLink::output_is_full() const {
  return stream_->bytes_held() >= shared_.limits.output_bytes_max;
}

void PeerLink::answer(const PeerCall& call, Reject reject) {
  if (reject == Reject::kOutcomeUnknown) {
    stats_->outcome_unknown.add();
  } else {
    stats_->refused_unavailable.add();
  }
  shared_.handler.on_answer(call.reply_to, rejected(reject));
}

Reject PeerLink::send_request(const Command& command, const ReplyTo& reply_to) {
  if (state_ != State::kUp || peer_leaves_) {
    stats_->refused_unavailable.add();
    return Reject::kInstanceUnavailable;
  }
  if (calls_.open_count() >= granted_ || output_is_full()) {
    stats_->refused_overloaded.add();
    return Reject::kOverloaded;
  }
  const bool slow = is_slow(command.body);
  const PeerLinkLimits& limits = shared_.limits;
  PeerCall call;
  call.reply_to = reply_to;
  call.may_change = !is_read(command.body);
  call.line = slow ? kSlowLine : kFastLine;
  call.deadline_ms = now_ms() + (slow ? limits.slow_request_ms : limits.request_ms);
  ByteBuffer& out = stream_->output();
  const std::size_t begin = begin_frame(FrameType::kRequest, out);
  ByteWriter writer(out);
  encode_head(RequestHead{0, call.deadline_ms, slot_of(command.body)}, writer);
  encode_command(command, writer);
  if (out.size() - begin > kFrameBytesMax) {  // the API's bounds are narrower
    out.resize(begin);
    stats_->refused_overloaded.add();
    return Reject::kOverloaded;
  }
  end_frame(begin, out);
  call.frame_end = stream_->bytes_put();
  set_correlation(out, begin, calls_.open(call));
  stats_->requests_out.add();
  return Reject::kNone;
}

bool PeerLink::send_message(const Command& message) {
  if (state_ != State::kUp || output_is_full()) {
    stats_->messages_dropped.add();
    return false;
  }
  ByteBuffer& out = stream_->output();
  const std::size_t begin = begin_frame(FrameType::kMessage, out);
  ByteWriter writer(out);
  encode_head(MessageHead{slot_of(message.body)}, writer);
  encode_command(message, writer);
  end_frame(begin, out);
  stats_->messages_out.add();
  return true;
}

void PeerLink::send_reply(std::uint64_t correlation, const Reply& reply) {
  if (state_ != State::kUp) return;
  FR_CHECK(unanswered_ > 0);
  // Only reads have large replies, and a refused read changes no state.
  if (is_large(reply.body) && output_is_full())
    return refuse_request(correlation, Reject::kOverloaded);
  ByteBuffer& out = stream_->output();
  const std::size_t begin = begin_frame(FrameType::kReply, out);
  ByteWriter writer(out);
  writer.put(correlation);
  encode_reply(reply, writer);
  if (out.size() - begin > kFrameBytesMax) {
    out.resize(begin);
    return refuse_request(correlation, Reject::kOverloaded);
  }
  end_frame(begin, out);
  --unanswered_;
  stats_->replies_out.add();
}

bool PeerLink::send_bytes(PeerChannel channel, std::span<const std::byte> bytes) {
  if (state_ != State::kUp) return false;
  encode_peer_bytes(channel, bytes, stream_->output());
  return true;
}

void PeerLink::refuse_request(std::uint64_t correlation, Reject reject) {
  send_reply(correlation, rejected(reject));
}

void PeerLink::take_traffic(const Frame& frame) {
  switch (frame.type) {
    case FrameType::kRequest:
      return take_request(frame);
    case FrameType::kReply:
      return take_reply(frame);
    case FrameType::kMessage:
      return take_message(frame);
    case FrameType::kPing:
      return take_ping(frame);
    case FrameType::kPong:
      return take_pong(frame);
    case FrameType::kGoodbye:
      if (const Status s = decode_goodbye(frame.payload); !s.ok()) return fault(s.error());
      peer_leaves_ = true;
      return;
    case FrameType::kToOwner:
    case FrameType::kToFollower:
    case FrameType::kControl:
      return take_bytes(*channel_of(frame.type), frame);
    case FrameType::kHello:
    case FrameType::kProof:
    case FrameType::kRefused:
    case FrameType::kReady:
      break;
  }
  fault(fmt::format("a {} frame on a link that is up", name_of(frame.type)));
}

// Whether this instance decides on the slot is left to its worker: the map changes at any time.
bool PeerLink::check_slot(SlotId slot) {
  const SlotId right = slot_of(command_.body);
  if (slot != right) {
    fault(fmt::format("a {} for slot {}, which belongs to slot {}", name_of(command_.body),
                      slot.value, right.value));
    return false;
  }
  if (right.value >= kSlotCount) {
    fault(
        fmt::format("a {} for slot {}, which does not exist", name_of(command_.body), slot.value));
    return false;
  }
  return true;
}

void PeerLink::take_request(const Frame& frame) {
  ByteReader in(frame.payload);
  const RequestHead head = decode_request_head(in);
  if (const Status s = decode_command(in, command_); !s.ok()) return fault("request: " + s.error());
  if (is_message(command_.body))
    return fault(fmt::format("a {} as a request; it is a message", name_of(command_.body)));
  if (!check_slot(head.slot)) return;
  if (unanswered_ >= shared_.limits.requests_max) {
    return fault(
        fmt::format("one request more than the {} that it may have unanswered", unanswered_));
  }
  ++unanswered_;
  stats_->requests_in.add();
  const std::int64_t now = now_ms();
  // Also after our goodbye, which the peer had not read yet: a retry is served elsewhere.
  if (said_goodbye_) return refuse_request(head.correlation, Reject::kInstanceUnavailable);
  // Avoids a sum that could overflow: the peer chooses the deadline.
  if (head.deadline_ms <= now - offset_.ms()) {
    stats_->refused_late.add();
    return refuse_request(head.correlation, Reject::kInstanceUnavailable);
  }
  shared_.handler.on_request(*this, head.correlation, command_);
}

void PeerLink::take_reply(const Frame& frame) {
  ByteReader in(frame.payload);
  const auto correlation = in.get<std::uint64_t>();
  Reply reply;
  if (const Status s = decode_reply(in, reply); !s.ok()) return fault("reply: " + s.error());
  PeerCall call;
  bool awaited = false;
  if (!calls_.close(correlation, call, awaited))
    return fault(fmt::format("a reply to request {:x}, which is not open", correlation));
  stats_->replies_in.add();
  if (awaited) shared_.handler.on_answer(call.reply_to, std::move(reply));
}

void PeerLink::take_message(const Frame& frame) {
  ByteReader in(frame.payload);
  const MessageHead head = decode_message_head(in);
  if (const Status s = decode_command(in, command_); !s.ok()) return fault("message: " + s.error());
  if (!is_message(command_.body))
    return fault(fmt::format("a {} as a message between slots", name_of(command_.body)));
  if (!check_slot(head.slot)) return;
  stats_->messages_in.add();
  shared_.handler.on_message(std::move(command_));
}

void PeerLink::take_bytes(PeerChannel channel, const Frame& frame) {
  const Status taken = shared_.handler.on_bytes(*this, channel, frame.payload);
  if (!taken.ok()) fault(std::string(name_of(frame.type)) + ": " + taken.error());
}

void PeerLink::take_ping(const Frame& frame) {
  std::int64_t stamp_us = 0;
  if (const Status s = decode_stamp(frame.payload, stamp_us); !s.ok()) return fault(s.error());
  const std::int64_t now = now_ms();
  offset_.sample(now - stamp_us / 1000, now);
  encode_pong(stamp_us, stream_->output());
}

void PeerLink::take_pong(const Frame& frame) {
  std::int64_t stamp_us = 0;
  if (const Status s = decode_stamp(frame.payload, stamp_us); !s.ok()) return fault(s.error());
  if (stamp_us > pinged_us_ || stamp_us <= 0)
    return fault(fmt::format("a pong for a ping of {}, which was not sent", stamp_us));
  const std::int64_t rtt = shared_.clock.now_us() - stamp_us;
  const auto before = static_cast<std::int64_t>(stats_->rtt_us.get());
  const std::int64_t smoothed = before == 0 ? rtt : before + (rtt - before) / 8;
  stats_->rtt_us.set(static_cast<std::uint64_t>(std::max<std::int64_t>(smoothed, 1)));
}

}  // namespace frontrow
