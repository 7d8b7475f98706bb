#include "tools/frontrow/drop/crowd.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/uuid.h"
#include "tools/frontrow/drop/request.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {
namespace {

// Stands in Pending and Flight for a copy of a request: the request for a challenge before a join.
constexpr std::uint8_t kForChallenge = 0xff;
constexpr std::uint32_t kChallengeAgainMs = 500;
constexpr std::uint8_t kChallengeFailuresMax = 20;
// Challenges that are requested ahead of their solution, which may take long: they expire.
constexpr std::uint32_t kChallengesAhead = 64;

// Stands for the success that another copy of the request had.
Answer success_of_a_copy(const Fan& fan, const Buyer* buyer) {
  Answer answer{.ask = fan.ask, .status = 200};
  answer.place = Place::kWaiting;
  answer.number = fan.number;
  answer.poll_after_ms = 1000;
  if (buyer != nullptr) {
    answer.id = fan.ask == Ask::kHold ? buyer->hold : buyer->payment;
    answer.amount = buyer->amount;
    answer.waitlist_position = buyer->waitlist_position;
    if (fan.waits != 0) answer.offered = buyer->hold;
  }
  return answer;
}

bool needs_active(Ask ask) {
  return ask == Ask::kDates || ask == Ask::kSeats || ask == Ask::kHold || ask == Ask::kCharge ||
         ask == Ask::kPay;
}

}  // namespace

Crowd::Crowd(Plan plan, Tally& tally, Violations& violations)
    : plan_(std::move(plan)),
      tally_(tally),
      violations_(violations),
      watch_(violations),
      arrivals_(plan_.arrivals),
      reader_(plan_.dates),
      wheel_(fans_) {
  // Reserves all fans at once: growth would move them and need twice the memory meanwhile.
  fans_.reserve(plan_.arrivals.fans);
  if (plan_.hashes_per_s) solver_ = std::make_unique<Solver>(*plan_.hashes_per_s);
}

