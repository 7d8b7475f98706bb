#include "tools/frontrow/simulate/simulation.h"

#include <algorithm>

#include "tools/frontrow/common/cpu_time.h"
#include "tools/frontrow/simulate/checks.h"

namespace frontrow::simulate {
namespace {

// Origin of all reported times; the date itself does not matter.
constexpr Instant kStart{1'790'000'000'000};
constexpr Date kFirstDate{21'000};
constexpr Money kPrice{50'000};
constexpr std::uint32_t kSampleMs = 1'000;

ConcertSpec spec_of(const SimulateArgs& args, const Sizes& sizes) {
  ConcertSpec spec{.title = "simulation"};
  spec.rules.queue = {sizes.max_active, sizes.admit_per_second, args.session_s, args.idle_s};
  spec.rules.hold_s = sizes.hold_s;
  spec.rules.offer_s = args.offer_s;
  std::vector<SectionSpec> sections{{drop::kHallName, args.seats, kPrice}};
  if (args.standing != 0) {
    sections.push_back({drop::kStandingName, args.standing,
                        Money{drop::price_of_standing(kPrice.minor)}, SectionKind::kGeneral});
  }
  const drop::SaleOptions sale{.dates = args.dates, .showings = args.showings};
  for (const Date date : drop::dates_of(sale, kFirstDate.days))
    spec.dates.push_back({date, sections});
  return spec;
}

Crowd::Plan plan_of(const SimulateArgs& args, const Sizes& sizes, const ConcertSpec& spec,
                    const drop::Arrivals::Plan& arrivals) {
  Crowd::Plan plan;
  for (const DateSpec& date : spec.dates) plan.dates.push_back(date.date);
  plan.facts = {
      .seed = args.seed,
      .hold_ms = std::int64_t{sizes.hold_s} * 1000,
      .offer_ms = std::int64_t{args.offer_s} * 1000,
      .place_ms = std::int64_t{std::min(args.idle_s, args.session_s)} * 1000,
      .think = args.think,
      .pay = args.pay,
      .dates = static_cast<std::uint32_t>(plan.dates.size()),
      .quantity_max = std::min<std::uint32_t>(drop::kQuantityMax, spec.rules.seats_per_user),
      .has_standing = args.standing != 0};
  plan.shares = {args.abandon, 0, 0, 0, args.expire, args.quantity, args.waitlist};
  plan.join_keys = args.join_keys;
  plan.arrivals = arrivals;
  return plan;
}

class Simulation {
 public:
  Simulation(const SimulateArgs& args, const Sizes& sizes, const drop::Arrivals::Plan& arrivals,
             const Watcher& watcher)
      : args_(args),
        watcher_(watcher),
        spec_(spec_of(args, sizes)),
        core_(spec_, kStart, violations_),
        crowd_(plan_of(args, sizes, spec_, arrivals), core_, kStart, violations_) {
    run_.sizes = sizes;
    run_.start = kStart;
    run_.seats = core_.seats();
  }

  SaleRun play() {
    const std::int64_t began = CommandMeter::now_ns();
    const double cpu_began = drop::cpu_seconds();
    std::uint32_t now_ms = 0;
    for (;; ++now_ms) {
      core_.pass_time(kStart + milliseconds(now_ms));
      crowd_.play(now_ms);
      if (now_ms % kSampleMs == kSampleMs - 1) on_second(now_ms + 1);
      if (crowd_.all_done()) break;
      if (now_ms + 1 >= args_.limit_ms) {
        run_.ending = drop::Ending::kLimit;
        break;
      }
      if (watcher_.interrupted()) {
        run_.ending = drop::Ending::kInterrupted;
        break;
      }
    }
    if (run_.samples.empty() || run_.samples.back().at_ms <= now_ms) on_second(now_ms + 1);
    run_.virtual_ms = now_ms + 1;
    run_.wall_s = static_cast<double>(CommandMeter::now_ns() - began) / 1e9;
    run_.cpu_s = drop::cpu_seconds() - cpu_began;
    take_figures();
    check();
    return std::move(run_);
  }

  void set_resident_before(std::uint64_t bytes) { run_.resident_before = bytes; }

 private:
  void on_second(std::uint32_t at_ms) {
    const CrowdFigures& crowd = crowd_.figures();
    const auto poll = static_cast<std::size_t>(drop::Ask::kPoll);
    Sample sample{.at_ms = at_ms, .arrived = crowd.arrived};
    sample.waiting = core_.concert().line.waiting();
    sample.active = core_.concert().active();
    for (const auto& date : core_.concert().dates) {
      sample.held += date->seats.count(SeatState::kHeld);
      sample.sold += date->seats.count(SeatState::kSold);
    }
    sample.requests = crowd.requests - counted_requests_;
    sample.polls = crowd.asks[poll] - counted_polls_;
    counted_requests_ = crowd.requests;
    counted_polls_ = crowd.asks[poll];
    std::uint64_t& most = word_spread_ ? run_.requests_most_after : run_.requests_most;
    most = std::max(most, sample.requests);
    run_.resident_most = std::max(run_.resident_most, resident_bytes());
    if (core_.figures().sold_last.is_set()) {
      word_spread_ = true;
      crowd_.spread_word_of_sell_out();
    }
    if (sample.held == 0) crowd_.spread_word_that_none_is_held();
    run_.samples.push_back(sample);
    const double sold = static_cast<double>(sample.sold) / static_cast<double>(run_.seats);
    const double done = static_cast<double>(crowd_.done()) / static_cast<double>(crowd_.expected());
    watcher_.show({&run_.samples.back(), std::max(sold, done), crowd.arrived, crowd_.expected()});
  }

  void take_figures() {
    run_.core = core_.figures();
    run_.crowd = crowd_.figures();
    run_.crowd.waitlist = crowd_.waiting().figures();
    run_.unfinished = crowd_.unfinished();
    run_.crowd.outcomes[static_cast<std::size_t>(drop::Outcome::kNone)] = run_.unfinished;
    run_.crowd_bytes = crowd_.memory_bytes();
    run_.state_hash = core_.state_hash();
    const CommandMeter& meter = core_.meter();
    run_.commands = meter.commands();
    run_.engine_s = meter.seconds();
    run_.timers_s = meter.other_seconds();
    for (std::size_t kind = 0; kind < kCommandKinds; ++kind) {
      if (meter.count_of(kind) == 0) continue;
      run_.costs.push_back(
          {kCommandSpecs[kind].name, meter.count_of(kind), meter.seconds_of(kind)});
    }
  }

  void check() {
    const std::int64_t began = CommandMeter::now_ns();
    check_books(core_, crowd_, violations_);
    run_.check_s = static_cast<double>(CommandMeter::now_ns() - began) / 1e9;
    run_.violations = violations_.kept();
    run_.violation_count = violations_.count();
  }

  const SimulateArgs& args_;
  const Watcher& watcher_;
  ConcertSpec spec_;
  drop::Violations violations_;
  Core core_;
  Crowd crowd_;
  SaleRun run_;
  std::uint64_t counted_requests_ = 0;
  std::uint64_t counted_polls_ = 0;
  bool word_spread_ = false;
};

}  // namespace

SaleRun simulate(const SimulateArgs& args, const Sizes& sizes, const drop::Arrivals::Plan& arrivals,
                 const Watcher& watcher) {
  give_back_free_memory();
  const std::uint64_t before = resident_bytes();
  Simulation simulation(args, sizes, arrivals, watcher);
  simulation.set_resident_before(before);
  return simulation.play();
}

}  // namespace frontrow::simulate
