#include "tests/tools/frontrow/recover/moves_support.h"

#include <algorithm>
#include <deque>
#include <filesystem>

#include "engine/core/apply.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/runtime/journal/copies.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/recovery/recovery.h"
#include "engine/runtime/replication/slot_snapshots.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {

namespace {

void add_record(ByteBuffer& bytes, const Slot& slot, std::uint64_t seq, Instant time,
                const std::vector<Event>& events) {
  const std::size_t begin = begin_record(bytes, slot.id, seq, time);
  ByteWriter writer(bytes);
  for (const Event& event : events) encode_event(event, writer);
  finish_record(bytes, begin, static_cast<std::uint16_t>(events.size()));
}

}  // namespace

Instance::Instance(InstanceId id, std::string data, Instant start)
    : id_(id), data_(std::move(data)), now_(start) {
  auto journal = RocksDbJournal::open({.directory = data_});
  FR_CHECK(journal.ok());
  journal_ = std::move(*journal);
  const auto recovered = recover_slots(*journal_, slots_, {});
  EXPECT_TRUE(recovered.ok()) << (recovered.ok() ? "" : recovered.error());
  for (std::uint16_t i = 0; i < kSlotCount; ++i) {
    if (const Slot* slot = slots_.find(SlotId{i})) now_ = std::max(now_, slot->time);
  }
}

void Instance::stop() {
  if (journal_ == nullptr) return;
  const Status closed = journal_->close();
  EXPECT_TRUE(closed.ok()) << (closed.ok() ? "" : closed.error());
  journal_.reset();
}

bool Instance::has(SlotId id) {
  const Slot* slot = slots_.find(id);
  return slot != nullptr && slot->seq > 0 && slot->is_here();
}

void Instance::log(SlotId id, std::uint64_t seq, const std::vector<Event>& events) {
  ByteBuffer bytes;
  add_record(bytes, slot(id), seq, now_, events);
  append(bytes, 1, static_cast<std::uint32_t>(events.size()));
}

void Instance::append(std::span<const std::byte> records, std::uint32_t count,
                      std::uint32_t events) {
  ASSERT_EQ(journal_->append({{&records, 1}, count, events, now_}), AppendStatus::kDurable);
}

void Instance::log_effects(SlotId id) {
  if (effects_.events.empty()) return;
  now_ = slots_.at(id).time;
  log(id, slots_.at(id).seq, effects_.events);
}

void Instance::change(SlotId id, const std::vector<Event>& events) {
  Slot& changed = slot(id);
  now_ = now_ + milliseconds(1);
  for (const Event& event : events) apply(changed, event, now_);
  ++changed.seq;
  changed.time = now_;
  log(id, changed.seq, events);
}

void Instance::seal(SlotId id, InstanceId to) { change(id, {SlotSealed{to, kMap}}); }

void Instance::adopt(Instance& from, SlotId id) {
  const Slot& sealed = from.slot(id);
  std::vector<Event> events{SlotAdopted{from.id(), sealed.seq, sealed.state_hash(), kMap}};
  const Status encoded = encode_state(sealed, [&events](std::span<const std::byte> part) -> Status {
    events.emplace_back(SlotPart{{part.begin(), part.end()}});
    return {};
  });
  ASSERT_TRUE(encoded.ok()) << encoded.error();
  now_ = std::max(now_, sealed.time);
  change(id, events);
  ASSERT_EQ(slot(id).seq, sealed.seq + 1);
}

void Instance::release(SlotId id) { change(id, {SlotReleased{slot(id).tenure.peer}}); }

void Instance::take(Instance& from, SlotId id) {
  const Slot& theirs = from.slot(id);
  static_cast<void>(slots_.release(id));
  const Status encoded = encode_snapshot(
      theirs, [&](std::span<const std::byte> part) { return load_snapshot_part(part, slot(id)); });
  ASSERT_TRUE(encoded.ok()) << encoded.error();
  now_ = std::max(now_, theirs.time);
  change(id, {SlotTaken{from.stream(), from.last_group(), theirs.seq, theirs.state_hash()}});
}

void Instance::snapshot(SlotId id) {
  const Slot& state = slot(id);
  Archive& archive = journal_->archive();
  const Status written = archive.write_snapshot(
      {.slot = id,
       .group = last_group(),
       .seq = state.seq,
       .state_hash = state.state_hash(),
       .time = state.time},
      [&state](const PartSink& sink) { return encode_snapshot(state, sink); });
  ASSERT_TRUE(written.ok()) << written.error();
  ASSERT_TRUE(archive.flush_snapshots().ok());
}

void Instance::open(SlotId id) { open(std::vector{id}); }

void Instance::open(const std::vector<SlotId>& ids) {
  now_ = now_ + milliseconds(1);
  ByteBuffer bytes;
  for (const SlotId id : ids) {
    Slot& opened = slot(id);
    const Event event = SlotOpened{kMap};
    apply(opened, event, now_);
    opened.time = now_;
    add_record(bytes, opened, ++opened.seq, now_, {event});
  }
  const auto count = static_cast<std::uint32_t>(ids.size());
  append(bytes, count, count);
}

void Instance::note_begun(SlotId id, InstanceId other) { change(id, {InstanceBegan{other}}); }

void Instance::serve(SlotId id) {
  const Slot& own = slot(id);
  change(id, {SlotTaken{stream(), last_group(), own.seq, own.state_hash()}});
}

std::vector<Command> Instance::execute(const Command& command) {
  const SlotId id = slot_of(command.body);
  now_ = std::max(now_ + milliseconds(1), slot(id).time);
  machine_.execute(slot(id), command, now_, effects_);
  EXPECT_EQ(effects_.reply.reject, Reject::kNone) << name_of(command.body);
  log_effects(id);
  return effects_.messages;
}

