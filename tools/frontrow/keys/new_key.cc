#include "tools/frontrow/keys/new_key.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "storage/local/posix_file.h"

#include "tools/frontrow/config/config_values.h"

namespace frontrow::keys {
namespace {

Result<std::string> service_key_text(ServiceKeyText key) {
  const auto secret = new_service_secret();
  if (!secret.ok()) return secret;
  const Sha256Digest digest = sha256(*secret);
  key.sha256 = format_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  return fmt::format(
      "# The secret, for the user of the key. It is printed once and stored nowhere:\n# {}\n{}",
      *secret, format_service_key(key));
}

// The first block of a PEM text.
std::string first_block(const std::string& pem) {
  const std::size_t begin = pem.find("-----BEGIN");
  const std::size_t end = pem.find("-----END", begin);
  return pem.substr(begin, pem.find('\n', end) - begin) + '\n';
}

// The file is replaced as a whole, with its mode and owner.
Result<std::string> renew(const NewKeyArgs& args) {
  struct stat before{};
  if (::stat(args.renew.c_str(), &before) != 0) return errno_error(args.renew, "examine");
  std::ifstream in(args.renew, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return errno_error(args.renew, "read");
  const auto old = JwsSigner::from_pem(text);
  if (!old.ok()) return Error{fmt::format("{} {}", args.renew, old.error())};
  const auto fresh = frontrow::new_signing_key(args.algorithm);
  if (!fresh.ok()) return fresh;
  const auto both = JwsSigner::from_pem(*fresh + first_block(text));
  if (!both.ok()) return Error{fmt::format("the renewed file {}", both.error())};
  const std::string aside = args.renew + ".new";
  if (Status s = write_private_file(aside, *fresh + first_block(text)); !s.ok())
    return Error{s.error()};
  if (::chown(aside.c_str(), before.st_uid, before.st_gid) != 0 ||
      ::rename(aside.c_str(), args.renew.c_str()) != 0) {
    return errno_error(args.renew, "replace");
  }
  return fmt::format("{}: {} signs, {} still verifies; send the server SIGHUP\n", args.renew,
                     both->key_ids()[0], both->key_ids()[1]);
}

Result<std::string> text_of(const NewKeyArgs& args) {
  if (args.kind == Kind::kService) return service_key_text(args.key);
  return args.renew.empty() ? frontrow::new_signing_key(args.algorithm) : renew(args);
}

}  // namespace

int new_key(const NewKeyArgs& args) {
  const auto text = text_of(args);
  if (!text.ok()) {
    std::fprintf(stderr, "frontrow keys: %s\n", text.error().c_str());
    return 1;
  }
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace frontrow::keys
