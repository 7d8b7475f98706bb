#include "tests/cluster/slow_relay.h"

#include <fmt/format.h>

#include <array>
#include <asio.hpp>
#include <deque>

namespace frontrow::cluster {
namespace relay {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 64 << 10;

// One direction of a connection.
class Direction : public std::enable_shared_from_this<Direction> {
 public:
  Direction(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to,
            const std::atomic<std::int64_t>& delay_ms)
      : from_(std::move(from)),
        to_(std::move(to)),
        delay_ms_(delay_ms),
        due_(to_->get_executor()) {}

  void read() {
    from_->async_read_some(asio::buffer(bytes_),
                           [self = shared_from_this()](asio::error_code error, std::size_t size) {
                             self->take(error ? 0 : size);
                             if (!error) self->read();
                           });
  }

 private:
  struct Chunk {
    Clock::time_point due;
    std::string bytes;  // none: the end
  };

  void take(std::size_t size) {
    chunks_.push_back({Clock::now() + std::chrono::milliseconds(delay_ms_.load()),
                       std::string(bytes_.data(), size)});
    if (chunks_.size() == 1) wait();
  }
  void wait() {
    due_.expires_at(chunks_.front().due);
    due_.async_wait([self = shared_from_this()](asio::error_code error) {
      if (!error) self->write();
    });
  }
  void write() {
    if (chunks_.front().bytes.empty()) {
      asio::error_code ignored;
      to_->close(ignored);
      from_->close(ignored);
      return;
    }
    asio::async_write(*to_, asio::buffer(chunks_.front().bytes),
                      [self = shared_from_this()](asio::error_code error, std::size_t) {
                        self->chunks_.pop_front();
                        if (!error && !self->chunks_.empty()) self->wait();
                      });
  }

  std::shared_ptr<tcp::socket> from_, to_;
  const std::atomic<std::int64_t>& delay_ms_;
  asio::steady_timer due_;
  std::array<char, kReadBytes> bytes_{};
  std::deque<Chunk> chunks_;  // the first one is being waited for or written
};

// Relays the connections of one port.
class Port {
 public:
  Port(asio::io_context& io, tcp::endpoint server, const std::atomic<std::int64_t>& delay_ms)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
        server_(std::move(server)),
        delay_ms_(delay_ms) {
    accept();
  }
  std::uint16_t number() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    auto client = std::make_shared<tcp::socket>(acceptor_.get_executor());
    acceptor_.async_accept(*client, [this, client](asio::error_code error) {
      if (error) return;
      connect(client);
      accept();
    });
  }
  void connect(const std::shared_ptr<tcp::socket>& client) {
    auto server = std::make_shared<tcp::socket>(acceptor_.get_executor());
    server->async_connect(server_, [this, client, server](asio::error_code error) {
      if (error) return;
      for (const auto& socket : {client, server}) socket->set_option(tcp::no_delay(true));
      std::make_shared<Direction>(client, server, delay_ms_)->read();
      std::make_shared<Direction>(server, client, delay_ms_)->read();
    });
  }

  tcp::acceptor acceptor_;
  const tcp::endpoint server_;
  const std::atomic<std::int64_t>& delay_ms_;
};

inline tcp::endpoint endpoint_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  return {asio::ip::make_address(text.substr(0, colon)),
          static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

}  // namespace relay

struct SlowRelay::Io {
  asio::io_context context;
  std::deque<relay::Port> ports;
};

SlowRelay::SlowRelay(const std::vector<std::string>& servers) : io_(std::make_unique<Io>()) {
  for (const std::string& server : servers) {
    const relay::Port& port =
        io_->ports.emplace_back(io_->context, relay::endpoint_of(server), one_way_ms_);
    endpoints_.push_back(fmt::format("127.0.0.1:{}", port.number()));
  }
  thread_ = std::thread([this] { io_->context.run(); });
}

SlowRelay::~SlowRelay() {
  io_->context.stop();
  thread_.join();
}

}  // namespace frontrow::cluster
