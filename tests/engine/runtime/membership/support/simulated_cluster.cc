#include "tests/engine/runtime/membership/support/simulated_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace frontrow {
namespace {

constexpr std::int64_t kDeadlineUs = 1000 * kMicrosPerMs;

}  // namespace

// A transaction that owns its bytes, for an effect after the caller has given up.
class OwnedTransaction {
 public:
  explicit OwnedTransaction(const Transaction& transaction) {
    for (const auto& [key, value] : transaction.expected) {
      expected_.emplace_back(key, std::nullopt);
      if (value) expected_.back().second = std::string(*value);
    }
    for (const auto& [key, value] : transaction.puts) puts_.emplace(key, value);
  }
  Transaction view() const {
    Transaction transaction;
    for (const auto& [key, value] : expected_) transaction.expected.push_back({key, value});
    for (const auto& [key, value] : puts_) transaction.puts.push_back({key, value});
    return transaction;
  }
  const std::map<std::string, std::string>& puts() const { return puts_; }

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> expected_;
  std::map<std::string, std::string> puts_;
};

struct SimulatedCluster::Process {
  std::string name;
  std::uint64_t process = 0;
  std::int64_t offset_ms = 0;
  std::int64_t rate_millionths = 1'000'000;
  std::int64_t paused_until_us = 0;
  bool is_killed = false;
  bool is_leaving = false;
  std::optional<BeatOutcome> end;
  Lease lease;
  std::unique_ptr<Client> client;
  std::unique_ptr<Fiber> fiber;
};

// The store as one process sees it.
class SimulatedCluster::Client final : public ConsensusStore {
 public:
  Client(SimulatedCluster& cluster, Process& process) : cluster_(cluster), process_(process) {}

  Commit commit(const Transaction& transaction) override {
    const auto owned = std::make_shared<OwnedTransaction>(transaction);
    const auto answer = std::make_shared<std::optional<Commit>>();
    const bool in_time = call(true, [this, owned, answer] {
      *answer = cluster_.store_.commit(owned->view());
      if ((*answer)->outcome == CommitOutcome::kCommitted) cluster_.apply_puts(owned->puts());
    });
    if (in_time && *answer) return **answer;
    return {CommitOutcome::kUnknown, "no answer"};
  }

  Result<StoreRange> read(std::string_view from, std::string_view to, std::size_t limit) override {
    const auto answer = std::make_shared<std::optional<StoreRange>>();
    const bool in_time =
        call(false, [this, answer, limit, from = std::string(from), to = std::string(to)] {
          *answer = *cluster_.store_.read(from, to, limit);
        });
    if (in_time && *answer) return std::move(**answer);
    return Error{"no answer"};
  }

  Status reclaim() override { return {}; }
  StoreHealth health() override { return {}; }

