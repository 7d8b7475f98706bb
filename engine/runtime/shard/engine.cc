#include "engine/runtime/shard/engine.h"

#include <fmt/format.h>

#include "engine/runtime/shard/worker.h"

namespace frontrow {

Engine::Engine(const EngineOptions& options, Clock& clock, Journal& journal)
    : options_(options),
      clock_(clock),
      journal_(journal),
      owners_(options.self),
      pump_(journal, clock, [this](const std::string& why) {
        for (const auto& worker : workers_) worker->waker().wake();
        options_.on_failure(why);
      }) {
  FR_CHECK(options.workers >= 1 && options.workers < ReplyTo::kNoReply);
  for (std::size_t i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(*this, static_cast<std::uint16_t>(i)));
  }
}

Engine::~Engine() = default;

Result<RecoveryReport> Engine::recover(const OnRecoveryProgress& on_progress) {
  const auto copies = options_.serves_on_order ? CopiesBeside::kAllowed : CopiesBeside::kRefused;
  auto report = recover_slots(journal_, slots_, on_progress, copies);
  if (!report.ok()) return report;
  if (Status s = check_and_park(); !s.ok()) return Error{s.error()};
  report->clock_behind = std::max(Duration{}, report->shown - clock_.now());
  clock_.not_before(report->shown);
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots_.find(SlotId{id});
    if (slot != nullptr)
      report->slots_ahead = std::max(report->slots_ahead, slot->time - clock_.now());
  }
  recovered_ = *report;
  return report;
}

Status Engine::recover_again(std::span<const SlotId> slots) {
  for (const SlotId slot : slots) static_cast<void>(parked_.release(slot));
  return frontrow::recover_again(journal_.archive(), journal_.last_group(), slots, parked_);
}

// In a cluster the slot map decides on slots. Without one, slots of a static cluster (Tenure) may
// have a newer state in another instance's log.
Status Engine::check_and_park() {
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots_.find(SlotId{id});
    if (slot == nullptr) continue;
    if (options_.serves_on_order) {
      parked_.adopt(slots_.release(SlotId{id}));
      continue;
    }
    if (slot->tenure.state == Tenure::State::kUnmarked) continue;
    return Error{fmt::format(
        "slot {} {}: this is the log of an instance of a static cluster, which a single instance "
        "can't serve: import the directories of all its instances into a cluster with `frontrow "
        "cluster import`",
        id,
        slot->is_here() ? std::string("is one of several instances'")
                        : fmt::format("was handed over to instance {}", slot->tenure.peer))};
  }
  return {};
}

void Engine::wake_all() {
  for (const auto& each : workers_) each->waker().wake();
}

void Engine::link_is_up(InstanceId peer, std::uint16_t worker) {
  links_.set(peer, worker);
  links_made_.fetch_add(1, std::memory_order_acq_rel);
  wake_all();
}

bool Engine::send_bytes(OutboundBytes&& bytes) {
  const std::uint16_t holder = links_.worker_of(bytes.to);
  if (holder == LinkTable::kDown || !links_.reserve(bytes.to, bytes.bytes->size())) return false;
  workers_[holder]->put(std::move(bytes));
  return true;
}

void Engine::owners_changed() {
  links_made_.fetch_add(1, std::memory_order_acq_rel);
  wake_all();
}

void Engine::order(ServeSlot&& order) { worker_of(order.slot).put(std::move(order)); }
void Engine::order(YieldSlot order) { worker_of(order.slot).put(order); }

void Engine::deliver(Command&& message) {
  const SlotId slot = slot_of(message.body);
  worker_of(slot).put(CommandEnvelope{slot, std::move(message), ReplyTo{}});
}

std::uint64_t Engine::ask_for_hashes() {
  const std::uint64_t round = hash_round_.fetch_add(1, std::memory_order_acq_rel) + 1;
  wake_all();
  return round;
}

}  // namespace frontrow
