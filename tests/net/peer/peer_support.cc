#include "tests/net/peer/peer_support.h"

#include <limits>

#include <asio/write.hpp>

#include "engine/core/codec/wire_codec.h"

namespace frontrow {

HmacSha256 peer_key(const std::string& secret) {
  return HmacSha256({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
}

InstanceId owner_of(SlotId slot, std::size_t instances) {
  return static_cast<InstanceId>(slot.value % instances + 1);
}

ConcertId concert_of_instance(InstanceId owner, std::size_t instances) {
  ConcertId concert{1};
  while (owner_of(slot_of_concert(concert), instances) != owner) ++concert.value;
  return concert;
}

UserId user_of_instance(InstanceId owner, std::size_t instances, std::uint8_t which) {
  UserId user{{which}};
  while (owner_of(slot_of_user(user), instances) != owner) ++user.bytes[15];
  return user;
}

ByteBuffer bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  ByteBuffer bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return bytes;
}

std::string RecordingPeerHandler::outcome(std::uint32_t context) const {
  for (const Answered& a : answered) {
    if (a.to.context == context) return std::string(name_of(a.reply.reject));
  }
  return "no answer yet";
}

std::size_t RecordingPeerHandler::answers(std::uint32_t context) const {
  std::size_t count = 0;
  for (const Answered& a : answered) count += a.to.context == context ? 1 : 0;
  return count;
}

std::pair<asio::ip::tcp::socket, asio::ip::tcp::socket> connected_pair(asio::io_context& io) {
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  asio::ip::tcp::socket client(io);
  client.connect(acceptor.local_endpoint());
  return {std::move(client), acceptor.accept()};
}

LinkPair::LinkPair(const PeerLinkLimits& dialer_limits, const PeerLinkLimits& acceptor_limits,
                   PeerTls* dialer_tls, PeerTls* acceptor_tls, const std::string& dialer_secret)
    : dialer(2, dialer_limits, dialer_secret), acceptor(1, acceptor_limits) {
  auto [client, server] = connected_pair(io);
  acceptor.make(std::move(server), PeerRole::kAcceptor, 0, acceptor_tls);
  dialer.make(std::move(client), PeerRole::kDialer, 1, dialer_tls);
}

void RawPeer::send(std::span<const std::byte> bytes) {
  asio::error_code error;
  asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), error);
}

void RawPeer::receive() {
  input_.allow_long_frames();
  for (;;) {
    asio::error_code error;
    const auto room = input_.room();
    const std::size_t got = socket_.read_some(asio::buffer(room.data(), room.size()), error);
    input_.received(got);
    if (error && error != asio::error::would_block) ended_ = true;
    while (auto frame = *input_.next()) {
      frames_.push_back({frame->type,
                         {frame->payload.begin(), frame->payload.end()},
                         {frame->whole.begin(), frame->whole.end()}});
    }
    if (error) return;
  }
}

std::size_t RawPeer::count(FrameType type) const {
  std::size_t count = 0;
  for (const Got& got : frames_) count += got.type == type ? 1 : 0;
  return count;
}

RawPair::RawPair(const PeerLinkLimits& limits) : side(1, limits) {
  auto [client, server] = connected_pair(io);
  side.make(std::move(server), PeerRole::kAcceptor, 0, nullptr);
  peer = std::make_unique<RawPeer>(std::move(client));
}

bool RawPair::until(const std::function<bool()>& done) {
  return poll_until(io, [this] { side.turn(), peer->receive(); }, done);
}

bool play_dialer(RawPeer& peer, const ClusterMember& as, std::uint32_t requests_max,
                 const Until& until) {
  const HmacSha256 key = peer_key();
  const PeerIdentity identity = as.identity(key);
  ByteBuffer out;
  PeerHandshake handshake(identity, {.dialed = 1, .nonce = fresh_nonce(), .now_ms = 1}, out);
  std::size_t seen = 0;
  until([&] {
    for (; seen < peer.frames().size(); ++seen) {
      const RawPeer::Got& got = peer.frames()[seen];
      handshake.on_frame({got.type, got.payload, got.whole}, 1, out);
    }
    peer.send(out);
    out.clear();
    return peer.ended() || handshake.state() == PeerHandshake::State::kDone;
  });
  if (handshake.state() != PeerHandshake::State::kDone) return false;
  encode_ready({requests_max}, out);
  peer.send(out);
  return until([&] { return peer.count(FrameType::kReady) == 1; });
}

bool RawPair::shake_hands(std::uint32_t requests_max) {
  const Until turns = [this](const std::function<bool()>& done) { return until(done); };
  return play_dialer(*peer, {2}, requests_max, turns) &&
         until([this] { return side.link->is_up(); });
}

ByteBuffer request_frame(const Command& command, std::uint64_t correlation,
                         std::optional<SlotId> slot) {
  ByteBuffer out;
  const std::size_t begin = begin_frame(FrameType::kRequest, out);
  ByteWriter writer(out);
  const std::int64_t late = std::numeric_limits<std::int64_t>::max();
  encode_head(RequestHead{correlation, late, slot.value_or(slot_of(command.body))}, writer);
  encode_command(command, writer);
  end_frame(begin, out);
  return out;
}

ByteBuffer message_frame(const Command& command, std::optional<SlotId> slot) {
  ByteBuffer out;
  const std::size_t begin = begin_frame(FrameType::kMessage, out);
  ByteWriter writer(out);
  encode_head(MessageHead{slot.value_or(slot_of(command.body))}, writer);
  encode_command(command, writer);
  end_frame(begin, out);
  return out;
}

ByteBuffer reply_frame(std::uint64_t correlation, const Reply& reply) {
  ByteBuffer out;
  const std::size_t begin = begin_frame(FrameType::kReply, out);
  ByteWriter writer(out);
  writer.put(correlation);
  encode_reply(reply, writer);
  end_frame(begin, out);
  return out;
}

std::uint64_t correlation_of(const RawPeer::Got& request_or_reply) {
  return ByteReader(request_or_reply.payload).get<std::uint64_t>();
}

Command read_concert(ConcertId concert) { return {{}, {}, ReadConcert{concert}}; }

Command place_hold_of(ConcertId concert) {
  return {{UserId{{9}}, TicketNumber{4}, 0},
          {{1, 2}, 3},
          PlaceHold{concert, Date{20'000}, {SeatNumber{1}, SeatNumber{2}}}};
}

ReplyTo to_context(std::uint32_t context) { return {.worker = 0, .context = context}; }

}  // namespace frontrow
