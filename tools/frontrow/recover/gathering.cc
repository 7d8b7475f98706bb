#include "tools/frontrow/recover/gathering.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/replay.h"
#include "tools/frontrow/recover/slot_gathering.h"
#include "tools/frontrow/recover/stream_id.h"
#include "tools/frontrow/recover/whereabouts.h"

namespace frontrow::recover {
namespace {

// Orders states of one slot by age. A released slot has no state beyond the one that it passed on.
std::pair<std::uint64_t, bool> age_of(const Slot& slot) {
  const bool is_released = slot.tenure.state == Tenure::State::kReleased;
  return {is_released ? passed_seq(slot) : slot.seq, slot.is_here()};
}

HeldSlot held_of(const Slot& slot, std::size_t place) {
  return {slot.seq, slot.state_hash(), place, slot.tenure, slot.begun};
}

class Gathering {
 public:
  Gathering(const std::vector<std::string>& directories, SlotTable& slots,
            std::span<const SlotId> wanted)
      : paths_(directories), slots_(slots), wanted_(wanted), newest_(directories, slots) {}

  Result<Gathered> run();

 private:
  // A state that a place leads to.
  struct Word {
    std::size_t place = 0;
    std::uint64_t seq = 0;
    StateHash hash = 0;
  };
  // The newest states of one directory, with the places that they are from.
  struct Newest {
    SlotTable slots;
    std::map<SlotId, std::size_t> places;
  };

  using Streams = std::map<std::uint64_t, std::vector<const Place*>>;

  Status open(const std::string& path);
  Status read_directory(std::size_t index);
  void take(std::size_t index, SlotTable& found, Newest& newest);
  void give_up(std::size_t directory, const CopiedStream& copy, const std::string& why);
  Status advance(std::size_t first_place, std::size_t end_place, SlotTable& slots,
                 std::map<SlotId, std::size_t>& from);
  Status apply(std::size_t index, const std::vector<const OpenRun*>& runs, SlotTable& slots);
  void judge_words();
  void judge_takeovers();
  void judge_open_runs();
  void judge_streams();
  void note_partial(const Streams& streams);
  void compare_chains(const Place& longest, const Place& other);