void hand_over(Instance& from, Instance& to, SlotId slot) {
  from.seal(slot, to.id());
  to.adopt(from, slot);
  from.release(slot);
}

void run(std::initializer_list<std::reference_wrapper<Instance>> instances,
         const Command& command) {
  std::deque<Command> commands{command};
  while (!commands.empty()) {
    const Command next = std::move(commands.front());
    commands.pop_front();
    bool is_done = false;
    for (Instance& instance : instances) {
      if (is_done || !instance.has(slot_of(next.body))) continue;
      const std::vector<Command> messages = instance.execute(next);
      commands.insert(commands.end(), messages.begin(), messages.end());
      is_done = true;
    }
    ASSERT_TRUE(is_done) << "nobody has slot " << slot_of(next.body).value;
  }
}

void copy_directory(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

namespace {

// Copies the groups after this position into the directory; `add_snapshots` comes before them.
void copy_stream_after(StoppedLog& from, const ChainPosition& position, const std::string& to_data,
                       const std::function<void(Archive&)>& add_snapshots) {
  auto journal = RocksDbJournal::open({.directory = to_data});
  ASSERT_TRUE(journal.ok()) << journal.error();
  const auto ignore = [](const GroupView&) { return Status(); };
  ASSERT_TRUE((*journal)->replay({ignore, {}}).ok());
  Copies& copies = *(*journal)->copies();
  const Status begun = copies.begin(position);
  ASSERT_TRUE(begun.ok()) << begun.error();
  add_snapshots(*copies.archive(position.stream));
  const Status scanned = from.scan(
      [&](const FoundGroup& found) -> Status {
        if (found.number <= position.number) return {};
        const auto added = copies.add(position.stream, found.value);
        return added.ok() ? Status() : Error{added.error()};
      },
      [](std::uint64_t, const std::string& what) { ADD_FAILURE() << what; });
  ASSERT_TRUE(scanned.ok()) << scanned.error();
  ASSERT_TRUE(copies.sync().ok());
  ASSERT_TRUE((*journal)->close().ok());
}

}  // namespace

void copy_stream(const std::string& from_data, const std::string& to_data) {
  auto from = StoppedLog::open(from_data);
  ASSERT_TRUE(from.ok()) << from.error();
  RocksArchive& archive = (*from)->archive();
  const ChainPosition checkpoint = archive.checkpoint_position();
  copy_stream_after(**from, checkpoint, to_data, [&](Archive& to) {
    const auto heads = archive.snapshots();
    ASSERT_TRUE(heads.ok()) << heads.error();
    for (const SnapshotHead& head : *heads) {
      const Status written = to.write_snapshot(
          head, [&](const PartSink& sink) { return archive.read_snapshot(head, sink); });
      ASSERT_TRUE(written.ok()) << written.error();
    }
    if (checkpoint.number > 0) {
      ASSERT_TRUE(to.set_checkpoint_group(checkpoint.number).ok());
    }
  });
}

void copy_groups(const std::string& from_data, const std::string& to_data, std::uint64_t after) {
  auto from = StoppedLog::open(from_data);
  ASSERT_TRUE(from.ok()) << from.error();
  const auto position = (*from)->archive().position_at(after);
  ASSERT_TRUE(position.ok()) << position.error();
  copy_stream_after(**from, *position, to_data, [](Archive&) {});
}

void adopt_in_copy(const std::string& data, std::uint64_t stream, const Slot& slot) {
  auto journal = RocksDbJournal::open({.directory = data});
  ASSERT_TRUE(journal.ok()) << journal.error();
  const auto ignore = [](const GroupView&) { return Status(); };
  ASSERT_TRUE((*journal)->replay({ignore, {}}).ok());
  Copies& copies = *(*journal)->copies();
  const std::vector<CopyState> states = copies.streams();
  const auto state = std::ranges::find(states, stream, &CopyState::stream);
  ASSERT_NE(state, states.end());
  Archive& archive = *copies.archive(stream);
  const Status written = write_snapshot(archive, slot.id, slot, state->newest.number, slot.time);
  ASSERT_TRUE(written.ok()) << written.error();
  ASSERT_TRUE(archive.flush_snapshots().ok());
  ASSERT_TRUE((*journal)->close().ok());
}

CommandRun verify_all(const std::vector<std::string>& directories, bool json) {
  return run_command([&] { return verify({.data_dirs = directories, .json = json}); });
}

CommandRun verify_part(const std::string& directory) {
  return run_command([&] { return verify({.data_dirs = {directory}, .is_part = true}); });
}

void MovesTest::SetUp() {
  Sale sale(one_data);
  played = sale.play();
  books = sale.books();
  sale.stop();
  concert = slot_of_concert(played.concert);
  wallet = slot_of_user(user_id(played.buyer));
  ASSERT_NE(concert, wallet);
}

void MovesTest::move_concert() {
  Instance one(1, one_data);
  Instance two(2, two_data);
  hand_over(one, two, concert);
  run({one, two}, {{}, {}, Refund{played.paid}});
  books.payments[played.paid].refunded_at = two.now();
}

void MovesTest::charge(std::initializer_list<std::reference_wrapper<Instance>> instances,
                       std::int64_t amount) {
  const UserId user = user_id(played.buyer);
  run(instances, {{user, {}, 0}, {}, Charge{user, Money{amount}}});
  books.charged[user] += amount;
}

std::int64_t MovesTest::charged() const {
  std::int64_t sum = 0;
  for (const auto& [user, amount] : books.charged) sum += amount;
  return sum;
}

std::int64_t MovesTest::spent() const {
  return books.revenue(played.concert) + books.revenue(played.other);
}

}  // namespace frontrow::recover
