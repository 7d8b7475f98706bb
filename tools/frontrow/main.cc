// The program `frontrow`.
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include "tools/frontrow/cli/cli.h"
#include "tools/frontrow/cluster/commands.h"
#include "tools/frontrow/common/logging.h"
#include "tools/frontrow/drop/drop.h"
#include "tools/frontrow/plan/commands.h"
#include "tools/frontrow/recover/last_words.h"
#include "tools/frontrow/serve/demo.h"
#include "tools/frontrow/serve/serve_signals.h"
#include "tools/frontrow/serve/server.h"
#include "tools/frontrow/serve/service_manager.h"
#include "tools/frontrow/simulate/simulate.h"
#include "tools/frontrow/version.h"

namespace frontrow {
namespace {

int run(const plans::ImportArgs& args) { return plans::import_plan(args); }
int run(const plans::CheckArgs& args) { return plans::check_plan(args); }

int work_on_plan(const PlanCommand& command) {
  return std::visit([](const auto& args) { return run(args); }, command);
}

constexpr int kExitFailed = 1;
constexpr int kTurnMs = 200;  // interval of the disk space check
// Upper bound of one step between two status reports: opening and replaying the log, closing it.
constexpr Duration kStepMax = seconds(120);

// Parses the original arguments again, so that the keys come from their original sources, including
// the current --config file. The server continues with the old keys on any error.
Status renew_keys(Server& server, const Invocation& invocation) {
  const CommandLine line = parse_command_line(invocation);
  if (line.action == CommandLine::Action::kServe) return server.renew_keys(line.serve);
  std::string why = line.error.substr(0, line.error.find('\n'));
  if (why.starts_with(kErrorMark)) why.erase(0, kErrorMark.size());
  return Error{std::move(why)};
}

std::string serving_at(const Server& server) { return "serving at " + server.base_url(); }

// Returns when a signal asks to stop or the log fails: the signal, or 0 for a failure.
int wait_for_end(Server& server, const ServeSignals& signals, const Invocation& invocation,
                 ServiceManager& manager) {
  while (!server.failed()) {
    const int signal = signals.next(kTurnMs);
    if (signal == SIGHUP) {
      manager.reloading();
      const Status renewed = renew_keys(server, invocation);
      if (!renewed.ok()) spdlog::error("SIGHUP: the keys stay as they are: {}", renewed.error());
      manager.ready(renewed.ok()
                        ? serving_at(server)
                        : serving_at(server) + ", with the previous keys: " + renewed.error());
    } else if (signal == SIGUSR1 || signal == SIGUSR2) {
      spdlog::info("{}: nothing is done on it; SIGHUP renews the keys, SIGTERM ends the server",
                   signal == SIGUSR1 ? "SIGUSR1" : "SIGUSR2");
    } else if (signal > 0) {
      return signal;
    }
    server.watch();
  }
  return 0;
}

// True if stdout is not the terminal or journal that already receives the log on stderr.
bool is_stdout_apart() {
  struct stat out{};
  struct stat log{};
  if (::fstat(STDOUT_FILENO, &out) != 0 || ::fstat(STDERR_FILENO, &log) != 0) return true;
  return out.st_dev != log.st_dev || out.st_ino != log.st_ino;
}

void print_demo(const Server& server, const ServeConfig& config) {
  const auto concert = ensure_demo_concert(server.base_url(), server.ops_url(), server.admin_key());
  if (!concert.ok()) {
    spdlog::error("{}", concert.error());
    return;
  }
  std::printf("frontrow serves the demo sale at %s/\n", server.base_url().c_str());
  std::printf("data       %s\n", config.data_dir.c_str());
  if (config.admin_key.empty()) {
    std::printf("admin key  %s/admin.key\n", config.data_dir.c_str());
  } else {
    std::printf("admin key  as configured\n");
  }
  std::printf("\nPaste these lines into another shell to buy a ticket:\n\n%s\n",
              demo_walk(server.base_url(), *concert).c_str());
  std::fflush(stdout);
}

// LastWords explains an abort of RocksDB on damaged data: its assertion alone names no remedy.
Status start(Server& server, const ServeConfig& config, const ServeSignals& signals,
             ServiceManager& manager) {
  const recover::LastWords words("serve", config.data_dir);
  manager.working("opening " + config.data_dir, kStepMax);
  return server.start([&signals] { return signals.stop_pending(); },
                      [&manager](const std::string& status) { manager.working(status, kStepMax); });
}

int serve(const ServeConfig& config, const Invocation& invocation) {
  const ServeSignals signals;
  set_up_logging(config.log_level, config.log_format);
  ServiceManager manager = ServiceManager::of_environment();
  int exit_code = 0;
  {
    Server server(config, invocation.version);
    const Status started = start(server, config, signals, manager);
    if (server.stopped_early()) {
      spdlog::info("asked to stop while replaying: {}", started.error());
      return 0;
    }
    if (!started.ok()) {
      spdlog::critical("{}", started.error());
      manager.stopping(started.error(), kStepMax);
      return kExitFailed;
    }
    spdlog::info("ready: {} threads, data in {}", config.threads, config.data_dir);
    if (is_stdout_apart()) {
      std::printf("listening on %s\n", server.base_url().c_str());
      std::fflush(stdout);
    }
    manager.ready(serving_at(server));
    if (config.demo) print_demo(server, config);
    const int signal = wait_for_end(server, signals, invocation, manager);
    if (signal != 0)
      spdlog::info("{}: draining", strsignal(signal));  // NOLINT(concurrency-mt-unsafe)
    manager.stopping(signal != 0 ? "draining" : "the journal failed",
                     Duration{2 * seconds(config.engine.drain_s).ms + kStepMax.ms});
    if (const Status stopped = server.stop(); !stopped.ok()) {
      spdlog::critical("{}", stopped.error());
      exit_code = kExitFailed;
    } else {
      spdlog::info("stopped");
    }
  }
  return exit_code;
}

int run(const recover::VerifyArgs& args) { return recover::verify(args); }
int run(const recover::RebuildArgs& args) { return recover::rebuild(args); }
int run(const recover::ShowArgs& args) { return recover::show(args); }
int run(const recover::LogArgs& args) { return recover::log(args); }
int run(const recover::ExportArgs& args) { return recover::export_books(args); }
int run(const recover::SalvageArgs& args) { return recover::salvage(args); }

// Results go to stdout; the log stays on stderr and is limited to warnings.
int recover_data(const RecoverCommand& command) {
  set_up_logging("warn", "text");
  return std::visit([](const auto& args) { return run(args); }, command);
}

// The report goes to stdout; the log stays on stderr and is limited to warnings.
int drop_tickets(const drop::DropArgs& args) {
  set_up_logging("warn", "text");
  return drop::run(args);
}

int run(const cluster::InitArgs& args) { return cluster::init(args); }
int run(const cluster::StatusArgs& args) { return cluster::status(args); }
int run(const cluster::ShowArgs& args) { return cluster::show(args); }
int run(const cluster::ChangeArgs& args) { return cluster::change(args); }
int run(const cluster::ImportArgs& args) { return cluster::import_directories(args); }
int run(const cluster::DemoArgs& args) { return cluster::demo(args); }
int run(const cluster::SecretArgs& args) { return cluster::secret(args); }

// Results go to stdout; the log, which has the progress of long work, stays on stderr.
int operate_cluster(const ClusterCommand& command) {
  set_up_logging("info", "text");
  return std::visit([](const auto& args) { return run(args); }, command);
}

// Empty if the variable is not set.
std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread sets it
  return value == nullptr ? "" : value;
}

int simulate_sale(const simulate::SimulateArgs& args) {
  set_up_logging("warn", "text");
  return simulate::run(args);
}

}  // namespace
}  // namespace frontrow

