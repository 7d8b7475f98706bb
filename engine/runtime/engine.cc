#include "engine/runtime/engine.h"

#include <fmt/format.h>

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
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    owned_[id] = cluster() == nullptr || cluster()->map.owner(SlotId{id}) == cluster()->self;
  }
  for (std::size_t i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(*this, static_cast<std::uint16_t>(i)));
  }
}

Result<RecoveryReport> Engine::recover(const OnRecoveryProgress& on_progress) {
  auto report = recover_slots(journal_, slots_, on_progress);
  if (!report.ok()) return report;
  if (Status s = check_owned(); !s.ok()) return Error{s.error()};
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

// A slot has one owner; a second one would begin it anew beside what is here.
Status Engine::check_owned() const {
  std::size_t others = 0;
  SlotId first;
  for (std::uint16_t id = kSlotCount; id-- > 0;) {
    const Slot* slot = slots_.find(SlotId{id});
    if (slot == nullptr || slot->seq == 0 || owns(SlotId{id})) continue;
    ++others;
    first = SlotId{id};
  }
  if (others == 0) return {};
  return Error{fmt::format(
      "the log has {} slots that the map (revision {}) gives to another instance, slot {} to "
      "instance {} first; this is instance {}. Is it the right data directory? Pin them to this "
      "instance in the cluster file, on all instances",
      others, cluster()->map.revision(), first.value, cluster()->map.owner(first),
      cluster()->self)};
}

void Engine::link_is_up(InstanceId peer, std::uint16_t worker) {
  links_.set(peer, worker);
  links_made_.fetch_add(1, std::memory_order_acq_rel);
  for (const auto& each : workers_) each->waker().wake();
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
