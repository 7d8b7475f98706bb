// The life cycle of a link: opening, handshake, heartbeats, end.
#include "net/peer/peer_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/peer/peer_kinds.h"

namespace frontrow {
namespace {

// A busy link is pinged too, to measure the round-trip time and the peer's clock.
constexpr std::int64_t kPingAtLeastEveryUs = 1'000'000;
// Time that a refused side has to read the refusal.
constexpr std::int64_t kLastWordsMs = 1'000;
constexpr std::int64_t kTickAtLeastEveryMs = 60'000;
const std::string kNonsense = "invalid input from the peer: ";

}  // namespace

PeerLink::PeerLink(const PeerLinkShared& shared, std::shared_ptr<PeerStream> stream, PeerRole role,
                   InstanceId dialed)
    : shared_(shared), stream_(std::move(stream)), role_(role), dialed_(dialed) {
  deadline_ms_ = now_ms() + shared_.limits.handshake_ms;
}

PeerLink::~PeerLink() { stream_->close(); }

void PeerLink::begin() { stream_->open(this); }

InstanceId PeerLink::peer() const {
  if (role_ == PeerRole::kDialer) return dialed_;
  return handshake_ ? handshake_->peer() : InstanceId{0};
}

void PeerLink::on_open(std::span<const std::byte> binding) {
  state_ = State::kHandshake;
  heard_us_ = put_us_ = shared_.clock.now_us();
  const PeerHandshake::Start start{.role = role_,
                                   .dialed = dialed_,
                                   .binding = binding,
                                   .nonce = fresh_nonce(),
                                   .now_ms = now_ms()};
  handshake_.emplace(shared_.identity, start, stream_->output());
}

void PeerLink::on_input() {
  heard_us_ = shared_.clock.now_us();
  while (state_ != State::kClosed) {
    Result<std::optional<Frame>> frame = stream_->input().next();
    if (!frame.ok()) return close(kNonsense + frame.error());
    if (!*frame) return;
    take_frame(**frame);
  }
}

void PeerLink::take_frame(const Frame& frame) {
  switch (state_) {
    case State::kHandshake:
      return take_handshake(frame);
    case State::kReady:
      return take_ready(frame);
    case State::kUp:
      return take_traffic(frame);
    case State::kOpening:
    case State::kEnding:
    case State::kClosed:
      return;  // too late for any frame
  }
}

void PeerLink::take_handshake(const Frame& frame) {
  using State_ = PeerHandshake::State;
  const State_ state = handshake_->on_frame(frame, now_ms(), stream_->output());
  const PeerHandshake::Refusal& refusal = handshake_->refusal();
  if (state == State_::kBroken) return fault(refusal.text);
  if (state == State_::kRefused) {
    refused_ = true;
    end(refusal.text, refusal.by_peer ? State::kClosed : State::kEnding);
    return;
  }
  if (state != State_::kDone) return;
  offset_.sample(handshake_->clock_offset_ms(), now_ms());
  stream_->input().allow_long_frames();
  encode_ready({shared_.limits.requests_max}, stream_->output());
  state_ = State::kReady;
}

void PeerLink::take_ready(const Frame& frame) {
  if (frame.type != FrameType::kReady)
    return fault(fmt::format("a {} frame where a ready was due", name_of(frame.type)));
  Ready ready;
  if (const Status s = decode_ready(frame.payload, ready); !s.ok()) return fault(s.error());
  granted_ = ready.requests_max;
  state_ = State::kUp;
  up_since_ms_ = now_ms();
  pinged_us_ = 0;
  shared_.handler.on_up(*this);
}

void PeerLink::fault(const std::string& what) {
  close(fmt::format("{}byte {}: {}", kNonsense, stream_->input().frame_at(), what));
}

void PeerLink::on_broken(const std::string& why) {
  if (state_ == State::kEnding) {
    state_ = State::kClosed;
    return;
  }
  const bool is_mute = state_ == State::kHandshake && stream_->input().bytes_received() == 0;
  end(is_mute && !uses_tls() ? why + " (is TLS off on one side only?)" : why, State::kClosed);
}

void PeerLink::close(const std::string& why) {
  if (state_ == State::kEnding) {
    state_ = State::kClosed;
    stream_->close();
    return;
  }
  end(why, State::kClosed);
}

void PeerLink::end(const std::string& why, State state) {
  if (state_ == State::kClosed || state_ == State::kEnding) return;
  state_ = state;
  if (state == State::kClosed) {
    stream_->close();
  } else {
    deadline_ms_ = now_ms() + kLastWordsMs;
    stream_->end_output();
  }
  answer_everybody();
  shared_.handler.on_down(*this, why);
}

void PeerLink::answer_everybody() {
  const std::uint64_t left = stream_->bytes_left();
  for (const PeerCall& call : calls_.take_all()) {
    const bool may_have_acted = call.may_change && call.frame_end <= left;
    answer(call, may_have_acted ? Reject::kOutcomeUnknown : Reject::kInstanceUnavailable);
  }
}

void PeerLink::say_goodbye() {
  if (state_ != State::kUp || said_goodbye_) return;
  said_goodbye_ = true;
  encode_goodbye(stream_->output());
}

bool PeerLink::is_idle() const {
  return calls_.open_count() == 0 && unanswered_ == 0 && stream_->bytes_held() == 0;
}

void PeerLink::flush() {
  if (state_ == State::kClosed) return;
  if (stream_->bytes_put() != counted_out_) {
    put_us_ = shared_.clock.now_us();
    stats_->bytes_out.add(stream_->bytes_put() - counted_out_);
    counted_out_ = stream_->bytes_put();
  }
  stats_->bytes_in.add(stream_->input().bytes_received() - counted_in_);
  counted_in_ = stream_->input().bytes_received();
  stats_->outstanding.set(calls_.open_count());
  stats_->unanswered.set(unanswered_);
  stream_->flush();
  stats_->output_bytes.set(stream_->bytes_held());
}

std::int64_t PeerLink::tick() {
  const std::int64_t now_us = shared_.clock.now_us();
  const std::int64_t now = now_us / 1000;
  if (state_ == State::kClosed) return kTickAtLeastEveryMs;
  if (state_ == State::kUp) {
    if (now_us - heard_us_ >= shared_.limits.silence_ms * 1000) {
      // Perhaps this thread stalled and has not read the peer's bytes yet: the next poll will show.
      if (!std::exchange(suspected_, true)) return 1;
      close(fmt::format("no input for {} ms", (now_us - heard_us_) / 1000));
      return kTickAtLeastEveryMs;
    }
    suspected_ = false;
    give_up_expired(now);
    beat(now_us);
  } else if (now >= deadline_ms_) {
    close(fmt::format("the handshake was not done within {} ms", shared_.limits.handshake_ms));
    return kTickAtLeastEveryMs;
  }
  return next_due_ms(now);
}

void PeerLink::beat(std::int64_t now_us) {
  if (now_us - put_us_ < shared_.limits.ping_ms * 1000 && now_us - pinged_us_ < kPingAtLeastEveryUs)
    return;
  put_us_ = pinged_us_ = now_us;
  encode_ping(now_us, stream_->output());
}

void PeerLink::give_up_expired(std::int64_t now_ms) {
  PeerCall call;
  while (state_ == State::kUp && calls_.take_expired(now_ms, call))
    answer(call, call.may_change ? Reject::kOutcomeUnknown : Reject::kInstanceUnavailable);
}

std::int64_t PeerLink::next_due_ms(std::int64_t now_ms) const {
  std::int64_t due = deadline_ms_;
  if (state_ == State::kUp) {
    due = std::min({put_us_ / 1000 + shared_.limits.ping_ms,
                    (pinged_us_ + kPingAtLeastEveryUs) / 1000,
                    heard_us_ / 1000 + shared_.limits.silence_ms,
                    calls_.earliest_deadline_ms(now_ms + kTickAtLeastEveryMs)});
  }
  return std::clamp<std::int64_t>(due - now_ms, 1, kTickAtLeastEveryMs);
}

}  // namespace frontrow
