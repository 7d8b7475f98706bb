// The seats of one hold, in the order of the request: up to kSeatsPerHoldMax.
//
// Nearly every hold is of a few seats, and each seat list of a purchase is kept four times (hold,
// payment, and twice in the wallet). So up to kFew seats lie in the 24 bytes of the list itself.
// Only a longer list allocates memory, once, for kSeatsPerHoldMax seats.
//
// Copied by value; a copy shares no memory. More than kSeatsPerHoldMax is a mistake of the caller.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <type_traits>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {

class SeatList {
 public:
  using value_type = SeatNumber;
  using iterator = SeatNumber*;
  using const_iterator = const SeatNumber*;
  static constexpr std::size_t static_capacity = kSeatsPerHoldMax;

  SeatList() = default;
  SeatList(std::initializer_list<SeatNumber> seats) { assign(seats.begin(), seats.size()); }
  SeatList(const SeatList& other) : place_(other.place_), size_(other.size_), many_(other.many_) {
    if (many_) take_copy(other);
  }
  SeatList(SeatList&& other) noexcept
      : place_(other.place_), size_(other.size_), many_(std::exchange(other.many_, false)) {
    other.size_ = 0;
  }
  SeatList& operator=(const SeatList& other) {
    if (this != &other) *this = SeatList(other);
    return *this;
  }
  SeatList& operator=(SeatList&& other) noexcept {
    if (this == &other) return *this;
    if (many_) delete[] place_.many;
    place_ = other.place_;
    size_ = std::exchange(other.size_, 0);
    many_ = std::exchange(other.many_, false);
    return *this;
  }
  ~SeatList() {
    if (many_) delete[] place_.many;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  iterator begin() { return data(); }
  iterator end() { return data() + size_; }
  const_iterator begin() const { return data(); }
  const_iterator end() const { return data() + size_; }
  const SeatNumber& front() const { return at(0); }
  SeatNumber& back() { return const_cast<SeatNumber&>(at(size() - 1)); }
  const SeatNumber& at(std::size_t index) const {
    FR_CHECK(index < size_);
    return data()[index];
  }
  const SeatNumber& operator[](std::size_t index) const { return at(index); }

  // New elements are seat 0, which stands for none.
  void resize(std::size_t size) {
    FR_CHECK(size <= kSeatsPerHoldMax);
    if (size > kFew && !many_) move_out();
    std::fill(data() + std::min<std::size_t>(size_, size), data() + size, SeatNumber{});
    size_ = static_cast<std::uint8_t>(size);
  }
  SeatNumber& emplace_back() {
    resize(size() + 1);
    return back();
  }
  void push_back(SeatNumber seat) { emplace_back() = seat; }
  void pop_back() {
    FR_CHECK(size_ > 0);
    --size_;
  }
  void clear() { size_ = 0; }

  bool operator==(const SeatList& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  static constexpr std::size_t kFew = 4;
  union Place {
    SeatNumber few[kFew] = {};
    SeatNumber* many;  // an owned array of kSeatsPerHoldMax
  };
  static_assert(kSeatsPerHoldMax <= 0xff);

  SeatNumber* data() { return many_ ? place_.many : place_.few; }
  const SeatNumber* data() const { return many_ ? place_.many : place_.few; }
  void assign(const SeatNumber* seats, std::size_t count) {
    resize(count);
    std::copy_n(seats, count, data());
  }
  void take_copy(const SeatList& other) {
    place_.many = new SeatNumber[kSeatsPerHoldMax];
    std::copy_n(other.data(), size_, place_.many);
  }
  void move_out() {
    auto* const many = new SeatNumber[kSeatsPerHoldMax];
    std::copy_n(place_.few, size_, many);
    place_.many = many;
    many_ = true;
  }

  Place place_{};
  std::uint8_t size_ = 0;
  bool many_ = false;
};
static_assert(sizeof(SeatList) == 24);

}  // namespace frontrow
