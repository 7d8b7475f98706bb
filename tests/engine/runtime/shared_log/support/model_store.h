// A consensus store in memory with the faults of a real one, for tests and simulations: lost
// requests, lost answers, late effects, and a store without a majority. All of them lead to
// kUnknown, as the interface promises no more.
//
// With the same seed and the same calls it acts in the same way. One thread, or several behind the
// mutex of the store.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/prng.h"
#include "engine/runtime/shared_log/consensus_store.h"

namespace frontrow {

// Chances in a hundred, for each commit.
struct StoreFaults {
  unsigned lost_request = 0;  // no effect
  unsigned lost_answer = 0;   // takes effect
  unsigned late_effect = 0;   // takes effect later, if its comparisons hold then
  unsigned lost_read = 0;     // for each read
};

class ModelStore final : public ConsensusStore {
 public:
  explicit ModelStore(std::uint64_t seed = 1) : random_(seed) {}

  void set_faults(const StoreFaults& faults) { faults_ = faults; }
  // Without a majority no call takes effect before the majority is back, nor has an answer.
  void set_majority(bool has_majority) { has_majority_ = has_majority; }
  // Lets late transactions take effect, in a random order.
  void deliver_late();
  std::size_t late_count() const { return late_.size(); }
  // Called before each transaction is tried, for a change by another instance at that moment.
  void on_commit(std::function<void()> hook) { hook_ = std::move(hook); }

  // The content, as a backup would have it.
  const std::map<std::string, std::string>& content() const { return content_; }
  void restore(std::map<std::string, std::string> content) { content_ = std::move(content); }

  Commit commit(const Transaction& transaction) override;
  Result<StoreRange> read(std::string_view from, std::string_view to, std::size_t limit) override;
  Status reclaim() override { return {}; }
  StoreHealth health() override;

 private:
  // A transaction that owns its bytes.
  struct Kept {
    std::vector<std::pair<std::string, std::optional<std::string>>> expected;
    std::vector<std::pair<std::string, std::string>> puts;
    std::vector<std::pair<std::string, std::string>> erased;
  };
  static Kept keep(const Transaction& transaction);
  bool apply(const Kept& kept);

  std::mutex mutex_;
  std::map<std::string, std::string> content_;
  StoreFaults faults_;
  bool has_majority_ = true;
  std::deque<Kept> late_;
  std::function<void()> hook_;
  Prng random_;
};

}  // namespace frontrow
