#include "tools/frontrow/config/cluster_identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/check.h"
#include "engine/runtime/shared_log/shared_log_keys.h"
#include "engine/runtime/shared_log/text_line.h"
#include "storage/local/posix_file.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

// More than the longest line.
constexpr std::size_t kIdentitySizeMax = 256;

fs::path identity_path(const fs::path& data_dir) { return data_dir / "cluster.id"; }

std::optional<ClusterIdentity> decode_cluster_identity(std::string_view text) {
  std::string_view rest = text;
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  if (rest.starts_with("v1 ")) rest.remove_prefix(3);
  const auto cluster = take_field(rest, "cluster");
  const auto id = take_hex(rest, "id");
  const auto instance = take_field(rest, "instance");
  if (!cluster || !id || !instance || !is_cluster_name(*cluster) || !is_cluster_name(*instance))
    return std::nullopt;
  ClusterIdentity identity{
      .cluster = std::string(*cluster), .id = *id, .instance = std::string(*instance)};
  // Each identity has one text: another version, or anything behind the fields, differs here.
  if (encode_cluster_identity(identity) != text) return std::nullopt;
  return identity;
}

}  // namespace

std::string encode_cluster_identity(const ClusterIdentity& identity) {
  return fmt::format("v1 cluster={} id={:016x} instance={}\n", identity.cluster, identity.id,
                     identity.instance);
}

Result<std::optional<ClusterIdentity>> read_cluster_identity(const fs::path& data_dir) {
  const fs::path path = identity_path(data_dir);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open() && errno == ENOENT) return std::optional<ClusterIdentity>();
  if (!file.is_open()) return errno_error(path.native(), "open");
  std::string text(kIdentitySizeMax, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return errno_error(path.native(), "read");
  text.resize(static_cast<std::size_t>(size));
  std::optional<ClusterIdentity> identity = decode_cluster_identity(text);
  if (!identity) {
    return Error{fmt::format(
        "{}: is not as this program writes it; restore it from a copy, or run the program that "
        "wrote it",
        path.string())};
  }
  return identity;
}

Status write_cluster_identity(const fs::path& data_dir, const ClusterIdentity& identity) {
  FR_CHECK(is_cluster_name(identity.cluster) && is_cluster_name(identity.instance));
  const fs::path path = identity_path(data_dir);
  const fs::path aside = fmt::format("{}.new.{}", path.string(), ::getpid());
  // link() replaces no file: one that is there stays, and is compared below.
  Status status = write_private_file(aside.string(), encode_cluster_identity(identity));
  if (status.ok() && ::link(aside.c_str(), path.c_str()) != 0 && errno != EEXIST)
    status = errno_error(path.native(), "create");
  ::unlink(aside.c_str());
  if (!status.ok()) return status;
  const auto found = read_cluster_identity(data_dir);
  if (!found.ok()) return Error{found.error()};
  if (*found != identity) {
    return Error{fmt::format("{}: the directory belongs to the instance {} of the cluster {}",
                             path.string(), *found ? (*found)->instance : "?",
                             *found ? (*found)->cluster : "?")};
  }
  return sync_directory(data_dir.native());
}

}  // namespace frontrow