 private:
  // Blocks the process. False: its deadline has passed, or it was killed.
  bool call(bool is_commit, std::function<void()> effect) {
    if (process_.is_killed) return false;
    SimulatedCluster& sim = cluster_;
    Prng& random = sim.random_;
    const SimulatedFaults& faults = sim.faults_;
    const std::int64_t sent_us = sim.now_us_;
    const auto delay = [&](std::int64_t max_ms) {
      return 300 + static_cast<std::int64_t>(
                       random.below(static_cast<std::uint64_t>(max_ms * kMicrosPerMs)));
    };
    std::int64_t effect_us = sent_us + delay(15);
    std::int64_t answer_us = effect_us + delay(15);
    bool is_lost = false;
    std::uint64_t draw = random.below(1000);
    const auto drawn = [&](unsigned chance) {
      const bool is_drawn = draw < chance;
      draw -= is_drawn ? 0 : chance;
      return is_drawn;
    };
    if (drawn(faults.lost_request)) {
      is_lost = true;
    } else if (drawn(faults.lost_answer)) {
      answer_us = sent_us + 2 * kDeadlineUs;
    } else if (drawn(faults.late_effect)) {
      if (is_commit) effect_us = sent_us + delay(8000);
      answer_us = std::max(effect_us, sent_us + 2 * kDeadlineUs);
    } else if (drawn(faults.slow_call)) {
      effect_us = sent_us + delay(900);
      answer_us = effect_us + delay(300);
    }
    if (const Outage* const outage = sim.outage_at(effect_us)) {
      if (outage->fails_fast || random.chance(50)) {
        is_lost = true;
      } else {
        effect_us = outage->to_us + delay(50);
        answer_us = effect_us + delay(15);
      }
      if (outage->fails_fast) {
        sim.block_until(process_, sent_us + delay(5));
        return false;
      }
    }
    if (!is_lost) sim.at_us(effect_us, std::move(effect));
    const bool answers = !is_lost && answer_us <= sent_us + kDeadlineUs;
    sim.block_until(process_, answers ? answer_us : sent_us + kDeadlineUs);
    // A process that stood still beyond its deadline may find either.
    return answers && !process_.is_killed &&
           (sim.now_us_ <= sent_us + kDeadlineUs || random.chance(50));
  }

  SimulatedCluster& cluster_;
  Process& process_;
};

SimulatedCluster::SimulatedCluster(std::uint64_t seed, const SimulatedFaults& faults)
    : faults_(faults), random_(seed) {}

SimulatedCluster::~SimulatedCluster() {
  for (std::size_t i = 0; i < processes_.size(); ++i) kill(i);
  for (const auto& process : processes_)
    while (!process->fiber->is_done()) process->fiber->resume();
}

std::size_t SimulatedCluster::start_process(const std::string& name) {
  auto made = std::make_unique<Process>();
  Process& process = *made;
  process.name = name;
  process.process = random_.next();
  process.offset_ms = static_cast<std::int64_t>(random_.below(1'000'000'000));
  process.rate_millionths = 990'000 + static_cast<std::int64_t>(random_.below(20'001));
  process.client = std::make_unique<Client>(*this, process);
  process.fiber = std::make_unique<Fiber>([this, &process] { body(process); });
  processes_.push_back(std::move(made));
  at_us(now_us_, [this, &process] { resume(process); });
  return processes_.size() - 1;
}

// BeatThread::run() in simulated time.
void SimulatedCluster::body(Process& process) {
  BeatCallbacks callbacks;
  callbacks.on_departed = [&](const Member& member) {
    if (!process.is_killed) departures_.push_back({process.name, member, now_ms()});
  };
  callbacks.on_ended = [&](BeatOutcome outcome, const std::string&) { process.end = outcome; };
  const MemberRecord record{.name = process.name,
                            .process = process.process,
                            .stream = 1,
                            .http = "10.0.0.1:8080",
                            .peer = "10.0.0.1:9080",
                            .version = "1"};
  BeatThread beats(*process.client, keys_, record, process.lease, callbacks,
                   [&] { return read_clock(process); });
  std::int64_t due_ms = read_clock(process);
  while (!process.is_killed && beats.step()) {
    if (process.is_leaving) {
      (void)beats.leave();
      return;
    }
    due_ms = next_beat_ms(due_ms, read_clock(process));
    const std::int64_t pause_ms = std::max<std::int64_t>(due_ms - local_ms(process), 0);
    block_until(process, now_us_ + pause_ms * kMicrosPerMs * 1'000'000 / process.rate_millionths);
  }
}

void SimulatedCluster::resume(Process& process) {
  if (process.fiber->is_done()) return;
  if (!process.is_killed && process.paused_until_us > now_us_) {
    at_us(process.paused_until_us, [this, &process] { resume(process); });
    return;
  }
  process.fiber->resume();
  check_leases();
}

void SimulatedCluster::block_until(Process& process, std::int64_t true_us) {
  if (process.is_killed) return;
  at_us(true_us, [this, &process] { resume(process); });
  process.fiber->pause();
}