  const std::vector<std::string>& paths_;
  SlotTable& slots_;
  std::span<const SlotId> wanted_;
  SlotGathering newest_;
  std::map<SlotId, std::size_t> newest_places_;
  std::map<SlotId, std::vector<Word>> words_;
  Gathered result_;
};

// --- reading

Status Gathering::open(const std::string& path) {
  auto log = StoppedLog::open(path);
  if (!log.ok()) return Error{log.error()};
  auto copies = open_copies(**log);
  if (!copies.ok()) return Error{fmt::format("{}: copies: {}", path, copies.error())};
  result_.directories.push_back({path, std::move(*log), std::move(*copies)});
  return {};
}

// A copy whose stream has its own directory here is no loss.
void Gathering::give_up(std::size_t directory, const CopiedStream& copy, const std::string& why) {
  const bool has_own = std::any_of(
      result_.directories.begin(), result_.directories.end(),
      [&copy](const OpenedDirectory& each) { return each.log->identity().stream == copy.stream; });
  std::string line = fmt::format("the copy of stream {} in {} is not used: {}",
                                 stream_text(copy.stream), paths_[directory], why);
  (has_own ? result_.unused : result_.faults).push_back(std::move(line));
}

// Takes the states of a place that are newer than those of the directory's other places.
void Gathering::take(std::size_t index, SlotTable& found, Newest& newest) {
  Place& place = result_.places[index];
  for (std::uint16_t i = 0; i < kSlotCount; ++i) {
    const SlotId id{i};
    const Slot* slot = found.find(id);
    if (slot == nullptr || slot->seq == 0) continue;
    ++place.slots;
    if (slot->is_here()) {
      words_[id].push_back({index, slot->seq, slot->state_hash()});
    }
    const Slot* other = newest.slots.find(id);
    if (other != nullptr && age_of(*slot) <= age_of(*other)) continue;
    newest.slots.adopt(found.release(id));
    newest.places[id] = index;
  }
}

Status Gathering::read_directory(std::size_t index) {
  const OpenedDirectory& directory = result_.directories[index];
  const std::size_t first_place = result_.places.size();
  Newest newest;
  {
    SlotTable own;
    auto state = load_newest_state(*directory.log, own, wanted_);
    if (!state.ok()) return Error{state.error()};
    RocksArchive& archive = directory.log->archive();
    result_.places.push_back({.directory = index,
                              .stream = directory.log->identity().stream,
                              .archive = &archive,
                              .log_start = archive.log_start().number,
                              .state = std::move(*state)});
    take(first_place, own, newest);
  }
  for (const CopiedStream& copy : directory.copies) {
    SlotTable copied;
    auto state = load_copy(copy, copied, wanted_);
    if (!state.ok()) {
      give_up(index, copy, state.error());
      continue;
    }
    result_.places.push_back({.directory = index,
                              .stream = copy.stream,
                              .copy = &copy,
                              .archive = copy.archive.get(),
                              .log_start = copy.archive->log_start().number,
                              .state = std::move(*state)});
    take(result_.places.size() - 1, copied, newest);
  }
  const std::size_t end_place = result_.places.size();
  if (Status s = advance(first_place, end_place, newest.slots, newest.places); !s.ok()) return s;
  result_.held.emplace_back();
  for (const auto& [id, place] : newest.places) {
    std::unique_ptr<Slot> slot = newest.slots.release(id);
    result_.held.back()[id] = held_of(*slot, place);
    const bool is_own = result_.places[place].copy == nullptr;
    const auto before = newest_places_.find(id);
    const bool is_preferred =
        is_own && before != newest_places_.end() && result_.places[before->second].copy != nullptr;
    if (newest_.take(index, std::move(slot), is_preferred)) newest_places_[id] = place;
  }
  return {};
}

// --- open runs

// Applies records that follow the slots' states, until none does.
Status Gathering::advance(std::size_t first_place, std::size_t end_place, SlotTable& slots,
                          std::map<SlotId, std::size_t>& from) {
  for (;;) {
    std::map<SlotId, std::pair<std::size_t, const OpenRun*>> longest;
    for (std::size_t i = first_place; i < end_place; ++i) {
      for (const OpenRun& run : result_.places[i].state.open) {
        const Slot* slot = slots.find(run.slot);
        if (slot == nullptr || !slot->is_here()) continue;
        if (run.first > slot->seq + 1 || run.last <= slot->seq) continue;
        // Records of two owners never make one state.
        const bool is_same_stream =
            result_.places[from.at(run.slot)].stream == result_.places[i].stream;
        if (run.first <= slot->seq && !is_same_stream) continue;
        const auto [at, is_first] = longest.try_emplace(run.slot, i, &run);
        if (!is_first && run.last > at->second.second->last) at->second = {i, &run};
      }
    }
    if (longest.empty()) return {};
    std::map<std::size_t, std::vector<const OpenRun*>> by_place;
    for (const auto& [id, found] : longest) by_place[found.first].push_back(found.second);
    for (const auto& [place, runs] : by_place) {
      if (Status s = apply(place, runs, slots); !s.ok()) return s;
      for (const OpenRun* run : runs) from[run->slot] = place;
    }
  }
}

Status Gathering::apply(std::size_t index, const std::vector<const OpenRun*>& runs,
                        SlotTable& slots) {
  const Place& place = result_.places[index];
  std::vector<SlotId> ids;
  std::uint64_t first_group = place.state.end.number;
  for (const OpenRun* run : runs) {
    ids.push_back(run->slot);
    first_group = std::min(first_group, run->group);
  }
  Replay replay(slots);
  replay.only(ids);
  replay.leave_out_gaps([](SlotId) {});
  for (const OpenRun* run : runs) {
    replay.covers({.slot = run->slot,
                   .group = std::numeric_limits<std::uint64_t>::max(),
                   .seq = slots.at(run->slot).seq});
  }
  const Status read =
      place.archive->read_groups(first_group - 1, place.state.end.number,
                                 [&](const GroupView& group) { return replay.apply_group(group); });
  if (!read.ok()) return Error{fmt::format("{}: {}", result_.name_of(place), read.error())};
  for (const OpenRun* run : runs) {
    if (slots.at(run->slot).seq >= run->last) continue;
    return Error{fmt::format("{}: slot {}: sequence {} can't be reached", result_.name_of(place),
                             run->slot.value, run->last)};
  }
  return {};
}

// Records that no state leads to.
void Gathering::judge_open_runs() {
  std::map<SlotId, std::pair<const OpenRun*, const Place*>> lacking;
  for (const Place& place : result_.places) {
    for (const OpenRun& run : place.state.open) {
      const Slot* slot = slots_.find(run.slot);
      if (slot != nullptr && slot->seq >= run.last) continue;
      const auto [at, is_first] = lacking.try_emplace(run.slot, &run, &place);
      if (!is_first && run.last > at->second.first->last) at->second = {&run, &place};
    }
  }
  for (const auto& [id, found] : lacking) {
    result_.faults.push_back(fmt::format("{}; none of the directories leads to that state",
                                         describe(*found.first, result_.name_of(*found.second))));
  }
}

// --- agreement

// States of one sequence must be equal.
void Gathering::judge_words() {
  const auto name = [this](const Word& word) {
    return result_.name_of(result_.places[word.place]);
  };
  for (const auto& [id, words] : words_) {
    std::optional<std::string> fault;
    for (const Word& a : words) {
      for (const Word& b : words) {
        if (a.seq == b.seq && a.hash != b.hash) {
          fault =
              fmt::format("slot {}: at sequence {} it has state hash {:016x} in {}, {:016x} in {}",
                          id.value, a.seq, a.hash, name(a), b.hash, name(b));
        }
      }
    }
    if (fault) result_.faults.push_back(std::move(*fault));
  }
}

// A stream that another one took a slot over from has no further records of the slot, unless it has
// taken it over again. That would be behind the end that was taken over, so it is known only if all
// groups behind that end were read. A snapshot shows no record: a follower writes one of the state
// with which a slot moves to the stream, before the stream has a record of it.
void Gathering::judge_takeovers() {
  std::map<SlotId, std::string> faults;
  for (const Place& taker : result_.places) {
    for (const auto& [id, taken] : taker.state.taken) {
      for (const Place& owner : result_.places) {
        if (owner.stream != taken.stream || owner.stream == taker.stream) continue;
        const auto newest = owner.state.newest_records.find(id);
        if (newest == owner.state.newest_records.end() || newest->second <= taken.seq) continue;
        const auto again = owner.state.taken.find(id);
        const bool is_back = again != owner.state.taken.end() && again->second.seq > taken.seq;
        const std::uint64_t read_after =
            std::max(owner.archive->checkpoint_group(), owner.log_start);
        if (is_back || read_after > taken.group) continue;
        faults[id] = fmt::format(
            "slot {}: {} took it over at sequence {}, but {} went on to sequence {}: it had two "
            "owners",
            id.value, result_.name_of(taker), taken.seq, result_.name_of(owner), newest->second);
      }
    }
  }
  for (auto& [id, fault] : faults) result_.faults.push_back(std::move(fault));
}

void Gathering::compare_chains(const Place& longest, const Place& other) {
  const ChainPosition& end = other.state.end;
  // Below its log start a place has nothing to compare.
  if (end.number == 0 || end.number < longest.log_start) return;
  const auto there = longest.archive->position_at(end.number);
  if (!there.ok()) {
    result_.faults.push_back(fmt::format("{}: {}", result_.name_of(longest), there.error()));
  } else if (there->hash != end.hash) {
    result_.faults.push_back(fmt::format(
        "stream {}: group {} has chain hash {:016x} in {}, {:016x} in {}: they are not of one "
        "history",
        stream_text(end.stream), end.number, there->hash, paths_[longest.directory], end.hash,
        paths_[other.directory]));
  }
}

void Gathering::note_partial(const Streams& streams) {
  const auto has_own = [](const Place* place) { return place->copy == nullptr; };
  const auto without = std::count_if(streams.begin(), streams.end(), [&](const auto& stream) {
    return std::none_of(stream.second.begin(), stream.second.end(), has_own);
  });
  if (without < 2) return;
  for (const auto& [stream, places] : streams) {
    std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
    for (const Place* place : places) first = std::min(first, place->log_start);
    if (first == 0 || std::any_of(places.begin(), places.end(), has_own)) continue;
    result_.partial.push_back(
        fmt::format("stream {} is here only as copies that begin behind group {}: slots of it that "
                    "none of them follows are not counted",
                    stream_text(stream), first));
  }
}

void Gathering::judge_streams() {
  Streams streams;
  for (const Place& place : result_.places) streams[place.stream].push_back(&place);
  note_partial(streams);
  for (const auto& [stream, places] : streams) {
    const Place* own = nullptr;
    for (const Place* place : places) {
      if (place->copy != nullptr) continue;
      if (own != nullptr) {
        result_.faults.push_back(
            fmt::format("{} and {} are both the directory of stream {}: give "
                        "one of them",
                        paths_[own->directory], paths_[place->directory], stream_text(stream)));
      }
      own = place;
    }
    const Place* const longest = *std::max_element(
        places.begin(), places.end(),
        [](const Place* a, const Place* b) { return a->state.end.number < b->state.end.number; });
    for (const Place* place : places) {
      if (place != longest) compare_chains(*longest, *place);
    }
  }
}

// --- all of it

Result<Gathered> Gathering::run() {
  for (const std::string& path : paths_) {
    if (Status s = open(path); !s.ok()) return Error{s.error()};
  }
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    if (Status s = read_directory(i); !s.ok()) return Error{s.error()};
  }
  result_.has_streams =
      std::any_of(result_.places.begin(), result_.places.end(), [](const Place& place) {
        return place.copy != nullptr || !place.state.open.empty() || !place.state.taken.empty();
      });
  result_.has_streams = result_.has_streams || !result_.unused.empty() || !result_.faults.empty();
  if (result_.has_streams) judge_streams();
  if (result_.has_streams) judge_words();
  if (result_.has_streams) judge_takeovers();
  // States that differ can't be advanced by each other's records.
  if (result_.faults.empty()) {
    Status s = advance(0, result_.places.size(), slots_, newest_places_);
    if (!s.ok()) return Error{s.error()};
  }
  judge_open_runs();
  newest_.judge(result_.has_streams, result_.faults, result_.waiting);
  for (const auto& [id, place] : newest_places_) {
    const Slot* slot = slots_.find(id);
    if (slot == nullptr) continue;
    result_.newest[id] = held_of(*slot, place);
    ++result_.places[place].gathered;
  }
  return std::move(result_);
}

}  // namespace

