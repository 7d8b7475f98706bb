// Cost of large responses: a seat map of 100,000 seats (list and bitmap) and a concert of 9,000
// sections, rendered at once and from the cache, as fast as requests can come while the sale
// changes them; and the memory of responses that no client reads.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "net/api/api_render.h"
#include "net/api/view_cache.h"
#include "net/http/server/http_server.h"
#include "net/pages/openapi.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kSeats = 100'000;

SeatsSnapshot hall() {
  SeatsSnapshot s{.concert = ConcertId{1}, .date = Date{20'811}, .version = 1, .total = kSeats};
  s.free = kSeats;
  s.sections = {{"floor", Money{90'000}, SeatNumber{1}, SeatNumber{kSeats / 4}, 0},
                {"stand", Money{50'000}, SeatNumber{kSeats / 4 + 1}, SeatNumber{kSeats}, 0}};
  s.free_bits.assign((kSeats + 63) / 64, ~std::uint64_t{0});
  s.free_bits.back() = (std::uint64_t{1} << kSeats % 64) - 1;
  return s;
}

// The seat map after the next hold: the state of one seat differs.
SeatsView next_version(const SeatsView& seats) {
  SeatsSnapshot next = *seats;
  const auto seat = static_cast<std::size_t>(next.version * 7'919 % kSeats);
  next.free_bits[seat / 64] ^= std::uint64_t{1} << seat % 64;
  ++next.version;
  return std::make_shared<const SeatsSnapshot>(std::move(next));
}

ConcertView wide_concert() {
  ConcertView view{.concert = ConcertId{1}, .title = "A concert of many nights", .waiting = 5'000};
  for (std::int32_t day = 0; day < 100; ++day) {
    ConcertDateView date{.date = Date{20'811 + day}, .free = 9'000};
    for (std::uint32_t i = 0; i < 90; ++i) {
      date.sections.push_back({"section " + std::to_string(i), Money{50'000},
                               SeatNumber{i * 100 + 1}, SeatNumber{i * 100 + 100}, 100});
    }
    view.dates.push_back(std::make_shared<const ConcertDateView>(std::move(date)));
  }
  return view;
}

void note_bytes(benchmark::State& state, std::size_t bytes) {
  state.counters["bytes"] = static_cast<double>(bytes);
  state.SetItemsProcessed(state.iterations());
}

void seats_rendered_at_once(benchmark::State& state) {
  const SeatsSnapshot seats = hall();
  std::string body;
  for (auto _ : state) {
    body.clear();
    render(body, seats);
    benchmark::DoNotOptimize(body.data());
  }
  note_bytes(state, body.size());
}
BENCHMARK(seats_rendered_at_once);

// range(0): gzip.
template <SeatsForm kForm>
void seats_of_the_same_version(benchmark::State& state) {
  ViewCache cache(std::size_t{1} << 26);
  const SeatsView seats = std::make_shared<const SeatsSnapshot>(hall());
  std::size_t bytes = 0;
  for (auto _ : state) {
    cache.open(seats, kForm);
    benchmark::DoNotOptimize(cache.etag(state.range(0) != 0));
    bytes = cache.body(state.range(0) != 0).size();
  }
  note_bytes(state, bytes);
}
BENCHMARK(seats_of_the_same_version<SeatsForm::kList>)->ArgName("gzip")->Arg(0)->Arg(1);
BENCHMARK(seats_of_the_same_version<SeatsForm::kBitmap>)->ArgName("gzip")->Arg(0)->Arg(1);

template <SeatsForm kForm>
void seats_of_a_new_version_each_time(benchmark::State& state) {
  ViewCache cache(std::size_t{1} << 26);
  std::vector<SeatsView> versions = {std::make_shared<const SeatsSnapshot>(hall())};
  while (versions.size() < 64) versions.push_back(next_version(versions.back()));
  std::size_t at = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    cache.open(versions[at++ % versions.size()], kForm);
    bytes = cache.body(state.range(0) != 0).size();
  }
  note_bytes(state, bytes);
}
BENCHMARK(seats_of_a_new_version_each_time<SeatsForm::kList>)->ArgName("gzip")->Arg(0)->Arg(1);
BENCHMARK(seats_of_a_new_version_each_time<SeatsForm::kBitmap>)->ArgName("gzip")->Arg(0)->Arg(1);

void bitmap_rendered_at_once(benchmark::State& state) {
  const SeatsSnapshot seats = hall();
  std::string body;
  for (auto _ : state) {
    body.clear();
    render_bitmap(body, seats);
    benchmark::DoNotOptimize(body.data());
  }
  note_bytes(state, body.size());
}
BENCHMARK(bitmap_rendered_at_once);

void concert_rendered_at_once(benchmark::State& state) {
  const ConcertView view = wide_concert();
  std::string body;
  for (auto _ : state) {
    body.clear();
    render_public(body, view);
    benchmark::DoNotOptimize(body.data());
  }
  note_bytes(state, body.size());
}
BENCHMARK(concert_rendered_at_once);

// A user joins before each request: only the count of waiting users differs.
void concert_after_a_join(benchmark::State& state) {
  ViewCache cache(std::size_t{1} << 26);
  ConcertView view = wide_concert();
  std::size_t bytes = 0;
  for (auto _ : state) {
    ++view.waiting;
    cache.open(view);
    benchmark::DoNotOptimize(cache.etag(state.range(0) != 0));
    bytes = cache.body(state.range(0) != 0).size();
  }
  note_bytes(state, bytes);
}
BENCHMARK(concert_after_a_join)->ArgName("gzip")->Arg(0)->Arg(1);

void concert_after_a_hold(benchmark::State& state) {
  ViewCache cache(std::size_t{1} << 26);
  ConcertView view = wide_concert();
  std::size_t at = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    ConcertDateRef& date = view.dates[at++ % view.dates.size()];
    ConcertDateView changed = *date;
    --changed.free;
    ++changed.held;
    date = std::make_shared<const ConcertDateView>(std::move(changed));
    cache.open(view);
    bytes = cache.body(state.range(0) != 0).size();
  }
  note_bytes(state, bytes);
}
BENCHMARK(concert_after_a_hold)->ArgName("gzip")->Arg(0)->Arg(1);

class Documents final : public HttpHandler {
 public:
  HttpServer* server = nullptr;
  const SharedBody document = Body::of_constant(openapi_document());
  void handle(const Request&, RequestRef ref) override {
    server->respond_shared(ref, {}, {{}, document, {}});
  }
  void stream_closed(RequestRef) override {}
};

// 200 requests for a document on each of 200 connections that never read: measures the server's
// memory for an accepted request.
void memory_of_an_unread_answer(benchmark::State& state) {
  double bytes = 0;
  for (auto _ : state) {
    asio::io_context io{1};
    const HttpLimits limits;
    HttpShared shared;
    Documents handler;
    HttpServer server(io, handler, limits, shared);
    handler.server = &server;
    FR_CHECK(server.listen({asio::ip::make_address("127.0.0.1"), 0}).ok());
    std::string many;
    for (int i = 0; i < 200; ++i) many += "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
    std::vector<int> clients(200);
    for (int& fd : clients) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(server.port());
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      FR_CHECK(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
      FR_CHECK(::send(fd, many.data(), many.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(many.size()));
      io.poll();
      server.flush();
    }
    for (int turn = 0; turn < 20; ++turn) {
      io.run_one_for(std::chrono::milliseconds(5));
      io.poll();
      server.flush();
    }
    bytes = static_cast<double>(server.stats().unsent_bytes) /
            static_cast<double>(server.stats().requests);
    for (const int fd : clients) ::close(fd);
  }
  state.counters["bytes_a_request"] = bytes;
}
BENCHMARK(memory_of_an_unread_answer)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
