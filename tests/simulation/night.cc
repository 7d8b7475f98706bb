#include "tests/simulation/night.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/runtime/test_engine.h"

namespace frontrow::sim {
namespace {

constexpr std::size_t kByOperator = ~std::size_t{0};
constexpr int kUnderWayMax = 3;  // requests of one fan at the same time
constexpr Instant kEvening{1'800'000'000'000};

}  // namespace

Night::Night(std::uint64_t seed) : random_(seed), clock_(kEvening), crowd_(between(3, 8), random_) {
  options_.workers = between(1, 3);
  options_.carrier = &network_;
  options_.policy.charge_max = Money{5000};
  options_.policy.balance_max = Money{20'000};
  options_.policy.payment_decide = seconds(between(1, 10));
  if (random_.chance(10)) options_.held_replies_max = 3;
  rehearsals_.retention.everything = random_.chance(50);
  rehearsals_.copy_bytes = random_.chance(50) ? 1 : 1 << 20;
  network_faults_ = {.lost = random_.below(20),
                     .doubled = random_.below(20),
                     .reordered = random_.below(100),
                     .late = random_.below(10)};
  used_.push_back(slot_of_directory());
  for (std::size_t i = 0; i < crowd_.size(); ++i) used_.push_back(slot_of_user(crowd_.fan(i).user));
}

Night::~Night() = default;

bool Night::ok() { return !::testing::Test::HasFailure(); }

std::uint32_t Night::between(std::uint32_t low, std::uint32_t high) {
  return low + static_cast<std::uint32_t>(random_.below(high - low + 1));
}

ConcertSpec Night::random_spec() {
  ConcertSpec spec;
  spec.title = "Low Tide";
  if (random_.chance(20)) spec.opens_at = clock_.now() + milliseconds(between(1, 3000));
  spec.rules = {
      {between(1, 5), random_.chance(50) ? between(1, 20) : 1000, between(10, 300), between(5, 90)},
      between(2, 60),
      between(1, 4)};
  for (std::uint32_t d = 0; d < between(1, 2); ++d) {
    DateSpec date{Date{first_date().days + static_cast<std::int32_t>(d)}, {}};
    for (std::uint32_t s = 0; s < between(1, 2); ++s)
      date.sections.push_back({"s", between(1, 5), Money{between(0, 900)}});
    spec.dates.push_back(date);
  }
  return spec;
}

NightReport Night::run(int steps) {
  start();
  const std::uint32_t concerts = between(1, 2);
  for (std::uint32_t i = 1; i <= concerts && ok(); ++i) {
    const ConcertSpec spec = random_spec();
    used_.push_back(slot_of_concert(ConcertId{i}));
    submit(kByOperator, {Caller{}, crowd_.new_key(), CreateConcert{spec}});
    offers_.push_back({ConcertId{i}, spec});
    for (int turns = 0; requests_.back().is_open && turns < 100; ++turns) {
      for (std::size_t w = 0; w < options_.workers; ++w) turn(w);
      write_group();
      network_.step(random_, {}, *engine_);
    }
    EXPECT_FALSE(requests_.back().is_open) << "no concert";
  }
  std::sort(used_.begin(), used_.end());
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
  calm_ = false;
  for (int i = 0; i < steps && ok(); ++i) {
    step();
    after_step();
  }
  if (ok()) finish();
  report_.acknowledged = ledger_.acknowledged();
  return report_;
}

void Night::step() {
  const auto dice = random_.below(1000);
  if (dice < 330) return fan_acts();
  if (dice < 590) return turn(random_.below(options_.workers));
  if (dice < 750) return write_group();
  if (dice < 890) return network_.step(random_, network_faults_, *engine_);
  if (dice < 955) return pass_time();
  if (dice < 972) return operator_acts();
  if (dice < 985) {
    engine_->ask_for_hashes();
    return;
  }
  if (dice < 991) return rehearse();
  if (dice < 996) {
    low_disk_ = !low_disk_;
    journal_->set_low(low_disk_);
    engine_->set_low_disk(journal_->space().low());
    return;
  }
  crash();
}

void Night::fan_acts() {
  const std::size_t index = random_.below(crowd_.size());
  Fan& fan = crowd_.fan(index);
  if (fan.under_way >= kUnderWayMax) return;
  if (!fan.unanswered.empty()) {
    const Command again = fan.unanswered.back();
    fan.unanswered.pop_back();
    if (random_.chance(15)) return ledger_.in_doubt(again);  // the phone is dead
    return submit(index, again);
  }
  const Command command = crowd_.next(index, offers_);
  submit(index, command);
  if (command.key.present() && random_.chance(12)) submit(index, command);  // clicked twice
}

void Night::operator_acts() {
  const Offer& offer = offers_[random_.below(offers_.size())];
  const auto dice = random_.below(100);
  if (dice < 40) {
    const Fan& fan = crowd_.fan(random_.below(crowd_.size()));
    if (fan.payments.empty()) return;
    const PaymentId payment = fan.payments[random_.below(fan.payments.size())];
    return submit(kByOperator, {Caller{}, crowd_.new_key(), Refund{payment}});
  }
  if (dice < 70) {
    return submit(kByOperator, {Caller{},
                                {},
                                BlockSeat{offer.concert, offer.spec.dates[0].date,
                                          SeatNumber{between(1, 5)}, random_.chance(50)}});
  }
  ChangeConcert change{.concert = offer.concert};
  change.phase = random_.chance(70) ? Phase::kOpen : Phase::kPaused;
  submit(kByOperator, {Caller{}, {}, change});
}

void Night::submit(std::size_t fan, const Command& command) {
  Worker& worker = engine_->worker(random_.below(options_.workers));
  const auto context = static_cast<std::uint32_t>(requests_.size());
  if (getenv("T"))
    printf("%ld submit %u %s fan %zu hold %lu key %lx\n", clock_.now().ms, context,
           name_of(command.body), fan,
           std::holds_alternative<Pay>(command.body) ? std::get<Pay>(command.body).hold.value
           : std::holds_alternative<ReleaseHold>(command.body)
               ? std::get<ReleaseHold>(command.body).hold.value
               : 0,
           command.key.key.low);
  requests_.push_back(
      {.command = command, .fan = fan, .asked = ledger_.asked(command, clock_.now())});
  if (fan != kByOperator) ++crowd_.fan(fan).under_way;
  const SlotId slot = slot_of(command.body);
  const bool is_owner = &engine_->worker_of(slot) == &worker;
  submitting_ = is_owner ? context + 1 : 0;
  worker.submit(command, worker.reply_to(context, life_));
  submitting_ = 0;
  Request& request = requests_[context];
  if (!is_owner || !request.is_open) return;
  request.is_decided = true;
  request.decided_seq = engine_->slots().at(slot).seq;
}

void Night::on_reply(const ReplyTo& to, Reply&& reply) {
  ASSERT_EQ(to.generation, life_) << "an answer from an earlier life";
  Request& request = requests_.at(to.context);
  EXPECT_TRUE(request.is_open) << "answered twice";
  request.is_open = false;
  const SlotId id = slot_of(request.command.body);
  const Slot& slot = engine_->slots().at(id);
  if (submitting_ == to.context + 1) {
    request.is_decided = true;
    request.decided_seq = slot.seq;
  }
  // Refused at the door: it rests on no state.
  const bool is_refused = reply.reject == Reject::kOverloaded || reply.reject == Reject::kLowDisk ||
                          reply.reject == Reject::kOutcomeUnknown;
  if (request.is_decided && !is_refused) {
    EXPECT_GE(durable_seq(id), request.decided_seq)
        << "slot " << id.value << ": answered before what it rests on was durable";
  }
  if (getenv("T")) {
    printf("%ld reply %u %s", clock_.now().ms, to.context,
           std::string(name_of(reply.reject)).c_str());
    if (auto* h = std::get_if<HoldView>(&reply.body))
      printf(" hold %lu until %ld state %d", h->hold.value, h->expires_at.ms, int(h->state));
    if (auto* h = std::get_if<QueueEntry>(&reply.body))
      printf(" number %u state %d until %ld", h->number.value, int(h->state), h->expires_at.ms);
    if (auto* h = std::get_if<PaymentView>(&reply.body))
      printf(" payment %lu hold %lu", h->purchase.payment.value, h->purchase.hold.value);
    puts("");
  }
  mix(static_cast<std::uint64_t>(reply.reject) << 32 | reply.body.index() << 2 |
      std::uint64_t{reply.created} << 1 | std::uint64_t{reply.replayed});
  mix(static_cast<std::uint64_t>(clock_.now().ms));
  ledger_.answered(request.command, request.asked, reply, std::max(clock_.now(), slot.time));
  if (request.fan == kByOperator) return;
  --crowd_.fan(request.fan).under_way;
  crowd_.learn(request.fan, request.command, reply);
}

void Night::turn(std::size_t worker) {
  engine_->worker(worker).turn();
  after_step();
  if (!engine_->failed()) check_deadlines(worker);
}

void Night::write_group() {
  if (!calm_ && random_.below(150) == 0) {
    constexpr std::array kFaults{WriteFault::kLost, WriteFault::kTorn, WriteFault::kKept,
                                 WriteFault::kFenced};
    journal_->fail_next_write(kFaults[random_.below(kFaults.size())]);
  }
  engine_->pump().write_waiting();
  if (engine_->failed()) end_life();
}

void Night::pass_time() {
  const auto dice = random_.below(100);
  if (dice < 70) return clock_.advance(milliseconds(between(1, 60)));
  if (dice < 92) return clock_.advance(milliseconds(between(100, 2000)));
  if (dice < 98) return clock_.advance(seconds(between(3, 60)));
  // The process stands still.
  clock_.advance(seconds(between(60, 3600)));
}

void Night::rehearse() {
  const bool fails = random_.chance(25);
  if (fails) journal_->fail_next_floor();
  const auto report = rehearsal_->run_cycle();
  EXPECT_EQ(report.ok(), !fails) << (report.ok() ? "" : report.error());
  ++report_.rehearsals;
  if (report.ok()) mix(report->floor);
  if (fails) crash();
}

// Nothing fails any more: everybody gets an answer, and what is under way comes to its end.
void Night::finish() {
  calm_ = true;
  low_disk_ = false;
  journal_->set_low(false);
  engine_->set_low_disk(false);
  constexpr Duration kStep = milliseconds(50);
  // Errands that were lost are sent again after five seconds; payments are decided after ten.
  constexpr Duration kQuiet = seconds(20);
  bool is_done = false;
  for (Duration passed{}; passed < seconds(120) && !is_done && ok();
       passed = {passed.ms + kStep.ms}) {
    for (std::size_t i = 0; i < crowd_.size(); ++i) {
      Fan& fan = crowd_.fan(i);
      if (fan.unanswered.empty()) continue;
      const Command again = fan.unanswered.back();
      fan.unanswered.pop_back();
      submit(i, again);
    }
    bool is_idle = true;
    for (std::size_t w = 0; w < options_.workers; ++w) {
      turn(w);
      is_idle = is_idle && engine_->worker(w).idle();
    }
    write_group();
    while (!network_.empty()) network_.step(random_, {}, *engine_);
    after_step();
    clock_.advance(kStep);
    is_done = is_idle && passed >= kQuiet;
  }
  EXPECT_TRUE(is_done) << "there is no end";
  for (const Request& request : requests_)
    EXPECT_FALSE(request.is_open) << name_of(request.command.body) << " was never answered";
  if (!ok()) return;
  check_settled();
  rehearse();
  if (ok()) crash();
}

}  // namespace frontrow::sim
