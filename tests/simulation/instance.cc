#include "tests/simulation/instance.h"

#include <gtest/gtest.h>

#include <optional>

#include "engine/core/state/invariants.h"
#include "engine/runtime/shard/worker.h"

namespace frontrow::sim {
namespace {

constexpr Duration kTick = milliseconds(50);

// Rejections before a decision depend on no state.
bool rests_on_nothing(Reject reject) {
  return reject == Reject::kOverloaded || reject == Reject::kLowDisk ||
         reject == Reject::kOutcomeUnknown || reject == Reject::kInstanceUnavailable;
}

}  // namespace

Instance::Instance(const InstanceOptions& options, Instant now, const std::vector<SlotId>& used,
                   Weather& weather)
    : options_(options), used_(used), weather_(weather), clock_(now) {
  options_.engine.carrier = &network_;
  options_.engine.self = options_.id;
  options_.engine.serves_on_order = options_.owners != nullptr;
}

Instance::~Instance() = default;

void Instance::start(Instant now, Clients& clients) {
  ++life_;
  clients_ = &clients;
  clock_.set(now);
  journal_ = std::make_unique<SimJournal>(disk_);
  engine_ = std::make_unique<Engine>(options_.engine, clock_, *journal_);
  if (options_.owners != nullptr) {
    for (std::uint16_t id = 0; id < kSlotCount; ++id)
      engine_->owners().set(SlotId{id}, (*options_.owners)[id]);
  }
  const auto recovered = engine_->recover();
  ASSERT_TRUE(recovered.ok()) << recovered.error();
  checkpointer_ = std::make_unique<Checkpointer>(*engine_, *journal_, options_.checkpoints);
  set_low_disk(low_disk_);
  compare_with_live();
  for (std::uint16_t w = 0; w < workers(); ++w) {
    ports_.push_back(std::make_unique<Port>(*this, w, options_.links, weather_));
    engine_->worker(w).set_sink(this);
    engine_->worker(w).set_port(ports_.back().get());
    engine_->worker(w).begin();
  }
}

void Instance::serve_own_slots() {
  if (options_.owners == nullptr) return;
  for (const SlotId id : used_) {
    if (owns(id)) engine_->order(ServeSlot{id, engine_->parked().release(id), std::nullopt});
  }
}

void Instance::end(Prng& random) {
  for (const SlotId id : used_) recovered_[id] = durable_seq(id);
  requests_.clear();
  network_.crash();
  checkpointer_.reset();
  engine_.reset();
  ports_.clear();
  journal_.reset();
  disk_.crash(random);
  stands_still = false;
}

bool Instance::refuses_bad_disk(Prng& random) {
  const std::uint64_t last = disk_.last_group();
  const bool has_tail = last > std::max(disk_.checkpoint_group, disk_.log_start.number);
  if (!has_tail || last != disk_.watermark) return false;
  DiskContent bad = disk_;
  if (random.chance(50)) {
    bad.lose_newest(1 + random.below(std::min<std::size_t>(3, bad.groups.size())));
  } else {
    bad.spoil_one(random);
  }
  SimJournal journal(bad);
  Engine engine(options_.engine, clock_, journal);
  EXPECT_FALSE(engine.recover().ok()) << "a loss was not noticed";
  return true;
}

void Instance::set_low_disk(bool low) {
  low_disk_ = low;
  journal_->set_low(low);
  engine_->set_low_disk(journal_->space().low());
}

void Instance::ask(std::size_t worker, Request&& request) {
  const auto context = static_cast<std::uint32_t>(requests_.size());
  requests_.push_back(std::move(request));
  Request& asked = requests_.back();
  submit(worker, asked.command, engine_->worker(worker).reply_to(context, life_), asked.decision);
}

void Instance::on_reply(const ReplyTo& to, Reply&& reply) {
  ASSERT_EQ(to.generation, life_) << "an answer from an earlier life";
  Request& request = requests_.at(to.context);
  EXPECT_TRUE(request.is_open) << "answered twice";
  request.is_open = false;
  const SlotId slot = slot_of(request.command.body);
  if (owns(slot)) {
    check_durable(slot, request.decision, reply);
    request.decided_by = time_of(slot);
  }
  clients_->on_answer(*this, request, reply);
}

void Instance::submit(std::size_t worker, const Command& command, const ReplyTo& to,
                      Decision& decision) {
  const SlotId slot = slot_of(command.body);
  const Worker& decider = engine_->worker_of(slot);
  const bool decides = owns(slot) && decider.is_live(slot) && &decider == &engine_->worker(worker);
  submitting_ = decides ? &decision : nullptr;
  engine_->worker(worker).submit(command, to);
  submitting_ = nullptr;
  if (decides && !decision.is_known) decision = {true, engine_->slots().at(slot).seq};
}

void Instance::check_durable(SlotId slot, Decision& decision, const Reply& reply) const {
  if (submitting_ == &decision) decision = {true, engine_->slots().at(slot).seq};
  if (!decision.is_known || rests_on_nothing(reply.reject)) return;
  EXPECT_GE(durable_seq(slot), decision.seq)
      << "slot " << slot.value << ": answered before what it rests on was durable";
}

Result<CheckpointReport> Instance::checkpoint(bool fails) {
  if (fails) journal_->fail_next_checkpoint();
  return checkpointer_->run_cycle();
}

const Slot* Instance::slot(SlotId id) const { return engine_->slots().find(id); }

const Slot* Instance::record(SlotId id) const {
  const Slot* served = slot(id);
  return served != nullptr ? served : engine_->parked().find(id);
}

Instant Instance::time_of(SlotId id) const {
  const Slot* found = is_up() ? record(id) : nullptr;
  return found == nullptr ? clock_.now() : engine_->worker_of(id).now_for(*found);
}

std::uint64_t Instance::durable_seq(SlotId slot) const {
  const auto now = journal_->durable().find(slot);
  if (now != journal_->durable().end()) return now->second;
  const auto before = recovered_.find(slot);
  return before == recovered_.end() ? 0 : before->second;
}

void Instance::compare_with_live() {
  for (const SlotId id : used_) {
    const Slot* found = record(id);
    const std::uint64_t seq = found == nullptr ? 0 : found->seq;
    EXPECT_GE(seq, recovered_[id]) << "slot " << id.value << ": durable records are gone";
    recovered_[id] = seq;
    auto& states = live_[id];
    states.erase(states.upper_bound(seq), states.end());
    checked_[id] = seq;
    if (seq == 0) continue;
    const auto live = states.find(seq);
    ASSERT_NE(live, states.end()) << "slot " << id.value << " was never between two groups here";
    EXPECT_EQ(found->state_hash(), live->second)
        << "slot " << id.value << ": what was rebuilt is not what was live at sequence " << seq;
  }
}

void Instance::check_changed() {
  for (const SlotId id : used_) {
    const Slot* found = slot(id);
    if (found == nullptr || found->seq == checked_[id]) continue;
    EXPECT_TRUE(owns(id)) << "slot " << id.value << " is served by another than its owner";
    checked_[id] = found->seq;
    live_[id][found->seq] = found->state_hash();
    for (const std::string& line : check_invariants(*found)) ADD_FAILURE() << line;
    for (const auto& concert : found->concerts) {
      EXPECT_LE(concert->active(), concert->rules.queue.max_active)
          << "concert " << concert->id.value << ": more in the shop than fit";
    }
  }
}

void Instance::check_deadlines(std::size_t worker, const std::vector<Offer>& offers) const {
  for (const Offer& offer : offers) {
    const SlotId id = slot_of_concert(offer.concert);
    if (!owns(id) || &engine_->worker_of(id) != &engine_->worker(worker)) continue;
    const Slot* found = slot(id);
    const Concert* concert = found == nullptr ? nullptr : found->find_concert(offer.concert);
    if (concert == nullptr) continue;
    for (const auto& [hold_id, hold] : concert->holds) {
      EXPECT_FALSE(hold.state == HoldState::kHeld && hold.expires_at + kTick <= time_of(id))
          << "hold " << hold_id.value << " outlives its deadline";
    }
  }
}

}  // namespace frontrow::sim
