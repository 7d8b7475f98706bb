#include "tools/frontrow/drop/load_test.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "tools/frontrow/common/cpu_time.h"
#include "tools/frontrow/workload/files.h"

namespace frontrow::drop {
namespace {

constexpr std::uint32_t kSampleMs = 1'000;
// The server's figures are requested this long before a sample, so that they arrive in time for it.
constexpr std::uint32_t kAskBeforeMs = 200;
constexpr std::uint32_t kSweepMs = 100;
// Time for the open requests when a run ends early.
constexpr std::uint32_t kWindDownMs = 5'000;
// Count and interval of the attempts to read the sale at the end, if the server has no free
// connection.
constexpr int kLastReads = 20;
constexpr std::chrono::milliseconds kLastReadAfter{200};
// Descriptors beside the connections: the sets, the timer, the server's output, the log.
constexpr std::size_t kOwnDescriptors = 64;

std::uint64_t open_files_allowed() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

Instant wall_now() { return SystemClock().now(); }

}  // namespace

LoadTest::LoadTest(const DropArgs& args)
    : args_(args),
      timer_(io_),
      interrupts_([this] { asio::post(io_, [this] { on_interrupt(); }); },
                  [this] { own_server_.abandon(); }) {}
LoadTest::~LoadTest() = default;

Status LoadTest::run() {
  report_.args = args_;
  report_.started_at = to_string(wall_now());
  std::signal(SIGPIPE, SIG_IGN);
  const std::size_t of_bots = args_.attack.bots != 0 ? kBuyerConnections + kPestConnections : 0;
  const std::size_t wanted = args_.connections + of_bots + kOwnDescriptors;
  if (const Status raised = raise_open_files(wanted); !raised.ok())
    return Error{raised.error() + ": lower --connections, or raise ulimit -n"};
  report_.open_files = open_files_allowed();
  if (Status found = find_targets(); !found.ok()) return found;
  if (Status found = find_sale(); !found.ok()) return found;
  const auto arrivals =
      plan_arrivals({args_.shape, args_.csv, args_.fans, args_.arrive_ms, args_.seed, kFansMax});
  if (!arrivals.ok()) return Error{arrivals.error()};
  report_.args.fans = arrivals->fans;
  const Crowd::Plan plan = plan_crowd(*arrivals);
  crowd_ = std::make_unique<Crowd>(plan, report_.tally, violations_);
  if (args_.attack.bots != 0) {
    attack_ =
        std::make_unique<Attack>(io_, args_.attack, targets_, plan, report_.before, violations_);
    if (Status joined = attack_->join(targets_.front()); !joined.ok()) return joined;
  }
  if (Status opened = open_connections(); !opened.ok()) return opened;
  play();
  count_forwards();
  check_books();
  stop_own_server();
  measure();
  return {};
}

Status LoadTest::find_targets() {
  std::vector<Url> urls = args_.targets;
  operator_.admin_key = args_.admin_key;
  if (urls.empty()) {
    Status started = own_server_.start({args_.data_dir, args_.server_threads, args_.connections,
                                        arguments_of_attack(args_.attack)});
    if (!started.ok()) return started;
    const auto url = parse_url(own_server_.url());
    if (!url.ok()) return Error{fmt::format("{} {}", own_server_.url(), url.error())};
    urls.push_back(*url);
    operator_.admin_key = own_server_.admin_key();
    report_.own_server = true;
    display_.say(fmt::format("own server at {}, data in {}", own_server_.url(),
                             own_server_.data_dir().string()));
  }
  for (const Url& url : urls) {
    const auto target = resolve(url);
    if (!target.ok()) return Error{fmt::format("--target: {}", target.error())};
    targets_.push_back(*target);
    report_.targets.push_back("http://" + url.authority);
  }
  report_.tally.targets.resize(targets_.size());
  operator_.target = targets_.front();
  instances_before_ = ask_instances();
  return {};
}

std::vector<std::optional<InstanceView>> LoadTest::ask_instances() const {
  std::vector<std::optional<InstanceView>> instances;
  for (const Target& target : targets_)
    instances.push_back(read_instance({target, operator_.admin_key}));
  return instances;
}

// Called after the fans' last request and before the audit's first one.
void LoadTest::count_forwards() {
  report_.instances = ask_instances();
  for (std::size_t i = 0; i < report_.instances.size(); ++i) {
    const auto& before = instances_before_[i];
    auto& after = report_.instances[i];
    // The counter of an instance that was restarted meanwhile began at zero.
    if (before && after && before->forwarded <= after->forwarded)
      after->forwarded -= before->forwarded;
  }
}

Status LoadTest::find_sale() {
  const auto sale =
      args_.concert ? read_sale(operator_, *args_.concert) : create_sale(operator_, args_.sale);
  if (!sale.ok()) return Error{sale.error()};
  report_.before = report_.after = *sale;
  report_.max_active = sale->max_active;
  display_.say(
      fmt::format("concert {} \"{}\": {} dates, {} seats, {} fans inside at most, {} "
                  "admitted a second",
                  sale->concert, sale->title, sale->dates.size(), grouped(sale->seats()),
                  grouped(sale->max_active), grouped(sale->admit_per_second)));
  return {};
}

Crowd::Plan LoadTest::plan_crowd(const Arrivals::Plan& arrivals) const {
  Crowd::Plan plan;
  plan.concert = report_.before.concert;
  plan.admin_key = operator_.admin_key;
  for (const SaleDate& date : report_.before.dates) plan.dates.push_back(date.date);
  plan.facts = {
      .seed = args_.seed,
      .hold_ms = std::int64_t{report_.before.hold_s} * 1000,
      .offer_ms = std::int64_t{report_.before.offer_s} * 1000,
      .place_ms = std::int64_t{std::min(report_.before.idle_s, report_.before.session_s)} * 1000,
      .think = {Spread::kUniform, args_.think_ms},
      .pay = {Spread::kUniform, args_.think_ms},
      .dates = static_cast<std::uint32_t>(plan.dates.size()),
      .quantity_max = std::min<std::uint32_t>(kQuantityMax, report_.before.seats_per_user),
      .has_standing = !args_.concert && args_.sale.standing != 0};
  plan.shares = args_.shares;
  plan.arrivals = arrivals;
  if (args_.attack.bots != 0) plan.addresses = kFanAddresses;
  if (asks_for_challenges(operator_, plan.concert)) plan.hashes_per_s = 0;
  return plan;
}

Status LoadTest::open_connections() {
  pool_ = std::make_unique<ConnectionPool>(
      io_, targets_, ConnectionPool::Settings{args_.connections, args_.timeout_ms * 1000}, *crowd_);
  phase_ = Phase::kOpening;
  phase_began_us_ = monotonic_us();
  timer_.expires_at(std::chrono::steady_clock::now());
  next_tick();
  io_.run();
  io_.restart();
  report_.connections_open = pool_->open();
  if (interrupted_) return Error{"interrupted before the first fan came"};
  if (pool_->open() == 0)
    return Error{
        fmt::format("no connection to {}: {}", targets_.front().host, pool_->last_failure())};
  const double seconds = static_cast<double>(monotonic_us() - phase_began_us_) / 1e6;
  std::string line = fmt::format("{} connections open after {:.2f} s; {} open files allowed",
                                 grouped(pool_->open()), seconds, grouped(report_.open_files));
  if (pool_->open() < args_.connections)
    line +=
        fmt::format(" ({} wanted; the last failure: {})", args_.connections, pool_->last_failure());
  display_.say(line);
  return {};
}

void LoadTest::play() {
  phase_ = Phase::kPlaying;
  phase_began_us_ = monotonic_us();
  cpu_begin_s_ = cpu_seconds();
  crowd_->start(*pool_);
  if (attack_ != nullptr) attack_->start();
  monitor();
  timer_.expires_at(std::chrono::steady_clock::now());
  next_tick();
  io_.run();
  io_.restart();
  report_.seconds = static_cast<double>(monotonic_us() - phase_began_us_) / 1e6;
  report_.generator_cpu_s = cpu_seconds() - cpu_begin_s_;
  report_.tally.waitlist = crowd_->waiting().figures();
  crowd_->end_visits();
  if (attack_ != nullptr) report_.attack = attack_->finish();
}

// Ticks are on a grid, so that a late tick does not delay the following ones; missed ticks are
// merged.
void LoadTest::next_tick() {
  const auto next =
      std::max(timer_.expiry() + std::chrono::milliseconds(1), std::chrono::steady_clock::now());
  timer_.expires_at(next);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    on_tick();
    if (phase_ != Phase::kOver) next_tick();
  });
}

