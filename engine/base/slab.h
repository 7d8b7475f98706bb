// A table of objects in reused places: the one generational free list of this code.
//
// An object keeps its address until the table ends. A place is named by its index and its
// generation, which counts the objects that have had the place: a late message about an earlier
// object does not reach the present one. The newest free place is used first, as it is likely in
// the cache.
//
// take() returns the object as its last user left it, so that its buffers keep their capacity; the
// caller resets the members that it needs.
//
// Cost: constant; memory grows to the largest number of objects at once and is kept. Only take()
// allocates. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace frontrow {

// Base of the objects of a Slab.
class SlabPlace {
 public:
  SlabPlace() = default;
  // A copy has no place, and an assignment changes no place: `object = T{}` resets an object.
  SlabPlace(const SlabPlace& /*other*/) {}
  SlabPlace& operator=(const SlabPlace& /*other*/) { return *this; }

  std::uint32_t index() const { return index_; }
  std::uint32_t generation() const { return generation_; }
  bool in_use() const { return in_use_; }

 private:
  template <class T>
  friend class Slab;

  std::uint32_t index_ = 0;
  std::uint32_t generation_ = 0;
  bool in_use_ = false;
};

template <class T>
class Slab {
 public:
  T& take() {
    if (free_.empty()) {
      T& added = places_.emplace_back();
      if (free_.capacity() < places_.size()) free_.reserve(2 * places_.size());
      added.index_ = static_cast<std::uint32_t>(places_.size() - 1);
      added.in_use_ = true;
      return added;
    }
    T& place = places_[free_.back()];
    free_.pop_back();
    place.in_use_ = true;
    return place;
  }

  // REQUIRES: in_use().
  void release(T& place) noexcept {
    place.in_use_ = false;
    ++place.generation_;
    free_.push_back(place.index_);
  }

  // REQUIRES: index < size().
  T& operator[](std::uint32_t index) { return places_[index]; }
  const T& operator[](std::uint32_t index) const { return places_[index]; }

  // nullptr when the object has been released.
  T* find(std::uint32_t index, std::uint32_t generation) {
    if (index >= places_.size()) return nullptr;
    T& place = places_[index];
    return place.in_use_ && place.generation_ == generation ? &place : nullptr;
  }

  // Places, whether in use or free.
  std::size_t size() const { return places_.size(); }
  std::size_t in_use_count() const { return places_.size() - free_.size(); }

  // All places in order of their index, whether in use or free.
  auto begin() { return places_.begin(); }
  auto end() { return places_.end(); }

 private:
  std::deque<T> places_;
  std::vector<std::uint32_t> free_;
};

}  // namespace frontrow
