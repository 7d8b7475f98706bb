#include "tests/engine/core/support/world.h"

#include <algorithm>

#include "engine/core/apply.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/codec/plan_codec.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/decide.h"
#include "engine/core/state/invariants.h"

namespace frontrow {
namespace {

// Compares derived state, which the hash leaves out, and the outbox.
std::string derived_difference(const Concert& a, const Concert& b) {
  const auto same_entry = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.kind == y.second.kind && x.second.user == y.second.user &&
           x.second.at == y.second.at;
  };
  if (!std::ranges::equal(a.outbox, b.outbox, same_entry)) return "outbox";
  if (a.revenue != b.revenue) return "revenue";
  if (a.last_hold != b.last_hold || a.last_payment != b.last_payment) return "counters";
  if (a.payments_completed != b.payments_completed || a.payments_refunded != b.payments_refunded)
    return "payments";
  if (a.admitted_up_to != b.admitted_up_to) return "admitted_up_to";
  for (std::uint32_t n = 1; n <= a.line.drawn(); ++n) {
    if (a.line.place_of(TicketNumber{n}) != b.line.place_of(TicketNumber{n})) return "places";
  }
  if (a.admission.milli != b.admission.milli || a.admission.at != b.admission.at)
    return "admission";
  if (a.buyers.size() != b.buyers.size()) return "buyers";
  for (const auto& [user, buyer] : a.buyers) {
    const Buyer* other = b.find_buyer(user);
    if (other == nullptr || other->seats_held != buyer.seats_held ||
        other->seats_paid != buyer.seats_paid || other->unsettled != buyer.unsettled) {
      return "buyer";
    }
  }
  return {};
}

void apply_record(Slot& slot, Instant time, const ByteBuffer& events) {
  ByteReader reader(events);
  while (!reader.at_end()) {
    Event event;
    const Status decoded = decode_event(reader, event);
    if (!decoded.ok()) {
      ADD_FAILURE() << decoded.error();
      return;
    }
    apply(slot, event, time);
  }
  ++slot.seq;
  slot.time = time;
}

// Records between two snapshot round trips of the mirror, so that later records are applied to a
// loaded slot.
constexpr std::uint64_t kRecordsPerSnapshot = 8;

}  // namespace

std::unique_ptr<Slot> through_snapshot(const Slot& slot) {
  auto loaded = std::make_unique<Slot>(slot.id);
  const Status done = encode_snapshot(
      slot, [&](std::span<const std::byte> part) { return load_snapshot_part(part, *loaded); });
  EXPECT_TRUE(done.ok()) << done.error();
  EXPECT_EQ(loaded->state_hash(), slot.state_hash()) << "slot " << slot.id.value << ": snapshot";
  return loaded;
}

World::World(const Policy& policy, Instant start) : machine_(policy), now_(start) {}

Slot& World::slot(SlotId id) {
  if (slots_[id.value] == nullptr) {
    slots_[id.value] = std::make_unique<Slot>(id);
    mirror_[id.value] = std::make_unique<Slot>(id);
    used_.push_back(id.value);
  }
  return *slots_[id.value];
}

void World::after_step(Slot& slot) {
  for (const Command& message : effects_.messages) messages_.push_back(message);
  for (const Resolved& r : effects_.resolved) resolved_.push_back(r);
  if (effects_.events.empty()) return;
  Record record{now_, {}};
  ByteWriter writer(record.events);
  for (const Event& event : effects_.events) encode_event(event, writer);
  apply_record(*mirror_[slot.id.value], record.time, record.events);
  log_[slot.id.value].push_back(std::move(record));
  ++records_;
  std::unique_ptr<Slot>& mirror = mirror_[slot.id.value];
  if (records_ % kRecordsPerSnapshot == 0) mirror = through_snapshot(*mirror);
  verify(slot);
}

void World::verify(const Slot& slot) const {
  for (const std::string& line : check_invariants(slot)) ADD_FAILURE() << line;
  const Slot& mirror = *mirror_[slot.id.value];
  EXPECT_EQ(slot.state_hash(), mirror.state_hash())
      << "slot " << slot.id.value << ": replay differs";
  EXPECT_EQ(slot.seq, mirror.seq);
  for (const auto& concert : slot.concerts) {
    const Concert* other = mirror.find_concert(concert->id);
    ASSERT_NE(other, nullptr);
    EXPECT_EQ("", derived_difference(*concert, *other))
        << "concert " << concert->id.value << ": replay differs";
  }
}

// Marks the user as seen, as the runtime does for a request with a token.
static void touch(Slot& slot, const Command& command, Instant now) {
  if (!command.caller.number) return;
  for (const auto& concert : slot.concerts) {
    if (identify(*concert, command.caller) == Reject::kNone)
      concert->line.touch(command.caller.number, now);
  }
}

void World::post(const Caller& caller, CommandBody body, RequestKey key) {
  const Command command{caller, key, std::move(body)};
  Slot& s = slot(slot_of(command.body));
  touch(s, command, now_);
  machine_.execute(s, command, now_, effects_);
  after_step(s);
}

std::optional<Reply> World::reply() const {
  if (effects_.waits_for.kind != WaitKind::kNone) return std::nullopt;
  return effects_.reply;
}

std::optional<Reply> World::resolved(WaitKey key) const {
  const auto found = std::find_if(resolved_.rbegin(), resolved_.rend(),
                                  [&](const Resolved& r) { return r.key == key; });
  if (found == resolved_.rend()) return std::nullopt;
  return found->reply;
}

