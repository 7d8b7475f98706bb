// Cost of a link between two instances: the bytes of a hold and of its reply alone, and both
// through a real connection on this machine with both ends in one thread.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "bench/allocations.h"
#include "engine/base/check.h"
#include "engine/core/codec/wire_codec.h"
#include "net/peer/peer_kinds.h"
#include "net/peer/peer_link.h"

namespace frontrow {
namespace {

const UserId kUser{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

Command hold_of(ConcertId concert) {
  return {{kUser, TicketNumber{123'456}, 0},
          {{1, 2}, 3},
          PlaceHold{concert, Date{20'811}, {SeatNumber{12'345}}}};
}

Reply held_of(ConcertId concert) {
  return {Reject::kNone, true, false,
          HoldView{.hold = make_hold_id(concert, 77),
                   .concert = concert,
                   .date = Date{20'811},
                   .seats = {SeatNumber{12'345}},
                   .amount = Money{50'000},
                   .expires_at = Instant{1'790'000'300'000}}};
}

void encode_hold(benchmark::State& state) {
  const Command command = hold_of(ConcertId{1});
  ByteBuffer out;
  out.reserve(1'000);
  const CountAllocations count(state);
  for (auto _ : state) {
    out.clear();
    ByteWriter writer(out);
    encode_command(command, writer);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(encode_hold);

void decode_hold(benchmark::State& state) {
  ByteBuffer bytes;
  ByteWriter writer(bytes);
  encode_command(hold_of(ConcertId{1}), writer);
  Command command;
  const CountAllocations count(state);
  for (auto _ : state) {
    ByteReader reader(bytes);
    FR_CHECK(decode_command(reader, command).ok());
    benchmark::DoNotOptimize(command);
  }
}
BENCHMARK(decode_hold);

void encode_and_decode_answer(benchmark::State& state) {
  const Reply reply = held_of(ConcertId{1});
  ByteBuffer out;
  out.reserve(1'000);
  Reply read;
  const CountAllocations count(state);
  for (auto _ : state) {
    out.clear();
    ByteWriter writer(out);
    encode_reply(reply, writer);
    ByteReader reader(out);
    FR_CHECK(decode_reply(reader, read).ok());
    benchmark::DoNotOptimize(read);
  }
}
BENCHMARK(encode_and_decode_answer);

// Replies to each hold at once and counts the received replies.
struct Handler final : PeerLinkHandler {
  void on_up(PeerLink&) override { up = true; }
  void on_down(PeerLink&, const std::string&) override { FR_CHECK(!"the link broke"); }
  void on_request(PeerLink& link, std::uint64_t correlation, const Command&) override {
    link.send_reply(correlation, answer);
  }
  void on_message(Command&&) override {}
  Status on_bytes(PeerLink&, PeerChannel, std::span<const std::byte>) override { return {}; }
  void on_answer(const ReplyTo&, Reply&& reply) override {
    FR_CHECK(reply.reject == Reject::kNone);
    ++answers;
  }
  Reply answer;
  bool up = false;
  std::uint64_t answers = 0;
};

struct Side {
  Side(InstanceId self, const HmacSha256& key)
      : identity{"bench", 7, self, key}, shared{identity, limits, clock, handler} {}
  void open(asio::ip::tcp::socket&& socket, PeerRole role, PeerTls* tls) {
    link = std::make_unique<PeerLink>(
        shared, std::make_shared<PeerStream>(std::move(socket), role, tls), role, InstanceId{1});
    link->begin();
  }
  PeerIdentity identity;
  PeerLinkLimits limits;
  SteadyPeerClock clock;
  Handler handler;
  PeerLinkShared shared;
  std::unique_ptr<PeerLink> link;
};

// `depth` holds are in flight; each side sends its pending frames with one write a turn.
void holds_over_a_link(benchmark::State& state) {
  const HmacSha256 key({reinterpret_cast<const std::uint8_t*>("secret"), 6});
  const auto tls = PeerTls::make();
  FR_CHECK(tls.ok());
  asio::io_context io{ASIO_CONCURRENCY_HINT_UNSAFE};
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  asio::ip::tcp::socket client(io);
  client.connect(acceptor.local_endpoint());
  Side dialer(2, key), owner(1, key);
  PeerTls* used = state.range(0) == 0 ? nullptr : tls->get();
  owner.open(acceptor.accept(), PeerRole::kAcceptor, used);
  dialer.open(std::move(client), PeerRole::kDialer, used);
  const ConcertId concert{1};
  owner.handler.answer = held_of(concert);
  const Command command = hold_of(concert);
  const auto turn = [&] {
    io.poll();
    dialer.link->tick(), owner.link->tick();
    dialer.link->flush(), owner.link->flush();
  };
  while (!dialer.handler.up || !owner.handler.up) turn();
  const auto depth = static_cast<std::uint64_t>(state.range(1));
  std::uint64_t sent = 0;
  const auto run = [&](std::uint64_t until) {
    while (dialer.handler.answers < until) {
      while (sent < until && sent - dialer.handler.answers < depth) {
        FR_CHECK(dialer.link->send_request(command, {.worker = 0}) == Reject::kNone);
        ++sent;
      }
      turn();
    }
  };
  run(10 * depth);  // buffers have grown
  std::uint64_t goal = dialer.handler.answers;
  {
    const CountAllocations count(state);
    for (auto _ : state) run(goal += depth);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(depth));
}
BENCHMARK(holds_over_a_link)
    ->ArgNames({"tls", "depth"})
    ->Args({0, 1})
    ->Args({0, 64})
    ->Args({0, 1024})
    ->Args({1, 1})
    ->Args({1, 64})
    ->Args({1, 1024});

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
