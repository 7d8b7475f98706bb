#include "net/peer/peer_directory.h"

#include <asio/io_context.hpp>

#include <chrono>
#include <utility>

#include "engine/base/text.h"

namespace frontrow {
namespace {

constexpr std::chrono::seconds kResolveEvery{3};

std::optional<asio::ip::tcp::endpoint> numeric(const HostAndPort& address) {
  asio::error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  if (error) return std::nullopt;
  return asio::ip::tcp::endpoint(host, *parse_number<std::uint16_t>(address.port));
}

// The endpoint of an address, or the error; may wait for a name server.
void resolve(PeerAddress& peer) {
  const auto address = split_address(peer.name.address);
  if (!address.ok()) {
    peer.error = address.error();
    return;
  }
  asio::io_context io{1};
  asio::ip::tcp::resolver resolver(io);
  asio::error_code error;
  const auto found = resolver.resolve(address->host, address->port, error);
  if (error || found.empty()) {
    peer.error = error ? error.message() : "the name has no address";
    return;
  }
  peer.endpoint = found.begin()->endpoint();
  peer.error.clear();
}

bool is_name(const PeerAddress& peer) {
  const auto address = split_address(peer.name.address);
  return address.ok() && !numeric(*address);
}

}  // namespace

PeerDirectory::PeerDirectory() : thread_([this] { run(); }) {}

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
      peer.endpoint = numeric(*address);
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
