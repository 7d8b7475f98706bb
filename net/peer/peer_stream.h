// The bytes of one link: a TCP connection, under TLS or plain, read into frames and written from a
// buffer that collects output until flush().
//
// At most one write is pending; output that is added meanwhile leaves with the next one. A plain
// socket is written to immediately and awaited only when it is full; its count of sent bytes is
// exact. All bytes given to TLS count as sent. Reads and writes do not allocate.
//
// Threads: that of the io_context. The stream keeps itself alive while the kernel or TLS has its
// buffers; its owner gets no calls after close().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <asio/ip/tcp.hpp>
#include <asio/ssl/stream.hpp>

#include "net/peer/peer_frame.h"
#include "net/peer/peer_tls.h"

namespace frontrow {

// Memory for the one pending operation of a kind; asio requests it anew each time.
class OperationMemory {
 public:
  void* take(std::size_t bytes) {
    if (taken_ || bytes > sizeof room_) return ::operator new(bytes);
    taken_ = true;
    return room_;
  }
  void give_back(void* memory) {
    if (memory != room_) return ::operator delete(memory);
    taken_ = false;
  }

 private:
  alignas(std::max_align_t) std::byte room_[1024];
  bool taken_ = false;
};

class PeerStream : public std::enable_shared_from_this<PeerStream> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // The stream is ready for bytes. binding: of the TLS session; empty without TLS.
    virtual void on_open(std::span<const std::byte> binding) = 0;
    // input() has new bytes.
    virtual void on_input() = 0;
    // The connection is broken. Called once, and not after close().
    virtual void on_broken(const std::string& why) = 0;
  };

  // tls: null for a plain link; must outlive the stream.
  PeerStream(asio::ip::tcp::socket&& socket, PeerRole role, PeerTls* tls);

  // Makes the TLS handshake, if any, then calls on_open and starts to read.
  void open(Owner* owner);

  FrameInput& input() { return input_; }
  // The buffer for frames to send; they leave with the next flush().
  ByteBuffer& output() { return gathering_; }
  void flush();
  // Shuts down sending once all output has left. Reading continues.
  void end_output();
  // Closes at once, with any unsent output.
  void close();

  // Bytes put out so far, and those of them that may have left: a frame that ends beyond these is
  // certainly not with the peer.
  std::uint64_t bytes_put() const { return gathered_before_ + gathering_.size(); }
  std::uint64_t bytes_left() const { return left_; }
  // Bytes that wait in memory, including those inside TLS.
  std::size_t bytes_held() const {
    return gathering_.size() + (writing_ ? sending_.size() - sent_ : 0);
  }
  bool uses_tls() const { return tls_.has_value(); }

 private:
  void read();
  void received(const asio::error_code& error, std::size_t bytes);
  void write_plain();
  void write_tls();
  void sent_tls(const asio::error_code& error);
  void all_sent();
  void breaks(const std::string& why);

  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  const PeerRole role_;
  Owner* owner_ = nullptr;
  FrameInput input_;
  ByteBuffer gathering_;
  ByteBuffer sending_;
  std::size_t sent_ = 0;               // bytes of sending_ that a plain socket has taken
  std::uint64_t gathered_before_ = 0;  // bytes put out before gathering_
  std::uint64_t left_ = 0;
  bool writing_ = false;
  bool end_output_ = false;
  bool closed_ = false;
  OperationMemory read_memory_;
  OperationMemory write_memory_;
};

}  // namespace frontrow
