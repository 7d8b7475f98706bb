#include "engine/runtime/membership/member_join.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/check.h"
#include "engine/runtime/membership/members.h"

namespace frontrow {
namespace {

std::string describe_user_of(const std::string& name, const std::string& text) {
  const Result<MemberRecord> record = decode_member_record(text);
  if (!record.ok()) return fmt::format("the name {} is in use, by {}", name, record.error());
  return fmt::format(
      "the name {} is in use by process {:016x} at {}: waiting until its record stands still; of "
      "two instances with one name only one can run",
      name, record->process, record->http);
}

}  // namespace

MemberJoin::MemberJoin(ConsensusStore& store, const SharedLogKeys& keys, MemberRecord self,
                       MonotonicMs clock)
    : store_(store), clock_(std::move(clock)), self_(std::move(self)) {
  self_.beat = 1;
  self_.state = MemberState::kJoining;
  FR_CHECK(fault_of(self_).empty());
  key_ = keys.member(self_.name);
  text_ = encode_member_record(self_);
}

JoinStep MemberJoin::step() {
  const Result<std::optional<std::string>> found = read_member_text(store_, key_);
  if (!found.ok()) return {JoinOutcome::kStoreAway, found.error()};
  if (!*found) return put_record(std::nullopt);
  const std::string& text = **found;
  if (text == text_) return {JoinOutcome::kJoined, {}};  // an earlier attempt took effect
  const Result<MemberRecord> earlier = decode_member_record(text);
  if (earlier.ok() && earlier->is_departed()) return put_record(text);
  return wait_for(text);
}

JoinStep MemberJoin::wait_for(const std::string& text) {
  // The read showed the text, and the write below expects it: the record stands still from here to
  // the moment at which the write takes effect.
  if (text != watched_) {
    watched_ = text;
    const std::int64_t seen_ms = clock_();
    standstill_.observe({.asked_ms = seen_ms, .seen_ms = seen_ms}, false);
    return {JoinOutcome::kWaiting, describe_user_of(self_.name, text)};
  }
  const std::int64_t asked_ms = clock_();
  const Commit commit =
      store_.commit({.expected = {{key_, text}}, .puts = {{key_, text}}, .erased = {}});
  switch (commit.outcome) {
    case CommitOutcome::kCommitted:
      standstill_.observe({.asked_ms = asked_ms, .seen_ms = clock_()}, true);
      if (standstill_.is_overdue()) return put_record(text);
      break;
    case CommitOutcome::kRefused:
      break;  // it has changed: the next step sees to what
    default:
      return {JoinOutcome::kStoreAway, commit.reason};
  }
  return {JoinOutcome::kWaiting, describe_user_of(self_.name, text)};
}

JoinStep MemberJoin::put_record(const std::optional<std::string>& expected) {
  Transaction transaction;
  transaction.expected.push_back({key_, expected});
  transaction.puts.push_back({key_, text_});
  const Commit commit = store_.commit(transaction);
  switch (commit.outcome) {
    case CommitOutcome::kCommitted:
      return {JoinOutcome::kJoined, {}};
    case CommitOutcome::kRefused:
      return {JoinOutcome::kWaiting,
              fmt::format("the record of {} has changed meanwhile", self_.name)};
    default:
      return {JoinOutcome::kStoreAway, commit.reason};
  }
}

}  // namespace frontrow
