#include "tools/frontrow/cluster/imported_slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/core/protocol/limits.h"
#include "tools/frontrow/recover/stream_id.h"
#include "tools/frontrow/recover/whereabouts.h"

namespace frontrow::cluster {
namespace {

using recover::Gathered;
using recover::HeldSlot;
using HeldSlots = std::map<SlotId, HeldSlot>;

bool was_given_away(const Tenure& tenure) { return tenure.state >= Tenure::State::kSealed; }

std::uint64_t sealed_seq(const HeldSlot& held) {
  return recover::passed_seq(held.tenure, held.seq);
}

bool is_of_static_cluster(const HeldSlots& slots) {
  return std::ranges::any_of(slots, [](const auto& each) {
    return each.second.tenure != Tenure{} || !each.second.begun.empty();
  });
}

// The numbers of a static cluster's instances, and which directory is whose.
class Numbers {
 public:
  explicit Numbers(const std::vector<HeldSlots>& directories);

  // Whether one of the directories is known to be this instance's.
  bool has(InstanceId instance) const;
  // An instance that had begun, and whose directory can be none of these.
  std::optional<InstanceId> missing() const;

 private:
  struct Directory {
    std::set<InstanceId> others;
    std::optional<InstanceId> own;
  };
  void note_others(const HeldSlots& slots, Directory& directory);
  void note_handovers(const HeldSlots& from, const HeldSlots& to, Directory& giver,
                      Directory& taker);
  bool eliminate(Directory& directory) const;

