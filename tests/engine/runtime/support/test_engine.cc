#include "tests/engine/runtime/support/test_engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/core/state/invariants.h"

namespace frontrow {

TestEngine::TestEngine(MemoryJournal& journal, EngineOptions options, Instant start)
    : clock_(start), journal_(journal) {
  options.on_failure = [this](const std::string& why) { failures_.push_back(why); };
  engine_ = std::make_unique<Engine>(options, clock_, journal);
  const auto recovered = engine_->recover();
  EXPECT_TRUE(recovered.ok()) << recovered.error();
  if (recovered.ok()) recovery_ = *recovered;
  engine_->start();
  driver_ = std::make_unique<WorkerDriver>(*engine_, options.workers);
}

TestEngine::~TestEngine() {
  journal_.release();
  engine_->stop();
}

Sent TestEngine::send(std::size_t worker, const Command& command) {
  return {static_cast<std::uint16_t>(worker), driver_->send(worker, command)};
}

std::size_t TestEngine::answers(Sent sent) const {
  return driver_->replies(sent.worker, sent.context).size();
}

std::optional<Reply> TestEngine::answer(Sent sent) const {
  const auto& replies = driver_->replies(sent.worker, sent.context);
  return replies.empty() ? std::nullopt : std::optional(replies.front());
}

const std::vector<std::string>& TestEngine::failures() {
  engine_->stop();
  return failures_;
}

std::size_t TestEngine::owner(const CommandBody& body) const {
  return SlotTable::shard_of(slot_of(body), driver_->workers());
}

Reply TestEngine::ask(const Command& command) {
  const Sent sent = send(0, command);
  run_until([&] { return answers(sent) > 0; }, name_of(command.body));
  return answer(sent).value_or(Reply{});
}

ConcertId TestEngine::create(const ConcertSpec& spec) {
  const Reply reply = ask({kAdmin, {}, CreateConcert{spec}});
  EXPECT_EQ(outcome(reply), "none");
  return body_of<ConcertCreated>(reply).concert;
}

Caller TestEngine::join(ConcertId concert, std::uint32_t user) {
  const Reply reply = ask({as_user(user), {}, Join{concert, user_id(user)}});
  EXPECT_EQ(outcome(reply), "none");
  const auto entry = body_of<QueueEntry>(reply);
  return {user_id(user), entry.number, entry.token_epoch};
}

HoldId TestEngine::hold(ConcertId concert, const Caller& caller,
                        std::initializer_list<std::uint32_t> seats) {
  const Reply reply = ask({caller, {}, place_hold(concert, seats)});
  EXPECT_EQ(outcome(reply), "none");
  return body_of<HoldView>(reply).hold;
}

void TestEngine::charge(std::uint32_t user, std::int64_t amount) {
  EXPECT_EQ(outcome(ask({as_user(user), {}, Charge{user_id(user), Money{amount}}})), "none");
}

UserId user_id(std::uint32_t n) {
  UserId user;
  user.bytes[0] = 0xa7;
  for (std::size_t i = 0; i < 4; ++i) user.bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return user;
}

Caller as_user(std::uint32_t n) { return {user_id(n), {}, 0}; }

RequestKey key_of(std::uint64_t key, std::uint64_t request) { return {{key, ~key}, request}; }

Date first_date() { return *parse_date("2027-05-01"); }

ConcertSpec small_concert(std::uint32_t seats) {
  ConcertSpec spec;
  spec.title = "Night Train";
  spec.rules.queue = {.max_active = 100, .admit_per_second = 1000, .session_s = 600, .idle_s = 60};
  spec.dates = {{first_date(), {{"floor", seats, Money{1000}}}}};
  return spec;
}

PlaceHold place_hold(ConcertId concert, std::initializer_list<std::uint32_t> seats) {
  PlaceHold place{concert, first_date(), {}};
  for (const std::uint32_t seat : seats) place.seats.push_back(SeatNumber{seat});
  return place;
}

std::uint32_t user_of_worker(std::size_t worker, std::size_t workers, std::uint32_t from) {
  while (SlotTable::shard_of(slot_of_user(user_id(from)), workers) != worker) ++from;
  return from;
}

std::vector<std::string> unsettled_or_wrong(SlotTable& slots) {
  std::vector<std::string> lines;
  std::int64_t revenue = 0;
  std::int64_t spent = 0;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    Slot* slot = slots.find(SlotId{id});
    if (slot == nullptr) continue;
    for (std::string& line : check_invariants(*slot)) lines.push_back(std::move(line));
    if (recompute_hash(*slot) != slot->state_hash())
      lines.push_back(fmt::format("slot {}: hash is off", id));
    for (const auto& concert : slot->concerts) {
      revenue += concert->revenue.minor;
      if (!concert->outbox.empty())
        lines.push_back(fmt::format("concert {}: outbox entries are left", concert->id.value));
      for (const auto& [payment_id, payment] : concert->payments) {
        if (payment.state == PaymentState::kStarted || payment.state == PaymentState::kRefunding) {
          lines.push_back(fmt::format("payment {}: not decided", payment_id.value));
        }
      }
    }
    for (const auto& [user, wallet] : slot->wallets) {
      spent += wallet.spent.minor;
      if (wallet.reserved.minor != 0)
        lines.push_back(fmt::format("slot {}: money is reserved still", id));
      if (wallet.charged.minor != wallet.balance.minor + wallet.spent.minor) {
        lines.push_back(fmt::format("slot {}: a wallet lost money", id));
      }
    }
  }
  if (revenue != spent) lines.push_back(fmt::format("{} earned, {} spent", revenue, spent));
  return lines;
}

}  // namespace frontrow
