// The newest change of the slot map by each process: answers whether a change whose answer was lost
// is part of the map, also when other instances have changed the map since.
//
// The store compares the whole map, so a change takes effect at most once. A refused repetition
// alone does not tell which: another instance may have built its change on the lost one, or have
// been faster. So each map carries the newest change of each writer, as replicated state machines
// keep the newest request of each client (Ongaro, Consensus, 2014, 6.3). A writer has one change
// under way at a time and never uses a number twice, so no two maps have the same text.
//
// Writers are processes, and most of them have ended: the list keeps the newest ones, and
// `forgotten` is the revision up to which writers have left it.
//
// A value; no threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow {

// One change of the map.
struct MapStamp {
  std::uint64_t revision = 0;  // of the map that the change made
  std::string author;          // name of the instance or of the tool
  std::uint64_t writer = 0;    // drawn at random by each process
  std::uint64_t change = 0;    // counts the changes that the writer has tried, from 1

  bool operator==(const MapStamp&) const = default;
};

struct MapHistory {
  MapStamp latest;                // the change that made this revision
  std::vector<MapStamp> earlier;  // of each other writer the newest, ascending by revision
  std::uint64_t forgotten = 0;    // writers of changes up to this revision are missing

  // Adds the change that follows `latest`, and keeps `earlier_max` earlier ones.
  void add(MapStamp stamp, std::size_t earlier_max);

  enum class Answer : std::uint8_t { kNo, kYes, kForgotten };
  // Whether the map contains the change. REQUIRES: the newest one of its writer.
  Answer contains(const MapStamp& stamp) const;

  bool operator==(const MapHistory&) const = default;
};

// What is wrong with it; empty if nothing is.
std::string fault_of(const MapHistory& history);

}  // namespace frontrow
