#include <gtest/gtest.h>

#include <algorithm>

#include "tests/runtime/test_engine.h"
#include "tests/simulation/night.h"
#include "tests/simulation/trace.h"

namespace frontrow::sim {
namespace {

// Some of the slots that matter are put where nobody has drawn them to.
SlotMap random_map(std::size_t instances, const std::vector<SlotId>& used, Prng& random) {
  std::vector<SlotMap::Instance> members;
  for (std::size_t i = 0; i < instances; ++i) {
    const auto weight = static_cast<std::uint32_t>(i == 0 ? 100 : random.below(200));
    members.push_back({static_cast<InstanceId>(1 + i * 10 + random.below(10)), weight});
  }
  SlotMap::Pins pins;
  for (const SlotId slot : used) {
    if (random.chance(25)) pins[slot] = members[random.below(members.size())].id;
  }
  for (std::uint32_t concert = 1; concert <= 2; ++concert) {
    if (random.chance(50))
      pins[slot_of_concert(ConcertId{concert})] = members[random.below(members.size())].id;
  }
  auto map = SlotMap::make(1, members, pins);
  EXPECT_TRUE(map.ok()) << map.error();
  return *map;
}

}  // namespace

void Night::build(std::size_t instances) {
  EngineOptions engine;
  engine.policy.charge_max = Money{5000};
  engine.policy.balance_max = Money{20'000};
  engine.policy.payment_decide = seconds(between(1, 10));
  engine.on_failure = [this](const std::string&) { ++report_.failed_writes; };
  std::vector<InstanceId> ids{0};
  std::optional<SlotMap> map;
  if (instances > 1) {
    map = random_map(instances, used_, random_);
    ids.clear();
    for (const SlotMap::Instance& member : map->instances()) ids.push_back(member.id);
  }
  for (const InstanceId id : ids) {
    InstanceOptions options{.engine = engine, .rehearsals = {}, .links = {}, .cluster = {}};
    options.engine.workers = between(1, 3);
    if (random_.chance(10)) options.engine.held_replies_max = 3;
    options.rehearsals.retention.everything = random_.chance(50);
    options.rehearsals.copy_bytes = random_.chance(50) ? 1 : 1 << 20;
    if (map) {
      options.cluster = ClusterView{"night", id, *map};
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
  used_.push_back(slot_of_concert(concert));
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
  // Its machine's clock is not that of the others, and may have been set meanwhile.
  Instant clock = now_;
  if (is_cluster()) clock = clock - seconds(5) + milliseconds(between(0, 10'000));
  const auto dice = random_.below(100);
  if (instance.life() > 0 && dice < (is_cluster() ? 3U : 10U)) clock = clock - seconds(3600);
  instance.start(clock, *this);
  if (!ok()) return;
  trace("{} instance {} starts, its clock says {}", now_.ms, instance.id(),
        instance.clock().now().ms);
  const auto look = [&](SlotId slot) -> std::optional<Seen> {
    if (!instance.owns(slot)) return {};
    return Seen{instance.slot(slot), instance.time_of(slot)};
  };
  ledger_.check(look, false);
  const auto serves = [&](const auto& other) {
    return other.get() != &instance && other->is_up() && !other->stands_still;
  };
  if (instance.life() > 1 && std::any_of(instances_.begin(), instances_.end(), serves))
    ++report_.starts_beside_others;
}

// The process ends. Alone, it is started again at once; in a cluster the others go on.
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

// The journal failed: the workers tell everybody who waits that the outcome is unknown, and the
// process ends.
void Night::end_life(Instance& instance) {
  for (int turns = 0; turns < 2; ++turns) {
    for (std::size_t w = 0; w < instance.workers(); ++w) instance.engine().worker(w).turn();
  }
  crash(instance);
}

// Everybody acts once, and everything on its way arrives; true when nobody has anything left to do.
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

// Nothing fails any more: everybody gets an answer, and what is under way comes to its end.
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
  // A message that was dropped is sent again with time, or with the next link.
  if (random_.chance(50)) {
    links_->mend();
  } else {
    check_greetings();
  }
  settle();
  for (const auto& instance : instances_) {
    for (const Request& request : instance->requests())
      EXPECT_FALSE(request.is_open) << name_of(request.command.body) << " was never answered";
  }
  if (!ok()) return;
  check_settled();
  for (const auto& instance : instances_) {
    if (ok()) rehearse(*instance);
    if (ok() && instance->is_up()) crash(*instance);
    if (ok() && !instance->is_up()) start(*instance);
  }
}

// Errands to the slots of others that waited for a link go as soon as there is one: no time passes
// here.
void Night::check_greetings() {
  const std::set<FarErrand> waiting = far_errands();
  report_.errands_greeted += waiting.size();
  links_->make_anew();
  for (int rounds = 0; rounds < 20; ++rounds) round();
  const std::set<FarErrand> left = far_errands();
  for (const FarErrand& errand : waiting) {
    EXPECT_FALSE(left.contains(errand))
        << "payment " << std::get<PaymentId>(errand).value << ": its errand missed the link";
  }
}

void Night::settle() {
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
    const bool is_idle = round();
    pass(kStep);
    is_done = is_idle && passed >= kQuiet;
  }
  EXPECT_TRUE(is_done) << "there is no end";
}

}  // namespace frontrow::sim
