// Violations that must never be seen while a sale runs, for any clocks. All checks follow from the
// order of sending and receiving within this one process:
//
//   places     a join sent after another join was answered gets a higher number
//   order      a fan was overtaken who is told to wait in the response to a request that was sent
//              after a fan with a higher number was known to be in
//   cap        a fan is surely in the shop between the response that admitted the fan and the
//              sending of the last successful request that only admitted fans may make; never are
//              more surely in than the sale allows
//
// One thread. Memory: four bytes a millisecond of the run, none for each fan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace frontrow::drop {

// Keeps the first few violations, and counts all.
class Violations {
 public:
  static constexpr std::size_t kKept = 20;
  void add(std::string what) {
    ++count_;
    if (kept_.size() < kKept) kept_.push_back(std::move(what));
  }
  std::uint64_t count() const { return count_; }
  const std::vector<std::string>& kept() const { return kept_; }

 private:
  std::uint64_t count_ = 0;
  std::vector<std::string> kept_;
};

class Watch {
 public:
  explicit Watch(Violations& violations) : violations_(violations) {}

  // Facts known when a request is sent; passed back with its response.
  struct Known {
    std::uint32_t drawn = 0;     // the highest number in any response
    std::uint32_t admitted = 0;  // the highest number that is known to be in
  };
  Known known() const { return known_; }

  // `fresh`: the place was drawn by this join.
  void on_number(std::uint32_t number, bool fresh, const Known& sent_with);
  void on_waiting(std::uint32_t number, const Known& sent_with);
  void on_active(std::uint32_t number);

  // A visit to the shop, milliseconds since the start of the run.
  void on_visit(std::uint32_t from_ms, std::uint32_t to_ms);
  // The highest number of fans who were surely in at once.
  std::uint32_t most_inside() const;
  void check_cap(std::uint32_t max_active);

 private:
  Violations& violations_;
  Known known_;
  std::vector<std::int32_t> changes_;  // of the number inside, by millisecond
};

}  // namespace frontrow::drop
