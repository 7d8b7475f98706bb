#include "tools/frontrow/serve/server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <random>

#include "net/http/server/http_socket.h"
#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/config/admin_key.h"
#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/endpoints.h"
#include "tools/frontrow/serve/descriptors.h"

namespace frontrow {
namespace {

// RocksDB keeps a few of these in memory, and at a start all that its log holds, four of them.
constexpr std::uint64_t kWriteBufferMin = std::uint64_t{4} << 20;
constexpr std::uint64_t kWriteBuffersInMemory = 32;

std::uint64_t write_buffer_bytes(const ServeConfig& config, const MemoryUse& memory) {
  const std::uint64_t configured = std::uint64_t{config.journal.write_buffer_mib} << 20;
  const std::uint64_t fits = std::max(kWriteBufferMin, memory.limit_bytes / kWriteBuffersInMemory);
  return std::min(configured, fits);
}

// Instances of a cluster for whose links and streams descriptors are kept.
constexpr std::uint32_t kPeersExpected = 16;

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

Result<LiveKeys> load_keys(const std::string& data_dir, const ServeConfig& config,
                           MissingKeys missing) {
  auto admin_key = load_admin_key(data_dir, config.admin_key, missing);
  if (!admin_key.ok()) return Error{admin_key.error()};
  const auto keys = load_token_keys(data_dir, config.token_keys, missing);
  if (!keys.ok()) return Error{keys.error()};
  auto signer = TokenSigner::create(*keys);
  if (!signer.ok()) return Error{signer.error()};
  auto passes = load_signing_keys(data_dir, config.passes.key_file, missing);
  if (!passes.ok()) return Error{passes.error()};
  LiveKeys live{std::move(*admin_key), config.keys, std::move(*signer), ChallengeMaker(*keys)};
  live.service_keys.push_back(admin_service_key(live.admin_key));
  live.passes = std::make_shared<const PassSettings>(
      PassSettings{std::move(*passes), config.passes.issuer, config.passes.audience});
  if (!config.challenge.algorithm.empty())
    live.challenge = ChallengeSettings{config.challenge.max_number, config.challenge.valid_s};
  return live;
}

LimitSettings limit_settings(const LimitsConfig& c) {
  const auto rules = [&c](std::uint32_t joins, std::uint32_t polls, std::uint32_t writes) {
    return RateRules{
        {{joins, joins * c.burst_s}, {polls, polls * c.burst_s}, {writes, writes * c.burst_s}}};
  };
  return {.of_address = rules(c.address_joins, c.address_polls, c.address_writes),
          .of_user = rules(c.user_joins, c.user_polls, c.user_writes)};
}

void log_checkpoint(const Result<CheckpointReport>& report) {
  if (report.ok() && report->postponed) {
    spdlog::warn("a checkpoint was postponed: {}. No data is lost; a restart takes longer",
                 report->postponed_for);
    return;
  }
  if (!report.ok()) {
    spdlog::error(
        "a checkpoint failed, and this process makes no further ones: {}. Responses are as durable "
        "as before, but check the data directory (frontrow recover verify) before you rely on a "
        "restart",
        report.error());
    return;
  }
  spdlog::debug(
      "checkpoint of {} slots: {} events, {} state hashes agree, {:.1f} MiB of snapshots in {:.3f} "
      "s",
      report->slots, report->events, report->hashes, mebibytes(report->snapshot_bytes),
      report->seconds);
  if (report->trimmed.groups > 0) {
    spdlog::info("forgot {} old groups; the history begins at group {}", report->trimmed.groups,
                 report->trimmed.first);
  }
}

}  // namespace

Server::Server(const ServeConfig& config, const std::string& version)
    : config_(config), version_(version.substr(0, version.find(' '))) {
  metrics_.version = version_;
  const std::size_t open = version.find('(');
  const std::size_t close = version.find(')');
  if (open < close && close != std::string::npos)
    metrics_.commit = version.substr(open + 1, close - open - 1);
}

Server::~Server() {
  if (cluster_ != nullptr) cluster_->end_waiting();
  if (checkpointer_ != nullptr) checkpointer_->stop();
  if (memory_ != nullptr) memory_->stop();
  for (const auto& reactor : reactors_) reactor->stop();
  join_reactors();
}

Status Server::start(const std::function<bool()>& stop_asked,
                     const std::function<void(const std::string&)>& tell) {
  if (Status s = open(stop_asked); !s.ok()) {
    stopped_early_ = stop_asked();
    return s;
  }
  if (Status s = listen(); !s.ok()) return s;
  if (jwks_ != nullptr) jwks_->start();
  run_reactors();
  if (Status s = recover(stop_asked, tell); !s.ok()) return s;
  engine_->start();
  watch_disk();
  memory_->start();
  if (cluster_ != nullptr) start_cluster();
  if (config_.identity.issuer.empty() && !config_.demo) {
    spdlog::warn(
        "[identity] is not configured: whoever knows a user's UUID can join as that user; see "
        "docs/OPERATIONS.md");
  }
  service_.set_state(ServiceState::kReady);
  for (const auto& reactor : reactors_) reactor->begin_serving();
  if (config_.snapshots.enabled) checkpointer_->start(metrics_.recovery.events, log_checkpoint);
  return {};
}

Status Server::open(const std::function<bool()>& stop_asked) {
  if (Status s = check_identity(); !s.ok()) return s;
  if (Status s = share_descriptors(); !s.ok()) return s;
  auto keys = load_keys(config_.data_dir, config_, MissingKeys::kGenerate);
  if (!keys.ok()) return Error{keys.error()};
  if (Status s = load_identity(*keys, config_); !s.ok()) return s;
  key_ring_ = std::make_unique<KeyRing>(std::move(*keys));
  settings_.defaults = {config_.currency, config_.default_seat_price, config_.sale};
  settings_.token_ttl_s = std::int64_t{config_.token_ttl_hours} * 3600;
  settings_.limits = limit_settings(config_.limits);
  settings_.answers_preflights = !config_.cors.origins.empty();
  settings_.fans_may_charge = fans_may_charge(config_);
  settings_.metrics_need_key = config_.metrics.need_key;
  settings_.ops_are_apart = !config_.ops.listen.empty();
  settings_.is_behind_proxy = config_.streams.is_behind_proxy;
  settings_.proxied_stream_s = config_.streams.proxied_s;
  settings_.line_is_cached = config_.streams.line_is_cached;
  settings_.view_cache_bytes = config_.http.view_cache_bytes_per_thread;

  JournalOptions options;
  options.directory = config_.data_dir;
  options.reserve_bytes = std::uint64_t{config_.journal.low_space_mib} << 20;
  watch_memory();
  options.write_buffer_bytes = write_buffer_bytes(config_, memory_->use());
  options.open_files = database_files_;
  const bool is_in_cluster = !config_.cluster.name.empty();
  options.cuts_at_gap = is_in_cluster;
  if (is_in_cluster) {
    if (Status s = find_cluster(stop_asked); !s.ok()) return s;
  }
  auto journal = RocksDbJournal::open(options);
  if (!journal.ok()) return Error{journal.error()};
  journal_ = std::move(*journal);

  EngineOptions engine;
  if (is_in_cluster) {
    if (Status s = join_cluster(); !s.ok()) return s;
    cluster_->configure(engine);
  }
  engine.workers = config_.threads;
  engine.policy = {config_.charge_max, config_.balance_max,
                   seconds(config_.engine.payment_decide_s)};
  engine.intake_max = config_.engine.intake_max;
  engine.on_failure = [this](const std::string& why) {
    service_.fail();
    spdlog::critical("the journal failed, no more commands are acknowledged: {}", why);
  };
  engine_ = std::make_unique<Engine>(engine, clock_, log());
  checkpointer_ = std::make_unique<Checkpointer>(*engine_, log(), checkpoint_options());
  return {};
}

Retention Server::retention() const {
  return {config_.journal.keep_everything, seconds(std::int64_t{config_.journal.keep_hours} * 3600),
          std::uint64_t{config_.journal.keep_mib} << 20};
}

CheckpointOptions Server::checkpoint_options() {
  CheckpointOptions checkpoints;
  checkpoints.events = config_.snapshots.events;
  checkpoints.interval = seconds(config_.snapshots.interval_s);
  checkpoints.copy_bytes = std::uint64_t{config_.snapshots.copy_mib} << 20;
  checkpoints.retention = retention();
  if (cluster_ != nullptr) checkpoints.may_begin = [this] { return cluster_->may_checkpoint(); };
  return checkpoints;
}

// Creates the watch; it starts once the engine has recovered.
void Server::watch_memory() {
  const auto on_look = [this, low = false](const MemoryUse& use, std::uint64_t room) mutable {
    engine_->set_memory_room(room);
    if ((room == 0) == low) return;
    low = room == 0;
    if (low) {
      spdlog::error(
          "{:.0f} MiB of memory are in use; {} is {:.0f} MiB, of which {:.0f} MiB are kept in "
          "reserve: new work is refused until there is room",
          mebibytes(use.used_bytes), use.source, mebibytes(use.limit_bytes),
          mebibytes(use.reserve_bytes));
    } else {
      spdlog::info("{:.0f} MiB of memory in use: new work is taken again",
                   mebibytes(use.used_bytes));
    }
  };
  MemoryPlaces places;
  places.setting_bytes = std::uint64_t{config_.engine.memory_mib} << 20;
  memory_ = std::make_unique<MemoryWatch>(MemoryBounds::find(places), on_look);
  const MemoryUse use = memory_->use();
  spdlog::info("memory: {} is {:.0f} MiB, of which {:.0f} MiB are kept in reserve", use.source,
               mebibytes(use.limit_bytes), mebibytes(use.reserve_bytes));
}

// Raises the limit of open files as far as this user may, and distributes the descriptors.
Status Server::share_descriptors() {
  DescriptorNeeds needs;
  needs.connections = config_.http.connections;
  needs.reserved = config_.http.reserved_connections;
  needs.refusals = config_.http.refusals;
  needs.threads = config_.threads;
  needs.listeners = static_cast<std::uint32_t>(config_.listen.size());
  if (!config_.ops.listen.empty()) {
    ++needs.listeners;
    needs.ops = config_.http.ops_connections;
  }
  if (!config_.cluster.name.empty()) {
    ++needs.listeners;
    needs.peers = kPeersExpected;
  }
  const auto all = frontrow::share_descriptors(needs, std::numeric_limits<std::size_t>::max());
  if (!all.ok()) return Error{all.error()};
  const Status raised = raise_open_files(all->wanted);
  const std::size_t allowed = open_files_allowed();
  const auto shares = frontrow::share_descriptors(needs, allowed);
  if (!shares.ok()) return Error{shares.error()};
  if (!raised.ok() && shares->connections < config_.http.connections) {
    spdlog::warn(
        "only {} open files are allowed (ulimit -n, LimitNOFILE), {} are wanted: {} connections at "
        "a time instead of {}; the log, the threads and the links keep theirs",
        allowed, all->wanted, shares->connections, config_.http.connections);
  }
  config_.http.connections = shares->connections;
  config_.http.refusals = shares->refusals;
  database_files_ = shares->database_files;
  return {};
}

void Server::run_reactors() {
  running_ = reactors_.size();
  for (const auto& reactor : reactors_) {
    threads_.emplace_back([this, r = reactor.get()] {
      r->run();
      --running_;
    });
  }
}

Status Server::recover(const std::function<bool()>& stop_asked,
                       const std::function<void(const std::string&)>& tell) {
  ProgressBar snapshots("loading snapshots");
  ProgressBar groups("replaying the journal");
  const auto report = engine_->recover([&](const RecoveryProgress& p) {
    if (p.phase == RecoveryProgress::Phase::kSnapshots) {
      const std::string note = fmt::format("slot {} of {}", p.done, p.total);
      snapshots.show(p.done, p.total, note);
      tell("loading snapshots: " + note);
    } else {
      const std::string note = fmt::format("group {} of {}", p.done, p.total);
      groups.show(p.done, p.total, note);
      tell("replaying the journal: " + note);
    }
    stopped_early_ = stop_asked();
    return !stopped_early_;
  });
  if (!report.ok()) return Error{report.error()};
  metrics_.recovery = *report;
  if (report->clock_behind > Duration{}) {
    spdlog::warn(
        "this machine's clock is {:.3f} s behind what it showed last; time goes on from that",
        static_cast<double>(report->clock_behind.ms) / 1000);
  }
  if (report->slots_ahead >= seconds(1)) {
    spdlog::warn(
        "slots that came from another machine are up to {:.3f} s ahead of this one's clock",
        static_cast<double>(report->slots_ahead.ms) / 1000);
  }
  if (report->snapshots > 0) {
    spdlog::info("loaded {} snapshots ({:.1f} MiB) in {:.3f} s", report->snapshots,
                 mebibytes(report->snapshot_bytes), report->snapshot_seconds);
  }
  const double rate =
      report->replay_seconds > 0 ? static_cast<double>(report->events) / report->replay_seconds : 0;
  const bool unclean = !journal_->opened_after_clean_stop() && journal_->last_group() != 0;
  spdlog::info(
      "replayed {} events in {} records of {} groups ({:.1f} MiB) in {:.3f} s: {:.0f} events/s{}",
      report->events, report->records, report->groups, mebibytes(report->bytes),
      report->replay_seconds, rate, unclean ? "; the stop before was not clean" : "");
  return {};
}

Status Server::renew_keys(const ServeConfig& config) {
  // Of [identity] only the content of jwks_file is read again: with half of a change, or without
  // its table by mistake, any client could be any user.
  if (config.identity != config_.identity)
    return Error{"[identity] can't change while the server runs; restart it"};
  auto keys = load_keys(config_.data_dir, config, MissingKeys::kRefuse);
  if (!keys.ok()) return Error{keys.error()};
  const bool keeps_identity = jwks_ != nullptr;
  if (!keeps_identity) {
    if (Status s = load_identity(*keys, config); !s.ok()) return s;
  }
  const std::vector<std::string> ids = keys->signer.key_ids();
  const bool same_admin_key = keys->admin_key == admin_key();
  const std::vector<std::string> pass_ids = keys->passes->signer.key_ids();
  const std::string challenge =
      keys->challenge
          ? fmt::format("a join needs a challenge of up to {} hashes", keys->challenge->max_number)
          : "a join needs no challenge";
  key_ring_->set(std::move(*keys), keeps_identity);
  spdlog::info(
      "keys renewed: tokens are signed by {}, verified by {}; the admin key {}; {} service keys; "
      "passes and tickets are signed by {}; {}",
      ids.front(), fmt::join(ids, " and "), same_admin_key ? "is as before" : "is another one",
      config.keys.size(), pass_ids.front(), challenge);
  return {};
}

void Server::watch() {
  watch_disk();
  if (cluster_ != nullptr) watch_shared_log();
}

void Server::watch_shared_log() {
  const bool refuses = cluster_->refuses_work();
  engine_->set_log_stuck(cluster_->is_stuck());
  if (refuses == engine_->log_unavailable()) return;
  engine_->set_log_unavailable(refuses);
  if (refuses) {
    const ClusterReport report = cluster_->report();
    spdlog::error(
        "new work is refused: an append has waited {} ms for the cluster's store, which holds "
        "{:.1f} "
        "MiB of this instance's log",
        report.unanswered_ms, mebibytes(report.tail.bytes));
  } else {
    spdlog::info("the cluster's store takes the log again: new work is taken");
  }
}

void Server::watch_disk() {
  const JournalSpace space = journal_->space();
  if (space.low() == engine_->low_disk()) return;
  engine_->set_low_disk(space.low());
  if (space.low()) {
    spdlog::error(
        "only {} MiB free where the journal lives, {} MiB are kept in reserve: new work is refused "
        "until there is room",
        space.free_bytes >> 20, space.reserve_bytes >> 20);
  } else {
    spdlog::info("{} MiB free again: new work is taken", space.free_bytes >> 20);
  }
}

bool Server::wait_for_reactors(Duration limit) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit.ms);
  while (running_ > 0 && std::chrono::steady_clock::now() < end && !failed()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return running_ == 0;
}

void Server::join_reactors() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Status Server::stop() {
  if (checkpointer_ != nullptr) checkpointer_->stop();
  memory_->stop();
  if (!failed()) service_.set_state(ServiceState::kDraining);
  if (cluster_ != nullptr && !failed())
    cluster_->give_slots_away(std::chrono::seconds(config_.engine.drain_s));
  for (const auto& reactor : reactors_) reactor->drain();
  if (!wait_for_reactors(seconds(config_.engine.drain_s)) && !failed()) {
    spdlog::warn("{} threads still had requests after {} s of draining", running_.load(),
                 config_.engine.drain_s);
  }
  // A failed server still notifies the waiting clients; 200 ms suffice to send the responses.
  if (failed()) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  for (const auto& reactor : reactors_) reactor->stop();
  join_reactors();
  if (cluster_ != nullptr) return leave_cluster();
  engine_->stop();
  if (failed()) return Error{"the journal failed; start again to recover"};
  return journal_->close();
}

}  // namespace frontrow
