// The shared log of a cluster: the newest groups of every stream, in a consensus store.
//
// A stream is all that one data directory writes: groups numbered from 1 without a gap. Its state
// (stream_state.h) names the writer's epoch, the newest group and the instance that sealed it. Each
// change compares the whole state, so that of two writers at most one goes on.
//
//   open    the writer's epoch + 1: an earlier process of the same directory can't append any more,
//           and a seal is lifted
//   append  group n+1 and the state, in one transaction
//   seal    no append until the stream is opened again. An instance that takes over seals first and
//   reads the
//           end then: what is not in the log after the seal was never acknowledged. The transaction
//           that gives the writer's slots to others expects the sealed state as it was read: if the
//           writer has come back meanwhile, it keeps them
//   trim    groups that enough disks have are erased, together with the next append
//
// An unknown outcome is settled by repetition: the transaction compares the state before the group,
// so it takes effect at most once, and a refusal tells that it has taken effect or that another
// instance has changed the stream. The writer repeats the same bytes until the outcome is known;
// it never appends another group under the same number.
//
// The pattern is that of a log with a conditional append that fences (Amazon MemoryDB; LogDevice
// and BookKeeper seal in the same way).
//
// Threads: SharedLog from any thread; a StreamAppender from one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/shared_log/consensus_store.h"
#include "engine/runtime/shared_log/shared_log_keys.h"
#include "engine/runtime/shared_log/stream_state.h"

namespace frontrow {

struct SharedGroup {
  std::uint64_t number = 0;
  std::string bytes;
};

class SharedLog {
 public:
  // The store must outlive the log.
  SharedLog(ConsensusStore& store, std::string_view cluster) : store_(store), keys_(cluster) {}

  ConsensusStore& store() { return store_; }
  const SharedLogKeys& keys() const { return keys_; }

  // None: there is no such stream.
  Result<std::optional<StreamState>> state(std::uint64_t stream);

  // The groups after `after` up to `through`, in order; the first `limit` of them. `through` is a
  // group that the stream has, by its state: only so a gap differs from the end of the stream.
  // Fails if one of the groups is not there, as it was trimmed or the store lost it.
  Result<std::vector<SharedGroup>> groups(std::uint64_t stream, std::uint64_t after,
                                          std::uint64_t through, std::size_t limit);

  // Forbids appends and returns the state. A stream that is sealed already stays as it is: it does
  // not matter who takes over after it. Fails if the store does not answer; the seal may take
  // effect later.
  Result<StreamState> seal(std::uint64_t stream, std::string_view by);

 private:
  ConsensusStore& store_;
  SharedLogKeys keys_;
};

// The position of a data directory in its stream.
struct StreamPosition {
  std::uint64_t number = 0;
  std::uint64_t hash = 0;
};

// A change of another key, such as the slot map, that takes effect together with a group.
struct SideChange {
  std::string key;
  std::optional<std::string> from;  // none: the key must be absent
  std::string to;
};

enum class SharedAppend : std::uint8_t {
  kDurable,   // on a majority's disks: may be acknowledged
  kFenced,    // the stream was sealed or another process writes it: stop
  kRefused,   // the key of the SideChange had another value; the group was not written
  kGivenUp,   // the outcome is unknown and the caller wants to end; only the same group may follow
  kDiverged,  // the store lost what it had confirmed, or it is another cluster's: stop
};

// The process that writes a stream.
struct StreamIdentity {
  std::uint64_t stream = 0;
  std::string instance;      // its name in the cluster
  std::uint64_t writer = 0;  // drawn at random for each process: two copies of one directory differ
};

class StreamAppender {
 public:
  // Whether to give up; called between attempts with the reason of the last one. The caller
  // sleeps in it.
  using GiveUp = std::function<bool(const std::string& reason)>;

  // Begins the stream of a new data directory. Fails if it exists.
  static Result<StreamAppender> create(SharedLog& log, const StreamIdentity& identity,
                                       const GiveUp& give_up);

  // Begins the stream of a directory that was written without a cluster: at its position, with none
  // of its groups in the store. open() continues there. Repeated, also by another writer, it
  // returns the same state until the stream is opened. Fails if the stream exists otherwise.
  static Result<StreamState> begin_at(SharedLog& log, const StreamIdentity& identity,
                                      const StreamPosition& position, const GiveUp& give_up);

  // Continues the stream of a directory that is at `position`, and fences earlier writers. Groups
  // between the position and state().last are then to be read and added to the directory.
  // After a seal the caller reads the slot map before it decides on anything: its slots may be
  // another's. Fails if the stream is unknown or another instance's, and if the directory is ahead
  // of the store or differs from it, which means that the store lost groups that it had confirmed.
  static Result<StreamAppender> open(SharedLog& log, const StreamIdentity& identity,
                                     const StreamPosition& position, const GiveUp& give_up);

  // Appends the group after state().last. After kGivenUp the next call must pass the same group.
  SharedAppend append(std::string_view bytes, std::uint64_t chain_hash, const GiveUp& give_up,
                      const std::optional<SideChange>& side = {});

  // Groups up to this number are no longer needed in the store; the next append erases them.
  void trim_to(std::uint64_t number);
  // Erases them now; for a stream without appends.
  SharedAppend trim_now(const GiveUp& give_up);

  const StreamState& state() const { return state_; }
  std::uint64_t stream() const { return stream_; }

 private:
  StreamAppender(SharedLog& log, std::uint64_t stream, StreamState state);

  // Adds the erasure of trimmed groups to a change that leads to `next`.
  void add_trim(Transaction& transaction, StreamState& next, std::string (&keys)[2]) const;
  SharedAppend change(const StreamState& next, Transaction& transaction, bool has_side,
                      const GiveUp& give_up);
  // None: the attempt is to be repeated.
  std::optional<SharedAppend> settle_refusal(const StreamState& next, bool has_side,
                                             std::string& reason);

  SharedLog* log_;
  std::uint64_t stream_;
  std::string key_;
  StreamState state_;
  std::uint64_t trim_to_ = 0;
};

}  // namespace frontrow