Reply World::ask(const Caller& caller, CommandBody body, RequestKey key) {
  post(caller, std::move(body), key);
  const WaitKey wait = effects_.waits_for;
  const Reply at_once = effects_.reply;
  deliver_all();
  if (wait.kind == WaitKind::kNone) return at_once;
  const auto later = resolved(wait);
  EXPECT_TRUE(later.has_value()) << "the wait was never resolved";
  return later.value_or(Reply{});
}

void World::deliver(Command message) {
  Slot& s = slot(slot_of(message.body));
  machine_.execute(s, message, now_, effects_);
  after_step(s);
}

void World::deliver_next() {
  Command message = std::move(messages_.front());
  messages_.pop_front();
  deliver(std::move(message));
}

void World::deliver_all() {
  for (int i = 0; !messages_.empty(); ++i) {
    ASSERT_LT(i, 100'000) << "messages without end";
    deliver_next();
  }
}

void World::tick() {
  for (const std::uint16_t id : used_) {
    Slot& s = *slots_[id];
    for (bool more = true; more;) {
      more = machine_.expire(s, now_, effects_);
      after_step(s);
    }
  }
}

std::unique_ptr<Slot> World::rebuild(SlotId id) const {
  auto fresh = std::make_unique<Slot>(id);
  for (const Record& record : log_[id.value]) apply_record(*fresh, record.time, record.events);
  return fresh;
}

void World::restart() {
  messages_.clear();
  ++restarts_;
  for (const std::uint16_t id : used_) {
    auto fresh = restarts_ % 2 == 0 ? rebuild(SlotId{id}) : through_snapshot(*mirror_[id]);
    EXPECT_EQ(fresh->state_hash(), slots_[id]->state_hash());
    slots_[id] = std::move(fresh);
    for (const auto& c : slots_[id]->concerts) c->begin_anew(now_);
    verify(*slots_[id]);
    std::vector<Command> owed;
    Machine::pending_messages(*slots_[id], kNever, owed);
    messages_.insert(messages_.end(), owed.begin(), owed.end());
  }
}

// --- shortcuts of the domain

ConcertId World::create(const ConcertSpec& spec, std::optional<Bytes32> seed) {
  const Reply reply = ask(kAdmin, CreateConcert{spec, {}, seed});
  EXPECT_GRANTED(reply);
  return body_of<ConcertCreated>(reply).concert;
}

Fan World::join(ConcertId concert, std::uint32_t user) {
  const Reply reply = ask(as_user(user), Join{concert, user_id(user)});
  EXPECT_GRANTED(reply);
  const QueueEntry entry = body_of<QueueEntry>(reply);
  return {concert, {user_id(user), entry.number, entry.token_epoch}, entry};
}

Reply World::hold(const Fan& fan, std::initializer_list<std::uint32_t> seats) {
  PlaceHold place{fan.concert, first_date(), {}};
  for (const std::uint32_t seat : seats) place.seats.push_back(SeatNumber{seat});
  return ask(fan.caller, place);
}

Reply World::pay(const Fan& fan, HoldId hold, RequestKey key) {
  return ask(fan.caller, Pay{fan.concert, {hold}}, key);
}

Money World::charge(std::uint32_t user, std::int64_t amount) {
  const Reply reply = ask(as_user(user), Charge{user_id(user), Money{amount}});
  EXPECT_GRANTED(reply);
  return body_of<ChargeView>(reply).balance;
}

Money World::balance(std::uint32_t user) {
  return body_of<BalanceView>(ask(as_user(user), ReadBalance{user_id(user)})).balance;
}

QueueEntry World::look(const Fan& fan) {
  return body_of<QueueEntry>(ask(fan.caller, ReadToken{fan.concert}));
}

void World::change(ChangeConcert change) { EXPECT_GRANTED(ask(kAdmin, std::move(change))); }

const Wallet* World::wallet(std::uint32_t user) const {
  const Slot* s = find_slot(slot_of_user(user_id(user)));
  return s == nullptr ? nullptr : s->find_wallet(user_id(user));
}

UserId user_id(std::uint32_t n) {
  UserId user;
  user.bytes[0] = 0xf1;
  for (int i = 0; i < 4; ++i)
    user.bytes[15 - static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n >> (8 * i));
  return user;
}

RequestKey key_of(std::uint64_t key, std::uint64_t request) { return {{key, ~key}, request}; }

Caller as_user(std::uint32_t n) { return {user_id(n), {}, 0}; }

Date first_date() { return *parse_date("2027-03-01"); }

ConcertSpec small_concert(std::uint32_t seats) {
  ConcertSpec spec;
  spec.title = "The Small Hours";
  spec.rules.queue = {.max_active = 100, .admit_per_second = 1000, .session_s = 600, .idle_s = 60};
  spec.dates = {{first_date(), {{"floor", seats, Money{1000}}}}};
  return spec;
}

Plan small_plan() {
  const auto row = [](std::string label, std::initializer_list<std::uint16_t> categories) {
    PlanRow made{std::move(label), {}};
    for (const std::uint16_t category : categories)
      made.seats.push_back({.label = std::to_string(made.seats.size() + 1), .category = category});
    return made;
  };
  Plan plan{.name = "The Cellar", .categories = {"R", "S"}, .sections = {}};
  plan.sections.push_back({.name = "hall", .rows = {row("1", {0, 0, 0}), row("2", {0, 1, 1})}});
  plan.sections.push_back(
      {.name = "floor", .kind = SectionKind::kGeneral, .capacity = 3, .category = 1, .rows = {}});
  return plan;
}

std::vector<std::byte> bytes_of_plan(const Plan& plan) {
  ByteBuffer bytes;
  encode_plan(plan, bytes);
  return {bytes.begin(), bytes.end()};
}

}  // namespace frontrow
