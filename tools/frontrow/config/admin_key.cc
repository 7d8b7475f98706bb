#include "tools/frontrow/config/admin_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "net/auth/token_base64.h"
#include "storage/local/posix_file.h"
#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/known_secrets.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSecretFileSizeMax = 4096;
constexpr const char* kSigningFile = "signing.pem";

// Empty if the file does not exist.
Result<std::optional<std::string>> read_secret(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open() && errno == ENOENT) return std::optional<std::string>();
  if (!file.is_open()) return errno_error(path.native(), "open");
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return errno_error(path.native(), "examine");
  if (!S_ISREG(status.st_mode))
    return Error{fmt::format("{}: is not a regular file", path.string())};
  if ((status.st_mode & 077) != 0) {
    return Error{fmt::format("{0}: others may read it (mode {1:04o}); run: chmod 600 {0}",
                             path.string(), status.st_mode & 07777)};
  }
  std::string text(kSecretFileSizeMax + 1, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return errno_error(path.native(), "read");
  if (static_cast<std::size_t>(size) > kSecretFileSizeMax)
    return Error{fmt::format("{}: is too long", path.string())};
  text.resize(static_cast<std::size_t>(size));
  return std::optional<std::string>(std::move(text));
}

// link() never replaces a file: of two processes that start at once, one creates the file and both
// read the same secret.
Status create_secret(const fs::path& path, std::string_view text) {
  const fs::path aside = fmt::format("{}.new.{}", path.string(), ::getpid());
  if (Status status = write_private_file(aside.string(), text); !status.ok()) {
    ::unlink(aside.c_str());
    return status;
  }
  const bool linked = ::link(aside.c_str(), path.c_str()) == 0 || errno == EEXIST;
  const Status failed = linked ? Status() : Status(errno_error(path.native(), "create"));
  ::unlink(aside.c_str());
  return failed.ok() ? sync_directory(path.parent_path().native()) : failed;
}

template <std::size_t Size>
Result<std::array<std::uint8_t, Size>> random_bytes() {
  std::array<std::uint8_t, Size> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return Error{"the system gave no random numbers"};
  return bytes;
}

Result<std::string> new_admin_key() {
  const auto bytes = random_bytes<32>();
  if (!bytes.ok()) return Error{bytes.error()};
  return base64url_encode(*bytes) + '\n';
}

// The id is random too, so that a new key never has the id of an older one.
Result<std::string> new_token_keys() {
  const auto bytes = random_bytes<36>();
  if (!bytes.ok()) return Error{bytes.error()};
  const std::string text((*bytes).begin(), (*bytes).end());
  return format_token_key({'k' + format_hex(text.substr(32)), text.substr(0, 32)}) + '\n';
}

Result<std::string> new_signing_keys() { return new_signing_key(JwsAlgorithm::kEdDsa); }

Result<std::string> read_secret_that_exists(const fs::path& path) {
  auto there = read_secret(path);
  if (!there.ok()) return Error{there.error()};
  if (!*there) return Error{fmt::format("{}: is not there", path.string())};
  return std::move(**there);
}

// Parent directories get the umask's mode, the data directory itself is private to its owner.
Status make_data_directory(const fs::path& data_dir) {
  const fs::path directory = data_dir.has_filename() ? data_dir : data_dir.parent_path();
  std::error_code error;
  if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
  if (error) {
    return Error{fmt::format("{}: cannot create: {}", directory.string(), error.message())};
  }
  return make_private_directory(directory.native());
}

Result<std::string> load_or_create(const fs::path& data_dir, const char* name,
                                   Result<std::string> (*make)(), MissingKeys missing) {
  const fs::path path = data_dir / name;
  if (missing == MissingKeys::kRefuse) return read_secret_that_exists(path);
  if (const Status status = make_data_directory(data_dir); !status.ok()) {
    return Error{status.error()};
  }
  auto found = read_secret(path);
  if (!found.ok()) return Error{found.error()};
  if (*found) return std::move(**found);
  const auto text = make();
  if (!text.ok()) return Error{text.error()};
  if (const Status status = create_secret(path, *text); !status.ok()) return Error{status.error()};
  found = read_secret(path);  // the current file, also if another process created it first
  if (!found.ok()) return Error{found.error()};
  if (!*found) return Error{fmt::format("{}: was removed while it was read", path.string())};
  return std::move(**found);
}

