// One load test: the own server or the targets, the sale, the crowd, the monitor that requests the
// server's figures once a second, the audit, the report. One thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tools/frontrow/common/interrupts.h"
#include "tools/frontrow/drop/attack.h"
#include "tools/frontrow/drop/audit.h"
#include "tools/frontrow/drop/crowd.h"
#include "tools/frontrow/drop/display.h"
#include "tools/frontrow/drop/own_server.h"
#include "tools/frontrow/drop/report.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow::drop {

class LoadTest {
 public:
  explicit LoadTest(const DropArgs& args);
  ~LoadTest();
  LoadTest(const LoadTest&) = delete;
  LoadTest& operator=(const LoadTest&) = delete;

  // The error is the reason why the run could not be made.
  Status run();
  const Report& report() const { return report_; }
  // The own server's data directory; it exists as long as this object.
  std::string data_dir() const { return own_server_.data_dir().string(); }

 private:
  Status find_targets();
  std::vector<std::optional<InstanceView>> ask_instances() const;
  void count_forwards();
  Status find_sale();
  Status open_connections();
  Crowd::Plan plan_crowd(const Arrivals::Plan& arrivals) const;
  void play();
  void on_tick();
  void on_interrupt();
  void next_tick();
  void monitor();
  std::uint64_t guests() const;
  void on_sale(Fault fault, const HttpAnswer& answer);
  void take_sample(std::uint32_t now);
  void end_play(Ending ending);
  std::uint32_t busy() const;
  void check_books();
  void audit(BooksCheck& check, const Crowd& crowd, std::uint64_t seed, const char* whose);
  void stop_own_server();
  void measure();

  DropArgs args_;
  Report report_;
  Violations violations_;
  OwnServer own_server_;
  std::vector<Target> targets_;
  Operator operator_;
  std::vector<std::optional<InstanceView>> instances_before_;
  Display display_;

  asio::io_context io_;
  asio::steady_timer timer_;
  std::unique_ptr<Crowd> crowd_;
  std::unique_ptr<ConnectionPool> pool_;
  std::unique_ptr<Attack> attack_;  // none: no bots
  std::unique_ptr<Audit> audit_;

  enum class Phase : std::uint8_t { kOpening, kPlaying, kWindingDown, kAuditing, kOver };
  Phase phase_ = Phase::kOpening;
  std::uint32_t sampled_ms_ = 0;
  std::uint32_t asked_ms_ = 0;  // last request of the monitor
  std::uint32_t swept_ms_ = 0;
  std::uint32_t gives_up_ms_ = 0;  // kWindingDown: end of the wait for responses
  std::uint64_t sampled_answers_ = 0;
  bool monitor_waits_ = false;
  std::uint64_t guests_ = 0;  // fans who may be in by an offer, when the monitor asked
  std::int64_t phase_began_us_ = 0;
  double cpu_begin_s_ = 0;
  bool interrupted_ = false;
  ServerFigures figures_;
  Interrupts interrupts_;  // the last member, as its callbacks use the others
};

}  // namespace frontrow::drop
