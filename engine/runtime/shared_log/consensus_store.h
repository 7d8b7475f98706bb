// The interface to the replicated store under the shared log: a linearizable key-value store with
// atomic conditional writes, such as etcd (storage/shared/etcd_store.h). The shared log's protocol
// (shared_log.h) is written once, above this interface.
//
// Guarantees that every implementation gives, and that the contract suite tests
// (tests/storage/shared/contract_test.cc):
//   - commit() is atomic. kCommitted means that a majority of the members has the transaction on
//     disk. A store that confirms on a minority, or before the disks, is no implementation.
//   - kUnknown promises nothing, now or later: a request that is still on its way may take effect
//     after a read that did not see it. A caller repeats the same transaction, or reads.
//   - read() is linearizable: it sees every transaction that was committed before it was called,
//     and never a transaction that a majority may still lose.
//
// Keys order as bytes.
//
// Threads: all methods may be called from any thread, and block until the outcome or the deadline
// of the implementation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace frontrow {

// Room for one group of 512 KiB and the keys beside it in a request of etcd (1.5 MiB).
inline constexpr std::size_t kStoreValueMax = std::size_t{1} << 20;
// Comparisons, and writes with erased ranges, of one transaction; etcd's own bound is 128 of each.
inline constexpr std::size_t kStoreTransactionMax = 64;

enum class CommitOutcome : std::uint8_t {
  kCommitted,
  kRefused,  // a comparison failed: nothing was written, nor will be
  kFailed,   // the store does not take it (space, rights, size): nothing was written, nor will be
  kUnknown,  // no answer, or an error that does not exclude a late effect
};

// The views of a transaction are valid during the call of commit() only.
struct Transaction {
  struct Expect {
    std::string_view key;
    std::optional<std::string_view> value;  // none: the key must be absent
  };
  struct Put {
    std::string_view key;
    std::string_view value;
  };
  struct EraseRange {
    std::string_view from;
    std::string_view to;  // exclusive
  };

  std::vector<Expect> expected;
  std::vector<Put> puts;  // no key twice, and none within `erased`
  std::vector<EraseRange> erased;
};

struct Commit {
  CommitOutcome outcome = CommitOutcome::kUnknown;
  std::string reason;  // of kFailed and kUnknown, for the person who must act
};

// Why no store takes the transaction: too many parts, too large a value, a key that is put twice or
// within an erased range. Empty if it may be taken. Each implementation checks this first and fails
// with the reason, as etcd itself would for some of these only.
std::string fault_of(const Transaction& transaction);

struct StoreEntry {
  std::string key;
  std::string value;
};

struct StoreRange {
  std::vector<StoreEntry> entries;  // ascending by key
  bool more = false;                // further keys of the range follow
};

// One member of the store, as it answered for itself.
struct StoreMember {
  std::string endpoint;
  std::string error;  // empty when it answered
  std::string version;
  bool is_leader = false;
  std::uint64_t database_bytes = 0;  // of the file; it does not shrink by itself
  std::uint64_t in_use_bytes = 0;
  std::uint64_t raft_index = 0;  // of the newest entry that the member has applied
};

struct StoreHealth {
  std::vector<StoreMember> members;
  std::vector<std::string> alarms;  // such as NOSPACE; with one the store takes no writes
  std::string alarms_error;         // why they are not known; empty: they are
};

class ConsensusStore {
 public:
  virtual ~ConsensusStore() = default;

  virtual Commit commit(const Transaction& transaction) = 0;

  // Entries of the range in order, at most `limit`.
  virtual Result<StoreRange> read(std::string_view from, std::string_view to,
                                  std::size_t limit) = 0;

  // Releases the space of overwritten and erased values. For a caller every few seconds; several
  // callers do no harm.
  virtual Status reclaim() = 0;

  // Asks every member; bounded by the deadline even if none answers.
  virtual StoreHealth health() = 0;
};

// The value of one key; none if the key is absent.
Result<std::optional<std::string>> read_value(ConsensusStore& store, const std::string& key);

}  // namespace frontrow
