#include "net/http/server/connection_counts.h"

namespace frontrow {
namespace {

bool count_one(std::atomic<std::uint32_t>& count, std::uint32_t max) {
  if (count.fetch_add(1, std::memory_order_relaxed) < max) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

bool ConnectionCounts::add(Kind kind) {
  bool fits = false;
  switch (kind) {
    case Kind::kPublic:
      fits = count_one(shared_.connections, limits_.connections);
      break;
    case Kind::kReserved:
      fits = count_one(shared_.reserved, limits_.reserved_connections);
      break;
    case Kind::kOps:
      fits = count_one(shared_.ops_connections, limits_.ops_connections);
      break;
    case Kind::kRefused:
      ++refused_;
      return true;
  }
  if (fits) ++stats_.open;
  return fits;
}

void ConnectionCounts::remove(Kind kind) {
  switch (kind) {
    case Kind::kPublic:
      shared_.connections.fetch_sub(1, std::memory_order_relaxed);
      break;
    case Kind::kReserved:
      shared_.reserved.fetch_sub(1, std::memory_order_relaxed);
      break;
    case Kind::kOps:
      shared_.ops_connections.fetch_sub(1, std::memory_order_relaxed);
      break;
    case Kind::kRefused:
      --refused_;
      return;
  }
  --stats_.open;
}

bool ConnectionCounts::add_address(std::uint64_t address) {
  return address == 0 || shared_.addresses.add(address, limits_.connections_per_address);
}

void ConnectionCounts::remove_address(std::uint64_t address) {
  if (address != 0) shared_.addresses.remove(address);
}

}  // namespace frontrow
