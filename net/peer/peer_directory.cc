#include "net/peer/peer_directory.h"

#include <asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/base/text.h"

namespace frontrow {
namespace {

constexpr std::chrono::seconds kResolveEvery{3};

PeerEndpoints numeric(const HostAndPort& address) {
  asio::error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  if (error) return {};
  return {{host, *parse_number<std::uint16_t>(address.port)}};
}

bool is_name(const PeerAddress& peer) {
  const auto address = split_address(peer.name.address);
  return address.ok() && numeric(*address).empty();
}

}  // namespace

Result<PeerEndpoints> resolve_by_system(const HostAndPort& name) {
  asio::io_context io{1};
  asio::ip::tcp::resolver resolver(io);
  asio::error_code error;
  PeerEndpoints endpoints;
  for (const auto& found : resolver.resolve(name.host, name.port, error))
    endpoints.push_back(found.endpoint());
  if (error) return Error{error.message()};
  return endpoints;
}

PeerDirectory::PeerDirectory(ResolvePeer resolve)
    : resolve_(std::move(resolve)), thread_([this] { run(); }) {}

PeerDirectory::~PeerDirectory() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void PeerDirectory::set(const PeerNames& peers) {
  const std::lock_guard lock(mutex_);
  PeerAddresses next;
  for (const auto& [id, name] : peers) {
    const auto before = addresses_.find(id);
    if (before != addresses_.end() && before->second.name == name) {
      next.insert(*before);
      continue;
    }
    PeerAddress& peer = next[id];
    peer.name = name;
    const auto address = split_address(name.address);
    if (!address.ok()) {
      peer.error = address.error();
    } else {
      peer.endpoints = numeric(*address);
    }
    has_new_names_ |= is_name(peer);
  }
  if (next == addresses_) return;
  addresses_ = std::move(next);
  version_.fetch_add(1, std::memory_order_release);
  wake_.notify_all();
}

PeerAddresses PeerDirectory::addresses() const {
  const std::lock_guard lock(mutex_);
  return addresses_;
}

void PeerDirectory::run() {
  std::unique_lock lock(mutex_);
  while (!stops_) {
    wake_.wait_for(lock, kResolveEvery, [this] { return stops_ || has_new_names_; });
    if (stops_) return;
    has_new_names_ = false;
    lock.unlock();
    resolve_names();
    lock.lock();
  }
}

// A name server may give the same addresses in another order each time: they keep theirs. An error
// leaves the addresses that were there.
void PeerDirectory::resolve(PeerAddress& peer) const {
  auto found = resolve_(*split_address(peer.name.address));
  if (!found.ok() || found->empty()) {
    peer.error = found.ok() ? "the name has no address" : found.error();
    return;
  }
  peer.error.clear();
  if (found->size() > kPeerEndpointsMax) found->resize(kPeerEndpointsMax);
  if (!std::ranges::is_permutation(*found, peer.endpoints)) peer.endpoints = std::move(*found);
}

void PeerDirectory::resolve_names() {
  for (auto& [id, peer] : addresses()) {
    if (!is_name(peer)) continue;
    PeerAddress now = peer;
    resolve(now);
    const std::lock_guard lock(mutex_);
    const auto found = addresses_.find(id);
    if (found == addresses_.end() || found->second.name != now.name || found->second == now)
      continue;
    found->second = std::move(now);
    version_.fetch_add(1, std::memory_order_release);
  }
}

}  // namespace frontrow
