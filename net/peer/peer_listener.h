// One thread's listener on the peer address: the threads of an instance share its port
// (SO_REUSEPORT), and the thread that accepts a connection keeps it.
//
// Thread: that of the io_context. No timers: the owner calls tick().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "engine/base/result.h"

namespace frontrow {

class PeerListener {
 public:
  using OnAccepted = std::function<void(asio::ip::tcp::socket&&)>;

  PeerListener(asio::io_context& io, OnAccepted on_accepted)
      : acceptor_(io), on_accepted_(std::move(on_accepted)) {}
  PeerListener(const PeerListener&) = delete;
  PeerListener& operator=(const PeerListener&) = delete;

  // Port 0 lets the kernel choose.
  Status listen(const asio::ip::tcp::endpoint& endpoint);
  std::uint16_t port() const { return port_; }
  void stop();
  // Resumes accepting some time after an error (out of descriptors, out of memory), which an
  // immediate retry would repeat.
  void tick(std::int64_t now_ms);

 private:
  void accept();

  asio::ip::tcp::acceptor acceptor_;
  OnAccepted on_accepted_;
  std::uint16_t port_ = 0;
  std::int64_t now_ms_ = 0;
  std::int64_t resume_ms_ = 0;  // 0: an accept is pending, or the listener has stopped
  std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace frontrow
