#include "engine/runtime/shared_log/shared_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace frontrow {
namespace {

constexpr std::size_t kSealAttempts = 5;

}  // namespace

Result<std::optional<StreamState>> SharedLog::state(std::uint64_t stream) {
  Result<std::optional<std::string>> value = read_value(store_, keys_.stream(stream));
  if (!value.ok()) return Error{value.error()};
  if (!*value) return std::optional<StreamState>();
  Result<StreamState> state = decode_stream_state(**value);
  if (!state.ok()) return Error{fmt::format("{}: {}", keys_.stream(stream), state.error())};
  return std::optional<StreamState>(std::move(*state));
}

Result<std::vector<SharedGroup>> SharedLog::groups(std::uint64_t stream, std::uint64_t after,
                                                   std::uint64_t through, std::size_t limit) {
  FR_CHECK(after <= through && limit > 0);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(through - after, limit));
  std::vector<SharedGroup> groups;
  if (wanted == 0) return groups;
  Result<StoreRange> range =
      store_.read(keys_.group(stream, after + 1), keys_.group(stream, through + 1), wanted);
  if (!range.ok()) return Error{range.error()};
  groups.reserve(wanted);
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::uint64_t number = after + 1 + i;
    if (i >= range->entries.size() || range->entries[i].key != keys_.group(stream, number)) {
      return Error{
          fmt::format("group {} of stream {:016x} is not in the shared log", number, stream)};
    }
    groups.push_back({number, std::move(range->entries[i].value)});
  }
  return groups;
}

Result<StreamState> SharedLog::seal(std::uint64_t stream, std::string_view by) {
  FR_CHECK(!by.empty());
  const std::string key = keys_.stream(stream);
  std::string reason;
  for (std::size_t attempt = 0; attempt < kSealAttempts; ++attempt) {
    Result<std::optional<StreamState>> found = state(stream);
    if (!found.ok()) {
      reason = found.error();
      continue;
    }
    if (!*found) return Error{fmt::format("there is no stream {:016x} to seal", stream)};
    if ((*found)->is_sealed()) return **found;
    StreamState sealed = **found;
    ++sealed.epoch;
    sealed.sealed_by = by;
    const std::string before = encode_stream_state(**found);
    const std::string after = encode_stream_state(sealed);
    const Commit commit =
        store_.commit({.expected = {{key, before}}, .puts = {{key, after}}, .erased = {}});
    if (commit.outcome == CommitOutcome::kCommitted) return sealed;
    // Refused: a group came first. Unknown: the next read tells.
    reason = commit.reason;
  }
  return Error{fmt::format("stream {:016x} could not be sealed: {}", stream,
                           reason.empty() ? "it is written to without a pause" : reason)};
}

StreamAppender::StreamAppender(SharedLog& log, std::uint64_t stream, StreamState state)
    : log_(&log), stream_(stream), key_(log.keys().stream(stream)), state_(std::move(state)) {
  trim_to_ = state_.trimmed;
}

Result<StreamAppender> StreamAppender::create(SharedLog& log, const StreamIdentity& identity,
                                              const GiveUp& give_up) {
  StreamState state;
  state.instance = identity.instance;
  state.writer = identity.writer;
  state.epoch = 1;
  const std::string key = log.keys().stream(identity.stream);
  const std::string text = encode_stream_state(state);
  for (;;) {
    const Commit commit = log.store().commit(
        {.expected = {{key, std::nullopt}}, .puts = {{key, text}}, .erased = {}});
    std::string reason = commit.reason;
    if (commit.outcome == CommitOutcome::kCommitted)
      return StreamAppender(log, identity.stream, std::move(state));
    if (commit.outcome == CommitOutcome::kRefused) {
      const Result<std::optional<StreamState>> found = log.state(identity.stream);
      if (found.ok() && *found) {
        if (**found == state) return StreamAppender(log, identity.stream, std::move(state));
        return Error{fmt::format("stream {:016x} exists already, written by {}", identity.stream,
                                 (*found)->instance)};
      }
      reason = found.ok() ? "the stream has disappeared" : found.error();
    }
    if (give_up(reason)) return Error{reason};
  }
}

Result<StreamState> StreamAppender::begin_at(SharedLog& log, const StreamIdentity& identity,
                                             const StreamPosition& position,
                                             const GiveUp& give_up) {
  const StreamState state{.instance = identity.instance,
                          .writer = identity.writer,
                          .epoch = 1,
                          .last = position.number,
                          .hash = position.hash,
                          .trimmed = position.number,
                          .sealed_by = {}};
  const std::string key = log.keys().stream(identity.stream);
  const std::string text = encode_stream_state(state);
  for (;;) {
    const Commit commit = log.store().commit(
        {.expected = {{key, std::nullopt}}, .puts = {{key, text}}, .erased = {}});
    if (commit.outcome == CommitOutcome::kCommitted) return state;
    std::string reason = commit.reason;
    if (commit.outcome == CommitOutcome::kRefused) {
      const Result<std::optional<StreamState>> found = log.state(identity.stream);
      if (found.ok() && *found) {
        StreamState same = state;
        same.writer = (*found)->writer;
        if (**found == same) return same;  // of an earlier call
        return Error{fmt::format("stream {:016x} exists already, written by {}", identity.stream,
                                 (*found)->instance)};
      }
      reason = found.ok() ? "the stream has disappeared" : found.error();
    }
    if (give_up(reason)) return Error{reason};
  }
}

