#include "net/peer/peer_proof.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstring>
#include <string_view>

namespace frontrow {
namespace {

constexpr std::string_view kLabel = "frontrow peer proof, version 1";

void put_piece(ByteWriter& out, std::span<const std::byte> piece) {
  out.put(static_cast<std::uint32_t>(piece.size()));
  out.put_bytes(piece);
}

}  // namespace

PeerNonce fresh_nonce() {
  PeerNonce nonce;
  FR_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), nonce.size()) == 1);
  return nonce;
}

PeerProof make_proof(const HmacSha256& key, PeerRole role, const PeerTranscript& transcript) {
  ByteBuffer text;
  ByteWriter out(text);
  put_piece(out, std::as_bytes(std::span{kLabel}));
  out.put(static_cast<std::uint8_t>(role));
  put_piece(out, transcript.dialer_hello);
  put_piece(out, transcript.acceptor_hello);
  put_piece(out, transcript.binding);
  const Mac mac = key({reinterpret_cast<const char*>(text.data()), text.size()});
  PeerProof proof;
  static_assert(sizeof proof == sizeof mac);
  std::memcpy(proof.data(), mac.data(), sizeof proof);
  return proof;
}

bool is_same_proof(const PeerProof& a, const PeerProof& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace frontrow