void LoadTest::on_tick() {
  const std::int64_t now_us = monotonic_us();
  const auto now = static_cast<std::uint32_t>((now_us - phase_began_us_) / 1000);
  if (now - swept_ms_ >= kSweepMs || now < swept_ms_) {
    swept_ms_ = now;
    pool_->sweep(now_us);
    if (attack_ != nullptr) attack_->sweep(now_us);
  }
  switch (phase_) {
    case Phase::kOpening:
      pool_->open_all();
      if (attack_ != nullptr) attack_->open_all();
      if ((pool_->all_tried() && (attack_ == nullptr || attack_->all_tried())) || interrupted_)
        io_.stop();
      return;
    case Phase::kPlaying:
    case Phase::kWindingDown:
      crowd_->tick();
      if (attack_ != nullptr) attack_->tick();
      if ((now + kAskBeforeMs) / kSampleMs > (asked_ms_ + kAskBeforeMs) / kSampleMs) {
        asked_ms_ = now;
        monitor();
      }
      if (now / kSampleMs > sampled_ms_ / kSampleMs) take_sample(now);
      if (phase_ == Phase::kPlaying && crowd_->all_done()) return end_play(Ending::kDone);
      if (phase_ == Phase::kPlaying && now >= args_.limit_ms) end_play(Ending::kLimit);
      if (phase_ == Phase::kWindingDown && (busy() == 0 || now >= gives_up_ms_)) {
        pool_->abandon_all();
        if (attack_ != nullptr) attack_->abandon_all();
        take_sample(now);
        io_.stop();
      }
      return;
    case Phase::kAuditing:
      audit_->on_turn_end();
      return;
    case Phase::kOver:
      return;
  }
}

