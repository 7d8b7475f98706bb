// Solves the challenges of a crowd (net/auth/challenge.h) in a thread of its own, so that the
// generator's requests are not late. As ALTCHA's older format asks: hashes until one fits.
//
// add() and take() on the generator's thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace frontrow::drop {

struct Solution {
  std::uint32_t fan = 0;
  std::string payload;  // ALTCHA's; empty: the document was no challenge
};

class Solver {
 public:
  // hashes_per_s: the power of the machine that is played; 0: as fast as the thread goes.
  explicit Solver(double hashes_per_s);
  ~Solver();
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  // `document`: the server's response.
  void add(std::uint32_t fan, std::string_view document);
  // The solutions since the last call.
  std::vector<Solution> take();
  // Forgets the challenges that are not solved yet.
  void clear();

 private:
  struct Job {
    std::uint32_t fan;
    std::string document;
  };
  void run();

  const double hashes_per_s_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::vector<Solution> solved_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;  // the last member, as it uses the others
};

// The payload for a challenge; empty if the document is none, or once `ends` is true. Adds the
// hashes that it took.
std::string solve_challenge(std::string_view document, const std::atomic<bool>& ends,
                            std::uint64_t& hashes);

}  // namespace frontrow::drop
