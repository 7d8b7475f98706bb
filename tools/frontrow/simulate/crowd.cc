#include "tools/frontrow/simulate/crowd.h"

#include <fmt/format.h>

#include "engine/base/uuid.h"
#include "tools/frontrow/simulate/translate.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::simulate {
namespace {

using drop::Answer;
using drop::Ask;
using drop::Fan;
using drop::kNobody;
using drop::Outcome;
using drop::Place;
using drop::Purpose;

// Prefetch distance in fans.
constexpr std::size_t kAhead = 12;

}  // namespace

Crowd::Crowd(Plan plan, Core& core, Instant start, drop::Violations& violations)
    : plan_(std::move(plan)),
      core_(core),
      start_(start),
      violations_(violations),
      watch_(violations),
      arrivals_(plan_.arrivals),
      wheel_(fans_) {
  // Reserves all fans at once: growth would move them and need twice the memory meanwhile.
  fans_.reserve(plan_.arrivals.fans);
}

UserId Crowd::user_of(std::uint32_t fan) const { return drop::user_of(plan_.facts.seed, fan); }

void Crowd::play(std::uint32_t now_ms) {
  due_.clear();
  wheel_.advance(now_ms, [this](std::uint32_t fan) { due_.push_back(fan); });
  for (auto next = arrivals_.next_ms(); next && *next <= now_ms; next = arrivals_.next_ms()) {
    arrivals_.pop();
    const auto index = static_cast<std::uint32_t>(fans_.size());
    Fan& fan = fans_.emplace_back();
    fan.traits = drop::draw_traits(plan_.facts.seed, index, plan_.shares);
    fan.due_ms = fan.since_ms = now_ms;
    ++figures_.arrived;
    due_.push_back(index);
  }
  for (std::size_t i = 0; i < std::min(kAhead, due_.size()); ++i) prefetch(due_[i]);
  for (std::size_t i = 0; i < due_.size(); ++i) {
    if (i + kAhead < due_.size()) prefetch(due_[i + kAhead]);
    ask(due_[i], now_ms);
  }
  put_back();
}

void Crowd::put_back() {
  for (std::size_t i = 0; i < again_.size(); ++i) {
    if (i + kAhead < again_.size()) wheel_.prefetch(fans_[again_[i + kAhead]].due_ms);
    wheel_.add(again_[i]);
  }
  again_.clear();
}

void Crowd::prefetch(std::uint32_t index) const {
  const Fan& fan = fans_[index];
  if (fan.number != 0) {
    core_.prefetch(TicketNumber{fan.number});
  } else {
    core_.prefetch(user_of(index));
  }
}

void Crowd::ask(std::uint32_t index, std::uint32_t now_ms) {
  Fan& fan = fans_[index];
  ++figures_.requests;
  ++figures_.asks[static_cast<std::size_t>(fan.ask)];
  const drop::Watch::Known before = watch_.known();
  const Answer answer = send(index, start_ + milliseconds(now_ms));
  if (answer.ok() && (fan.ask == Ask::kJoin || fan.ask == Ask::kPoll)) {
    if (fan.ask == Ask::kJoin) watch_.on_number(answer.number, answer.status == 201, before);
    if (answer.place == Place::kWaiting) watch_.on_waiting(answer.number, before);
    if (answer.place == Place::kActive) watch_.on_active(answer.number);
  }
  if (fan.ask == Ask::kPoll && fan.waits != 0 &&
      answer.waitlist_position > buyers_[fan.buyer].waitlist_position) {
    violations_.add(fmt::format("fan {} was put back on the waitlist", index));
  }
  take_facts(index, answer);
  settle(index, answer, now_ms);
}

