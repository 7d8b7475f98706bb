#include "tests/engine/runtime/shared_log/support/model_store.h"

#include <algorithm>

namespace frontrow {

ModelStore::Kept ModelStore::keep(const Transaction& transaction) {
  Kept kept;
  for (const auto& [key, value] : transaction.expected) {
    std::optional<std::string> copy;
    if (value) copy = std::string(*value);
    kept.expected.emplace_back(key, std::move(copy));
  }
  for (const auto& [key, value] : transaction.puts) kept.puts.emplace_back(key, value);
  for (const auto& [from, to] : transaction.erased) kept.erased.emplace_back(from, to);
  return kept;
}

bool ModelStore::apply(const Kept& kept) {
  const auto holds = [&](const auto& expected) {
    const auto found = content_.find(expected.first);
    if (found == content_.end()) return !expected.second.has_value();
    return expected.second == found->second;
  };
  if (!std::ranges::all_of(kept.expected, holds)) return false;
  for (const auto& [key, value] : kept.puts) content_[key] = value;
  for (const auto& [from, to] : kept.erased)
    content_.erase(content_.lower_bound(from), content_.lower_bound(to));
  return true;
}

void ModelStore::deliver_late() {
  const std::scoped_lock lock(mutex_);
  while (!late_.empty()) {
    const auto at = static_cast<std::ptrdiff_t>(random_.below(late_.size()));
    apply(late_[static_cast<std::size_t>(at)]);
    late_.erase(late_.begin() + at);
  }
}

Commit ModelStore::commit(const Transaction& transaction) {
  if (hook_) hook_();
  if (std::string fault = fault_of(transaction); !fault.empty())
    return {CommitOutcome::kFailed, std::move(fault)};
  const std::scoped_lock lock(mutex_);
  Commit unknown{CommitOutcome::kUnknown, "no answer"};
  const std::uint64_t draw = random_.below(100);
  if (draw < faults_.lost_request) return unknown;
  Kept kept = keep(transaction);
  if (!has_majority_ || draw < faults_.lost_request + faults_.late_effect) {
    late_.push_back(std::move(kept));
    return unknown;
  }
  const bool applied = apply(kept);
  if (draw < faults_.lost_request + faults_.late_effect + faults_.lost_answer) return unknown;
  return {applied ? CommitOutcome::kCommitted : CommitOutcome::kRefused, {}};
}

Result<StoreRange> ModelStore::read(std::string_view from, std::string_view to, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  if (!has_majority_ || random_.chance(faults_.lost_read)) return Error{"no answer"};
  StoreRange range;
  auto at = content_.lower_bound(std::string(from));
  for (; at != content_.end() && at->first < to && range.entries.size() < limit; ++at)
    range.entries.push_back({at->first, at->second});
  range.more = at != content_.end() && at->first < to;
  return range;
}

StoreHealth ModelStore::health() {
  return {.members = {{.endpoint = "model",
                       .error = {},
                       .version = "model",
                       .is_leader = true,
                       .database_bytes = 0,
                       .in_use_bytes = 0,
                       .raft_index = 0}},
          .alarms = {}};
}

}  // namespace frontrow
