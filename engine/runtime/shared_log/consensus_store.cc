#include "engine/runtime/shared_log/consensus_store.h"

#include <fmt/format.h>

#include <utility>

namespace frontrow {

std::string fault_of(const Transaction& transaction) {
  const auto& puts = transaction.puts;
  const std::size_t writes = puts.size() + transaction.erased.size();
  if (transaction.expected.size() > kStoreTransactionMax || writes > kStoreTransactionMax) {
    return fmt::format("a transaction has {} comparisons and {} writes, at most {} of each",
                       transaction.expected.size(), writes, kStoreTransactionMax);
  }
  for (std::size_t i = 0; i < puts.size(); ++i) {
    const auto& [key, value] = puts[i];
    if (value.size() > kStoreValueMax) {
      return fmt::format("the value of {} has {} bytes, at most {}", key, value.size(),
                         kStoreValueMax);
    }
    for (std::size_t j = 0; j < i; ++j)
      if (puts[j].key == key) return fmt::format("{} is put twice", key);
    for (const auto& [from, to] : transaction.erased)
      if (key >= from && key < to) return fmt::format("{} is put and erased", key);
  }
  return {};
}

Result<std::optional<std::string>> read_value(ConsensusStore& store, const std::string& key) {
  // The range of one key: no key lies between it and the key with a zero byte behind it.
  Result<StoreRange> range = store.read(key, key + '\0', 1);
  if (!range.ok()) return Error{range.error()};
  if (range->entries.empty()) return std::optional<std::string>();
  return std::optional<std::string>(std::move(range->entries.front().value));
}

}  // namespace frontrow
