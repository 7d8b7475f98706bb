// The sale of support.h.
#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "engine/runtime/shard/worker.h"
#include "tests/tools/frontrow/recover/support.h"

namespace frontrow::recover {
namespace {

const Caller kOperatorCaller{};

Date date_of(std::uint32_t index) {
  return {parse_date("2027-05-01")->days + static_cast<int>(index)};
}

Caller as_user(std::uint32_t n) { return {user_id(n), {}, 0}; }

template <class T>
T body_of(const Reply& reply) {
  const T* body = std::get_if<T>(&reply.body);
  EXPECT_NE(body, nullptr) << "answered " << name_of(reply.reject);
  return body == nullptr ? T{} : *body;
}

std::vector<std::uint32_t> numbers_of(const SeatList& seats) {
  std::vector<std::uint32_t> numbers;
  for (const SeatNumber seat : seats) numbers.push_back(seat.value);
  return numbers;
}

RequestKey key_of(std::uint64_t n) { return {{n, ~n}, n + 1}; }

}  // namespace

UserId user_id(std::uint32_t n) {
  UserId user;
  user.bytes[0] = 0xa7;
  for (std::size_t i = 0; i < 4; ++i) user.bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return user;
}

Sale::Sale(std::string data, SaleOptions options)
    : data_(std::move(data)), options_(options), clock_(options.start) {
  start();
}

Sale::~Sale() { kill(); }

void Sale::start() {
  JournalOptions journal;
  journal.directory = data_;
  journal.write_buffer_bytes = options_.write_buffer_bytes;
  auto opened = RocksDbJournal::open(journal);
  FR_CHECK(opened.ok());
  journal_ = std::move(*opened);
  EngineOptions engine;
  engine.workers = options_.workers;
  engine.policy = options_.policy;
  engine_ = std::make_unique<Engine>(engine, clock_, *journal_);
  const auto recovered = engine_->recover();
  EXPECT_TRUE(recovered.ok()) << (recovered.ok() ? "" : recovered.error());
  engine_->start();
  driver_ = std::make_unique<WorkerDriver>(*engine_, options_.workers);
  CheckpointOptions checkpoints;
  checkpoints.retention = options_.retention;
  checkpointer_ = std::make_unique<Checkpointer>(*engine_, *journal_, checkpoints);
}

void Sale::stop() {
  if (engine_ == nullptr) return;
  settle();
  engine_->stop();
  const Status closed = journal_->close();
  EXPECT_TRUE(closed.ok()) << (closed.ok() ? "" : closed.error());
  kill();
}

void Sale::kill() {
  if (engine_ == nullptr) return;
  engine_->stop();
  checkpointer_.reset();
  engine_.reset();
  journal_.reset();
}

// --- single steps

void Sale::send(const Command& command) { driver_->send(0, command); }

Reply Sale::ask(const Command& command) {
  const std::uint32_t index = driver_->send(0, command);
  run_until([&] { return !driver_->replies(0, index).empty(); }, name_of(command.body));
  const auto& replies = driver_->replies(0, index);
  return replies.empty() ? Reply{} : replies.front();
}

void Sale::advance(Duration time) {
  settle();
  clock_.advance(time);
  turn();
  settle();
}

CheckpointReport Sale::checkpoint() {
  settle();
  Result<CheckpointReport> report = Error{"not run"};
  std::atomic<bool> done{false};
  std::thread thread([&] {
    report = checkpointer_->run_once();
    done = true;
  });
  run_until([&done] { return done.load(); }, "the checkpoint");
  thread.join();
  EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error());
  return report.ok() ? *report : CheckpointReport{};
}

std::map<std::uint16_t, StateHash> Sale::hashes() {
  std::map<std::uint16_t, StateHash> hashes;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots().find(SlotId{id});
    if (slot != nullptr && slot->seq > 0) hashes[id] = slot->state_hash();
  }
  return hashes;
}

// --- operations of the domain

ConcertId Sale::create(const std::string& title, std::uint32_t dates, std::int64_t price,
                       std::uint32_t hold_s) {
  ConcertSpec spec;
  spec.title = title;
  spec.rules.queue = {.max_active = 100, .admit_per_second = 1000, .session_s = 600, .idle_s = 600};
  spec.rules.hold_s = hold_s;
  for (std::uint32_t i = 0; i < dates; ++i) {
    spec.dates.push_back(
        {date_of(i), {{"floor", 20, Money{price}}, {"balcony", 5, Money{price * 5 / 2}}}});
  }
  return body_of<ConcertCreated>(ask({kOperatorCaller, {}, CreateConcert{spec}})).concert;
}

