// TLS 1.3 for the links between instances, without certificates to look after.
//
// Each instance makes a key and a self-signed certificate when it starts, in memory, because TLS
// wants one; nobody checks it. That the right one is at the other end follows from the handshake
// inside (peer_proof.h): the proofs are bound to the session by a value that only its two ends can
// compute (RFC 9266, tls-exporter), so that whoever ends TLS on both sides and passes on what he
// reads is found out. Sessions are not resumed.
//
// An object may be used by all threads; each session by one.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>

#include "engine/base/result.h"
#include "net/peer/peer_proof.h"

namespace frontrow {

using TlsBinding = std::array<std::byte, 32>;

class PeerTls {
 public:
  // Fails where OpenSSL can't do what is asked of it.
  static Result<std::unique_ptr<PeerTls>> make();

  // For asio::ssl::stream.
  asio::ssl::context& context(PeerRole role) {
    return role == PeerRole::kDialer ? client_ : server_;
  }
  // Of a session whose handshake is done.
  static Result<TlsBinding> binding_of(SSL* session);

 private:
  PeerTls();

  asio::ssl::context client_;
  asio::ssl::context server_;
};

// Whether a link is under TLS: both sides know the address that the acceptor has in the cluster's
// configuration, so both come to the same answer without asking. Within one machine, or where the
// operator says by name that the network is trusted, it isn't.
bool peer_link_uses_tls(const asio::ip::tcp::endpoint& acceptor, bool tls_off);

}  // namespace frontrow
