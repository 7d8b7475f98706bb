// Mutual proof of two instances that they know the cluster's secret, without sending it.
//
//   proof = HMAC-SHA-256(secret, label, role, both hellos as sent, channel binding)
//
// Every piece is preceded by its length, so that no two transcripts have the same bytes. Each hello
// has a fresh nonce, so a proof is valid for one handshake only; the proof covers the role, so a
// proof that is sent back to its maker is invalid; the channel binding is a value that only the two
// ends of one TLS session know, so a proof that a man in the middle forwards is invalid too.
// docs/WIRE_FORMAT.md has the whole argument.
//
// A key never changes: any thread may use it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "net/auth/token_mac.h"
#include "net/peer/peer_frame.h"

namespace frontrow {

enum class PeerRole : std::uint8_t { kDialer = 1, kAcceptor = 2 };

constexpr PeerRole other_role(PeerRole role) {
  return role == PeerRole::kDialer ? PeerRole::kAcceptor : PeerRole::kDialer;
}

using PeerProof = std::array<std::byte, kProofBytes>;
using PeerNonce = std::array<std::byte, kNonceBytes>;

struct PeerTranscript {
  std::span<const std::byte> dialer_hello;    // the whole frame
  std::span<const std::byte> acceptor_hello;  // the whole frame
  std::span<const std::byte> binding;         // empty without TLS
};

// From the system's source for secrets.
PeerNonce fresh_nonce();

PeerProof make_proof(const HmacSha256& key, PeerRole role, const PeerTranscript& transcript);
// Compares in constant time.
bool is_same_proof(const PeerProof& a, const PeerProof& b);

}  // namespace frontrow