std::string address_of(const ClientAddresses& addresses, std::uint32_t fan) {
  const std::uint32_t a = addresses.first + fan / addresses.fans_each % addresses.count;
  return fmt::format("{}.{}.{}.{}", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

void Crowd::start(ConnectionPool& pool) {
  pool_ = &pool;
  start_us_ = monotonic_us();
}

std::uint32_t Crowd::now_ms() const {
  return static_cast<std::uint32_t>((monotonic_us() - start_us_) / 1000);
}

void Crowd::tick() {
  if (!stopped_) {
    const std::uint32_t now = now_ms();
    arrive(now);
    take_solutions(now);
    wheel_.advance(now, [this](std::uint32_t fan) { enqueue(fan); });
  }
  dispatch();
}

void Crowd::arrive(std::uint32_t now) {
  for (auto next = arrivals_.next_ms(); next && *next <= now; next = arrivals_.next_ms()) {
    arrivals_.pop();
    const auto index = static_cast<std::uint32_t>(fans_.size());
    Fan& fan = fans_.emplace_back();
    fan.traits = draw_traits(plan_.facts.seed, index, plan_.shares);
    fan.due_ms = fan.since_ms = static_cast<std::uint32_t>(*next);
    ++tally_.arrived;
    enqueue(index);
  }
}

bool Crowd::needs_challenge(std::uint32_t index) const {
  return solver_ != nullptr && fans_[index].ask == Ask::kJoin && !payloads_.contains(index);
}

void Crowd::take_solutions(std::uint32_t now) {
  if (solver_ == nullptr) return;
  for (Solution& solution : solver_->take()) {
    --challenges_open_;
    payloads_[solution.fan] = std::move(solution.payload);
    fans_[solution.fan].due_ms = now;  // its computation is no latency of the server
    enqueue(solution.fan);
  }
  for (; challenges_open_ < kChallengesAhead && !unchallenged_.empty(); ++challenges_open_) {
    const std::uint32_t index = unchallenged_.front();
    unchallenged_.pop_front();
    fans_[index].due_ms = now;
    pending_.push_back({index, now, kForChallenge});
  }
}

// A fan whom the server asks for no challenge joins with an empty payload, which is not sent.
void Crowd::on_challenge(std::uint32_t index, Fault fault, const HttpAnswer& http) {
  if (stopped_) return;
  Fan& fan = fans_[index];
  const int status = fault == Fault::kNone ? http.status : 0;
  if (fault != Fault::kNone) {
    ++tally_.faults[static_cast<std::size_t>(fault)];
  } else {
    ++tally_.answers;
    ++tally_.statuses[static_cast<std::size_t>(status) % kStatusMax];
  }
  if (status == 200) {
    fan.failures = 0;
    return solver_->add(index, http.body);
  }
  --challenges_open_;
  const bool is_told_to_wait = (status == 429 || status == 503) && http.retry_after_ms >= 0;
  if (status == 404) payloads_[index] = {};
  if (is_told_to_wait) ++(status == 429 ? tally_.told_429 : tally_.told_503);
  if (status != 404 && !is_told_to_wait && fan.failures++ == kChallengeFailuresMax) {
    fan.outcome = Outcome::kGaveUp;
    return finish(index);
  }
  fan.due_ms = now_ms() +
               std::max(kChallengeAgainMs,
                        static_cast<std::uint32_t>(std::max<std::int64_t>(http.retry_after_ms, 0)));
  wheel_.add(index);
}

void Crowd::enqueue(std::uint32_t index) {
  Fan& fan = fans_[index];
  if (needs_challenge(index)) return unchallenged_.push_back(index);
  const std::uint8_t copies = copies_of(fan, fan.ask);
  fan.in_flight = copies & 0x0fU;
  for (std::uint8_t copy = 0; copy < copies; ++copy) pending_.push_back({index, fan.due_ms, copy});
}

void Crowd::dispatch() {
  while (operator_waits_ || !pending_.empty()) {
    const auto connection = pool_->take();
    if (!connection) return;
    if (*connection >= flights_.size()) flights_.resize(*connection + 1);
    if (operator_waits_) {
      operator_waits_ = false;
      flights_[*connection] = {};
      const RequestHead head{"GET", operator_target_, pool_->host_of(*connection)};
      pool_->send(*connection, whole_request(head, operator_key_, {}), false);
      continue;
    }
    const Pending pending = pending_.front();
    pending_.pop_front();
    send(pending, *connection);
  }
}

void Crowd::send(const Pending& pending, std::uint32_t connection) {
  const Fan& fan = fans_[pending.fan];
  const std::int64_t now_us = monotonic_us() - start_us_;
  flights_[connection] = {
      .fan = pending.fan,
      .due_ms = pending.due_ms,
      .sent_ms = static_cast<std::uint32_t>(now_us / 1000),
      .copy = pending.copy,
      .waitlist_position = fan.waits != 0 ? buyers_[fan.buyer].waitlist_position : 0,
      .known = watch_.known()};
  tally_.send_lag.add(now_us - std::int64_t{pending.due_ms} * 1000);
  ++tally_.requests;
  ++tally_.targets[pool_->target_of(connection)].requests;
  write_request(pending.fan, pending.copy, connection);
  pool_->send(connection, request_, pending.copy != kForChallenge && is_cut(fan, fan.ask));
}

void Crowd::stop() {
  stopped_ = true;
  if (solver_ != nullptr) solver_->clear();
  pending_.clear();
}

void Crowd::ask_operator(std::string target, std::string admin_key, OperatorAnswer done) {
  operator_target_ = std::move(target);
  operator_key_ = std::move(admin_key);
  operator_done_ = std::move(done);
  operator_waits_ = true;
  dispatch();
}

void Crowd::on_answer(std::uint32_t connection, Fault fault, const HttpAnswer& http) {
  const Flight flight = flights_[connection];
  if (flight.fan == kNobody) {
    if (operator_done_) operator_done_(fault, http);
    return;
  }
  if (flight.copy == kForChallenge) return on_challenge(flight.fan, fault, http);
  const Answer answer = read(flight, fault, http);
  count(flight, answer, tally_.targets[pool_->target_of(connection)]);
  look(flight, answer);
  take_facts(flight.fan, flight, answer);
  Fan& fan = fans_[flight.fan];
  if (fan.in_flight > 0) --fan.in_flight;
  if (stopped_ || fan.in_flight > 0) return;
  if (fan.won != 0 && !answer.ok()) {
    settle(flight.fan,
           success_of_a_copy(fan, fan.buyer == kNobody ? nullptr : &buyers_[fan.buyer]));
  } else {
    settle(flight.fan, answer);
  }
}

Answer Crowd::read(const Flight& flight, Fault fault, const HttpAnswer& http) {
  const Fan& fan = fans_[flight.fan];
  Answer answer{.ask = fan.ask, .fault = fault};
  if (fault != Fault::kNone) return answer;
  answer.status = http.status;
  answer.retry_after_ms = http.retry_after_ms;
  answer.replayed = http.replayed;
  const Purpose purpose = fan.ask == Ask::kDates ? Purpose::kDate : Purpose::kSeat;
  const bool chooses = fan.ask == Ask::kDates || fan.ask == Ask::kSeats;
  reader_.read(http.body,
               chooses ? unit(draw(plan_.facts.seed, flight.fan, purpose, fan.turns)) : 0, answer);
  return answer;
}

void Crowd::count(const Flight& flight, const Answer& answer, TargetTally& target) {
  ++classes_[static_cast<std::size_t>(
      class_of(answer.fault, answer.status, answer.told_to_wait()))];
  if (answer.fault == Fault::kCut) {
    --classes_[static_cast<std::size_t>(StatusClass::kFault)];
    ++tally_.faults[static_cast<std::size_t>(Fault::kCut)];
    ++target.faults[static_cast<std::size_t>(Fault::kCut)];
    return;
  }
  // Latency includes requests that ended in a fault.
  const std::int64_t latency = monotonic_us() - start_us_ - std::int64_t{flight.due_ms} * 1000;
  tally_.latency[static_cast<std::size_t>(answer.ask)].add(latency);
  tally_.all_latency.add(latency);
  interval_.add(latency);
  target.latency.add(latency);
  if (answer.fault != Fault::kNone) {
    if (stopped_) return;
    ++tally_.faults[static_cast<std::size_t>(answer.fault)];
    ++target.faults[static_cast<std::size_t>(answer.fault)];
    return;
  }
  ++tally_.answers;
  ++target.answers;
  if (answer.replayed) ++tally_.replayed;
  if (static_cast<std::size_t>(answer.status) < kStatusMax)
    ++tally_.statuses[static_cast<std::size_t>(answer.status)];
  if (answer.unreadable) {
    ++tally_.unreadable;
    if (answer.status < 500) count_unexpected(answer);
  }
  if (answer.told_to_wait()) {
    ++(answer.status == 429 ? tally_.told_429 : tally_.told_503);
  } else if (answer.status >= 500) {
    ++tally_.server_errors;
    count_unexpected(answer);
  }
}

void Crowd::count_unexpected(const Answer& answer) {
  if (static_cast<std::size_t>(answer.status) < kStatusMax)
    ++tally_.unexpected_statuses[static_cast<std::size_t>(answer.status)];
}

// Checks replies that are a violation, independent of the fan's next step.
void Crowd::look(const Flight& flight, const Answer& answer) {
  const Fan& fan = fans_[flight.fan];
  if (answer.problem == Problem::kNotAdmitted && fan.admitted != 0)
    violate(flight.fan, "was told to be in, and then to wait");
  if (!answer.ok()) return;
  if (answer.ask == Ask::kJoin || answer.ask == Ask::kPoll) {
    // A stored answer describes the moment at which the first of the equal requests was decided.
    const bool fresh = answer.status == 201 && !answer.replayed;
    if (answer.ask == Ask::kJoin) watch_.on_number(answer.number, fresh, flight.known);
    if (answer.place == Place::kWaiting && !answer.replayed)
      watch_.on_waiting(answer.number, flight.known);
    if (answer.place == Place::kActive) watch_.on_active(answer.number);
  }
  if (flight.waitlist_position != 0 && answer.waitlist_position > flight.waitlist_position)
    violate(flight.fan, "was put back on the waitlist");
  if (answer.ask == Ask::kPay && (fan.traits & kLetsExpire) != 0)
    violate(flight.fan, "paid a hold after its time");
}

void Crowd::take_facts(std::uint32_t index, const Flight& flight, const Answer& answer) {
  Fan& fan = fans_[index];
  if (answer.ok() && answer.ask == Ask::kSeats && answer.found) {
    Buyer& buyer = buyer_of(index);
    buyer.seats = {answer.seat};
    buyer.price = answer.price;
    buyer.date = fan.date;
  }
  Buyer* buyer = fan.buyer == kNobody ? nullptr : &buyers_[fan.buyer];
  if (answer.fault != Fault::kNone && buyer != nullptr) {
    if (answer.ask == Ask::kCharge) buyer->charge_unsure = true;
    if (answer.ask == Ask::kPay) buyer->pay_unsure = true;
  }
  if (!answer.ok()) return;
  if (answer.ask == Ask::kJoin && fan.token == 0) {
    format_uuid(user_of(plan_.facts.seed, index), user_.data());
    fan.token = tokens_.put(answer.token, {user_.data(), user_.size()});
  }
  if (needs_active(answer.ask)) fan.seen_ms = std::max(fan.seen_ms, flight.sent_ms);
  const std::int64_t stands_ms =
      answer.ask == Ask::kJoin ? plan_.facts.place_ms : plan_.facts.hold_ms;
  const bool first_may_be_over = now_ms() - fan.due_ms >= stands_ms;
  if (const char* wrong = absorb(fan, buyer, answer, first_may_be_over); wrong != nullptr)
    violate(index, wrong);
}

// The fan's record, made when the fan needs one. Valid until the next is made.
Buyer& Crowd::buyer_of(std::uint32_t index) {
  Fan& fan = fans_[index];
  if (fan.buyer == kNobody) {
    fan.buyer = static_cast<std::uint32_t>(buyers_.size());
    buyers_.push_back({.fan = index});
  }
  return buyers_[fan.buyer];
}

// All copies are answered: takes the fan's next step.
void Crowd::settle(std::uint32_t index, const Answer& answer) {
  Fan& fan = fans_[index];
  const Ask asked = fan.ask;
  const Fan before = fan;
  const bool was_in = before.admitted != 0;
  const Move move = step(fan, index, answer, plan_.facts);
  waiting_.on_step(before, fan, wish_of(fan, index, plan_.facts).quantity, move.done);
  const std::uint32_t now = now_ms();
  // The fan sends the same request again after anything else.
  const bool is_refused = answer.status >= 400 && answer.status < 500 && !answer.told_to_wait();
  if (asked == Ask::kJoin && (answer.ok() || is_refused)) payloads_.erase(index);
  if (asked == Ask::kJoin && answer.ok()) ++tally_.joined;
  if (asked == Ask::kHold && answer.ok()) ++tally_.holds;
  if (answer.problem == Problem::kSeatUnavailable || answer.problem == Problem::kNotAvailable)
    ++tally_.conflicts;
  if (fan.failures > before.failures || (answer.fault == Fault::kCut && !move.done))
    ++tally_.repeated;
  if (!was_in && fan.admitted != 0) {
    ++tally_.admitted;
    tally_.line_time.add(std::int64_t{now - fan.since_ms} * 1000);
    fan.since_ms = now + 1;  // rounded up: later than the arrival of the response
  }
  if (was_in && fan.admitted == 0) watch_.on_visit(fan.since_ms, fan.seen_ms);
  if (before.offered == 0 && fan.offered != 0) fan.since_ms = now + 1;
  if (asked == Ask::kPay && answer.ok()) {
    ++tally_.bought;
    tally_.seats += count_of(buyers_[fan.buyer].seats);
    tally_.revenue += buyers_[fan.buyer].amount;
    tally_.shop_time.add(std::int64_t{now - std::min(now, fan.since_ms)} * 1000);
  }
  if (move.done) {
    if (fan.outcome == Outcome::kRefused) count_unexpected(answer);
    return finish(index);
  }
  if (fan.ask == Ask::kHold || fan.ask == Ask::kWait) buyer_of(index).date = fan.date;
  fan.due_ms = now + move.after_ms;
  wheel_.add(index);
}

void Crowd::finish(std::uint32_t index) {
  Fan& fan = fans_[index];
  ++tally_.outcomes[static_cast<std::size_t>(fan.outcome)];
  ++done_;
  fan.finished = 1;
  if (fan.token != 0) tokens_.release(fan.token);
  fan.token = 0;
  if (fan.admitted != 0) watch_.on_visit(fan.since_ms, fan.seen_ms);
}

void Crowd::end_visits() {
  for (const Fan& fan : fans_) {
    if (fan.finished == 0 && fan.admitted != 0) watch_.on_visit(fan.since_ms, fan.seen_ms);
  }
  tally_.outcomes[static_cast<std::size_t>(Outcome::kNone)] = unfinished();
}

void Crowd::violate(std::uint32_t fan, const char* what) {
  violations_.add(fmt::format("fan {} ({}, number {}): {}", fan,
                              to_string(user_of(plan_.facts.seed, fan)), fans_[fan].number, what));
}

std::size_t Crowd::memory_bytes() const {
  return fans_.capacity() * sizeof(Fan) + buyers_.capacity() * sizeof(Buyer) +
         tokens_.memory_bytes() + wheel_.memory_bytes() + pending_.size() * sizeof(Pending);
}

}  // namespace frontrow::drop
