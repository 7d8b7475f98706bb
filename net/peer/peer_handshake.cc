#include "net/peer/peer_handshake.h"

#include <fmt/format.h>

#include <algorithm>

namespace frontrow {

PeerHandshake::PeerHandshake(const PeerIdentity& identity, const Start& start, ByteBuffer& out)
    : identity_(identity),
      role_(start.role),
      dialed_(start.dialed),
      protocol_(start.protocol),
      now_ms_(start.now_ms),
      nonce_(start.nonce),
      binding_(start.binding.begin(), start.binding.end()) {
  if (is_dialer()) put_hello(out);
}

void PeerHandshake::put_hello(ByteBuffer& out) {
  if (!own_hello_.empty()) return;
  Hello hello;
  hello.protocol = protocol_;
  hello.self = identity_.self;
  hello.other = is_dialer() ? dialed_ : peer_;
  hello.cluster_id = identity_.cluster_id;
  hello.clock_ms = now_ms_;
  hello.nonce = nonce_;
  hello.cluster = identity_.cluster;
  encode_hello(hello, own_hello_);
  out.insert(out.end(), own_hello_.begin(), own_hello_.end());
}

PeerTranscript PeerHandshake::transcript() const {
  if (is_dialer()) return {own_hello_, other_hello_, binding_};
  return {other_hello_, own_hello_, binding_};
}

void PeerHandshake::put_proof(ByteBuffer& out) const {
  encode_proof(make_proof(identity_.key, role_, transcript()), out);
}

PeerHandshake::State PeerHandshake::on_frame(const Frame& frame, std::int64_t now_ms,
                                             ByteBuffer& out) {
  if (state_ != State::kHello && state_ != State::kProof) return state_;
  now_ms_ = now_ms;
  if (frame.type == FrameType::kRefused) {
    Refused refused;
    if (const Status s = decode_refused(frame.payload, refused); !s.ok())
      return on_fault(s.error());
    refusal_ = {refused.code, refused.text, true};
    return state_ = State::kRefused;
  }
  if (state_ == State::kHello && frame.type == FrameType::kHello)
    return on_hello(frame, now_ms, out);
  if (state_ == State::kProof && frame.type == FrameType::kProof) return on_proof(frame, out);
  return on_fault(fmt::format("a {} frame where a {} was due", name_of(frame.type),
                              state_ == State::kHello ? "hello" : "proof"));
}

PeerHandshake::State PeerHandshake::on_fault(const std::string& what) {
  refusal_ = {{}, what, false};
  return state_ = State::kBroken;
}

PeerHandshake::State PeerHandshake::on_hello(const Frame& frame, std::int64_t now_ms,
                                             ByteBuffer& out) {
  Hello hello;
  if (const Status s = decode_hello(frame.payload, hello); !s.ok()) return on_fault(s.error());
  peer_ = hello.self;
  clock_offset_ms_ = now_ms - hello.clock_ms;
  other_hello_.assign(frame.whole.begin(), frame.whole.end());
  if (!agrees(hello, out)) return state_;
  put_hello(out);
  protocol_ = std::min(protocol_, hello.protocol);
  if (is_dialer()) put_proof(out);
  return state_ = State::kProof;
}

PeerHandshake::State PeerHandshake::on_proof(const Frame& frame, ByteBuffer& out) {
  PeerProof proof;
  if (const Status s = decode_proof(frame.payload, proof); !s.ok()) return on_fault(s.error());
  if (!is_same_proof(proof, make_proof(identity_.key, other_role(role_), transcript()))) {
    return refuse(
        RefusalCode::kProof,
        "it does not prove the cluster's secret: it has another one, or somebody is in between",
        "you do not prove the cluster's secret: you have another one, or somebody is in between",
        out);
  }
  if (!is_dialer()) put_proof(out);
  return state_ = State::kDone;
}

PeerHandshake::State PeerHandshake::refuse(RefusalCode code, const std::string& ours,
                                           const std::string& theirs, ByteBuffer& out) {
  put_hello(out);
  encode_refused({code, theirs}, out);
  refusal_ = {code, ours, false};
  return state_ = State::kRefused;
}

// Checks in an order in which the first disagreement explains the others.
bool PeerHandshake::agrees(const Hello& hello, ByteBuffer& out) {
  const auto differ = [&](RefusalCode code, const char* what, const std::string& its,
                          const std::string& ours) {
    refuse(code, fmt::format("its {} is {}, ours is {}", what, its, ours),
           fmt::format("your {} is {}, ours is {}", what, its, ours), out);
    return false;
  };
  if (hello.protocol < kPeerProtocolOldest || hello.protocol_oldest > kPeerProtocol) {
    return differ(RefusalCode::kProtocol, "protocol",
                  fmt::format("{} to {}", hello.protocol_oldest, hello.protocol),
                  fmt::format("{} to {}", kPeerProtocolOldest, kPeerProtocol));
  }
  if (hello.cluster != identity_.cluster || hello.cluster_id != identity_.cluster_id) {
    const auto text = [](const std::string& name, std::uint64_t id) {
      return fmt::format("\"{}\" ({:016x})", name, id);
    };
    return differ(RefusalCode::kCluster, "cluster", text(hello.cluster, hello.cluster_id),
                  text(identity_.cluster, identity_.cluster_id));
  }
  return agrees_on_ids(hello, out);
}

bool PeerHandshake::agrees_on_ids(const Hello& hello, ByteBuffer& out) {
  const InstanceId self = identity_.self;
  const InstanceId dialer = is_dialer() ? self : hello.self;
  const InstanceId acceptor = is_dialer() ? hello.self : self;
  const auto differ = [&](RefusalCode code, const std::string& ours, const std::string& theirs) {
    refuse(code, ours, theirs, out);
    return false;
  };
  if (hello.self == self) {
    const std::string text = fmt::format("both sides say that they are instance {}", self);
    return differ(RefusalCode::kMyself, text, text);
  }
  if (hello.other != self || (is_dialer() && hello.self != dialed_)) {
    return differ(
        RefusalCode::kSomeone,
        is_dialer() && hello.self != dialed_
            ? fmt::format("it is instance {}, instance {} was dialed", hello.self, dialed_)
            : fmt::format("it wants instance {}, this is instance {}", hello.other, self),
        fmt::format("you want instance {}, this is instance {}", hello.other, self));
  }
  if (dialer < acceptor) {
    const std::string text =
        fmt::format("instance {} dialed instance {}; the higher id dials", dialer, acceptor);
    return differ(RefusalCode::kDirection, text, text);
  }
  return true;
}

}  // namespace frontrow
