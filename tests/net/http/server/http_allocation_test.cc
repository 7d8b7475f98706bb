// Counts calls of operator new in this program, and allocated bytes: the server's steady state
// makes no such calls, and an idle connection takes few bytes.
#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

#include "net/http/server/http_server.h"
#include "tests/net/http/server/http_test_server.h"

namespace {
std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> bytes_held{0};

void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  bytes_held.fetch_add(::malloc_usable_size(memory), std::memory_order_relaxed);
  return memory;
}

void counted_free(void* memory) {
  if (memory == nullptr) return;
  bytes_held.fetch_sub(::malloc_usable_size(memory), std::memory_order_relaxed);
  std::free(memory);
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { counted_free(memory); }
void operator delete[](void* memory) noexcept { counted_free(memory); }
void operator delete(void* memory, std::size_t) noexcept { counted_free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { counted_free(memory); }

namespace frontrow {
namespace {

// Keeps every request for a response in the next turn, without allocating.
class EchoHandler final : public HttpHandler {
 public:
  void handle(const Request&, RequestRef ref) override { waiting[count++ % waiting.size()] = ref; }
  void stream_closed(RequestRef) override {}
  std::array<RequestRef, 16> waiting{};
  std::size_t count = 0;
};

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

// Sends `request` `rounds` times over one connection, four at once, and returns the allocations in
// between.
std::size_t allocations_of(std::string_view request, std::size_t rounds) {
  asio::io_context io{1};
  HttpLimits limits;
  HttpShared shared;
  EchoHandler handler;
  HttpServer server(io, handler, limits, shared);
  EXPECT_TRUE(server.listen({asio::ip::make_address("127.0.0.1"), 0}).ok());
  const int fd = connect_to(server.port());
  const std::string four =
      std::string(request) + std::string(request) + std::string(request) + std::string(request);
  const std::string body(300, 'x');
  std::vector<char> answer(64 * 1024);
  std::size_t before = 0;
  for (std::size_t round = 0; round < rounds + 100; ++round) {
    if (round == 100) before = allocations.load();
    const std::size_t target = handler.count + 4;
    // Cut, so that the parser keeps a rest between two reads.
    EXPECT_EQ(::send(fd, four.data(), four.size() - 9, MSG_NOSIGNAL),
              static_cast<ssize_t>(four.size() - 9));
    while (handler.count < target - 1) io.run_one();
    EXPECT_EQ(::send(fd, four.data() + four.size() - 9, 9, MSG_NOSIGNAL), 9);
    while (handler.count < target) io.run_one();
    // The second before the first, so that a response waits for its turn.
    const auto ref = [&](std::size_t i) {
      return handler.waiting[(target - 4 + i) % handler.waiting.size()];
    };
    for (const std::size_t i : {1, 0, 2, 3}) server.respond(ref(i), {}, body);
    server.flush();
    std::size_t got = 0;
    while (got < 4 * body.size()) {
      const ssize_t n = ::recv(fd, answer.data(), answer.size(), 0);
      if (n <= 0) break;
      got += static_cast<std::size_t>(n);
    }
    EXPECT_GT(got, 4 * body.size());
  }
  const std::size_t sum = allocations.load() - before;
  ::close(fd);
  return sum;
}

TEST(HttpAllocation, ten_thousand_requests_of_one_connection_allocate_nothing) {
  const std::string_view request =
      "GET /v1/concerts/1/dates HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n";
  EXPECT_EQ(allocations_of(request, 2'500), 0U);
}

TEST(HttpAllocation, requests_with_bodies_allocate_nothing) {
  const std::string start = "POST /v1 HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(allocations_of(start + "Content-Length: 20\r\n\r\n01234567890123456789", 2'500), 0U);
  EXPECT_EQ(allocations_of(start + "Transfer-Encoding: chunked\r\n\r\n"
                                   "14\r\n01234567890123456789\r\n0\r\n\r\n",
                           1'000),
            0U);
}

TEST(HttpAllocation, idle_connections_hold_little_memory) {
  constexpr std::size_t kConnections = 200;
  TestServer server;
  const std::string request = "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";
  std::vector<int> fds(kConnections);
  const std::size_t before = bytes_held.load();
  for (int& fd : fds) {
    fd = connect_to(server->port());
    EXPECT_EQ(::send(fd, request.data(), request.size() - 1, 0),
              static_cast<ssize_t>(request.size() - 1));
  }
  const std::size_t cut = kConnections * (request.size() - 1);
  ASSERT_TRUE(server.until([&] { return server->stats().bytes_in == cut; }));
  for (const int fd : fds) EXPECT_EQ(::send(fd, "\n", 1, 0), 1);
  ASSERT_TRUE(server.until([&] { return server->stats().requests == kConnections; }));
  server.turn();
  EXPECT_EQ(server->open_connections(), kConnections);
  EXPECT_LT((bytes_held.load() - before) / kConnections, 2048U);
  for (const int fd : fds) ::close(fd);
}

}  // namespace
}  // namespace frontrow
