#include "tools/frontrow/serve/descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace frontrow {
namespace {

constexpr std::size_t kDatabaseFiles = 512;
constexpr std::size_t kDatabaseFilesMin = 64;
constexpr std::uint32_t kConnectionsMin = 16;
// Standard streams, locks, directories, the database's own log, manifest and unfinished files.
constexpr std::size_t kOfTheProcess = 64;
// Event sets, waker, timer.
constexpr std::size_t kOfAThread = 6;
constexpr std::uint32_t kRefusals = 256;  // of all threads
// A link, its replacement, and a connection that is not authenticated yet.
constexpr std::size_t kOfAPeer = 4;

}  // namespace

Result<DescriptorShares> share_descriptors(const DescriptorNeeds& needs, std::size_t allowed) {
  DescriptorShares shares;
  shares.refusals =
      std::min(needs.refusals, std::max<std::uint32_t>(1, kRefusals / std::max(1U, needs.threads)));
  const std::size_t threads = needs.threads;
  const std::size_t own = kOfTheProcess + threads * (kOfAThread + needs.listeners) +
                          threads * shares.refusals + needs.reserved + needs.ops +
                          needs.peers * kOfAPeer;
  shares.wanted = own + kDatabaseFiles + needs.connections;
  const std::size_t least = own + kDatabaseFilesMin + std::min(needs.connections, kConnectionsMin);
  if (allowed < least) {
    return Error{fmt::format(
        "only {} open files are allowed (ulimit -n, LimitNOFILE), the log, {} threads and {} "
        "connections need {}; {} are wanted",
        allowed, threads, std::min(needs.connections, kConnectionsMin), least, shares.wanted)};
  }
  // The database gets a quarter of the rest, within its bounds.
  const std::size_t left = allowed - own;
  const std::size_t files = std::clamp(left / 4, kDatabaseFilesMin, kDatabaseFiles);
  shares.database_files = static_cast<int>(files);
  shares.connections =
      static_cast<std::uint32_t>(std::min<std::size_t>(needs.connections, left - files));
  return shares;
}

}  // namespace frontrow