Result<StreamAppender> StreamAppender::open(SharedLog& log, const StreamIdentity& identity,
                                            const StreamPosition& position, const GiveUp& give_up) {
  for (;;) {
    const Result<std::optional<StreamState>> found = log.state(identity.stream);
    if (!found.ok()) {
      if (give_up(found.error())) return Error{found.error()};
      continue;
    }
    const std::string name = fmt::format("stream {:016x}", identity.stream);
    if (!*found) {
      return Error{name +
                   " is unknown to the cluster: the store is another cluster's, or it was "
                   "restored from a backup that is older than the data directory"};
    }
    const StreamState& state = **found;
    if (state.instance != identity.instance) {
      return Error{fmt::format("{} belongs to the instance {}, this instance is {}", name,
                               state.instance, identity.instance)};
    }
    if (position.number > state.last ||
        (position.number == state.last && position.hash != state.hash)) {
      return Error{fmt::format(
          "{}: the data directory is at group {} and the cluster at {}{}: the store has lost "
          "groups that it had confirmed, for instance by a restored backup",
          name, position.number, state.last,
          position.number == state.last ? " with another chain hash" : "")};
    }
    if (position.number < state.trimmed) {
      return Error{
          fmt::format("{}: the data directory ends at group {} and the cluster keeps "
                      "groups after {} only",
                      name, position.number, state.trimmed)};
    }
    StreamAppender writer(log, identity.stream, state);
    StreamState next = state;
    ++next.epoch;
    next.writer = identity.writer;
    next.sealed_by.clear();
    Transaction transaction;
    switch (writer.change(next, transaction, false, give_up)) {
      case SharedAppend::kDurable:
        return writer;
      case SharedAppend::kGivenUp:
        return Error{name + ": the store did not answer"};
      default:
        break;  // changed meanwhile: by a seal, or by another process of this directory
    }
  }
}

void StreamAppender::trim_to(std::uint64_t number) {
  trim_to_ = std::max(trim_to_, std::min(number, state_.last));
}

void StreamAppender::add_trim(Transaction& transaction, StreamState& next,
                              std::string (&keys)[2]) const {
  if (trim_to_ <= state_.trimmed) return;
  keys[0] = log_->keys().group(stream_, state_.trimmed + 1);
  keys[1] = log_->keys().group(stream_, trim_to_ + 1);
  transaction.erased.push_back({keys[0], keys[1]});
  next.trimmed = trim_to_;
}

SharedAppend StreamAppender::append(std::string_view bytes, std::uint64_t chain_hash,
                                    const GiveUp& give_up, const std::optional<SideChange>& side) {
  FR_CHECK(bytes.size() <= kStoreValueMax);
  Transaction transaction;
  StreamState next = state_;
  ++next.last;
  next.hash = chain_hash;
  std::string erased[2];
  add_trim(transaction, next, erased);
  const std::string group = log_->keys().group(stream_, next.last);
  transaction.puts.push_back({group, bytes});
  if (side) {
    transaction.expected.push_back({side->key, side->from});
    transaction.puts.push_back({side->key, side->to});
  }
  return change(next, transaction, side.has_value(), give_up);
}

SharedAppend StreamAppender::trim_now(const GiveUp& give_up) {
  if (trim_to_ <= state_.trimmed) return SharedAppend::kDurable;
  Transaction transaction;
  StreamState next = state_;
  std::string erased[2];
  add_trim(transaction, next, erased);
  return change(next, transaction, false, give_up);
}

SharedAppend StreamAppender::change(const StreamState& next, Transaction& transaction,
                                    bool has_side, const GiveUp& give_up) {
  const std::string before = encode_stream_state(state_);
  const std::string after = encode_stream_state(next);
  transaction.expected.push_back({key_, before});
  transaction.puts.push_back({key_, after});
  for (;;) {
    Commit commit = log_->store().commit(transaction);
    std::optional<SharedAppend> settled;
    if (commit.outcome == CommitOutcome::kCommitted) {
      settled = SharedAppend::kDurable;
    } else if (commit.outcome == CommitOutcome::kRefused) {
      settled = settle_refusal(next, has_side, commit.reason);
    }
    if (settled == SharedAppend::kDurable) state_ = next;
    if (settled) return *settled;
    if (give_up(commit.reason)) return SharedAppend::kGivenUp;
  }
}

std::optional<SharedAppend> StreamAppender::settle_refusal(const StreamState& next, bool has_side,
                                                           std::string& reason) {
  const Result<std::optional<StreamState>> found = log_->state(stream_);
  if (!found.ok()) {
    reason = found.error();
    return std::nullopt;
  }
  if (!*found) return SharedAppend::kDiverged;
  const StreamState& state = **found;
  if (state == next) return SharedAppend::kDurable;  // an earlier attempt, its answer was lost
  if (state == state_) {
    if (has_side) return SharedAppend::kRefused;
    reason = "the store refused a change of a state that is unchanged";
    return std::nullopt;
  }
  if (state.is_sealed() || state.epoch > next.epoch ||
      (state.epoch == next.epoch && state.writer != next.writer)) {
    return SharedAppend::kFenced;
  }
  return SharedAppend::kDiverged;
}

}  // namespace frontrow
