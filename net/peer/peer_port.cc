#include "net/peer/peer_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/peer/peer_kinds.h"

namespace frontrow {
Peers::Peers(asio::io_context& io, Worker& worker, Engine& engine, PeersShared& shared)
    : io_(io),
      worker_(worker),
      engine_(engine),
      shared_(shared),
      link_shared_{shared.identity(), shared.options().limits, clock_, *this},
      random_(HashFold(shared.options().seed).add(worker.index()).value()),
      listener_(io, [this](asio::ip::tcp::socket&& socket) { accepted(std::move(socket)); }) {}

Peers::~Peers() = default;

Status Peers::start() {
  if (Status s = listener_.listen(shared_.options().listen); !s.ok()) return s;
  started_ = true;
  return {};
}

// Dials the peers of the directory, at their addresses of now. Links to an instance that left the
// cluster end.
void Peers::follow_directory() {
  const std::uint64_t version = shared_.directory().version();
  if (!started_ || draining_ || version == directory_version_) return;
  directory_version_ = version;
  PeerAddresses next = shared_.directory().addresses();
  for (const Held& h : links_) {
    const InstanceId peer = h.link->peer();
    // Not one that dialed before the directory has it.
    if (h.link->is_up() && addresses_.contains(peer) && !next.contains(peer))
      h.link->close("it left the cluster");
  }
  addresses_ = std::move(next);
  std::erase_if(dialers_, [this](const auto& each) { return !addresses_.contains(each.first); });
  for (const auto& [peer, address] : addresses_) {
    if (peer >= shared_.self() || peer % engine_.worker_count() != worker_.index()) continue;
    if (address.endpoints.empty() && !address.error.empty()) {
      tell_once(peer, false,
                fmt::format("{} at {} can't be reached: {}", address.name.name,
                            address.name.address, address.error),
                address.error);
    }
    const auto dialer = dialers_.find(peer);
    (dialer == dialers_.end() ? add_dialer(peer) : dialer->second).set_addresses(address.endpoints);
  }
}

PeerDialer& Peers::add_dialer(InstanceId peer) {
  const auto failed = [this, peer](const std::string& why) {
    stats_.at(peer).connect_failures.add();
    tell_once(peer, false, fmt::format("{} can't be reached: {}", name_of(peer), why), why);
  };
  return dialers_
      .try_emplace(
          peer, io_, shared_.options().dial, random_,
          [this, peer](asio::ip::tcp::socket&& socket) { connected(peer, std::move(socket)); },
          failed)
      .first->second;
}

// For the log: "box-2 at 10.0.0.2:7101".
std::string Peers::name_of(InstanceId peer) const {
  const auto found = addresses_.find(peer);
  if (found == addresses_.end()) return fmt::format("instance {}", peer);
  return fmt::format("{} at {}", found->second.name.name, found->second.name.address);
}

void Peers::connected(InstanceId peer, asio::ip::tcp::socket&& socket) {
  const std::string& address = addresses_.at(peer).name.address;
  add_link(std::move(socket), PeerRole::kDialer, peer, address, shared_.tls_for(address));
}

void Peers::accepted(asio::ip::tcp::socket&& socket) {
  asio::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  make_room();
  add_link(std::move(socket), PeerRole::kAcceptor, 0, text_of(remote),
           shared_.tls_for(shared_.options().address));
}

void Peers::add_link(asio::ip::tcp::socket&& socket, PeerRole role, InstanceId dialed,
                     const std::string& address, PeerTls* tls) {
  auto stream = std::make_shared<PeerStream>(std::move(socket), role, tls);
  Held& h = links_.emplace_back();
  h.address = address;
  h.link = std::make_unique<PeerLink>(link_shared_, std::move(stream), role, dialed);
  h.link->begin();
}

// Evicts the oldest unauthenticated connection. An attacker that fills the places can't keep an
// instance out, because an instance needs one for three round trips only.
void Peers::make_room() {
  std::size_t unproven = 0;
  PeerLink* oldest = nullptr;
  for (const Held& h : links_) {
    const PeerLink& link = *h.link;
    if (link.role() == PeerRole::kDialer || link.is_proven() || link.is_closed()) continue;
    ++unproven;
    if (oldest == nullptr) oldest = h.link.get();
  }
  if (unproven >= shared_.options().unproven_max) oldest->close("evicted before authentication");
}

Peers::Held& Peers::held(const PeerLink& link) {
  const auto found = std::find_if(links_.begin(), links_.end(),
                                  [&](const Held& h) { return h.link.get() == &link; });
  FR_CHECK(found != links_.end());
  return *found;
}

void Peers::on_up(PeerLink& link) {
  const InstanceId peer = link.peer();
  if (draining_) return link.close("this instance is about to stop");
  if (up_[peer] != nullptr) up_[peer]->close("replaced by a newer link");
  PeerStats& stats = stats_.at(peer);
  link.count_into(stats);
  up_[peer] = &link;
  stats.up.set(1);
  stats.connections.add();
  stats.last_refusal.set("");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  stats.up_since_s.set(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
  shared_.log_throttle().forget(peer);
  Held& h = held(link);
  shared_.log(false, fmt::format("link to {} is up ({})", name_of(peer),
                                 link.uses_tls() ? "TLS 1.3" : "plain"));
  h.serial = shared_.holders().take(peer, [&] {
    engine_.link_is_up(peer, worker_.index());
    shared_.options().on_link(peer, true);
  });
}

void Peers::on_down(PeerLink& link, const std::string& why) {
  const InstanceId peer = link.peer();
  const Held& h = held(link);
  if (peer <= kInstanceIdMax && up_[peer] == &link) {
    up_[peer] = nullptr;
    PeerStats& stats = stats_.at(peer);
    for (Counter* now : {&stats.up, &stats.outstanding, &stats.unanswered, &stats.output_bytes}) {
      now->set(0);
    }
    shared_.holders().give_up(peer, h.serial, [&] {
      engine_.link_is_down(peer);
      engine_.links().set_unsent(peer, 0);
      shared_.options().on_link(peer, false);
    });
  }
  forget_link(link);
  tell_end(link, h.address, why);
  const auto dialer = dialers_.find(link.peer());
  if (link.role() == PeerRole::kDialer && dialer != dialers_.end()) {
    const std::int64_t since = link.up_since_ms();
    dialer->second.link_ended(since == 0 ? 0 : now_ms() - since, now_ms());
  }
}

// Replies to this link's requests will still come, and are discarded.
void Peers::forget_link(PeerLink& link) {
  for (PeerRequest& request : peer_requests_) {
    if (request.link == &link) request.link = nullptr;
  }
}

void Peers::tell_end(const PeerLink& link, const std::string& address, const std::string& why) {
  const InstanceId peer = link.peer();
  const bool accepted = link.role() == PeerRole::kAcceptor;
  const std::string who =
      addresses_.contains(peer) ? name_of(peer) : "a connection from " + address;
  if (const PeerHandshake::Refusal* refusal = link.refusal()) {
    if (addresses_.contains(peer)) {
      stats_.at(peer).handshakes_refused.add();
      stats_.at(peer).last_refusal.set(why);
    }
    return tell_once(peer, accepted,
                     refusal->by_peer
                         ? fmt::format("{} refused this instance, saying: {}", who, why)
                         : fmt::format("{} refused: {}", who, why),
                     why);
  }
  if (link.up_since_ms() == 0)
    return tell_once(peer, accepted, fmt::format("{} did not become a link: {}", who, why), why);
  const bool expected = draining_ || link.peer_leaves();
  shared_.log(!expected, fmt::format("link to {} ended: {}", who,
                                     link.peer_leaves() ? "it has stopped" : why));
}

void Peers::tell_once(InstanceId peer, bool accepted, const std::string& line,
                      const std::string& why) {
  const InstanceId known = addresses_.contains(peer) ? peer : InstanceId{0};
  if (shared_.log_throttle().should_log(known, accepted, why, now_ms())) shared_.log(true, line);
}

void Peers::send(InstanceId to, const Command& command, const ReplyTo& reply_to) {
  PeerLink* link = up_[to];
  if (!reply_to.expects_reply()) {
    if (link != nullptr) {
      link->send_message(command);
    } else {
      stats_.at(to).messages_dropped.add();
    }
    return;
  }
  Reject reject = Reject::kInstanceUnavailable;
  if (link != nullptr) {
    reject = link->send_request(command, reply_to);
  } else {
    stats_.at(to).refused_unavailable.add();
  }
  if (reject != Reject::kNone) worker_.answer(reply_to, rejected(reject));
}

void Peers::send_bytes(const OutboundBytes& out) {
  engine_.links().taken_over(out.to, out.bytes->size());
  PeerLink* link = up_[out.to];
  if (link == nullptr || !link->send_bytes(out.channel, *out.bytes)) return;
  stats_.at(out.to).copied_out.add(out.bytes->size());
}

Status Peers::on_bytes(PeerLink& link, PeerChannel channel, std::span<const std::byte> bytes) {
  stats_.at(link.peer()).copied_in.add(bytes.size());
  return shared_.options().on_bytes(link.peer(), channel, bytes);
}

void Peers::on_answer(const ReplyTo& to, Reply&& reply) { worker_.answer(to, std::move(reply)); }

void Peers::on_message(Command&& message) { engine_.deliver(std::move(message)); }

// A command for a slot that is another instance's by now is refused and not sent on: two maps that
// differ for a moment would send it to and fro.
void Peers::on_request(PeerLink& link, std::uint64_t correlation, const Command& command) {
  if (!engine_.owns(slot_of(command.body)))
    return link.send_reply(correlation, rejected(Reject::kInstanceUnavailable));
  PeerRequest& request = peer_requests_.take();
  request.link = &link;
  request.correlation = correlation;
  worker_.submit(command, {.worker = worker_.index(),
                           .asker = Asker::kPeer,
                           .context = request.index(),
                           .generation = request.generation()});
}

void Peers::on_reply(const ReplyTo& to, Reply&& reply) {
  PeerRequest* request = peer_requests_.find(to.context, to.generation);
  FR_CHECK(request != nullptr);  // the engine replies once
  PeerLink* link = std::exchange(request->link, nullptr);
  peer_requests_.release(*request);
  if (link != nullptr) link->send_reply(request->correlation, reply);
}

Duration Peers::tick() {
  clock_.forget();
  const std::int64_t now = now_ms();
  listener_.tick(now);
  follow_directory();
  close_replaced();
  std::int64_t due_ms = shared_.options().limits.silence_ms;
  for (auto& [peer, dialer] : dialers_) due_ms = std::min(due_ms, dialer.tick(now));
  // Only I/O adds links, but tick() may end each of them.
  for (std::size_t i = 0; i < links_.size(); ++i) due_ms = std::min(due_ms, links_[i].link->tick());
  std::erase_if(links_, [](const Held& h) { return h.link->is_closed(); });
  return milliseconds(due_ms);
}

// Closes links to peers that have a newer link on another thread.
void Peers::close_replaced() {
  for (const Held& h : links_) {
    if (h.link->is_up() && !shared_.holders().is_newest(h.link->peer(), h.serial))
      h.link->close("replaced by a newer link");
  }
}

void Peers::flush() {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    PeerLink& link = *links_[i].link;
    link.flush();
    if (link.is_up()) engine_.links().set_unsent(link.peer(), link.bytes_held());
  }
  clock_.forget();
}

void Peers::drain() {
  draining_ = true;
  listener_.stop();
  for (auto& [peer, dialer] : dialers_) dialer.stop();
  for (const Held& h : links_) {
    if (h.link->is_up()) {
      h.link->say_goodbye();
    } else {
      h.link->close("this instance is about to stop");
    }
  }
}

bool Peers::is_idle() const {
  return std::all_of(links_.begin(), links_.end(), [](const Held& h) {
    return h.link->is_closed() || (h.link->is_up() && h.link->is_idle());
  });
}

void Peers::stop() {
  if (!draining_) drain();
  flush();
  for (const Held& h : links_) h.link->close("this instance stops");
}

}  // namespace frontrow