void LoadTest::on_interrupt() {
  interrupted_ = true;
  if (phase_ == Phase::kPlaying) end_play(Ending::kInterrupted);
  if (phase_ == Phase::kAuditing) {
    report_.books_failure = "interrupted";
    io_.stop();
  }
}

void LoadTest::end_play(Ending ending) {
  report_.ending = ending;
  phase_ = Phase::kWindingDown;
  gives_up_ms_ = crowd_->now_ms() + kWindDownMs;
  crowd_->stop();
  if (attack_ != nullptr) attack_->stop();
}

std::uint32_t LoadTest::busy() const {
  return pool_->busy() + (attack_ != nullptr ? attack_->busy() : 0);
}

void LoadTest::monitor() {
  if (monitor_waits_ || phase_ != Phase::kPlaying) return;
  monitor_waits_ = true;
  guests_ = guests();
  crowd_->ask_operator(sale_path(report_.before.concert), operator_.admin_key,
                       [this](Fault fault, const HttpAnswer& answer) { on_sale(fault, answer); });
}

// Offers of the waitlist let their fans in beyond the limit; the fans learn of them a little later.
std::uint64_t LoadTest::guests() const {
  return crowd_->waiting().now() + crowd_->waiting().with_offer();
}

void LoadTest::on_sale(Fault fault, const HttpAnswer& answer) {
  monitor_waits_ = false;
  if (fault != Fault::kNone || answer.status != 200) return;
  const auto sale = parse_sale(answer.body);
  if (!sale.ok()) return;
  figures_ = sale->figures();
  report_.max_active = std::max(report_.max_active, sale->max_active);
  if (figures_.active > report_.max_active + std::max(guests_, guests())) {
    violations_.add(fmt::format("cap: the server says that {} fans are in, {} are allowed",
                                figures_.active, report_.max_active));
  }
  if (figures_.held == 0) crowd_->spread_word_that_none_is_held();
  if (!sale->sold_out()) return;
  if (!report_.sold_out_s) report_.sold_out_s = crowd_->now_ms() / 1000.0;
  crowd_->spread_word_of_sell_out(!args_.stay);
  if (!args_.stay && attack_ != nullptr) attack_->spread_word_of_sell_out();
}

