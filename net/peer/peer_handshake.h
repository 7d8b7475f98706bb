// The first frames of a link, until each side knows that the other is an instance of the same
// cluster that has the secret. A state machine over frames, without sockets, threads and clocks.
//
//   dialer                                acceptor
//   hello ------------------------------>
//         <------------------------------ hello
//   proof ------------------------------>
//         <------------------------------ proof, and all later frames
//
// The dialer proves first, so that a mere connection yields no bytes that were made with the
// secret. Both check the other's hello; a side that disagrees sends the reason in a `refused`
// frame. An acceptor that refuses sends its hello first, so that the dialer can see the
// disagreement itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/peer/peer_frame.h"
#include "net/peer/peer_proof.h"

namespace frontrow {

// The identity of an instance towards its peers. Must outlive the handshakes.
struct PeerIdentity {
  std::string cluster;           // its name
  std::uint64_t cluster_id = 0;  // drawn when it was created: two clusters of one name differ
  InstanceId self = 0;           // in the slot map
  const HmacSha256& key;
};

// The secret must be as strong as the proof: this is its least length.
inline constexpr std::size_t kPeerSecretBytesMin = 32;

class PeerHandshake {
 public:
  enum class State : std::uint8_t {
    kHello,    // awaits the other's hello
    kProof,    // awaits the other's proof
    kDone,     // proven: peer() is the other instance
    kRefused,  // refusal() has the reason; the link ends once the output is sent
    kBroken,   // the input is no handshake; refusal().text has the fault
  };
  struct Start {
    PeerRole role = PeerRole::kDialer;
    InstanceId dialed = 0;               // the instance that the dialer dialed
    std::span<const std::byte> binding;  // of the TLS session; empty without
    PeerNonce nonce{};                   // fresh_nonce(), except in tests
    std::int64_t now_ms = 0;
    std::uint16_t protocol = kPeerProtocol;  // the newest that is offered
  };
  struct Refusal {
    RefusalCode code{};
    std::string text;      // "its cluster is ..., ours is ...", or the peer's text
    bool by_peer = false;  // the peer refuses this instance
  };

  // Writes the hello to out, if this side begins.
  PeerHandshake(const PeerIdentity& identity, const Start& start, ByteBuffer& out);

  // Ignores frames in all but the first two states.
  State on_frame(const Frame& frame, std::int64_t now_ms, ByteBuffer& out);

  State state() const { return state_; }
  const Refusal& refusal() const { return refusal_; }
  // The id that the other side claims; proven once kDone. 0 before its hello.
  InstanceId peer() const { return peer_; }
  // The newest version that both sides understand; valid once kDone.
  std::uint16_t protocol() const { return protocol_; }
  // Our clock minus the peer's, as its hello arrived: too large by the transit time of the hello.
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
  ByteBuffer own_hello_;    // as sent; empty before
  ByteBuffer other_hello_;  // as received
  Refusal refusal_;
};

}  // namespace frontrow
