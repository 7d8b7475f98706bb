#include "engine/runtime/membership/member_beat.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/runtime/cluster/rendezvous.h"

namespace frontrow {
namespace {

constexpr int kLeaveAttempts = 5;

}  // namespace

MemberBeat::MemberBeat(ConsensusStore& store, const SharedLogKeys& keys, MemberRecord joined,
                       Lease& lease, MonotonicMs clock)
    : store_(store),
      keys_(keys),
      key_(keys.member(joined.name)),
      lease_(lease),
      clock_(std::move(clock)),
      record_(std::move(joined)),
      text_(encode_member_record(record_)),
      state_(record_.state),
      weight_(record_.weight),
      liveness_(record_.name) {}

void MemberBeat::set_state(MemberState state) {
  FR_CHECK(state < MemberState::kLeaving);
  state_ = state;
}

void MemberBeat::set_weight(std::uint32_t weight) {
  FR_CHECK(weight <= kInstanceWeightMax);
  weight_ = weight;
}

BeatStep MemberBeat::beat() {
  Sent sent = send();
  // The lease of an earlier attempt is that much older.
  if (sent.took_effect_earlier) sent = send();
  BeatStep step;
  step.outcome = sent.outcome;
  step.reason = std::move(sent.reason);
  if (step.outcome == BeatOutcome::kGood) look_at_others(step);
  return step;
}

MemberBeat::Sent MemberBeat::send() {
  if (ended_) return *ended_;
  const std::int64_t sent_ms = clock_();
  if (!pending_) {
    Pending next{.record = record_, .text = {}, .first_sent_ms = sent_ms};
    ++next.record.beat;
    next.record.state = state_;
    next.record.weight = weight_;
    next.text = encode_member_record(next.record);
    pending_ = std::move(next);
  }
  const Commit commit =
      store_.commit({.expected = {{key_, text_}}, .puts = {{key_, pending_->text}}, .erased = {}});
  switch (commit.outcome) {
    case CommitOutcome::kCommitted:
      settle(sent_ms);
      return {.outcome = BeatOutcome::kGood, .took_effect_earlier = false, .reason = {}};
    case CommitOutcome::kRefused:
      return settle_refusal();
    default:
      return {.outcome = BeatOutcome::kStoreAway,
              .took_effect_earlier = false,
              .reason = commit.reason};
  }
}

void MemberBeat::settle(std::int64_t sent_ms) {
  record_ = std::move(pending_->record);
  text_ = std::move(pending_->text);
  pending_.reset();
  lease_.extend(sent_ms);
}

MemberBeat::Sent MemberBeat::settle_refusal() {
  const auto away = [](std::string reason) {
    return Sent{.outcome = BeatOutcome::kStoreAway,
                .took_effect_earlier = false,
                .reason = std::move(reason)};
  };
  const Result<std::optional<std::string>> found = read_member_text(store_, key_);
  if (!found.ok()) return away(found.error());
  const std::string& name = record_.name;
  if (!*found) return end(BeatOutcome::kErased, fmt::format("the record of {} was erased", name));
  if (**found == pending_->text) {
    settle(pending_->first_sent_ms);
    return {.outcome = BeatOutcome::kGood, .took_effect_earlier = true, .reason = {}};
  }
  if (**found == text_) return away("the store refused a change of a record that is unchanged");

  const Result<MemberRecord> other = decode_member_record(**found);
  if (!other.ok())
    return end(BeatOutcome::kNameTaken, fmt::format("the name {}: {}", name, other.error()));
  if (other->process != record_.process) {
    return end(BeatOutcome::kNameTaken,
               fmt::format("the name {} was taken over by process {:016x} at {}, as this one stood "
                           "still: of two instances with one name only one can run",
                           name, other->process, other->http));
  }
  if (other->state == MemberState::kDead) {
    return end(
        BeatOutcome::kDeclaredDead,
        fmt::format("{} was declared dead by another instance, as its beat stood still", name));
  }
  return end(BeatOutcome::kNameTaken,
             fmt::format("the record of {} is at beat {}, which this process did not write: a copy "
                         "of the process runs, or the store was restored from a backup",
                         name, other->beat));
}

MemberBeat::Sent MemberBeat::end(BeatOutcome outcome, std::string reason) {
  lease_.revoke();
  ended_ = Sent{.outcome = outcome, .took_effect_earlier = false, .reason = std::move(reason)};
  return *ended_;
}

void MemberBeat::look_at_others(BeatStep& step) {
  Observation at;
  at.asked_ms = clock_();
  Result<MemberList> list = read_members(store_, keys_);
  at.seen_ms = clock_();
  if (!list.ok()) {
    step.reason = list.error();
    return;
  }
  liveness_.observe(at, *list);
  bool answers = true;
  for (const Member& member : liveness_.overdue()) {
    if (!member.text) {
      report_departed(member, step);
    } else if (answers) {
      answers = declare_dead(member, *list);
    }
  }
  std::erase_if(reported_, [&](const auto& entry) {
    return std::ranges::any_of(list->members, [&](const Member& member) {
      return member.record.name == entry.first && !member.record.is_departed();
    });
  });
  for (const Member& member : list->members) {
    if (member.record.is_departed() && member.record.name != record_.name)
      report_departed(member, step);
  }
  step.list = std::move(*list);
}

bool MemberBeat::declare_dead(const Member& overdue, MemberList& list) {
  MemberRecord dead = overdue.record;
  dead.state = MemberState::kDead;
  std::string text = encode_member_record(dead);
  const std::string key = keys_.member(dead.name);
  const Commit commit = store_.commit(
      {.expected = {{key, overdue.text}, {key_, text_}}, .puts = {{key, text}}, .erased = {}});
  if (commit.outcome == CommitOutcome::kCommitted) {
    for (Member& member : list.members)
      if (member.record.name == dead.name) member = {dead, text};
  }
  // Refused: one of the two records has changed. Unknown: a late effect needs both unchanged. The
  // next step reads them in either case.
  return commit.outcome == CommitOutcome::kCommitted || commit.outcome == CommitOutcome::kRefused;
}

void MemberBeat::report_departed(const Member& member, BeatStep& step) {
  const auto [found, is_new] = reported_.try_emplace(member.record.name, member.text);
  if (!is_new && found->second == member.text) return;
  found->second = member.text;
  step.departed.push_back(member);
}

Status MemberBeat::leave() {
  lease_.revoke();
  state_ = MemberState::kLeaving;
  std::string reason;
  for (int attempt = 0; attempt < kLeaveAttempts; ++attempt) {
    const Sent sent = send();
    reason = sent.reason;
    if (sent.outcome == BeatOutcome::kGood && record_.state == MemberState::kLeaving) return {};
    if (ended_) break;
  }
  return Error{fmt::format("{} could not write that it leaves: {}", record_.name, reason)};
}

}  // namespace frontrow