  std::vector<Directory> directories_;
  std::set<InstanceId> known_;
  std::set<InstanceId> begun_;
};

Numbers::Numbers(const std::vector<HeldSlots>& directories) : directories_(directories.size()) {
  for (std::size_t i = 0; i < directories.size(); ++i) note_others(directories[i], directories_[i]);
  for (std::size_t from = 0; from < directories.size(); ++from) {
    for (std::size_t to = 0; to < directories.size(); ++to) {
      if (from == to) continue;
      note_handovers(directories[from], directories[to], directories_[from], directories_[to]);
    }
  }
  // With fewer numbers than directories one of these is of an instance that no other one knows.
  if (known_.size() < directories_.size()) return;
  while (std::ranges::any_of(directories_, [this](Directory& each) { return eliminate(each); })) {
  }
}

void Numbers::note_others(const HeldSlots& slots, Directory& directory) {
  for (const auto& [id, held] : slots) {
    begun_.insert(held.begun.begin(), held.begun.end());
    directory.others.insert(held.begun.begin(), held.begun.end());
    if (held.tenure.peer != 0) directory.others.insert(held.tenure.peer);
  }
  known_.insert(directory.others.begin(), directory.others.end());
}

// A state that one directory gave away and the other one went on from.
void Numbers::note_handovers(const HeldSlots& from, const HeldSlots& to, Directory& giver,
                             Directory& taker) {
  for (const auto& [id, given] : from) {
    const auto taken = to.find(id);
    if (!was_given_away(given.tenure) || taken == to.end()) continue;
    const Tenure& tenure = taken->second.tenure;
    if (tenure.adopted_seq != sealed_seq(given)) continue;
    taker.own = given.tenure.peer;
    if (tenure.state == Tenure::State::kAdopted) giver.own = tenure.peer;
  }
}

// Whether it has found the number of the directory.
bool Numbers::eliminate(Directory& directory) const {
  if (directory.own) return false;
  std::set<InstanceId> left = known_;
  for (const InstanceId other : directory.others) left.erase(other);
  for (const Directory& each : directories_) {
    if (each.own) left.erase(*each.own);
  }
  if (left.size() != 1) return false;
  directory.own = *left.begin();
  return true;
}

bool Numbers::has(InstanceId instance) const {
  return std::ranges::any_of(directories_,
                             [&](const Directory& each) { return each.own == instance; });
}

std::optional<InstanceId> Numbers::missing() const {
  for (const InstanceId instance : begun_) {
    const bool may_be_here = std::ranges::any_of(directories_, [&](const Directory& each) {
      return each.own ? *each.own == instance : !each.others.contains(instance);
    });
    if (!may_be_here) return instance;
  }
  return std::nullopt;
}

// --- refusals

Status check_streams(const Gathered& gathered) {
  std::map<std::uint64_t, std::size_t> directories;
  for (const recover::Place& place : gathered.places) {
    const std::string& path = gathered.directories[place.directory].path;
    if (place.copy != nullptr || !place.state.taken.empty()) {
      return Error{fmt::format(
          "{} was written in a cluster, whose slots may have moved: start it there, as the "
          "instance that it was",
          path)};
    }
    const auto [same, is_first] = directories.try_emplace(place.stream, place.directory);
    if (is_first) continue;
    return Error{fmt::format("{} and {} are both the directory of stream {}: give the newer one",
                             gathered.directories[same->second].path, path,
                             recover::stream_text(place.stream))};
  }
  return {};
}

Status check_static(const Gathered& gathered) {
  if (gathered.directories.size() == 1) return {};
  for (std::size_t i = 0; i < gathered.directories.size(); ++i) {
    if (gathered.held[i].empty() || is_of_static_cluster(gathered.held[i])) continue;
    return Error{
        fmt::format("{} is the directory of a single instance, which has a sale of its own: only "
                    "those of one static cluster are imported together",
                    gathered.directories[i].path)};
  }
  return {};
}

Status check_faults(const Gathered& gathered) {
  if (gathered.faults.empty()) return {};
  const std::size_t more = gathered.faults.size() - 1;
  return Error{fmt::format(
      "{}{}; `frontrow recover verify` with all directories of the static cluster tells more",
      gathered.faults.front(), more == 0 ? "" : fmt::format(" (and {} more such slots)", more))};
}

// The slot is in none of the directories, and this one gave it away last. None: no directory had
// it.
std::optional<Error> describe_lost(const Gathered& gathered, SlotId slot) {
  const HeldSlot* last = nullptr;
  std::size_t directory = 0;
  for (std::size_t i = 0; i < gathered.held.size(); ++i) {
    const auto held = gathered.held[i].find(slot);
    if (held == gathered.held[i].end()) continue;
    if (last != nullptr && last->seq >= held->second.seq) continue;
    last = &held->second;
    directory = i;
  }
  if (last == nullptr) return std::nullopt;
  return Error{fmt::format(
      "slot {} was handed over to instance {} at sequence {} by {}, and none of the directories "
      "has it: give the directory of instance {}, too",
      slot.value, last->tenure.peer, sealed_seq(*last), gathered.directories[directory].path,
      last->tenure.peer)};
}

Error undecided(const Gathered& gathered, SlotId slot, const HeldSlot& sealed) {
  const std::string& path = gathered.directories[gathered.places[sealed.place].directory].path;
  return Error{fmt::format(
      "slot {} is sealed for instance {} in {}, and that instance may have gone on with it: give "
      "its directory, too, or start the static cluster with the version that wrote it until the "
      "slot has moved",
      slot.value, sealed.tenure.peer, path)};
}

}  // namespace

std::size_t ImportedSlots::slots_of(std::optional<std::size_t> directory) const {
  return static_cast<std::size_t>(std::ranges::count(owners, directory));
}

Result<ImportedSlots> find_owners(const Gathered& gathered) {
  for (const auto& check : {check_streams, check_static, check_faults}) {
    if (Status s = check(gathered); !s.ok()) return Error{s.error()};
  }
  ImportedSlots slots;
  // A single instance has all slots, also those without a record.
  if (gathered.held.size() == 1 && !is_of_static_cluster(gathered.held.front())) {
    slots.owners.assign(kSlotCount, 0);
    return slots;
  }
  const Numbers numbers(gathered.held);
  slots.owners.resize(kSlotCount);
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotId slot{id};
    const auto newest = gathered.newest.find(slot);
    if (newest == gathered.newest.end()) {
      if (auto lost = describe_lost(gathered, slot)) return std::move(*lost);
      continue;
    }
    const HeldSlot& held = newest->second;
    slots.owners[id] = gathered.places[held.place].directory;
    if (held.tenure.state != Tenure::State::kSealed) continue;
    if (!numbers.has(held.tenure.peer)) return undecided(gathered, slot, held);
    ++slots.half_done;
  }
  const std::size_t left = slots.slots_of(std::nullopt);
  if (const auto missing = numbers.missing(); missing && left > 0) {
    return Error{fmt::format(
        "{} slots are in none of the directories, and instance {} of the static cluster had begun: "
        "give the directory of instance {}, too",
        left, *missing, *missing)};
  }
  return slots;
}

}  // namespace frontrow::cluster
