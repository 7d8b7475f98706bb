// Bounded little-endian byte reader and writer for the log and the wire.
//
// Writer appends to a caller's vector. Reader never reads past its span: the first short read
// latches failed(), and every later read yields zero, so a decoder checks once at its end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/base/money.h"
#include "engine/base/time.h"

namespace frontrow {

static_assert(std::endian::native == std::endian::little, "the log layout is copied as is");

// Leaves the bytes that a resize adds uninitialized: the writer fills them right away.
template <class T>
struct UninitializedAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = UninitializedAllocator<U>;
  };
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    if constexpr (sizeof...(Args) == 0) {
      ::new (static_cast<void*>(at)) U;
    } else {
      ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
    }
  }
};
using ByteBuffer = std::vector<std::byte, UninitializedAllocator<std::byte>>;

class ByteWriter {
 public:
  explicit ByteWriter(ByteBuffer& out) : out_(out) {}

  template <class T>
    requires std::is_integral_v<T>
  void put(T value) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof value);
    std::memcpy(out_.data() + at, &value, sizeof value);
  }
  template <class Tag, class Rep>
  void put(Id<Tag, Rep> id) {
    put(id.value);
  }
  void put(const UserId& user) { put_bytes(std::as_bytes(std::span{user.bytes})); }
  void put(Money money) { put(money.minor); }
  void put(Instant instant) { put(instant.ms); }
  void put_bytes(std::span<const std::byte> bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  // Writes a u16 length, then the bytes. REQUIRES: at most 65535 bytes.
  void put_text(std::string_view text) {
    FR_CHECK(text.size() <= 0xffff);
    put(static_cast<std::uint16_t>(text.size()));
    put_bytes(std::as_bytes(std::span{text}));
  }
  // Overwrites an integer written earlier, such as a length that was not known then.
  template <class T>
    requires std::is_integral_v<T>
  void patch(std::size_t at, T value) {
    FR_CHECK(at + sizeof value <= out_.size());
    std::memcpy(out_.data() + at, &value, sizeof value);
  }
  std::size_t size() const { return out_.size(); }

 private:
  ByteBuffer& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
    requires std::is_integral_v<T>
  T get() {
    T value{};
    if (take(sizeof value)) std::memcpy(&value, bytes_.data() + at_ - sizeof value, sizeof value);
    return value;
  }
  template <class T>
    requires requires(T id) { id.value; }
  T get() {
    return T{get<decltype(T::value)>()};
  }
  UserId get_user() {
    UserId user;
    if (take(user.bytes.size())) std::memcpy(user.bytes.data(), bytes_.data() + at_ - 16, 16);
    return user;
  }
  Money get_money() { return {get<std::int64_t>()}; }
  Instant get_instant() { return {get<std::int64_t>()}; }
  std::span<const std::byte> get_bytes(std::size_t n) {
    return take(n) ? bytes_.subspan(at_ - n, n) : std::span<const std::byte>{};
  }
  std::string_view get_text() {
    const auto bytes = get_bytes(get<std::uint16_t>());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  bool failed() const { return failed_; }
  std::size_t position() const { return at_; }
  std::size_t remaining() const { return failed_ ? 0 : bytes_.size() - at_; }
  bool at_end() const { return !failed_ && at_ == bytes_.size(); }
  // For decoders that find a value out of range.
  void fail() { failed_ = true; }

 private:
  bool take(std::size_t n) {
    if (failed_ || bytes_.size() - at_ < n) {
      failed_ = true;
      return false;
    }
    at_ += n;
    return true;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace frontrow