std::int64_t SimulatedCluster::local_ms(const Process& process) const {
  return process.offset_ms + now_us_ * process.rate_millionths / 1'000'000 / kMicrosPerMs;
}

std::int64_t SimulatedCluster::read_clock(Process& process) {
  const std::int64_t now_ms = local_ms(process);
  if (random_.below(1000) < faults_.pause_at_clock) {
    const auto pause_ms = random_.below(static_cast<std::uint64_t>(faults_.pause_ms_max));
    block_until(process, now_us_ + static_cast<std::int64_t>(pause_ms) * kMicrosPerMs);
  }
  return now_ms;
}

void SimulatedCluster::kill(std::size_t process) { processes_[process]->is_killed = true; }

void SimulatedCluster::leave(std::size_t process) { processes_[process]->is_leaving = true; }

void SimulatedCluster::pause(std::size_t process, std::int64_t for_ms) {
  std::int64_t& until_us = processes_[process]->paused_until_us;
  until_us = std::max(until_us, now_us_ + for_ms * kMicrosPerMs);
}

void SimulatedCluster::store_away(std::int64_t from_ms, std::int64_t to_ms, bool fails_fast) {
  outages_.push_back({from_ms * kMicrosPerMs, to_ms * kMicrosPerMs, fails_fast});
}

const SimulatedCluster::Outage* SimulatedCluster::outage_at(std::int64_t true_us) const {
  for (const Outage& outage : outages_)
    if (true_us >= outage.from_us && true_us < outage.to_us) return &outage;
  return nullptr;
}

void SimulatedCluster::at(std::int64_t true_ms, std::function<void()> action) {
  at_us(true_ms * kMicrosPerMs, std::move(action));
}

void SimulatedCluster::at_us(std::int64_t true_us, std::function<void()> action) {
  events_.push({true_us, next_order_++, std::move(action)});
}

void SimulatedCluster::run_until(std::int64_t true_ms) {
  while (!events_.empty() && events_.top().at_us <= true_ms * kMicrosPerMs) {
    Event event = events_.top();
    events_.pop();
    now_us_ = event.at_us;
    event.action();
  }
  now_us_ = true_ms * kMicrosPerMs;
}

void SimulatedCluster::apply_puts(const std::map<std::string, std::string>& puts) {
  for (const auto& [key, text] : puts) {
    const Result<MemberRecord> record = decode_member_record(text);
    if (!record.ok()) continue;
    Owner& owner = owners_[record->name];
    if (record->state == MemberState::kDead && !owner.is_departed)
      declared_dead_.emplace_back(record->name, now_ms());
    owner = {.process = record->process, .is_departed = record->is_departed()};
  }
  check_leases();
}

void SimulatedCluster::check_leases() {
  for (const auto& process : processes_) {
    if (process->is_killed || !process->lease.is_valid(local_ms(*process))) continue;
    const Owner& owner = owners_[process->name];
    if (owner.process == process->process && !owner.is_departed) continue;
    violation_ =
        fmt::format("at {} ms process {:016x} of {} has a lease for {} ms, {}", now_ms(),
                    process->process, process->name, process->lease.until_ms() - local_ms(*process),
                    owner.is_departed ? "and is departed" : "and has lost the name");
  }
}

bool SimulatedCluster::is_running(std::size_t process) const {
  return !processes_[process]->is_killed && !processes_[process]->is_leaving &&
         !processes_[process]->end;
}

bool SimulatedCluster::holds_lease(std::size_t process) const {
  return is_running(process) && processes_[process]->lease.is_valid(local_ms(*processes_[process]));
}

std::optional<BeatOutcome> SimulatedCluster::end_of(std::size_t process) const {
  return processes_[process]->end;
}

const std::string& SimulatedCluster::name_of_process(std::size_t process) const {
  return processes_[process]->name;
}

}  // namespace frontrow
