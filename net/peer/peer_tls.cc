#include "net/peer/peer_tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include "engine/base/host_port.h"

namespace frontrow {
namespace {

constexpr std::string_view kBindingLabel = "EXPORTER-Channel-Binding";
constexpr const char* kCiphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr long kYear = 365L * 24 * 3600;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Error openssl_error(const char* what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return Error{std::string("TLS between instances: ") + what + ": " + text};
}

// Valid for longer than a process may live. A wrong clock does no harm, as no side checks the
// dates.
bool fill(X509* certificate, EVP_PKEY* key) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>("frontrow instance");
  return X509_set_version(certificate, 2) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 3600) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), 20 * kYear) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

bool restrict_to_tls_1_3(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_ciphersuites(context, kCiphers) == 1 &&
         SSL_CTX_set_num_tickets(context, 0) == 1;
}

}  // namespace

PeerTls::PeerTls()
    : client_(asio::ssl::context::tls_client), server_(asio::ssl::context::tls_server) {
  client_.set_verify_mode(asio::ssl::verify_none);
  server_.set_verify_mode(asio::ssl::verify_none);
}

Result<std::unique_ptr<PeerTls>> PeerTls::make() {
  std::unique_ptr<PeerTls> tls(new PeerTls());
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  if (!key || !certificate || !fill(certificate.get(), key.get()))
    return openssl_error("cannot make a certificate");
  SSL_CTX* server = tls->server_.native_handle();
  if (SSL_CTX_use_certificate(server, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(server, key.get()) != 1) {
    return openssl_error("cannot use the certificate");
  }
  if (!restrict_to_tls_1_3(server) || !restrict_to_tls_1_3(tls->client_.native_handle()))
    return openssl_error("cannot be restricted to version 1.3");
  return tls;
}

Result<TlsBinding> PeerTls::binding_of(SSL* session) {
  TlsBinding binding;
  if (SSL_export_keying_material(session, reinterpret_cast<unsigned char*>(binding.data()),
                                 binding.size(), kBindingLabel.data(), kBindingLabel.size(),
                                 nullptr, 0, 1) != 1) {
    return openssl_error("cannot derive the channel binding");
  }
  return binding;
}

bool peer_link_uses_tls(std::string_view acceptor_address, bool tls_off) {
  if (tls_off) return false;
  const auto address = split_address(acceptor_address);
  if (!address.ok()) return true;
  asio::error_code error;
  const auto host = asio::ip::make_address(address->host, error);
  return error ? address->host != "localhost" : !host.is_loopback();
}

}  // namespace frontrow
