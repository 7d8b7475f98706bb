// TLS 1.3 for the links between instances, without certificates to manage.
//
// Each instance makes a key and a self-signed certificate at its start, in memory, because TLS
// requires one; no side checks it. The handshake inside (peer_proof.h) authenticates the other end:
// the proofs are bound to the session by a value that only its two ends can compute (RFC 9266,
// tls-exporter), which detects a man in the middle who ends TLS on both sides. Sessions are not
// resumed.
//
// Any thread may use an object; each session belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include <asio/ssl/context.hpp>

#include "engine/base/result.h"
#include "net/peer/peer_proof.h"

namespace frontrow {

using TlsBinding = std::array<std::byte, 32>;

class PeerTls {
 public:
  // Fails on an error of OpenSSL.
  static Result<std::unique_ptr<PeerTls>> make();

  // The context for asio::ssl::stream.
  asio::ssl::context& context(PeerRole role) {
    return role == PeerRole::kDialer ? client_ : server_;
  }
  // The channel binding of a session whose handshake is done.
  static Result<TlsBinding> binding_of(SSL* session);

 private:
  PeerTls();

  asio::ssl::context client_;
  asio::ssl::context server_;
};

// Whether a link uses TLS. Both sides know the acceptor's address as text, from its member record,
// so they agree without negotiation. Links to a loopback address or "localhost", and all links with
// tls_off, which operators set for trusted networks, are plain.
bool peer_link_uses_tls(std::string_view acceptor_address, bool tls_off);

}  // namespace frontrow
