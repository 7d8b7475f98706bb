#include "engine/runtime/engine.h"

namespace frontrow {

Engine::Engine(const EngineOptions& options, Clock& clock, Journal& journal)
    : options_(options),
      clock_(clock),
      journal_(journal),
      pump_(journal, clock, [this](const std::string& why) {
        for (const auto& worker : workers_) worker->waker().wake();
        options_.on_failure(why);
      }) {
  FR_CHECK(options.workers >= 1 && options.workers < ReplyTo::kNobody);
  for (std::size_t i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(*this, static_cast<std::uint16_t>(i)));
  }
}

Result<RecoveryReport> Engine::recover(const OnRecoveryProgress& on_progress) {
  auto report = recover_slots(journal_, slots_, on_progress);
  if (!report.ok()) return report;
  Instant newest;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (const Slot* slot = slots_.find(SlotId{id})) newest = std::max(newest, slot->time);
  }
  report->clock_behind = std::max(Duration{}, newest - clock_.now());
  clock_.not_before(newest);
  // Nobody could be seen while the server was down, so nobody is idle for it.
  const Instant now = clock_.now();
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    Slot* slot = slots_.find(SlotId{id});
    if (slot == nullptr) continue;
    for (const auto& concert : slot->concerts) concert->line.touch_all(now);
  }
  return report;
}

void Engine::deliver(Command&& message) {
  worker_of(slot_of(message.body)).put(CommandEnvelope{std::move(message), ReplyTo{}});
}

std::uint64_t Engine::ask_for_hashes() {
  const std::uint64_t round = hash_round_.fetch_add(1, std::memory_order_acq_rel) + 1;
  for (const auto& worker : workers_) worker->waker().wake();
  return round;
}

}  // namespace frontrow