std::string Gathered::name_of(const Place& place) const {
  if (place.copy == nullptr) return directories[place.directory].path;
  return fmt::format("the copy of stream {} in {}", stream_text(place.stream),
                     directories[place.directory].path);
}

std::vector<std::string> Gathered::from_copies() const {
  std::vector<std::string> lines;
  for (const Place& place : places) {
    if (place.copy == nullptr || place.gathered == 0) continue;
    lines.push_back(fmt::format("{} slots from {}, up to group {}", place.gathered, name_of(place),
                                place.state.end.number));
  }
  return lines;
}

Result<Gathered> load_newest_states(const std::vector<std::string>& directories, SlotTable& slots,
                                    std::span<const SlotId> wanted) {
  return Gathering(directories, slots, wanted).run();
}

std::string describe(const OpenRun& run, const std::string& name) {
  const std::string records = run.first == run.last
                                  ? fmt::format("sequence {}", run.first)
                                  : fmt::format("sequences {} to {}", run.first, run.last);
  if (!run.taken) {
    return fmt::format("slot {}: {} {} in {}, which has no state before them", run.slot.value,
                       records, run.first == run.last ? "is" : "are", name);
  }
  return fmt::format("slot {}: {} in {} {} from sequence {} in group {} of stream {}",
                     run.slot.value, records, name, run.first == run.last ? "goes on" : "go on",
                     run.taken->seq, run.taken->group, stream_text(run.taken->stream));
}

}  // namespace frontrow::recover
