#include "tests/simulation/night.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/trace.h"

namespace frontrow::sim {
namespace {

constexpr std::size_t kByOperator = Request::kByOperator;
constexpr int kUnderWayMax = 3;  // requests of one fan at the same time
constexpr Instant kEvening{1'800'000'000'000};

}  // namespace

Night::Night(std::uint64_t seed, std::size_t instances)
    : random_(seed), now_(kEvening), crowd_(between(3, 8), random_) {
  network_faults_ = {.lost = random_.below(20),
                     .doubled = random_.below(20),
                     .reordered = random_.below(100),
                     .late = random_.below(10)};
  used_.push_back(slot_of_directory());
  for (std::size_t i = 0; i < crowd_.size(); ++i) used_.push_back(slot_of_user(crowd_.fan(i).user));
  for (std::uint32_t concert = 1; concert <= 2; ++concert)
    used_.push_back(slot_of_concert(ConcertId{concert}));
  build(instances);
}

Night::~Night() = default;

std::size_t Night::cluster_size(std::uint64_t seed) { return 2 + mix64(seed) % 3; }

bool Night::ok() { return !::testing::Test::HasFailure(); }

std::uint32_t Night::between(std::uint32_t low, std::uint32_t high) {
  return low + static_cast<std::uint32_t>(random_.below(high - low + 1));
}

NightReport Night::run(int steps) {
  for (const auto& instance : instances_) start(*instance);
  if (is_cluster()) {
    links_->make_anew();
    round();  // all slots are served from here on
  }
  const std::uint32_t concerts = between(1, 2);
  for (std::uint32_t i = 1; i <= concerts && ok(); ++i) put_on_sale(ConcertId{i});
  std::sort(used_.begin(), used_.end());
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
  weather_.calm = false;
  weather_.faults = {
      .broken = random_.below(10), .still = random_.below(20), .dropped = random_.below(10)};
  for (int i = 0; i < steps && ok(); ++i) {
    step();
    for (const auto& instance : instances_) {
      if (instance->is_up()) instance->check_changed();
    }
  }
  if (ok()) finish();
  report_.acknowledged = ledger_.acknowledged();
  report_.links = weather_.stats;
  return report_;
}

void Night::step() {
  if (is_cluster() && random_.chance(50)) return cluster_step();
  const auto dice = random_.below(1000);
  if (dice < 330) return fan_acts();
  if (dice < 395) return pass_time();
  if (dice < 412) return operator_acts();
  Instance& instance = any_instance();
  if (instance.is_up() && !instance.stands_still) instance_step(instance);
}

void Night::instance_step(Instance& instance) {
  const auto dice = random_.below(588);
  if (dice < 260) return turn_some(instance);
  if (dice < 420) return write_group(instance);
  if (dice < 560) return instance.network().step(random_, network_faults_, instance.engine());
  if (dice < 573) {
    instance.engine().ask_for_hashes();
    return;
  }
  if (dice < 579) return checkpoint(instance);
  if (dice < 584) return instance.set_low_disk(!instance.low_disk());
  if (!is_cluster() || random_.chance(25)) crash(instance);
}

void Night::cluster_step() {
  Instance& instance = any_instance();
  if (random_.chance(95)) return links_->step();
  if (!instance.is_up()) {
    if (random_.chance(70)) start(instance);
    return;
  }
  // Low disks and standstills are short, so that sales happen in between.
  if (instance.low_disk()) return instance.set_low_disk(false);
  if (!instance.stands_still && !random_.chance(8)) return;
  instance.stands_still = !instance.stands_still;
  if (instance.stands_still) ++report_.standstills;
  trace("instance {} {}", instance.id(), instance.stands_still ? "stands still" : "goes on");
}

void Night::fan_acts() {
  const std::size_t index = random_.below(crowd_.size());
  Fan& fan = crowd_.fan(index);
  if (fan.under_way >= kUnderWayMax) return;
  if (!fan.unanswered.empty()) {
    const Command again = fan.unanswered.back();
    fan.unanswered.pop_back();
    if (random_.chance(15)) return;  // the phone is dead
    return submit(index, again);
  }
  const Command command = crowd_.next(index, offers_);
  submit(index, command);
  if (command.key.present() && random_.chance(12)) submit(index, command);  // a double click
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

// Sends to any instance that is up, regardless of the owner of the slot.
void Night::submit(std::size_t fan, const Command& command) {
  std::vector<Instance*> edges;
  for (const auto& instance : instances_) {
    if (instance->is_up() && !instance->stands_still) edges.push_back(instance.get());
  }
  if (edges.empty()) {
    if (fan != kByOperator && command.key.present()) crowd_.fan(fan).unanswered.push_back(command);
    return;
  }
  Instance& edge = *edges[random_.below(edges.size())];
  const SlotId slot = slot_of(command.body);
  const bool is_far = !edge.owns(slot);
  trace("{} fan {} asks instance {}: {}", now_.ms, fan, edge.id(), text_of(command));
  if (fan != kByOperator) ++crowd_.fan(fan).under_way;
  const NightLedger::Asked asked = ledger_.asked(command, time_of(slot), is_far);
  edge.ask(random_.below(edge.workers()), {.command = command, .fan = fan, .asked = asked});
}

void Night::on_answer(Instance& edge, const Request& request, const Reply& reply) {
  const SlotId slot = slot_of(request.command.body);
  trace("{} fan {} hears from instance {}: {}: {}", now_.ms, request.fan, edge.id(),
        text_of(request.command), text_of(reply));
  mix(static_cast<std::uint64_t>(reply.reject) << 32 | reply.body.index() << 2 |
      std::uint64_t{reply.created} << 1 | std::uint64_t{reply.replayed});
  mix(static_cast<std::uint64_t>(now_.ms));
  ledger_.answered(request.command, request.asked, reply,
                   std::max(request.decided_by, time_of(slot)));
  if (request.fan == kByOperator) return;
  --crowd_.fan(request.fan).under_way;
  crowd_.learn(request.fan, request.command, reply);
}

Instance& Night::owner_of(SlotId slot) {
  for (const auto& instance : instances_) {
    if (instance->owns(slot)) return *instance;
  }
  FR_CHECK(!"a slot has an owner");
}

void Night::turn_some(Instance& instance) {
  if (!is_cluster() || random_.chance(50)) return turn(instance, random_.below(instance.workers()));
  for (std::size_t w = 0; w < instance.workers(); ++w) turn(instance, w);
}

void Night::turn(Instance& instance, std::size_t worker) {
  instance.port(worker).give_up_overdue();
  instance.engine().worker(worker).turn();
  instance.check_changed();
  if (!instance.engine().failed()) instance.check_deadlines(worker, offers_);
}

void Night::write_group(Instance& instance) {
  if (!weather_.calm && random_.below(150) == 0) {
    constexpr std::array kFaults{WriteFault::kLost, WriteFault::kTorn, WriteFault::kKept,
                                 WriteFault::kFenced};
    instance.journal().fail_next_write(kFaults[random_.below(kFaults.size())]);
  }
  instance.engine().pump().write_waiting();
  if (instance.engine().failed()) end_life(instance);
}

void Night::pass(Duration duration) {
  now_ = now_ + duration;
  for (const auto& instance : instances_) instance->clock().advance(duration);
}

void Night::pass_time() {
  // In a cluster a request takes more steps.
  if (is_cluster() && random_.chance(80)) return pass(milliseconds(between(1, 60)));
  const auto dice = random_.below(100);
  if (dice < 70) return pass(milliseconds(between(1, 60)));
  if (dice < 92) return pass(milliseconds(between(100, 2000)));
  if (dice < 98) return pass(seconds(between(3, 60)));
  // A long pause of the whole system.
  pass(seconds(between(60, 3600)));
}

void Night::checkpoint(Instance& instance) {
  const bool fails = random_.chance(25);
  const auto report = instance.checkpoint(fails);
  EXPECT_EQ(report.ok(), !fails) << (report.ok() ? "" : report.error());
  ++report_.checkpoints;
  if (report.ok()) mix(report->checkpoint_group);
  if (fails) crash(instance);
}

}  // namespace frontrow::sim