Result<std::vector<TokenKey>> checked(std::vector<TokenKey> keys, const std::string& where) {
  const auto signer = TokenSigner::create(keys);
  if (!signer.ok()) return Error{where + ": " + signer.error()};
  return keys;
}

}  // namespace

Result<std::string> load_admin_key(const fs::path& data_dir, const std::string& configured,
                                   MissingKeys missing) {
  if (!configured.empty()) return configured;
  auto text = load_or_create(data_dir, "admin.key", new_admin_key, missing);
  if (!text.ok()) return text;
  std::string key = *text;
  if (key.ends_with('\n')) key.pop_back();
  if (const Status status = check_admin_key(key); !status.ok()) {
    return Error{fmt::format("{}: the key {}", (data_dir / "admin.key").string(), status.error())};
  }
  return key;
}

Result<std::vector<TokenKey>> load_token_keys(const fs::path& data_dir,
                                              const std::vector<std::string>& configured,
                                              MissingKeys missing) {
  std::vector<TokenKey> keys;
  for (const std::string& text : configured) {
    auto key = parse_token_key(text);
    if (!key.ok()) return Error{"token_keys " + key.error()};
    keys.push_back(std::move(*key));
  }
  if (!keys.empty()) return checked(std::move(keys), "token_keys");

  const auto text = load_or_create(data_dir, "token.keys", new_token_keys, missing);
  if (!text.ok()) return Error{text.error()};
  const std::string path = (data_dir / "token.keys").string();
  std::string_view left = *text;
  for (int number = 1; !left.empty(); ++number) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    if (line.empty() || line.starts_with('#')) continue;
    auto key = parse_token_key(line);
    if (!key.ok()) return Error{fmt::format("{}:{}: {}", path, number, key.error())};
    keys.push_back(std::move(*key));
  }
  return checked(std::move(keys), path);
}

Result<JwsSigner> load_signing_keys(const fs::path& data_dir, const std::string& key_file,
                                    MissingKeys missing) {
  const fs::path path = key_file.empty() ? data_dir / kSigningFile : fs::path(key_file);
  const auto text = key_file.empty()
                        ? load_or_create(data_dir, kSigningFile, new_signing_keys, missing)
                        : read_secret_that_exists(path);
  if (!text.ok()) return Error{text.error()};
  auto signer = JwsSigner::from_pem(*text);
  if (!signer.ok()) return Error{fmt::format("{}: {}", path.string(), signer.error())};
  return signer;
}

Result<std::string> parse_cluster_secret(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto bytes = parse_hex(text);
  if (!bytes || text.size() < kClusterSecretDigitsMin || text.size() > kClusterSecretDigitsMax) {
    return Error{fmt::format("must be {} to {} hexadecimal digits, two for each byte",
                             kClusterSecretDigitsMin, kClusterSecretDigitsMax)};
  }
  if (const Status known = check_not_known(text); !known.ok()) return Error{known.error()};
  return *bytes;
}

Result<std::string> load_cluster_secret(const fs::path& file) {
  const auto text = read_secret(file);
  if (!text.ok()) return Error{text.error()};
  if (!*text) {
    return Error{fmt::format(
        "{0}: is not there; for a new cluster run: (umask 077; frontrow cluster secret > {0}), and "
        "copy the file to every instance",
        file.string())};
  }
  auto secret = parse_cluster_secret(**text);
  if (!secret.ok()) return Error{fmt::format("{}: the secret {}", file.string(), secret.error())};
  return secret;
}

Result<std::string> new_cluster_secret() {
  const auto bytes = random_bytes<kClusterSecretDigitsMin / 2>();
  if (!bytes.ok()) return Error{bytes.error()};
  return format_hex(std::string((*bytes).begin(), (*bytes).end())) + '\n';
}

Result<std::string> read_secret_file(const fs::path& file) {
  auto text = read_secret_that_exists(file);
  if (!text.ok()) return text;
  std::string line = std::move(*text);
  if (line.ends_with('\n')) line.pop_back();
  if (line.empty() || line.find('\n') != line.npos)
    return Error{fmt::format("{}: must hold one line", file.string())};
  return line;
}

}  // namespace frontrow
