#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/core/invariants.h"
#include "tests/runtime/test_engine.h"
#include "tests/simulation/night.h"

namespace frontrow::sim {
namespace {

constexpr Duration kTick = milliseconds(50);

std::int64_t worth_of_sold_seats(const Concert& concert) {
  std::int64_t worth = 0;
  for (const auto& date : concert.dates) {
    for (const Section& section : date->seats.sections()) {
      for (std::uint32_t n = section.first.value; n <= section.last.value; ++n) {
        if (date->seats.state(SeatNumber{n}) == SeatState::kSold) worth += section.price.minor;
      }
    }
  }
  return worth;
}

}  // namespace

void Night::start() {
  ++life_;
  journal_ = std::make_unique<SimJournal>(disk_);
  journal_->set_low(low_disk_);
  options_.on_failure = [this](const std::string&) { ++report_.failed_writes; };
  engine_ = std::make_unique<Engine>(options_, clock_, *journal_);
  const auto recovered = engine_->recover();
  ASSERT_TRUE(recovered.ok()) << recovered.error();
  rehearsal_ = std::make_unique<Rehearsal>(*engine_, *journal_, rehearsals_);
  engine_->set_low_disk(journal_->space().low());
  compare_with_live();
  ledger_.check(engine_->slots(), clock_.now(), false);
  for (std::size_t w = 0; w < options_.workers; ++w) {
    engine_->worker(w).set_sink(this);
    engine_->worker(w).begin();
  }
}

// The process ends between two steps; whatever was not on the disk is gone.
void Night::crash() {
  ++report_.crashes;
  if (getenv("T")) puts("CRASH");
  for (const SlotId id : used_) recovered_[id] = durable_seq(id);
  for (const Request& request : requests_) {
    if (!request.is_open || request.fan >= crowd_.size() || !request.command.key.present())
      continue;
    crowd_.fan(request.fan).unanswered.push_back(request.command);
  }
  for (std::size_t i = 0; i < crowd_.size(); ++i) crowd_.fan(i).under_way = 0;
  requests_.clear();
  network_.crash();
  rehearsal_.reset();
  engine_.reset();
  journal_.reset();
  disk_.crash(random_);
  expect_refusal(disk_);
  const auto dice = random_.below(100);
  if (dice < 60) clock_.advance(milliseconds(between(10, 5000)));
  if (dice >= 90) clock_.advance(seconds(3600));
  if (dice >= 80 && dice < 90) clock_.set(clock_.now() - seconds(3600));
  start();
}

// The journal failed: the workers tell everybody who waits that the outcome is unknown, and the
// process ends.
void Night::end_life() {
  for (std::size_t w = 0; w < options_.workers; ++w) engine_->worker(w).turn();
  for (std::size_t w = 0; w < options_.workers; ++w) engine_->worker(w).turn();
  crash();
}

// Sometimes the disk has lost groups that it had called durable, or spoilt one: the start must say
// so. The operator then finds the good disk.
void Night::expect_refusal(const DiskContent& whole) {
  const std::uint64_t last = whole.last_group();
  const bool has_tail = last > std::max(whole.floor, whole.base.number);
  if (calm_ || !has_tail || last != whole.watermark || !random_.chance(10)) return;
  DiskContent bad = whole;
  if (random_.chance(50)) {
    bad.lose_newest(1 + random_.below(std::min<std::size_t>(3, bad.groups.size())));
  } else {
    bad.spoil_one(random_);
  }
  SimJournal journal(bad);
  Engine engine(options_, clock_, journal);
  EXPECT_FALSE(engine.recover().ok()) << "a loss was not noticed";
  ++report_.refused_starts;
}

std::uint64_t Night::durable_seq(SlotId slot) const {
  const auto now = journal_->durable().find(slot);
  if (now != journal_->durable().end()) return now->second;
  const auto before = recovered_.find(slot);
  return before == recovered_.end() ? 0 : before->second;
}

void Night::compare_with_live() {
  for (const SlotId id : used_) {
    const Slot* slot = engine_->slots().find(id);
    const std::uint64_t seq = slot == nullptr ? 0 : slot->seq;
    EXPECT_GE(seq, recovered_[id]) << "slot " << id.value << ": durable records are gone";
    recovered_[id] = seq;
    auto& states = live_[id];
    states.erase(states.upper_bound(seq), states.end());
    checked_[id] = seq;
    if (seq == 0) continue;
    const auto live = states.find(seq);
    ASSERT_NE(live, states.end()) << "slot " << id.value << " was never between two groups here";
    EXPECT_EQ(slot->state_hash(), live->second)
        << "slot " << id.value << ": what was rebuilt is not what was live at sequence " << seq;
  }
}

void Night::after_step() {
  for (const SlotId id : used_) {
    const Slot* slot = engine_->slots().find(id);
    if (slot == nullptr || slot->seq == checked_[id]) continue;
    checked_[id] = slot->seq;
    live_[id][slot->seq] = slot->state_hash();
    for (const std::string& line : check_invariants(*slot)) ADD_FAILURE() << line;
    for (const auto& concert : slot->concerts) {
      EXPECT_LE(concert->active(), concert->rules.queue.max_active)
          << "concert " << concert->id.value << ": more in the shop than fit";
    }
  }
}

void Night::check_deadlines(std::size_t worker) const {
  for (const Offer& offer : offers_) {
    const SlotId id = slot_of_concert(offer.concert);
    if (&engine_->worker_of(id) != &engine_->worker(worker)) continue;
    const Slot* slot = engine_->slots().find(id);
    const Concert* concert = slot == nullptr ? nullptr : slot->find_concert(offer.concert);
    if (concert == nullptr) continue;
    for (const auto& [hold_id, hold] : concert->holds) {
      EXPECT_FALSE(hold.state == HoldState::kHeld && hold.expires_at + kTick <= clock_.now())
          << "hold " << hold_id.value << " outlives its deadline";
    }
  }
}

void Night::check_settled() {
  for (const std::string& line : unsettled_or_wrong(engine_->slots())) ADD_FAILURE() << line;
  ledger_.check(engine_->slots(), clock_.now(), true);
  for (const SlotId id : used_) {
    const Slot* slot = engine_->slots().find(id);
    if (slot == nullptr) continue;
    mix(slot->seq);
    mix(slot->state_hash());
    for (const auto& concert : slot->concerts) {
      EXPECT_EQ(worth_of_sold_seats(*concert), concert->revenue.minor);
      report_.sold += concert->payments_completed;
    }
  }
}

}  // namespace frontrow::sim