int main(int argc, char** argv) {
#ifdef FRONTROW_NEEDS_SSE42  // llhttp was compiled with SSE 4.2
  if (!__builtin_cpu_supports("sse4.2")) {
    std::fputs("frontrow: this program was built for processors with SSE 4.2\n", stderr);
    return 1;
  }
#endif
  const frontrow::Invocation invocation{std::vector<std::string>(argv + 1, argv + argc),
                                        frontrow::environment("FRONTROW_ADMIN_KEY"),
                                        frontrow::program_version(),
                                        frontrow::environment("FRONTROW_CLUSTER_SECRET"),
                                        frontrow::environment("FRONTROW_CLUSTER"),
                                        frontrow::environment("FRONTROW_ETCD")};
  const frontrow::CommandLine line = frontrow::parse_command_line(invocation);
  std::fputs(line.output.c_str(), stdout);
  std::fputs(line.error.c_str(), stderr);
  if (line.action == frontrow::CommandLine::Action::kExit) return line.exit_code;
  frontrow::recover::name_out_of_memory("frontrow");
  if (line.action == frontrow::CommandLine::Action::kRecover)
    return frontrow::recover_data(line.recover);
  if (line.action == frontrow::CommandLine::Action::kDrop) return frontrow::drop_tickets(line.drop);
  if (line.action == frontrow::CommandLine::Action::kSimulate)
    return frontrow::simulate_sale(line.simulate);
  if (line.action == frontrow::CommandLine::Action::kCluster)
    return frontrow::operate_cluster(line.cluster);
  if (line.action == frontrow::CommandLine::Action::kKeys)
    return frontrow::keys::new_key(line.new_key);
  if (line.action == frontrow::CommandLine::Action::kShuffle)
    return frontrow::shuffle::verify(line.shuffle);
  if (line.action == frontrow::CommandLine::Action::kPlan) return frontrow::work_on_plan(line.plan);
  return frontrow::serve(line.serve, invocation);
}
