#include "net/peer/peer_stream.h"

#include <openssl/ssl.h>

#include <asio/write.hpp>

#include <utility>

namespace frontrow {
namespace {

// Memory beyond this is freed after a burst.
constexpr std::size_t kKeptBytesMax = 1U << 20;

template <class T>
struct OperationAllocator {
  using value_type = T;
  explicit OperationAllocator(OperationMemory& m) : memory(&m) {}
  template <class U>
  OperationAllocator(const OperationAllocator<U>& other) : memory(other.memory) {}  // NOLINT
  T* allocate(std::size_t n) { return static_cast<T*>(memory->take(n * sizeof(T))); }
  void deallocate(T* at, std::size_t) { memory->give_back(at); }
  template <class U>
  bool operator==(const OperationAllocator<U>& other) const {
    return memory == other.memory;
  }
  OperationMemory* memory;
};

// A completion that keeps the stream alive and gives asio the stream's memory.
template <class Function>
struct Completion {
  using allocator_type = OperationAllocator<void>;
  allocator_type get_allocator() const { return allocator_type(*memory); }
  template <class... Args>
  void operator()(const asio::error_code& error, Args... args) {
    function(*stream, error, args...);
  }
  std::shared_ptr<PeerStream> stream;
  OperationMemory* memory;
  Function function;
};

template <class Function>
Completion<Function> completion(PeerStream& stream, OperationMemory& memory, Function function) {
  return {stream.shared_from_this(), &memory, std::move(function)};
}

}  // namespace

PeerStream::PeerStream(asio::ip::tcp::socket&& socket, PeerRole role, PeerTls* tls)
    : socket_(std::move(socket)), role_(role) {
  asio::error_code ignored;  // a broken socket fails at its first read
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  if (tls == nullptr) return;
  tls_.emplace(socket_, tls->context(role));
  // These few links keep their TLS buffers; asio's default would allocate them for each record.
  SSL_clear_mode(tls_->native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

void PeerStream::open(Owner* owner) {
  owner_ = owner;
  if (!tls_) {
    owner_->on_open({});
    return read();
  }
  const auto side =
      role_ == PeerRole::kDialer ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
  tls_->async_handshake(
      side, completion(*this, read_memory_, [](PeerStream& s, const asio::error_code& error) {
        if (s.closed_) return;
        if (error) {
          return s.breaks("TLS could not be agreed on (is it off on one side only?): " +
                          error.message());
        }
        const auto binding = PeerTls::binding_of(s.tls_->native_handle());
        if (!binding.ok()) return s.breaks(binding.error());
        s.owner_->on_open(*binding);
        s.read();
      }));
}

void PeerStream::read() {
  if (closed_) return;
  const auto room = input_.room();
  const auto done = [](PeerStream& s, const asio::error_code& error, std::size_t bytes) {
    s.received(error, bytes);
  };
  const asio::mutable_buffer buffer(room.data(), room.size());
  if (tls_) {
    tls_->async_read_some(buffer, completion(*this, read_memory_, done));
  } else {
    socket_.async_read_some(buffer, completion(*this, read_memory_, done));
  }
}

void PeerStream::received(const asio::error_code& error, std::size_t bytes) {
  if (closed_) return;
  input_.received(bytes);
  if (bytes > 0) owner_->on_input();
  if (closed_) return;
  if (!error) return read();
  const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  breaks(ended ? "the other side has closed it" : error.message());
}

void PeerStream::flush() {
  if (closed_ || writing_) return;
  if (gathering_.empty()) return all_sent();
  sending_.clear();
  sending_.swap(gathering_);
  gathered_before_ += sending_.size();
  sent_ = 0;
  writing_ = true;
  if (tls_) {
    write_tls();
  } else {
    write_plain();
  }
}

void PeerStream::write_plain() {
  asio::error_code error;
  const std::size_t sent =
      socket_.write_some(asio::buffer(sending_.data() + sent_, sending_.size() - sent_), error);
  sent_ += sent;
  left_ += sent;
  if (error && error != asio::error::would_block) return breaks(error.message());
  if (sent_ == sending_.size()) {
    writing_ = false;
    return all_sent();
  }
  socket_.async_wait(
      asio::ip::tcp::socket::wait_write,
      completion(*this, write_memory_, [](PeerStream& s, const asio::error_code& failed) {
        if (s.closed_) return;
        if (failed) return s.breaks(failed.message());
        s.write_plain();
        if (!s.writing_) s.flush();
      }));
}

void PeerStream::write_tls() {
  left_ += sending_.size();
  asio::async_write(*tls_, asio::buffer(sending_.data(), sending_.size()),
                    completion(*this, write_memory_,
                               [](PeerStream& s, const asio::error_code& error, std::size_t) {
                                 s.sent_tls(error);
                               }));
}

void PeerStream::sent_tls(const asio::error_code& error) {
  writing_ = false;
  if (closed_) return;
  if (error) return breaks(error.message());
  flush();
}

void PeerStream::end_output() {
  end_output_ = true;
  flush();
}

void PeerStream::all_sent() {
  if (sending_.capacity() > kKeptBytesMax) ByteBuffer().swap(sending_);
  if (!end_output_ || !gathering_.empty()) return;
  end_output_ = false;
  asio::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void PeerStream::breaks(const std::string& why) {
  if (closed_) return;
  Owner* owner = owner_;
  close();
  owner->on_broken(why);
}

void PeerStream::close() {
  if (closed_) return;
  closed_ = true;
  asio::error_code ignored;
  socket_.close(ignored);
}

}  // namespace frontrow