void Sale::charge(std::uint32_t user, std::int64_t amount) {
  body_of<ChargeView>(ask({as_user(user), {}, Charge{user_id(user), Money{amount}}}));
  books_.charged[user_id(user)] += amount;
}

Caller Sale::join(ConcertId concert, std::uint32_t user) {
  const auto entry = body_of<QueueEntry>(ask({as_user(user), {}, Join{concert, user_id(user)}}));
  books_.numbers[{concert, user_id(user)}] = entry.number;
  turn();  // admits
  settle();
  return {user_id(user), entry.number, entry.token_epoch};
}

HoldId Sale::hold(const Caller& caller, ConcertId concert,
                  std::initializer_list<std::uint32_t> seats, std::uint32_t date) {
  PlaceHold place{concert, date_of(date), {}};
  for (const std::uint32_t seat : seats) place.seats.push_back(SeatNumber{seat});
  const auto hold = body_of<HoldView>(ask({caller, {}, place}));
  books_.holds[hold.hold] = {caller.user,       concert, numbers_of(hold.seats),
                             hold.amount.minor, now(),   hold.expires_at};
  return hold.hold;
}

void Sale::release(const Caller& caller, HoldId hold) {
  EXPECT_EQ(ask({caller, {}, ReleaseHold{hold}}).reject, Reject::kNone);
}

PaymentId Sale::pay(const Caller& caller, HoldId hold) {
  static std::uint64_t keys = 100;
  const Reply reply = ask({caller, key_of(++keys), Pay{concert_of(hold), {hold}}});
  if (reply.reject != Reject::kNone) return {};
  const auto view = body_of<PaymentView>(reply);
  books_.payments[view.purchase.payment] = {caller.user,
                                            view.purchase.concert,
                                            hold,
                                            numbers_of(view.purchase.seats),
                                            view.purchase.amount.minor,
                                            view.paid_at,
                                            {}};
  return view.purchase.payment;
}

void Sale::refund(PaymentId payment) {
  const auto view = body_of<RefundView>(ask({kOperatorCaller, {}, Refund{payment}}));
  books_.payments[payment].refunded_at = view.refunded_at;
}

void Sale::set_phase(ConcertId concert, Phase phase) {
  ChangeConcert change;
  change.concert = concert;
  change.phase = phase;
  EXPECT_EQ(ask({kOperatorCaller, {}, change}).reject, Reject::kNone);
}

void Sale::block(ConcertId concert, std::uint32_t seat, bool blocked, std::uint32_t date) {
  const BlockSeat block{concert, date_of(date), SeatNumber{seat}, blocked};
  EXPECT_EQ(ask({kOperatorCaller, {}, block}).reject, Reject::kNone);
}

Played Sale::play() {
  Played p;
  p.concert = create("Night Train", 2, 1000, 60);
  p.other = create("Slow Morning", 1, 700);
  for (const std::uint32_t user : {p.buyer, p.refunded_buyer, p.holder, p.late})
    charge(user, 10'000);
  charge(p.poor, 500);
  std::map<std::uint32_t, Caller> callers;
  for (std::uint32_t user = 1; user <= 5; ++user) callers[user] = join(p.concert, user);
  advance(milliseconds(1234));
  p.paid = pay(callers[p.buyer], hold(callers[p.buyer], p.concert, {1, 2}));
  p.expired = hold(callers[p.late], p.concert, {9});
  advance(seconds(61));
  const HoldId to_refund = hold(callers[p.refunded_buyer], p.concert, {4, 5});
  p.refunded = pay(callers[p.refunded_buyer], to_refund);
  p.released = hold(callers[p.holder], p.concert, {12});
  release(callers[p.holder], p.released);
  advance(milliseconds(500));
  p.held_at = now();
  p.held = hold(callers[p.holder], p.concert, {7, 8});
  p.unaffordable = hold(callers[p.poor], p.concert, {11}, 1);
  EXPECT_FALSE(pay(callers[p.poor], p.unaffordable));
  block(p.concert, 20);
  advance(milliseconds(700));
  refund(p.refunded);
  p.refunded_at = now();
  const Caller again = join(p.other, p.buyer);
  p.paid_other = pay(again, hold(again, p.other, {3}));
  set_phase(p.other, Phase::kPaused);
  join(p.other, p.waiting);
  EXPECT_TRUE(p.paid && p.paid_other && p.refunded && p.held && p.expired);
  settle();
  return p;
}

}  // namespace frontrow::recover
