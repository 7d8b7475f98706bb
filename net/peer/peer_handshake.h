// The first frames of a link, until each side knows that the other is an instance of the same
// cluster, with the same slot map, that has the secret. A state machine over frames: it knows
// nothing of sockets, threads and clocks.
//
//   dialer                                acceptor
//   hello ------------------------------>
//         <------------------------------ hello
//   proof ------------------------------>
//         <------------------------------ proof, and whatever comes after
//
// The dialer proves first: whoever merely connects gets nothing that was made with the secret. Both
// check the other's hello; who disagrees says why in a `refused` frame. An acceptor that refuses
// sends its hello first, so that the dialer can see the disagreement for itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/cluster/cluster.h"
#include "net/peer/peer_frame.h"
#include "net/peer/peer_proof.h"

namespace frontrow {

// What an instance is, to its peers. Must outlive the handshakes.
struct PeerIdentity {
  const ClusterView& cluster;
  const HmacSha256& key;
};

// The secret must be as strong as the proof: no shorter than this.
inline constexpr std::size_t kPeerSecretBytesMin = 32;

class PeerHandshake {
 public:
  enum class State : std::uint8_t {
    kHello,    // the other's hello is awaited
    kProof,    // its proof is
    kDone,     // proven: peer() is who is there
    kRefused,  // refusal() says why; what was put out is to be sent, then the link ends
    kBroken,   // what came is no handshake; refusal().text says what
  };
  struct Start {
    PeerRole role = PeerRole::kDialer;
    InstanceId dialed = 0;               // whom the dialer dialed
    std::span<const std::byte> binding;  // of the TLS session; empty without
    PeerNonce nonce{};                   // fresh_nonce(), but for tests
    std::int64_t now_ms = 0;
    std::uint16_t protocol = kPeerProtocol;  // the newest that is offered
  };
  struct Refusal {
    RefusalCode code{};
    std::string text;      // "its map is ..., ours is ...", or what the peer sent
    bool by_peer = false;  // the peer refuses us
  };

  // Puts out the hello, if it is on us to begin.
  PeerHandshake(const PeerIdentity& identity, const Start& start, ByteBuffer& out);

  // Nothing more is taken in once the state is none of the first two.
  State on_frame(const Frame& frame, std::int64_t now_ms, ByteBuffer& out);

  State state() const { return state_; }
  const Refusal& refusal() const { return refusal_; }
  // As the other side says; proven once kDone. 0 while it has said nothing.
  InstanceId peer() const { return peer_; }
  // The newest that both sides understand; once kDone.
  std::uint16_t protocol() const { return protocol_; }
  // Our clock less its clock, as its hello arrived: at least the truth, by the time that it took.
  std::int64_t clock_offset_ms() const { return clock_offset_ms_; }

 private:
  State on_fault(const std::string& what);
  State refuse(RefusalCode code, const std::string& ours, const std::string& theirs,
               ByteBuffer& out);
  State on_hello(const Frame& frame, std::int64_t now_ms, ByteBuffer& out);
  State on_proof(const Frame& frame, ByteBuffer& out);
  bool agrees(const Hello& hello, ByteBuffer& out);
  bool agrees_on_ids(const Hello& hello, ByteBuffer& out);
  void put_hello(ByteBuffer& out);
  void put_proof(ByteBuffer& out) const;
  PeerTranscript transcript() const;
  bool is_dialer() const { return role_ == PeerRole::kDialer; }

  const PeerIdentity& identity_;
  const PeerRole role_;
  const InstanceId dialed_;
  State state_ = State::kHello;
  InstanceId peer_ = 0;
  std::uint16_t protocol_;
  std::int64_t clock_offset_ms_ = 0;
  std::int64_t now_ms_;
  PeerNonce nonce_;
  std::vector<std::byte> binding_;
  ByteBuffer own_hello_;    // as sent; empty while it has not been
  ByteBuffer other_hello_;  // as received
  Refusal refusal_;
};

}  // namespace frontrow