void LoadTest::take_sample(std::uint32_t now) {
  const Tally& t = report_.tally;
  LatencyHistogram& latency = crowd_->interval();
  const auto us = [](std::int64_t value) {
    return static_cast<std::uint32_t>(std::min<std::int64_t>(value, UINT32_MAX));
  };
  Sample sample{.at_ms = now, .length_ms = now - sampled_ms_};
  sample.arrived = t.arrived;
  sample.admitted = t.admitted;
  sample.bought = t.bought;
  sample.answers = t.answers - sampled_answers_;
  sample.p50_us = us(latency.quantile(0.5));
  sample.p90_us = us(latency.quantile(0.9));
  sample.p99_us = us(latency.quantile(0.99));
  sample.max_us = us(latency.max());
  sample.classes = crowd_->classes();
  sample.server = figures_;
  crowd_->classes() = {};
  latency.clear();
  sampled_ms_ = now;
  sampled_answers_ = t.answers;
  report_.tally.samples.push_back(sample);
  display_.show({&report_.tally.samples.back(), crowd_->fans_expected(),
                 t.arrived - crowd_->unfinished(), t.errors(), t.told_429 + t.told_503});
}

void LoadTest::audit(BooksCheck& check, const Crowd& crowd, std::uint64_t seed, const char* whose) {
  Audit::Plan plan{
      .concert = report_.before.concert, .seed = seed, .admin_key = operator_.admin_key};
  for (const SaleDate& date : report_.before.dates) plan.dates.push_back(date.date);
  audit_ = std::make_unique<Audit>(std::move(plan), crowd, check, [this] { io_.stop(); });
  display_.say(fmt::format("checking the books of {} {}", grouped(audit_->total()), whose));
  phase_ = Phase::kAuditing;
  phase_began_us_ = monotonic_us();
  timer_.expires_at(std::chrono::steady_clock::now());
  next_tick();
  audit_->start(*pool_);
  io_.run();
  timer_.cancel();
  io_.restart();
  if (report_.books_failure.empty()) report_.books_failure = audit_->failure();
}

void LoadTest::check_books() {
  crowd_->watch().check_cap(report_.max_active);
  report_.most_inside = crowd_->watch().most_inside();
  report_.fan_bytes = crowd_->memory_bytes();
  BooksCheck check(report_.before, violations_);
  audit(check, *crowd_, args_.seed, "fans");
  if (attack_ != nullptr && report_.books_failure.empty())
    audit(check, attack_->crowd(), attack_->seed(), "bots");
  phase_ = Phase::kOver;
  // Closes the connections, so that they can't block the last request where connections are scarce.
  pool_.reset();
  auto after = read_sale(operator_, report_.before.concert);
  for (int again = 0; !after.ok() && again < kLastReads && report_.books_failure.empty(); ++again) {
    std::this_thread::sleep_for(kLastReadAfter);
    after = read_sale(operator_, report_.before.concert);
  }
  if (report_.books_failure.empty() && !after.ok()) report_.books_failure = after.error();
  if (after.ok()) report_.after = *after;
  if (report_.books_failure.empty())
    report_.books = check.finish(report_.after, !args_.concert.has_value());
}

void LoadTest::stop_own_server() {
  if (!report_.own_server) return;
  if (const Status stopped = own_server_.stop(); !stopped.ok()) {
    violations_.add("server: " + stopped.error());
    return;
  }
  report_.server_cpu_s = own_server_.cpu_s();
}

void LoadTest::measure() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  report_.memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  report_.violations = violations_.kept();
  report_.violation_count = violations_.count();
}

}  // namespace frontrow::drop