Answer Crowd::send(std::uint32_t index, Instant now) {
  const Fan& fan = fans_[index];
  const bool with_key = fan.ask == Ask::kJoin ? plan_.join_keys : drop::is_post(fan.ask);
  const FanView view{fan, fan.buyer == kNobody ? nullptr : &buyers_[fan.buyer], user_of(index),
                     with_key ? key_of(index) : RequestKey{},
                     drop::wish_of(fan, index, plan_.facts)};
  const Command command = command_of(view, core_.concert().id, plan_.dates);
  if (fan.ask == Ask::kCharge) {
    // As in the API, the concert's slot checks the token before the wallet's slot charges.
    const CheckToken check{core_.concert().id};
    const Reply& reply = core_.ask({command.caller, {}, check}, now);
    if (reply.reject != Reject::kNone) return answer_of(fan.ask, reply, 0, plan_.dates);
  }
  double choice = 0;
  if (fan.ask == Ask::kDates || fan.ask == Ask::kSeats) {
    const Purpose purpose = fan.ask == Ask::kDates ? Purpose::kDate : Purpose::kSeat;
    choice = drop::unit(drop::draw(plan_.facts.seed, index, purpose, fan.turns));
  }
  return answer_of(fan.ask, core_.ask(command, now), choice, plan_.dates);
}

RequestKey Crowd::key_of(std::uint32_t index) const {
  const Fan& fan = fans_[index];
  const std::uint64_t turn = std::uint64_t{fan.turns} << 8 | static_cast<std::uint64_t>(fan.ask);
  const std::uint64_t drawn = drop::draw(plan_.facts.seed, index, Purpose::kKey, turn);
  return {{drawn, mix64(drawn)}, mix64(drawn + 1)};
}

void Crowd::take_facts(std::uint32_t index, const Answer& answer) {
  Fan& fan = fans_[index];
  if (!answer.ok()) return;
  if (answer.ask == Ask::kSeats && answer.found) {
    drop::Buyer& buyer = buyer_of(index);
    buyer.seats = {answer.seat};
    buyer.price = answer.price;
    buyer.date = fan.date;
  }
  drop::Buyer* buyer = fan.buyer == kNobody ? nullptr : &buyers_[fan.buyer];
  const char* wrong = drop::absorb(fan, buyer, answer);
  if (answer.ask == Ask::kCharge) figures_.charged += answer.amount;
  if (answer.ask == Ask::kPay) {
    figures_.paid += answer.amount;
    if ((fan.traits & drop::kLetsExpire) != 0) wrong = "paid a hold after its time";
  }
  if (wrong != nullptr)
    violations_.add(fmt::format("fan {} ({}): {}", index, to_string(user_of(index)), wrong));
}

drop::Buyer& Crowd::buyer_of(std::uint32_t index) {
  Fan& fan = fans_[index];
  if (fan.buyer == kNobody) {
    fan.buyer = static_cast<std::uint32_t>(buyers_.size());
    buyers_.push_back({.fan = index});
  }
  return buyers_[fan.buyer];
}

void Crowd::settle(std::uint32_t index, const Answer& answer, std::uint32_t now_ms) {
  Fan& fan = fans_[index];
  const Fan before = fan;
  const drop::Move move = drop::step(fan, index, answer, plan_.facts);
  waiting_.on_step(before, fan, drop::wish_of(fan, index, plan_.facts).quantity, move.done);
  if (answer.problem == drop::Problem::kSeatUnavailable ||
      answer.problem == drop::Problem::kNotAvailable) {
    ++figures_.conflicts;
  }
  const std::int64_t since_us = std::int64_t{now_ms - fan.since_ms} * 1000;
  if (before.admitted == 0 && fan.admitted != 0) {
    ++figures_.told_in;
    figures_.line_time.add(since_us);
    fan.since_ms = now_ms;
  }
  if (before.offered == 0 && fan.offered != 0) fan.since_ms = now_ms;
  if (answer.ask == Ask::kPay && answer.ok()) {
    ++figures_.bought;
    figures_.seats += drop::count_of(buyers_[fan.buyer].seats);
    figures_.shop_time.add(since_us);
  }
  if (!move.done) {
    if (fan.ask == Ask::kHold || fan.ask == Ask::kWait) buyer_of(index).date = fan.date;
    fan.due_ms = now_ms + move.after_ms;
    return again_.push_back(index);
  }
  ++figures_.outcomes[static_cast<std::size_t>(fan.outcome)];
  if (fan.outcome == Outcome::kSoldOut && fan.admitted == 0 && fan.buyer == kNobody)
    figures_.in_vain_time.add(since_us);
  fan.finished = 1;
  ++done_;
}

std::size_t Crowd::memory_bytes() const {
  return fans_.size() * sizeof(Fan) + buyers_.size() * sizeof(drop::Buyer) + wheel_.memory_bytes();
}

}  // namespace frontrow::simulate
