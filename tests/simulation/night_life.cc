#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/runtime/support/test_engine.h"
#include "tests/simulation/night.h"
#include "tests/simulation/trace.h"

namespace frontrow::sim {

// By weight, and some of the used slots at any instance.
void Night::draw_owners(const std::vector<WeightedInstance>& members) {
  for (std::uint16_t id = 0; id < kSlotCount; ++id)
    rank_instances(SlotId{id}, members, {&owners_[id], 1});
  for (const SlotId slot : used_) {
    if (random_.chance(35)) owners_[slot.value] = members[random_.below(members.size())].id;
  }
}

void Night::build(std::size_t instances) {
  EngineOptions engine;
  engine.policy.charge_max = Money{5000};
  engine.policy.balance_max = Money{20'000};
  engine.policy.payment_decide = seconds(between(1, 10));
  engine.on_failure = [this](const std::string&) { ++report_.failed_writes; };
  std::vector<InstanceId> ids{1};
  if (instances > 1) {
    ids.clear();
    std::vector<WeightedInstance> members;
    for (std::size_t i = 0; i < instances; ++i) {
      const auto weight = static_cast<std::uint32_t>(i == 0 ? 100 : random_.below(200));
      ids.push_back(static_cast<InstanceId>(1 + i * 10 + random_.below(10)));
      members.push_back({ids.back(), weight});
    }
    draw_owners(members);
  }
  for (const InstanceId id : ids) {
    InstanceOptions options{.engine = engine, .checkpoints = {}, .links = {}, .id = id};
    options.engine.workers = between(1, 3);
    if (random_.chance(10)) options.engine.deferred_replies_max = 3;
    options.checkpoints.retention.everything = random_.chance(50);
    options.checkpoints.copy_bytes = random_.chance(50) ? 1 : 1 << 20;
    if (instances > 1) {
      options.owners = &owners_;
      options.links = {.credit = random_.chance(10) ? 2U : 64U,
                       .patience = milliseconds(between(500, 10'000)),
                       .heeds_deadlines = random_.chance(50)};
    }
    instances_.push_back(std::make_unique<Instance>(options, now_, used_, weather_));
  }
  links_ = std::make_unique<Links>(instances_, weather_);
}

ConcertSpec Night::random_spec() {
  ConcertSpec spec;
  spec.title = "Low Tide";
  if (random_.chance(20)) spec.opens_at = now_ + milliseconds(between(1, 3000));
  spec.rules = {
      {between(1, 5), random_.chance(50) ? between(1, 20) : 1000, between(10, 300), between(5, 90)},
      between(2, 60),
      between(1, 4)};
  for (std::uint32_t d = 0; d < between(1, 2); ++d) {
    DateSpec date{Date{first_date().days + static_cast<std::int32_t>(d)}, {}};
    for (std::uint32_t s = 0; s < between(1, 2); ++s)
      date.sections.push_back({"s", between(1, is_cluster() ? 15 : 5), Money{between(0, 900)}});
    spec.dates.push_back(date);
  }
  return spec;
}

void Night::put_on_sale(ConcertId concert) {
  const ConcertSpec spec = random_spec();
  Instance& edge = any_instance();
  const Command create{Caller{}, crowd_.new_key(), CreateConcert{spec}};
  const SlotId directory = slot_of_directory();
  edge.ask(random_.below(edge.workers()),
           {.command = create, .asked = ledger_.asked(create, now_, !edge.owns(directory))});
  offers_.push_back({concert, spec});
  for (int rounds = 0; edge.requests().back().is_open && rounds < 100; ++rounds) round();
  EXPECT_FALSE(edge.requests().back().is_open) << "no concert";
}

void Night::start(Instance& instance) {
  // The machine's clock differs from the others, and may have been set meanwhile.
  Instant clock = now_;
  if (is_cluster()) clock = clock - seconds(5) + milliseconds(between(0, 10'000));
  const auto dice = random_.below(100);
  const unsigned set_back = is_cluster() ? 3U : 10U;
  if (instance.life() > 0 && dice < set_back) clock = clock - seconds(3600);
  instance.start(clock, *this);
  if (!ok()) return;
  trace("{} instance {} starts, its clock says {}", now_.ms, instance.id(),
        instance.clock().now().ms);
  const auto look = [&](SlotId slot) -> std::optional<Seen> {
    if (!instance.owns(slot)) return {};
    return Seen{instance.record(slot), instance.time_of(slot)};
  };
  ledger_.check(look, false);
  instance.serve_own_slots();
  const auto serves = [&](const auto& other) {
    return other.get() != &instance && other->is_up() && !other->stands_still;
  };
  if (instance.life() > 1 && std::any_of(instances_.begin(), instances_.end(), serves))
    ++report_.starts_beside_others;
}

// The process ends. A single instance restarts at once; in a cluster the others continue.
void Night::crash(Instance& instance) {
  ++report_.crashes;
  trace("{} instance {} is gone", now_.ms, instance.id());
  for (const Request& request : instance.requests()) {
    if (!request.is_open) continue;
    ledger_.lost(request.command, request.asked);
    if (request.fan >= crowd_.size()) continue;
    --crowd_.fan(request.fan).under_way;
    if (request.command.key.present())
      crowd_.fan(request.fan).unanswered.push_back(request.command);
  }
  links_->forget(instance);
  instance.end(random_);
  if (!weather_.calm && random_.chance(10) && instance.refuses_bad_disk(random_))
    ++report_.refused_starts;
  if (is_cluster()) return;
  const auto dice = random_.below(100);
  if (dice < 60) pass(milliseconds(between(10, 5000)));
  if (dice >= 90) pass(seconds(3600));
  start(instance);
}

// The journal failed: the workers answer all waiting requests as outcome unknown, and the process
// ends.
void Night::end_life(Instance& instance) {
  for (int turns = 0; turns < 2; ++turns) {
    for (std::size_t w = 0; w < instance.workers(); ++w) instance.engine().worker(w).turn();
  }
  crash(instance);
}

// Runs every worker once and delivers all messages; true when no work is left.
bool Night::round() {
  bool is_idle = true;
  for (const auto& instance : instances_) {
    for (std::size_t w = 0; w < instance->workers(); ++w) {
      turn(*instance, w);
      is_idle = is_idle && instance->engine().worker(w).idle() && instance->port(w).idle();
    }
    write_group(*instance);
    while (!instance->network().empty()) instance->network().step(random_, {}, instance->engine());
  }
  while (links_->deliver_all()) is_idle = false;
  for (const auto& instance : instances_) instance->check_changed();
  return is_idle;
}

// Ends all faults: every request gets its answer, and payments in flight are completed.
void Night::finish() {
  weather_.calm = true;
  weather_.faults = {};
  for (const auto& instance : instances_) {
    instance->stands_still = false;
    if (!instance->is_up()) start(*instance);
    if (!ok()) return;
    instance->set_low_disk(false);
    instance->journal().fail_next_write(WriteFault::kNone);
  }
  // A dropped message is resent after a time, or with the next link.
  if (random_.chance(50)) {
    links_->mend();
  } else {
    check_resends();
  }
  settle();
  for (const auto& instance : instances_) {
    for (const Request& request : instance->requests())
      EXPECT_FALSE(request.is_open) << name_of(request.command.body) << " was never answered";
  }
  if (!ok()) return;
  check_settled();
  for (const auto& instance : instances_) {
    if (ok()) checkpoint(*instance);
    if (ok() && instance->is_up()) crash(*instance);
    if (ok() && !instance->is_up()) start(*instance);
  }
}

// Outbox entries for other instances' slots are sent as soon as a link is up: no time passes here.
void Night::check_resends() {
  const std::set<RemoteOutboxEntry> waiting = remote_entries();
  report_.outbox_entries_resent += waiting.size();
  links_->make_anew();
  for (int rounds = 0; rounds < 20; ++rounds) round();
  const std::set<RemoteOutboxEntry> left = remote_entries();
  for (const RemoteOutboxEntry& outbox_entry : waiting) {
    EXPECT_FALSE(left.contains(outbox_entry))
        << "payment " << std::get<PaymentId>(outbox_entry).value
        << ": its outbox entry was not resent over the new link";
  }
}

void Night::settle() {
  constexpr Duration kStep = milliseconds(50);
  // Lost outbox entries are resent after five seconds; payments are decided after ten.
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
    const bool is_idle = round();
    pass(kStep);
    is_done = is_idle && passed >= kQuiet;
  }
  EXPECT_TRUE(is_done) << "there is no end";
}

}  // namespace frontrow::sim
